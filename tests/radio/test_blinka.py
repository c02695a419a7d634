"""gate listen with the radio on the laptop's own pins: Adafruit's driver, unmodified, over a
stand-in for Blinka (tests/radio/blinka), which leads to a chip model on one air with a station.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from gate_wire import kinds
from listenkit import TESTS, command, environment, gate
from valleykit import plan, race_folder
from yellowgate.cli.ownbase import Ledger
from yellowgate.errors import GateError, PortError
from yellowgate.link.blinka import BlinkaRadio, Built, Forward, OwnBase, Pins, pins_of

pytestmark = pytest.mark.slow

PATH = (TESTS / "radio" / "blinka", TESTS / "radio")


@pytest.mark.parametrize("url", ["blinka:", "blinka:cs=C0,reset=C1"])
def test_a_station_is_heard_stored_and_acknowledged(url: str, tmp_path: Path) -> None:
    folder = race_folder(tmp_path, [plan(1)])
    with gate("listen", "--port", url, "--race", str(tmp_path), path=PATH) as listen:
        assert "station (1)" in listen.line("04a10000000001")
        listen.line("press")
        listen.line("04a10000000002")
        told = json.loads(listen.line("acknowledged:").partition(":")[2])
        assert listen.stop() == 0
    assert any("dBm" in line for line in listen.seen)
    assert told["rejected"] == 0 and told["transmitted"] >= 3
    store = folder.store()
    rows = store.observations()
    assert [row.seq for row in rows] == list(range(told["records"]))
    touches = [(row.kind, row.body.hex()) for row in rows if row.kind in (kinds.TAG, kinds.PRESS)]
    assert touches == [
        (kinds.TAG, "04a10000000001"),
        (kinds.PRESS, ""),
        (kinds.TAG, "04a10000000002"),
    ]


def refused(folder: Path, url: str, path: tuple[Path, ...], more: dict[str, str]) -> str:
    """The one line that is said."""
    (folder / "race.toml").chmod(0o600)
    done = subprocess.run(
        command("listen", "--port", url, "--race", str(folder)),
        capture_output=True,
        text=True,
        check=False,
        env=environment(more, path),
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    return done.stderr


def test_without_radio_or_blinka_it_says_so_in_one_line(tmp_path: Path) -> None:
    race_folder(tmp_path, [plan(1)])
    line = refused(tmp_path, "blinka:", PATH, {"CAMP_CHIP": "absent"})
    assert "no radio on this computer" in line and "check wiring" in line
    line = refused(tmp_path, "blinka:cs=D5", PATH, {})
    assert "there is no pin D5" in line
    line = refused(tmp_path, "blinka:sc=D5", PATH, {})
    assert "'sc=D5' is not a pin" in line and "cs=C0,reset=C1" in line
    (tmp_path / "board.py").write_text("raise ModuleNotFoundError(\"No module named 'board'\")")
    line = refused(tmp_path, "blinka:", (tmp_path,), {})
    assert "pip install 'yellowgate[lora]'" in line


def test_a_race_without_region_or_with_one_that_cannot_be_is_said_first(tmp_path: Path) -> None:
    race_folder(tmp_path, [plan(1)])
    toml = tmp_path / "race.toml"
    text = toml.read_text()
    toml.write_text(text.replace("US915", "none"))
    assert 'region = "US915"' in refused(tmp_path, "blinka:", PATH, {})
    toml.write_text(text + "spreading_factor = 11\n")
    assert "longer than 400 ms from 10 on" in refused(tmp_path, "blinka:", PATH, {})


class Chip:
    """As much of adafruit_rfm9x.RFM9x as BlinkaRadio calls."""

    last_rssi, last_snr = -97, -3.0

    def __init__(self) -> None:
        self.version = 0x12
        self.packets: list[bytes] = []
        self.sent: list[bytes] = []
        self.goes_out = True

    def _read_u8(self, address: int) -> int:
        return self.version if address == 0x42 else 0

    def rx_done(self) -> bool:
        return bool(self.packets)

    def receive(self, with_header: bool) -> bytes:
        assert with_header
        return self.packets.pop(0)

    def send(
        self,
        data: bytes,
        keep_listening: bool,
        destination: int,
        node: int,
        identifier: int,
        flags: int,
    ) -> bool:
        assert keep_listening
        self.sent.append(bytes((destination, node, identifier, flags)) + data)
        return self.goes_out


class Time:
    """Goes on when it is told to. A HostClock, too."""

    reference = reference_id = 0
    name = ""

    def __init__(self) -> None:
        self.now_us = 5_000_000

    def monotonic_us(self) -> int:
        return self.now_us

    def utc_us(self) -> int:
        return self.now_us + 1_700_000_000_000_000

    def sleep(self, seconds: float) -> None:
        self.now_us += round(seconds * 1_000_000)


def test_the_end_of_a_packet_lies_between_two_looks() -> None:
    chip, time = Chip(), Time()
    radio = BlinkaRadio(chip, time.monotonic_us)
    assert radio.take() is None  # a look at 5 s
    time.now_us += 12_000
    chip.packets.append(b"some packet")
    assert radio.take() == (b"some packet", -100, -3)  # -97, three below the noise
    assert (radio.edge_us, radio.bound_us) == (5_006_000, 6_000)
    time.now_us += 400_000  # the disk was busy: nobody looked for long
    chip.packets.append(b"another one")
    assert radio.take() is not None
    assert (radio.edge_us, radio.bound_us) == (5_212_000, 200_000)


def own_base(chip: Chip, time: Time) -> OwnBase:
    """A base that only forwards what it hears, at each step one packet."""
    radio = BlinkaRadio(chip, time.monotonic_us)

    def build(forward: Forward) -> Built:
        def step(_now_ms: int) -> bool:
            found = radio.take()
            if found is not None:
                forward(*found, radio.edge_us)
            return found is not None

        return step, radio.send

    return OwnBase(radio, time, build, time.sleep)


def test_what_it_hears_has_its_moment_and_what_it_says_its_header() -> None:
    chip, time = Chip(), Time()
    base = own_base(chip, time)
    assert base.hear() == []
    before_us = time.now_us
    time.now_us += 10_000
    chip.packets.append(b"some packet")
    (came,) = base.hear()
    time.now_us += 3_000_000  # asked later, the moment is the same
    moment = came.received()
    assert moment is not None
    off_us = moment[0] - 1_700_000_000_000_000 - before_us
    assert abs(off_us - 5_000) <= 5_000 and 5_000 <= moment[1] <= 10_000
    base.say(b"\x01\xfe\x03\x04body")
    assert chip.sent == [b"\x01\xfe\x03\x04body"]


def test_a_chip_that_goes_is_one_clear_line() -> None:
    for how in ("dead", "stuck"):
        chip, time = Chip(), Time()
        base = own_base(chip, time)
        base.hear()
        if how == "dead":
            chip.version = 0xFF
            time.now_us += 2_000_000
            with pytest.raises(PortError, match="has gone"):
                base.hear()
        else:
            chip.goes_out = False
            with pytest.raises(OSError, match="did not go out"):
                base.say(b"\x01\xfe\x03\x04body")


def test_airtime_is_remembered_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "spent.json"
    clock = Time()

    def life(limit_us: int = 36_000_000, where: Path = path) -> Ledger:
        return Ledger(limit_us, clock.now_us // 1000, lambda: clock.utc_us() / 1e6, where)

    clock.sleep(10_000)
    for _ in range(4):  # a quarter of what an hour allows in each life
        ledger = life()
        assert ledger.wait_ms(8_000_000, clock.now_us // 1000) == 0
        ledger.book(8_000_000, clock.now_us // 1000)
        clock.sleep(60)
    wait_ms = life().wait_ms(8_000_000, clock.now_us // 1000)
    assert 57 * 60_000 <= wait_ms <= 63 * 60_000
    clock.sleep(7200)
    assert life().wait_ms(8_000_000, clock.now_us // 1000) == 0
    path.write_text("no such thing")
    assert life().wait_ms(8_000_000, clock.now_us // 1000) == 0
    life(0, tmp_path / "none.json").book(8_000_000, clock.now_us // 1000)
    assert not (tmp_path / "none.json").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(GateError):
        life(where=tmp_path / "file" / "x.json").book(1, clock.now_us // 1000)


def test_pins_by_name() -> None:
    assert pins_of("blinka:") == Pins("CE1", "D25", "SCK", "MOSI", "MISO")
    assert pins_of("blinka:reset=C1,cs=C0") == Pins("C0", "C1", "SCK", "MOSI", "MISO")
    with pytest.raises(PortError):
        pins_of("blinka:cs")
