"""The button: the gate itself or a plunger. The time of a press is taken in the interrupt."""

from array import array

import machine
import utime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Protocol

    class Flag(Protocol):
        """See ports.Flag."""

        def set(self) -> None:
            """Wake the waiter."""


_RING = 32  # presses that may wait until somebody takes them; a power of two


class Button:
    """Active low with the internal pull-up.

    A contact chatters when it closes and when it opens, and a long wire picks up spikes. A press
    counts when the contact closes after debounce_ms without any edge; its time is that of the
    first edge at which the contact was seen closed.
    """

    def __init__(self, pin: int, flag: "Flag", debounce_ms: int = 150) -> None:
        self._pin = machine.Pin(pin, machine.Pin.IN, machine.Pin.PULL_UP)
        self._flag = flag
        self._debounce_us = debounce_ms * 1000
        self._ring = array("I", [0] * _RING)
        self._written = 0
        self._taken = 0
        self._last_us = 0
        self._settled = True  # no edge for so long that last_us, which wraps, says nothing
        self._down = self._pin.value() == 0
        self.edges = 0  # all of them: many edges a press tell of a worn contact
        self.presses = 0
        self.lost = 0  # presses that found the ring full
        self._edges_before = 0  # at the last call of chatters()
        self._presses_before = 0
        self._pin.irq(self._on_edge, machine.Pin.IRQ_FALLING | machine.Pin.IRQ_RISING, hard=True)

    def _on_edge(self, pin: machine.Pin) -> None:
        # A hard interrupt: nothing here may allocate, and an exception would disable it.
        now_us = utime.ticks_us()
        is_down = pin.value() == 0
        if self._settled or not 0 <= utime.ticks_diff(now_us, self._last_us) < self._debounce_us:
            if not is_down and not self._down:
                return  # a spike, over before it could be looked at
            if is_down and not self._down:
                self._keep(now_us)  # pyright: ignore[reportArgumentType] - an int
        self._last_us = now_us
        self._settled = False
        self._down = is_down
        self.edges = (self.edges + 1) & 0xFFFFFF

    def _keep(self, now_us: int) -> None:
        next_written = (self._written + 1) & (_RING - 1)
        if next_written == self._taken:
            self.lost = (self.lost + 1) & 0xFFFF
            return
        self._ring[self._written] = now_us
        self._written = next_written
        self.presses = (self.presses + 1) & 0xFFFFFF
        self._flag.set()

    def take(self) -> int:
        """ticks_us of the oldest press not yet taken, -1 if none."""
        if self._taken == self._written:
            return -1
        tick_us = self._ring[self._taken]
        self._taken = (self._taken + 1) & (_RING - 1)
        return tick_us

    def is_down(self) -> bool:
        """Is it held just now?"""
        return self._pin.value() == 0

    def settle(self) -> None:
        """To be called at least every few minutes: ticks_us wraps, and an edge of 17 minutes ago
        would look like one just now.
        """
        state = machine.disable_irq()
        age_us = utime.ticks_diff(utime.ticks_us(), self._last_us)
        if not self._settled and not 0 <= age_us < self._debounce_us:
            self._settled = True
            self._down = self._pin.value() == 0
        machine.enable_irq(state)

    def chatters(self) -> bool:
        """Did the contact chatter since the last call so that no press could be told?"""
        edges = (self.edges - self._edges_before) & 0xFFFFFF
        presses = (self.presses - self._presses_before) & 0xFFFFFF
        self._edges_before, self._presses_before = self.edges, self.presses
        return edges > 30 and edges > 20 * max(1, presses)

    def probe(self) -> str:
        """For the doctor: "ok", "down" (closed now), "chatter" (over 20 edges a press)."""
        if self.is_down():
            return "down"
        if self.edges > 40 and self.edges > 20 * max(1, self.presses):
            return "chatter"
        return "ok"
