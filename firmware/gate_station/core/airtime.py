"""Time on air of a LoRa packet, in whole microseconds.

Sections are those of the Semtech SX1276 datasheet, revision 7.
"""

HEADER_SYMBOLS = 8  # 4.1.1.7: every packet has these after its preamble
LOW_RATE_SYMBOL_US = 16_000  # 4.1.1.6: optimisation is mandated for longer symbols


class Modem:
    """Settings of the modem. coding_rate: denominator, 5 to 8 (4/5 to 4/8)."""

    def __init__(
        self,
        spreading_factor: int,
        bandwidth_hz: int = 125_000,
        coding_rate: int = 5,
        preamble_symbols: int = 8,
        has_crc: bool = True,
    ) -> None:
        self.spreading_factor = spreading_factor
        self.bandwidth_hz = bandwidth_hz
        self.coding_rate = coding_rate
        self.preamble_symbols = preamble_symbols
        self.has_crc = has_crc

    @property
    def symbol_us(self) -> int:
        """4.1.1.6: a symbol lasts 2**SF / BW."""
        return (1_000_000 << self.spreading_factor) // self.bandwidth_hz

    @property
    def low_rate(self) -> bool:
        """4.1.1.6: must the low data rate optimisation be on?"""
        return self.symbol_us > LOW_RATE_SYMBOL_US


def airtime_us(modem: Modem, length: int) -> int:
    """Time on air of a packet with explicit header and length bytes of payload (4.1.1.7)."""
    sf = modem.spreading_factor
    # PL: 8 bits a byte; SF: 4 bits a symbol go to the header's share; CRC: 16 bits; IH = 0.
    bits = 8 * length - 4 * sf + 28 + (16 if modem.has_crc else 0)
    bits_per_block = 4 * (sf - (2 if modem.low_rate else 0))  # 4 (SF - 2 DE)
    blocks = (bits + bits_per_block - 1) // bits_per_block if bits > 0 else 0
    payload_symbols = HEADER_SYMBOLS + blocks * modem.coding_rate  # CR + 4 is the denominator
    quarters = 4 * modem.preamble_symbols + 17 + 4 * payload_symbols  # preamble + 4.25 symbols
    return quarters * modem.symbol_us // 4


class Settings:
    """Of a station's radio; made by regions.settings(), which leaves memory after the start."""

    modem: Modem
    packet_bytes_max: int
    beat_ms: int
    retry_max_ms: int  # between two tries of a packet
    answer_ms: int  # from the end of a packet to that of its answer, at most
