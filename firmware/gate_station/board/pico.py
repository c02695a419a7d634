"""The composition root: a station of the parts that are found on the pins (see finding.py)."""

import sys

import machine
import utime
from gate_wire import bodies, kinds

from gate_station import tasks
from gate_station.board import pins
from gate_station.core import clock, parts, server, signals, station
from gate_station.drivers import flash, watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable
    from typing import IO, Any

    from gate_station import ports
    from gate_station.core.airdesk import Air, Plan
    from gate_station.core.log import Log
    from gate_station.core.settings import Config


class Pico:
    """A station on a Pico.

    aio: see ports.Aio. console: see ports.Console, None for no host. open_file: the builtin open
    or its like. files: see ports.Files; None: whether the log has its file is not looked at, and
    no new log can be begun. watch: start the watchdog (it cannot be stopped any more).
    """

    def __init__(
        self,
        aio: "ports.Aio",
        console: "ports.Console | None" = None,
        open_file: "Callable[[str], IO[str]]" = open,
        files: "ports.Files | None" = None,
        watch: bool = True,
    ) -> None:
        self.config = _config(open_file)
        self.flags = tasks.Flags(aio)
        self.parts = parts.Parts()
        self.files = files
        self.device = _flash()
        self.log = _open_log(self.device, files)
        self.air: "Air | None" = None
        plan = _find_parts(self.config, self.flags, self.parts)
        if console is not None:
            console.flag = self.flags.console
            self.parts.console = console
        utc_min_ms = station.last_utc_ms(self.log) if self.log is not None else 0
        ticks: Any = utime  # the stubs have a type of their own for ticks
        self.clock = clock.StationClock(ticks, self.parts.rtc, utc_min_ms, ticks)
        cause = bodies.CAUSE_WATCHDOG if watchdog.was_cause() else bodies.CAUSE_POWER
        self.station = station.Station(
            self.config, self.log, self.clock, self.parts, cause, machine.unique_id()
        )
        self.player = signals.Player()
        if self.parts.radio is not None and plan is not None:
            self._use_radio(self.parts.radio, plan)
        self.server = server.Server(
            self.station,
            doctor=self._doctor,
            identify=self._identify,
            new_log=self._new_log if files is not None else None,
            radio_out=self._radio_out(),
        )
        if watch:
            self.parts.watchdog = watchdog.Watchdog()
        self.shell = tasks.Shell(
            self.station, self.player, self.server, aio, self.flags, self.air, _collector()
        )
        self._greet()

    # What the station is handed

    def _use_radio(self, radio: "ports.Radio", plan: "Plan") -> None:
        from gate_station.core import airdesk  # noqa: PLC0415

        is_base = self.config.role == kinds.BASE
        forward = self._forward if is_base else None
        self.air = airdesk.Air(plan, radio, self.station, forward)

    def _forward(self, packet: bytes, rssi_dbm: int, snr_db: int, uptime_us: int) -> None:
        self.server.heard(packet, rssi_dbm, snr_db, uptime_us)
        self.flags.console.set()

    def _radio_out(self) -> "Callable[[bytes], object] | None":
        if self.air is None or self.air.base is None:
            return None
        base = self.air.base

        def say(packet: bytes) -> None:
            base.say(packet)
            self.flags.radio.set()

        return say

    def _identify(self) -> None:
        self.shell.play(signals.IDENTIFY)

    def _doctor(self) -> str:
        from gate_station.core import doctor  # noqa: PLC0415 - rarely asked for

        self._identify()
        pin_map: Any = pins
        findings = doctor.report(self.station, pin_map, self.shell.failures)
        _unload("core.doctor")
        self.flags.reader.set()  # the doctor stopped it; its task goes on with it
        return findings

    def _new_log(self, log_id: bytes, first_key: bytes) -> None:
        if self.device is None or self.files is None:
            raise OSError("no files")
        from gate_station.core import reserve  # noqa: PLC0415

        # Six seconds of erasing, in which no task goes round: each block feeds the watchdog.
        guard = self.parts.watchdog
        alive = guard.feed if guard is not None else None
        reserve.renew(self.device, self.files, log_id, first_key, alive=alive)
        _unload("core.reserve", "core.logscan")

    def _greet(self) -> None:
        is_whole = not self.parts.missing and self.log is not None
        self.shell.play(signals.BOOT_OK if is_whole else signals.PART_MISSING)


def _config(open_file: "Callable[[str], IO[str]]") -> "Config":
    from gate_station.core import config  # noqa: PLC0415 - only at the start

    found = config.load(open_file)
    _unload("core.config")
    return found


def _find_parts(config: "Config", flags: tasks.Flags, found: parts.Parts) -> "Plan | None":
    from gate_station.board import finding  # noqa: PLC0415 - only at the start

    plan = finding.Finding(config, flags, found).find_all()
    _unload("board.finding")
    return plan


def _open_log(device: "ports.BlockDevice | None", files: "ports.Files | None") -> "Log | None":
    if device is None:
        return None
    from gate_station.core import reserve  # noqa: PLC0415 - only at the start

    log = reserve.open_log(device, files)
    _unload("core.reserve", "core.logscan")
    return log


def _unload(*names: str) -> None:
    """Give back the memory of modules that are needed at the start only (2 to 4 KB each)."""
    if sys.implementation.name != "micropython":
        return
    for name in names:
        sys.modules.pop("gate_station." + name, None)
        package, _, module = name.partition(".")
        folder = sys.modules.get("gate_station." + package)
        if folder is not None and hasattr(folder, module):
            delattr(folder, module)


def _flash() -> "ports.BlockDevice | None":
    try:
        found: Any = flash.device()
        return found
    except OSError:
        return None


def _collector() -> "Callable[[], object] | None":
    """Memory is collected while nobody waits; CPython sees to that by itself."""
    if sys.implementation.name != "micropython":
        return None
    import gc  # noqa: PLC0415

    return gc.collect
