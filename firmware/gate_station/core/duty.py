"""The ledger of airtime: never more than the law allows in any sliding hour.

Airtime is booked to the minute in which a transmission starts. Any hour touches at most 61 of
these minutes, and the tail of a transmission may reach in from one more: the sum over 62 minutes
never exceeds the limit, so the true sliding hour does not either.

A restart forgets the ledger, and what the life before it spent in the last hour is unknown. So a
life spends at most half of what may be left: limit / 2, and after a restart within the hour
limit / 4, then limit / 8 ... The sum of all lives within an hour stays below the limit however
often the station restarts. Who is sure that no restart matters (share_shift 0) has all of it.
"""

MINUTE_MS = 60_000
_MINUTES = 62
HOUR_MS = 3_600_000
SHIFT_MAX = 12


class Duty:
    """limit_us: airtime allowed in an hour, 0: no limit.

    lives_before: how many earlier lives of this station may have sent within the hour before
    this start (history.recent_lives tells); -1: this station's restarts need no reserve.
    """

    def __init__(self, limit_us: int, lives_before: int = 0) -> None:
        self._limit_us = limit_us
        self._lives_before = lives_before
        self._minutes = [0] * _MINUTES  # microseconds on air
        self._minute = 0

    def allowed_us(self, now_ms: int) -> int:
        """Of airtime in an hour, for this life. now_ms: since its start."""
        shift = self._lives_before + 1
        if self._lives_before > 0 and now_ms > HOUR_MS + 2 * MINUTE_MS:
            shift = 1  # what earlier lives sent is more than an hour ago
        return self._limit_us >> min(shift, SHIFT_MAX)

    def wait_ms(self, airtime_us: int, now_ms: int, share_percent: int = 100) -> int:
        """How long to wait before so much airtime may be spent; 0: now. share_percent: how
        much of the limit is open to what is less urgent.
        """
        if self._limit_us == 0:
            return 0
        self._turn(now_ms)
        room = self.allowed_us(now_ms) * share_percent // 100 - airtime_us
        spent = sum(self._minutes)
        oldest = self._minute - _MINUTES + 1
        for minute in range(oldest, self._minute + 1):
            if spent <= room:
                return self._free_ms(minute, oldest, now_ms)
            spent -= self._minutes[minute % _MINUTES]
        return self._free_ms(self._minute + 1, oldest, now_ms)

    def book(self, airtime_us: int, now_ms: int) -> None:
        """A transmission starts now."""
        self._turn(now_ms)
        self._minutes[self._minute % _MINUTES] += airtime_us

    def _free_ms(self, minute: int, oldest: int, now_ms: int) -> int:
        # The minutes before this one must have left the window of _MINUTES minutes.
        if minute == oldest:
            return 0
        return (minute - 1 + _MINUTES) * MINUTE_MS - now_ms

    def _turn(self, now_ms: int) -> None:
        minute = now_ms // MINUTE_MS
        for at in range(max(self._minute + 1, minute - _MINUTES + 1), minute + 1):
            self._minutes[at % _MINUTES] = 0
        self._minute = max(self._minute, minute)
