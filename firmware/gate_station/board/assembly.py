"""A station put together: which parts hang on which pins, looked for once, at the start.

Every part may be missing, and is lived without; its driver goes on looking for it. What is switched
off in station.json ("parts": {"radio": false}) is not even looked for, nor is its driver loaded.
"""

import machine
import utime
from gate_wire import bodies, kinds

from gate_station import tasks
from gate_station.board import pins
from gate_station.core import clock, config, history, parts, reserve, server, signals, station
from gate_station.drivers import flash, resets, watchdog

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable
    from typing import IO, Any

    from gate_station import ports
    from gate_station.board.pico import Pico
    from gate_station.core.airdesk import Air
    from gate_station.core.airplan import Plan

# What leaves memory after the start, this module too: from 0.5 to 5 KB each.
AT_THE_START = (
    "gate_station.board.assembly",
    "gate_station.board.pins",
    "gate_station.board.start",
    "gate_station.core.airplan",
    "gate_station.core.config",
    "gate_station.core.history",
    "gate_station.core.logscan",
    "gate_station.core.regions",
    "gate_station.core.reserve",
    "gate_station.drivers.flash",
    "gate_station.drivers.resets",
)


def assemble(
    pico: "Pico",
    aio: "ports.Aio",
    console: "ports.Console | None",
    open_file: "Callable[[str], IO[str]]",
    watch: bool,
) -> None:
    """Give pico all that it is made of. Arguments as Pico's.

    No function of this module is handed on: it would keep the whole module in memory.
    """
    pico.config = config.load(open_file)
    pico.flags = parts.Flags(aio)
    pico.parts = parts.Parts()
    pico.device = _flash()
    pico.log = reserve.open_log(pico.device, pico.files) if pico.device is not None else None
    utc_min_ms = history.last_utc_ms(pico.log) if pico.log is not None else 0
    ticks: Any = utime  # the stubs have a type of their own for ticks
    # Uptime counts from before the first touch that can be noticed.
    pico.clock = clock.StationClock(ticks, None, utc_min_ms, ticks)
    plan = Finding(pico).find_all()
    pico.clock.rtc = pico.parts.rtc
    if console is not None:
        console.flag = pico.flags.console
        pico.parts.console = console
    restarts = resets.count_restart()
    cause = bodies.CAUSE_WATCHDOG if restarts else bodies.CAUSE_RESET
    if resets.is_power_on():
        cause = bodies.CAUSE_POWER
    pico.station = station.Station(
        pico.config, pico.log, pico.clock, pico.parts, cause, machine.unique_id(), restarts
    )
    pico.station.boot_due_ms = history.boot_due_ms(pico.log)
    pico.air = _air(pico, plan)
    pico.server = server.Server(
        pico.station,
        doctor=pico.doctor,
        identify=pico.identify,
        random_bytes=pico.random_bytes,
        new_log=pico.new_log if pico.files is not None else None,
        radio_out=pico.radio_out if pico.air is not None and pico.air.base is not None else None,
    )
    if watch:
        pico.parts.watchdog = watchdog.Watchdog(resets.ROW_AT)
    pico.shell = tasks.Shell(
        pico.station, signals.Player(), pico.server, aio, pico.flags, pico.air, pico.collect
    )


def _air(pico: "Pico", plan: "Plan | None") -> "Air | None":
    if pico.parts.radio is None or plan is None:
        return None
    from gate_station.core import airplan  # noqa: PLC0415 - not without a radio

    forward = pico.forward if pico.config.role == kinds.BASE else None
    return airplan.build(plan, pico.parts.radio, pico.station, forward)


def _flash() -> "ports.BlockDevice | None":
    try:
        found: Any = flash.device()
        return found
    except OSError:
        return None


class Finding:
    """Looks for the parts of a pico that has its configuration and its flags."""

    def __init__(self, pico: "Pico") -> None:
        self._config = pico.config
        self._flags = pico.flags
        self._parts = pico.parts
        self._plan: "Plan | None" = None

    def find_all(self) -> "Plan | None":
        """Look for every part; returns the radio's plan if one was looked for."""
        self._find("button", self._button)
        self._find("leds", self._leds)
        self._find("buzzer", self._buzzer)
        self._find("battery", self._battery)
        self._find("rtc", self._rtc)
        if self._config.role != kinds.BASE:
            self._find("reader", self._reader)
        if self._config.radio_key or self._config.role == kinds.BASE:
            self._find("radio", self._radio)
        return self._plan

    def _find(self, name: str, build: "Callable[[], None]") -> None:
        if name in self._config.off:
            return
        try:
            build()
        except (OSError, RuntimeError, ValueError, ImportError):
            # A driver that is not on the board, or cannot be built at all.
            self._parts.missing.append(name)

    def _button(self) -> None:
        from gate_station.drivers import button  # noqa: PLC0415

        self._parts.button = button.Button(
            pins.BUTTON, self._flags.button, self._config.debounce_ms
        )

    def _leds(self) -> None:
        from gate_station.drivers import leds  # noqa: PLC0415

        self._parts.leds = leds.Leds(pins.LED_GREEN, pins.LED_RED)

    def _buzzer(self) -> None:
        from gate_station.drivers import buzzer  # noqa: PLC0415

        self._parts.buzzer = buzzer.Buzzer(pins.BUZZER, pins.BUZZER_INVERTED)

    def _battery(self) -> None:
        from gate_station.drivers import battery  # noqa: PLC0415

        self._parts.power = battery.Battery(pins.BATTERY)

    def _rtc(self) -> None:
        from gate_station.drivers import ds3231  # noqa: PLC0415

        self._parts.rtc = ds3231.Ds3231(pins.RTC_I2C, pins.RTC_SDA, pins.RTC_SCL, pins.RTC_SQW)

    def _reader(self) -> None:
        import busio  # noqa: PLC0415

        from gate_station.drivers import pn532_reader  # noqa: PLC0415

        naps = bool(self._config.low_power)
        self._parts.reader = pn532_reader.Pn532Reader(
            busio.SPI(pins.NFC_SCK, MOSI=pins.NFC_MOSI, MISO=pins.NFC_MISO),
            pins.NFC_CS,
            pins.NFC_IRQ,
            pins.NFC_RSTPD,
            self._flags.reader,
            self._config.reader_on_ms if naps else 0,
            self._config.reader_off_ms if naps else 0,
        )

    def _radio(self) -> None:
        import busio  # noqa: PLC0415
        import digitalio  # noqa: PLC0415

        from gate_station.core import airplan  # noqa: PLC0415
        from gate_station.drivers import rfm9x_radio  # noqa: PLC0415

        plan = self._plan = airplan.Plan(self._config)
        self._config.problems.extend(plan.problems)
        radio: Any = rfm9x_radio.Rfm9xRadio(
            busio.SPI(pins.RADIO_SCK, MOSI=pins.RADIO_MOSI, MISO=pins.RADIO_MISO),
            digitalio.DigitalInOut(pins.RADIO_CS),
            digitalio.DigitalInOut(pins.RADIO_RST),
            pins.RADIO_DIO0,
            plan.region.frequency_khz,
            plan.settings.modem.spreading_factor,
            plan.power_dbm,
        )
        self._parts.radio = radio
