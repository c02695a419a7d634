"""What gate listen shows, on a terminal of 80 columns."""

from __future__ import annotations

import io

from gate_wire import kinds, packet, record
from rich.console import Console
from yellowgate.cli.listenview import View, span
from yellowgate.event import race_toml
from yellowgate.link.listener import News
from yellowgate.link.radio import FORGED, REPLAYED, TWICE, Heard
from yellowgate.records import EPOCH_2020_US, Observation, observation

SECOND_US = 1_000_000
LOG_ID = "0102030405060708"
RACE = """
[race]
name = "rehearsal"
preset = "laps"
[[station]]
id = 1
name = "yellow gate"
[[station]]
id = 2
name = "tower [north]"
role = "tower"
[[station]]
id = 9
role = "base"
"""


class Bench:
    """A view whose time goes on when it is told to, and what it printed."""

    def __init__(self) -> None:
        self.now_us = EPOCH_2020_US + 100_000 * SECOND_US
        self.console = Console(width=80, record=True, file=io.StringIO())
        self.view = View(race_toml.parse(RACE), self.console, lambda: self.now_us)
        self.twin = ""
        self.view.names = {"04a1b2c3": "Ada [Ash] Ashdown"}

    def row(self, seq: int, ago_s: int, body: bytes = b"\x04\xa1\xb2\xc3") -> Observation:
        utc_ms = (self.now_us - EPOCH_2020_US) // 1000 - ago_s * 1000
        row = record.Record(kinds.TAG, seq, 1, 5000, utc_ms, kinds.UTC_SET, body)
        return observation(record.pack(row, bytes.fromhex(LOG_ID)), LOG_ID)

    def news(
        self, station_id: int, rows: list[Observation], hops: int = 0, backlog: int = -1
    ) -> News:
        beat = None if backlog < 0 else packet.Beat(9, b"tag.", 4080, -3, 812, backlog, 0)
        return News(Heard(LOG_ID, station_id, 1, 1, hops, [], beat), rows, b"", self.twin)

    def lines(self) -> list[str]:
        """What stands on the terminal now: the lines above, then the table."""
        self.console.print(self.view.view())
        return [line.rstrip() for line in self.console.export_text().splitlines()]


def test_a_number_that_two_stations_have_is_said_once() -> None:
    bench = Bench()
    bench.twin = "ff" * 8
    for _ in range(3):
        bench.view.radio(bench.news(1, []), -90, 8)
    text = " ".join(bench.lines())
    assert text.count("two stations have the number 1") == 1 and "ffffff" in text


def test_a_line_that_went_is_shown_until_it_is_back() -> None:
    bench = Bench()
    bench.view.gone("/dev/ttyACM0: the connection broke off: WAITING")
    bench.now_us += 75 * SECOND_US
    lines = bench.lines()
    assert "NO CONNECTION for 75 s" in lines and "WAITING" in " ".join(lines)
    bench.view.back("/dev/ttyACM1")
    lines = bench.lines()
    assert "/dev/ttyACM1: back after 75 s; going on" in lines
    assert not [line for line in lines if "NO CONNECTION" in line]


def test_every_station_of_the_race_has_its_line() -> None:
    bench = Bench()
    bench.view.radio(bench.news(1, [], backlog=255), -101, 10)
    bench.now_us += 7 * SECOND_US
    bench.view.radio(bench.news(2, [bench.row(1, 2)], hops=1), -119, -7)
    bench.view.radio(bench.news(30, []), -90, 3)
    bench.now_us += 5 * SECOND_US
    lines = bench.lines()
    assert lines[0].endswith("Z  tower [north] (2)  tag  Ada [Ash] Ashdown")
    assert [" ".join(line.split()) for line in lines[3:]] == [
        "yellow gate (1) 12 s ago -101 dBm, 10 dB 4.08 V 81 % 255+ 0",
        "tower [north] (2) 5 s, relayed -119 dBm, -7 dB 1",
        "station (30) 5 s ago -90 dBm, 3 dB 0",
    ]
    assert max(map(len, lines)) <= 80


def test_who_is_silent_or_was_never_heard_is_said() -> None:
    bench = Bench()
    assert [line.split()[-2:] for line in bench.lines()[2:]] == [["not", "yet"]] * 2
    bench.view.radio(bench.news(1, [], backlog=0), -101, 10)
    bench.view.meet(2)
    bench.now_us += 1700 * SECOND_US
    assert "silent" not in "".join(bench.lines())
    bench.now_us += 200 * SECOND_US
    lines = bench.lines()
    assert "silent 31 min" in lines[2]
    assert "31 min ago" in lines[3] and "cable" in lines[3]  # nobody tapped there


def test_what_comes_late_says_how_late_and_only_people_are_told() -> None:
    bench = Bench()
    unknown = bench.row(2, 30, b"\x04\xff\xff\x01")
    bench.view.radio(bench.news(1, [bench.row(1, 4000), unknown]), -101, 10)
    health = bench.row(3, 0)._replace(kind=kinds.HEALTH)
    bench.view.cable(1, health)
    lines = bench.lines()
    assert lines[0].endswith("Ada [Ash] Ashdown  (66 min late)")
    assert lines[1].endswith("tag  04ffff01")
    assert lines[2] == ""
    assert lines[4].split()[-1] == "3"


def test_refused_packets_and_troubles_are_shown_harmless_ones_are_not() -> None:
    bench = Bench()
    bench.view.refused({TWICE: 7})
    assert "refused" not in "".join(bench.lines())
    bench.view.refused({TWICE: 7, FORGED: 3, REPLAYED: 1})
    assert bench.lines()[-1] == "packets refused: 3 forged or damaged, 1 replayed or late"
    bench.view.trouble("race.db: the disk is full")
    assert bench.lines()[0] == "race.db: the disk is full"


def test_spans() -> None:
    spans = [span(s * SECOND_US) for s in (0, 119, 120, 7199, 7200, 90_000)]
    assert spans == ["0 s", "119 s", "2 min", "119 min", "2 h", "25 h"]
