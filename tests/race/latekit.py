"""What one record more may change in a log, and that nothing else did.

A record bears on the runner whose read it is (by tag or ruling); a tag or a press also on presses
beside it, which may now be somebody's or nobody's; an assigned read on those of its touch. What
compares runners (places, doubt about an order, who chooses the direction, who wins) may follow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from gate_wire import kinds
from yellowgate.model import Ruling
from yellowgate.race.log_json import to_json
from yellowgate.race.official_log import OfficialLog
from yellowgate.records import Timed
from yellowgate.times import EPOCH, UNBOUNDED_US

Row = dict[str, Any]
COMPARING = ("the order with", "who left first")  # doubts that speak of others
# Doubts that a record that was not here gives everybody.
OF_MISSING = (
    "may have come", "may have left", "may have been done", "another loop may have been",
    "is in doubt", "more laps",
)  # fmt: skip
OF_THE_RACE = {
    "unknown station",
    "no clock",
    "ruling points nowhere",
    "double-booked",
    "second start",
    "touches wait",
}
OF_TOWER = {"no tower"}
# Whether a backyard's leader has won or goes on: then there is an open yard, and things due in it.
OF_THE_WINNER = ("status", "reason", "next_cutoff_s", "accounted", "bib")
BESIDE_S = 4.0  # a press and a tag this near may belong to each other: twice press_tag_s
WINDOW_S = 60.0  # double_tap_s


class Late:
    """The logs without and with the late record."""

    def __init__(
        self, before: OfficialLog, after: OfficialLog, late: Timed, rulings: Iterable[Ruling]
    ) -> None:
        self.before: Row = json.loads(to_json(before))
        self.after: Row = json.loads(to_json(after))
        self.key = (late.observation.log_id, late.observation.seq)
        self.kind = late.observation.kind
        self.rulings = list(rulings)
        self.utc = EPOCH + timedelta(microseconds=late.utc_us)
        start_us = after.start_us or 0
        self.at_s = (late.utc_us - start_us) / 1e6
        is_start = self.kind == kinds.START and late.utc_us == after.start_us
        self.moved = is_start or before.start_us != after.start_us
        self.is_assigned = any(
            ruling.kind == "assign" and (ruling.data["log_id"], ruling.data["seq"]) == self.key
            for ruling in self.rulings
        )
        self.owners = (_owners(self.before), _owners(self.after))
        self.touched = self._touched()
        lines = [row for side in (self.before, self.after) for row in side["runners"]]
        self.winners = {
            row["name"] for row in lines if after.preset == "backyard" and _may_win(row)
        }

    def _touched(self) -> set[str]:
        """Runners who have other reads than before; "" is nobody. Only reads that may change
        hands did.
        """
        before, after = self.owners
        names = {after[self.key]} if self.key in after else set[str]()
        for key in before.keys() | after.keys():
            if key != self.key and before.get(key) != after.get(key):
                assert key in before, f"{key} came with the late record"
                assert key in after, f"{key} went with the late record"
                self._may_follow(key)
                names |= {before[key], after[key]}
        return names

    def _may_follow(self, key: tuple[str, int]) -> None:
        row = _evidence(self.after)[key]
        gap_s = abs(self._since_s(row))
        is_beside = gap_s <= BESIDE_S and row["kind"] == "press"
        is_followed = gap_s <= WINDOW_S and self.is_assigned and row["kind"] == "tag"
        assert is_beside or is_followed, f"{key} changed hands"

    def _since_s(self, row: Row) -> float:
        """From the late record to this evidence."""
        return (datetime.fromisoformat(row["utc"]) - self.utc).total_seconds()

    def check(self) -> None:
        """Raise AssertionError when something changed that the record does not bear on."""
        if self.moved:
            return  # another start bears on everybody
        if self.kind not in (kinds.TAG, kinds.PRESS, kinds.TAPS) and not self.is_assigned:
            assert not self.touched - {""}
        lines = _by_name(self.before), _by_name(self.after)
        for name in lines[0]:
            if name in self.touched:
                self._check_own(name, *(side[name] for side in lines))
            else:
                self._check_other(name, *(side[name] for side in lines))
        self._check_places(*lines)
        self._check_problems()
        self._check_lists()

    def _check_other(self, name: str, before: Row, after: Row) -> None:
        """A runner on whom it does not bear: his row is the same, but for what compares."""
        left, right = _alone(before), _alone(after)
        if self.after["preset"] == "backyard":  # who is the last one standing hangs on the others
            left["doubt"] = right["doubt"] = ""
        if name in self.winners:
            for side in (left, right):
                side["loops"] = [loop for loop in side["loops"] if loop["evidence"]]
                side["sightings"] = [{**seen, "loop": 0} for seen in side["sightings"]]
                for key in OF_THE_WINNER:
                    side.pop(key)
        if self.after["preset"] == "barkley" and self._chooses(5):
            for loop in (*left["loops"][4:], *right["loops"][4:]):
                loop.pop("direction")
                loop["note"] = loop["note"].replace("chooses the direction", "").strip("; ")
        assert left == right, name

    def _chooses(self, loop: int) -> bool:
        """Is one of those it bears on among those who choose a direction?"""
        rows = [
            row
            for side in (self.before, self.after)
            for row in side["runners"]
            if row["name"] in self.touched
        ]
        return any(len(row["loops"]) >= loop for row in rows)

    def _check_own(self, name: str, before: Row, after: Row) -> None:
        """The runner it bears on: arrivals well before it stay as they were."""
        said = {ruling.kind for ruling in self.rulings if ruling.data.get("runner") == name}
        if said & {"paper", "departure"}:
            return  # times said by hand fill in for what stations did not see
        if said & {"pages", "direction"}:
            return  # they speak of the touch before the next one, and may send him back
        left, right = _alone(before), _alone(after)
        for row in left["loops"]:
            known = (row["uncertainty_ms"] or 0) < UNBOUNDED_US / 1000
            if row["in_s"] is None or not known or row["in_s"] + WINDOW_S >= self.at_s:
                continue
            others = [one for one in right["loops"] if one["loop"] == row["loop"]]
            assert len(others) == 1, (name, row["loop"])
            earlier = [
                [read for read in one.pop("evidence") if self._since_s(read) < -WINDOW_S]
                for one in (row, *others)
            ]
            assert [row, earlier[0]] == [others[0], earlier[1]], (name, row["loop"])

    def _check_places(self, before: dict[str, Row], after: dict[str, Row]) -> None:
        """Among the others nobody overtook anybody; and the places are those of the order."""
        others = [name for name in before if name not in self.touched]
        for place in ("place", "place_gender"):
            for one in others:
                for other in others:
                    was, now = (
                        _compared(side[one][place], side[other][place]) for side in (before, after)
                    )
                    assert was == now or before[one]["gender"] != before[other]["gender"], one
        placed = [row["place"] for row in self.after["runners"] if row["place"] is not None]
        assert placed == sorted(placed)
        assert placed == [1 + sum(one < place for one in placed) for place in placed]

    def _check_problems(self) -> None:
        before, after = (
            {json.dumps(row, sort_keys=True) for row in side["problems"]}
            for side in (self.before, self.after)
        )
        for text in before ^ after:
            row = json.loads(text)
            allowed = OF_THE_RACE if not row["runner"] else OF_TOWER
            is_winner = row["runner"] in self.winners and row["kind"] in (
                "not accounted for",
                "ruling points nowhere",
            )
            assert (
                row["runner"] in self.touched - {""}
                or row["kind"] in allowed
                or (row["kind"] == "direction" and self._chooses(5))
                or is_winner
            ), row

    def _check_lists(self) -> None:
        """Other stations, rulings, signals, what is nobody's, what was set aside."""
        before, after = self.before, self.after
        for name in ("race", "preset", "start_by", "conch", "rulings"):
            assert before[name] == after[name], name
        for name in ("signals", "set_aside", "stations", "unassigned"):
            left, right = (self._not_of_it(side[name]) for side in (before, after))
            assert left == right, name

    def _not_of_it(self, rows: Iterable[Row]) -> list[Row]:
        """Without what the record bears on; and without proposals: they compare all runners, by
        who has an arrival and by the usual time of a loop.
        """
        kept: list[Row] = []
        for row in rows:
            if "records" in row:  # a station
                kept += [] if row["log_id"] == self.key[0] else [row]
                continue
            reads = row.get("evidence", row)
            reads = reads if isinstance(reads, list) else [reads]
            near = any(abs(self._since_s(one)) <= WINDOW_S for one in reads)
            if near or row.get("runner", "") in self.touched - {""}:
                continue
            kept.append({**row, "proposals": []})
        return kept


def _may_win(row: Row) -> bool:
    return row["status"] == "finished" or "no winner" in row["reason"]


def _compared(one: int | None, other: int | None) -> object:
    if one is None or other is None:
        return one is None, other is None
    return (one > other) - (one < other)


def _by_name(log: Row) -> dict[str, Row]:
    return {row["name"]: row for row in log["runners"]}


def _alone(line: Row) -> Row:
    """The runner's row without what compares him with others."""
    row = json.loads(json.dumps(line))
    row["doubt"] = _own_doubt(row["doubt"])
    for key in ("place", "place_gender", "doubtful", "known_s"):
        row.pop(key)
    for loop in row["loops"]:
        loop["doubt"] = _own_doubt(loop["doubt"])
        loop.pop("doubtful")
    return row


def _own_doubt(text: str) -> str:
    of_others = (*COMPARING, *OF_MISSING)
    bare = re.sub(r"loop \d+: ", "", text)
    parts = [part for part in bare.split("; ") if not any(words in part for words in of_others)]
    return "; ".join(parts)


def _all(log: Row) -> Iterable[tuple[str, Row]]:
    """(name or "", evidence) of everything in the log."""
    for line in log["runners"]:
        for part in ("loops", "sightings"):
            yield from ((line["name"], row) for one in line[part] for row in one["evidence"])
        yield from ((line["name"], row) for row in line["signals"])
    for one in log["unassigned"]:
        yield from (("", row) for row in one["evidence"])
    for one in log["set_aside"]:
        yield one["runner"], one["evidence"]
    yield from (("", row) for row in log["signals"])


def _owners(log: Row) -> dict[tuple[str, int], str]:
    return {(row["log_id"], row["seq"]): name for name, row in _all(log) if row["seq"] >= 0}


def _evidence(log: Row) -> dict[tuple[str, int], Row]:
    return {(row["log_id"], row["seq"]): row for _, row in _all(log)}
