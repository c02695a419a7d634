"""CircuitPython's supervisor: the one clock that the Adafruit drivers take from it."""

import utime

_MASK = (1 << 29) - 1  # CircuitPython's period; MicroPython's is twice as long


def ticks_ms() -> int:
    """Milliseconds, wrapping at 2**29."""
    return utime.ticks_ms() & _MASK
