"""What all rules share while they judge: the race, its start, its stations, and drafts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast, overload

from gate_wire import kinds

from yellowgate.event.race_toml import RaceFile
from yellowgate.model import (
    Evidence,
    Level,
    Pages,
    Problem,
    RulingLine,
    Runner,
    Station,
    Status,
    Verdict,
)
from yellowgate.race.intake.places import Places
from yellowgate.race.intake.reads import Reads, Seen
from yellowgate.race.intake.touches import Touch
from yellowgate.race.intake.unseen import EVER_US, Gap, Lacks, Unseen, find_gap
from yellowgate.race.official_log import Laps, Loop, RunnerLog, SetAside, SightingLine
from yellowgate.records import BASES, Distances
from yellowgate.rulings.decisions import Decisions
from yellowgate.times import hms, to_us

NO_READ = -1  # of a moment that no station saw: it was said by hand, or follows from the rules


class Entry(NamedTuple):
    """A runner and all that stations saw of them: touches by time, and the bugle (reads)."""

    runner: Runner
    touches: Sequence[Touch]
    taps: Sequence[int]


@dataclass
class Context:
    """The race as the rules see it. Elapsed times are microseconds since the start.

    reads: all records up to now; the rules call them by their number. towers: the checkpoints
    that were heard of: place, and first and last moment (elapsed) that their records speak of.
    unseen: what is missing of the stations' records. nameless: touches at a gate, or at a station
    that nobody knows, of which nobody knows whose they are (UTC), by time.
    start_read: the read that says when the start was, None when none does. distances: of each log,
    between its records, where more is known than their times.
    """

    race: RaceFile
    start_us: int
    start_bound_us: int
    now_us: int
    stations: Mapping[str, Station]
    reads: Reads
    decisions: Decisions
    started: bool
    start_read: Seen | None = None
    distances: Mapping[str, Distances | None] = field(default_factory=dict[str, "Distances | None"])
    towers: tuple[tuple[str, int, int], ...] = ()
    unseen: Unseen = field(default_factory=lambda: Unseen(()))
    nameless: Sequence[int] = ()

    def elapsed_bound_us(self, touch: Touch) -> int:
        """How far the touch's time since the start may be off. Where one log saw both, their
        distance is better known than the two moments are.
        """
        bound_us = touch.bound_us + self.start_bound_us
        if self.start_read is None or not touch.reads:
            return bound_us
        span = self.between(self.start_read, self.reads.seen(touch.reads[0]))
        if span is None:
            return bound_us
        stated_us = touch.utc_us - self.start_read.utc_us
        return min(bound_us, max(span[1] - stated_us, stated_us - span[0], 0))

    def between(self, one: Seen, other: Seen) -> tuple[int, int] | None:
        """(lowest, highest) true microseconds from one read to another of the same log, where the
        log knows that beside their times; None elsewhere.
        """
        distances = self.distances.get(one.log_id) if one.log_id == other.log_id else None
        return None if distances is None else distances.between(one.seq, other.seq)

    def elapsed_us(self, utc_us: int) -> int:
        """Time since the start."""
        return utc_us - self.start_us

    @property
    def now_elapsed_us(self) -> int:
        """Time since the start at the moment of the log."""
        return self.now_us - self.start_us

    def __post_init__(self) -> None:
        self.places = Places(self.stations, self.reads)

    def evidence(self, read: int, use: str) -> Evidence:
        """The observation as the log shows it."""
        return self._all_evidence([read], [use])[0]

    def _all_evidence(self, reads: Iterable[int], uses: Iterable[str]) -> list[Evidence]:
        """The observations and their uses. Logs have a million of them: no call for each."""
        rows, stations = self.reads, self.places.of_log
        logs, seqs, of_kind, utcs_us = rows.logs, rows.seqs, rows.of_kind, rows.utcs_us
        bounds_us, of_basis, start_us = rows.bounds_us, rows.of_basis, self.start_us
        started = self.started
        return [
            Evidence._make(
                (
                    stations[logs[at]].name,
                    stations[logs[at]].log_id,
                    seqs[at],
                    kinds.NAMES[of_kind[at]],
                    use,
                    utcs_us[at] - start_us if started else None,
                    utcs_us[at],
                    bounds_us[at],
                    BASES[of_basis[at]],
                )
            )
            for at, use in zip(reads, uses, strict=True)
        ]

    def touch_evidence(self, touch: Touch, use: str) -> list[Evidence]:
        """All reads of a touch: the first made it, the others repeat it."""
        return self.used_evidence([(touch, use)])

    def used_evidence(self, used: Iterable[tuple[Touch, str]]) -> list[Evidence]:
        """All reads of these touches, in their order. A touch said by hand has one entry."""
        reads: list[int] = []
        uses: list[str] = []
        by_hand: list[tuple[int, Evidence]] = []
        for touch, use in used:
            if touch.reads:
                reads += touch.reads
                uses += [use, *[f"{use} again"] * (len(touch.reads) - 1)]
            else:
                by_hand.append((len(reads) + len(by_hand), self._by_hand(touch, use)))
        rows = self._all_evidence(reads, uses)
        for at, row in by_hand:
            rows.insert(at, row)
        return rows

    def _by_hand(self, touch: Touch, use: str) -> Evidence:
        at_us = touch.utc_us - self.start_us if self.started else None
        kind = touch.source
        return Evidence(kind, "", -1, kind, use, at_us, touch.utc_us, 0, "by hand")

    def own_log(self, touch: Touch) -> str:
        """The log of the record that makes the touch's time, "" when said by hand."""
        return self.reads.log_id(touch.reads[0]) if touch.reads else ""

    def lack(self, lacks: Lacks, from_us: int, until_us: int, own_log: str = "") -> str:
        """Words when records of these stations are missing of this span (elapsed), "" when not."""
        if not lacks or from_us >= until_us:
            return ""
        found = find_gap(lacks, from_us + self.start_us, until_us + self.start_us, own_log)
        return "" if found is None else self._gap_words(*found)

    def _gap_words(self, station: Station, gap: Gap) -> str:
        if not station.log_id:
            return f"{station.name} was never heard of"
        if not station.role:
            return f"nobody knows where {station.name} stood: its touches count nowhere"
        if gap.last < gap.first:
            if gap.from_us <= -EVER_US:
                return f"no record of {station.name} is here"
            return f"{station.name} was not heard since {hms(self.elapsed_us(gap.from_us))}"
        if gap.first == gap.last:
            return f"record {gap.first} of {station.name} is not here"
        return f"records {gap.first} to {gap.last} of {station.name} are not here"

    def nameless_in(self, from_us: int, until_us: int) -> Sequence[int]:
        """Touches without a name in this span, its end not included (both elapsed)."""
        low = bisect_left(self.nameless, from_us + self.start_us)
        high = bisect_left(self.nameless, until_us + self.start_us, low)
        return [self.elapsed_us(utc_us) for utc_us in self.nameless[low:high]]

    def known_until_us(self, since_us: int) -> int | None:
        """The first moment from this one on (elapsed) of which something may be missing; None when
        all is here up to now.
        """
        from_us = since_us + self.start_us
        moments = [self.unseen.since(from_us) - self.start_us]
        moments += [at_us - 1 for at_us in self.nameless_in(since_us, self.now_elapsed_us + 1)[:1]]
        first_us = min(moments)
        return first_us if first_us < self.now_elapsed_us else None

    def moment_us(self, data: Mapping[str, Any]) -> int | None:
        """UTC of a ruling's `at` or `at_s`, None when it has neither."""
        if "at" in data:
            return data["at"]
        return self.start_us + to_us(data["at_s"]) if "at_s" in data else None


class TouchEvidence(Sequence[Evidence]):
    """The evidence of these touches, by time: kept as their reads, and made when it is read. A
    race may have a million, and a table of the results shows none.
    """

    __slots__ = ("_ctx", "_used")

    def __init__(self, ctx: Context, used: Sequence[tuple[Touch, str]]) -> None:
        self._ctx = ctx
        self._used = used

    def arrival(self) -> Seen | None:
        """The read that made the lap; None where no station saw it."""
        touch = next((touch for touch, use in self._used if use == "in"), None)
        return self._ctx.reads.seen(touch.reads[0]) if touch is not None and touch.reads else None

    def _rows(self) -> list[Evidence]:
        return sorted(self._ctx.used_evidence(self._used), key=evidence_order)

    def __len__(self) -> int:
        return sum(max(1, len(touch.reads)) for touch, _ in self._used)

    @overload
    def __getitem__(self, at: int) -> Evidence: ...
    @overload
    def __getitem__(self, at: slice) -> list[Evidence]: ...
    def __getitem__(self, at: int | slice) -> Evidence | list[Evidence]:
        return self._rows()[at]

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self._rows())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(cast("Sequence[Any]", other))

    __hash__ = None  # type: ignore[assignment] # as of a list: what it is made of is not hashed


@dataclass(slots=True)
class LoopDraft:
    """A loop while it is judged. Spans in microseconds since the start.

    in_read, out_read: the reads that made them, NO_READ where none did. left_by_us: the latest
    moment of a departure that nobody saw. is_late_start: left for it after the last moment.
    second_try: what the runner may still do for a
    loop that did not count, in words, "" when nothing.
    """

    loop: int
    place: str
    bib: str
    out_us: int | None = None
    left_by_us: int | None = None
    in_us: int | None = None
    out_bound_us: int = 0
    in_bound_us: int = 0
    in_read: int = NO_READ
    out_read: int = NO_READ
    cutoff_us: int | None = None
    start_by_us: int | None = None
    shown_from_us: int = 0
    direction: str = ""
    pages: Pages | None = None
    verdict: Verdict = "open"
    is_late_start: bool = False
    second_try: str = ""
    notes: list[str] = field(default_factory=list[str])
    doubts: list[str] = field(default_factory=list[str])
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    rulings: list[RulingLine] = field(default_factory=list[RulingLine])

    def leave(self, ctx: Context, touch: Touch) -> None:
        """The departure is this touch."""
        self.out_us, self.out_bound_us = ctx.elapsed_us(touch.utc_us), ctx.elapsed_bound_us(touch)
        self.out_read = touch.reads[0] if touch.reads else NO_READ

    def arrive(self, ctx: Context, touch: Touch) -> None:
        """The arrival is this touch."""
        self.in_us, self.in_bound_us = ctx.elapsed_us(touch.utc_us), ctx.elapsed_bound_us(touch)
        self.in_read = touch.reads[0] if touch.reads else NO_READ

    def rule(self, lines: tuple[RulingLine, ...]) -> None:
        """Rulings that bear on the loop; each is shown once."""
        self.rulings += [row for row in lines if row not in self.rulings]

    def frozen(self) -> Loop:
        """The loop as the log shows it."""
        from_us = None if self.in_us is None else self.in_us - self.shown_from_us
        margin_us = None
        if self.in_us is not None and self.cutoff_us is not None:
            margin_us = self.cutoff_us - self.in_us
        return Loop(
            self.loop,
            self.place,
            self.bib,
            self.out_us,
            self.in_us,
            "" if from_us is None else hms(from_us),
            self.cutoff_us,
            self.start_by_us,
            margin_us,
            self.direction,
            self.pages,
            self.verdict,
            "; ".join(self.notes),
            None if self.in_us is None else self.in_bound_us,
            bool(self.doubts),
            "; ".join(self.doubts),
            tuple(sorted(self.evidence, key=evidence_order)),
            tuple(sorted(self.rulings, key=lambda row: (row.at_us, row.id))),
        )


@dataclass(slots=True)
class Draft:
    """A runner's line while it is judged. Spans in microseconds since the start.

    loops: while they are judged. laps: of a race that has very many of them, as the log shows them.
    rank: sorts the runners; equal ranks share a place. seen: (elapsed, place) of
    everything that shows where the runner was. order_doubt: with whom the order is in doubt, of
    those at the same distance. line: what was made of all this. settled_us: what was touched from
    then on changes nothing of what is said, None where it would; enough_us: from when on nothing
    that is missing matters. start_us: UTC from which the
    runner's own times count, None while it is not known.
    """

    runner: Runner
    loops: list[LoopDraft] = field(default_factory=list[LoopDraft])
    laps: Laps | None = None
    sightings: list[SightingLine] = field(default_factory=list[SightingLine])
    status: Status = "not started"
    reason: str = ""
    counted: int = 0
    result_us: int | None = None
    result_bound_us: int = 0
    result: str = ""
    km: float | None = None
    loop_now: int = 0
    since_us: int | None = None
    in_camp: bool = False
    is_in_corral: bool = False
    next_cutoff_us: int | None = None
    taps_us: int | None = None
    returned_us: int | None = None
    told_us: int | None = None
    known_us: int | None = None
    settled_us: int | None = None
    enough_us: int | None = None
    accounted: bool = True
    start_us: int | None = None
    rank: tuple[Any, ...] = ()
    doubts: list[str] = field(default_factory=list[str])
    order_doubt: str = ""
    line: RunnerLog | None = None
    seen: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    signals: list[Evidence] = field(default_factory=list[Evidence])
    rulings: list[RulingLine] = field(default_factory=list[RulingLine])
    problems: list[Problem] = field(default_factory=list[Problem])
    set_aside: list[SetAside] = field(default_factory=list[SetAside])

    @property
    def ways(self) -> Sequence[LoopDraft | Loop]:
        """The loops, or the laps, to be read."""
        return self.laps or self.loops

    def problem(
        self,
        kind: str,
        level: Level,
        text: str,
        loop: int = 0,
        at_us: int | None = None,
        evidence: tuple[Evidence, ...] = (),
        rulings: tuple[str, ...] = (),
    ) -> None:
        """Something of this runner that a person should see."""
        name = self.runner.name
        self.problems.append(Problem(kind, level, text, name, loop, at_us, evidence, rulings))

    def aside(self, rows: list[Evidence], why: str) -> None:
        """Keep these observations without using them."""
        self.set_aside += [SetAside(self.runner.name, why, row) for row in rows]


def evidence_order(row: Evidence) -> tuple[int, str, int]:
    """By time, then by identity."""
    return row.utc_us, row.log_id, row.seq
