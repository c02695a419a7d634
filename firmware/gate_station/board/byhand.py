"""A hand at the button took the board to the REPL: that stands in the log."""

import utime
from gate_wire import bodies, kinds, message, permit, record

from gate_station.board import pins
from gate_station.core import config, reserve
from gate_station.drivers import battery, flash

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station import ports


def note(files: "ports.Files | None") -> None:
    """Write it, unless there is no log or the battery is too low. The station is not running: only
    the order in the log tells when it was. Raises whatever goes wrong.
    """
    found = reserve.open_log(flash.device(), files)
    battery_mv = battery.Battery(pins.BATTERY).battery_mv()
    if found is None or 0 < battery_mv < config.load(open).battery_min_mv:
        return
    body = bodies.pack_service(message.REPL, permit.BY_HAND)
    boot = found.last_boot + 1
    found.append(kinds.SERVICE, boot, utime.ticks_ms(), record.UTC_UNKNOWN, 0, body)
