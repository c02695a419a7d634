"""roster.csv: who runs, with which tags and bibs. A table in, runners out, and back.

Header `name,gender,tag,bib` and, as wanted, `birthdate,city,state,country,bib_loop1,...`, `event`
and `wave` where race.toml has several, and the classes that it names. Lists of registration sites
are understood by their headings (headings.py). A runner is known by the name: two of one name
need something in it that tells them apart. All faults of a file are found at once.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

from yellowgate.event import headings, person
from yellowgate.event.person import Order
from yellowgate.event.table_file import Row, Table, csv_rows, trimmed
from yellowgate.model import Runner

PLAIN = ("name", "gender", "tag", "bib", "birthdate", "city", "state", "country", "event", "wave")
SEVERAL = ("event", "wave")  # columns for folders with several races or starts
RARE = ("tag2", "age", "formerly")  # columns that are written only where somebody has them
_TOTALS = ("total", "totals", "sum", "count", "summe", "gesamt", "anzahl", "subtotal", "entrants")
_HTML = re.compile(r"</?(?:table|tr|td|th|br|div|span|p|a|b|html|body)\b[^>]*>", re.IGNORECASE)


class Faults(ValueError):
    """All that is wrong with a list. lines: one for each, with its place."""

    def __init__(self, lines: Sequence[str]) -> None:
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        super().__init__(f"{lines[0]}{more}")
        self.lines = list(lines)


@dataclass(frozen=True)
class Given:
    """What a line of a list says: only what stands in it. line: its number."""

    line: int
    said: Mapping[str, Any]
    bibs: Mapping[int, str]
    classes: Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """The lines of a list, and what a person should know of how it was read."""

    given: list[Given]
    notes: list[str]


@dataclass(frozen=True)
class Update:
    """A roster with a list taken in. changed: (before, after)."""

    runners: list[Runner]
    added: list[Runner] = field(default_factory=list[Runner])
    changed: list[tuple[Runner, Runner]] = field(default_factory=list[tuple[Runner, Runner]])


@dataclass(frozen=True)
class Columns:
    """Which columns have a meaning by race.toml: its classes, and event and wave if it has any."""

    classes: tuple[str, ...] = ()
    several: tuple[str, ...] = SEVERAL


def read(
    table: Table, columns: Columns | None = None, order: Order = "", today: date | None = None
) -> Reading:
    """What a table says of runners. order: of day and month in dates like 3/4/1980. today: for
    birthdates that cannot be; None: not looked at.

    Raises Faults with all that is wrong, or ValueError when it is no list of runners.
    """
    columns = columns or Columns()
    wanted = (*headings.ROSTER, *columns.several)
    head, rows = headings.find(table, wanted, columns.classes)
    if not {"name", "last", "bib", "tag"} & set(head.columns):
        raise ValueError(
            f"line {head.row}: the column 'name' is missing (header: name,gender,tag,bib)"
        )
    notes = list(table.notes)
    if head.unused:
        notes.append(f"not used: {', '.join(map(repr, head.unused))}")
    cells, faults = _cells(head, rows, notes)
    dates = [row.get("birthdate", "") for _, row in cells]
    order = order or person.date_order(dates)
    if not order and person.needs_order(dates):
        example = next(text for text in dates if person.needs_order([text]))
        faults.append(
            f"birthdates like {example} can be read in two ways: say --dates mdy or --dates dmy"
        )
    given: list[Given] = []
    for line, row in cells:
        said, wrong = _said(row, order, today)
        faults += [f"line {line}: {text}" for text in wrong]
        given.append(
            Given(line, said, _bibs(row), {c: row[c] for c in columns.classes if row.get(c)})
        )
    if faults:
        raise Faults(faults)
    return Reading(given, notes)


def _cells(
    head: headings.Head, rows: Sequence[Row], notes: list[str]
) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """Each line as cells by meaning; lines that are no runner are named and left out."""
    found: list[tuple[int, dict[str, str]]] = []
    faults: list[str] = []
    width = len(head.columns)
    for number, cells in rows:
        row = trimmed(cells, width)
        if len(row) != width:
            faults.append(f"line {number}: {width} columns are expected, here are {len(row)}")
            continue
        if any(_HTML.search(cell) for cell in row):
            notes.append(f"left out: line {number}, which is a piece of a web page")
            continue
        said = {name: cell for name, cell in zip(head.columns, row, strict=True) if name and cell}
        first = next((cell for cell in row if cell), "")
        if _is_total(first, said):
            notes.append(f"left out: line {number} ({first!r}), which is no runner")
        elif said:
            found.append((number, said))
    return found, faults


def _is_total(first: str, said: Mapping[str, str]) -> bool:
    words = re.findall(r"[^\W\d_]+", first.casefold())
    return bool(words) and words[0] in _TOTALS and not said.keys() & {"tag", "birthdate", "gender"}


def _said(
    row: Mapping[str, str], order: Order, today: date | None
) -> tuple[dict[str, Any], list[str]]:
    """The fields of a Runner that the line gives, and what is wrong with it."""
    wrong: list[str] = []

    def checked(column: str, read_it: Callable[[str], Any]) -> Any:  # noqa: ANN401 - any field
        try:
            return read_it(row[column])
        except ValueError as error:
            wrong.append(str(error))
            return None

    said: dict[str, Any] = {
        name: row[name] for name in ("city", "state", "country", *SEVERAL) if name in row
    }
    name = row.get("name") or " ".join(row[key] for key in ("first", "last") if key in row)
    if name:
        said["name"] = " ".join(name.split())
    elif not row.keys() & {"bib", "tag"}:
        wrong.append("the name is missing")
    readers: dict[str, Callable[[str], Any]] = {
        "gender": person.gender,
        "tag": person.uid,
        "tag2": person.uid,
        "age": person.age,
        "birthdate": lambda text: person.birthdate(text, order, today),
    }
    for column, read_it in readers.items():
        if column in row:
            said[column] = checked(column, read_it)
    if "hometown" in row:
        city, state = person.town(row["hometown"])
        said.setdefault("city", city)
        said |= {"state": state} if state and "state" not in said else {}
    if "formerly" in row:
        said["formerly"] = tuple(part.strip() for part in row["formerly"].split(";"))
    return said, wrong


def _bibs(row: Mapping[str, str]) -> dict[int, str]:
    bibs = {0: row["bib"]} if row.get("bib") else {}
    for column, value in row.items():
        if column.startswith("bib_loop"):
            bibs[int(column.removeprefix("bib_loop"))] = value
    return bibs


def take_in(old: Sequence[Runner], reading: Reading, is_correction: bool = False) -> Update:
    """The roster with the lines added, or taken over by the runners that they speak of. What a
    line does not say stays as it was. is_correction: another birthdate is the same person's.

    Raises Faults: two people of one name, a tag or bib of two, a bib that nobody has.
    """
    runners = {runner.name: runner for runner in old}
    lines: dict[str, int] = {}
    faults: list[str] = []
    for given in reading.given:
        try:
            before = _known(given, list(runners.values()))
            after = _with(before or Runner("", ""), given)
            _refuse_another_person(before, after, is_correction)
            if after.name in lines:
                raise ValueError(
                    f"{after.name!r} is there twice, in line {lines[after.name]} too: two people? "
                    f"Tell them apart in the name, like {after.name + ' (1985)'!r}"
                )
        except ValueError as error:
            faults.append(f"line {given.line}: {error}")
            continue
        lines[after.name] = given.line
        runners[after.name] = after
    result = list(runners.values())
    where = [f"line {lines[row.name]}: " if row.name in lines else "" for row in result]
    faults += _doubled(result, where)
    if faults:
        raise Faults(faults)
    were = {runner.name: runner for runner in old}
    return Update(
        result,
        [row for row in result if row.name not in were],
        [(were[row.name], row) for row in result if row.name in were and row != were[row.name]],
    )


def _known(given: Given, runners: Sequence[Runner]) -> Runner | None:
    """The runner of the roster that this line speaks of; None: a new one. Raises ValueError."""
    name = given.said.get("name", "")
    if name:
        for runner in runners:
            if name == runner.name or name in runner.formerly:
                return runner
        alike = next((row.name for row in runners if _seen(row.name) == _seen(name)), None)
        if alike is not None:
            raise ValueError(f"{name!r} and {alike!r} look like one: write them alike")
        return None
    tag = given.said.get("tag", "")
    found = [row for row in runners if tag and tag in row.tags]
    if found:
        return found[0]
    if not given.bibs:
        raise ValueError(f"nobody has the tag {tag}, and no name is there")
    return wearing(runners, given.bibs.get(0) or next(iter(given.bibs.values())))


def _with(before: Runner, given: Given) -> Runner:
    """The runner with what the line says. A name that a runner had before stays the old one."""
    said = {key: value for key, value in given.said.items() if value not in ("", None)}
    if before.name:
        said.pop("name", None)
    return replace(
        before,
        **said,
        bibs={**before.bibs, **given.bibs},
        classes={**before.classes, **given.classes},
    )


def _refuse_another_person(before: Runner | None, after: Runner, is_correction: bool) -> None:
    """Two people of one name are never made one."""
    if before is None or is_correction:
        return
    for what in ("birthdate", "gender"):
        old, new = getattr(before, what), getattr(after, what)
        if old and old != new:
            raise ValueError(
                f"{before.name} is here with the {what} {new}, in the roster with {old}: two "
                "people of one name? Tell them apart in the name; one person, and this is right: "
                "--correct"
            )


def parse(text: str, classes: Sequence[str] = ()) -> list[Runner]:
    """The runners of a roster.csv. classes: columns that race.toml names as classes.

    Raises Faults naming the lines and what is wrong with them.
    """
    table = Table(list(csv_rows(text)))
    if not table.rows:
        return []
    return take_in((), read(table, Columns(tuple(classes)))).runners


def renamed(roster: Sequence[Runner], old: str, new: str) -> list[Runner]:
    """The roster with another name for a runner, who keeps everything: what was ruled on the old
    name is ruled on the new one. Raises ValueError.
    """
    new = " ".join(new.split())
    if not new:
        raise ValueError("the new name is empty")
    found = next((row for row in roster if row.name == old), None)
    if found is None:
        raise ValueError(f"nobody is called {old!r}")
    others = {
        _seen(name) for row in roster if row is not found for name in (row.name, *row.formerly)
    }
    if _seen(new) in others:
        raise ValueError(f"another runner is, or was, called {new!r}")
    formerly = tuple(dict.fromkeys(name for name in (*found.formerly, old) if name != new))
    made = replace(found, name=new, formerly=formerly)
    return [made if row is found else row for row in roster]


def _seen(name: str) -> str:
    """The name without what eyes pass over: capitals, spaces, and how accents are written."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def with_tag(roster: Sequence[Runner], bib: str, uid: str) -> list[Runner]:
    """The roster with this tag on the runner of this bib. Raises ValueError (no such bib)."""
    found = wearing(roster, bib)
    tag = person.uid(uid)
    if not tag:
        raise ValueError("the UID is missing")
    result = [replace(row, tag=tag) if row is found else row for row in roster]
    faults = _doubled(result, [""] * len(result))
    if faults:
        raise Faults(faults)
    return result


def wearing(roster: Sequence[Runner], bib: str) -> Runner:
    """The runner who wears this bib, on whatever loop; leading zeros and letters may be left out
    where only one fits. Raises ValueError when it is not one.
    """
    found = [runner for runner in roster if bib in runner.bibs.values()]
    found = found or [row for row in roster if person.same_bib(bib, list(row.bibs.values()))]
    if not bib:
        raise ValueError("the bib is missing")
    if not found:
        close = difflib.get_close_matches(bib, [b for r in roster for b in r.bibs.values()], 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"no runner has the bib {bib}{hint}")
    if len(found) > 1:
        names = " and ".join(runner.name for runner in found)
        raise ValueError(f"{names} wear the bib {bib} on different loops: name another of theirs")
    return found[0]


def to_csv(roster: Sequence[Runner]) -> str:
    """The roster as text; parse() gives the same runners back."""
    loops = sorted({loop for runner in roster for loop in runner.bibs if loop > 0})
    classes = sorted({name for runner in roster for name in runner.classes})
    rare = [name for name in (*RARE, *SEVERAL) if any(getattr(row, name) for row in roster)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    plain = [name for name in PLAIN if name not in SEVERAL]
    writer.writerow([*plain, *(f"bib_loop{loop}" for loop in loops), *rare, *classes])
    for runner in roster:
        head = [runner.name, runner.gender, runner.tag, runner.bibs.get(0, "")]
        town = [runner.birthdate, runner.city, runner.state, runner.country]
        bibs = [runner.bibs.get(loop, "") for loop in loops]
        more = [_cell(getattr(runner, name)) for name in rare]
        more += [runner.classes.get(name, "") for name in classes]
        writer.writerow([*head, *town, *bibs, *more])
    return out.getvalue()


def _cell(value: object) -> str:
    is_list = isinstance(value, tuple)
    return "; ".join(cast("tuple[str, ...]", value)) if is_list else str(value or "")


def _doubled(runners: Sequence[Runner], where: Sequence[str]) -> list[str]:
    """A tag, or a bib on the same loop, may be there once: what is not so, in words."""
    found: list[str] = []
    seen: dict[tuple[object, ...], str] = {}
    for runner, line in zip(runners, where, strict=True):
        marks: list[tuple[tuple[object, ...], str]] = [
            (("tag", tag), f"the tag {tag}") for tag in runner.tags
        ]
        marks += [(("bib", loop, bib), f"the bib {bib}") for loop, bib in runner.bibs.items()]
        for mark, words in marks:
            if mark in seen:
                found.append(
                    f"{line}{words} is there twice: {seen[mark]} and {runner.name} (one person "
                    "with a new name: gate roster rename)"
                )
            seen.setdefault(mark, runner.name)
    if not found:  # one wears on this loop what the other wears on all
        found += [text for text in doubles(runners) if text.startswith("bib ")]
    return found


BibOf = Callable[[Runner, int], str]  # what this runner wears on this loop


def doubles(
    runners: Sequence[Runner], bib_of: BibOf = Runner.bib, loops: Iterable[int] = ()
) -> list[str]:
    """What is double-booked, in words, without refusing (for `gate verify`).

    bib_of: where rulings changed bibs, and loops: those that they speak of.
    """
    owners: dict[tuple[str, str], list[str]] = {}
    for runner in runners:
        owners.setdefault(("name", runner.name), []).append(runner.name)
        for tag in runner.tags:
            owners.setdefault(("tag", tag), []).append(runner.name)
    found = [
        f"{what} {value} is worn by {', '.join(sorted(names))}"
        for (what, value), names in sorted(owners.items())
        if len(names) > 1
    ]
    numbers = {loop for runner in runners for loop in runner.bibs} | set(loops) | {0}
    shared: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for loop in sorted(numbers):
        worn: dict[str, list[str]] = {}
        for runner in runners:
            bib = bib_of(runner, loop) if loop else runner.bibs.get(0, "")
            if bib:
                worn.setdefault(bib, []).append(runner.name)
        for bib, names in worn.items():
            if len(names) > 1:
                shared.setdefault((bib, tuple(sorted(names))), []).append(loop)
    for (bib, names), on in sorted(shared.items()):
        where = "" if 0 in on else f" of loop {', '.join(map(str, on))}"
        found.append(f"bib {bib}{where} is worn by {', '.join(names)}")
    return sorted(found)
