"""The virtual world: one true time, things that happen in it, wires.

Runs on CPython and on MicroPython. Time is an integer of microseconds since the world began; it
goes on only when somebody advances it, from event to event, and never back.
"""

import heapq

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable
    from typing import Any

    # Something planned; the token for World.cancel(): when, number, action (None: nothing happens
    # then). A list and no class: half of what a simulated second costs is planning.
    Event = list[Any]

TICKS_PERIOD_US = 1 << 30  # MicroPython's ticks_us and ticks_ms wrap here
_TICKS_MASK = TICKS_PERIOD_US - 1
_MILLION = 1000000


class World:
    """True time and what is to happen in it.

    Events of one instant happen in the order in which they were planned, so that a run depends on
    nothing but its inputs.
    """

    def __init__(self, now_us: int = 0) -> None:
        self.now_us = now_us
        self._events: list[Event] = []  # a heap by (when, number)
        self._number = 0

    def at(self, us: int, action: "Callable[[], object]") -> "Event":
        """Plan action() for this moment (the past means: as soon as time goes on).

        Returns a token for cancel().
        """
        self._number = number = self._number + 1
        event: Event = [us if us > self.now_us else self.now_us, number, action]
        heapq.heappush(self._events, event)
        return event

    def after(self, us: int, action: "Callable[[], object]") -> "Event":
        """Plan action() so many microseconds from now; returns a token for cancel()."""
        self._number = number = self._number + 1
        event: Event = [self.now_us + us if us > 0 else self.now_us, number, action]
        heapq.heappush(self._events, event)
        return event

    def cancel(self, event: "Event | None") -> None:
        """What was planned will not happen; no harm when it already has. None: nothing to do."""
        if event is not None:
            event[2] = None

    def next_us(self) -> int:
        """When the next event is due, -1 when nothing is planned."""
        events = self._events
        while events:
            if events[0][2] is not None:
                return events[0][0]
            heapq.heappop(events)
        return -1

    def next_besides(self, besides: "list[Event | None]") -> int:
        """When the next event is due that is none of these, -1 when there is none."""
        events = self._events
        found_us = -1
        looked_at = [0]
        while looked_at:
            place = looked_at.pop()
            if place >= len(events):
                continue
            event = events[place]
            if 0 <= found_us <= event[0]:
                continue  # nor is anything behind it sooner
            is_besides = event[2] is None
            for other in besides:
                is_besides = is_besides or event is other
            if is_besides:
                looked_at += (2 * place + 1, 2 * place + 2)
            else:
                found_us = event[0]
        return found_us

    def step(self, limit_us: int) -> bool:
        """Go on to the next event and let it happen, if it is due at limit_us or before.

        False: there is none; the time is what it was.
        """
        events = self._events
        while events and events[0][0] <= limit_us:
            event = heapq.heappop(events)
            action = event[2]
            if action is not None:
                event[2] = None
                if event[0] > self.now_us:  # noqa: PLR1730 - max() takes longer, a million times
                    self.now_us = event[0]
                action()
                return True
        return False

    def advance_to(self, us: int) -> None:
        """Let everything happen up to and including this moment, and make it now.

        An event may itself advance the time (a driver that waits within an interrupt); the rest
        then happens late, as it would on one core.
        """
        events = self._events
        while events and events[0][0] <= us:
            self.step(us)
        self.now_us = max(self.now_us, us)

    def advance(self, us: int) -> None:
        """advance_to() so many microseconds from now."""
        us += self.now_us
        if self._events and self._events[0][0] <= us:
            self.advance_to(us)
        elif us > self.now_us:  # nothing happens meanwhile: most transfers
            self.now_us = us


class Crystal:
    """The oscillator of one board: its own idea of how much time has passed since it started.

    drift_ppb: parts per billion, positive when it is fast, so that it counts more microseconds
    than are true. Whole-number arithmetic, alike on both Pythons.
    """

    def __init__(self, world: World, drift_ppb: int = 0, counted_us: int = 0) -> None:
        self._world = world
        self._drift_ppb = drift_ppb
        self._since_us = world.now_us
        self._counted_us = counted_us
        self._asked_us = -1  # the firmware asks many times within one moment
        self._answer_us = 0

    @property
    def drift_ppb(self) -> int:
        """How fast it is, in parts per billion of its rate; positive: fast."""
        return self._drift_ppb

    def set_drift_ppb(self, drift_ppb: int) -> None:
        """From now on this drift (a night in the frost); what was counted stays."""
        self._counted_us = self.us()
        self._since_us = self._world.now_us
        self._drift_ppb = drift_ppb
        self._asked_us = -1

    def us(self) -> int:
        """Microseconds counted since the start; never wraps."""
        now_us = self._world.now_us
        if now_us != self._asked_us:
            passed_us = now_us - self._since_us
            if self._drift_ppb:
                passed_us += passed_us * self._drift_ppb // (1000 * _MILLION)
            self._asked_us = now_us
            self._answer_us = self._counted_us + passed_us
        return self._answer_us

    def us_at(self, true_us: int) -> int:
        """What it will have counted at this moment of the world's time."""
        passed_us = true_us - self._since_us
        return self._counted_us + passed_us + passed_us * self._drift_ppb // (1000 * _MILLION)

    def when(self, counted_us: int) -> int:
        """The first moment of the world's time at which it will have counted so many."""
        return self._since_us + self.true_us(counted_us - self._counted_us)

    def ticks_us(self) -> int:
        """As time.ticks_us(): wraps at 2**30."""
        return self.us() & _TICKS_MASK

    def ticks_ms(self) -> int:
        """As time.ticks_ms(): wraps at 2**30."""
        return self.us() // 1000 & _TICKS_MASK

    def true_us(self, counted_us: int) -> int:
        """How long it truly takes until it has counted so many microseconds; rounded up."""
        if not self._drift_ppb:
            return counted_us
        billion = 1000 * _MILLION
        return -(-counted_us * billion // (billion + self._drift_ppb))


class Watcher:
    """Somebody who looks at a line; the token for Line.forget()."""

    def __init__(self, action: "Callable[[int], object] | None") -> None:
        self.action = action


class Line:
    """A wire: who drives it, where it stands, who watches it.

    Anybody may drive it under a name; a low level wins over a high one, as with open drains. When
    nobody drives it, the pull decides (a floating wire is given pull 1 unless said otherwise).
    force() is a fault: a short, water, a broken wire, whoever drives it meanwhile.
    """

    def __init__(self, name: str = "", pull: int = 1) -> None:
        self.name = name
        self.level = pull
        self._pull = pull
        self._drives: dict[str, int] = {}
        self._watchers: list[Watcher] = []
        self.forced: int | None = None

    def force(self, level: int | None) -> None:
        """It stands at this level, whoever drives it; None: mended."""
        self.forced = level
        self._resolve()

    def set(self, level: int, who: str = "device") -> None:
        """Drive it to 0 or 1."""
        level = 1 if level else 0
        drives = self._drives
        if drives.get(who) != level:
            drives[who] = level
            if self.forced is not None or len(drives) > 1:
                self._resolve()
            elif level != self.level:
                self._stand(level)

    def pull_low(self, is_low: bool, who: str = "device") -> None:
        """An open drain: low, or let go."""
        if is_low:
            self.set(0, who)
        else:
            self.release(who)

    def release(self, who: str = "device") -> None:
        """Drive it no longer."""
        if who in self._drives:
            del self._drives[who]
            self._resolve()

    def set_pull(self, pull: int) -> None:
        """The level when nobody drives it."""
        self._pull = pull
        self._resolve()

    def on_change(self, action: "Callable[[int], object]") -> Watcher:
        """Call action(level) at every change from now on; returns a token for forget()."""
        watcher = Watcher(action)
        self._watchers.append(watcher)
        return watcher

    def forget(self, watcher: Watcher | None) -> None:
        """No more calls for this token. None: nothing to do."""
        if watcher is not None:
            watcher.action = None
            self._watchers = [other for other in self._watchers if other is not watcher]

    def is_watched(self) -> bool:
        """Does anybody look at it?"""
        return bool(self._watchers)

    def is_watched_by_one(self) -> bool:
        """Is there just one who does?"""
        return len(self._watchers) == 1

    def _resolve(self) -> None:
        drives = self._drives
        level = self.forced
        if level is None:
            level = (0 if 0 in drives.values() else 1) if drives else self._pull
        if level != self.level:
            self._stand(level)

    def _stand(self, level: int) -> None:
        self.level = level
        for watcher in self._watchers:
            if watcher.action is not None:
                watcher.action(level)
