"""Time on air of a LoRa packet, in whole microseconds, and what each region allows.

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


def length_max(modem: Modem, dwell_us: int) -> int:
    """The longest payload that stays within dwell_us on air; 255 at most, 0 if none does."""
    length = 255
    while length and airtime_us(modem, length) > dwell_us:
        length -= 1
    return length


class Region:
    """The law of a band.

    dwell_us: the longest transmission, 0: no limit. duty_us: the most in any sliding hour, 0: no
    limit. sf_max: above it no record fits into the dwell time.
    """

    def __init__(
        self, name: str, frequency_khz: int, dwell_us: int, duty_us: int, sf_max: int, dbm_max: int
    ) -> None:
        self.name = name
        self.frequency_khz = frequency_khz
        self.dwell_us = dwell_us
        self.duty_us = duty_us
        self.sf_max = sf_max
        self.dbm_max = dbm_max


HOUR_US = 3_600_000_000

# FCC 15.247: 400 ms on one channel. ERC 70-03 annex 1: 868.0-868.6 MHz 1 %, 25 mW;
# 869.4-869.65 MHz 10 %, 500 mW (the module ends at 20 dBm).
US915 = Region("US915", 915_000, 400_000, 0, 9, 20)
EU868 = Region("EU868", 868_300, 0, HOUR_US // 100, 12, 14)
EU868_10 = Region("EU868", 869_525, 0, HOUR_US // 10, 12, 20)

_TAKEN_KHZ = 125 // 2 + 1  # half of the channel, on either side of its centre


def region_of(name: str, frequency_khz: int = 0) -> Region:
    """The law for a region and centre frequency; 0: its default. Raises ValueError."""
    if name == "US915":
        _check_band(name, frequency_khz or 915_000, 902_000, 928_000)
        return _at(US915, frequency_khz)
    if name != "EU868":
        raise ValueError("region %s is not known: US915 or EU868" % name)
    if not frequency_khz or 868_000 <= frequency_khz <= 868_600:
        _check_band(name, frequency_khz or 868_300, 868_000, 868_600)
        return _at(EU868, frequency_khz)
    _check_band(name, frequency_khz, 869_400, 869_650)
    return _at(EU868_10, frequency_khz)


def _check_band(name: str, khz: int, low_khz: int, high_khz: int) -> None:
    if not low_khz + _TAKEN_KHZ <= khz <= high_khz - _TAKEN_KHZ:
        raise ValueError("%d kHz is outside what %s allows" % (khz, name))


def _at(region: Region, frequency_khz: int) -> Region:
    khz = frequency_khz or region.frequency_khz
    return Region(region.name, khz, region.dwell_us, region.duty_us, region.sf_max, region.dbm_max)
