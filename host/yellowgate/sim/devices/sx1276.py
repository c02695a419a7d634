"""An SX1276 in LoRa mode, at register level (Semtech datasheet, revision 7; RFM95 module).

Modelled: SPI with bursts (2.2), the operating modes and that LoRa is chosen in sleep (4.1.2), the
FIFO with its pointers (4.1.2.3), IRQ flags and DIO0 (4.1.3, table 18), explicit header with
payload CRC, modem status, SNR and RSSI of the packet (5.5.5), frequency error, reset by its pin
(7.2.2: 100 us low, 5 ms until it answers).

Not modelled: FSK, implicit header, CAD, frequency hopping, DIO1 to DIO5, single reception's
timeout (it listens as continuous reception does), currents.

Runs on CPython and on MicroPython. What is on the air is air.py's matter.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from yellowgate.sim.devices.air import Air
    from yellowgate.sim.devices.world import Line, World

FIFO = 0x00
OP_MODE = 0x01
FRF = 0x06
PA_CONFIG = 0x09
FIFO_ADDR_PTR = 0x0D
FIFO_TX_BASE = 0x0E
FIFO_RX_BASE = 0x0F
FIFO_RX_CURRENT = 0x10
IRQ_FLAGS_MASK = 0x11
IRQ_FLAGS = 0x12
RX_NB_BYTES = 0x13
RX_PACKET_CNT = 0x16
MODEM_STAT = 0x18
PKT_SNR = 0x19
PKT_RSSI = 0x1A
RSSI = 0x1B
MODEM_CONFIG_1 = 0x1D
MODEM_CONFIG_2 = 0x1E
PREAMBLE = 0x20
PAYLOAD_LENGTH = 0x22
MODEM_CONFIG_3 = 0x26
FEI = 0x28
SYNC_WORD = 0x39
DIO_MAPPING_1 = 0x40
VERSION = 0x42
PA_DAC = 0x4D

SLEEP = 0
STANDBY = 1
FS_TX = 2
TX = 3
FS_RX = 4
RX = 5
RX_SINGLE = 6
CAD = 7

RX_DONE = 0x40
CRC_ERROR = 0x20
VALID_HEADER = 0x10
TX_DONE = 0x08

# Table 41 and 6.4: what the registers hold after reset, where it is not 0.
_RESET = (
    (OP_MODE, 0x09),
    (FRF, 0x6C),
    (FRF + 1, 0x80),
    (PA_CONFIG, 0x4F),
    (0x0A, 0x09),
    (0x0B, 0x2B),
    (0x0C, 0x20),
    (FIFO_TX_BASE, 0x80),
    (MODEM_CONFIG_1, 0x72),
    (MODEM_CONFIG_2, 0x70),
    (0x1F, 0x64),
    (PREAMBLE + 1, 0x08),
    (PAYLOAD_LENGTH, 0x01),
    (0x23, 0xFF),
    (0x31, 0xC3),
    (0x33, 0x27),
    (0x37, 0x0A),
    (SYNC_WORD, 0x12),
    (VERSION, 0x12),
    (PA_DAC, 0x84),
)
_READ_ONLY = (FIFO_RX_CURRENT, RX_NB_BYTES, MODEM_STAT, PKT_SNR, PKT_RSSI, RSSI, VERSION)
_BANDWIDTHS_HZ = (7800, 10400, 15600, 20800, 31250, 41700, 62500, 125_000, 250_000, 500_000)

RESET_US_MIN = 100
START_US = 5000
NOISE_DBM = -117  # -174 + 10 log10(125 kHz) + 6 dB of the receiver


class Sx1276:
    """world: time. air: of air.py. cs, reset, dio0: its lines. ppm: of its crystal.

    is_absent: nobody answers on the bus, the line floats.
    """

    def __init__(
        self, world: "World", air: "Air", cs: "Line", reset: "Line", dio0: "Line", ppm: int = 0
    ) -> None:
        self.cs = cs
        self.ppm = ppm
        self.is_absent = False
        self.received = 0
        self.transmitted = 0
        self.short_resets = 0  # pulses too short for the chip
        self._world = world
        self._air = air
        self._reset = reset
        self._dio0 = dio0
        self._low_us = -1
        self._ready_us = 0
        self._address = -1
        self._registers = bytearray(0x80)
        self._fifo = bytearray(256)
        self._restart()
        cs.on_change(self._on_cs)
        reset.on_change(self._on_reset)
        air.attach(self)

    # SPI (2.2): address byte, its top bit says write; the address rises except at the FIFO.

    def _on_cs(self, _level: int) -> None:
        self._address = -1
        self._is_write = False

    def exchange(self, out: bytes | None, count: int) -> bytes:
        """See board.SpiDevice."""
        if self.is_absent or self._low_us >= 0 or self._world.now_us < self._ready_us:
            return b"\xff" * count
        reply = bytearray(count)
        for at in range(count):
            byte = out[at] if out is not None else 0
            if self._address < 0:
                self._is_write = byte & 0x80 != 0
                self._address = byte & 0x7F
                continue
            if self._is_write:
                self._write(self._address, byte)
            else:
                reply[at] = self._read(self._address)
            if self._address != FIFO:
                self._address = (self._address + 1) & 0x7F
        return bytes(reply)

    def _read(self, address: int) -> int:
        if address == FIFO:
            if self.mode == SLEEP:
                return 0
            pointer = self._registers[FIFO_ADDR_PTR]
            self._registers[FIFO_ADDR_PTR] = (pointer + 1) & 0xFF
            return self._fifo[pointer]
        if address == MODEM_STAT:
            return self._air.modem_status(self)
        return self._registers[address]

    def _write(self, address: int, value: int) -> None:
        registers = self._registers
        if address == FIFO:
            if self.mode != SLEEP:
                pointer = registers[FIFO_ADDR_PTR]
                self._fifo[pointer] = value
                registers[FIFO_ADDR_PTR] = (pointer + 1) & 0xFF
        elif address == OP_MODE:
            self._change_mode(value)
        elif address == IRQ_FLAGS:
            registers[IRQ_FLAGS] &= ~value & 0xFF  # writing a 1 clears
            self._drive_dio0()
        elif address not in _READ_ONLY:
            registers[address] = value
            if address == DIO_MAPPING_1:
                self._drive_dio0()

    # Modes (4.1.2)

    @property
    def now_us(self) -> int:
        """The time of its board's world, which may be some ms ahead of the air's."""
        return self._world.now_us

    @property
    def mode(self) -> int:
        """SLEEP, STANDBY, TX, RX ..."""
        return self._registers[OP_MODE] & 7

    def is_still(self, op_mode: int, flags: int) -> bool:
        """It answers, is in this mode, and none of these interrupt flags is set."""
        registers = self._registers
        return (
            registers[OP_MODE] == op_mode
            and not registers[IRQ_FLAGS] & flags
            and not self.is_absent
            and self._low_us < 0
        )

    @property
    def is_lora(self) -> bool:
        """In LoRa mode?"""
        return self._registers[OP_MODE] & 0x80 != 0

    @property
    def is_listening(self) -> bool:
        """Would it hear something now?"""
        return self.is_lora and self.mode in (RX, RX_SINGLE)

    def _change_mode(self, value: int) -> None:
        before = self.mode
        if before != SLEEP:  # LongRangeMode can be modified only in sleep
            value = value & 0x7F | self._registers[OP_MODE] & 0x80
        self._registers[OP_MODE] = value
        after = value & 7
        if after == before:
            return
        self._air.stop(self)
        if not self.is_lora:
            return
        if after == TX:
            self._transmit()
        elif after in (RX, RX_SINGLE):
            self._registers[FIFO_RX_CURRENT] = self._registers[FIFO_RX_BASE]
        elif after == SLEEP:
            for at in range(256):
                self._fifo[at] = 0  # 4.1.2.3: cleared when put to sleep

    def _restart(self) -> None:
        for at in range(len(self._registers)):
            self._registers[at] = 0
        for address, value in _RESET:
            self._registers[address] = value
        self._is_write = False
        self._drive_dio0()

    def _on_reset(self, level: int) -> None:
        now_us = self._world.now_us
        if not level:
            self._low_us = now_us
            return
        if self._low_us < 0:
            return
        if now_us - self._low_us >= RESET_US_MIN:
            self._air.stop(self)
            self._restart()
            self._ready_us = now_us + START_US
        else:
            self.short_resets += 1
        self._low_us = -1

    # Settings as the air needs them

    @property
    def frequency_hz(self) -> int:
        """4.1.4: Frf x 32 MHz / 2**19, with the crystal's error."""
        frf = self._registers[FRF] << 16 | self._registers[FRF + 1] << 8 | self._registers[FRF + 2]
        nominal_hz = frf * 15625 // 256
        return nominal_hz + nominal_hz // 1000 * self.ppm // 1000

    @property
    def spreading_factor(self) -> int:
        """7 to 12."""
        return self._registers[MODEM_CONFIG_2] >> 4

    @property
    def bandwidth_hz(self) -> int:
        """Of the channel."""
        return _BANDWIDTHS_HZ[min(self._registers[MODEM_CONFIG_1] >> 4, 9)]

    @property
    def coding_rate(self) -> int:
        """Denominator: 5 to 8."""
        return (self._registers[MODEM_CONFIG_1] >> 1 & 7) + 4

    @property
    def has_crc(self) -> bool:
        """Does it send and check a CRC?"""
        return self._registers[MODEM_CONFIG_2] & 4 != 0

    @property
    def low_rate(self) -> bool:
        """Low data rate optimisation: both ends must agree."""
        return self._registers[MODEM_CONFIG_3] & 8 != 0

    @property
    def preamble_symbols(self) -> int:
        """As set, without the 4.25 that the chip adds."""
        return self._registers[PREAMBLE] << 8 | self._registers[PREAMBLE + 1]

    @property
    def sync_word(self) -> int:
        """0x12: private networks."""
        return self._registers[SYNC_WORD]

    @property
    def power_dbm(self) -> int:
        """3.4.2: of PA_BOOST, +3 dB with the high power setting; else of RFO at full supply."""
        config = self._registers[PA_CONFIG]
        if config & 0x80:
            return 2 + (config & 0x0F) + (3 if self._registers[PA_DAC] & 7 == 7 else 0)
        return (config & 0x0F) - 1

    # Sending and receiving

    def _transmit(self) -> None:
        base = self._registers[FIFO_TX_BASE]
        data = bytes(
            [self._fifo[(base + at) & 0xFF] for at in range(self._registers[PAYLOAD_LENGTH])]
        )
        self._air.transmit(self, data)

    def transmission_over(self) -> None:
        """The air says: the last symbol is out. The chip goes to standby by itself."""
        self._registers[OP_MODE] = self._registers[OP_MODE] & 0xF8 | STANDBY
        self.transmitted += 1
        self._raise(TX_DONE)

    def packet_over(
        self, data: bytes, is_damaged: bool, rssi_dbm: int, snr_quarter_db: int, error_hz: int
    ) -> None:
        """The air says: a packet has come in, while the chip listened all the time."""
        registers = self._registers
        start = registers[FIFO_RX_CURRENT]
        if self.received:
            start = (start + registers[RX_NB_BYTES]) & 0xFF
        for at in range(len(data)):
            self._fifo[(start + at) & 0xFF] = data[at]
        registers[FIFO_RX_CURRENT] = start
        registers[RX_NB_BYTES] = len(data)
        registers[PKT_SNR] = snr_quarter_db & 0xFF
        # 5.5.5: below the noise the packet's RSSI is register - 157 + SNR.
        snr_db = snr_quarter_db // 4
        raw = rssi_dbm + 157 - snr_db if snr_db < 0 else (rssi_dbm + 157) * 15 // 16
        registers[PKT_RSSI] = max(0, min(255, raw))
        self._put_frequency_error(error_hz)
        self.received += 1
        self._raise(RX_DONE | VALID_HEADER | (CRC_ERROR if is_damaged else 0))

    def _put_frequency_error(self, error_hz: int) -> None:
        # 4.1.5: F_error = value x 2**24 / 32 MHz x BW / 500 kHz, 20 bits.
        value = error_hz * 32_000_000 // (1 << 24) * 500_000 // self.bandwidth_hz & 0xFFFFF
        for at in range(3):
            self._registers[FEI + at] = value >> (16 - 8 * at) & 0xFF

    def _raise(self, flags: int) -> None:
        self._registers[IRQ_FLAGS] |= flags & ~self._registers[IRQ_FLAGS_MASK]
        self._drive_dio0()

    def _drive_dio0(self) -> None:
        # Table 18: RxDone, TxDone, CadDone.
        mapping = self._registers[DIO_MAPPING_1] >> 6
        flag = (RX_DONE, TX_DONE, 0x04, 0)[mapping]
        self._dio0.set(1 if self._registers[IRQ_FLAGS] & flag else 0)
