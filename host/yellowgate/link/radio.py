"""The host's side of the radio, without a radio and without a store: packets in, records out.

hear() verifies, refuses what is old, and rebuilds records exactly as they are on the station's
flash; the caller makes them durable, says so with stored(), and only then asks for answer().
FORMAT.md ("Radio packets") is the specification.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gate_wire import chain, kinds, news, packet, record

from yellowgate.link.ranges import Ranges

ANSWER_BYTES_MAX = 48
_RECENT = 64  # packets by which a repetition on the way is told from a replay
_NUMBER_BITS = 24
_EPOCH_SEARCH = 4096
_ROSTERS_MAX = 8  # as stations may have been told them since this program was started

# Why a packet was refused: keys of Ears.refused.
SHORT = "not a packet"
FOREIGN = "of no station of this race"
FORGED = "forged or damaged"
REPLAYED = "replayed or late"
TWICE = "heard twice"  # through a relay, say
UNREBUILT = "not rebuilt"  # genuine, but something is missing here: the station is asked


class AirKey(NamedTuple):
    """What a station may sign with: its address, its log in hex, packet.air_key of both."""

    address: int
    log_id: str
    key: bytes


def air_keys(race_key: bytes, station_ids: Iterable[int], log_ids: Iterable[str]) -> list[AirKey]:
    """A key for each station with each log: which log a station has, its packets show."""
    logs = list(log_ids)
    return [
        AirKey(
            station_id,
            log_id,
            packet.air_key(packet.station_key(race_key, station_id), bytes.fromhex(log_id)),
        )
        for station_id in station_ids
        for log_id in logs
        if 0 <= station_id <= packet.STATION_ADDRESS_MAX
    ]


class TimeTold(NamedTuple):
    """When the base had received a packet: ms since 2020, its error (packet.BOUND_MS_MAX at most),
    and whose clock says so.
    """

    utc_ms: int
    bound_ms: int
    reference_id: int


@dataclass(frozen=True)
class Heard:
    """A genuine, new packet. rows: (log id, raw record), to be stored. beat: of a heartbeat.

    counter: to be kept with the rows, by raise_counter(counter_name(log_id), counter), so that
    no replay is taken after a restart of the host. says: how it is to be told again, where it
    could not be rebuilt (packet.SAYS_WHOLE, packet.SAYS_TAGS).
    """

    log_id: str
    address: int
    session: int
    number: int
    hops: int
    rows: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    beat: packet.Beat | None = None
    says: int = 0

    @property
    def counter(self) -> int:
        """Session and number as one number that only rises."""
        return self.session << _NUMBER_BITS | self.number


def counter_name(log_id: str) -> str:
    """Under which the highest counter of a log is kept in the store."""
    return f"radio {log_id} counter"


def refused_name(why: str) -> str:
    """Under which refused packets are counted in the store."""
    return f"radio packets {why}"


class _UnknownTagError(ValueError):
    """What stands for a tag is none that is known here."""


class _Log:
    """What the host knows of one log."""

    def __init__(self, first_key: bytes | None) -> None:
        self.raws: dict[int, bytes] = {}
        self.had = Ranges()
        self.epochs: dict[int, int] = {}
        self.keys: list[bytes] = [] if first_key is None else [first_key]
        self.session = 0
        self.highest = 0
        self.recent: deque[bytes] = deque(maxlen=_RECENT)
        self.says = 0  # what the last packet lacked: packet.SAYS_WHOLE, packet.SAYS_TAGS

    def key(self, epoch: int) -> bytes:
        if epoch == chain.EPOCH_KEYLESS:
            return chain.KEY_ZERO
        while len(self.keys) <= epoch:
            self.keys.append(chain.next_key(self.keys[-1]))
        return self.keys[epoch]

    def add(self, raw: bytes) -> None:
        seq = record.unpack(raw).seq
        self.raws[seq] = raw
        self.had.add(seq)

    def is_new(self, session: int, number: int) -> bool:
        return (session, number) > (self.session, self.highest)

    def saw(self, session: int, number: int, mac: bytes) -> None:
        self.session, self.highest = session, number
        self.recent.append(mac)


class Ears:
    """All stations of a race, as the host hears them.

    keys: of air_keys(). first_keys: of the chains, where known. uids: of the roster, in the order
    in which stations are told them (roster.known_tags).
    rows: (log id, raw) of the store. counters: of the store. expected: addresses whose packets
    are this race's, if they are genuine (None: all that keys are for).
    """

    def __init__(
        self,
        keys: Iterable[AirKey],
        first_keys: Mapping[str, bytes],
        uids: Iterable[bytes],
        rows: Iterable[tuple[str, bytes]] = (),
        counters: Mapping[str, int] | None = None,
        expected: Iterable[int] | None = None,
    ) -> None:
        self.refused: dict[str, int] = {}
        self._keys: dict[int, dict[str, bytes]] = {}
        self._logs: dict[str, _Log] = {}
        self._shorts: dict[bytes, set[bytes]] = {}
        self._rosters: list[list[bytes]] = []  # the newest first
        self.know_roster(uids)
        self.know_logs(keys, first_keys, counters or {})
        self._expected = set(self._keys if expected is None else expected)
        self.stored(rows)

    def know_logs(
        self, keys: Iterable[AirKey], first_keys: Mapping[str, bytes], counters: Mapping[str, int]
    ) -> None:
        """More logs; what is known of a log already stays."""
        for address, log_id, key in keys:
            self._keys.setdefault(address, {})[log_id] = key
            if log_id not in self._logs:
                log = self._logs[log_id] = _Log(first_keys.get(log_id))
                counter = counters.get(counter_name(log_id), 0)
                log.session, log.highest = counter >> _NUMBER_BITS, counter & packet.NUMBER_MAX

    def know_roster(self, uids: Iterable[bytes]) -> None:
        """The roster as it is now: a station may have been told this one, or one before."""
        roster = list(uids)
        if roster in self._rosters:
            self._rosters.remove(roster)
        self._rosters = [roster, *self._rosters][:_ROSTERS_MAX]
        for uid in roster:
            self._know_uid(uid)

    def _know_uid(self, uid: bytes) -> None:
        self._shorts.setdefault(news.short(uid), set()).add(uid)

    def stored(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """These are durable, wherever they came from. Their tags are known from now on."""
        for log_id, raw in rows:
            row = record.unpack(raw)
            if row.kind in (kinds.TAG, kinds.TAPS):
                self._know_uid(row.body)
            if log_id in self._logs:
                self._logs[log_id].add(raw)

    def records(self) -> dict[str, Mapping[int, bytes]]:
        """Of each log the records that are durable here, as far as is known, by number."""
        return {log_id: log.raws for log_id, log in self._logs.items()}

    def has(self, log_id: str, raw: bytes) -> bool:
        """Is this record durable here?"""
        return self._logs[log_id].raws.get(record.unpack(raw).seq) == raw

    # Hearing

    def hear(self, data: bytes) -> Heard | None:
        """A genuine new packet of a station; None for everything else, counted in refused."""
        part = packet.parse(data)
        if part is None:
            return self._refuse(SHORT)
        if part.kind == packet.ANSWER:
            return None  # of this base or another one
        known = self._keys.get(part.sender)
        if not known or part.to != packet.BASE_ADDRESS:
            return self._refuse(FOREIGN)
        for log_id, key in known.items():
            session = self._verify(log_id, key, part, data)
            if session >= 0:
                return self._take(log_id, session, part, data[-packet.MAC_BYTES :])
        return self._refuse(FORGED if part.sender in self._expected else FOREIGN)

    def _refuse(self, why: str) -> None:
        self.refused[why] = self.refused.get(why, 0) + 1

    def _verify(self, log_id: str, key: bytes, part: packet.Packet, data: bytes) -> int:
        """The session under which the MAC is right, -1 if none.

        Only its low byte is on air (heartbeats have the high one): it is the next one from the
        highest known on, or, in an old packet, the last one before.
        """
        top = self._logs[log_id].session
        ahead = top + (part.session_low - top & 0xFF)
        sessions = [ahead, ahead - 0x100]
        if part.kind == packet.BEAT and part.body:
            sessions = [part.body[0] << 8 | part.session_low]
        for session in sessions:
            if 0 <= session <= packet.SESSION_MAX and packet.verify(data, session, key):
                return session
        return -1

    def _take(self, log_id: str, session: int, part: packet.Packet, mac: bytes) -> Heard | None:
        log = self._logs[log_id]
        if not log.is_new(session, part.number):
            return self._refuse(TWICE if mac in log.recent else REPLAYED)
        log.saw(session, part.number, mac)
        if part.kind == packet.BEAT:
            beat = packet.unpack_beat(part.body)
            return Heard(log_id, part.sender, session, part.number, part.hops, beat=beat)
        raws, log.says = self._rebuild(log_id, log, part)
        if log.says:
            self._refuse(UNREBUILT)
        rows = [(log_id, raw) for raw in raws]
        return Heard(log_id, part.sender, session, part.number, part.hops, rows, says=log.says)

    # Rebuilding

    def _rebuild(self, log_id: str, log: _Log, part: packet.Packet) -> tuple[list[bytes], int]:
        """The records of a packet bit for bit, and 0; none, and how they are to be told again when
        something is missing for that.
        """
        is_whole = part.kind == packet.NEWS_WHOLE
        try:
            if part.kind == packet.ARRIVALS:
                return self._arrivals(log_id, log, part.body)
            before = None if is_whole else self._reference(log, part.body, news.CHECK_BYTES)
            entries = news.unpack(part.body, before, is_whole)
            raws = self._finished(log_id, log, entries, before)
        except _UnknownTagError:
            return [], packet.SAYS_TAGS
        except ValueError:
            return [], packet.SAYS_WHOLE
        if not _is_checked(raws, part.body[: news.CHECK_BYTES]):
            return [], packet.SAYS_WHOLE
        self._give_up(log, entries)
        return raws, 0

    def _give_up(self, log: _Log, entries: Iterable[news.Entry]) -> None:
        """What the station has lost is not asked for any more, until the host's program ends."""
        for entry in entries:
            if entry.row.kind == news.LOST:
                log.had.add(entry.row.seq)

    def _arrivals(self, log_id: str, log: _Log, body: bytes) -> tuple[list[bytes], int]:
        """By whichever roster the check fits: it is over the tags themselves, so another roster
        than the station's names nobody.
        """
        check_bytes = news.ARRIVALS_CHECK_BYTES
        before = self._reference(log, body, check_bytes)
        entries = news.unpack_arrivals(body, before)
        arrivals = [entry for entry in entries if entry.place >= 0]
        highest = max((entry.place for entry in arrivals), default=0)
        for roster in self._rosters:
            if highest < len(roster):
                for entry in arrivals:
                    entry.row.body = roster[entry.place]
                raws = self._finished(log_id, log, entries, before)
                if _is_checked(raws, body[:check_bytes]):
                    self._give_up(log, entries)
                    return raws, 0
        return [], packet.SAYS_TAGS

    def _finished(
        self, log_id: str, log: _Log, entries: list[news.Entry], before: record.Record | None
    ) -> list[bytes]:
        """The records, but those that are lost. Raises ValueError when something is missing."""
        raws: list[bytes] = []
        epoch = -1 if before is None else self._epoch(log, before.seq)
        for entry in entries:
            if entry.row.kind == news.LOST:
                epoch = -1
            else:
                if epoch >= 0:
                    epoch += entry.epoch_step
                raw, epoch = self._finish(log_id, log, entry, before, epoch)
                raws.append(raw)
            before = entry.row
        return raws

    def _reference(self, log: _Log, body: bytes, at: int) -> record.Record:
        """The record whose number's low bits stand there. Raises ValueError without it."""
        low = int.from_bytes(body[at : at + 2], "little")
        top = log.had.top - 1
        seq = top - (top - low & 0xFFFF)
        if seq not in log.raws:
            raise ValueError("the reference is missing")
        return record.unpack(log.raws[seq])

    def _finish(
        self, log_id: str, log: _Log, entry: news.Entry, before: record.Record | None, epoch: int
    ) -> tuple[bytes, int]:
        """(raw record, epoch of its key). Raises ValueError when its tags cannot be told."""
        row = entry.row
        if entry.short_uid:
            uids = self._shorts.get(entry.short_uid, set())
            if len(uids) != 1:
                raise _UnknownTagError("a tag that nobody or more than one has")
            row.body = next(iter(uids))
        id_bytes = bytes.fromhex(log_id)
        if entry.epoch >= 0:
            epoch = entry.epoch if entry.epoch < news.EPOCH_UNKNOWN else -1
        elif before is None or before.seq + 1 != row.seq or epoch < 0 or not log.keys:
            raise ValueError("nothing to chain to")
        else:
            sealed = record.pack(row, id_bytes)[: -record.CRC_BYTES - record.TAG_BYTES]
            row.tag = chain.tag(log.key(epoch), before.tag, sealed)
        if epoch >= 0:
            log.epochs[row.seq] = epoch
        return record.pack(row, id_bytes), epoch

    def _epoch(self, log: _Log, seq: int) -> int:
        """Of the key of this record's tag; -1 when it cannot be told."""
        if seq in log.epochs or not log.keys:
            return log.epochs.get(seq, -1)
        raw = log.raws[seq]
        before = log.raws.get(seq - 1)
        if before is None and seq:
            return -1
        tag_before = chain.TAG_ZERO if before is None else record.unpack(before).tag
        sealed = raw[: -record.CRC_BYTES - record.TAG_BYTES]
        tag = record.unpack(raw).tag
        for epoch in (*range(_EPOCH_SEARCH), chain.EPOCH_KEYLESS):
            if chain.tag(log.key(epoch), tag_before, sealed) == tag:
                log.epochs[seq] = epoch
                return epoch
        return -1

    # Answering

    def answer(self, heard: Heard, told: TimeTold | None = None) -> bytes:
        """The packet that tells the station what is durable here, and what time it was."""
        log = self._logs[heard.log_id]
        room = ANSWER_BYTES_MAX - packet.FIXED_BYTES - 4 - (packet.TIME_BYTES if told else 0)
        runs, all_below = log.had.runs(room)
        is_whole, is_tags = log.says & packet.SAYS_WHOLE != 0, log.says & packet.SAYS_TAGS != 0
        time = told or (None, 0, 0)
        body = packet.pack_answer(
            packet.Answer(log.had.top, runs, all_below, is_whole, *time, tags=is_tags)
        )
        return packet.seal(
            heard.address,
            packet.BASE_ADDRESS,
            packet.ANSWER,
            heard.session,
            heard.number,
            body,
            self._keys[heard.address][heard.log_id],
        )


def _is_checked(raws: Iterable[bytes], right: bytes) -> bool:
    """Are these records the packet's?"""
    check = news.Check()
    for raw in raws:
        check.add(raw)
    return check.first(len(right)) == right
