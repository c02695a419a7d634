"""The scheduler of a simulated station: coroutines in virtual time.

Runs on CPython and on MicroPython, and fulfils gate_station.ports.Aio. It goes from event to
event: a station that sleeps for an hour costs one step. Code takes no virtual time here unless a
driver waits for its hardware; a task that sleeps 0 ms gives the others their turn and goes on
after TURN_US, so that a loop of such sleeps cannot stop the time.
"""

from yellowgate.sim.devices.world import Crystal, World

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Awaitable, Coroutine, Generator, Iterator

    from yellowgate.sim.devices.world import Event

TURN_US = 50


class Task:
    """A coroutine on its way."""

    def __init__(
        self, coro: "Coroutine[object, object, object]", name: str, ready: "list[Task]"
    ) -> None:
        self.coro = coro
        self.name = name
        self.done = False
        self.nap: Event | None = None  # by which it wakes; long past when it is over
        self._ready = ready

    def wake(self) -> None:
        """It goes on at its next turn."""
        self._ready.append(self)


class _Pause:
    """What a task awaits: it gives way to the loop so many times, then it is over.

    No coroutine, and the same one for all: a race awaits a million times.
    """

    def __init__(self, turns: "tuple[None, ...]") -> None:
        self._turns = turns

    def __iter__(self) -> "Iterator[None]":
        return iter(self._turns)

    def __await__(self) -> "Generator[None, None, None]":  # CPython asks for this name
        return iter(self._turns)  # pyright: ignore[reportReturnType]


_PAUSE = _Pause((None,))
_OVER = _Pause(())


class LoopFlag:
    """An event that an interrupt may set; one waiter. See gate_station.ports.Flag."""

    def __init__(self, loop: "Loop") -> None:
        self._loop = loop
        self._is_set = False
        self.waiter: Task | None = None

    def set(self) -> None:
        """Wake the waiter; without one, the next wait() is over at once."""
        if self.waiter is not None:
            self.waiter.wake()
            self.waiter = None
        else:
            self._is_set = True

    def is_set(self) -> bool:
        """Would wait() be over at once?"""
        return self._is_set

    def wait(self) -> "Awaitable[None]":
        """Wait until set, then clear."""
        if self._is_set:
            self._is_set = False
            return _OVER
        self.waiter = self._loop.current
        return _PAUSE


class Loop:
    """Runs tasks against the World's time. crystal: the clock by which tasks sleep."""

    def __init__(self, world: World, crystal: Crystal | None = None) -> None:
        self.world = world
        self._crystal = crystal
        self.tasks: list[Task] = []
        self.ready: list[Task] = []  # who goes on at the next run_ready()
        self.current: Task | None = None
        self.steps = 0  # how often a task was gone on with

    def spawn(self, coro: "Coroutine[object, object, object]", name: str = "") -> Task:
        """Start a coroutine; it takes its first step within run_until()."""
        task = Task(coro, name, self.ready)
        self.tasks.append(task)
        self.ready.append(task)
        return task

    def flag(self) -> LoopFlag:
        """A new flag."""
        return LoopFlag(self)

    def sleep_ms(self, ms: int) -> "Awaitable[None]":
        """Let the others run for at least ms milliseconds of this board's crystal."""
        us = ms * 1000 if ms > 0 else TURN_US
        if self._crystal is not None:
            us = self._crystal.true_us(us)
        task = self.current
        if task is not None:
            task.nap = self.world.after(us, task.wake)
        return _PAUSE

    def run_until(self, us: int) -> None:
        """Let everything happen up to this moment of true time, and make it now.

        What a task or an event raises comes out here; the other tasks may then be gone on with by
        calling again.
        """
        world = self.world
        while True:
            self.run_ready()
            if not world.step(us):
                break
        world.advance_to(us)

    def run_task(self, coro: "Coroutine[object, object, object]", limit_us: int) -> object:
        """Run until this coroutine has ended; returns what it returns.

        Raises OSError when it has not ended at limit_us.
        """
        result: list[object] = []

        async def keep() -> None:
            result.append(await coro)

        task = self.spawn(keep(), "run_task")
        while not task.done:
            self.run_ready()
            if not task.done and not self.world.step(limit_us):
                raise OSError("task did not end in time")
        return result[0]

    def close(self) -> None:
        """End all tasks: the power is gone. Raises what a task raises when it is ended."""
        self.ready[:] = []
        while self.tasks:
            self.tasks.pop().coro.close()

    def run_ready(self) -> None:
        """Let every task that was woken go on, until all of them wait again."""
        while self.ready:
            task = self.ready.pop(0)
            self.current = task
            self.steps += 1
            try:
                task.coro.send(None)
            except StopIteration:
                task.done = True
                self.tasks.remove(task)
