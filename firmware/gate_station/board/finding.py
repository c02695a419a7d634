"""Which parts hang on which pins: looked for once, at the start.

Every part may be missing: it is named in Parts.missing, and lived without. What is switched off
in station.json ("parts": {"radio": false}) is not even looked for, nor is its driver loaded.
"""

from gate_wire import kinds

from gate_station.board import pins

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable
    from typing import Any

    from gate_station.core.airdesk import Plan
    from gate_station.core.parts import Parts
    from gate_station.core.settings import Config
    from gate_station.tasks import Flags


class Finding:
    """config: what the station was told. parts: where what is found goes."""

    def __init__(self, config: "Config", flags: "Flags", parts: "Parts") -> None:
        self.config = config
        self.flags = flags
        self.parts = parts
        self.plan: "Plan | None" = None

    def find_all(self) -> "Plan | None":
        """Look for every part; returns the radio's plan if one was looked for."""
        self._find("button", self._button)
        self._find("leds", self._leds)
        self._find("buzzer", self._buzzer)
        self._find("battery", self._battery)
        self._find("rtc", self._rtc)
        if self.config.role != kinds.BASE:
            self._find("reader", self._reader)
        if self.config.radio_key or self.config.role == kinds.BASE:
            self._find("radio", self._radio)
        return self.plan

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

        plan = self.plan = airdesk.Plan(self.config)
        self.config.problems.extend(plan.problems)
        radio: Any = rfm9x_radio.Rfm9xRadio(
            busio.SPI(pins.RADIO_SCK, MOSI=pins.RADIO_MOSI, MISO=pins.RADIO_MISO),
            digitalio.DigitalInOut(pins.RADIO_CS),
            digitalio.DigitalInOut(pins.RADIO_RST),
            pins.RADIO_DIO0,
            plan.region.frequency_khz,
            plan.settings.modem.spreading_factor,
            plan.power_dbm,
        )
        self.parts.radio = radio
