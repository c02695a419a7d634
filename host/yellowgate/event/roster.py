"""roster.csv: who runs, with which tags and bibs. A table in, runners out, and back.

Header `name,gender,tag,bib` and, as wanted, `birthdate,city,state,country,bib_loop1,...`, `event`
and `wave` where race.toml has several, and the classes that it names. Lists of registration sites
are understood by their headings (headings.py). A runner is known by the name: two of one name
need something in it that tells them apart. All faults of a file are found at once.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from yellowgate.errors import closest
from yellowgate.event import person
from yellowgate.event.runner_list import SEVERAL, Columns, Faults, Given, Reading, read_own
from yellowgate.event.table_file import csv_rows
from yellowgate.model import Runner
from yellowgate.redact import for_spreadsheet

PLAIN = ("name", "gender", "tag", "bib", "birthdate", "city", "state", "country", "event", "wave")
RARE = ("tag2", "age", "formerly")  # columns that are written only where somebody has them


@dataclass(frozen=True)
class Update:
    """A roster with a list taken in. changed: (before, after)."""

    runners: list[Runner]
    added: list[Runner] = field(default_factory=list[Runner])
    changed: list[tuple[Runner, Runner]] = field(default_factory=list[tuple[Runner, Runner]])


def take_in(old: Sequence[Runner], reading: Reading, is_correction: bool = False) -> Update:
    """The roster with the lines added, or taken over by the runners that they speak of. What a
    line does not say stays as it was. is_correction: another birthdate is the same person's.

    Raises Faults: two people of one name, a tag or bib of two, a bib that nobody has.
    """
    if not old and reading.given and not any("name" in row.said for row in reading.given):
        why = "; ".join(note for note in reading.notes if note.startswith("not used"))
        raise ValueError(f"no column has the names{f' ({why})' if why else ''}")
    known = _Names(old)
    runners = known.runners
    lines: dict[str, int] = {}
    faults: list[str] = []
    for given in reading.given:
        try:
            before = _known(given, known)
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
        known.take(after)
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


class _Names:
    """The runners by name; who had a name before, and the names as eyes see them: looked up, for a
    roster may have thousands.
    """

    def __init__(self, runners: Iterable[Runner]) -> None:
        self.runners: dict[str, Runner] = {}
        self._formerly: dict[str, list[str]] = {}
        self._seen: dict[str, str] = {}
        for runner in runners:
            self.take(runner)

    def take(self, runner: Runner) -> None:
        """A new runner, or what one is now."""
        self.runners[runner.name] = runner
        self._seen.setdefault(_seen(runner.name), runner.name)
        for name in runner.formerly:
            self._formerly.setdefault(name, []).append(runner.name)

    def called(self, name: str) -> Runner | None:
        """Who has this name, or else who had it. Raises ValueError where one looks like it."""
        had = (self.runners[other] for other in self._formerly.get(name, ()))
        found = self.runners.get(name) or next((row for row in had if name in row.formerly), None)
        alike = self._seen.get(_seen(name))
        if found is None and alike is not None:
            raise ValueError(f"{name!r} and {alike!r} look like one: write them alike")
        return found


def _known(given: Given, known: _Names) -> Runner | None:
    """The runner of the roster that this line speaks of; None: a new one. Raises ValueError."""
    name = given.said.get("name", "")
    if name:
        return known.called(name)
    runners = list(known.runners.values())
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
    rows = list(csv_rows(text))
    if not rows:
        return []
    return take_in((), read_own(rows, Columns(tuple(classes)))).runners


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
        close = closest(bib, (b for r in roster for b in r.bibs.values()))
        hint = f"; did you mean {close}?" if close else ""
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
        writer.writerow([for_spreadsheet(cell) for cell in (*head, *town, *bibs, *more)])
    return out.getvalue()


def _cell(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value or "")
    names = cast("tuple[str, ...]", value)
    return "; ".join(name.replace(";", ";;") for name in names)


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
