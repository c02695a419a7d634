"""Random small races of every preset, for the properties: observations, rulings, stations.

Half of them are odd: anything at any moment. The others are likely: races that could have been so.
"""

from __future__ import annotations

from dataclasses import dataclass

import barkleytruth
import laptruth
import racekit
import waytruth
import yardtruth
from gate_wire import kinds
from hypothesis import strategies as st
from racekit import GATE, SPARE, TOWER, RaceKit

NAMES = ("Ann", "Bob", "Cid", "Dot")
PRESETS = {
    "barkley": "",
    "backyard": "",
    "laps": "shortest_lap_s = 3000",
    "point-to-point": (
        '[[rules.checkpoint]]\nplace = "gate"\ncutoff_s = "14:00:00"\n'
        '[[rules.checkpoint]]\nplace = "fire tower"\n[[rules.checkpoint]]\nplace = "gate"\n'
    ),
}
# Moments near the interesting ones, in seconds since the start, and anything between.
MOMENTS = st.one_of(
    st.integers(-4_000, 240_000).map(float),
    st.sampled_from([0.0, 3600.0, 7200.0, 47_999.5, 48_000.0, 48_000.4, 129_600.0, 172_800.0]),
    st.integers(0, 60).map(lambda n: 32_400.0 + n),
    st.integers(0, 40).map(lambda n: 4_000.0 * n),
)


@dataclass(repr=False)
class World:
    """A race and the moment at which its log is made."""

    kit: RaceKit
    as_of_s: float

    def __repr__(self) -> str:
        kit = self.kit
        rows = [
            f"{row.utc_us - racekit.START_US} {row.observation.log_id[:2]} {row.observation.seq} "
            f"{row.observation.kind_name} {row.observation.body.hex()} ±{row.bound_us}"
            for row in kit.timed
        ]
        said = [f"{row.by} {row.kind} {dict(row.data)} made {row.at_us}" for row in kit.rulings]
        return "\n  ".join([f"{kit.race.preset} at {self.as_of_s}", *rows, *said])


def _observe(kit: RaceKit, draw: st.DrawFn) -> None:
    kind = draw(
        st.sampled_from([kinds.TAG] * 8 + [kinds.PRESS, kinds.TAPS, kinds.START, kinds.HEALTH])
    )
    at_s = draw(MOMENTS)
    station = draw(st.sampled_from([GATE, GATE, SPARE, TOWER, "cc" * 8]))
    bound_us = draw(st.sampled_from([0, 5_000, 1_000_000, 10**15]))
    body = b""
    if kind in (kinds.TAG, kinds.TAPS):
        body = bytes.fromhex(racekit.uid(draw(st.sampled_from([*NAMES, "Nobody"]))))
    kit.see(kind, at_s, body, station, bound_us)


def _rule(kit: RaceKit, draw: st.DrawFn) -> None:
    made_s = draw(MOMENTS)
    runner = draw(st.sampled_from([*NAMES, "Nobody"]))
    loop = draw(st.integers(1, 4))
    by = draw(st.sampled_from(["laz", "carl"]))
    at_s = draw(MOMENTS)
    seen = draw(st.sampled_from(kit.timed)).observation
    read: dict[str, object] = {
        "log_id": seen.log_id,
        "seq": seen.seq + draw(st.sampled_from([0, 0, 0, 1000])),
    }
    choices: list[tuple[str, dict[str, object]]] = [
        ("assign", {**read, "runner": runner}),
        ("assign", {**read, "runner": runner, "use": draw(st.sampled_from(["in", "out", "seen"]))}),
        ("void", read),
        ("void", {"runner": runner, "loop": loop}),
        ("pages", {"runner": runner, "loop": loop, "have": draw(st.integers(11, 13)), "of": 13}),
        ("pages", {"runner": runner, "loop": loop, "have": 13, "of": 13, **read}),
        ("direction", {"runner": runner, "loop": loop, "right": draw(st.booleans())}),
        ("direction", {"runner": runner, "loop": 5, "direction": "clockwise"}),
        ("departure", {"runner": runner, "loop": loop, "at_s": at_s}),
        ("dropout", {"runner": runner, "reason": draw(st.sampled_from(["lost", "DNS", "DQ"]))}),
        ("return", {"runner": runner, "at_s": at_s}),
        ("sighting", {"runner": runner, "at_s": at_s, "place": "Rat Jaw"}),
        ("grace", {"runner": runner, "loop": loop}),
        ("grace", {"runner": runner, "loop": loop, "for": "start", "seconds": 600}),
        ("start", {"at": racekit.START_US + draw(st.sampled_from([0, 60, -60])) * 1_000_000}),
        ("conch", {"at": racekit.START_US - 3_600_000_000}),
        ("paper", {"runner": runner, "loop": loop, "in_s": abs(at_s)}),
        (
            "paper",
            {
                "runner": runner,
                "loop": loop,
                "in_s": abs(at_s) + 9,
                "out_s": abs(at_s),
                "wins": True,
            },
        ),
        ("tag", {"runner": runner, "tag": racekit.uid("Nobody")}),
        ("tag", {"runner": runner, "tag": racekit.uid("Ann"), "at": racekit.START_US + 10**11}),
        ("bib", {"runner": runner, "loop": loop, "bib": "7"}),
        ("partial", {"runner": runner, "distance_m": 250}),
        ("undo", {"ruling": "0123456789ab"}),
    ]
    kind, data = draw(st.sampled_from(choices))
    ruling = kit.rule(kind, made_s, by, **data)
    if draw(st.integers(0, 5)) == 0:
        kit.rule("undo", made_s + 1, by, ruling=ruling.id)


@st.composite
def odd(draw: st.DrawFn) -> World:
    """A random race; mostly it has a start."""
    preset = draw(st.sampled_from(sorted(PRESETS)))
    kit = RaceKit(preset, PRESETS[preset], start=draw(st.integers(0, 9)) > 0)
    kit.runners(*NAMES[:2])
    kit.runners(*NAMES[2:], gender="F")
    for _ in range(draw(st.integers(1, 24))):
        _observe(kit, draw)
    for _ in range(draw(st.integers(0, 8))):
        _rule(kit, draw)
    return World(kit, draw(st.sampled_from([40_000.0, 100_000.0, 250_000.0])))


def worlds() -> st.SearchStrategy[World]:
    """A race of either sort."""
    likely = [
        preset.races().map(lambda made, preset=preset: World(preset.observed(made[0]), made[1]))
        for preset in (barkleytruth, yardtruth, laptruth, waytruth)
    ]
    return st.one_of(odd(), odd(), odd(), odd(), *likely)
