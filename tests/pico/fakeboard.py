# ruff: noqa: ANN401
# pyright: basic
"""A Pico made of parts that run everywhere: a byte-exact raw REPL whose code runs on CPython, the
real littlefs over a NOR that is cut at any operation, and the real firmware as a virtual station.

Time is virtual. Only mpremote's own short waits are real.
"""

from __future__ import annotations

import contextlib
import io
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

from gate_station.board import pins
from littlefs import LittleFS, LittleFSError
from littlefs.context import UserContext
from yellowgate.errors import PortError
from yellowgate.sim.devices import firmware
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.sim.devices.loop import Loop
from yellowgate.sim.devices.pn532 import Pn532
from yellowgate.sim.devices.world import World

BLOCK_BYTES = 4096
PAGE_BYTES = 256
UNIQUE_ID = b"FAKEPICO"
BANNER = b"raw REPL; CTRL-B to exit\r\n>"
STEP_US = 20_000  # of virtual time for each look at the port
REPL_WANTED = 0x5E2A11CE
SCRATCH = 0x4005800C
LFS_ERR_IO = -5


class PowerGone(BaseException):
    """The board has no power any more."""


class Nor(UserContext):
    """Flash as littlefs and as rp2.Flash() see it. cut_at: the operation that is torn in half."""

    def __init__(self, blocks: int) -> None:
        super().__init__(buffer=bytearray(b"\xff" * blocks * BLOCK_BYTES))
        self.blocks = blocks
        self.operations = 0
        self.cut_at: int | None = None
        self.is_dead = False

    # littlefs

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        self._change(block * BLOCK_BYTES + off, bytes(data), is_erase=False)
        return LFS_ERR_IO if self.is_dead else 0

    def erase(self, cfg: Any, block: int) -> int:
        self._change(block * BLOCK_BYTES, b"\xff" * BLOCK_BYTES, is_erase=True)
        return LFS_ERR_IO if self.is_dead else 0

    # rp2.Flash()

    def readblocks(self, block: int, buf: bytearray | memoryview, offset: int = 0) -> None:
        at = block * BLOCK_BYTES + offset
        buf[:] = self.buffer[at : at + len(buf)]

    def writeblocks(
        self, block: int, buf: bytes | bytearray | memoryview, offset: int | None = None
    ) -> None:
        at = block * BLOCK_BYTES + (offset or 0)
        if offset is None:
            self._change(at, b"\xff" * BLOCK_BYTES, is_erase=True)
        for page in range(0, len(buf), PAGE_BYTES):
            self._change(at + page, bytes(buf[page : page + PAGE_BYTES]), is_erase=False)
        self.check()

    def ioctl(self, op: int, arg: int) -> int | None:
        return {4: self.blocks, 5: BLOCK_BYTES}.get(op)

    def check(self) -> None:
        """Raises PowerGone after the cut: littlefs swallows what is raised in its callbacks."""
        if self.is_dead:
            raise PowerGone

    def _change(self, at: int, data: bytes, is_erase: bool) -> None:
        if self.is_dead:
            return
        self.operations += 1
        length = len(data)
        if self.cut_at is not None and self.operations >= self.cut_at:
            self.is_dead = True
            length //= 2
        old = self.buffer[at : at + length]
        new = data[:length]
        if not is_erase:
            new = bytes(a & b for a, b in zip(old, new, strict=True))
        self.buffer[at : at + length] = new


class Files:
    """The filesystem as MicroPython shows it: open, os."""

    def __init__(self, nor: Nor) -> None:
        self._nor = nor
        shape = {"block_size": BLOCK_BYTES, "block_count": nor.blocks, "mount": False}
        self.lfs = LittleFS(
            nor, read_size=32, prog_size=256, cache_size=1024, lookahead_size=32, **shape
        )
        try:
            self.lfs.mount()
        except LittleFSError:  # as _boot.py of the rp2 port
            self.lfs.format()
            self.lfs.mount()
        nor.check()

    def open(self, path: str, mode: str = "r") -> Any:
        with self._errors():
            file = self.lfs.open(path, mode.replace("b", "") + "b", buffering=0)
        if "b" in mode:
            return _File(file, self)
        return io.TextIOWrapper(_File(file, self))  # type: ignore[arg-type]

    def rename(self, old: str, new: str) -> None:
        with self._errors():
            self.lfs.rename(old, new)

    def remove(self, path: str) -> None:
        with self._errors():
            self.lfs.remove(path)

    def mkdir(self, path: str) -> None:
        with self._errors():
            self.lfs.mkdir(path)

    def ilistdir(self, path: str) -> Iterator[tuple[str, int, int, int]]:
        with self._errors():
            stats = list(self.lfs.scandir(path))
        return iter([(s.name, 0x4000 if s.type == 2 else 0x8000, 0, s.size) for s in stats])

    def statvfs(self, _path: str) -> tuple[int, ...]:
        free = self._nor.blocks - self.lfs.used_block_count
        return (BLOCK_BYTES, BLOCK_BYTES, self._nor.blocks, free, free)

    def exists(self, path: str) -> bool:
        try:
            self.lfs.stat(path)
        except LittleFSError:
            return False
        return True

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except LittleFSError as error:
            self._nor.check()
            raise OSError(-error.code) from error
        finally:
            self._nor.check()


class _File(io.RawIOBase):
    """Errors of littlefs as OSError, the cut as PowerGone."""

    def __init__(self, file: Any, files: Files) -> None:
        self._file = file
        self._guard: Callable[[], Any] = files._errors  # pyright: ignore[reportPrivateUsage]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with self._guard():
            return bytes(self._file.read(size))

    def readinto(self, buf: Any) -> int:
        data = self.read(len(buf))
        buf[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        with self._guard():
            self._file.write(bytes(data))
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        with self._guard():
            return self._file.seek(offset, whence)

    def close(self) -> None:
        if not self.closed:
            try:
                with self._guard():
                    self._file.close()
            finally:
                # littlefs-python would try again when it is forgotten: littlefs then stops all.
                setattr(self._file, "__IOBase_closed", True)
                super().close()


class Restart(BaseException):
    """machine.reset()."""


class FakePico:
    """The board with its cable. Make a port by port(); cut_cable_at: the command at which the
    cable is pulled. imports_fail: gate_station cannot be imported, as after a broken update.
    """

    def __init__(self, blocks: int = 352) -> None:
        self.nor = Nor(blocks)
        self.now_us = 0
        self.commands = 0
        self.cut_cable_at: int | None = None
        self.restarts = 0
        self.station: _Station | None = None
        self.files: Files | None = None
        self.wrong_mpy: set[str] = set()
        self.is_interrupted = False  # by a Ctrl-C before main.py has taken the word back
        self.machine = "Raspberry Pi Pico with RP2040"
        self._scratch: dict[int, int] = {}
        self._is_plugged = True
        self._repl: _Repl | None = None
        self._port: FakePort | None = None
        self.power_on()

    def monotonic_us(self) -> int:
        return self.now_us

    def pause(self, seconds: float) -> None:
        self.now_us += int(seconds * 1e6)

    def port(self) -> FakePort:
        if self.nor.is_dead:
            raise PortError("fake: cannot be opened (no such port)")
        self._is_plugged = True
        self._port = FakePort(self)
        if self.station is not None:
            self.station.console.plug(True)
        return self._port

    # Power

    def power_on(self) -> None:
        self.nor.is_dead = False
        self.nor.cut_at = None
        self._scratch.clear()
        self._boot()

    def power_off(self) -> None:
        self.nor.is_dead = True
        self._end()

    def _end(self) -> None:
        self._port = None
        if self._repl is not None:
            self._repl.end()
        self._repl = self.station = self.files = None

    def restart(self) -> None:
        self.restarts += 1
        self._end()
        self._boot()

    def _boot(self) -> None:
        self.files = Files(self.nor)
        wants_repl = self._scratch.get(SCRATCH, 0) == REPL_WANTED
        if not self.is_interrupted:
            self._scratch.pop(SCRATCH, 0)
        if self.files.exists("/main.py") and not wants_repl and not self.missing_modules():
            self._start_station()
        else:
            self._repl = _Repl(self)

    def missing_modules(self) -> set[str]:
        """Modules that a station needs and that the filesystem has not, or not whole."""
        assert self.files is not None
        names = ("gate_station/board/pico", "gate_station/core/log", "gate_wire/record")
        return {n for n in names if not self.files.exists(f"/lib/{n}.mpy")} | self.wrong_mpy

    def _start_station(self) -> None:
        files = self.files
        assert files is not None
        self.station = _Station(self.nor, files)

    # What happens

    def tap(self, uid: str) -> None:
        """A tag is held to the running station until it was acknowledged."""
        assert self.station is not None
        self.station.reader.touch(bytes.fromhex(uid), 300_000)
        self.run(1_000_000)

    def run(self, us: int) -> None:
        """Time passes."""
        self.now_us += us
        if self.station is None:
            return
        end_us = self.station.world.now_us + us
        while self.station is not None and self.station.world.now_us < end_us:
            self.station.run_until(min(end_us, self.station.world.now_us + 5000))
            server = self.station.pico.server
            if server.leaves or server.restarts:
                self.station.run_until(self.station.world.now_us + 50_000)  # the answer goes out
                if server.leaves:
                    self._scratch[SCRATCH] = REPL_WANTED
                if self._port is not None:
                    self._port.arrived += self.station.console.take()
                self.restart()

    # Called by the port

    def exchange(self, data: bytes) -> bytes:
        """Bytes in, bytes out."""
        try:
            return self._exchange(data)
        except PowerGone:
            self.power_off()
            raise PortError("fake: the connection broke off") from None

    def _exchange(self, data: bytes) -> bytes:
        if self.nor.is_dead or not self._is_plugged:
            raise PortError("fake: the connection broke off")
        if self.station is not None:
            if data:
                self.station.console.arrive(data)
            self.run(STEP_US)
            return self.station.console.take() if self.station is not None else b""
        assert self._repl is not None
        self.now_us += STEP_US
        out = self._repl.exchange(data)
        if self._repl.outcome is PowerGone:
            raise PowerGone
        if self._repl.outcome is Restart:
            self.restart()
        return out

    def counts_command(self) -> None:
        """A command is about to run; the cable may be pulled now."""
        self.commands += 1
        if self.cut_cable_at is not None and self.commands >= self.cut_cable_at:
            self.cut_cable_at = None
            self._is_plugged = False

    # What code on the board sees

    def modules(self) -> dict[str, Any]:
        files = self.files
        assert files is not None
        repl = self._repl

        def reset() -> None:
            raise Restart

        implementation = SimpleNamespace(
            name="micropython",
            version=(1, 28, 0, ""),
            _machine=self.machine,
            _mpy=0x1306,
        )
        stdio = SimpleNamespace(readline=lambda: repl.readline() if repl else "", buffer=repl)
        out = SimpleNamespace(write=lambda text: repl.say(text.encode()) if repl else None)
        return {
            "os": files,
            "rp2": SimpleNamespace(Flash=lambda: self.nor),
            "machine": SimpleNamespace(
                unique_id=lambda: UNIQUE_ID, reset=reset, mem32=_Memory(self._scratch)
            ),
            "sys": SimpleNamespace(implementation=implementation, stdin=stdio, stdout=out),
        }


class _Memory(dict[int, int]):
    def __init__(self, scratch: dict[int, int]) -> None:
        super().__init__()
        self._scratch = scratch

    def __missing__(self, key: int) -> int:
        return self._scratch.get(key, 0)

    def __setitem__(self, key: int, value: int) -> None:
        self._scratch[key] = value


class _Station:
    """The real firmware on the fake board's flash and filesystem, in virtual time."""

    def __init__(self, nor: Nor, files: Files) -> None:
        self.world = World()
        self.board = Board(self.world, unique_id=UNIQUE_ID)
        self.board.flash = nor  # type: ignore[assignment]
        self.board.set_millivolts(pins.BATTERY, 2000)
        line = self.board.line
        self.reader: Any = Pn532(
            self.world, line(pins.NFC_CS), line(pins.NFC_IRQ), line(pins.NFC_RSTPD)
        )
        self.board.attach_spi(pins.NFC_SPI, self.reader)
        self.console = VirtualConsole()
        self.console.plug(True)
        self.board.power_on()
        self.loop = Loop(self.world, self.board.crystal)
        modules = firmware.on(self.board)
        self.pico: Any = modules.load("gate_station.board.pico").Pico(
            self.loop, self.console, files.open, files
        )
        for name, coroutine in self.pico.shell.coroutines():
            self.loop.spawn(coroutine, name)

    def run_until(self, us: int) -> None:
        self.loop.run_until(us)


class FakePort:
    """link.port.Port over a FakePico."""

    url = "fake"

    def __init__(self, board: FakePico) -> None:
        self._board = board
        self._unsent = bytearray()
        self.arrived = bytearray()

    def read(self) -> bytes:
        self._alive()
        unsent, self._unsent = bytes(self._unsent), bytearray()
        out = bytes(self.arrived) + self._board.exchange(unsent)
        self.arrived = bytearray()
        return out

    def write(self, data: bytes) -> None:
        self._alive()
        self._unsent += data

    def close(self) -> None:
        pass

    def _alive(self) -> None:
        if self._board._port is not self and not self.arrived:  # pyright: ignore[reportPrivateUsage]
            raise PortError("fake: the connection broke off")


class _Repl:
    """The raw REPL, in a thread that waits for bytes. exchange() returns when it waits again."""

    def __init__(self, board: FakePico) -> None:
        self.outcome: type[BaseException] | None = None
        self._board = board
        self._input: queue.Queue[int | None] = queue.Queue()
        self._output = bytearray()
        self._idle = threading.Event()
        self._globals: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._idle.wait()

    def exchange(self, data: bytes) -> bytes:
        if data:
            self._idle.clear()
            for byte in data:
                self._input.put(byte)
            while not (self._idle.wait(0.05) and self._input.empty()) and self._thread.is_alive():
                pass
        out, self._output = bytes(self._output), bytearray()
        return out

    def end(self) -> None:
        if self._thread is not threading.current_thread():
            self._input.put(None)
            self._thread.join()

    def say(self, data: bytes) -> None:
        self._output += data

    def readline(self) -> str:
        line = bytearray()
        while (byte := self._byte()) not in (13, 10):
            if byte == 3:
                raise KeyboardInterrupt
            line.append(byte)
        return line.decode() + "\n"

    def readinto(self, buf: memoryview) -> int:
        for at in range(len(buf)):
            buf[at] = self._byte()
            if buf[at] == 3:
                raise KeyboardInterrupt
        return len(buf)

    def _byte(self) -> int:
        if self._input.empty():
            self._idle.set()
        byte = self._input.get()
        self._idle.clear()
        if byte is None:
            raise PowerGone
        return byte

    def _run(self) -> None:
        try:
            while True:
                if self._byte() == 1:
                    self._raw()
        except (PowerGone, Restart) as error:
            self.outcome = type(error)
        finally:
            self._idle.set()

    def _raw(self) -> None:
        self.say(BANNER)
        code = bytearray()
        while True:
            byte = self._byte()
            if byte == 2:
                return
            if byte == 1:
                self.say(BANNER)
                code.clear()
            elif byte == 3:
                code.clear()
            elif byte == 5 and not code:
                self._paste()
            elif byte == 4 and code:
                self.say(b"OK")
                self._execute(bytes(code))
                code.clear()
            elif byte == 4:
                self._globals = {}
                self.say(b"OK\r\nMPY: soft reboot\r\n" + BANNER)
            else:
                code.append(byte)

    def _paste(self) -> None:
        assert (self._byte(), self._byte()) == (65, 1)
        self.say(b"R\x01\x80\x00\x01")
        code = bytearray()
        while (byte := self._byte()) != 4:
            code.append(byte)
            if len(code) % 128 == 0:
                self.say(b"\x01")
        self.say(b"\x04")
        self._execute(bytes(code))

    def _execute(self, code: bytes) -> None:
        self._board.counts_command()
        report = b""
        printed = io.StringIO()
        names = self._globals or self._fresh_globals()
        names["__builtins__"]["print"] = lambda *a, **k: print(*a, **{**k, "file": _Tee(self)})
        try:
            exec(compile(code.strip(), "<stdin>", "exec"), names)
        except Exception:
            report = traceback.format_exc().encode()
        except KeyboardInterrupt:
            report = b"KeyboardInterrupt"
        self.say(printed.getvalue().encode() + b"\x04" + report + b"\x04>")

    def _fresh_globals(self) -> dict[str, Any]:
        modules = self._board.modules()
        files = self._board.files
        assert files is not None
        builtin: dict[str, Any] = dict(vars(__import__("builtins")))

        def importer(name: str, *args: Any) -> ModuleType:
            if name in modules:
                return modules[name]
            if name.startswith(("gate_station", "gate_wire")):
                missing = self._board.missing_modules()
                if missing:
                    raise ImportError(f"no module named {missing}")
            return __import__(name, *args)

        builtin["__import__"] = importer
        builtin["open"] = files.open
        self._globals = {"__builtins__": builtin, "__name__": "__main__"}
        return self._globals


class _Tee(io.TextIOBase):
    """print() of code on the board."""

    def __init__(self, repl: _Repl) -> None:
        self._repl = repl

    def write(self, text: str) -> int:
        self._repl.say(text.replace("\n", "\r\n").encode())
        return len(text)


assert sys.version_info >= (3, 11)
