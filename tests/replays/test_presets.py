"""A race of each preset, worked out by hand, through stations, flash, sync and merge."""

from __future__ import annotations

from pathlib import Path

import pytest
from wholepath import START_US, play
from yellowgate.event.preset_text import preset_toml
from yellowgate.model import Runner
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.times import span_s

pytestmark = pytest.mark.slow

LEAD_S = 600
TAGS = {
    name: f"04a1{number:02x}c1d25e80" for number, name in enumerate(("Ann", "Bob", "Cid", "Dot"))
}
ROSTER = [
    Runner(name, "F" if name in ("Ann", "Dot") else "M", tag, {0: str(number)})
    for number, (name, tag) in enumerate(TAGS.items(), 1)
]


def script(ends_s: float, touches: dict[str, str], start: bool = True) -> str:
    """A station's script from runners' times, written as on paper."""
    rows = [(0.0, "start", "")] if start else []
    rows += [
        (span_s(text), "tag", TAGS[name])
        for name, times in touches.items()
        for text in times.split()
    ]
    lines = [f"{LEAD_S + at_s:.3f},{what},{value}" for at_s, what, value in sorted(rows)]
    return "\n".join(["at_s,input,value", *lines, f"{LEAD_S + ends_s:.3f},power,on", ""])


def test_backyard(tmp_path: Path) -> None:
    """The bell every full hour; a yard is timed from the bell.

    yard    Ann      Bob      Cid
    1       0:48:12  0:50:00  0:59:59
    2       1:47:00  1:51:00  2:00:01   (Cid a second late: out with one yard)
    3       2:49:00  2:55:00
    4       3:50:00  -                  (Bob does not come: out with three)

    Ann does a yard that nobody else does: she wins with 4 yards, 26.8224 km.
    """
    ends_s = 4.1 * 3600
    touches = {
        "Ann": "0:48:12 1:47:00 2:49:00 3:50:00",
        "Bob": "0:50:00 1:51:00 2:55:00",
        "Cid": "0:59:59 2:00:01",
    }
    toml = preset_toml("backyard", "Backyard")
    played = play(tmp_path, toml, ROSTER[:3], [("gate", script(ends_s, touches))], LEAD_S, ends_s)
    ann, bob, cid = played.log(ends_s).runners
    assert (ann.name, ann.reason, ann.result) == ("Ann", "last one standing", "4 yards")
    assert (ann.distance_km, bob.distance_km, cid.distance_km) == (26.8224, 20.1168, 6.7056)
    assert ann.loops[1].elapsed == "0:47:00"
    assert (cid.status, cid.reason) == ("out", "missed cutoff")


def test_laps(tmp_path: Path) -> None:
    """Six hours on laps of 5 km.

    Ann  1:00 2:00 3:00 4:00 5:00           5 laps, 25 km at 5:00:00
    Bob  0:50 1:50 2:50 3:50 4:50           5 laps, 25 km at 4:50:00
    Cid  1:30 3:00 4:30 5:59:58             4 laps
    Dot  1:30 3:00 4:30 6:00:01             3 laps, the last a second late, and 1,200 m ruled

    Bob before Ann: the same distance, but he was there first. Dot and Cid touch together twice:
    the reader takes one after the other.
    """
    ends_s = 6.2 * 3600
    touches = {
        "Ann": "1:00:00 2:00:00 3:00:00 4:00:00 5:00:00",
        "Bob": "0:50:00 1:50:00 2:50:00 3:50:00 4:50:00",
        "Cid": "1:30:00 3:00:04 4:30:00 5:59:58",
        "Dot": "1:30:03 3:00:07 4:30:03 6:00:01",
    }
    toml = preset_toml("laps", "Six hours")
    for key, value in (
        ("duration_s", '"6:00:00"'),
        ("lap_km", "5"),
        ("shortest_lap_s", '"0:10:00"'),
    ):
        head, _, rest = toml.partition(f"\n{key} = ")
        toml = f"{head}\n{key} = {value}\n{rest.partition(chr(10))[2]}"
    played = play(tmp_path, toml, ROSTER, [("gate", script(ends_s, touches))], LEAD_S, ends_s)
    ruled = {"runner": "Dot", "distance_m": 1200}
    made_us = START_US + int(6.1 * 3600e6)
    played.rulings = [ruling_kinds.make("partial", ruled, "director", "wheel", made_us)]
    log = played.log(ends_s)
    assert [(row.name, row.result) for row in log.runners] == [
        ("Bob", "25.000 km"),
        ("Ann", "25.000 km"),
        ("Cid", "20.000 km"),
        ("Dot", "16.200 km"),
    ]


def test_point_to_point(tmp_path: Path) -> None:
    """20 km to the Mill (4:00, leave by 4:15), 45 km to the Pass (9:00), 60 km to Town (12:00).

    Ann  Mill 2:00-2:10   Pass 5:00-5:30   Town 8:00     finisher, 8:00:00
    Bob  Mill 2:00-2:05   (not read)       Town 9:00     finisher; the Pass is provisional
    Cid  Mill 3:59-4:16                                  left a minute late: out, 20 km
    Dot  Mill 4:00:02                                    two seconds late: out, 0 km
    """
    toml = """
[race]
name = "Over the Pass"
preset = "point-to-point"
[[rules.checkpoint]]
place = "Mill"
km = 20
cutoff_s = "4:00:00"
leave_by_s = "4:15:00"
[[rules.checkpoint]]
place = "Pass"
km = 45
cutoff_s = "9:00:00"
[[rules.checkpoint]]
place = "Town"
km = 60
cutoff_s = "12:00:00"
in_and_out = false
[[station]]
id = 1
name = "mill"
role = "gate"
place = "Mill"
[[station]]
id = 2
name = "pass"
role = "gate"
place = "Pass"
[[station]]
id = 3
name = "town"
role = "gate"
place = "Town"
"""
    ends_s = 13 * 3600
    mill = {
        "Ann": "2:00:00 2:10:00", "Bob": "2:00:03 2:05:00", "Cid": "3:59:00 4:16:00",
        "Dot": "4:00:02",
    }  # fmt: skip
    scripts = [
        ("gate", script(ends_s, mill)),
        ("gate", script(ends_s, {"Ann": "5:00:00 5:30:00"}, start=False)),
        ("gate", script(ends_s, {"Ann": "8:00:00", "Bob": "9:00:00"}, start=False)),
    ]
    played = play(tmp_path, toml, ROSTER, scripts, LEAD_S, ends_s)
    ann, bob, cid, dot = played.log(ends_s).runners
    assert (ann.name, ann.result, ann.place) == ("Ann", "8:00:00", 1)
    assert (bob.status, [leg.verdict for leg in bob.loops]) == (
        "finished", ["counted", "provisional", "counted"],
    )  # fmt: skip
    assert (cid.status, cid.reason, cid.distance_km) == ("out", "missed cutoff", 20)
    assert (dot.name, dot.loops_counted) == ("Dot", 0)
