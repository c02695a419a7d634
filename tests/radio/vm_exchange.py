"""Runs on the MicroPython VM: a station and a base, each with the real driver on a chip model.

`answers`, in hex by number of the packet they answer, are transmitted by the base as the host
made them.
"""

from gate_station.core import airdesk, airtime, backlog, base, duty, outbox, regions, roster
from gate_wire import chain, kinds, packet, record
from radiokit import Both

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

KEY = bytes(range(16))
FIRST_KEY = b"first key of log"
RUNNERS = 20
LOG_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


class Log:
    """As core.log.Log, in memory."""

    def __init__(self) -> None:
        self.log_id = LOG_ID
        self.first_seq = 0
        self.raws = []
        self._tag = chain.TAG_ZERO

    def append(self, kind, uptime_ms, body):
        seq = len(self.raws)
        row = record.Record(kind, seq, 1, uptime_ms, 164_000_000_000 + uptime_ms, 15, body)
        sealed = record.pack(row, LOG_ID)[:-8]
        row.tag = self._tag = chain.tag(FIRST_KEY, self._tag, sealed)
        self.raws.append(record.pack(row, LOG_ID))
        return seq

    def tip(self):
        return len(self.raws), self._tag

    def epoch(self, _seq):
        return 0

    def read(self, seq, buf):
        raw = self.raws[seq]
        buf[: len(raw)] = raw
        return len(raw)


def uid_of(runner):
    return bytes((4, runner, 1, 2, 3, 4, 5))


def told(runners):
    """A station's roster after KNOWN_TAGS."""
    known = roster.Roster()
    payload = b"\x01"
    for runner in range(runners):
        payload += b"\x07" + uid_of(runner)
    assert known.load(payload)
    return known


class Exchange:
    """Two boards, ready to talk."""

    def __init__(self, answers) -> None:
        self.answers = answers
        self.heard = []
        self.both = both = Both()
        self.log: Any = Log()
        settings = regions.settings(airtime.Modem(9), regions.US915)
        self.box = outbox.Outbox(
            backlog.Backlog(self.log, told(RUNNERS)),
            duty.Duty(0),
            settings,
            packet.air_key(packet.station_key(KEY, 1), LOG_ID),
            1,
            1,
            5,
            lambda: (4000, 20, 1),
        )
        self.base = base.Base(settings, duty.Duty(0), self._forward)
        self.desks = [
            airdesk.AirDesk(both.radios[0], [self.box], settings, lambda tick: tick),
            airdesk.AirDesk(both.radios[1], [self.base], settings, lambda tick: tick),
        ]

    def _forward(self, data, _rssi_dbm, _snr_db, _uptime_us):
        self.heard.append(str(bytes(data).hex()))
        part = packet.parse(data)
        if part is not None and part.number in self.answers:
            self.base.say(bytes.fromhex(self.answers[part.number]))

    def run(self, taps, now_us):
        """now_us(): of the machine that runs this, to see what a packet costs."""
        world = self.both.world
        busy_us = 0
        for at in range(taps):
            seq = self.log.append(kinds.TAG, world.now_us // 1000, uid_of(at))
            self.box.appended(seq, kinds.TAG)
            until_us = world.now_us + 5_000_000
            while world.now_us < until_us:
                for desk in self.desks:
                    started_us = now_us()
                    desk.step(world.now_us // 1000)
                    busy_us += now_us() - started_us
                world.advance(15_000)
        return {
            "heard": self.heard,
            "raws": [str(bytes(raw).hex()) for raw in self.log.raws],
            "lacking": self.box.backlog.count(),
            "packets": sum([chip.transmitted for chip in self.both.chips]),
            "busy_us": busy_us,
        }

    def costs(self, now_us, used_bytes):
        """(us, bytes of garbage) of making one packet, handing it to the chip, taking it out of
        the other one. used_bytes() is slow: each is measured once, and nothing is collected.
        """
        world = self.both.world
        seq = self.log.append(kinds.TAG, world.now_us // 1000, uid_of(RUNNERS - 1))
        self.box.appended(seq, kinds.TAG)
        costs = {}

        def measure(name, action):
            before_bytes, started_us = used_bytes(), now_us()
            result = action()
            took_us = now_us() - started_us
            costs[name] = [took_us, used_bytes() - before_bytes]
            return result

        data = measure("make", lambda: self.box.poll(world.now_us // 1000))
        measure("send", lambda: self.both.radios[0].send(data))
        world.advance(1_000_000)
        taken = measure("take", self.both.radios[1].take)
        assert taken[0] == data
        return costs
