"""Runs on the MicroPython VM: a station and a base for as long as one likes, to see what stays.

The station's log keeps nothing: a record is made when it is read. The base acknowledges by itself,
as the host would.
"""

from gate_station.core import airdesk, airtime, backlog, base, duty, outbox, regions, roster
from gate_wire import kinds, packet, record
from radiokit import Both

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any

LOG_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"
KEY = bytes(range(16))
SLICE_US = 15_000


class EndlessLog:
    """As core.log.Log with one tag a minute; nothing of it lies in memory."""

    def __init__(self) -> None:
        self.log_id = LOG_ID
        self.first_seq = 0
        self.next_seq = 0

    def tip(self):
        return self.next_seq, b"tag."

    def epoch(self, seq):
        return seq // 122

    def read(self, seq, buf):
        uid = b"\x04" + seq.to_bytes(4, "big") + b"\x55\x66"
        uptime_ms = 60_000 * seq
        row = record.Record(
            kinds.TAG, seq, 1, uptime_ms, 164_000_000_000 + uptime_ms, 15, uid, b"tag."
        )
        return record.pack_into(buf, 0, row, LOG_ID)


class Everybody(roster.Roster):
    """A roster that grows with the log."""

    def __init__(self) -> None:
        super().__init__()
        self.is_shared = True

    def place(self, uid):
        return uid[4]


class Traffic:
    """Two boards on one air. has_base: somebody answers."""

    def __init__(self, has_base: bool) -> None:
        self.both = Both()
        self.log: Any = EndlessLog()
        settings = regions.settings(airtime.Modem(9), regions.US915)
        self.box = outbox.Outbox(
            backlog.Backlog(self.log, Everybody()),
            duty.Duty(0),
            settings,
            KEY,
            1,
            1,
            5,
            lambda: (4000, 20, 1),
        )
        self.base = base.Base(settings, duty.Duty(0), self._forward)
        radios = self.both.radios
        self.desks = [airdesk.AirDesk(radios[0], [self.box], settings, lambda tick: tick)]
        if has_base:
            self.desks.append(airdesk.AirDesk(radios[1], [self.base], settings, lambda tick: tick))

    def _forward(self, data, _rssi_dbm, _snr_db, _uptime_us):
        part = packet.parse(data)
        if part is not None and part.kind != packet.ANSWER:
            top = self.log.next_seq
            answer = packet.pack_answer(packet.Answer(top, [], True, False, 164_000_000_000, 5))
            self.base.say(
                packet.seal(1, packet.BASE_ADDRESS, packet.ANSWER, 1, part.number, answer, KEY)
            )

    def tag(self) -> None:
        """One more record."""
        seq = self.log.next_seq
        self.log.next_seq = seq + 1
        self.box.appended(seq, kinds.TAG)

    def go_on(self, us: int) -> None:
        """Let the desks have their turns for so long."""
        world = self.both.world
        until_us = world.now_us + us
        while world.now_us < until_us:
            for desk in self.desks:
                desk.step(world.now_us // 1000)
            world.advance(SLICE_US)

    def tags(self, count: int, every_us: int) -> None:
        """So many records, one after the other."""
        for _ in range(count):
            self.tag()
            self.go_on(every_us)

    def packets(self) -> "list[int]":
        """(sent by the station, sent by the base)."""
        return [chip.transmitted for chip in self.both.chips]
