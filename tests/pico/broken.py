"""Provisioning broken off at a chosen step, repeated, and everything looked for.

Used by the tests for some of the steps and by tests/campaigns/provision.py for all of them.
"""

from pathlib import Path

from fakeboard import BLOCK_BYTES, FakePico
from gate_wire import kinds
from yellowgate.errors import PortError
from yellowgate.link import firmware
from yellowgate.link.board import Cable
from yellowgate.link.firmware import BoardFile, Plan
from yellowgate.link.provision import Provisioned, Provisioner, Wish
from yellowgate.link.rescue import rescue_into
from yellowgate.link.session import Session
from yellowgate.store.store import Store

BLOCKS = 40
LOG_BLOCKS = 4
UIDS = ("04a1b2c3d4e580", "04112233445566")


def small_plan(text: str = "1") -> Plan:
    """As many files as the fake board asks for; what runs there is the firmware installed here."""
    names = ("gate_station/board/pico", "gate_station/core/log", "gate_wire/record")
    files = [BoardFile(f"/lib/{name}.mpy", (name + text).encode() * 40) for name in names]
    return Plan((*files, BoardFile("/shims/time.mpy", b"shim")), firmware.MAIN)


class Quiet:
    """Nobody watches."""

    def step(self, text: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...


class Bench:
    """A board, a laptop's store, and the folder for what is rescued."""

    def __init__(self, folder: Path, blocks: int = BLOCKS) -> None:
        self.race_key = b""  # of the race folder on this laptop
        self.board = FakePico(blocks)
        self.store = Store("sqlite://")
        self.folder = folder
        self.plan = small_plan()
        self.keep = rescue_into(folder, self.store)

    def cable(self) -> Cable:
        board = self.board
        return Cable(board.port, board.monotonic_us, board.pause, wait_s=2, race_key=self.race_key)

    def flash(self, wish: Wish | None = None) -> Provisioned:
        def build(_version: tuple[int, int]) -> Plan:
            return self.plan

        tool = Provisioner(self.cable(), self.store, self.keep, Quiet(), LOG_BLOCKS, build)
        return tool.flash(wish or Wish(id=7, name="gate", role="gate", race_key=self.race_key))

    def flash_and_tap(self) -> Provisioned:
        made = self.flash()
        for uid in UIDS:
            self.board.tap(uid)
        return made

    def session(self) -> Session:
        return Session(self.board.port(), self.board.monotonic_us, self.race_key)

    def download(self) -> None:
        """Every record of the station into the store."""
        session = self.session()
        welcome = session.hello()
        for chunk in session.read(0, welcome.next_seq, welcome.log_id):
            self.store.add_observations((welcome.log_id.hex(), raw) for _, raw in chunk.records)

    def tags(self) -> list[str]:
        """Of the taps in the store."""
        return [row.body.hex() for row in self.store.observations() if row.kind == kinds.TAG]


def format_filesystem(bench: Bench) -> None:
    """Both superblocks are damaged: MicroPython formats at the next start."""
    bench.board.power_off()
    bench.board.nor.buffer[: 2 * BLOCK_BYTES] = bytes(2 * BLOCK_BYTES)
    bench.board.power_on()


# Each of these breaks off one flash at the step with this number and repeats it. They return
# False when there was no such step: the flash went through.


def cable_at_first_flash(folder: Path, number: int) -> bool:
    """The cable is pulled when a blank board is about to run its number-th command."""
    bench = Bench(folder)
    bench.board.cut_cable_at = number
    return _broken_off(bench, Wish(id=7, name="gate", role="gate"), [])


def cable_at_update(folder: Path, number: int) -> bool:
    """The same when a station with records gets a new firmware and a new name."""
    bench = Bench(folder)
    bench.flash_and_tap()
    bench.plan = small_plan("2")
    bench.board.cut_cable_at = bench.board.commands + number
    return _broken_off(bench, Wish(name="renamed"), list(UIDS))


def power_at_first_flash(folder: Path, number: int) -> bool:
    """The power is cut in the number-th flash operation of a blank board."""
    bench = Bench(folder)
    bench.board.nor.cut_at = bench.board.nor.operations + number
    return _broken_off(bench, Wish(id=7, name="gate", role="gate"), [])


def power_at_update(folder: Path, number: int) -> bool:
    """The same when a station with records gets a new firmware and a new name."""
    bench = Bench(folder)
    bench.flash_and_tap()
    bench.plan = small_plan("2")
    bench.board.nor.cut_at = bench.board.nor.operations + number
    return _broken_off(bench, Wish(name="renamed"), list(UIDS))


def cable_at_rescue(folder: Path, number: int) -> bool:
    """The cable is pulled while a formatted board with records is rescued and flashed."""
    bench = Bench(folder)
    bench.flash_and_tap()
    format_filesystem(bench)
    bench.board.cut_cable_at = bench.board.commands + number
    return _broken_off(bench, Wish(id=7), list(UIDS))


def power_at_rescue(folder: Path, number: int) -> bool:
    """The power is cut while a formatted board with records is rescued and flashed."""
    bench = Bench(folder)
    bench.flash_and_tap()
    format_filesystem(bench)
    bench.board.nor.cut_at = bench.board.nor.operations + number
    return _broken_off(bench, Wish(id=7), list(UIDS))


SCENES = {
    scene.__name__: scene
    for scene in (
        cable_at_first_flash,
        cable_at_update,
        power_at_first_flash,
        power_at_update,
        cable_at_rescue,
        power_at_rescue,
    )
}


def _broken_off(bench: Bench, wish: Wish, taps: list[str]) -> bool:
    """Flash, and flash again if that broke off: a station with all the taps that takes more."""
    try:
        bench.flash(wish)
        was_broken = False
    except PortError:
        was_broken = True
        if bench.board.nor.is_dead:
            bench.board.power_on()
        made = bench.flash(wish)
        assert made.welcome.log_id.hex() in bench.store.first_keys()
    bench.board.nor.cut_at = bench.board.cut_cable_at = None
    bench.board.tap("deadbeef")
    bench.download()
    assert sorted(bench.tags()) == sorted([*taps, "deadbeef"]), bench.tags()
    bench.board.power_off()
    return was_broken
