"""A board that was made with a race's key, and who may have it forget."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from broken import UIDS, Bench
from gate_station.board import pins
from gate_wire import bodies, kinds, message, permit
from yellowgate.errors import NotPermitted, PortError
from yellowgate.link import service
from yellowgate.link.provision import Wish, merged
from yellowgate.link.sync import sync
from yellowgate.records import Observation

KEY = bytes(range(16))
OTHER = b"another race's.."


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.race_key = KEY
    made.flash_and_tap()
    made.download()
    return made


def begin_log(bench: Bench) -> message.Welcome:
    cable = bench.cable()
    session = cable.session()
    return service.new_log(cable, session, bench.store, session.hello())


def services(bench: Bench) -> list[tuple[int, int] | None]:
    rows: list[Observation] = bench.store.observations()
    return [permit.unpack_service(row.body) for row in rows if row.kind == kinds.SERVICE]


def hold(bench: Bench, seconds: int = 4) -> None:
    """A hand closes the gate for as long as it takes."""
    assert bench.board.station is not None
    bench.board.station.board.line(pins.BUTTON).pull_low(True, "hand")
    bench.board.run(seconds * 1_000_000)


def test_who_has_the_key_waits_where_a_wrong_one_was_just_tried(bench: Bench) -> None:
    before = bench.session().hello()
    bench.race_key = OTHER
    with pytest.raises(NotPermitted):
        begin_log(bench)
    bench.race_key = KEY
    assert begin_log(bench).log_id != before.log_id  # at once, as its user sees it
    assert bench.tags() == list(UIDS)


def test_each_station_has_a_key_of_its_own_whatever_number_it_gets() -> None:
    told = merged('{"id": 3, "keys": {"radio": "00"}}', Wish(race_key=KEY))
    assert told["keys"] == {"radio": "00", "cable": permit.cable_key(KEY, 3).hex()}
    told = merged(json.dumps(told), Wish(id=4, race_key=KEY))
    assert told["keys"]["cable"] == permit.cable_key(KEY, 4).hex()
    assert "cable" not in merged(json.dumps(told), Wish())["keys"]


@pytest.mark.parametrize("key", [b"", OTHER])
def test_without_its_key_a_cable_reads_everything_and_changes_nothing(
    bench: Bench, key: bytes
) -> None:
    before = bench.session().hello()
    bench.race_key = key
    attempts = (
        lambda: begin_log(bench),
        lambda: bench.flash(Wish(id=9)),
        lambda: bench.cable().repl(),
    )
    for attempt in attempts:
        with pytest.raises(NotPermitted) as refusal:
            attempt()
        said = str(refusal.value)
        assert "--race DIR" in said and "hold its button" in said and "\n" not in said
        bench.board.run(130_000_000)
    bench.board.tap("deadbeef")
    bench.download()
    after = bench.session().hello()
    assert (after.log_id, after.station_id) == (before.log_id, 7)
    assert sorted(bench.tags()) == sorted([*UIDS, "deadbeef"])
    assert bench.board.restarts == 1  # the one of its flashing


def test_the_key_begins_a_new_log_and_the_new_log_says_so(bench: Bench) -> None:
    old = bench.session().hello().log_id
    found = begin_log(bench)
    assert found.log_id != old
    bench.board.tap("deadbeef")
    bench.download()
    assert services(bench) == [(message.NEW_LOG, permit.BY_KEY)]
    assert sorted(bench.tags()) == sorted([*UIDS, "deadbeef"])


def test_who_lost_the_key_has_the_button_and_loses_no_record(bench: Bench) -> None:
    bench.race_key = b""
    hold(bench)
    bench.download()
    old = bench.session().hello()
    found = begin_log(bench)
    assert found.log_id != old.log_id
    bench.board.tap("deadbeef")
    bench.download()
    assert services(bench) == [(message.NEW_LOG, permit.BY_HAND)]
    assert sorted(bench.tags()) == sorted([*UIDS, "deadbeef"])
    hold(bench)
    bench.flash(Wish(race_key=OTHER))  # a new race takes it over, with all that is on it
    bench.race_key = OTHER
    bench.download()
    assert services(bench)[1:] == [(message.REPL, permit.BY_HAND)]
    assert bench.session().hello().log_id == found.log_id


def test_power_cut_at_any_moment_of_a_new_log_by_the_key(bench: Bench) -> None:
    image = bytes(bench.board.nor.buffer)
    before = bench.board.nor.operations
    old = bench.session().hello().log_id
    begin_log(bench)
    last = bench.board.nor.operations - before
    told: list[int] = []
    for number in range(1, last + 3):
        bench.board.power_off()
        bench.board.nor.buffer[:] = image
        bench.board.power_on()
        bench.board.nor.cut_at = bench.board.nor.operations + number
        with contextlib.suppress(PortError):
            begin_log(bench)
        bench.board.power_off()
        bench.board.power_on()
        found = bench.session().hello()
        assert found.log_id == old or found.log_id.hex() in bench.store.first_keys()
        told.append(0 if found.log_id == old else found.next_seq)
        with pytest.raises(NotPermitted):  # it asks as ever
            bench.race_key = b""
            begin_log(bench)
        bench.race_key = KEY
        bench.board.tap("deadbeef")
    assert set(told) == {0, 1} and told == sorted(told), told
    bench.board.power_off()


class Laptop:
    """Of somebody, in the board's time."""

    reference = bodies.REFERENCE_LAPTOP

    def __init__(self, bench: Bench, name: str, error_us: int = 0) -> None:
        self._bench = bench
        self.name = name
        self.reference_id = len(name)
        self._error_us = error_us

    def utc_us(self) -> int:
        return 1_750_000_000_000_000 + self.monotonic_us() + self._error_us

    def monotonic_us(self) -> int:
        return self._bench.board.now_us


def test_a_stranger_gives_his_time_and_sets_no_clock(bench: Bench) -> None:
    session = bench.session()
    stranger = Laptop(bench, "stranger", 3_600_000_000)
    result = sync(session.port, bench.store, stranger)
    assert result.clock_locked and not result.clock_was_set and not result.clock_problem
    mia = Laptop(bench, "mia-thinkpad")
    result = sync(bench.board.port(), bench.store, mia, race_key=KEY)
    assert result.clock_was_set and not result.clock_locked
    bench.board.run(5_000_000)
    result = sync(bench.board.port(), bench.store, stranger)
    assert result.clock_locked and (result.clock_ahead_us or 0) < -3_000_000_000
    # Asked for in so many words, it is refused in so many words; the time is recorded all the same.
    result = sync(bench.board.port(), bench.store, stranger, set_clock=True)
    assert "race's key" in result.clock_problem and not result.clock_was_set
    rows = bench.store.observations()
    names = [permit.unpack_laptop(row.body) for row in rows if row.kind == kinds.LAPTOP]
    assert names == [(8, b"stranger"), (12, b"mia-thinkpad")]  # each once
    clocks = [bodies.unpack_clock(row.body) for row in rows if row.kind == kinds.CLOCK]
    setters = [body.reference_id for body in clocks if body and body.what == bodies.CLOCK_SET]
    assert setters == [12]
    assert services(bench) == [(message.SET_CLOCK, permit.BY_KEY)]
