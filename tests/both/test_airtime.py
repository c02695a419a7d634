"""Airtime by the datasheet's formula, the regions, and the ledger."""

from check import raises
from gate_station.core import airtime, duty, history, regions

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any


def test_airtime_is_that_of_the_semtech_calculator():
    # 125 kHz, 4/5, preamble 8, explicit header, CRC; rounded down to ms.
    expected = {7: (41, 56, 82, 112), 9: (144, 185, 287, 369), 12: (991, 1318, 1974, 2629)}
    for factor, known in expected.items():
        modem = airtime.Modem(factor)
        lasts = tuple([airtime.airtime_us(modem, size) // 1000 for size in (10, 20, 40, 60)])
        assert lasts == known


def test_the_longest_packet_within_400_ms():
    longest = [regions.length_max(airtime.Modem(factor), 400_000) for factor in range(7, 13)]
    assert longest[2:4] == [66, 24]
    assert longest[0] == 255
    assert longest[5] == 0


def test_regions():
    assert regions.region_of("US915").dwell_us == 400_000
    assert regions.region_of("EU868").duty_us == 36_000_000
    assert regions.region_of("EU868", 869_525).duty_us == 360_000_000
    raises(ValueError, regions.region_of, "EU868", 868_700)
    raises(ValueError, regions.region_of, "US915", 868_300)
    raises(ValueError, regions.region_of, "XX")


def test_the_ledger_never_exceeds_its_hour():
    ledger = duty.Duty(36_000_000, 0)
    now_ms = 0
    sent = []
    random = 12345
    while now_ms < 3 * 3_600_000:
        random = (random * 1103515245 + 12345) & 0x3FFFFFFF
        lasts_us = 50_000 + (random >> 8) % 1_500_000
        wait_ms = ledger.wait_ms(lasts_us, now_ms)
        if wait_ms:
            now_ms += wait_ms
            assert ledger.wait_ms(lasts_us, now_ms) == 0
            continue
        ledger.book(lasts_us, now_ms)
        sent.append((now_ms * 1000, now_ms * 1000 + lasts_us))
        now_ms += lasts_us // 1000 + (random >> 4) % 20_000
    assert len(sent) > 30
    for first_us, _ in sent:
        until_us = first_us + regions.HOUR_US
        within = sum([min(end, until_us) - at for at, end in sent if first_us <= at < until_us])
        assert within <= 18_000_000  # one life: half of 1 %


def test_restarts_within_the_hour_stay_below_the_limit():
    spent_us = 0
    for lives in range(20):
        ledger = duty.Duty(36_000_000, lives)
        while ledger.wait_ms(100_000, 0) == 0:
            ledger.book(100_000, 0)
            spent_us += 100_000
    assert spent_us <= 36_000_000
    assert duty.Duty(36_000_000, 3).allowed_us(0) == 36_000_000 // 16
    assert duty.Duty(36_000_000, 3).allowed_us(4_000_000) == 18_000_000


def test_no_limit_never_waits():
    ledger = duty.Duty(0)
    ledger.book(10**9, 0)
    assert ledger.wait_ms(10**9, 0) == 0


def test_which_lives_count():
    assert history.recent_lives([]) == 0
    assert history.recent_lives([10]) == 1
    assert history.recent_lives([5_000_000, 7, 7]) == 1
    assert history.recent_lives([10, 5_000_000, 7]) == 2


class Log:
    """Records of boot and uptime alone."""

    def __init__(self, rows) -> None:
        self.rows = rows

    def tip(self):
        return len(self.rows), b"tip."

    def read(self, seq, buf):
        if self.rows[seq] is None:
            return 0
        boot, uptime_ms = self.rows[seq]
        buf[2], buf[3] = boot & 0xFF, boot >> 8
        for at in range(4):
            buf[8 + at] = uptime_ms >> (8 * at) & 0xFF
        return 32


def test_lives_are_read_from_the_log():
    log: Any = Log([(1, 0), (1, 9_000_000), None, (2, 0), (2, 60_000), (4, 0), (4, 30)])
    assert history.lives_in(log, 5) == [30, 0, 60_000, 9_000_000]
    assert history.recent_lives(history.lives_in(log, 5)) == 4
    log = Log([])
    assert history.lives_in(log, 1) == []
