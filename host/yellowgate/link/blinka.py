"""A radio on this computer: an RFM95 on a Raspberry Pi's bonnet or behind an FT232H, through
Blinka and the unmodified Adafruit driver (extra `lora`).

It looks like the radio of a board (gate_station.ports.Radio), so that the base's own code works on
it: what is heard, what is said and when is decided there. Only sending blocks here: the chip cannot
listen meanwhile, and nobody taps on a laptop. There is no interrupt either: when a packet's end
came is known to lie between two looks at the chip.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from gate_wire.packet import HEADER_BYTES

from yellowgate.errors import GateError, PortError
from yellowgate.link.base import Moment, Reception
from yellowgate.link.hostclock import HostClock

SCHEME = "blinka:"
ADVICE = (
    "is it wired and SPI switched on? pip install 'yellowgate[lora]', BLINKA_FT232H=1 for an FT232H"
)
LOOK_S = 0.005  # between two looks at the chip
WAIT_US = 200_000  # a look for packets lasts so long
XMIT_TIMEOUT_S = 10.0  # SF12's longest packet takes 9.1 s
ALIVE_US = 1_000_000  # the chip is asked for its version so often
_MODEM_STATUS, _SIGNAL = 0x18, 0x0B  # SX1276: header valid, synchronised, detected
_VERSION_AT, _VERSION = 0x42, 0x12


@dataclass(frozen=True)
class Pins:
    """Names in Blinka's module `board`. Default: Adafruit's LoRa bonnet 4074."""

    cs: str = "CE1"
    reset: str = "D25"
    sck: str = "SCK"
    mosi: str = "MOSI"
    miso: str = "MISO"


def pins_of(url: str) -> Pins:
    """Of a port like "blinka:" or "blinka:cs=C0,reset=C1". Raises PortError."""
    known = [field.name for field in fields(Pins)]
    told: dict[str, str] = {}
    for part in filter(None, url.removeprefix(SCHEME).split(",")):
        name, _, value = part.partition("=")
        if name not in known or not value:
            raise PortError(
                f"{url}: {part!r} is not a pin; write {SCHEME}cs=C0,reset=C1 ({', '.join(known)})"
            )
        told[name] = value
    return Pins(**told)


class BlinkaRadio:
    """See gate_station.ports.Radio. chip: an adafruit_rfm9x.RFM9x.

    edge_us: by monotonic_us, the middle of when the last packet's end can have been; bound_us:
    half of that span.
    """

    def __init__(self, chip: Any, monotonic_us: Callable[[], int]) -> None:  # noqa: ANN401
        self._chip = chip
        self._monotonic_us = monotonic_us
        self.edge_us = -1
        self.bound_us = 0
        self._clear_us = self._alive_us = monotonic_us()  # at this moment nothing had come in

    def take(self) -> tuple[bytes, int, int] | None:
        """(packet, RSSI dBm, SNR dB) received since, or None. Raises OSError: no answer."""
        chip = self._chip
        looked_us = self._monotonic_us()
        if looked_us - self._alive_us > ALIVE_US:
            self._alive_us = looked_us
            if chip._read_u8(_VERSION_AT) != _VERSION:
                raise OSError("it does not answer any more")
        if not chip.rx_done():
            self._clear_us = looked_us
            return None
        now_us = self._monotonic_us()
        self.edge_us = (self._clear_us + now_us) // 2
        self.bound_us = (now_us - self._clear_us + 1) // 2
        data = chip.receive(with_header=True)
        self._clear_us = now_us
        if data is None:
            return None
        snr_db = int(chip.last_snr)
        return bytes(data), _rssi_dbm(int(chip.last_rssi) + 157, snr_db), snr_db

    def send(self, packet: bytes | bytearray) -> None:
        """Transmit, and listen again. Raises OSError when it does not end."""
        head, body = packet[:HEADER_BYTES], packet[HEADER_BYTES:]
        destination, node, identifier, flags = head
        is_sent = self._chip.send(
            body,
            keep_listening=True,
            destination=destination,
            node=node,
            identifier=identifier,
            flags=flags,
        )
        self.edge_us = self._clear_us = self._monotonic_us()
        if not is_sent:
            raise OSError("a packet did not go out")

    def busy(self) -> bool:
        """send() returns when all is said."""
        return False

    def hearing(self) -> bool:
        """Is a packet just coming in?"""
        return bool(self._chip._read_u8(_MODEM_STATUS) & _SIGNAL)

    def abandon(self) -> None:
        """Nothing to abandon."""

    def fault(self) -> str:
        """ "silent" when the chip does not say which one it is, else ""."""
        return "" if self.probe() == "ok" else "silent"

    def probe(self) -> str:
        """ "ok", or "silent": the chip does not say which one it is."""
        return "ok" if self._chip._read_u8(_VERSION_AT) == _VERSION else "silent"


def _rssi_dbm(raw: int, snr_db: int) -> int:
    """SX1276 datasheet 5.5.5 for the high band: the driver leaves out the two corrections."""
    return raw - 157 + snr_db if snr_db < 0 else raw * 16 // 15 - 157


def _pin(board: object, name: str) -> Any:  # noqa: ANN401 - Blinka's
    found = getattr(board, name, None)
    if found is None:
        raise LookupError(f"by Blinka there is no pin {name} here")
    return found


def open_radio(
    pins: Pins,
    frequency_khz: int,
    spreading_factor: int,
    power_dbm: int,
    monotonic_us: Callable[[], int],
) -> BlinkaRadio:
    """The radio on this computer's pins. Raises PortError when there is none."""
    try:
        board = importlib.import_module("board")
        busio = importlib.import_module("busio")
        digitalio = importlib.import_module("digitalio")
        driver = importlib.import_module("adafruit_rfm9x")
        pin = {name: _pin(board, value) for name, value in vars(pins).items()}
        spi = busio.SPI(pin["sck"], MOSI=pin["mosi"], MISO=pin["miso"])
        cs = digitalio.DigitalInOut(pin["cs"])
        reset = digitalio.DigitalInOut(pin["reset"])
        chip = driver.RFM9x(spi, cs, reset, frequency_khz / 1000)
        chip.spreading_factor = spreading_factor
        chip.low_datarate_optimize = 1 if spreading_factor > 10 else 0  # datasheet 4.1.1.6
        chip.tx_power = power_dbm
        chip.xmit_timeout = XMIT_TIMEOUT_S
        chip.receive_timeout = None  # receive() takes what is there and does not wait
        chip.listen()
    except Exception as error:  # Blinka raises whatever the platform raises
        raise PortError(f"no radio on this computer ({error}); {ADVICE}") from error
    return BlinkaRadio(chip, monotonic_us)


Forward = Callable[[bytes, int, int, int], object]
"""What core.base.Base hears: packet, RSSI in dBm, SNR in dB, by this computer's uptime in us."""

Built = tuple[Callable[[int], bool], Callable[[bytes], object]]
"""step(now_ms) of core.airdesk.AirDesk, True when the radio is in use; say of core.base.Base."""


class OwnBase:
    """See link.base.Base. build: makes a base that forwards."""

    def __init__(
        self,
        radio: BlinkaRadio,
        clock: HostClock,
        build: Callable[[Forward], Built],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._radio = radio
        self._clock = clock
        self._sleep = sleep
        self._found: list[Reception] = []
        self._step, self._say = build(self._forward)

    def _forward(self, data: bytes, rssi_dbm: int, snr_db: int, uptime_us: int) -> None:
        bound_us = self._radio.bound_us

        def received() -> Moment:
            ago_us = self._clock.monotonic_us() - uptime_us
            return self._clock.utc_us() - ago_us, bound_us

        self._found.append(Reception(data, rssi_dbm, snr_db, received))

    def hear(self) -> list[Reception]:
        """See Base."""
        until_us = self._clock.monotonic_us() + WAIT_US
        try:
            while not self._found and self._clock.monotonic_us() < until_us:
                if not self._step(self._clock.monotonic_us() // 1000):
                    self._sleep(LOOK_S)
        except GateError:
            raise
        except Exception as error:  # as in open_radio: whatever the platform raises
            raise PortError(f"the radio on this computer has gone ({error}); {ADVICE}") from error
        found, self._found = self._found, []
        return found

    def say(self, data: bytes) -> None:
        """See Base."""
        self._say(data)
