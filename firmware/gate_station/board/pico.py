"""A station on a Pico, while it runs; assembly.py puts it together."""

import sys

from gate_station.core import signals

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable
    from typing import IO, Any

    from gate_station import ports
    from gate_station.core.airdesk import Air
    from gate_station.core.clock import StationClock
    from gate_station.core.log import Log
    from gate_station.core.parts import Flags, Parts
    from gate_station.core.server import Server
    from gate_station.core.settings import Config
    from gate_station.core.station import Station
    from gate_station.tasks import Shell


# Loaded for one request or one record; see Pico.collect.
SELDOM = (
    "gate_station.core.bootrecord",
    "gate_station.core.logsettle",
    "gate_station.core.permission",
    "gate_station.core.requests",
    "gate_station.core.season",
    "gate_station.core.timetold",
    "gate_wire.permit",
)


class Pico:
    """A station on a Pico.

    aio: see ports.Aio. console: see ports.Console, None for no host. open_file: the builtin open
    or its like. files: see ports.Files; None: whether the log has its file is not looked at, and
    no new log can be begun. watch: start the watchdog (it cannot be stopped any more).
    """

    config: "Config"
    flags: "Flags"
    parts: "Parts"
    device: "ports.BlockDevice | None"
    log: "Log | None"
    clock: "StationClock"
    station: "Station"
    air: "Air | None"
    server: "Server"
    shell: "Shell"

    def __init__(
        self,
        aio: "ports.Aio",
        console: "ports.Console | None" = None,
        open_file: "Callable[[str], IO[str]]" = open,
        files: "ports.Files | None" = None,
        watch: bool = True,
    ) -> None:
        from gate_station.board import assembly  # noqa: PLC0415 - only at the start

        self.files = files
        assembly.assemble(self, aio, console, open_file, watch)
        _unload(assembly.AT_THE_START)

    def collect(self) -> None:
        """Tidy the memory while nobody waits: what was loaded for a moment goes, too. CPython sees
        to its memory by itself.
        """
        if sys.implementation.name == "micropython":
            import gc  # noqa: PLC0415

            _unload(SELDOM)
            gc.collect()

    # What the server, the radio and the tasks are handed

    def identify(self) -> None:
        """Make the station noticed."""
        self.shell.play(signals.IDENTIFY)

    def doctor(self) -> str:
        """The doctor's findings as text."""
        from gate_station.board import pins  # noqa: PLC0415 - rarely asked for
        from gate_station.core import doctor  # noqa: PLC0415

        self.identify()
        pin_map: Any = pins
        findings = doctor.report(self.station, pin_map, self.shell.failures)
        _unload(
            (
                "gate_station.board.pins",
                "gate_station.core.doctor",
                "gate_station.drivers.pn532_probe",
            )
        )
        self.flags.reader.set()  # the doctor stopped it; its task goes on with it
        return findings

    def random_bytes(self, count: int) -> bytes:
        """That nobody can foresee: of the ring oscillator (RP2040 datasheet 2.17.5)."""
        import os  # noqa: PLC0415 - rarely asked for

        return os.urandom(count)

    def new_log(self, log_id: bytes, first_key: bytes) -> "Log | None":
        """Begin a new log, for the station to open when it starts anew. Raises OSError."""
        if self.device is None or self.files is None:
            raise OSError("no files")
        if not self.station.flash_is_safe():
            raise OSError("battery too low to write")
        from gate_station.core import reserve  # noqa: PLC0415 - rarely asked for

        # Six seconds of erasing, in which no task goes round: each block feeds the watchdog.
        guard = self.parts.watchdog
        alive = guard.feed if guard is not None else None
        reserve.renew(self.device, self.files, log_id, first_key, alive=alive)
        made = reserve.open_log(self.device, self.files)
        _unload(("gate_station.core.reserve", "gate_station.core.logscan"))
        return made

    def forward(self, packet: bytes, rssi_dbm: int, snr_db: int, uptime_us: int) -> None:
        """A base heard a packet: the host shall have it."""
        self.server.heard(packet, rssi_dbm, snr_db, uptime_us)
        self.flags.console.set()

    def radio_out(self, packet: bytes) -> None:
        """A host has something for its base to say."""
        if self.air is not None and self.air.base is not None:
            self.air.base.say(packet)
            self.flags.radio.set()


def _unload(names: tuple[str, ...]) -> None:
    """Give back the memory of modules that are seldom needed (0.5 to 5 KB each)."""
    if sys.implementation.name != "micropython":
        return
    for name in names:
        sys.modules.pop(name, None)
        package, module = name.rsplit(".", 1)
        folder = sys.modules.get(package)
        if folder is not None and hasattr(folder, module):
            delattr(folder, module)
