"""The newest state of the race: read again when something changed, and kept when reading fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from yellowgate.errors import GateError
from yellowgate.event.race_toml import RaceFile
from yellowgate.official import Moment, Race
from yellowgate.race.checks.roll_call import Board, StationState
from yellowgate.race.official_log import OfficialLog

KEEP_S = 1.0  # several that ask at once cost one reading
KEEP_FACTOR = 4  # a big race is read at most a quarter of the time


@dataclass(frozen=True)
class Part:
    """One race of the folder: its log, who is out there in it, and its rules."""

    log: OfficialLog
    board: Board
    file: RaceFile

    @property
    def name(self) -> str:
        """What people call it."""
        return self.file.name


@dataclass(frozen=True)
class View:
    """The race as last read, as of now. trouble: why that is not the newest, "" if it is.

    moment: None when nothing could be read yet. read_us: when it was read (UTC).
    """

    moment: Moment | None
    read_us: int
    trouble: str

    @property
    def log(self) -> OfficialLog | None:
        """The official log."""
        return None if self.moment is None else self.moment.log

    @cached_property
    def parts(self) -> list[Part]:
        """Every race of the folder, the main one first; none when nothing could be read yet."""
        moments = [] if self.moment is None else self.moment.events()
        return [Part(one.log, one.board, one.race.file) for one in moments]

    def chosen(self, event: str) -> list[Part]:
        """The race of this name alone; all where no race is called so."""
        return [one for one in self.parts if one.name == event] or self.parts

    @cached_property
    def stations(self) -> list[StationState]:
        """The stations, which all races share: one that may still be passed in any of them stays
        open, one that is silent by the rules of any of them is.
        """
        found: dict[tuple[str, str], StationState] = {}
        for state in (state for part in self.parts for state in part.board.stations):
            before = found.get((state.name, state.log_id))
            found[state.name, state.log_id] = state if before is None else _of_both(before, state)
        return list(found.values())


def _of_both(one: StationState, other: StationState) -> StationState:
    """A station as two races see it."""
    waits = [row.waits_for for row in (one, other) if row.waits_for is not None]
    names = tuple(sorted({name for row in waits for name in row})) if waits else None
    return replace(one, is_silent=one.is_silent or other.is_silent, waits_for=names)


class Latest:
    """Reads the race when asked, by several threads, one at a time.

    read: gives what is in the store now; now_us: the moment that is shown. stamp: something that
    differs when there may be something new to read; it costs next to nothing to ask. hide:
    takes out of a text what no page should show. is_now: now_us is the present.
    """

    def __init__(
        self,
        read: Callable[[], Race],
        now_us: Callable[[], int],
        monotonic_s: Callable[[], float] = time.monotonic,
        stamp: Callable[[], object] = object,
        hide: Callable[[str], str] = str,
        is_now: bool = False,
    ) -> None:
        self._hide = hide
        self._is_now = is_now
        self._read = read
        self._stamp = stamp
        self._read_at: object = None
        self.now_us = now_us
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
            if self._view is None or self._monotonic_s() >= self._fresh_until_s:
                return self._renew()
            return self._view
        finally:
            self._lock.release()

    def kept(self) -> View:
        """The view that is there; read only when there is none."""
        return self._view or self.view()

    def is_old(self) -> bool:
        """May there be something new to read?"""
        return self._view is None or self._stamp() != self._read_at

    def renewed(self) -> View:
        """Computed for now; read again where there may be something new."""
        with self._lock:
            return self._renew()

    def _renew(self) -> View:
        begun_s = self._monotonic_s()
        before, stamp = self._view, self._stamp()
        if stamp != self._read_at or before is None or before.moment is None or before.trouble:
            made = self._look(before)
            self._read_at = stamp
        else:
            made = self._made(before.moment.race, before.read_us, "")
        self._view = made
        now_s = self._monotonic_s()
        self._fresh_until_s = now_s + max(KEEP_S, KEEP_FACTOR * (now_s - begun_s))
        return made

    def _look(self, before: View | None) -> View:
        try:
            race = self._read()
            return self._made(race, self.now_us(), "")
        except GateError as error:
            trouble = " ".join(str(error).split())
        except Exception as error:  # the last good view is worth more than a traceback
            trouble = f"the records cannot be read ({type(error).__name__}: {error}); gate verify"
        trouble = self._hide(trouble)
        if before is None or before.moment is None:
            return View(None, 0, trouble)
        return self._made(before.moment.race, before.read_us, trouble)

    def _made(self, race: Race, read_us: int, trouble: str) -> View:
        """Computed for now: also from old records the time that is left goes on."""
        moment = race.at(self.now_us(), self._is_now)
        view = View(moment, read_us, trouble)
        _ = view.parts  # here, where what goes wrong is caught and who waits expects to wait
        return view
