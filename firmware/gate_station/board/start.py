"""What a start leads to: a station, or MicroPython's REPL for whoever holds the button.

Only a hand at a board that was just given power gets the REPL. The button may be closed by ice, by
water, or by a runner who touches just then, and what comes back after a brown-out looks like
power-on (drivers/resets.py): so it must be held for seconds, and be let go when the light and
the tone say so. Whatever does not let go is no hand, and the station starts.
"""

import machine
import utime

from gate_station.board import pins
from gate_station.drivers import buzzer, leds, resets

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station import ports

HOLD_MS = 3000  # both lights shine; no touch lasts so long
LET_GO_MS = 5000  # ... and a tone sounds
LOOK_MS = 20
TONE_HZ = 1200
BOTH = 3


def wants_repl(files: "ports.Files | None" = None) -> bool:
    """Did a host ask for the REPL before the restart, or does a hand now? In the REPL both lights
    go on shining: what hangs there is no station. A hand is recorded in the log, whose file is one
    of these files.
    """
    if resets.repl_was_asked():
        return True
    button = machine.Pin(pins.BUTTON, machine.Pin.IN, machine.Pin.PULL_UP)
    if not resets.is_power_on() or button.value():
        return False
    lights = leds.Leds(pins.LED_GREEN, pins.LED_RED)
    lights.show(BOTH)
    is_hand = not _opens(button, HOLD_MS)
    if is_hand:
        sound = buzzer.Buzzer(pins.BUZZER, pins.BUZZER_INVERTED)
        sound.tone(TONE_HZ)
        is_hand = _opens(button, LET_GO_MS)
        sound.tone(0)
    if is_hand:
        _note(files)
    else:
        lights.show(0)
    return is_hand


def _note(files: "ports.Files | None") -> None:
    try:
        from gate_station.board import byhand  # noqa: PLC0415 - once in a while

        byhand.note(files)
    except Exception:  # noqa: BLE001, S110 - the REPL is for boards on which nothing else works
        pass


def _opens(button: machine.Pin, within_ms: int) -> bool:
    for _ in range(within_ms // LOOK_MS):
        utime.sleep_ms(LOOK_MS)
        if button.value():
            return True
    return False
