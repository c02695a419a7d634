"""The race as it is now: read anew when something changed, judged anew as time passes."""

from __future__ import annotations

from collections.abc import Callable

from yellowgate.official import Moment, Race
from yellowgate.times import US

STALE_US = 2 * US  # so old a moment is still now: nobody types faster


class Fresh:
    """read: the race from the store; sign: something that is another one when the store, roster or
    rules have changed; now_us: the moment now (UTC).
    """

    def __init__(
        self, read: Callable[[], Race], sign: Callable[[], object], now_us: Callable[[], int]
    ) -> None:
        self._read = read
        self._sign = sign
        self._now_us = now_us
        self._seen: object = None
        self._moment: Moment | None = None

    def moment(self) -> Moment:
        """The race now. Raises what reading raises."""
        sign, now_us = self._sign(), self._now_us()
        kept = self._moment
        if kept is not None and sign == self._seen:
            if 0 <= now_us - kept.as_of_us <= STALE_US:
                return kept
            race = kept.race
        else:
            race = self._read()
        self._seen, self._moment = sign, race.at(now_us, is_now=True)
        return self._moment
