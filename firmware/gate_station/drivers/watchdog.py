"""The hardware watchdog: what restarts a station that hangs."""

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
