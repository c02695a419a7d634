"""What beats while people look: new records and rulings are seen at once, and time goes on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from yellowgate.web.headquarters import Headquarters

LOG = logging.getLogger(__name__)
LOOK_S = 0.05  # so often it is asked whether something changed
TIME_S = 5.0  # so often the race is computed for now: who is overdue, which station is silent
TIME_FACTOR = 20  # but a big race at most a twentieth of the time


class Pulse:
    """Looks again and again. wait: until the next look, for LOOK_S where nothing wakes it."""

    def __init__(
        self,
        hq: Headquarters,
        monotonic_s: Callable[[], float] = time.monotonic,
        wait: Callable[[], object] | None = None,
    ) -> None:
        self._hq = hq
        self._monotonic_s = monotonic_s
        self._next_s = 0.0
        self._end = threading.Event()
        self._wait = wait or (lambda: self._end.wait(LOOK_S))

    def end(self) -> None:
        """Beat no more."""
        self._end.set()

    def run(self) -> None:
        """Until end()."""
        while not self._end.is_set():
            try:
                self.step()
            except Exception:  # a page that cannot be made must not end the beating
                LOG.exception("the pages stay as they were")
            self._wait()

    def step(self) -> bool:
        """One look; was there anything to do?"""
        begun_s = self._monotonic_s()
        is_news = self._hq.latest.is_old() or self._hq.is_behind()
        if not is_news and begun_s < self._next_s:
            return self._hq.show_touched()
        self._hq.changed()
        now_s = self._monotonic_s()
        self._next_s = now_s + max(TIME_S, TIME_FACTOR * (now_s - begun_s))
        return True
