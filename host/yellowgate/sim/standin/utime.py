"""MicroPython's time module (as `utime`) over the crystal of the virtual board in use.

Waiting advances the world: interrupts happen meanwhile, tasks do not run.
"""

import machine

_PERIOD = 1 << 30
_MASK = _PERIOD - 1
_HALF = _PERIOD >> 1


def ticks_us() -> int:
    """Microseconds, wraps at 2**30."""
    return machine.board_in_use[0].crystal.us() & _MASK  # asked for millions of times a race


def ticks_ms() -> int:
    """Milliseconds, wraps at 2**30."""
    return machine.board_in_use[0].crystal.us() // 1000 & _MASK


ticks_cpu = ticks_us


def ticks_diff(ticks1: int, ticks2: int) -> int:
    """ticks1 - ticks2 across one wrap."""
    return ((ticks1 - ticks2 + _HALF) & _MASK) - _HALF


def ticks_add(ticks: int, delta: int) -> int:
    """ticks + delta across one wrap."""
    return (ticks + delta) & _MASK


def sleep_us(us: int) -> None:
    """Block."""
    board = machine.in_use()
    if us > 0:
        board.busy(board.crystal.true_us(us))


def sleep_ms(ms: int) -> None:
    """Block."""
    sleep_us(ms * 1000)


def sleep(seconds: float) -> None:
    """Block; MicroPython counts whole milliseconds."""
    sleep_ms(int(seconds * 1000))
