"""The sync over clean, slow, lossy and noisy lines, broken off and repeated."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_station import LOG_ID, FakeClock, FakeStation, Line, lossy, noisy, tap_record
from gate_wire import bodies, chain, record
from yellowgate.cli.sync import twins
from yellowgate.errors import PortError, StationError
from yellowgate.link import service
from yellowgate.link.session import Session
from yellowgate.link.sync import SyncResult, sync
from yellowgate.store.store import Store

HEX = LOG_ID.hex()
RECORDS = 500
STATION_ID = 1  # of the fake station


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.file(tmp_path / "race.db")


def station(count: int = RECORDS) -> FakeStation:
    return FakeStation([tap_record(seq) for seq in range(count)])


def run(line: Line, store: Store) -> SyncResult:
    return sync(line, store, FakeClock(line))


def stored(store: Store) -> list[bytes]:
    return [row.raw for row in store.observations()]


@pytest.mark.parametrize(
    "line",
    [
        Line(station()),
        Line(station(), piece=1),
        Line(station(), lossy(1, 0.1)),
        Line(station(), lossy(2, 0.25)),
        Line(station(), noisy(3)),
        Line(station(), noisy(4), piece=3),
    ],
    ids=["clean", "byte by byte", "lossy", "very lossy", "noisy", "noisy in pieces"],
)
def test_every_record_arrives_once(line: Line, store: Store) -> None:
    result = run(line, store)
    assert stored(store) == line.station.records
    assert result.lost == []
    again = run(line, store)
    assert again.new == 0
    assert stored(store) == line.station.records


def test_a_greeting_tells_whose_log_it_is_though_no_record_arrived(store: Store) -> None:
    line = Line(station())
    with pytest.raises(PortError):
        run(Line(line.station, cut_after=120), store)
    assert stored(store) == []
    assert store.log_stations() == {HEX: {STATION_ID: True}}


def test_two_stations_with_one_number_are_named(store: Store) -> None:
    one = station(20)
    other = FakeStation([tap_record(seq, b"another.") for seq in range(20)], log_id=b"another.")
    first = run(Line(one), store)
    assert twins(store, [first]) == []
    second = run(Line(other), store)
    (text,) = twins(store, [first, second])
    assert "two stations have the number 1" in text and HEX[:6] in text


def test_a_hundred_syncs_killed_at_random_moments_lose_and_double_nothing(store: Store) -> None:
    rng = random.Random(2025)
    peer = station(2000)
    for _ in range(100):
        try:
            run(Line(peer, cut_after=rng.randrange(1, 9000)), store)
        except PortError as error:
            assert "\n" not in str(error)
        kept = stored(store)
        assert len(kept) == len(set(kept))
    run(Line(peer), store)
    assert stored(store) == peer.records
    assert run(Line(peer), store).new == 0


def test_a_cable_pulled_in_mid_download_keeps_what_had_arrived(store: Store) -> None:
    peer = station(2000)
    with pytest.raises(PortError):
        run(Line(peer, cut_after=40_000), store)
    had = len(stored(store))
    assert had > 900
    line = Line(peer)
    run(line, store)
    assert line.bytes_read < 40_000  # the second sync did not fetch again what was there


def test_records_lost_on_the_station_are_named(store: Store) -> None:
    peer = station(100)
    peer.records[40] = None
    peer.records[41] = None
    result = run(Line(peer), store)
    assert result.lost == [(40, 42)]
    assert len(stored(store)) == len(peer.records) - 2


def test_frame_efficiency_is_at_least_nine_tenths(store: Store) -> None:
    peer = station(10_000)
    line = Line(peer)
    run(line, store)
    record_bytes = sum(len(raw or b"") for raw in peer.records)
    assert record_bytes / line.bytes_read >= 0.9


def test_a_pair_is_written_once_for_syncs_in_a_row(store: Store) -> None:
    peer = station(3)
    line = Line(peer)
    run(line, store)
    run(line, store)
    assert len(peer.stored_clocks) == 1
    line.now_us += 700_000_000
    run(line, store)
    assert len(peer.stored_clocks) == 2
    pair = peer.stored_clocks[1]
    assert pair.what == bodies.CLOCK_PAIR
    truth_us = pair.uptime_us + 1_742_312_220_000_000 - record.EPOCH_2020_UNIX_S * 1_000_000
    assert abs(pair.utc_us - truth_us) <= pair.bound_us


def test_an_unset_clock_is_set_and_the_setting_is_recorded(store: Store) -> None:
    peer = station(3)
    peer.utc_known = False
    result = run(Line(peer), store)
    assert result.clock_was_set
    whats = [clock.what for clock in peer.stored_clocks]
    assert whats == [bodies.CLOCK_SET, bodies.CLOCK_PAIR, bodies.CLOCK_PAIR]
    assert peer.stored_clocks[2].uptime_us - peer.stored_clocks[1].uptime_us >= 4_000_000
    assert stored(store) == peer.records


def test_a_port_without_a_station_says_so_in_one_line(store: Store) -> None:
    line = Line(station(), fault=lambda data: b"")
    with pytest.raises(PortError, match="no station answers"):
        run(line, store)


def test_another_wire_version_is_refused_by_name(store: Store) -> None:
    with pytest.raises(StationError, match="wire version 9, this program 1"):
        run(Line(FakeStation([], wire=9)), store)
    assert stored(store) == []


def test_the_tip_is_kept(store: Store) -> None:
    peer = station(10)
    run(Line(peer), store)
    assert store.tips() == [(HEX, len(peer.records), peer.tip_tag())]


class WrongClock(FakeClock):
    """A laptop whose clock shows this year."""

    def __init__(self, line: Line, year: int) -> None:
        super().__init__(line)
        self._first_us = int(datetime(year, 6, 1, tzinfo=UTC).timestamp()) * 1_000_000

    def utc_us(self) -> int:
        return self._line.now_us + self._first_us


@pytest.mark.parametrize("set_clock", [False, True])
@pytest.mark.parametrize("year", [1970, 2000, 2015, 2019, 2055, 2101, 2105])
def test_a_laptop_of_another_time_downloads_and_compares_nothing(
    store: Store, year: int, set_clock: bool
) -> None:
    line = Line(station())
    result = sync(line, store, WrongClock(line, year), set_clock=set_clock)
    assert stored(store) == line.station.records and result.new == RECORDS
    assert line.station.stored_clocks == []
    assert result.clock_problem == f"this laptop's clock says {year}: set it, then sync again"
    assert not result.clock_was_set and result.clock_bound_us is None


@pytest.mark.parametrize("year", [2020, 2024, 2054])
def test_a_laptop_of_a_time_that_records_can_hold_is_compared(store: Store, year: int) -> None:
    line = Line(station())
    result = sync(line, store, WrongClock(line, year), set_clock=True)
    assert result.clock_problem == "" and result.clock_was_set
    assert [body.what for body in line.station.stored_clocks][:2] == [
        bodies.CLOCK_SET,
        bodies.CLOCK_PAIR,
    ]


def test_a_station_that_can_store_no_pair_is_downloaded_all_the_same(store: Store) -> None:
    line = Line(station())
    line.station.refusal = "log full"
    result = run(line, store)
    assert stored(store) == line.station.records and result.new == RECORDS
    assert result.clock_problem == "the station says no: log full"


def test_a_laptop_whose_clock_is_set_back_while_it_is_compared_downloads(store: Store) -> None:
    line = Line(station())

    class Jumps(FakeClock):
        def utc_us(self) -> int:
            return super().utc_us() - self._line.now_us * 50

        def monotonic_us(self) -> int:
            # Each question is answered before it was asked.
            return -self._line.now_us

    result = sync(line, store, Jumps(line))
    assert stored(store)[:RECORDS] == line.station.records[:RECORDS]
    assert "clocks cannot be compared" in result.clock_problem


KEY = bytes(range(16))


def chained(count: int, first: int = 0, key: bytes = KEY, before: bytes = bytes(4)) -> list[bytes]:
    """A log as a station with this key writes it."""
    keyed, made = chain.Keyed(key), list[bytes]()
    for seq in range(first, first + count):
        raw = bytearray(tap_record(seq))
        before = keyed.tag(before, bytes(raw[:-8]))
        raw[-8:-4] = before
        record.seal(raw, 0, len(raw), LOG_ID)
        made.append(bytes(raw))
    return made


@pytest.mark.parametrize("key", [b"x" * 16, KEY], ids=["without the key", "by who has it"])
def test_what_somebody_else_wrote_keeps_no_record_from_being_fetched(
    store: Store, key: bytes
) -> None:
    """By a merge: numbers of the station under which something else is here already."""
    true = chained(40)
    line = Line(FakeStation(list(true)))
    store.add_first_key(HEX, KEY)
    store.add_observations((HEX, raw) for raw in true[:10])
    tag = record.unpack(true[19]).tag
    store.add_observations((HEX, raw) for raw in chained(8, 20, key, tag[::-1]))
    result = run(line, store)
    assert set(true) <= set(stored(store)), "all that the station has is here"
    assert result.lost == []
    again = run(line, store)
    assert again.new <= 1, "a clock pair of this sync"


def test_what_somebody_else_wrote_hides_no_record_from_a_new_log(store: Store) -> None:
    """What only the station has is counted by what it wrote, not by numbers that are taken."""
    true = chained(40)
    session = Session(line := Line(FakeStation(list(true))), lambda: line.now_us)
    store.add_first_key(HEX, KEY)
    store.add_observations((HEX, raw) for raw in true[:20])
    store.add_observations((HEX, raw) for raw in chained(8, 20, b"another's key!!!", bytes(4)))
    assert service.only_on_station(session, store, session.hello()) == [(20, 40)]
    store.add_observations((HEX, raw) for raw in true[20:])
    assert service.only_on_station(session, store, session.hello()) == []
