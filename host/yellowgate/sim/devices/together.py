"""Virtual stations that go on together, in one time. Runs on both Pythons."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from yellowgate.sim.devices.station import VirtualStation
    from yellowgate.sim.devices.world import World


def advance(
    stations: "list[VirtualStation]",
    world: "World | None",
    us: int,
    stops: "Callable[[], bool] | None" = None,
) -> None:
    """Let the worlds of these stations go on to this moment, and the one that they share; or less
    far: to where stops() is true, which sees each station as it was when it last did something.

    world: in which the air is, and what happens to all of them; None: there is none. What is due at
    one instant happens there first, then in the worlds of the stations, one after the other. A
    station that is busy is ahead of the shared time until it waits again: what the air brings it
    meanwhile, it notices then.
    """
    now_us = -1
    while True:
        for station in stations:
            station.turn_if_ready()
        if stops is not None and stops():
            us = now_us
            break
        due_us, who = _next(stations, world, us)
        if not 0 <= due_us <= us:
            break
        now_us = due_us
        if who is not None:
            who.step(due_us)
        elif world is not None:
            for station in stations:
                station.come_to(due_us)
            world.step(due_us)
    for station in stations:
        station.finish(us)
    if world is not None:
        world.now_us = max(world.now_us, us)


def _next(
    stations: "list[VirtualStation]", world: "World | None", limit_us: int
) -> "tuple[int, VirtualStation | None]":
    """(when something is next due, -1: never, in whose world, None: in the one they share)."""
    due_us = -1 if world is None else world.next_us()
    who = None
    for station in stations:
        own_us = station.due_us(limit_us)
        if own_us >= 0 and (due_us < 0 or own_us < due_us):
            due_us, who = own_us, station
    return due_us, who
