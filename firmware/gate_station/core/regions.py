"""What the law allows a radio in each region, and what follows for its packets: needed at the
start only.
"""

from gate_wire import packet

from gate_station.core.airtime import Modem, Settings, airtime_us

ANSWER_BYTES = 28  # of an answer with two runs and time
ANSWER_SLACK_MS = 400  # base to host, store, and back
HOP_SLACK_MS = 300  # a relay waits so long whether the base answers by itself
BEAT_S = 300
BEAT_SHARE = 400  # a beat takes at most 1/400 of the time
RETRY_MAX_MS = 120_000
RETRY_SHARE = 300


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


def length_max(modem: Modem, dwell_us: int) -> int:
    """The longest payload that stays within dwell_us on air; 255 at most, 0 if none does."""
    length = 255
    while length and airtime_us(modem, length) > dwell_us:
        length -= 1
    return length


def settings(modem: Modem, region: Region, beat_s: int = BEAT_S, hops: int = 0) -> Settings:
    """What a modem and the law make of a radio. hops: relays that its packets may need."""
    found = Settings()
    longest = length_max(modem, region.dwell_us) if region.dwell_us else 255
    found.modem = modem
    found.packet_bytes_max = min(longest, packet.PACKET_BYTES_MAX)
    beat_us = airtime_us(modem, packet.FIXED_BYTES + 1 + packet.BEAT_BYTES)
    found.beat_ms = max(beat_s * 1000, beat_us * BEAT_SHARE // 1000)
    found.retry_max_ms = max(RETRY_MAX_MS, beat_us * RETRY_SHARE // 1000)
    answer_ms = airtime_us(modem, ANSWER_BYTES) // 1000
    hop_ms = airtime_us(modem, found.packet_bytes_max) // 1000 + HOP_SLACK_MS
    found.answer_ms = 2 * answer_ms + ANSWER_SLACK_MS + 2 * hops * hop_ms
    return found
