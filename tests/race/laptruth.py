"""Fixed-time races of which the truth is known: see barkleytruth.py. A paper sheet is kept beside
the station, which misses some laps; both clocks are good to seconds. Seconds since the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from racekit import RaceKit, line
from yellowgate.times import US

END_S = 21_600
SHORTEST_S = 600
RULES = f"duration_s = {END_S}\nlap_km = 5\nshortest_lap_s = {SHORTEST_S}"
NAMES = ("Ann", "Bob", "Cid")
SHEET_S = END_S + 900  # when the paper is typed in


@dataclass
class Life:
    """laps: (when he came round, is it seen by the station, lingers so long at the reader)."""

    name: str
    laps: list[tuple[int, bool, int]] = field(default_factory=list[tuple[int, bool, int]])
    partial_m: int = 0


@st.composite
def lives(draw: st.DrawFn, name: str) -> Life:
    """Laps until the end or before, the last one perhaps after it."""
    life = Life(name)
    at_s = 0
    for _ in range(draw(st.integers(0, 8))):
        at_s += draw(st.sampled_from([1_300, 2_400, 2_700, 3_600]))
        if draw(st.integers(0, 7)) == 7:
            at_s = max(at_s, END_S + draw(st.sampled_from([-1, 0, 1])))
        linger_s = draw(st.sampled_from([0, 0, 90, SHORTEST_S - 1]))
        life.laps.append((at_s, draw(st.integers(0, 4)) > 0, linger_s))
        if at_s >= END_S:
            break
    life.partial_m = draw(st.sampled_from([0, 0, 1_200]))
    return life


@st.composite
def races(draw: st.DrawFn) -> tuple[list[Life], int]:
    """A few runners and a moment: in the race, or after the paper was typed in."""
    race = [draw(lives(name)) for name in NAMES]
    return race, draw(st.sampled_from([SHEET_S + 60, SHEET_S + 60, 9_000, END_S, END_S + 1]))


def observed(race: list[Life]) -> RaceKit:
    """What the station sees, and the sheet: every lap, to the minute before."""
    kit = RaceKit("laps", RULES)
    kit.runners(*(life.name for life in race))
    for life in race:
        for number, (at_s, is_seen, linger_s) in enumerate(life.laps, 1):
            if is_seen:
                kit.tag(life.name, *{at_s, at_s + linger_s}, bound_us=0)
            kit.rule("paper", SHEET_S, runner=life.name, loop=number, in_s=_on_paper(at_s))
        if life.partial_m:
            kit.rule("partial", SHEET_S, runner=life.name, distance_m=life.partial_m)
    return kit


def _on_paper(at_s: int) -> int:
    """The last lap is looked at closely; who writes the others down is up to 40 s late."""
    return at_s if at_s >= END_S - 60 else at_s + at_s % 40


def expected(life: Life, now_s: int) -> list[tuple[int, str]]:
    """(when, verdict) of each lap that is known of by now."""
    has_sheet = now_s >= SHEET_S
    return [
        (at_s if is_seen else _on_paper(at_s), "counted" if at_s <= END_S else "over cutoff")
        for at_s, is_seen, _ in life.laps
        if at_s <= now_s and (is_seen or has_sheet)
    ]


def check(race: list[Life], now_s: int) -> None:
    """The log at this moment has everybody's laps, and ranks by them."""
    log = observed(race).log(now_s)
    keys: list[tuple[int, int]] = []
    for shown in log.runners:
        life = next(life for life in race if life.name == shown.name)
        true = expected(life, now_s)
        assert [((lap.in_us or 0) // US, lap.verdict) for lap in shown.loops] == true, (life, now_s)
        counted = [at_s for at_s, verdict in true if verdict == "counted"]
        partial_m = life.partial_m if now_s >= SHEET_S else 0
        assert line(log, life.name).distance_km == (5_000 * len(counted) + partial_m) / 1_000
        keys.append((-5_000 * len(counted) - partial_m, max(counted, default=0)))
    assert keys == sorted(keys)
