"""The numbers of each preset, every one of them a key of [rules] in race.toml.

Keys end in their unit. A key in `_s` takes seconds or "H:MM:SS". A span that is 0 where that
makes no sense as a limit means "no such limit" (said at the key).
"""

from __future__ import annotations

from dataclasses import dataclass

from yellowgate.times import US, to_us

CHOICE = "choice"
DIRECTIONS = ("clockwise", "counter-clockwise", CHOICE)
CHOOSERS = ("first to leave", "first to arrive")
TIES = ("by time", "shared")
ENDS = ("stop", "finish the lap")


@dataclass(frozen=True)
class Rules:
    """What all presets share.

    double_tap_s: reads of one tag at one place no further apart than this, one after the other,
    are one touch. press_tag_s: a press and the only tag read this close to it, at one place, are
    one touch (0: never). at_cutoff_counts: is a touch at exactly the cutoff in time? Times are
    compared in microseconds: 13:20:00.4 is over 13:20:00. paper_tolerance_s: paper and station
    differ when further apart. silent_s: a station not heard of for so long is silent. ties: "by
    time": results that differ by a microsecond have places of their own; "shared": those that
    read the same share a place (the same whole second; with laps, the same distance).
    """

    double_tap_s: float = 60
    press_tag_s: float = 2
    at_cutoff_counts: bool = True
    paper_tolerance_s: float = 60
    silent_s: float = 1800
    ties: str = TIES[0]

    def check(self) -> None:
        """Raise ValueError (one line) when the numbers contradict each other."""
        if self.ties not in TIES:
            raise ValueError(f"ties: {self.ties!r} is neither {TIES[0]!r} nor {TIES[1]!r}")

    def ranked_us(self, result_us: int) -> int:
        """What of a time ranks: all of it, or its whole seconds where ties are shared."""
        return result_us - result_us % US if self.ties == "shared" else result_us

    @property
    def double_tap_us(self) -> int:
        """The window in microseconds."""
        return to_us(self.double_tap_s)

    @property
    def longest_s(self) -> float:
        """Seconds after which everybody's race is over; 0 where nothing says so."""
        return 0

    @property
    def shortest_us(self) -> int:
        """The shortest credible loop, yard or lap."""
        return 0


@dataclass(frozen=True)
class BarkleyRules(Rules):
    """Five loops, pages, and a cutoff for each loop.

    start_next_by_s: the last moment to leave for loop 1, 2, ... (0: none), itself not included
    unless at_start_by_counts. shortest_loop_s: after an arrival, the next touch sooner than this
    is the departure; on a loop, a touch sooner is no arrival. leaving_s: touches up to so long
    after a departure are still the departure. go_back_s: after a touch short of a page, touches
    sooner than this are the going back. pages: 0 where no pages are counted.
    """

    loops: int = 5
    loop_cutoffs_s: tuple[float, ...] = (48_000, 96_000, 144_000, 172_800, 216_000)
    start_next_by_s: tuple[float, ...] = (0, 48_000, 96_000, 129_600, 172_800)
    at_start_by_counts: bool = False
    fun_run_loops: int = 3
    fun_run_s: float = 144_000
    pages: int = 13
    shortest_loop_s: float = 14_400
    leaving_s: float = 1_800
    go_back_s: float = 1_800
    directions: tuple[str, ...] = (
        "clockwise",
        "counter-clockwise",
        "clockwise",
        "counter-clockwise",
        CHOICE,
    )
    chooser: str = "first to leave"
    conch_to_start_s: float = 3_600
    conch_from_s: float = 82_800
    conch_until_s: float = 39_600
    tower_every_loop: bool = True
    loop_km: float = 0

    @property
    def shortest_us(self) -> int:
        """The shortest credible loop, yard or lap."""
        return to_us(self.shortest_loop_s)

    def check(self) -> None:
        """Raise ValueError (one line) when the numbers contradict each other."""
        super().check()
        for key in ("loop_cutoffs_s", "start_next_by_s", "directions"):
            given = len(getattr(self, key))
            if given != self.loops:
                raise ValueError(f"{key} has {given} entries for {self.loops} loops")
        if list(self.loop_cutoffs_s) != sorted(self.loop_cutoffs_s):
            raise ValueError("loop_cutoffs_s must rise from loop to loop")
        for direction in self.directions:
            if direction not in DIRECTIONS:
                raise ValueError(f"directions: {direction!r} is none of {', '.join(DIRECTIONS)}")
        if self.chooser not in CHOOSERS:
            raise ValueError(f"chooser: {self.chooser!r} is none of {', '.join(CHOOSERS)}")

    @property
    def longest_s(self) -> float:
        """The last cutoff."""
        return max(self.loop_cutoffs_s, default=0)


@dataclass(frozen=True)
class BackyardRules(Rules):
    """A yard every hour on the hour until one is left.

    yard_s: the hour. shortest_yard_s: a touch sooner after the bell is the leaving.
    late_start_s: a touch later than this after the bell and too soon for a yard looks like a
    late start and is shown. corral_s: touches so long before the bell are the corral.
    warnings_s: whistles before the bell. limit_yards: 0, or the yards at which the race ends.
    """

    yard_km: float = 6.7056
    yard_s: float = 3_600
    shortest_yard_s: float = 1_200
    late_start_s: float = 60
    corral_s: float = 180
    warnings_s: tuple[float, ...] = (180, 120, 60)
    limit_yards: int = 0

    @property
    def shortest_us(self) -> int:
        """The shortest credible loop, yard or lap."""
        return to_us(self.shortest_yard_s)

    def check(self) -> None:
        """Raise ValueError (one line) when the numbers contradict each other."""
        super().check()
        if not 0 <= self.shortest_yard_s < self.yard_s:
            raise ValueError("shortest_yard_s must be shorter than yard_s")

    @property
    def longest_s(self) -> float:
        """The last yard's end, where there is one."""
        return self.limit_yards * self.yard_s


@dataclass(frozen=True)
class LapsRules(Rules):
    """Most distance in a fixed time.

    first_lap_km: a first lap of another length (0: as long as the others). at_the_gun: "stop":
    only laps done by then count; "finish the lap": a lap begun before the gun counts, if it is
    done no later than finish_lap_s after it (0: whenever). shortest_lap_s: touches sooner after
    the last lap are lingering at the reader. missing_s: a runner not seen for so long is overdue
    (0: never). missed_read_laps: a lap that took so many times the runner's usual one, or more,
    is shown (0: never): the reader may have missed a touch.
    """

    duration_s: float = 86_400
    lap_km: float = 1
    first_lap_km: float = 0
    at_the_gun: str = ENDS[0]
    finish_lap_s: float = 0
    shortest_lap_s: float = 120
    missing_s: float = 21_600
    missed_read_laps: int = 2

    @property
    def shortest_us(self) -> int:
        """The shortest credible loop, yard or lap."""
        return to_us(self.shortest_lap_s)

    def check(self) -> None:
        """Raise ValueError (one line) when the numbers contradict each other."""
        super().check()
        if self.at_the_gun not in ENDS:
            raise ValueError(
                f"at_the_gun: {self.at_the_gun!r} is neither {ENDS[0]!r} nor {ENDS[1]!r}"
            )
        if self.finish_lap_s and self.at_the_gun == ENDS[0]:
            raise ValueError(f"finish_lap_s means nothing where at_the_gun is {ENDS[0]!r}")
        if self.missed_read_laps == 1:
            raise ValueError("missed_read_laps: 2 or more, or 0 for never")

    @property
    def longest_s(self) -> float:
        """The gun, and the lap after it."""
        is_open = self.at_the_gun != ENDS[0] and not self.finish_lap_s
        return 0 if is_open else self.duration_s + self.finish_lap_s

    def distance_mm(self, laps: int, has_first: bool) -> int:
        """Millimetres of so many laps; has_first: the race's first lap is among them."""
        first_km = self.first_lap_km or self.lap_km
        return round((laps - has_first) * self.lap_km * 1e6) + has_first * round(first_km * 1e6)


@dataclass(frozen=True)
class Checkpoint:
    """A station on the way, in the order of the course; the last one is the finish.

    cutoff_s: arrive by, leave_by_s: leave by (0: none). in_and_out: is leaving touched too?
    """

    place: str = ""
    km: float = 0
    cutoff_s: float = 0
    leave_by_s: float = 0
    in_and_out: bool = True


@dataclass(frozen=True)
class PointToPointRules(Rules):
    """In and out at each station of the course, with cutoffs for each."""

    checkpoint: tuple[Checkpoint, ...] = ()

    def check(self) -> None:
        """Raise ValueError (one line) when the numbers contradict each other."""
        super().check()
        last_km = 0.0
        for entry in self.checkpoint:
            if not entry.place:
                raise ValueError("checkpoint: every one needs a place")
            if entry.km and entry.km < last_km:
                raise ValueError(f"checkpoint {entry.place!r}: km must not fall")
            last_km = entry.km or last_km

    @property
    def longest_s(self) -> float:
        """The finish's cutoff, where there is one."""
        return self.checkpoint[-1].cutoff_s if self.checkpoint else 0


PRESETS: dict[str, type[Rules]] = {
    "barkley": BarkleyRules,
    "backyard": BackyardRules,
    "laps": LapsRules,
    "point-to-point": PointToPointRules,
}
