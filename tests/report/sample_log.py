"""A small official log with one runner of each fate, made by hand."""

from __future__ import annotations

from dataclasses import replace

from yellowgate.model import Evidence, Pages, Problem, RulingLine, Runner
from yellowgate.race.official_log import (
    Loop,
    OfficialLog,
    Proposal,
    RunnerLog,
    SightingLine,
    StationLine,
    Unassigned,
)
from yellowgate.times import US, hms, to_us

START_US = 1_742_312_220_000_000  # 2025-03-18T15:37:00Z
CUTOFFS_S = (48000.0, 96000.0, 144000.0, 172800.0, 216000.0)
LOG_ID = "a1b2c3d4e5f60718"


def evidence(seq: int, at_s: float, use: str, kind: str = "tag") -> Evidence:
    utc_us = START_US + to_us(at_s)
    return Evidence("Gate", LOG_ID, seq, kind, use, to_us(at_s), utc_us, 12_500, "pairs")


def loop(number: int, out_s: float | None, in_s: float | None, **changes: object) -> Loop:
    in_us, cutoff_us = None if in_s is None else to_us(in_s), to_us(CUTOFFS_S[number - 1])
    made = Loop(
        loop=number,
        place="gate",
        bib=f"{number}01",
        out_us=None if out_s is None else to_us(out_s),
        in_us=in_us,
        elapsed="" if in_us is None else hms(in_us),
        cutoff_us=cutoff_us,
        start_by_us=None,
        margin_us=None if in_us is None else cutoff_us - in_us,
        direction="clockwise" if number % 2 else "counter-clockwise",
        pages=Pages(13, 13),
        verdict="open" if in_s is None else "counted",
        note="",
        uncertainty_us=None if in_s is None else 12_500,
        doubtful=False,
        doubt="",
        evidence=() if in_s is None else (evidence(number, in_s, "in"),),
        rulings=(),
    )
    return made._replace(**changes)  # type: ignore[arg-type]


def runner(name: str, gender: str, loops: tuple[Loop, ...], **changes: object) -> RunnerLog:
    made = RunnerLog(
        name=name,
        start_us=START_US,
        gender=gender,
        status="out",
        reason="",
        place=None,
        place_gender=None,
        bib="101",
        tag="04a101c1d25e80",
        loops_counted=sum(row.verdict == "counted" for row in loops),
        result_us=None,
        result="",
        distance_km=None,
        loop_now=0,
        since_us=None,
        last_seen_us=None,
        last_seen_place="",
        next_cutoff_us=None,
        taps_us=None,
        returned_us=None,
        known_us=None,
        accounted=True,
        doubtful=False,
        doubt="",
        loops=loops,
        sightings=(),
        rulings=(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def sample() -> OfficialLog:
    five = tuple(loop(n, (n - 1) * 40000.0, n * 39000.5) for n in range(1, 6))
    late = loop(
        1, 0.0, 48120.6, verdict="over cutoff", note="over by 0:02:00", doubtful=True,
        doubt="its bound of 0.2 s reaches the cutoff",
    )  # fmt: skip
    short = loop(2, 41000.0, 90000.0, verdict="pages missing", pages=Pages(12, 13))
    seen = SightingLine(
        20_000 * US, START_US + 20_000 * US, "tower", 1, "station", "", 40_000,
        (evidence(9, 20000.0, "seen"),), (),
    )  # fmt: skip
    runners = (
        runner("Ada Ashdown Smith", "F", five, status="finished", place=1, place_gender=1,
               result_us=195_002_500_000, result="54:10:02"),
        runner("Bram <b>Bold</b>", "M", five[:3], status="fun run", place=2, place_gender=1,
               result_us=117_001_500_000, result="fun run 32:30:01", taps_us=118_000 * US),
        runner("K. Halpin", "F", (late,), place=3, place_gender=2, reason="missed cutoff",
               sightings=(seen,)),
        runner("Gus Graves", "M", (five[0], short), place=4, place_gender=2,
               reason="page missing"),
        runner("Ike Ironbridge", "M", (), reason="refused to continue"),
        runner("Otis Oakhurst", "M", (loop(1, 0.0, None),), status="overdue", accounted=False,
               last_seen_us=20_000 * US, last_seen_place="tower"),
        runner("Zeke Zipline", "M", (), status="not started"),
    )  # fmt: skip
    ruled = RulingLine("0123456789ab", START_US, "Laz", "pages", "counted", "13 of 13 pages")
    return OfficialLog(
        race="Sample",
        preset="barkley",
        zone="America/New_York",
        start_us=START_US,
        start_by="start at Gate",
        start_uncertainty_us=12_000,
        conch_us=START_US - 3_600_000_000,
        as_of_us=START_US + 200_000_000_000,
        state="running",
        runners=runners,
        unassigned=(
            Unassigned(
                "", 50_000 * US, (Proposal("Otis Oakhurst", "101", 1, "in", "due since 44:00"),),
                (evidence(40, 50000.0, "none", "press"),),
            ),
        ),
        problems=(Problem("late touch", "look", "after Taps", "Gus Graves", 2, 1 * US),),
        set_aside=(),
        stations=(StationLine("Gate", LOG_ID, "gate", "gate", 50, 20, START_US, 40_000, ()),),
        rulings=(ruled,),
    )  # fmt: skip


def settled() -> OfficialLog:
    """The same when it is over: the last one was found, and one was disqualified."""
    log = sample()
    found = {"Otis Oakhurst": "not returned", "Gus Graves": "disqualified"}
    runners = tuple(
        replace(row, status="out", reason=found[row.name], accounted=True, place=None)
        if row.name in found
        else row
        for row in log.runners
    )
    return replace(log, state="over", runners=runners)


def roster() -> list[Runner]:
    return [
        Runner(
            "Ada Ashdown Smith", "F", "04a101c1d25e80", {0: "101"}, "1985-03-19", "Bern", "", "SUI"
        ),
        Runner("Bram <b>Bold</b>", "M", "", {0: "102"}, "1990-01-02"),
    ]
