"""The scheduler of simulated stations."""

from check import raises
from yellowgate.sim.devices.loop import TURN_US, Loop
from yellowgate.sim.devices.world import Crystal, World


def test_sleeps_last_as_long_as_the_crystal_says():
    world = World()
    loop = Loop(world, Crystal(world, -100000000))  # a tenth too slow: sleeps are longer
    seen = []

    async def task():
        while True:
            await loop.sleep_ms(9)
            seen.append(world.now_us)

    loop.spawn(task())
    loop.run_until(30000)
    assert seen == [10000, 20000, 30000]
    assert world.now_us == 30000


def test_a_flag_wakes_its_waiter_once_and_is_kept_when_nobody_waits():
    world = World()
    loop = Loop(world)
    flag = loop.flag()
    seen = []

    async def task():
        while True:
            await flag.wait()
            seen.append(world.now_us)

    flag.set()
    flag.set()
    assert flag.is_set()
    loop.spawn(task())
    world.at(5, flag.set)
    world.at(7, flag.set)
    loop.run_until(10)
    assert seen == [0, 5, 7]
    assert not flag.is_set()


def test_tasks_take_turns_and_a_sleep_of_nothing_cannot_stop_the_time():
    world = World()
    loop = Loop(world)
    seen = []

    async def task(name):
        for _ in range(2):
            seen.append(name)
            await loop.sleep_ms(0)

    first = loop.spawn(task("a"), "a")
    loop.spawn(task("b"), "b")
    loop.run_until(10 * TURN_US)
    assert seen == ["a", "b", "a", "b"]
    assert first.done


def test_a_task_returns_its_result_or_is_late():
    world = World()
    loop = Loop(world)

    async def task(ms):
        await loop.sleep_ms(ms)
        return ms

    assert loop.run_task(task(3), 5000) == 3
    raises(OSError, loop.run_task, task(3000), 5000)


def test_what_a_task_raises_comes_out_and_the_others_go_on():
    world = World()
    loop = Loop(world)
    seen = []

    async def bad():
        await loop.sleep_ms(1)
        raise KeyError("bad")

    async def good():
        await loop.sleep_ms(2)
        seen.append(world.now_us)

    loop.spawn(bad())
    loop.spawn(good())
    raises(KeyError, loop.run_until, 5000)
    loop.run_until(5000)
    assert seen == [2000]


def test_nothing_runs_after_close():
    world = World()
    loop = Loop(world)
    seen = []

    async def task():
        seen.append(1)

    loop.spawn(task())
    loop.close()
    loop.run_until(10)
    assert seen == []
