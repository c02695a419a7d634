"""The race as it is now: judged anew when something changed, or as time passes."""

from __future__ import annotations

from collections.abc import Callable

from yellowgate.official import Moment, Race
from yellowgate.times import US

STALE_US = 2 * US  # so old a moment is still now: nobody types faster


class Fresh:
    """race: gives the race as it is now, the same object while nothing has changed (live.py);
    now_us: the moment now (UTC).
    """

    def __init__(self, race: Callable[[], Race], now_us: Callable[[], int]) -> None:
        self._race = race
        self._now_us = now_us
        self._moment: Moment | None = None

    def moment(self) -> Moment:
        """The race now. Raises what reading raises."""
        race, now_us, kept = self._race(), self._now_us(), self._moment
        is_new = kept is None or kept.race is not race
        if kept is None or is_new or not 0 <= now_us - kept.as_of_us <= STALE_US:
            kept = self._moment = race.at(now_us, is_now=True)
        return kept
