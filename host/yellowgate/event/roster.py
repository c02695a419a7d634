"""roster.csv: who runs, with which tag and bibs. Text in, runners out, and back.

Header `name,gender,tag,bib` and, as wanted, `birthdate,city,state,country,bib_loop1,...`, `event`
and `wave` where race.toml has several, and the classes that it names.
A runner is known by the name: two of one name need something that tells them apart.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from gate_wire import kinds

from yellowgate.model import Runner

REQUIRED = ("name", "gender")
PLAIN = ("name", "gender", "tag", "bib", "birthdate", "city", "state", "country", "event", "wave")
_BIB_LOOP = re.compile(r"bib_loop([1-9]\d?)")
SEVERAL = ("event", "wave")  # columns for folders with several races or starts
UID_BYTES = (4, 7, 10)
RANDOM_UID = "it begins with 08, so it is made up anew at each touch (a phone?): take another tag"


def decode(data: bytes) -> str:
    """The text of a CSV file. Raises ValueError when it is not UTF-8 (or UTF-16 that says so)."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeError as error:
        raise ValueError(
            "is not UTF-8 text, so that names with accents would be lost: save it as CSV UTF-8"
        ) from error


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV text that are not empty, each with the number of its line.

    Some programs write semicolons or tabs instead of commas: the first line tells. Raises
    ValueError naming the line where the text is torn or no CSV.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise ValueError("line 1: this is no text")
    first = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for row in rows:
            if any("\n" in cell for cell in row):
                words = "a cell goes on over several lines: is a quote missing or too much?"
                raise ValueError(f"line {rows.line_num}: {words}")
            if any(cell.strip() for cell in row):
                yield rows.line_num, row
    except csv.Error as error:
        at = max(1, rows.line_num)
        raise ValueError(f"line {at}: not readable as CSV ({error}): look at its quotes") from error


def parse(text: str, classes: Sequence[str] = ()) -> list[Runner]:
    """The runners of a roster. classes: columns that race.toml names as classes.

    Raises ValueError naming the line and what is wrong with it.
    """
    rows = csv_rows(text)
    columns = [name.strip().lower() for name in next(rows, (1, list[str]()))[1]]
    while len(columns) > 1 and not columns[-1]:
        columns.pop()  # some programs add empty columns behind
    _check_columns(columns, classes)
    runners: list[Runner] = []
    lines: list[int] = []
    for number, row in rows:
        cells = [cell.strip() for cell in row]
        while len(cells) > len(columns) and not cells[-1]:
            cells.pop()
        if len(cells) != len(columns):
            words = f"{len(columns)} columns are expected, here are {len(cells)}"
            raise ValueError(f"line {number}: {words}")
        try:
            runners.append(_runner(dict(zip(columns, cells, strict=True)), classes))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
        lines.append(number)
    _refuse_doubles(runners, [f"line {number}: " for number in lines])
    return runners


def merge(old: Sequence[Runner], new: Iterable[Runner]) -> list[Runner]:
    """The old roster with the new lines added, or put in the place of those of the same name.

    What a new line leaves empty stays as it was. Raises ValueError when a tag or a bib would be
    worn by two, or two names differ in nothing that one would see.
    """
    runners = {runner.name: runner for runner in old}
    known = {_seen(runner.name): runner.name for runner in old}
    for runner in new:
        alike = known.setdefault(_seen(runner.name), runner.name)
        if alike != runner.name:
            raise ValueError(f"{runner.name!r} and {alike!r} look like one: write them alike")
        before = runners.get(runner.name)
        runners[runner.name] = runner if before is None else _update(before, runner)
    result = list(runners.values())
    _refuse_doubles(result, [""] * len(result))
    shared = [text for text in doubles(result) if text.startswith("bib ")]
    if shared:  # one wears on this loop what the other wears on all
        raise ValueError(shared[0])
    return result


def _seen(name: str) -> str:
    """The name without what eyes pass over: capitals, spaces, and how accents are written."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def with_tag(roster: Sequence[Runner], bib: str, uid: str) -> list[Runner]:
    """The roster with this tag on the runner of this bib. Raises ValueError (no such bib)."""
    found = wearing(roster, bib)
    tag = _uid(uid)
    if not tag:
        raise ValueError("the UID is missing")
    return merge(roster, [replace(found, tag=tag)])


def wearing(roster: Sequence[Runner], bib: str) -> Runner:
    """The runner who wears this bib, on whatever loop. Raises ValueError when it is not one."""
    found = [runner for runner in roster if bib in runner.bibs.values()]
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
    several = [name for name in SEVERAL if any(getattr(runner, name) for runner in roster)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    plain = [name for name in PLAIN if name not in SEVERAL]
    writer.writerow([*plain, *(f"bib_loop{loop}" for loop in loops), *several, *classes])
    for runner in roster:
        person = [runner.birthdate, runner.city, runner.state, runner.country]
        bibs = [runner.bibs.get(loop, "") for loop in loops]
        head = [runner.name, runner.gender, runner.tag, runner.bibs.get(0, "")]
        more = [getattr(runner, name) for name in several]
        more += [runner.classes.get(name, "") for name in classes]
        writer.writerow([*head, *person, *bibs, *more])
    return out.getvalue()


def _check_columns(columns: Sequence[str], classes: Sequence[str]) -> None:
    for name in REQUIRED:
        if name not in columns:
            raise ValueError(
                f"line 1: the column {name!r} is missing (header: name,gender,tag,bib)"
            )
    for name in columns:
        if not name:
            raise ValueError("line 1: a column has no name")
        if name not in (*PLAIN, *classes) and not _BIB_LOOP.fullmatch(name):
            close = difflib.get_close_matches(name, [*PLAIN, *classes, "bib_loop1"], 1, 0.5)
            hint = f": did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"line 1: unknown column {name!r}{hint}")
    if len(set(columns)) != len(columns):
        raise ValueError("line 1: a column is there twice")


def _uid(text: str) -> str:
    """The UID as lower-case hex without separators; raises ValueError."""
    uid = re.sub(r"[\s:-]", "", text).lower()
    if not uid:
        return ""
    if not re.fullmatch(r"[0-9a-f]+", uid) or len(uid) not in [2 * n for n in UID_BYTES]:
        raise ValueError(f"tag {text!r} is not a UID in hex of 4, 7 or 10 bytes")
    if kinds.is_random_uid(bytes.fromhex(uid)):
        raise ValueError(f"tag {uid}: {RANDOM_UID}")
    return uid


def _runner(row: dict[str, str], classes: Sequence[str]) -> Runner:
    if not row["name"]:
        raise ValueError("the name is missing")
    bibs = {0: row["bib"]} if row.get("bib") else {}
    for column, value in row.items():
        match = _BIB_LOOP.fullmatch(column)
        if match and value:
            bibs[int(match[1])] = value
    return Runner(
        name=row["name"],
        gender=row["gender"].upper()[:1],
        tag=_uid(row.get("tag", "")),
        bibs=bibs,
        birthdate=row.get("birthdate", ""),
        city=row.get("city", ""),
        state=row.get("state", ""),
        country=row.get("country", ""),
        event=row.get("event", ""),
        wave=row.get("wave", ""),
        classes={name: row[name] for name in classes if row.get(name)},
    )


def _update(old: Runner, new: Runner) -> Runner:
    return Runner(
        name=old.name,
        gender=new.gender or old.gender,
        tag=new.tag or old.tag,
        bibs={**old.bibs, **new.bibs},
        birthdate=new.birthdate or old.birthdate,
        city=new.city or old.city,
        state=new.state or old.state,
        country=new.country or old.country,
        event=new.event or old.event,
        wave=new.wave or old.wave,
        classes={**old.classes, **new.classes},
    )


def _refuse_doubles(runners: Sequence[Runner], where: Sequence[str]) -> None:
    """A name, a tag, or a bib on the same loop may be there once."""
    seen: dict[tuple[object, ...], str] = {}
    for runner, line in zip(runners, where, strict=True):
        marks: list[tuple[tuple[object, ...], str]] = [(("name", runner.name), "the name")]
        if runner.tag:
            marks.append((("tag", runner.tag), f"the tag {runner.tag}"))
        marks += [(("bib", loop, bib), f"the bib {bib}") for loop, bib in runner.bibs.items()]
        for mark, words in marks:
            if mark in seen:
                both = runner.name if mark[0] == "name" else f"{seen[mark]} and {runner.name}"
                raise ValueError(f"{line}{words} is there twice: {both}")
            seen[mark] = runner.name


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
        if runner.tag:
            owners.setdefault(("tag", runner.tag), []).append(runner.name)
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
