"""The hardware watchdog: what restarts a station that hangs."""

import machine

TIMEOUT_MS = 8000  # at most 8388 on an RP2040 (datasheet 4.7); it cannot be stopped once on


class Watchdog:
    """On from its creation. row_at: the register that counts restarts in a row (resets.py)."""

    def __init__(self, row_at: int) -> None:
        self._row_at = row_at
        self._wdt = machine.WDT(timeout=TIMEOUT_MS)

    def feed(self) -> None:
        """Alive."""
        self._wdt.feed()

    def lived(self) -> None:
        """The station has lived for long: the restarts before it are no row any more."""
        machine.mem32[self._row_at] = 0
