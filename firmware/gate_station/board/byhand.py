"""A hand at the button took the board to the REPL: that stands in the log."""

# The stubs leave types open in the signature of open.
# pyright: reportUnknownArgumentType=false

import utime
from gate_wire import kinds, message, permit, record

from gate_station.board import pins
from gate_station.core import config, reserve
from gate_station.drivers import battery, flash

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

    from gate_station import ports


def note(files: "ports.Files | None") -> None:
    """Write it, unless there is no log or the battery is too low. The station is not running: only
    the order in the log tells when it was. Raises whatever goes wrong.
    """
    device: Any = flash.device()
    found = reserve.open_log(device, files)
    battery_mv = battery.Battery(pins.BATTERY).battery_mv()
    if found is None or 0 < battery_mv < config.load(open).battery_min_mv:
        return
    body = permit.pack_service(message.REPL, permit.BY_HAND)
    uptime_ms: Any = utime.ticks_ms()
    found.append(kinds.SERVICE, found.last_boot + 1, uptime_ms, record.UTC_UNKNOWN, 0, body)
