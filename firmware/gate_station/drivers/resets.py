"""Why the board started, and what one start leaves for the next: needed at a start only."""

import sys

import machine

# What machine.reset_cause() tells on an RP2 is one bit: WDT_RESET after the watchdog and after
# machine.reset() alike, PWRON_RESET after everything else (ports/rp2/modmachine.c). A brown-out
# is power-on to it, and to the RP2040 itself: its CHIP_RESET has one bit for both, HAD_POR
# (datasheet 2.12, "Chip-Level Reset"). So nothing here claims to know a brown-out. The timer and
# machine.reset() are told apart by the watchdog's REASON. A word in its scratch registers outlives
# a restart, but not the loss of power (datasheet 4.7.6; the boot ROM uses the upper four, the
# lower four are free).
_WATCHDOG = 0x400D8000 if "RP2350" in getattr(sys.implementation, "_machine", "") else 0x40058000
_REASON = _WATCHDOG + 0x08  # bit 0: the timer ran out, bit 1: a restart was asked for
_SCRATCH0 = _WATCHDOG + 0x0C
ROW_AT = _WATCHDOG + 0x10  # SCRATCH1
_REPL_WANTED = 0x5E2A11CE
_COUNTED = 0x57A27500  # the lowest byte counts
_COUNT_MAX = 0xFF


def is_power_on() -> bool:
    """Has the power come, or come back after a brown-out? Else the board restarted itself."""
    return machine.reset_cause() == machine.PWRON_RESET


def count_restart() -> int:
    """How often in a row the watchdog has restarted the board, this time included; 0: this time
    it was the power, or somebody asked for it. To be called once a start.
    """
    word = machine.mem32[ROW_AT]
    count = 0
    if not is_power_on() and machine.mem32[_REASON] & 1:
        before = word - _COUNTED if 0 <= word - _COUNTED <= _COUNT_MAX else 0
        count = min(before + 1, _COUNT_MAX)
    machine.mem32[ROW_AT] = _COUNTED | count
    return count


def ask_for_repl() -> None:
    """The next start shall lead to the REPL, without a watchdog."""
    machine.mem32[_SCRATCH0] = _REPL_WANTED


def repl_was_asked() -> bool:
    """Did the run before ask for the REPL? The answer is yes only once."""
    asked = machine.mem32[_SCRATCH0] == _REPL_WANTED
    machine.mem32[_SCRATCH0] = 0
    return asked
