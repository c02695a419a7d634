"""The composition root: which parts hang on which pins, and a station of what was found.

Every part may be missing: it is looked for at start, named in Parts.missing, and lived without.
What is switched off in station.json ("parts": {"radio": false}) is not even looked for, nor is
its driver loaded.
"""

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
    from gate_station.core.airdesk import Air
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
        self._find_parts()
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
        if self.parts.radio is not None:
            self._use_radio(self.parts.radio)
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

    # Parts

    def _find_parts(self) -> None:
        self._find("button", self._button)
        self._find("leds", self._leds)
        self._find("buzzer", self._buzzer)
        self._find("battery", self._battery)
        self._find("rtc", self._rtc)
        if self.config.role != kinds.BASE:
            self._find("reader", self._reader)
        if self.config.radio_key or self.config.role == kinds.BASE:
            self._find("radio", self._radio)

    def _find(self, name: str, build: "Callable[[], None]") -> None:
        if name in self.config.off:
            return
        try:
            build()
        except (OSError, RuntimeError, ValueError, ImportError):
            # RuntimeError is what the Adafruit drivers raise when no chip answers.
            self.parts.missing.append(name)

    def _button(self) -> None:
        from gate_station.drivers import button  # noqa: PLC0415

        self.parts.button = button.Button(pins.BUTTON, self.flags.button, self.config.debounce_ms)

    def _leds(self) -> None:
        from gate_station.drivers import leds  # noqa: PLC0415

        self.parts.leds = leds.Leds(pins.LED_GREEN, pins.LED_RED)

    def _buzzer(self) -> None:
        from gate_station.drivers import buzzer  # noqa: PLC0415

        self.parts.buzzer = buzzer.Buzzer(pins.BUZZER)

    def _battery(self) -> None:
        from gate_station.drivers import battery  # noqa: PLC0415

        self.parts.power = battery.Battery(pins.BATTERY)

    def _rtc(self) -> None:
        from gate_station.drivers import ds3231  # noqa: PLC0415

        self.parts.rtc = ds3231.Ds3231(pins.RTC_I2C, pins.RTC_SDA, pins.RTC_SCL, pins.RTC_SQW)

    def _reader(self) -> None:
        import busio  # noqa: PLC0415

        from gate_station.drivers import pn532_reader  # noqa: PLC0415

        naps = bool(self.config.low_power)
        self.parts.reader = pn532_reader.Pn532Reader(
            busio.SPI(pins.NFC_SCK, MOSI=pins.NFC_MOSI, MISO=pins.NFC_MISO),
            pins.NFC_CS,
            pins.NFC_IRQ,
            pins.NFC_RSTPD,
            self.flags.reader,
            self.config.reader_on_ms if naps else 0,
            self.config.reader_off_ms if naps else 0,
        )

    def _radio(self) -> None:
        import busio  # noqa: PLC0415
        import digitalio  # noqa: PLC0415

        from gate_station.core import airdesk  # noqa: PLC0415
        from gate_station.drivers import rfm9x_radio  # noqa: PLC0415

        self.plan = airdesk.Plan(self.config)
        self.config.problems.extend(self.plan.problems)
        radio: Any = rfm9x_radio.Rfm9xRadio(
            busio.SPI(pins.RADIO_SCK, MOSI=pins.RADIO_MOSI, MISO=pins.RADIO_MISO),
            digitalio.DigitalInOut(pins.RADIO_CS),
            digitalio.DigitalInOut(pins.RADIO_RST),
            pins.RADIO_DIO0,
            self.plan.region.frequency_khz,
            self.plan.settings.modem.spreading_factor,
            self.plan.power_dbm,
        )
        self.parts.radio = radio

    # What the station is handed

    def _use_radio(self, radio: "ports.Radio") -> None:
        from gate_station.core import airdesk  # noqa: PLC0415

        is_base = self.config.role == kinds.BASE
        forward = self._forward if is_base else None
        self.air = airdesk.Air(self.plan, radio, self.station, forward)

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
        _unload("doctor")
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
        _unload("reserve")

    def _greet(self) -> None:
        is_whole = not self.parts.missing and self.log is not None
        self.shell.play(signals.BOOT_OK if is_whole else signals.PART_MISSING)


def _config(open_file: "Callable[[str], IO[str]]") -> "Config":
    from gate_station.core import config  # noqa: PLC0415 - only at the start

    found = config.load(open_file)
    _unload("config")
    return found


def _open_log(device: "ports.BlockDevice | None", files: "ports.Files | None") -> "Log | None":
    if device is None:
        return None
    from gate_station.core import reserve  # noqa: PLC0415 - only at the start

    log = reserve.open_log(device, files)
    _unload("reserve")
    return log


def _unload(name: str) -> None:
    """Give back the memory of a part of core/ that is needed at the start only (3 to 4 KB)."""
    if sys.implementation.name == "micropython":
        sys.modules.pop("gate_station.core." + name, None)
        core = sys.modules.get("gate_station.core")
        if core is not None and hasattr(core, name):
            delattr(core, name)


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
