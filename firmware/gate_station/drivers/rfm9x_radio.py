"""The radio: an RFM95 through Adafruit's driver, without ever waiting for it.

Adafruit's class sets the chip up and takes packets from it; only its send() is left aside, since
it waits up to 2.6 s for the end of a packet at SF12. Register names and sections are those of the
SX1276 datasheet, revision 7.
"""

import machine
import utime
from adafruit_rfm9x import RFM9x

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from busio import SPI
    from digitalio import DigitalInOut

_REG_FIFO = 0x00
_REG_FRF_MSB = 0x06
_REG_FIFO_ADDR_PTR = 0x0D
_REG_IRQ_FLAGS = 0x12
_REG_MODEM_STAT = 0x18
_REG_PAYLOAD_LENGTH = 0x22
_REG_VERSION = 0x42

_SIGNAL = 0x0B  # header valid, synchronised, detected (RegModemStat)
_VERSION = 0x12
_POLL_MS = 500  # the flags are looked at so often even if DIO0 says nothing: it may be cut
_PACKET_BYTES_MIN = 5


class _Chip(RFM9x):
    """Adafruit's driver with a send that returns at once."""

    def set_channel(self, frequency_khz: int, spreading_factor: int) -> None:
        """In whole numbers: a 32-bit float misses the frequency by some steps."""
        self.idle()
        frf = frequency_khz * 16384 // 1000  # 4.1.4: 2**19 / 32 MHz
        for at in range(3):
            self._write_u8(_REG_FRF_MSB + at, frf >> (16 - 8 * at) & 0xFF)
        # Its annotation wants a literal.
        self.spreading_factor = spreading_factor  # pyright: ignore[reportAttributeAccessIssue]
        self.low_datarate_optimize = 1 if spreading_factor > 10 else 0  # 4.1.1.6, at 125 kHz

    def begin(self, packet: bytes | bytearray) -> None:
        """Start transmitting; DIO0 rises when it is over. 4.1.6: FIFO in standby, then TX."""
        self.idle()
        self.clear()
        self._write_u8(_REG_FIFO_ADDR_PTR, 0)
        self._write_from(_REG_FIFO, packet)
        self._write_u8(_REG_PAYLOAD_LENGTH, len(packet))
        self.transmit()

    def clear(self) -> None:
        """All interrupt flags."""
        self._write_u8(_REG_IRQ_FLAGS, 0xFF)

    def set_fifo_bases(self) -> None:
        """The whole FIFO for either direction."""
        self._write_u8(0x0E, 0)
        self._write_u8(0x0F, 0)

    def modem_status(self) -> int:
        """RegModemStat."""
        return self._read_u8(_REG_MODEM_STAT)

    def version(self) -> int:
        """RegVersion: 0x12."""
        return self._read_u8(_REG_VERSION)


class Rfm9xRadio:
    """See ports.Radio. spi, cs, reset: of the shims. dio0: GP number.

    Packets carry RadioHead's four bytes in front. edge_us: ticks_us at which the last packet had
    come in or was out, taken in the interrupt; -1: DIO0 said nothing. Raises OSError when there is
    no chip.
    """

    def __init__(
        self,
        spi: "SPI",
        cs: "DigitalInOut",
        reset: "DigitalInOut",
        dio0: int,
        frequency_khz: int,
        spreading_factor: int,
        power_dbm: int,
    ) -> None:
        try:
            self._chip = _Chip(spi, cs, reset, frequency_khz // 1000)
        except RuntimeError as error:
            raise OSError("radio: %s" % error) from error
        self._settings = (frequency_khz, spreading_factor, power_dbm)
        self.edge_us = -1
        self._has_edge = False
        self._is_sending = False
        self._is_silent = False  # a packet was in or out, and DIO0 had not risen
        self._polled_ms = utime.ticks_ms()
        self.damaged = 0
        self._pin = machine.Pin(dio0, machine.Pin.IN)
        self._pin.irq(self._on_edge, machine.Pin.IRQ_RISING, hard=True)
        self._set_up()

    def _on_edge(self, _pin: machine.Pin) -> None:
        # Hard interrupt: a small integer and a constant, nothing is allocated.
        self.edge_us = utime.ticks_us()
        self._has_edge = True

    def _set_up(self) -> None:
        frequency_khz, spreading_factor, power_dbm = self._settings
        chip = self._chip
        chip.set_channel(frequency_khz, spreading_factor)
        chip.tx_power = power_dbm
        # receive() then takes what is there and does not wait; the driver itself asks for None.
        chip.receive_timeout = None  # pyright: ignore[reportAttributeAccessIssue]
        chip.listen()
        chip.clear()

    def send(self, packet: bytes | bytearray) -> None:
        """Start transmitting; busy() tells when it is over."""
        self._is_sending = True
        self._has_edge = False
        self._chip.begin(packet)

    def busy(self) -> bool:
        """Is a transmission under way? The first no makes the chip listen again."""
        if not self._is_sending:
            return False
        if not self._is_due() or not self._chip.tx_done():
            return True
        self._note_edge()
        self._listen()
        return False

    def abandon(self) -> None:
        """The end of a transmission never came: reset the chip and set it up anew."""
        self._is_sending = False
        self._chip.reset()
        if self._chip.version() != _VERSION:
            raise OSError("radio: no answer")
        self._chip.sleep()
        self._chip.long_range_mode = True
        self._chip.low_frequency_mode = 0
        self._chip.idle()
        self._chip.signal_bandwidth = 125_000
        self._chip.coding_rate = 5
        self._chip.enable_crc = True
        self._chip.set_fifo_bases()
        self._set_up()

    def take(self) -> tuple[bytes, int, int] | None:
        """(packet, RSSI dBm, SNR dB) received since, or None."""
        if self._is_sending or not self._is_due():
            return None
        chip = self._chip
        if not chip.rx_done():
            if chip.version() != _VERSION:
                raise OSError("radio: no answer")
            return None
        self._note_edge()
        self._has_edge = False
        errors = chip.crc_error_count
        packet = chip.receive(with_header=True)
        self.damaged += chip.crc_error_count - errors
        if packet is None or len(packet) < _PACKET_BYTES_MIN:
            return None
        snr_db = int(chip.last_snr)
        return bytes(packet), _rssi_dbm(int(chip.last_rssi) + 157, snr_db), snr_db

    def hearing(self) -> bool:
        """Is a packet just coming in?"""
        return not self._is_sending and self._chip.modem_status() & _SIGNAL != 0

    def probe(self) -> str:
        """For the doctor: "ok"; "silent": the chip does not answer; "no irq": it does, but DIO0
        did not rise for the last packet.
        """
        if self._chip.version() != _VERSION:
            return "silent"
        return "no irq" if self._is_silent else "ok"

    def _note_edge(self) -> None:
        """A packet is in or out: did DIO0 say so?"""
        self._is_silent = not self._has_edge
        if self._is_silent:
            self.edge_us = -1

    def _is_due(self) -> bool:
        """Did DIO0 rise, or is it time to look without it?"""
        if self._has_edge:
            return True
        now_ms = utime.ticks_ms()
        if utime.ticks_diff(now_ms, self._polled_ms) < _POLL_MS:
            return False
        self._polled_ms = now_ms
        return True

    def _listen(self) -> None:
        self._is_sending = False
        self._has_edge = False
        self._chip.listen()
        self._chip.clear()


def _rssi_dbm(raw: int, snr_db: int) -> int:
    """5.5.5 for the high band: the driver leaves out the two corrections."""
    if snr_db < 0:
        return raw - 157 + snr_db
    return raw * 16 // 15 - 157
