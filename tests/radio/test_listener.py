"""The laptop's side of time by radio; a base behind a session; what race.toml says of radios."""

from __future__ import annotations

from pathlib import Path

import pytest
from airsim import Host, Sim, Station, uid_of
from gate_station.core import airtime, regions
from gate_wire import bodies, kinds, link, message, packet
from yellowgate.errors import GateError, StoreError
from yellowgate.event import race_toml
from yellowgate.link.base import QUIET_US, UsbBase
from yellowgate.link.listener import LATE_US, TIME_AGAIN_US, TIME_RETRY_US, Listener
from yellowgate.link.radiosetup import relays_of, station_settings
from yellowgate.link.session import Session
from yellowgate.model import Runner
from yellowgate.official import Race
from yellowgate.race.checks import roll_call
from yellowgate.records import EPOCH_2020_US
from yellowgate.store.store import Store

UID = uid_of(1)
LAPTOP = 0xA1B2C3D4
NOW_US = EPOCH_2020_US + 164_000_000_000_000


class Bench:
    """A station that sends, and a listener with a store."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.sim = sim = Sim(1, airtime.Modem(9), regions.US915)
        self.station = Station(sim, 1, [UID])
        self.store = Store.file(folder / "race.db")
        self.ears = Host(sim, [self.station], [UID]).ears
        self.listener = Listener(self.store, self.ears, LAPTOP)

    def packet(self, is_tag: bool = True) -> bytes:
        """The station's next one: a tag, or what else waits."""
        if is_tag:
            self.station.tap(UID)
        self.sim.now_ms += 5000
        return self.station.box.poll(self.station.uptime_ms)

    def told(
        self, now_us: int, moment: tuple[int, int] | None, is_tag: bool = True
    ) -> packet.Answer:
        """The answer to the next packet, which came in at this moment."""
        news = self.listener.hear(self.packet(is_tag), now_us, lambda: moment)
        assert news is not None
        assert self.station.box.receive(news.answer, self.station.uptime_ms)
        part = packet.parse(news.answer)
        answer = packet.unpack_answer(part.body) if part is not None else None
        assert answer is not None
        return answer


def test_the_first_packet_is_told_the_time_with_its_error(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    answer = bench.told(NOW_US, (NOW_US + 400, 2_000))
    assert answer.utc_ms == 164_000_000_000
    assert answer.reference_id == LAPTOP
    # Half a millisecond for the rounding, and as late as the base's interrupt may be.
    assert answer.bound_ms * 1000 >= 2_000 + LATE_US + 500
    assert bench.told(NOW_US + 1_000_000, (NOW_US, 0)).utc_ms is None


def test_the_first_genuine_packet_tells_whose_log_it_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    told = bench.packet()
    forged = told[:-1] + bytes((told[-1] ^ 1,))
    assert bench.listener.hear(forged, NOW_US, lambda: None) is None
    assert bench.store.log_stations() == {}
    assert bench.listener.hear(told, NOW_US, lambda: None) is not None
    assert bench.store.log_stations() == {bench.station.log.log_id.hex(): {1: True}}


def test_two_stations_of_one_number_are_told_from_one_with_a_new_log(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = bench.station
    second = Station(bench.sim, 1, [UID])
    second.log.log_id = b"another."
    second.restart()
    bench.ears.know_logs([second.air_key], {second.log.log_id.hex(): second.log.first_key}, {})

    def twin(station: Station) -> str:
        bench.station = station
        news = bench.listener.hear(bench.packet(), NOW_US, lambda: None)
        assert news is not None
        return news.twin

    assert [twin(first), twin(first), twin(second), twin(second)] == [""] * 4, "a new log"
    assert twin(first) == second.log.log_id.hex()
    assert twin(first) == ""
    assert twin(second) == first.log.log_id.hex()


def test_the_time_is_told_again_soon_until_it_was_taken_and_then_seldom(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.told(NOW_US, (NOW_US, 0)).utc_ms is not None
    retry_us = NOW_US + TIME_RETRY_US
    assert bench.told(retry_us, (NOW_US, 0)).utc_ms is not None
    pair = bodies.Clock(bodies.CLOCK_PAIR, bodies.REFERENCE_RADIO, LAPTOP, 1, 1, 60_000)
    bench.station.store(kinds.CLOCK, bodies.pack_clock(pair))
    while bench.station.box.backlog.count():  # a heartbeat, then what waits
        bench.told(retry_us + 1, None, is_tag=False)
    assert bench.told(retry_us + TIME_RETRY_US, (NOW_US, 0)).utc_ms is None
    assert bench.told(retry_us + TIME_AGAIN_US, (NOW_US, 0)).utc_ms is not None


def test_a_moment_that_is_not_known_well_is_not_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.told(NOW_US, None).utc_ms is None
    assert bench.told(NOW_US, (NOW_US, 255_000)).utc_ms is None
    assert bench.told(NOW_US, (NOW_US, 250_000)).utc_ms is not None  # it was not forgotten


def test_a_laptop_of_1970_or_2105_tells_no_time_and_acknowledges(tmp_path: Path) -> None:
    for wrong_us in (0, 86_400_000_000, EPOCH_2020_US - 1, EPOCH_2020_US + (1 << 52)):
        bench = Bench(tmp_path / str(wrong_us))
        assert bench.told(wrong_us, (wrong_us, 0)).utc_ms is None
        assert bench.told(NOW_US, (NOW_US, 0)).utc_ms is not None  # its clock was set


def test_a_laptop_whose_clock_was_set_back_tells_the_time_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    day_us = 86_400_000_000
    assert bench.told(NOW_US + day_us, (NOW_US + day_us, 0)).utc_ms is not None
    assert bench.told(NOW_US, (NOW_US, 0)).utc_ms is not None
    assert bench.told(NOW_US + 1, (NOW_US, 0)).utc_ms is None


def test_what_was_not_stored_is_not_acknowledged(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    data = bench.packet()
    bench.store.close()
    (tmp_path / "race.db").write_bytes(b"no database any more")
    with pytest.raises(StoreError):
        bench.listener.hear(data, NOW_US, lambda: None)
    assert bench.ears.records() == {bench.station.log.log_id.hex(): {}}


class BasePort:
    """A base on USB that answers TIME, with a packet heard before each answer."""

    url = "virtual://"

    def __init__(self) -> None:
        self.link = link.Link()
        self.now_us = 1_000_000
        self.out = b""
        self.asked = 0
        self.said: list[bytes] = []

    def hears(self, uptime_us: int, data: bytes) -> None:
        told = message.pack_radio_in(uptime_us, -97, 5, data)
        self.out += self.link.answer(message.RADIO_IN, message.REFERENCE_NEWS, told)

    def read(self) -> bytes:
        self.now_us += 1000
        out, self.out = self.out, b""
        return out

    def write(self, data: bytes) -> None:
        for event in self.link.receive(data, 0):
            if event.kind == message.TIME:
                self.asked += 1
                self.hears(7, b"meanwhile")
                sample = message.pack_time_is(self.now_us + 500, message.UTC_US_UNKNOWN, 0)
                self.out += self.link.answer(message.TIME_IS, event.reference, sample)
            elif event.kind == message.RADIO_OUT:
                self.said.append(event.payload)

    def close(self) -> None:
        pass


class Laptop:
    """Its clock counts with the port's reads; the base's uptime is the same."""

    reference = reference_id = 0
    name = ""

    def __init__(self, port: BasePort) -> None:
        self._port = port

    def utc_us(self) -> int:
        return NOW_US + self._port.now_us

    def monotonic_us(self) -> int:
        return self._port.now_us


def usb_base() -> tuple[BasePort, UsbBase]:
    port = BasePort()
    laptop = Laptop(port)
    return port, UsbBase(Session(port, laptop.monotonic_us), laptop)


def test_when_a_packet_came_in_is_asked_and_nothing_is_lost_meanwhile() -> None:
    port, base = usb_base()
    port.hears(980_000, b"a packet")
    (came,) = base.hear()
    assert (came.data, came.rssi_dbm, came.snr_db) == (b"a packet", -97, 5)
    moment = came.received()
    assert moment is not None
    utc_us, bound_us = moment
    assert abs(utc_us - (NOW_US + 980_000)) <= bound_us == 500
    assert [one.data for one in base.hear()] == [b"meanwhile"]
    base.say(b"an answer")
    assert port.said == [b"an answer"]


def test_a_packet_without_an_interrupt_has_no_moment() -> None:
    port, base = usb_base()
    port.hears(0, b"a packet")
    assert base.hear()[0].received() is None
    assert port.asked == 0


def test_a_silent_base_is_asked_whether_it_is_there() -> None:
    port, base = usb_base()
    for _ in range(QUIET_US // 1000):
        base.hear()
    assert port.asked == 0
    for _ in range(10):
        base.hear()
    assert port.asked == 1


def test_relays_are_said_by_station() -> None:
    radio = {"key": "ab" * 16, "region": "EU868", "relay_for": {"2": [1], "3": [1, 2]}}
    settings = {number: station_settings(radio, number)[2] for number in (1, 2, 3)}
    assert settings == {1: {"hops": 2}, 2: {"relay_for": [1], "hops": 1}, 3: {"relay_for": [1, 2]}}
    assert station_settings({**radio, "hops": 0}, 1)[2] == {}
    for wrong in ([1], {"2": 1}, {"2": [2]}, {"x": [1]}, {"2": [300]}, 7):
        with pytest.raises(GateError, match=r"relay_for = \{ 2 = \[1\] \}"):
            relays_of({"relay_for": wrong})


def test_settings_are_as_station_json_wants_them() -> None:
    radio = {
        "key": "ab" * 16,
        "region": "EU868",
        "frequency_mhz": 869.525,
        "spreading_factor": 10,
        "power_dbm": 20,
        "heartbeat_s": 600,
    }
    region, key, settings = station_settings(radio, 7)
    assert region == "EU868"
    assert bytes.fromhex(key) == packet.station_key(bytes.fromhex("ab" * 16), 7)
    assert settings == {
        "frequency_khz": 869_525,
        "spreading_factor": 10,
        "power_dbm": 20,
        "beat_s": 600,
    }
    for name in ("heartbeat_s", "frequency_mhz", "power_dbm", "hops"):
        with pytest.raises(GateError, match=f"{name} must be a number"):
            station_settings({**radio, name: "5 min"}, 7)
    with pytest.raises(GateError, match=r"under \[radio\] write key = and in quotes 32 hex digits"):
        station_settings({"region": "EU868"}, 7)


def test_a_tower_by_radio_before_its_boot_record_is_no_gate(tmp_path: Path) -> None:
    """Packets, listener, store, official log, board."""
    bench = Bench(tmp_path)
    race = race_toml.parse('[[station]]\nid = 1\nname = "fire tower"\nrole = "tower"\n')
    runner = Runner("Ann", "F", UID.hex())
    heard = bench.packet()
    rows = bench.listener.hear(heard, NOW_US, lambda: (NOW_US, 0))
    assert rows is not None
    seen = bench.store.observations()
    assert seen and all(row.kind != kinds.BOOT for row in seen)
    made = Race.read(race, [runner], bench.store)
    assert [one.role for one in made.stations().values()] == ["tower"]
    board = roll_call.board(made.log(NOW_US), race)
    assert [(one.name, one.age_us is None) for one in board.stations] == [("fire tower", True)]
