"""What changed between two official logs, and by which record or ruling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from yellowgate.model import Evidence, RulingLine
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.times import US, hms, iso

RUNNER_FIELDS = (
    "status", "reason", "place", "place_gender", "loops_counted", "result", "distance_km",
    "taps_us", "returned_us", "accounted", "doubtful",
)  # fmt: skip
TURNS = ("status", "loops_counted", "verdict")  # what decides who is in the race, and its result
NOT_BY_START = ("bib", "direction", "pages")  # of a loop: another start does not change them
LOOP_FIELDS = ("bib", "out_us", "in_us", "direction", "pages", "verdict", "note", "doubtful")


@dataclass(frozen=True)
class Change:
    """One thing that is different. runner "": of the race as a whole; loop 0: of no loop.

    because: the records and rulings that one log has and the other has not and that bear on it,
    in words; empty when only time has passed, or when others' changes moved the place.
    """

    runner: str
    loop: int
    what: str
    before: str
    after: str
    because: tuple[str, ...]


def diff(before: OfficialLog, after: OfficialLog) -> list[Change]:
    """The changes from one log to the other, by runner and loop."""
    race_rulings = _ruling_words(
        [row for row in before.rulings if row.kind in ("start", "conch")],
        [row for row in after.rulings if row.kind in ("start", "conch")],
    )
    signals = _evidence_words(before.signals, after.signals)
    changes: list[Change] = []
    for what in ("start_us", "conch_us"):
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            name = what.removesuffix("_us")
            was, now = ("" if value is None else iso(value) for value in (old, new))
            changes.append(Change("", 0, name, was, now, (*race_rulings, *signals)))
    # Which reference is right moves the times of everybody.
    clocks = _ruling_words(
        [row for row in before.rulings if row.kind == "clock"],
        [row for row in after.rulings if row.kind == "clock"],
    )
    olds = {line.name: line for line in before.runners}
    news = {line.name: line for line in after.runners}
    for name in sorted(olds.keys() | news.keys()):
        old, new = olds.get(name), news.get(name)
        is_moved = old is not None and new is not None and old.start_us != new.start_us
        moved = (*race_rulings, *signals, *clocks) if is_moved else clocks
        changes += _runner(name, old, new, moved)
    changes += _unassigned(before, after)
    return changes


def changes(before: OfficialLog, after: OfficialLog) -> list[str]:
    """The changes as lines for people: what changed of a runner or a loop for one reason is one
    line.
    """
    lines: list[str] = []
    rows = diff(before, after)
    for (who, loop, because), group in groupby(
        rows, lambda row: (row.runner, row.loop, row.because)
    ):
        what = ", ".join(_change_words(change) for change in group)
        line = f"{who or after.race}{f', loop {loop}' if loop else ''}: {what}"
        lines.append(line + (f"  [{'; '.join(because)}]" if because else ""))
    return lines


def turned(before: OfficialLog, after: OfficialLog, wave: str = "") -> list[str]:
    """Whose verdicts, loops or status turn, a line a runner: those who start with this wave."""
    of_wave = {line.name for line in after.runners if line.wave == wave}
    by_name: dict[str, list[str]] = {}
    for row in diff(before, after):
        if row.runner not in of_wave or row.what not in TURNS:
            continue
        what = "counted loops" if row.what == "loops_counted" else row.what
        of_loop = f"loop {row.loop} " if row.loop else f"{what} "
        by_name.setdefault(row.runner, []).append(
            f"{of_loop}{row.before or '-'} -> {row.after or '-'}"
        )
    return [f"{name}: {', '.join(words)}" for name, words in by_name.items()]


def _change_words(change: Change) -> str:
    what = change.what.removesuffix("_us").replace("_", " ")
    if what == "place gender":
        what = "place among women or men"
    return f"{what} {change.before or '-'} -> {change.after or '-'}"


def _runner(
    name: str, old: RunnerLog | None, new: RunnerLog | None, moved: Sequence[str]
) -> list[Change]:
    if old is None or new is None:
        what = "in the roster"
        return [Change(name, 0, what, _text(old is not None), _text(new is not None), ())]
    because = (
        *moved,
        *_ruling_words(old.rulings, new.rulings),
        *_evidence_words(_all_evidence(old), _all_evidence(new)),
    )
    changes = [
        Change(name, 0, what, *_texts(what, getattr(old, what), getattr(new, what)), because)
        for what in RUNNER_FIELDS
        if getattr(old, what) != getattr(new, what)
    ]
    old_loops = {loop.loop: loop for loop in old.loops}
    new_loops = {loop.loop: loop for loop in new.loops}
    for number in sorted(old_loops.keys() | new_loops.keys()):
        pair = old_loops.get(number), new_loops.get(number)
        changes += _loop(name, number, pair, moved, because)
    return changes


def _loop(
    name: str,
    number: int,
    pair: tuple[Loop | None, Loop | None],
    moved: Sequence[str],
    of_runner: tuple[str, ...],
) -> list[Change]:
    """moved: what moved the start, and with it every time. of_runner: all that bears on one."""
    old, new = pair
    old_rows, new_rows = (() if row is None else row.evidence for row in (old, new))
    old_said, new_said = (() if row is None else row.rulings for row in (old, new))
    own = (*_ruling_words(old_said, new_said), *_evidence_words(old_rows, new_rows))
    changes: list[Change] = []
    for what in LOOP_FIELDS:
        before = None if old is None else getattr(old, what)
        after = None if new is None else getattr(new, what)
        is_given = old is None and what in NOT_BY_START[:2]  # a new loop has them, that is all
        if before != after and (before or after) and not is_given:
            because = own if what in NOT_BY_START else (*moved, *own)
            texts = _texts(what, before, after)
            changes.append(Change(name, number, what, *texts, because or of_runner))
    return changes


def _unassigned(before: OfficialLog, after: OfficialLog) -> list[Change]:
    olds = {row.evidence[0][1:3]: row for row in before.unassigned}
    news = {row.evidence[0][1:3]: row for row in after.unassigned}
    changes: list[Change] = []
    for key in sorted(olds.keys() ^ news.keys()):
        row = olds.get(key) or news[key]
        first = row.evidence[0]
        words = f"{first.kind} at {iso(first.utc_us)} ({first.station} {first.seq})"
        texts = (words, "") if key in olds else ("", words)
        changes.append(
            Change("", 0, "unassigned", *texts, _ruling_words(before.rulings, after.rulings))
        )
    return changes


def _all_evidence(line: RunnerLog) -> list[Evidence]:
    rows = [row for loop in line.loops for row in loop.evidence]
    rows += [row for seen in line.sightings for row in seen.evidence]
    return rows + list(line.signals)


def _evidence_words(old: Iterable[Evidence], new: Iterable[Evidence]) -> tuple[str, ...]:
    olds = {(row.log_id, row.seq, row.utc_us): row for row in old}
    news = {(row.log_id, row.seq, row.utc_us): row for row in new}
    gone = [f"without {_record(olds[key])}" for key in sorted(olds.keys() - news.keys())]
    come = [_record(news[key]) for key in sorted(news.keys() - olds.keys())]
    return (*come, *gone)


def _record(row: Evidence) -> str:
    return f"{row.kind} {row.seq} of {row.station} at {iso(row.utc_us)}"


def _ruling_words(old: Iterable[RulingLine], new: Iterable[RulingLine]) -> tuple[str, ...]:
    olds, news = {row.id: row for row in old}, {row.id: row for row in new}
    gone = [f"taken back: {_said(olds[key])}" for key in sorted(olds.keys() - news.keys())]
    come = [_said(news[key]) for key in sorted(news.keys() - olds.keys())]
    return (*come, *gone)


def _said(row: RulingLine) -> str:
    return f"{row.by} ruled {row.id}: {row.text}" + (f" ({row.why})" if row.why else "")


def _texts(what: str, before: Any, after: Any) -> tuple[str, str]:  # noqa: ANN401 - any field
    """Both in words; times since the start as H:MM:SS, finer where that would look the same."""
    if not what.endswith("_us"):
        return _text(before), _text(after)
    words = ["" if span_us is None else hms(span_us) for span_us in (before, after)]
    if words[0] == words[1]:
        words = ["" if span_us is None else f"{span_us / US:.6f} s" for span_us in (before, after)]
    return words[0], words[1]


def _text(value: Any) -> str:  # noqa: ANN401 - any field of the log
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    have = getattr(value, "have", value)
    return f"{'?' if have is None else have}/{value.of}" if hasattr(value, "of") else str(value)
