"""The virtual world: order of events, drifting crystals, wires."""

from yellowgate.sim.devices.world import TICKS_PERIOD_US, Crystal, Line, World


def test_events_happen_in_order_and_those_of_one_moment_as_planned():
    world = World()
    seen = []
    for name, us in (("b", 20), ("a", 10), ("c", 20), ("late", 31)):
        world.at(us, lambda name=name: seen.append((name, world.now_us)))
    world.advance_to(30)
    assert seen == [("a", 10), ("b", 20), ("c", 20)]
    assert world.now_us == 30
    assert world.next_us() == 31


def test_what_was_cancelled_does_not_happen():
    world = World()
    seen = []
    token = world.at(10, lambda: seen.append(1))
    world.cancel(token)
    world.cancel(token)
    world.cancel(None)
    assert world.next_us() == -1
    world.advance_to(100)
    assert seen == []


def test_an_event_in_the_past_happens_when_time_goes_on():
    world = World(now_us=1000)
    seen = []
    world.at(5, lambda: seen.append(world.now_us))
    world.advance(0)
    assert seen == [1000]


def test_an_event_that_waits_makes_the_next_one_late():
    world = World()
    seen = []
    world.at(10, lambda: world.advance(100))
    world.at(20, lambda: seen.append(world.now_us))
    world.at(200, lambda: seen.append(world.now_us))
    world.advance_to(50)
    assert seen == [20]  # within the wait of the first
    assert world.now_us == 110
    world.advance_to(60)
    assert world.now_us == 110  # never back


def test_a_crystal_drifts_and_its_ticks_wrap():
    world = World(now_us=777)
    fast = Crystal(world, 20000)  # 20 ppm
    slow = Crystal(world, -20000)
    world.advance(100 * 3600 * 1000000)
    assert fast.us() == 360000000000 + 7200000
    assert slow.us() == 360000000000 - 7200000
    assert fast.ticks_us() == fast.us() % TICKS_PERIOD_US
    assert fast.ticks_ms() == fast.us() // 1000 % TICKS_PERIOD_US


def test_a_crystal_keeps_what_it_counted_when_its_drift_changes():
    world = World()
    crystal = Crystal(world, 1000000)  # 1000 ppm
    world.advance(1000000)
    crystal.set_drift_ppb(0)
    world.advance(1000000)
    assert crystal.us() == 2001000
    assert crystal.drift_ppb == 0


def test_true_time_is_enough_for_what_is_to_be_counted():
    world = World()
    for drift_ppb in (0, 1, -1, 30000, -30000, 999999):
        for wanted_us in (1, 999, 1000, 123456789):
            start_us = world.now_us
            crystal = Crystal(world, drift_ppb)
            world.advance(crystal.true_us(wanted_us))
            assert wanted_us <= crystal.us() <= wanted_us + 1, (drift_ppb, wanted_us, start_us)


def test_low_wins_on_a_wire_and_a_pull_decides_when_nobody_drives():
    line = Line()
    levels = []
    token = line.on_change(levels.append)
    line.pull_low(True, "a")
    line.pull_low(True, "b")
    line.pull_low(False, "a")
    line.set(1, "c")
    assert line.level == 0
    line.pull_low(False, "b")
    assert line.level == 1
    line.release("c")
    line.release("c")
    line.set_pull(0)
    line.forget(token)
    line.forget(None)
    line.set(1)
    assert levels == [0, 1, 0]
