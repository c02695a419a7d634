"""The published races of 1999, 2024 and 2025 as what stations would have seen and what was ruled.

For each year: `race(year)` gives a Replay with the roster, one tap script for the gate and one for
the tower (CSV `at_s,input,value`, at_s counted from LEAD_S before the start), and the rulings.
What was not published (departures, the tower, missing loops of finishers) is filled in by simple
rules that are said at each function; every published time is used as it is.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from yellowgate.model import Ruling, Runner
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import span_s

FIXTURES = Path(__file__).parent.parent / "fixtures"
LEAD_S = 3600  # stations are switched on so long before the start
PAGES = 13
WOMEN = {"Paris", "K. Halpin"}
CAMP_S = 1200  # between an arrival and the departure, where neither was published
Tap = tuple[float, str, str]  # seconds since the start, input, value


@dataclass
class Replay:
    """A race to be run again. Seconds since the start; decisions are made shortly after."""

    year: int
    roster: list[Runner] = field(default_factory=list[Runner])
    gate: list[Tap] = field(default_factory=list[Tap])
    tower: list[Tap] = field(default_factory=list[Tap])
    decisions: list[tuple[float, str, dict[str, object]]] = field(
        default_factory=list[tuple[float, str, dict[str, object]]]
    )

    def runner(self, name: str) -> str:
        """Add a runner; returns the tag."""
        number = len(self.roster) + 1
        tag = f"04{self.year % 100:02x}{number:02x}a1b2c3d4"
        gender = "F" if name in WOMEN else "M"
        self.roster.append(Runner(name, gender, tag, {0: str(number)}))
        return tag

    def loop(self, name: str, tag: str, loop: int, out_s: float, in_s: float) -> None:
        """Out (not for the first), past the tower, in, all pages."""
        if loop > 1:
            self.gate.append((out_s, "tag", tag))
        self.tower.append((out_s + (in_s - out_s) * 0.5, "tag", tag))
        self.gate.append((in_s, "tag", tag))
        self.decide(in_s + 90, "pages", runner=name, loop=loop, have=PAGES, of=PAGES)

    def decide(self, made_s: float, kind: str, /, **data: object) -> None:
        """A ruling of the director."""
        self.decisions.append((made_s, kind, data))

    def script(self, rows: list[Tap], ends_s: float = 61 * 3600) -> str:
        """A simulation script; its last line keeps the clock running to the end."""
        lines = [f"{LEAD_S + at_s:.3f},{what},{value}" for at_s, what, value in sorted(rows)]
        return "\n".join(["at_s,input,value", *lines, f"{LEAD_S + ends_s:.3f},power,on", ""])

    def gate_script(self) -> str:
        """What the gate station sees."""
        return self.script([(0.0, "start", ""), *self.gate])

    def tower_script(self) -> str:
        """What the fire tower sees."""
        return self.script(self.tower)

    def rulings(self, start_us: int) -> list[Ruling]:
        """The director's rulings, for a race that began at start_us (UTC)."""
        return [
            ruling_kinds.make(kind, data, "director", "as published", start_us + round(at_s * 1e6))
            for at_s, kind, data in sorted(self.decisions, key=lambda row: (row[0], row[1]))
        ]


def table(year: int) -> list[dict[str, str]]:
    """The published results."""
    with (FIXTURES / f"barkley-{year}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def race(year: int) -> Replay:
    """The replay of a year: 1999, 2024 or 2025."""
    return {1999: _race_1999, 2024: _race_2024, 2025: _race_2025}[year]()


def _race_1999() -> Replay:
    """Every published arrival. Departures: 20 minutes after the arrival, or as late as the next
    cutoff allows. Whoever has no further loop is tapped out 30 minutes later; who has no loop at
    all is tapped out after 13 hours.
    """
    replay = Replay(1999)
    limits_s = (48_000, 96_000)
    for row in table(1999):
        name, tag = row["runner"], replay.runner(row["runner"])
        times = [span_s(row[f"loop{loop}"]) for loop in (1, 2, 3) if row[f"loop{loop}"]]
        out_s = 0.0
        for loop, in_s in enumerate(times, 1):
            replay.loop(name, tag, loop, out_s, in_s)
            if loop < len(times):
                limit_s = limits_s[loop - 1]
                out_s = in_s + (min(CAMP_S, (limit_s - in_s) / 2) if in_s < limit_s else CAMP_S)
        replay.gate.append(((times[-1] + 1800) if times else 46_800, "taps", tag))
    return replay


LOOPS_2024 = (9.5 * 3600, 21.5 * 3600, 33.0 * 3600, 46.3 * 3600)


def _race_2024() -> Replay:
    """Published: some arrivals, the choice of direction. The rest: earlier loops at a common pace,
    each runner a minute after the one before; five arrive together on loop 2.
    """
    replay = Replay(2024)
    together = [span_s("19:27:49") + extra for extra in (0, 2, 3, 4, 5)]
    for number, row in enumerate(entry for entry in table(2024) if "(" not in entry["runner"]):
        name, tag = row["runner"], replay.runner(row["runner"])
        times = [base + 60 * number for base in LOOPS_2024]
        for loop in (2, 3, 4):
            if row[f"loop{loop}"]:
                times[loop - 1] = span_s(row[f"loop{loop}"])
        if number < len(together):
            times[1] = together[number]
        n_loops = 3 if row["remark"].startswith("fun run") else 4
        if name == "Calmettes":
            _one_page_short(replay, name, tag, times)
        outs = [0.0, *(in_s + CAMP_S for in_s in times[:3])]
        for loop in range(1, n_loops + 1):
            if name != "Calmettes" or loop > 1:
                replay.loop(name, tag, loop, outs[loop - 1], times[loop - 1])
        if n_loops == 3:
            replay.gate.append((times[2] + 900, "taps", tag))
            continue
        _last_loop_2024(replay, row, tag, times[3] + CAMP_S)
    return replay


def _one_page_short(replay: Replay, name: str, tag: str, times: list[float]) -> None:
    """Loop 1 one page short; three hours later he is back with it."""
    first_s = times[0]
    replay.gate.append((first_s, "tag", tag))
    replay.decide(first_s + 60, "pages", runner=name, loop=1, have=PAGES - 1, of=PAGES)
    replay.tower.append((first_s * 0.5, "tag", tag))
    times[0] = first_s + 3 * 3600
    replay.gate.append((times[0], "tag", tag))
    replay.decide(times[0] + 60, "pages", runner=name, loop=1, have=PAGES, of=PAGES)


def _last_loop_2024(replay: Replay, row: dict[str, str], tag: str, out_s: float) -> None:
    name = row["runner"]
    out_s = span_s(row["loop5_out"]) if row["loop5_out"] else out_s + 60  # after the first one
    replay.gate.append((out_s, "tag", tag))
    if row["loop5_direction"]:
        replay.decide(
            out_s + 30, "direction", runner=name, loop=5, direction=row["loop5_direction"]
        )
    if row["loop5"]:
        in_s = span_s(row["loop5"])
        replay.tower.append(((out_s + in_s) / 2, "tag", tag))
        replay.gate.append((in_s, "tag", tag))
        replay.decide(in_s + 60, "pages", runner=name, loop=5, have=PAGES, of=PAGES)
    else:
        replay.decide(60 * 3600 + 600, "return", runner=name, at_s=60 * 3600 + 300)
        replay.gate.append((60 * 3600 + 700, "taps", tag))


def _race_2025() -> Replay:
    """The golden scene: K. Halpin two minutes over, J. Kelly's fun run and Taps, S. Raichon and
    T. Ihara without a third loop, and one who is not seen by eight in the morning.
    """
    replay = Replay(2025)
    tags = {
        name: replay.runner(name) for name in ("K. Halpin", "J. Kelly", "S. Raichon", "T. Ihara")
    }
    lost = "N. Obody"
    replay.runner(lost)
    replay.loop("K. Halpin", tags["K. Halpin"], 1, 0.0, span_s("13:22:00"))
    replay.gate.append((span_s("13:40:00"), "taps", tags["K. Halpin"]))
    for name, first, second in (
        ("J. Kelly", "9:37:11", "23:44:40"),
        ("S. Raichon", "9:37:13", "23:46:35"),
        ("T. Ihara", "10:33:04", "25:25:02"),
    ):
        replay.loop(name, tags[name], 1, 0.0, span_s(first))
        replay.loop(name, tags[name], 2, span_s(first) + 900, span_s(second))
        replay.gate.append((span_s(second) + 1500, "tag", tags[name]))
    replay.tower.append((span_s("32:00:00"), "tag", tags["J. Kelly"]))
    replay.tower.append((span_s("32:30:00"), "tag", tags["S. Raichon"]))
    replay.gate.append((span_s("39:50:27"), "tag", tags["J. Kelly"]))
    replay.decide(span_s("39:52:00"), "pages", runner="J. Kelly", loop=3, have=PAGES, of=PAGES)
    replay.gate.append((span_s("39:53:00"), "taps", tags["J. Kelly"]))
    replay.decide(span_s("39:56:00"), "return", runner="S. Raichon", at_s=span_s("39:55:30"))
    replay.gate.append((span_s("39:58:00"), "taps", tags["S. Raichon"]))
    replay.gate.append((span_s("42:00:00"), "tag", tags["T. Ihara"]))
    replay.gate.append((span_s("42:10:00"), "taps", tags["T. Ihara"]))
    replay.decide(
        span_s("21:30:00"),
        "sighting",
        runner=lost,
        at_s=span_s("21:00:00"),
        place="Rat Jaw",
        text="hiking with a group",
    )
    return replay
