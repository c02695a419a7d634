"""The hardware watchdog: what restarts a station that hangs."""

import sys

import machine

TIMEOUT_MS = 8000  # at most 8388 on an RP2040 (datasheet 4.7); it cannot be stopped once on


class Watchdog:
    """On from its creation."""

    def __init__(self) -> None:
        self._wdt = machine.WDT(timeout=TIMEOUT_MS)

    def feed(self) -> None:
        """Alive."""
        self._wdt.feed()


def was_cause() -> bool:
    """Was it the watchdog that started the board this time?"""
    return machine.reset_cause() == machine.WDT_RESET


# A word in the watchdog's scratch registers outlives a restart, but not the loss of power
# (RP2040 datasheet 4.7.6; the boot ROM uses the upper four, the lower four are free).
_SCRATCH0 = 0x400D800C if "RP2350" in getattr(sys.implementation, "_machine", "") else 0x4005800C
_REPL_WANTED = 0x5E2A11CE


def ask_for_repl() -> None:
    """The next start shall lead to the REPL, without a watchdog."""
    machine.mem32[_SCRATCH0] = _REPL_WANTED


def repl_was_asked() -> bool:
    """Did the run before ask for the REPL? The answer is yes only once."""
    asked = machine.mem32[_SCRATCH0] == _REPL_WANTED
    machine.mem32[_SCRATCH0] = 0
    return asked
