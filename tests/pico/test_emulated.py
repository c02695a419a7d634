"""The emulated Pico with a real MicroPython image: blank board to synced taps, and a power cut.

Needs rp2040py and an image; see yellowgate.sim.pico. The emulator computes some 50 times slower
than the chip, so this is one long story instead of many tests.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from gate_wire import kinds
from yellowgate.cli.main import gate
from yellowgate.errors import PortError
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.link.session import PATIENCE_VARIABLE, Session
from yellowgate.sim import pico
from yellowgate.store.store import Store

UIDS = ("04a1b2c3d4e580", "04112233445566")
WAIT_S = "900"  # for a restart, on a machine that has other things to do
PATIENCE = "20"  # an answer in 20 ms on the chip takes a second here

pytestmark = pytest.mark.skipif(bool(pico.why_not()), reason=pico.why_not() or "it runs")


class Table:
    """The emulated board in a process of its own, as `gate sim station --runtime pico` has it."""

    def __init__(self, image: Path) -> None:
        self._image = image
        self.power_on()

    def power_on(self) -> None:
        code = (
            "from pathlib import Path; from yellowgate.sim.pico import *;"
            f"run_pico(PicoOptions(image=Path({str(self._image)!r}), from_stdin=True,"
            " say=lambda text: print(text, flush=True)))"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def cut_power(self) -> None:
        """As hard as it gets."""
        self._process.kill()
        self._process.communicate()

    def input(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@pytest.fixture(name="table")
def _table(tmp_path: Path) -> Iterator[Table]:
    before = os.environ.get(PATIENCE_VARIABLE)
    os.environ[PATIENCE_VARIABLE] = PATIENCE
    table = Table(tmp_path / "flash.img")
    yield table
    table.cut_power()
    del os.environ[PATIENCE_VARIABLE]
    if before is not None:
        os.environ[PATIENCE_VARIABLE] = before


def _gate(*arguments: str) -> str:
    result = CliRunner().invoke(gate, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def _wait_for_records(url: str, count: int) -> None:
    """Until the station has so many."""
    deadline_s = time.monotonic() + float(WAIT_S)
    while time.monotonic() < deadline_s:
        port = SerialPort(url)
        try:
            session = Session(port, this_laptop().monotonic_us)
            while session.hello().next_seq < count:
                pass
            return
        except PortError:
            continue  # it has not started yet
        finally:
            port.close()
    raise AssertionError(f"the station never had {count} records")


def _tags(store: Store) -> list[str]:
    return [row.body.hex() for row in store.observations() if row.kind == kinds.TAG]


def test_blank_board_to_synced_taps_and_a_power_cut(
    table: Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begun_s = time.monotonic()
    race = str(tmp_path / "race")
    _gate("init", race)
    flash = ("station", "flash", "--log-kib", "32", "--wait", WAIT_S, "--race", race)
    _gate(*flash, "--port", table.url, "--id", "1", "--role", "gate", "--name", "yellow gate")
    flashed_s = time.monotonic()
    table.input(f"tag,{UIDS[0]}")
    _wait_for_records(table.url, 2)  # a start and a tap
    _gate("sync", "--port", table.url, "--race", race)
    store = Store.file(tmp_path / "race" / "race.db")
    assert _tags(store) == [UIDS[0]]
    with capsys.disabled():
        print(
            f"\nblank board to first synced tap: {time.monotonic() - begun_s:.0f} s by the wall, "
            f"{flashed_s - begun_s:.0f} s of them to a running station (emulated)"
        )
    records = len(store.observations())

    table.input(f"tag,{UIDS[1]}")
    _wait_for_records(table.url, records + 1)
    table.cut_power()
    table.power_on()
    _wait_for_records(table.url, records + 1)  # it has started again
    _gate("sync", "--port", table.url, "--race", race)
    assert _tags(store) == list(UIDS)
    store.close()
    with capsys.disabled():
        print(f"with a power cut and another sync: {time.monotonic() - begun_s:.0f} s")
