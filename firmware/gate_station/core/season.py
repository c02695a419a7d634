"""A life that has lasted for weeks: loaded on its 40th day.

A record counts uptime up to 2**32 ms, 49.7 days. Before that the station restarts: from the 40th
day on at a quiet moment, on the last day at any. It is back after two seconds.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.server import Server
    from gate_station.core.signals import Player
    from gate_station.core.station import Station

UPTIME_LAST_MS = 49 * 86_400_000
QUIET_MS = 600_000  # nobody has touched it for so long


def may_restart(station: "Station", player: "Player", server: "Server", now_ms: int) -> bool:
    """May it restart now? What waits for the log would be lost by it: that comes first always.
    A quiet moment: nothing is being played, and no host waits for an answer.
    """
    if station.pending():
        return False
    is_idle = not player.busy() and not server.has_output()
    is_quiet = is_idle and now_ms - station.touched_ms >= QUIET_MS
    return is_quiet or now_ms >= UPTIME_LAST_MS
