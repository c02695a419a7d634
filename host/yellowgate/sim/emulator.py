"""A real MicroPython image on an emulated Pico (rp2040py): one power-up of one board.

What is added to rp2040py: flash kept in a file as it is written, the flash part's serial number
and its busy times, a USB host that does not answer an idle endpoint with endless empty packets
(with them the firmware runs three times slower), and guest time held to the wall's, since an idle
guest otherwise runs thousands of seconds ahead in one.

rp2040py offers no hooks for these; its methods are wrapped here and nowhere else.
"""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rp2040py.boards import BoardSpec, FlashLayout
from rp2040py.device import MicroPythonDevice
from rp2040py.device.base_device import ResetCause

STORAGE_AT = 0xA0000  # of the flash: where MicroPython's rp2 port puts its filesystem on a Pico
STORAGE_BLOCKS = 352
BLOCK_BYTES = 4096
STORAGE_BYTES = STORAGE_BLOCKS * BLOCK_BYTES
STORAGE = slice(STORAGE_AT, STORAGE_AT + STORAGE_BYTES)

# Opcodes of the flash part (W25Q16JV datasheet, 8.1.2).
_PROGRAM = 0x02
_ERASE_4K = 0x20
_ERASE_64K = 0xD8
_UNIQUE_ID = 0x4B
_BYTES_OF = {_PROGRAM: 256, _ERASE_4K: 4096, _ERASE_64K: 65536}
BUSY_NS = {_PROGRAM: 400_000, _ERASE_4K: 45_000_000, _ERASE_64K: 150_000_000}  # typical, ibid. 9.6

_TICK_NS = 1_000_000
_BEHIND_S = 0.02
_AHEAD_S = 0.001


class PowerCut(Exception):
    """The power went in the middle of a flash operation."""


def half_done(before: bytes, after: bytes) -> bytes:
    """The first half is as it should be, the second as it was."""
    half = len(before) // 2
    return after[:half] + before[half:]


class Emulator(MicroPythonDevice):
    """A Pico from power-up on. To cut the power: stop(), and make a new one on the same image.

    uf2: the MicroPython image. storage: file that holds the filesystem's flash, made when it is
    not there. unique_id: 8 bytes of the flash part. speed: guest seconds a wall second (it falls
    behind while the CPU is busy); 0: as fast as can be. cut_at: the number of the flash operation
    that is torn in the middle, which ends it as stop() does; None: none.
    """

    def __init__(self, uf2: Path, storage: Path | None, unique_id: bytes, speed: float) -> None:
        layout = FlashLayout(STORAGE_AT, STORAGE_BLOCKS, BLOCK_BYTES)
        super().__init__(board=BoardSpec(image=uf2, layout=layout, extras=()))
        self.programs = 0
        self.erases = 0
        self.cut_at: int | None = None
        self.tear: Callable[[bytes, bytes], bytes] = half_done
        self.is_off = False
        self.on_gone: Callable[[], None] = lambda: None  # told when the board drops off the bus
        self._file = _load(storage, self.mcu.flash) if storage is not None else None
        self._quiet_usb()
        self._watch_flash(unique_id)
        if speed:
            self._pace(speed)

    @property
    def nanos(self) -> int:
        """Guest time since power-up."""
        return int(self.simulator.clock.nanos)

    def at(self, delay_ns: int, action: Callable[[], None]) -> Any:  # noqa: ANN401 - its alarm
        """Call action() after so much guest time; the alarm, to be cancelled or scheduled anew."""
        alarm = self.simulator.clock.create_alarm(action)
        alarm.schedule(delay_ns)
        return alarm

    def stop(self) -> None:
        """The power is gone."""
        self.is_off = True
        super().stop()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _enter_reset(self, cause: ResetCause) -> None:
        super()._enter_reset(cause)
        self.on_gone()

    def _post_boot_handshake(self) -> None:
        """rp2040py types a line end into whatever main.py runs; a binary console wants none."""

    def _quiet_usb(self) -> None:
        """Let an idle OUT endpoint wait, as a USB host does that has nothing to send."""
        cdc: Any = self.cdc
        usb = cdc.usb
        read, send, reset = usb.on_endpoint_read, cdc.send_serial_byte, usb.on_reset
        armed: list[tuple[int, int]] = []
        due: list[bool] = []

        def deliver() -> None:
            due.clear()
            if armed and cdc.tx_fifo.item_count:
                read(*armed.pop())

        alarm = self.simulator.clock.create_alarm(deliver)

        def on_read(endpoint: int, size: int) -> None:
            if endpoint and endpoint == cdc._out_endpoint and not cdc.tx_fifo.item_count:
                armed[:] = [(endpoint, size)]
            else:
                read(endpoint, size)

        def on_send(byte: int) -> None:
            send(byte)
            if armed and not due:  # one packet for all that is pushed in this turn
                due.append(True)
                alarm.schedule(1000)

        def on_reset() -> None:
            armed.clear()
            due.clear()
            alarm.cancel()
            reset()

        usb.on_endpoint_read, cdc.send_serial_byte, usb.on_reset = on_read, on_send, on_reset

    def _pace(self, speed: float) -> None:
        """Replace the engine's loop by one that sleeps while guest time is ahead of the wall."""
        simulator: Any = self.simulator
        pacer = _Pacer(simulator, speed)
        alarm = simulator.clock.create_alarm(lambda: None)

        def tick() -> None:
            pacer.look()
            alarm.schedule(_TICK_NS)

        alarm = simulator.clock.create_alarm(tick)

        async def execute() -> None:
            simulator.stopped = False
            alarm.schedule(_TICK_NS)
            try:
                await pacer.run(lambda: bool(self.mcu.run_pin_low))
            except PowerCut:
                simulator.stopped = True
            except Exception as error:
                simulator.engine_room_error, simulator.stopped = error, True
                raise

        def stop() -> None:
            pacer.is_over = simulator.stopped = True

        simulator.execute, simulator.stop = execute, stop

    def _watch_flash(self, unique_id: bytes) -> None:
        """Every erase and program: counted, timed, written through to the file, cut when asked."""
        ssi: Any = self.mcu.ssi
        shift, apply = ssi._shift_byte, ssi._apply_command

        def on_shift(byte: int) -> int:
            answer = shift(byte)
            sent = ssi._tx_buffer
            if sent[0] == _UNIQUE_ID and 5 < len(sent) <= 13:  # opcode, 4 dummies, 8 bytes
                return unique_id[len(sent) - 6]
            return answer

        def on_apply() -> None:
            sent = bytes(ssi._tx_buffer)
            if not sent or sent[0] not in _BYTES_OF or len(sent) < 4 or not ssi._write_enabled:
                apply()
                return
            self._flash_operation(sent[0], int.from_bytes(sent[1:4], "big"), apply)

        ssi._shift_byte, ssi._apply_command = on_shift, on_apply

    def _flash_operation(self, opcode: int, address: int, apply: Callable[[], None]) -> None:
        flash: Any = self.mcu.flash
        count = _BYTES_OF[opcode]
        start = address & ~(count - 1)
        before = bytes(flash[start : start + count])
        self.programs += opcode == _PROGRAM
        self.erases += opcode != _PROGRAM
        apply()
        is_cut = self.cut_at is not None and self.programs + self.erases >= self.cut_at
        if is_cut:
            flash[start : start + count] = self.tear(before, bytes(flash[start : start + count]))
        if self._file is not None and start >= STORAGE_AT:
            os.pwrite(self._file, bytes(flash[start : start + count]), start - STORAGE_AT)
        if is_cut:
            self.stop()
            raise PowerCut(f"torn at {start:#x}")
        clock: Any = self.simulator.clock
        clock.tick(BUSY_NS[opcode])  # right inside a write of the CPU, never inside an alarm


class _Pacer:
    """Guest time against the wall's."""

    def __init__(self, simulator: Any, speed: float) -> None:  # noqa: ANN401
        self.is_over = False
        self._simulator = simulator
        self._speed = speed
        self._wait_s = 0.0
        self._guest_s = 0.0
        self._wall_s = time.monotonic()

    def look(self) -> None:
        """End this batch when the guest is ahead."""
        guest_s = self._simulator.clock.nanos / 1e9
        wall_s = time.monotonic()
        ahead_s = (guest_s - self._guest_s) / self._speed - (wall_s - self._wall_s)
        if ahead_s > _AHEAD_S:
            self._wait_s = ahead_s
            self._simulator.stopped = True
        elif ahead_s < -_BEHIND_S:  # the CPU was busy: forget it, do not race to catch up
            self._guest_s, self._wall_s = guest_s, wall_s

    async def run(self, is_held: Callable[[], bool]) -> None:
        """Batches until it is over."""
        while not self.is_over:
            if is_held():
                await asyncio.sleep(0.005)
                continue
            self._simulator._execute_batch()
            wait_s, self._wait_s = self._wait_s, 0.0
            await asyncio.sleep(min(wait_s, 0.05))
            self._simulator.stopped = self.is_over


def _load(path: Path, flash: Any) -> int:  # noqa: ANN401 - rp2040py's bytearray
    """Put the file's bytes into the flash; the descriptor, to write through."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    data = os.pread(descriptor, STORAGE_BYTES, 0)
    flash[STORAGE_AT : STORAGE_AT + len(data)] = data
    os.pwrite(descriptor, bytes(flash[STORAGE]), 0)
    return descriptor
