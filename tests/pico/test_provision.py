"""Provisioning: what it makes of a board, and that it can be broken off and repeated anywhere."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from broken import LOG_BLOCKS, SCENES, UIDS, Bench, format_filesystem, small_plan
from fakeboard import FakePort
from gate_station.core import reserve
from gate_wire import kinds, link, message, sector
from yellowgate.errors import GateError, PortError, StationError
from yellowgate.link import firmware, service
from yellowgate.link.board import Cable
from yellowgate.link.firmware import BoardFile, Plan
from yellowgate.link.provision import Wish, merged
from yellowgate.link.session import SLOW_TRIES, Session

pytestmark = pytest.mark.slow

STRIDE = 13


@pytest.fixture(name="bench")
def _bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.board.power_off()


def test_a_blank_board_becomes_a_station(bench: Bench) -> None:
    made = bench.flash(Wish(id=7, name="yellow gate", role="tower"))
    assert made.is_new_log
    assert made.rescued == -1
    assert (made.welcome.station_id, made.welcome.name) == (7, "yellow gate")
    assert made.welcome.role == kinds.TOWER
    assert made.welcome.log_id.hex() in bench.store.first_keys()
    bench.board.tap(UIDS[0])
    bench.download()
    assert bench.tags() == [UIDS[0]]


def test_the_whole_firmware_on_a_board_of_full_size(tmp_path: Path) -> None:
    bench = Bench(tmp_path, blocks=352)
    bench.plan = firmware.build((6, 3))
    made = bench.flash_and_tap()
    assert made.sent[0] == len(bench.plan.files) + 1
    bench.download()
    assert bench.tags() == list(UIDS)
    bench.board.power_off()


def test_a_second_time_sends_nothing_and_keeps_the_log(bench: Bench) -> None:
    first = bench.flash_and_tap()
    operations = bench.board.nor.operations
    second = bench.flash(Wish())
    assert second.sent == (0, 0)
    assert not second.is_new_log
    assert second.welcome.log_id == first.welcome.log_id
    assert second.welcome.station_id == 7
    assert second.welcome.next_seq >= len(UIDS)
    assert bench.board.nor.operations - operations < 20


def test_an_update_sends_only_what_changed_and_removes_what_is_gone(bench: Bench) -> None:
    first = bench.flash_and_tap()
    files = [*small_plan().files[:-1], BoardFile("/lib/gate_wire/news.mpy", b"new")]
    bench.plan = Plan(tuple(files), firmware.MAIN)
    second = bench.flash(Wish())
    assert second.sent == (1, 3)
    assert second.welcome.log_id == first.welcome.log_id
    assert bench.board.files is not None
    assert not bench.board.files.exists("/shims/time.mpy")


def test_what_others_put_on_the_board_stays(bench: Bench) -> None:
    bench.flash()
    files = bench.board.files
    assert files is not None
    with files.open("/lib/theirs.py", "wb") as file:
        file.write(b"theirs")
    bench.flash()
    assert bench.board.files is not None
    assert bench.board.files.exists("/lib/theirs.py")


@pytest.mark.parametrize("name", SCENES)
def test_broken_off_and_repeated(tmp_path: Path, name: str) -> None:
    """Every STRIDE-th step; tests/campaigns/provision.py does each."""
    number = 1
    while SCENES[name](tmp_path, number):
        number += STRIDE
    assert number > STRIDE


# A filesystem that was formatted


def test_a_formatted_board_is_rescued_before_anything_is_written(bench: Bench) -> None:
    first = bench.flash_and_tap()
    format_filesystem(bench)
    second = bench.flash()
    assert second.is_new_log
    assert second.rescued >= len(UIDS)
    assert second.welcome.log_id != first.welcome.log_id
    assert second.welcome.generation > first.welcome.generation
    bench.board.tap("deadbeef")
    bench.download()
    assert sorted(bench.tags()) == sorted([*UIDS, "deadbeef"])
    assert len(list(bench.folder.glob("rescued-*.bin"))) == 1


def test_without_a_place_for_the_rescue_nothing_is_written(bench: Bench) -> None:
    bench.flash_and_tap()
    format_filesystem(bench)
    operations = bench.board.nor.operations

    def full(_unique_id: str, _image: bytes) -> int:
        raise GateError("the disk is full")

    bench.keep = full
    with pytest.raises(GateError, match="full"):
        bench.flash()
    assert bench.board.nor.operations == operations


def test_an_empty_log_has_nothing_to_rescue(bench: Bench) -> None:
    bench.flash()
    format_filesystem(bench)
    assert bench.flash().rescued <= 0


# Refusals


def test_the_repl_is_reached_when_the_station_cannot_be_imported(bench: Bench) -> None:
    bench.flash_and_tap()
    bench.board.power_off()
    bench.board.wrong_mpy = {"gate_station/core/log"}
    bench.board.power_on()
    assert bench.board.station is None
    bench.board.wrong_mpy = set()
    assert not bench.flash().is_new_log


def test_a_board_that_was_sent_to_the_repl_is_a_station_at_its_next_start(bench: Bench) -> None:
    bench.flash_and_tap()
    bench.board.is_interrupted = True
    cable = bench.cable()
    repl = cable.repl()
    bench.board.is_interrupted = False
    assert cable.restart(repl).station_id == 7


def test_another_board_is_refused(bench: Bench) -> None:
    bench.board.machine = "ESP32 module"
    with pytest.raises(GateError, match=r"ESP32.*Raspberry Pi Pico"):
        bench.flash()


def test_a_board_that_loads_other_mpy_files_is_refused() -> None:
    with pytest.raises(GateError, match=r"version 5\.2"):
        firmware.build((5, 2))


def test_settings_that_are_not_wished_stay() -> None:
    text = json.dumps({"id": 3, "health_s": 60, "name": "old"})
    assert merged(text, Wish(name="new")) == {"id": 3, "health_s": 60, "name": "new"}
    assert merged("rubbish", Wish(id=1, radio_key="00")) == {"id": 1, "keys": {"radio": "00"}}
    text = '{"parts": {"battery": false, "rtc": false}}'
    told = merged(text, Wish(more={"parts": {"rtc": True, "radio": False}}))
    assert told == {"parts": {"battery": False, "rtc": True, "radio": False}}
    assert merged("[]", Wish(radio={"power_dbm": 5}, more={"low_power": 1})) == {
        "radio": {"power_dbm": 5},
        "low_power": 1,
    }


# A new log


def test_a_new_log_wants_all_records_downloaded(bench: Bench) -> None:
    bench.flash_and_tap()
    session = bench.session()
    lost = service.only_on_station(session, bench.store, session.hello())
    assert sum(end - at for at, end in lost) == session.hello().next_seq
    bench.download()
    session = bench.session()
    assert service.only_on_station(session, bench.store, session.hello()) == []


def test_a_new_log_is_as_large_as_the_old_one_and_has_its_key_in_the_store(bench: Bench) -> None:
    first = bench.flash_and_tap()
    bench.download()
    begun = _begin_log(bench)
    assert begun.log_id != first.welcome.log_id
    assert begun.log_id.hex() in bench.store.first_keys()
    assert (begun.generation, begun.next_seq) == (first.welcome.generation + 1, 0)
    assert bench.board.files is not None
    assert reserve.file_header(bench.board.files)[0] == sector.file_bytes(LOG_BLOCKS)
    bench.board.tap("deadbeef")
    bench.download()
    assert sorted(bench.tags()) == sorted([*UIDS, "deadbeef"])


def test_a_new_log_is_refused_while_a_record_is_only_on_the_station(bench: Bench) -> None:
    bench.flash_and_tap()
    bench.download()
    session = bench.session()
    welcome = session.hello()
    bench.board.tap("deadbeef")
    with pytest.raises(StationError, match="sync first"):
        service.new_log(bench.cable(), session, bench.store, welcome)
    assert bench.session().hello().log_id == welcome.log_id


def test_power_cut_at_any_moment_of_a_new_log(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.flash_and_tap()
    bench.download()
    image = bytes(bench.board.nor.buffer)
    before = bench.board.nor.operations
    old = bench.session().hello().log_id
    _begin_log(bench)
    last = bench.board.nor.operations - before
    seen: set[bytes] = set()
    for number in range(1, last, 5):
        bench.board.power_off()
        bench.board.nor.buffer[:] = image
        bench.board.power_on()
        bench.board.nor.cut_at = bench.board.nor.operations + number
        with contextlib.suppress(PortError):
            _begin_log(bench)
        bench.board.power_off()
        bench.board.power_on()
        found = bench.session().hello()
        seen.add(found.log_id)
        assert found.log_id.hex() in bench.store.first_keys()
        assert found.next_seq > 0 or found.log_id != old
    assert old in seen
    bench.board.power_off()


def _begin_log(bench: Bench) -> message.Welcome:
    cable = bench.cable()
    session = Session(cable.open(), bench.board.monotonic_us)
    return service.new_log(cable, session, bench.store, session.hello())


def test_a_slow_answer_is_not_asked_for_again_and_again(bench: Bench) -> None:
    """Each repetition would be another round of the doctor's."""
    bench.flash()
    port = Counted(bench.board.port())
    session = Session(port, bench.board.monotonic_us)
    session.hello()
    port.writes = 0
    findings = service.doctor(session)
    assert {finding.part for finding in findings} >= {"reader", "flash", "button"}
    port.is_deaf = True
    port.writes = 0
    begun_us = bench.board.now_us
    with pytest.raises(PortError):
        session.ask(message.DOCTOR, b"", message.DOCTOR_IS, service.DOCTOR_WAIT_MS)
    assert bench.board.now_us - begun_us >= service.DOCTOR_WAIT_MS * 1000
    assert port.writes == SLOW_TRIES


def test_a_station_that_greets_without_its_log_has_not_restarted_yet() -> None:
    log_ids = [b"new log.", bytes(8), bytes(8)]  # the last comes first
    now_us = itertools.count(0, 20_000)
    cable = Cable(lambda: Greeting(log_ids.pop()), lambda: next(now_us), lambda _s: None, wait_s=9)
    assert cable.after_restart().log_id == b"new log."


class Greeting:
    """A port behind which a station greets with this log."""

    url = "greeting"

    def __init__(self, log_id: bytes) -> None:
        self._log_id = log_id
        self._link = link.Link()
        self._said = b""

    def read(self) -> bytes:
        said, self._said = self._said, b""
        return said

    def write(self, data: bytes) -> None:
        for event in self._link.receive(data, 0):
            about = (1, kinds.GATE, 1, self._log_id, 1, 1, 0, 0, 1, 0, 0, bytes(4), 0, 0, bytes(8))
            payload = message.pack_welcome(about, "g")
            self._said += self._link.answer(message.WELCOME, event.reference, payload)

    def close(self) -> None: ...


class Counted:
    """A port that counts what is written. is_deaf: nothing arrives any more."""

    url = "counted"

    def __init__(self, port: FakePort) -> None:
        self._port = port
        self.writes = 0
        self.is_deaf = False

    def read(self) -> bytes:
        data = self._port.read()
        return b"" if self.is_deaf else data

    def write(self, data: bytes) -> None:
        self.writes += 1
        self._port.write(data)

    def close(self) -> None:
        self._port.close()


def test_the_plan_of_the_firmware() -> None:
    plan = firmware.build((6, 3))
    paths = [file.path for file in plan.files]
    assert len(paths) == len(set(paths))
    for wanted in (
        "/lib/gate_wire/record.mpy",
        "/lib/gate_station/board/main.mpy",
        "/lib/gate_station/core/reserve.mpy",
        "/lib/adafruit_rfm9x.mpy",
        "/lib/adafruit_pn532/spi.mpy",
        "/lib/adafruit_bus_device/spi_device.mpy",
        "/shims/time.mpy",
    ):
        assert wanted in paths
    assert all(file.data[:2] == b"M\x06" for file in plan.files)
    assert plan == firmware.build((6, 3)), "the same sources give the same bytes"
    assert plan.folders()[0] == "/lib"
