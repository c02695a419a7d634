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
from gate_station.core import clock, config, parts, server, signals, station
from gate_station.drivers import flash, watchdog


class Pico:
    """A station on a Pico.

    aio: see ports.Aio. console: see ports.Console, None for no host. open_file: the builtin open
    or its like. watch: start the watchdog (it cannot be stopped any more).
    """

    def __init__(self, aio, console=None, open_file=open, watch: bool = True) -> None:  # noqa: ANN001
        self.config = config.load(open_file)
        self.flags = tasks.Flags(aio)
        self.parts = parts.Parts()
        self.open_file = open_file
        self.device = _flash()
        self.log = _open_log(self.device)
        self._find_parts()
        if console is not None:
            console.flag = self.flags.console
            self.parts.console = console
        self.clock = clock.StationClock(
            utime, self.parts.rtc, _utc_min_ms(self.log), utime.ticks_ms
        )
        cause = bodies.CAUSE_WATCHDOG if watchdog.was_cause() else bodies.CAUSE_POWER
        self.station = station.Station(
            self.config, self.log, self.clock, self.parts, cause, machine.unique_id()
        )
        self.player = signals.Player()
        self.air = self._air()
        self.server = server.Server(
            self.station,
            doctor=self._doctor,
            identify=self._identify,
            new_log=self._new_log if self.device is not None else None,
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

    def _find(self, name: str, build) -> None:  # noqa: ANN001
        if name in self.config.off:
            return
        try:
            build()
        except (OSError, RuntimeError, ValueError, ImportError):
            # RuntimeError is what the Adafruit drivers raise when no chip answers.
            self.parts.missing.append(name)

    def _button(self) -> None:
        from gate_station.drivers import button  # noqa: PLC0415

        self.parts.button = button.Button(
            pins.BUTTON, self.flags.button, self.config.debounce_ms
        )

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
        from gate_station.core import airdesk  # noqa: PLC0415
        from gate_station.drivers import rfm9x_radio  # noqa: PLC0415

        plan = airdesk.Plan(self.config)
        self.parts.radio = rfm9x_radio.build(pins, plan, self.flags.radio)

    # What the station is handed

    def _air(self):  # noqa: ANN202
        if self.parts.radio is None:
            return None
        from gate_station.core import airdesk  # noqa: PLC0415

        forward = None
        if self.config.role == kinds.BASE:
            forward = self._forward
        return airdesk.Air(airdesk.Plan(self.config), self.parts.radio, self.station, forward)

    def _forward(self, packet: bytes, rssi_dbm: int, snr_db: int, uptime_us: int) -> None:
        self.server.heard(packet, rssi_dbm, snr_db, uptime_us)
        self.flags.console.set()

    def _radio_out(self):  # noqa: ANN202
        if self.air is None or self.air.base is None:
            return None
        return self._say

    def _say(self, packet: bytes) -> None:
        self.air.base.say(packet)
        self.flags.radio.set()

    def _identify(self) -> None:
        self.shell.play(signals.IDENTIFY)

    def _doctor(self) -> str:
        from gate_station.core import doctor  # noqa: PLC0415 - rarely asked for

        return doctor.report(self.station, pins, self.shell.failures)

    def _new_log(self, log_id: bytes, first_key: bytes) -> None:
        from gate_station.core import reserve  # noqa: PLC0415

        reserve.renew(self.device, self.log, log_id, first_key, self._still_alive)

    def _still_alive(self) -> None:
        if self.parts.watchdog is not None:
            self.parts.watchdog.feed()

    def _greet(self) -> None:
        is_whole = not self.parts.missing and self.log is not None
        self.shell.play(signals.BOOT_OK if is_whole else signals.PART_MISSING)


def _flash():  # noqa: ANN202
    try:
        return flash.device()
    except OSError:
        return None


def _open_log(device):  # noqa: ANN001, ANN202
    """The newest log on the flash, None when none was reserved."""
    if device is None:
        return None
    from gate_station.core import log, reserve  # noqa: PLC0415

    found = reserve.scan(device)
    if not found:
        return None
    return log.Log(device, found[-1].blocks, found[-1].log_id)


def _utc_min_ms(log) -> int:  # noqa: ANN001
    return log.last_utc_ms if log is not None else 0


def _collector():  # noqa: ANN202
    """Memory is collected while nobody waits; CPython sees to that by itself."""
    if sys.implementation.name != "micropython":
        return None
    import gc  # noqa: PLC0415

    return gc.collect
