"""A station on virtual time for tests, with parts that are nothing but lists.

Runs on both Pythons. The log is memory; the real one has its own tests.
"""

from gate_station import tasks
from gate_station.core import clock, config, parts, server, signals, station
from gate_wire import record
from yellowgate.sim.devices.loop import Loop
from yellowgate.sim.devices.world import Crystal, World

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

LOG_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


class MemoryLog:
    """As core.log.Log, in memory. full, fails: refuse from now on."""

    def __init__(self) -> None:
        self.log_id = LOG_ID
        self.generation = 1
        self.rows = []
        self.last_boot = 0
        self.fill_permille = 0
        self.fails = False
        self.retries = 0
        self.settled = 0

    def tidy(self):
        pass

    def settle(self):
        self.settled += 1

    def append(self, kind, boot, uptime_ms, utc_ms, quality, body):
        if self.fails or self.fill_permille >= 1000:
            raise OSError("no")
        seq = len(self.rows)
        self.rows.append(record.Record(kind, seq, boot, uptime_ms, utc_ms, quality, bytes(body)))
        return seq

    def tip(self):
        return len(self.rows), b"tip."

    def read(self, seq, buf):
        raw = record.pack(self.rows[seq], self.log_id)
        buf[: len(raw)] = raw
        return len(raw)

    def read_range(self, first, end, buf):
        at = 0
        while first < end:
            raw = record.pack(self.rows[first], self.log_id)
            if at + len(raw) > len(buf):
                break
            buf[at : at + len(raw)] = raw
            at += len(raw)
            first += 1
        return at, first

    def kinds(self):
        return [row.kind for row in self.rows]


class Button:
    presses = 1
    down = False

    def __init__(self, flag, ticks) -> None:
        self.waiting = []
        self._flag = flag
        self._ticks = ticks

    def press(self):
        self.waiting.append(self._ticks.ticks_us())
        self._flag.set()

    def take(self):
        return self.waiting.pop(0) if self.waiting else -1

    def is_down(self):
        return self.down

    def chatters(self):
        return False

    def settle(self):
        pass

    def probe(self):
        return "ok"


class Reader:
    """tag() is what the chip would tell by its interrupt."""

    def __init__(self, flag, ticks) -> None:
        self.waiting = []
        self.resets = 0
        self.tests = 0
        self.late_ms = 0
        self.is_wrong = ""
        self._flag = flag
        self._ticks = ticks

    def start(self):
        pass

    def tag(self, uid):
        self.waiting.append((uid, self._ticks.ticks_us(), self.late_ms))
        self._flag.set()

    def take(self):
        return self.waiting.pop(0) if self.waiting else None

    def wait_ms(self):
        return 1 if self.waiting else -1

    def self_test(self):
        self.tests += 1
        return True

    def fault(self):
        return self.is_wrong

    def probe(self):
        return "ok"


class Sounder:
    """Buzzer and LEDs: what was heard and seen, with the time of each change in ms."""

    def __init__(self, world) -> None:
        self.heard = []
        self.seen = []
        self._world = world

    def tone(self, hz):
        if not self.heard or self.heard[-1][1] != hz:
            self.heard.append((self._world.now_us // 1000, hz))

    def show(self, lights):
        if not self.seen or self.seen[-1][1] != lights:
            self.seen.append((self._world.now_us // 1000, lights))


class Console:
    """Bytes in and out. takes: how many bytes a write takes at most, 0: nobody reads."""

    def __init__(self, flag) -> None:
        self.poll_ms = 0
        self.takes = 1000
        self.output = bytearray()
        self.writes = []
        self._input = bytearray()
        self._flag = flag

    def arrive(self, data):
        self._input.extend(data)
        self._flag.set()

    def read(self, buf):
        count = min(len(buf), len(self._input))
        buf[:count] = self._input[:count]
        self._input = self._input[count:]
        return count

    def write(self, buf):
        count = min(len(buf), self.takes)
        self.output.extend(buf[:count])
        self.writes.append(count)
        return count


class Power:
    def __init__(self, battery_mv=4500) -> None:
        self.mv = battery_mv

    def battery_mv(self):
        return self.mv


class Watchdog:
    def __init__(self) -> None:
        self.fed = 0
        self.is_settled = False

    def feed(self):
        self.fed += 1

    def lived(self):
        self.is_settled = True


class Kit:
    """A whole station; `settings` are JSON text of station.json."""

    def __init__(self, settings="{}", log=None, with_reader=True) -> None:
        self.world = World()
        self.ticks = Crystal(self.world)
        self.loop = Loop(self.world)
        self.flags = parts.Flags(self.loop)
        self.log: Any = MemoryLog() if log is None else log
        self.parts = parts.Parts()
        self.button = self.parts.button = Button(self.flags.button, self.ticks)
        self.reader: Any = Reader(self.flags.reader, self.ticks)
        if with_reader:
            self.parts.reader = self.reader
        self.sounder = self.parts.buzzer = self.parts.leds = Sounder(self.world)
        self.console: Any = Console(self.flags.console)
        self.parts.console = self.console
        self.power = self.parts.power = Power()
        self.watchdog = self.parts.watchdog = Watchdog()
        self.clock = clock.StationClock(self.ticks, slow_ticks=self.ticks)
        self.station = station.Station(config.parse(settings), self.log, self.clock, self.parts)
        self.player = signals.Player()
        self.chances = 0
        self.server = server.Server(self.station, lambda: "fine", lambda: None, self.random_bytes)
        self.shell = tasks.Shell(self.station, self.player, self.server, self.loop, self.flags)
        self._spawned = []

    def random_bytes(self, count):
        self.chances += 1
        return bytes((self.chances,)) * count

    def power_cut(self):
        """The tasks are gone."""
        self.loop.close()
        for _, coroutine in self._spawned:
            coroutine.close()

    def start(self, shell):
        """Spawn the tasks of a shell."""
        self._spawned = shell.coroutines()
        for name, coroutine in self._spawned:
            self.loop.spawn(coroutine, name)

    def age_ms(self, ms):
        """It has lived for so long, and nothing has happened."""
        while self.clock.now_uptime_ms() < ms:
            left_us = ms * 1000 - self.clock.now_uptime_us()
            self.world.advance(min(left_us, 5 * 86_400_000_000))

    def run_ms(self, ms):
        if not self._spawned:
            self.start(self.shell)
        self.loop.run_until(self.world.now_us + ms * 1000)

    def set_clock(self):
        self.clock.set_utc(5 * 365 * 86400 * 1000000, self.clock.now_uptime_us())
