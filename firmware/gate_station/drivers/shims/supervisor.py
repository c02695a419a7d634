"""CircuitPython's supervisor: the one clock that the Adafruit drivers take from it."""

import utime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

_MASK = (1 << 29) - 1  # CircuitPython's period; MicroPython's is twice as long


def ticks_ms() -> int:
    """Milliseconds, wrapping at 2**29."""
    ticks: Any = utime.ticks_ms()  # the stubs say that it is no int
    return ticks & _MASK
