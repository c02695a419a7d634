"""A receiver of radio packets as FORMAT.md describes it, written from that page alone.

Standard library only, and nothing of this project (see stranger.py).
"""

from __future__ import annotations

import hashlib
import hmac

from stranger import Chain, Row, raw_of, row_of, untagged

UTC_UNKNOWN = 0xFFFFFFFFFF
TAGS = (3, 5)  # kinds whose body is a UID


def air_key(race_key: bytes, station_id: int, log_id: bytes) -> bytes:
    message = b"yellow gate station" + station_id.to_bytes(2, "little")
    station = hmac.digest(race_key, message, "sha256")[:16]
    return hmac.digest(station, b"yellow gate radio" + log_id, "sha256")[:16]


class Body:
    """Reads from front to end. Raises ValueError when it is too short."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int) -> bytes:
        if count > len(self.data):
            raise ValueError("too short")
        part, self.data = self.data[:count], self.data[count:]
        return part

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "little")

    def varint(self) -> int:
        value = 0
        for at in range(6):
            byte = self.number(1)
            value |= (byte & 0x7F) << 7 * at
            if byte < 0x80:
                return value
        raise ValueError("too long")

    def signed(self) -> int:
        value = self.varint()
        return -(value + 1) // 2 if value & 1 else value // 2


class Receiver:
    """What a host makes of packets. Nothing of it is stored: had is told from outside.

    keys: of air_key() by (address, log id). first_keys: by log id. rosters: that stations may have
    been told. counters: (session, number) of the last packet taken, by log id.
    """

    def __init__(
        self,
        keys: dict[tuple[int, bytes], bytes],
        first_keys: dict[bytes, bytes],
        rosters: list[list[bytes]],
    ) -> None:
        self.keys = keys
        self.rosters = rosters
        self.counters: dict[bytes, tuple[int, int]] = {}
        self.had: dict[bytes, dict[int, bytes]] = {log_id: {} for log_id in first_keys}
        self.epochs: dict[tuple[bytes, int], int] = {}  # as packets told them
        self.chains = {log_id: Chain(key) for log_id, key in first_keys.items()}
        self.seen = {"NEWS": 0, "NEWS_WHOLE": 0, "BEAT": 0, "ARRIVALS": 0, "escaped": 0, "steps": 0}

    def hear(self, data: bytes) -> tuple[bytes, list[bytes] | None] | None:
        """(log id, records, None for what cannot be rebuilt); None for what is not taken."""
        if not 11 <= len(data) <= 255 or data[3] & 0xC0 or data[0] != 0xFE:
            return None
        kind = data[3] & 0x0F
        if kind not in (1, 2, 3, 5):
            return None
        count = data[2] | data[5] << 8 | data[6] << 16
        for (address, log_id), key in self.keys.items():
            session = self._session(data, kind, log_id, key) if address == data[1] else -1
            if session < 0:
                continue
            if (session, count) <= self.counters.get(log_id, (0, 0)):
                return None
            self.counters[log_id] = (session, count)
            name = {1: "NEWS", 2: "NEWS_WHOLE", 3: "BEAT", 5: "ARRIVALS"}[kind]
            self.seen[name] += 1
            try:
                return log_id, [] if kind == 3 else self._rebuild(log_id, kind, data[7:-4])
            except ValueError:
                return log_id, None
        return None

    def _session(self, data: bytes, kind: int, log_id: bytes, key: bytes) -> int:
        top = self.counters.get(log_id, (0, 0))[0]
        ahead = top + ((data[4] - top) & 0xFF)
        tried = [data[7] << 8 | data[4]] if kind == 3 else [ahead, ahead - 256]
        body = data[:3] + bytes((data[3] & 0x0F,)) + data[4:-4]
        for session in tried:
            if 0 <= session <= 0xFFFF:
                message = session.to_bytes(2, "little") + body
                if hmac.digest(key, message, "sha256")[:4] == data[-4:]:
                    return session
        return -1

    def _rebuild(self, log_id: bytes, kind: int, data: bytes) -> list[bytes]:
        body = Body(data)
        check = body.take(4 if kind == 5 else 1)
        if kind == 2:
            candidates = [self._entries(body, log_id, None, body.number(3), None)]
        else:
            before = self._reference(log_id, body.number(2))
            rest = body.data
            known: list[list[bytes] | None] = [*self.rosters] if kind == 5 else [None]
            candidates = []
            for roster in known:
                try:
                    candidates.append(self._entries(Body(rest), log_id, before, 0, roster))
                except LookupError:  # a place behind the end of this roster
                    continue
        for raws in candidates:
            if hashlib.sha256(b"".join(raws)).digest().startswith(check):
                return raws
        raise ValueError("the check fits none")

    def _reference(self, log_id: bytes, low: int) -> Row:
        had = self.had[log_id]
        top = max(had, default=-1)
        seq = top - ((top - low) & 0xFFFF)
        if seq not in had:
            raise ValueError("the reference is not here")
        return row_of(had[seq])

    def _entries(
        self, body: Body, log_id: bytes, before: Row | None, first: int, roster: list[bytes] | None
    ) -> list[bytes]:
        chain = self.chains[log_id]
        epoch = -1 if before is None else self._epoch(log_id, before.seq)
        raws: list[bytes] = []
        count = 0
        while body.data:
            count += 1
            time, steps = self._time(body) if roster is not None else (0, 0)
            epoch += steps if epoch >= 0 else 0
            if time == 0 and steps:
                raise ValueError("an entry tells its epoch itself")
            if time and before is not None and roster is not None:
                row, told = _arrival(body, before, time, roster), -1
            else:
                row, told = self._entry(body, before, first)
            if row.kind == 0:
                before, epoch = row, -1
                continue
            if told >= 0:
                epoch = told if told < 0x10000 else -1
            elif before is None or epoch < 0 or row.seq != before.seq + 1:
                raise ValueError("nothing to chain to")
            else:
                row = row._replace(tag=chain.tag(epoch, before.tag, untagged(row)))
            if epoch >= 0:
                self.epochs[log_id, row.seq] = epoch
            raws.append(raw_of(row, log_id))
            before = row
        if not count:
            raise ValueError("empty")
        return raws

    def _time(self, body: Body) -> tuple[int, int]:
        """(time of an arrival, 0: an entry follows; steps of the epoch before it)."""
        steps = 0
        while (time := body.varint()) == 1:
            steps += 1
        self.seen["steps"] += steps
        self.seen["escaped"] += time == 0
        return time, steps

    def _entry(self, body: Body, before: Row | None, first: int) -> tuple[Row, int]:
        """(record, epoch of its tag or -1)."""
        head = body.number(1)
        seq = first if before is None else before.seq + (2 + body.varint() if head & 8 else 1)
        if head & 0x80:
            boot, uptime_ms, utc_ms = body.number(2), body.number(4), body.number(5)
        elif before is None:
            raise ValueError("nothing to count from")
        else:
            boot, time = before.boot, body.varint()
            uptime_ms = before.uptime_ms + time
            utc_ms = _utc(before, time, body.signed() if head & 0x10 else 0)
        quality = body.number(1) if head & 0x20 else before.quality if before is not None else -1
        kind, uid = self._form(body, head & 7)
        row = Row(kind, boot, seq, quality, uptime_ms, utc_ms, uid)
        if quality < 0 or seq >= 1 << 24 or uptime_ms >= 1 << 32 or not 0 <= utc_ms <= UTC_UNKNOWN:
            raise ValueError("out of range")
        if not head & 0x40:
            return row, -1
        return row._replace(tag=body.take(4)), body.varint()

    def _form(self, body: Body, form: int) -> tuple[int, bytes]:
        if form in (0, 4):
            return (2 if form == 0 else 4), b""
        if form in (1, 3):
            return (3 if form == 1 else 5), self._uid(body.take(3))
        if form not in (2, 5):
            raise ValueError("no such form")
        kind = 3 if form == 2 else body.number(1)
        length = body.number(1)
        if length > 39:
            raise ValueError("too long")
        return kind, body.take(length)

    def _uid(self, short: bytes) -> bytes:
        """The one UID that is known here and has this beginning of its sum."""
        known = {uid for roster in self.rosters for uid in roster}
        for raws in self.had.values():
            known |= {row.body for row in map(row_of, raws.values()) if row.kind in TAGS}
        found = [uid for uid in known if hashlib.sha256(uid).digest()[:3] == short]
        if len(found) != 1:
            raise ValueError("none or several")
        return found[0]

    def _epoch(self, log_id: bytes, seq: int) -> int:
        """Of a record that is here."""
        had = self.had[log_id]
        if (log_id, seq) in self.epochs:
            return self.epochs[log_id, seq]
        if seq and seq - 1 not in had:
            return -1
        before = had[seq - 1][-8:-4] if seq else bytes(4)
        for present in range(0, 4096, 9):
            epoch = self.chains[log_id].epoch_of(had[seq], before, present)
            if epoch >= 0:
                return epoch
        return -1


def _arrival(body: Body, before: Row, time: int, roster: list[bytes]) -> Row:
    place = body.varint()
    utc_ms = _utc(before, time, body.signed() if place & 1 else 0)
    return Row(
        3, before.boot, before.seq + 1, before.quality, before.uptime_ms + time, utc_ms,
        roster[place >> 1],
    )  # fmt: skip


def _utc(before: Row, time: int, drift: int) -> int:
    if before.utc_ms == UTC_UNKNOWN:
        if drift:
            raise ValueError("drift of a time that is not known")
        return UTC_UNKNOWN
    return before.utc_ms + time + drift
