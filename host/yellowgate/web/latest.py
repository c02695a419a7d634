"""The newest board there is: read again and again, and kept when reading fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from yellowgate.errors import GateError
from yellowgate.official import Race
from yellowgate.race.checks.roll_call import Board, board
from yellowgate.race.official_log import OfficialLog

KEEP_S = 1.0  # several phones that ask at once cost one reading
KEEP_FACTOR = 4  # a big race is read at most a quarter of the time


@dataclass(frozen=True)
class View:
    """The race as last read, computed for now. trouble: why that is not the newest, "" if it is.

    race, log, board: None when nothing could be read yet. read_us: when it was read.
    """

    race: Race | None
    log: OfficialLog | None
    board: Board | None
    read_us: int
    trouble: str


class Latest:
    """Reads the race when asked, by several threads, one at a time.

    read: gives what is in the store now; now_us: the moment the board is for.
    """

    def __init__(
        self,
        read: Callable[[], Race],
        now_us: Callable[[], int],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._now_us = now_us
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._view: View | None = None
        self._fresh_until_s = 0.0

    def view(self) -> View:
        """The newest view. Never raises: what went wrong is its trouble."""
        kept = self._view
        # Who comes while another reads takes what is there: a locked store holds up one only.
        if not self._lock.acquire(blocking=kept is None) and kept is not None:
            return kept
        try:
            begun_s = self._monotonic_s()
            if self._view is None or begun_s >= self._fresh_until_s:
                self._view = self._look(self._view)
                now_s = self._monotonic_s()
                self._fresh_until_s = now_s + max(KEEP_S, KEEP_FACTOR * (now_s - begun_s))
            return self._view
        finally:
            self._lock.release()

    def _look(self, before: View | None) -> View:
        try:
            race = self._read()
            return self._made(race, self._now_us(), "")
        except GateError as error:
            trouble = " ".join(str(error).split())
        except Exception as error:  # the last good board is worth more than a traceback
            trouble = f"the records cannot be read ({type(error).__name__}: {error}); gate verify"
        if before is None or before.race is None:
            return View(None, None, None, 0, trouble)
        return self._made(before.race, before.read_us, trouble)

    def _made(self, race: Race, read_us: int, trouble: str) -> View:
        """Computed for now: also from old records the time that is left goes on."""
        log = race.log(self._now_us())
        return View(race, log, board(log, race.file), read_us, trouble)
