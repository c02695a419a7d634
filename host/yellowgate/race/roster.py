"""roster.csv: who runs, with which tag and bibs. Text in, runners out, and back.

Header `name,gender,tag,bib` and, as wanted, `birthdate,city,state,country,bib_loop1,...`.
A runner is known by the name: two of one name need something that tells them apart.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from yellowgate.model import Runner

REQUIRED = ("name", "gender")
PLAIN = ("name", "gender", "tag", "bib", "birthdate", "city", "state", "country")
_BIB_LOOP = re.compile(r"bib_loop([1-9]\d?)")
UID_BYTES = (4, 7, 10)


def parse(text: str) -> list[Runner]:
    """The runners of a roster. Raises ValueError naming the line and what is wrong with it."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    columns = [name.strip().lower() for name in rows.fieldnames or []]
    _check_columns(columns)
    rows.fieldnames = columns
    runners: list[Runner] = []
    lines: list[int] = []
    for row in rows:
        if not any((value or "").strip() for value in row.values() if isinstance(value, str)):
            continue
        if None in row or None in row.values():
            raise ValueError(f"line {rows.line_num}: {len(columns)} columns are expected")
        try:
            runners.append(_runner({key: value.strip() for key, value in row.items()}))
        except ValueError as error:
            raise ValueError(f"line {rows.line_num}: {error}") from error
        lines.append(rows.line_num)
    _refuse_doubles(runners, [f"line {number}: " for number in lines])
    return runners


def merge(old: Sequence[Runner], new: Iterable[Runner]) -> list[Runner]:
    """The old roster with the new lines added, or put in the place of those of the same name.

    What a new line leaves empty stays as it was. Raises ValueError when a tag or a bib would be
    worn by two.
    """
    runners = {runner.name: runner for runner in old}
    for runner in new:
        before = runners.get(runner.name)
        runners[runner.name] = runner if before is None else _update(before, runner)
    result = list(runners.values())
    _refuse_doubles(result, [""] * len(result))
    return result


def with_tag(roster: Sequence[Runner], bib: str, uid: str) -> list[Runner]:
    """The roster with this tag on the runner of this bib. Raises ValueError (no such bib)."""
    found = [runner for runner in roster if bib in runner.bibs.values()]
    if not found:
        close = difflib.get_close_matches(bib, [b for r in roster for b in r.bibs.values()], 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise ValueError(f"no runner has the bib {bib}{hint}")
    return merge(roster, [replace(found[0], tag=_uid(uid))])


def to_csv(roster: Sequence[Runner]) -> str:
    """The roster as text; parse() gives the same runners back."""
    loops = sorted({loop for runner in roster for loop in runner.bibs if loop > 0})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*PLAIN, *(f"bib_loop{loop}" for loop in loops)])
    for runner in roster:
        person = [runner.birthdate, runner.city, runner.state, runner.country]
        bibs = [runner.bibs.get(loop, "") for loop in loops]
        head = [runner.name, runner.gender, runner.tag, runner.bibs.get(0, "")]
        writer.writerow([*head, *person, *bibs])
    return out.getvalue()


def _check_columns(columns: Sequence[str]) -> None:
    for name in REQUIRED:
        if name not in columns:
            raise ValueError(
                f"line 1: the column {name!r} is missing (header: name,gender,tag,bib)"
            )
    for name in columns:
        if name not in PLAIN and not _BIB_LOOP.fullmatch(name):
            close = difflib.get_close_matches(name, [*PLAIN, "bib_loop1"], 1, 0.5)
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
    return uid


def _runner(row: dict[str, str]) -> Runner:
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


def doubles(runners: Sequence[Runner]) -> list[str]:
    """What is double-booked, in words, without refusing (for `gate verify`)."""
    found: list[str] = []
    owners: dict[tuple[str, str, int], list[str]] = {}
    for runner in runners:
        owners.setdefault(("name", runner.name, 0), []).append(runner.name)
        if runner.tag:
            owners.setdefault(("tag", runner.tag, 0), []).append(runner.name)
        for loop, bib in runner.bibs.items():
            owners.setdefault(("bib", bib, loop), []).append(runner.name)
    several = [owned for owned in owners.items() if len(owned[1]) > 1]
    for (what, value, loop), names in sorted(several):
        of_loop = f" of loop {loop}" if loop else ""
        found.append(f"{what} {value}{of_loop} is worn by {', '.join(sorted(names))}")
    return found
