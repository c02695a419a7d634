"""A radio on this computer: an RFM95 on a Raspberry Pi's bonnet or behind an FT232H, through
Blinka and the unmodified Adafruit driver (extra `lora`).

The same packets as a base on USB hears, the same law: the ledger is asked before each answer.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from gate_wire import packet

from yellowgate.errors import PortError

CHIP_SELECT = "CE1"  # of Adafruit's bonnet 4074; an FT232H wants C0 and C1
RESET = "D25"
ADVICE = "pip install 'yellowgate[lora]', SPI switched on, BLINKA_FT232H=1 for an FT232H"


class BlinkaRadio:
    """receive() and send() of whole packets, RadioHead's four bytes included.

    chip: an adafruit_rfm9x.RFM9x. allow(length): may a packet of this length be sent now? (it
    books the airtime).
    """

    def __init__(self, chip: Any, allow: Callable[[int], bool]) -> None:  # noqa: ANN401
        self._chip = chip
        self._allow = allow

    def receive(self, timeout_s: float) -> tuple[bytes, int, int] | None:
        """(packet, RSSI dBm, SNR dB), None when none came in this time."""
        data = self._chip.receive(timeout=timeout_s, with_header=True)
        if data is None:
            return None
        return bytes(data), int(self._chip.last_rssi), int(self._chip.last_snr)

    def send(self, data: bytes) -> bool:
        """Transmit an answer; False when the law says wait: the station asks again."""
        if not self._allow(len(data)):
            return False
        head, body = data[: packet.HEADER_BYTES], data[packet.HEADER_BYTES :]
        destination, node, identifier, flags = head
        return bool(
            self._chip.send(
                body,
                keep_listening=True,
                destination=destination,
                node=node,
                identifier=identifier,
                flags=flags,
            )
        )


def open_radio(
    frequency_khz: int,
    spreading_factor: int,
    power_dbm: int,
    allow: Callable[[int], bool],
    select: str = CHIP_SELECT,
    reset: str = RESET,
) -> BlinkaRadio:
    """The radio on this computer's pins. Raises PortError when there is none."""
    try:
        board = importlib.import_module("board")
        busio = importlib.import_module("busio")
        digitalio = importlib.import_module("digitalio")
        driver = importlib.import_module("adafruit_rfm9x")
        spi = busio.SPI(board.SCK, MOSI=board.MOSI, MISO=board.MISO)
        cs = digitalio.DigitalInOut(getattr(board, select))
        reset_pin = digitalio.DigitalInOut(getattr(board, reset))
        chip = driver.RFM9x(spi, cs, reset_pin, frequency_khz / 1000)
    except Exception as error:  # Blinka raises whatever the platform raises
        raise PortError(f"no radio on this computer ({error}); {ADVICE}") from error
    chip.spreading_factor = spreading_factor
    chip.low_datarate_optimize = 1 if spreading_factor > 10 else 0
    chip.tx_power = power_dbm
    chip.xmit_timeout = 4.0  # SF12's longest packet
    chip.listen()
    return BlinkaRadio(chip, allow)
