"""The radio: an RFM95 through Adafruit's driver, without ever waiting for it.

Adafruit's class sets the chip up and has its modes; its send() is left aside, since it waits up to
2.6 s for the end of a packet at SF12, and its receive(), most of which is for acknowledgements.
Register names and sections are those of the SX1276 datasheet, revision 7.
"""

import machine
import utime
from adafruit_rfm9x import RFM9x

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from busio import SPI
    from digitalio import DigitalInOut

_REG_FIFO = 0x00
_REG_OP_MODE = 0x01
_REG_FRF_MSB = 0x06
_REG_FIFO_ADDR_PTR = 0x0D
_REG_FIFO_RX_CURRENT_ADDR = 0x10
_REG_IRQ_FLAGS = 0x12
_REG_RX_NB_BYTES = 0x13
_REG_MODEM_STAT = 0x18
_REG_PAYLOAD_LENGTH = 0x22
_REG_PKT_SNR_VALUE = 0x19
_REG_PKT_RSSI_VALUE = 0x1A
_REG_VERSION = 0x42

_SIGNAL = 0x0B  # header valid, synchronised, detected (RegModemStat)
_VERSION = 0x12
_RECEIVING = 0x85  # RegOpMode: LoRa, high band, continuous reception
_EDGES_MASK = 0xFFFFFF
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

    def packet(self) -> bytearray | None:
        """What came in (4.1.6), None when its CRC is wrong. Standby follows."""
        self.idle()
        if self.crc_error():
            return None
        self._write_u8(_REG_FIFO_ADDR_PTR, self._read_u8(_REG_FIFO_RX_CURRENT_ADDR))
        data = bytearray(self._read_u8(_REG_RX_NB_BYTES))
        self._read_into(_REG_FIFO, data)
        return data

    def clear(self) -> None:
        """All interrupt flags."""
        self._write_u8(_REG_IRQ_FLAGS, 0xFF)

    def register(self, address: int) -> int:
        """What stands in it."""
        return self._read_u8(address)


class Rfm9xRadio:
    """See ports.Radio. spi, cs, reset: of the shims. dio0: GP number.

    Packets carry RadioHead's four bytes in front. edge_us: ticks_us at which the last packet had
    come in or was out, taken in the interrupt; -1: DIO0 did not tell, or not that alone. A chip
    that is not there, or has lost its settings, raises OSError until abandon() finds it again.
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
        self._wires = (spi, cs, reset)
        self._chip: _Chip | None = None
        self._settings = (frequency_khz, spreading_factor, power_dbm)
        self.edge_us = -1
        self._tick_us = 0  # of the last edge
        self._edges = 0
        self._seen = 0  # of these edges it is known what they were
        self._is_noisy = False  # the last edge told of no packet
        self._is_sending = False
        self._is_silent = False  # a packet was in or out, and DIO0 had not risen for it alone
        self._fault = ""
        self._polled_ms = utime.ticks_ms()
        self.damaged = 0
        self._pin = machine.Pin(dio0, machine.Pin.IN)
        self._pin.irq(self._on_edge, machine.Pin.IRQ_RISING, hard=True)
        try:
            self._begin()
        except OSError:
            pass

    def _on_edge(self, _pin: machine.Pin) -> None:
        # Hard interrupt: small integers and a constant, nothing is allocated.
        self._tick_us = utime.ticks_us()
        self._edges = (self._edges + 1) & _EDGES_MASK

    def _begin(self) -> None:
        """Reset the chip, wherever it is, and set it up. Raises OSError when it is not there."""
        self._is_sending = False
        self._fault = "silent"
        spi, cs, reset = self._wires
        frequency_khz, spreading_factor, power_dbm = self._settings
        try:
            chip = self._chip = _Chip(spi, cs, reset, frequency_khz // 1000)
        except (RuntimeError, ValueError) as error:
            raise OSError("radio: %s" % error) from error
        chip.seen_ids = bytearray()  # 256 bytes for acknowledgements that are not used here
        chip.set_channel(frequency_khz, spreading_factor)
        chip.tx_power = power_dbm
        self._listen(chip)
        if chip.register(_REG_OP_MODE) != _RECEIVING:
            raise OSError("radio: does not keep its settings")
        self._fault = ""

    def _there(self) -> _Chip:
        if self._chip is None:
            raise OSError("radio: no answer")
        return self._chip

    def send(self, packet: bytes | bytearray) -> None:
        """Start transmitting; busy() tells when it is over."""
        chip = self._there()
        self._is_sending = True
        chip.begin(packet)
        self._seen = self._edges

    def busy(self) -> bool:
        """Is a transmission under way? The first no makes the chip listen again."""
        if not self._is_sending:
            return False
        chip = self._there()
        edges = self._edges  # a later one may be that of the packet that is only just out
        if not self._is_due():
            return True
        if not chip.tx_done():
            self._note_noise(edges)
            return True
        self._note_edge()
        self._fault = ""
        self._is_sending = False
        self._listen(chip)
        return False

    def abandon(self) -> None:
        """The end of a transmission never came, or the chip did not answer: reset it and set it
        up anew.
        """
        was_sending = self._is_sending
        self._begin()
        if was_sending:
            self._fault = "mute"

    def take(self) -> tuple[bytes, int, int] | None:
        """(packet, RSSI dBm, SNR dB) received since, or None."""
        chip = self._there()
        edges = self._edges
        if self._is_sending or not self._is_due():
            return None
        if not chip.rx_done():
            self._note_noise(edges)
            self._check(chip)
            return None
        self._note_edge()
        quarters = chip.register(_REG_PKT_SNR_VALUE)  # of a dB; cut off
        snr_db = quarters >> 2 if quarters < 128 else -(256 - quarters >> 2)
        rssi_dbm = _rssi_dbm(chip.register(_REG_PKT_RSSI_VALUE), snr_db)
        packet = chip.packet()
        self._listen(chip)
        if packet is None:
            self.damaged += 1
        if packet is None or len(packet) < _PACKET_BYTES_MIN:
            self._check(chip)  # a data line that is stuck looks like packets without end
            return None
        return bytes(packet), rssi_dbm, snr_db

    def hearing(self) -> bool:
        """Is a packet just coming in?"""
        return not self._is_sending and self._there().register(_REG_MODEM_STAT) & _SIGNAL != 0

    def fault(self) -> str:
        """ "silent": it does not answer, or not as it was set up; "mute": the last transmission
        did not end; "": neither, as far as is known.
        """
        return self._fault

    def probe(self) -> str:
        """For the doctor: "ok"; "silent": the chip does not answer; "no irq": it does, but DIO0
        did not rise for the last packet; "mute": the last transmission did not end.
        """
        if self._chip is None or self._chip.register(_REG_VERSION) != _VERSION:
            return "silent"
        return self._fault or ("no irq" if self._is_silent else "ok")

    def _check(self, chip: _Chip) -> None:
        """Does it still do what it was told? A chip that lost its supply for a moment does not."""
        if chip.register(_REG_OP_MODE) != _RECEIVING:
            self._fault = "silent"
            raise OSError("radio: no answer")

    def _note_noise(self, edges: int) -> None:
        """There is no packet: what edges there were told of none."""
        if edges != self._seen:
            self._seen = edges
            self._is_noisy = True

    def _note_edge(self) -> None:
        """A packet is in or out: did DIO0 say so, and nothing else?"""
        is_one = (self._edges - self._seen) & _EDGES_MASK == 1 and self._pin.value() == 1
        is_own = is_one and not self._is_noisy
        self._is_silent = not is_own
        self._is_noisy = not is_one
        self.edge_us = self._tick_us if is_own else -1

    def _is_due(self) -> bool:
        """Did DIO0 rise, or is it time to look without it?"""
        if self._edges != self._seen:
            return True
        now_ms = utime.ticks_ms()
        if utime.ticks_diff(now_ms, self._polled_ms) < _POLL_MS:
            return False
        self._polled_ms = now_ms
        return True

    def _listen(self, chip: _Chip) -> None:
        chip.listen()
        chip.clear()
        self._seen = self._edges


def _rssi_dbm(raw: int, snr_db: int) -> int:
    """5.5.5 for the high band: the driver leaves out the two corrections."""
    if snr_db < 0:
        return raw - 157 + snr_db
    return raw * 16 // 15 - 157
