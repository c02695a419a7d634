"""The radio protocol in virtual time: stations, air, base and host, without chips.

The outbox, duty ledger, base and relay are the firmware's, the ears the host's. The air loses,
delays, doubles and collides; whole days take seconds. Chips and drivers have tests of their own.
"""

import heapq
import random
from collections.abc import Callable
from typing import Any

from gate_station.core import airtime, backlog, base, duty, history, outbox, regions, relay, roster
from gate_wire import bodies, chain, kinds, packet, record
from yellowgate.link.radio import AirKey, Ears, Heard, air_keys, counter_name

User = outbox.Outbox | base.Base | relay.Relay  # of a radio
RACE_KEY = b"one race, one key"[:16]
USB_MS = 8  # base to laptop
STORE_MS = 25  # one commit on a laptop's disk
START_UTC_MS = 164_000_000_000


class FlashLog:
    """Stands for core.log.Log: appends with chained tags, survives restarts."""

    def __init__(self, log_id: bytes, first_key: bytes, records_per_block: int = 40) -> None:
        self.log_id = log_id
        self.first_key = first_key
        self.first_seq = 0
        self.raws: list[bytes] = []
        self._per_block = records_per_block
        self._keys = [first_key]
        self._tag = chain.TAG_ZERO

    def append(
        self, kind: int, boot: int, uptime_ms: int, utc_ms: int, quality: int, body: bytes
    ) -> int:
        seq = len(self.raws)
        row = record.Record(kind, seq, boot, uptime_ms, utc_ms, quality, body)
        while len(self._keys) <= self.epoch(seq):
            self._keys.append(chain.next_key(self._keys[-1]))
        sealed = record.pack(row, self.log_id)[: -record.CRC_BYTES - record.TAG_BYTES]
        row.tag = self._tag = chain.tag(self._keys[self.epoch(seq)], self._tag, sealed)
        self.raws.append(record.pack(row, self.log_id))
        return seq

    def epoch(self, seq: int) -> int:
        return seq // self._per_block

    def read(self, seq: int, buf: bytearray) -> int:
        raw = self.raws[seq]
        buf[: len(raw)] = raw
        return len(raw)

    def tip(self) -> tuple[int, bytes]:
        return len(self.raws), self._tag


class Sim:
    """Virtual time in milliseconds, and the air.

    loss: of each reception, 0..1. late, twice: share of packets delivered late or doubled.
    is_heard(sender, receiver): who can hear whom at all.
    """

    def __init__(self, seed: int, modem: airtime.Modem, region: regions.Region) -> None:
        self.random = random.Random(seed)
        self.modem = modem
        self.region = region
        self.now_ms = 0
        self.loss = 0.0
        self.late = 0.0
        self.twice = 0.0
        self.is_heard: Callable[[object, object], bool] = lambda _a, _b: True
        self.nodes: list[Node] = []
        self.on_air: list[tuple[int, int, Node]] = []  # start, end, sender
        self.recorded: list[bytes] | None = None
        self.airtime_us = 0
        self.packets = 0
        self._events: list[tuple[int, int, Callable[[], object]]] = []
        self._count = 0

    def at(self, ms: int, action: Callable[[], object]) -> None:
        self._count += 1
        heapq.heappush(self._events, (max(ms, self.now_ms), self._count, action))

    def run(self, until_ms: int, is_done: Callable[[], bool] = lambda: False) -> None:
        while self._events and self._events[0][0] <= until_ms and not is_done():
            self.now_ms, _, action = heapq.heappop(self._events)
            action()
        if not is_done():
            self.now_ms = max(self.now_ms, until_ms)

    def hearing(self, node: "Node") -> bool:
        return any(
            start <= self.now_ms < end and sender is not node and self.is_heard(sender, node)
            for start, end, sender in self.on_air
        )

    def transmit(self, sender: "Node", data: bytes) -> int:
        """Returns when it ends, in ms."""
        us = airtime.airtime_us(self.modem, len(data))
        self.airtime_us += us
        self.packets += 1
        sender.airtime.append((self.now_ms, us))
        if self.recorded is not None:
            self.recorded.append(data)
        start, end = self.now_ms, self.now_ms + -(-us // 1000)
        self.on_air = [other for other in self.on_air if other[1] > start - 5000]
        self.on_air.append((start, end, sender))
        self.at(end, lambda: self._arrive(start, end, sender, data))
        return end

    def _arrive(self, start: int, end: int, sender: "Node", data: bytes) -> None:
        for node in self.nodes:
            if node is sender or not self.is_heard(sender, node):
                continue
            disturbed = any(
                first < end and last > start and (other is node or self.is_heard(other, node))
                for first, last, other in self.on_air
                if other is not sender
            )
            if disturbed or self.random.random() < self.loss:
                continue
            self._deliver(node, data)
            if self.random.random() < self.twice:
                self._deliver(node, data)

    def _deliver(self, node: "Node", data: bytes) -> None:
        delay_ms = self.random.randrange(1, 5000) if self.random.random() < self.late else 3
        self.at(self.now_ms + delay_ms, lambda: node.heard(data))


class Node:
    """Somebody with a radio: polls its users when they may have something to say."""

    def __init__(self, sim: Sim) -> None:
        self.sim = sim
        self.is_on = True
        self.born_ms = sim.now_ms
        self._busy_ms = 0
        self._planned_ms = -1
        self.airtime: list[tuple[int, int]] = []  # (start ms, us) of all it ever sent
        sim.nodes.append(self)

    @property
    def uptime_ms(self) -> int:
        return self.sim.now_ms - self.born_ms

    def users(self) -> list[User]:
        raise NotImplementedError

    def due_ms(self) -> int:
        """Uptime at which to look again."""
        raise NotImplementedError

    def heard(self, data: bytes) -> None:
        if self.is_on and self.sim.now_ms >= self._busy_ms:
            for user in self.users():
                user.heard(data, -90, 8, self.uptime_ms * 1000, self.uptime_ms)
            self.wake()

    def wake(self) -> None:
        self.plan(self.sim.now_ms)

    def plan(self, ms: int) -> None:
        if self._planned_ms < 0 or ms < self._planned_ms:
            self._planned_ms = ms
            self.sim.at(ms, lambda: self._step(ms))

    def _step(self, planned_ms: int) -> None:
        if planned_ms != self._planned_ms:
            return
        self._planned_ms = -1
        if not self.is_on:
            return
        if self.sim.now_ms < self._busy_ms:
            self.plan(self._busy_ms)
        elif self.sim.hearing(self):
            self.plan(self.sim.now_ms + 15)
        else:
            self._say()

    def _say(self) -> None:
        for user in self.users():
            data = user.poll(self.uptime_ms)
            if data:
                end = self.sim.transmit(self, data)
                self._busy_ms = end
                born_ms = self.born_ms
                self.sim.at(end, lambda u=user, b=born_ms: self._sent(u, b))
                return
        self.plan(self.born_ms + max(self.due_ms(), self.uptime_ms + 10))

    def _sent(self, user: User, born_ms: int) -> None:
        if self.is_on and born_ms == self.born_ms:
            user.sent(self.uptime_ms, self.uptime_ms * 1000)
            self.wake()


def told_roster(uids: list[bytes]) -> roster.Roster:
    """A station's roster after KNOWN_TAGS."""
    known = roster.Roster()
    payload = bytearray((1,))
    for uid in uids:
        payload.append(len(uid))
        payload += uid
    assert known.load(bytes(payload))
    return known


class Station(Node):
    """A station with a log that survives its restarts."""

    def __init__(self, sim: Sim, station_id: int, uids: list[bytes], beat_s: int = 300) -> None:
        super().__init__(sim)
        self.station_id = station_id
        self.log = FlashLog(bytes([station_id]) * 8, bytes([0x40 + station_id]) * 16)
        self.settings = regions.settings(sim.modem, sim.region, beat_s)
        self.uids = list(uids)  # told over the cable, before it was carried to its place
        self.boot = 0
        self.ages: list[int] = []  # uptimes of earlier lives, the newest first
        self.stored_ms: list[int] = []  # when each record was stored
        self.restart()

    def restart(self) -> None:
        """Power off and on."""
        if self.boot:
            self.ages.insert(0, self.uptime_ms)
        self.boot += 1
        self.born_ms = self.sim.now_ms
        self._busy_ms = self._planned_ms = -1
        lives = history.recent_lives(self.ages)
        self.duty = duty.Duty(self.sim.region.duty_us, lives)
        self.roster = told_roster(self.uids)
        log: Any = self.log  # as much of the real one as a backlog asks for
        self.box = outbox.Outbox(
            backlog.Backlog(log, self.roster),
            self.duty,
            self.settings,
            self.air_key.key,
            self.station_id,
            self.boot,
            self.station_id + 7 * self.boot,
            lambda: (4012, -3, 17),
        )
        self.store(
            kinds.BOOT, bodies.pack_boot(bodies.Boot(0, 0, self.station_id, 0x19, (0, 1, 0)))
        )

    @property
    def air_key(self) -> AirKey:
        return air_keys(RACE_KEY, [self.station_id], [self.log.log_id.hex()])[0]

    def store(self, kind: int, body: bytes) -> int:
        # The crystal runs 12 ppm away from the RTC, whose milliseconds go to the record.
        utc_ms = START_UTC_MS + self.sim.now_ms - self.uptime_ms * 12 // 1_000_000
        seq = self.log.append(kind, self.boot, self.uptime_ms, utc_ms, 0x0F, body)
        self.stored_ms.append(self.sim.now_ms)
        self.box.appended(seq, kind)
        self.wake()
        return seq

    def tap(self, uid: bytes) -> int:
        return self.store(kinds.TAG, uid)

    def tell(self, uids: list[bytes]) -> None:
        """Somebody syncs it over the cable: this is the roster now."""
        self.uids = list(uids)
        self.roster = self.box.backlog.roster = told_roster(self.uids)

    def users(self) -> list[User]:
        return [self.box]

    def due_ms(self) -> int:
        return self.box.due_ms(self.uptime_ms)


class Host(Node):
    """Base, cable, laptop and its store."""

    def __init__(self, sim: Sim, stations: list[Station], uids: list[bytes]) -> None:
        super().__init__(sim)
        self.stations = stations
        self.uids = uids
        self.rows: dict[tuple[str, int], bytes] = {}
        self.arrived_ms: dict[tuple[str, int], int] = {}
        self.counters: dict[str, int] = {}
        self.unrebuilt = 0
        self.nameless = 0  # ... of them, since another roster is known here
        self.settings = regions.settings(sim.modem, sim.region)
        self.duty = duty.Duty(sim.region.duty_us, -1)
        self.base = base.Base(self.settings, self.duty, self._forward)
        self.restart()

    def restart(self) -> None:
        """Another run of the host's program: only what was durable is left."""
        self.ears = Ears(
            [one.air_key for one in self.stations],
            {one.log.log_id.hex(): one.log.first_key for one in self.stations},
            self.uids,
            [(log_id, raw) for (log_id, _), raw in self.rows.items()],
            self.counters,
        )

    def know(self, uids: list[bytes]) -> None:
        """Somebody edits roster.csv."""
        self.uids = list(uids)
        self.ears.know_roster(self.uids)

    def set_on(self, is_on: bool) -> None:
        self.is_on = is_on
        if is_on:
            self.restart()
            self.wake()

    def users(self) -> list[User]:
        return [self.base]

    def due_ms(self) -> int:
        return self.base.due_ms(self.uptime_ms)

    def _forward(self, data: bytes, _rssi: int, _snr: int, _uptime_us: int) -> None:
        self.sim.at(self.sim.now_ms + USB_MS, lambda: self._hear(data))

    def _hear(self, data: bytes) -> None:
        if not self.is_on:
            return
        heard = self.ears.hear(data)
        if heard is not None:
            self.unrebuilt += heard.says != 0
            self.nameless += heard.says == packet.SAYS_TAGS
            self.sim.at(self.sim.now_ms + STORE_MS, lambda: self._store(heard))

    def _store(self, heard: Heard) -> None:
        if not self.is_on:
            return
        for log_id, raw in heard.rows:
            key = (log_id, record.unpack(raw).seq)
            assert self.rows.setdefault(key, raw) == raw, "one number, two contents"
            self.arrived_ms.setdefault(key, self.sim.now_ms)
        name = counter_name(heard.log_id)
        self.counters[name] = max(self.counters.get(name, 0), heard.counter)
        self.ears.stored(heard.rows)
        answer = self.ears.answer(heard)
        self.sim.at(self.sim.now_ms + USB_MS, lambda: self._say_later(answer))

    def _say_later(self, answer: bytes) -> None:
        self.base.say(answer)
        self.wake()

    def has_all(self) -> bool:
        """Is every record of every log here?"""
        return len(self.rows) == sum(len(one.log.raws) for one in self.stations)

    def check_exact(self) -> None:
        """Every record is here bit for bit, and nothing else."""
        assert self.rows == self._wanted()

    def check_true(self) -> None:
        """What is here is so on a station, bit for bit."""
        assert self.rows.items() <= self._wanted().items()

    def _wanted(self) -> dict[tuple[str, int], bytes]:
        return {
            (one.log.log_id.hex(), seq): raw
            for one in self.stations
            for seq, raw in enumerate(one.log.raws)
        }


class Repeater(Node):
    """A relay alone on its ridge."""

    def __init__(self, sim: Sim, serves: tuple[int, ...]) -> None:
        super().__init__(sim)
        settings = regions.settings(sim.modem, sim.region)
        self.relay = relay.Relay(settings, duty.Duty(sim.region.duty_us, -1), serves, 3, 5)

    def users(self) -> list[User]:
        return [self.relay]

    def due_ms(self) -> int:
        return self.relay.due_ms(self.uptime_ms)


def uid_of(runner: int) -> bytes:
    """The 7-byte UID of a runner."""
    return bytes([0x04]) + runner.to_bytes(2, "big") + b"\x5a\x11\x90\x80"
