"""Of records: none is lost, none is invented, their times hold. And no secret, no traceback."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from complaint import Complaint
from faultystore import PASSWORD
from gate_wire import kinds, record
from held import Held
from parts import BadSector, PowerCut, Wire
from rows import Row, row_of
from rules import KEY
from truth import Touch
from yellowgate.records import Timed
from yellowgate.times import UNBOUNDED_US, iso

# A tag that is still there when its station looks again (after a restart, or a cut of a wire) may
# be read once more: so long after it was taken away nobody reads it.
LATE_US = 50_000
ROUNDING_US = 1_000  # records count whole milliseconds


def no_failure(held: Held) -> Iterator[Complaint]:
    """Nothing but a line for people came out of the product."""
    for where, text in held.moment.failures:
        lines = [line for line in text.strip().splitlines() if line.strip()]
        at = [line.strip() for line in lines if line.strip().startswith("File")]
        said = f"{lines[-1].strip()} ({at[-1] if at else 'nobody knows where'})"
        yield Complaint("traceback", where, held.moment.at_s, said)
    for where, text in held.moment.printed:
        if "Traceback (most recent call last)" in text:
            yield Complaint("traceback", where, held.moment.at_s, text.strip().splitlines()[-1])


def secrets_of(held: Held) -> dict[str, str]:
    """What nobody may read, and what it is."""
    found = {KEY: "the race's key", PASSWORD: "the database's password"}
    for one in held.moment.stations:
        found[one.first_key.hex()] = f"the first key of station {one.number}"
    return found


def no_secret(held: Held) -> Iterator[Complaint]:
    """No key, code or password in anything that is shown."""
    shown = list(held.moment.printed)
    shown += [(laptop.name, laptop.view.log_json) for laptop in held.laptops]
    for secret, what in secrets_of(held).items():
        for where, text in shown:
            if secret in text.lower():
                line = next(line for line in text.splitlines() if secret in line.lower())
                said = line.lower().replace(secret, "***")[:120]
                yield Complaint("secret", where, held.moment.at_s, f"{what} is shown: {said}")
                break


def nothing_lost(held: Held) -> Iterator[Complaint]:
    """Each touch that was acknowledged has its record: in the station's flash, or in some store."""
    for ack in held.moment.truth.acks:
        rows = held.everywhere.get(ack.log_id, ())
        if not any((row.seq, row.kind, row.uid) == (ack.seq, ack.kind, ack.uid) for row in rows):
            who = next((name for name, uid in _tags(held) if uid == ack.uid), "somebody")
            what = f"record {ack.seq}" if ack.seq >= 0 else "nothing was stored then; a touch"
            text = f"{what} of station {ack.station}, acknowledged at {iso(ack.at_us)}"
            yield Complaint("acknowledged and lost", who, held.moment.at_s, text)


def _tags(held: Held) -> Iterator[tuple[str, str]]:
    return ((one.name, uid) for one in held.moment.story.runners for uid in one.tags)


def one_record_a_number(held: Held) -> Iterator[Complaint]:
    """A number is given once."""
    for log_id, rows in held.everywhere.items():
        for seq, count in Counter(row.seq for row in rows).items():
            if count > 1:
                text = f"{count} different records have the number {seq}"
                yield Complaint("number given twice", f"log {log_id[:8]}", held.moment.at_s, text)
                break


def nothing_invented(held: Held) -> Iterator[Complaint]:
    """Each record of a touch belongs to a touch of the world."""
    for log_id, rows in held.everywhere.items():
        station = next((one for one in held.moment.stations if one.log_id == log_id), None)
        if station is None:
            yield Complaint("invented", f"log {log_id[:8]}", held.moment.at_s, "of no station")
            continue
        by_uid: dict[str, list[Row]] = {}
        for row in sorted(rows, key=lambda row: (row.seq, row.raw)):
            if row.is_touch:
                by_uid.setdefault(row.uid, []).append(row)
        for uid, some in by_uid.items():
            touches = held.touches.get((log_id, uid), [])
            text = _invented(some, touches, _again(held, station.number, uid))
            if text:
                who = touches[0].runner if touches else f"station {station.number}"
                yield Complaint("invented", who or "the director", held.moment.at_s, text)


def _again(held: Held, station: int, uid: str) -> int:
    """How often one touch may have been seen once more: a station that starts anew sees who is
    still there; a button's wire that is not whole is a touch whenever it likes.
    """
    parts = [part for part in held.moment.story.parts if part.at_s <= held.moment.at_s]
    cuts = sum(isinstance(part, PowerCut) and part.station == station for part in parts)
    wires = [part for part in parts if isinstance(part, Wire) and part.station == station]
    if not uid and any(part.wire == "button" for part in wires):
        return 1 << 30
    return cuts + 2 * len(wires)


def _invented(rows: list[Row], touches: list[Touch], again: int) -> str:
    seqs = ", ".join(str(row.seq) for row in rows[:3])
    if not touches:
        return "" if again >= 1 << 30 else f"record {seqs}: nobody was there"
    ways = {touch.way for touch in touches}
    for kind, way in ((kinds.TAPS, "taps"), (kinds.START, "start")):
        of_kind = [row for row in rows if row.kind == kind]
        if of_kind and way not in ways:
            return f"record {of_kind[0].seq} says {kinds.NAMES[kind]}, and that was never so"
    if len(rows) > len(touches) + again:
        return f"{len(rows)} records ({seqs} ...) of {len(touches)} touches"
    return ""


def stores_say_what_the_flash_says(held: Held) -> Iterator[Complaint]:
    """A record came from the station as it stands there, however it came."""
    for laptop in held.laptops:
        for log_id, rows in laptop.rows.items():
            flash = {row.seq: row.raw for row in held.flash.get(log_id, ())}
            for row in rows:
                if flash.get(row.seq, row.raw) != row.raw:
                    text = f"record {row.seq} of log {log_id[:8]} is another one on the station"
                    yield Complaint("changed on the way", laptop.name, held.moment.at_s, text)
                    break


def what_is_acked_by_radio_is_stored(held: Held) -> Iterator[Complaint]:
    """What a station was told that the base has is on the disk of the laptop behind it."""
    listens = {one.name for one in held.moment.story.laptops if one.listens}
    for laptop in held.laptops:
        if laptop.name not in listens or laptop.store is None:
            continue
        for station in held.moment.stations:
            here = {row.seq for row in laptop.rows.get(station.log_id, ())}
            there = {row.seq for row in held.flash[station.log_id]}
            missing = sorted(station.had & there - here)
            if missing:
                text = f"records {missing[:5]} of station {station.number} are not here"
                yield Complaint("acknowledged by radio", laptop.name, held.moment.at_s, text)


def each_life_begins_with_its_start(held: Held) -> Iterator[Complaint]:
    """The first record of a life says that it began, and as what."""
    for station in held.moment.stations:
        if any(
            isinstance(part, PowerCut | BadSector)
            and part.station == station.number
            and getattr(part, "tear", "bad")
            for part in held.moment.story.parts
        ):
            continue  # the flash may have lost it
        firsts: dict[int, Row] = {}
        for row in held.flash[station.log_id]:
            boot = record.unpack(row.raw).boot
            firsts[boot] = min(firsts.get(boot, row), row, key=lambda one: one.seq)
        for boot, row in firsts.items():
            if row.kind != kinds.BOOT:
                text = f"life {boot} begins with record {row.seq}, {kinds.NAMES[row.kind]}"
                yield Complaint("no start", f"station {station.number}", held.moment.at_s, text)
                break


def bounds_hold(held: Held) -> Iterator[Complaint]:
    """The true moment of each touch lies within what is said of it."""
    for laptop in held.laptops:
        race = laptop.view.race
        for log in race.corrected.times if race else ():
            log_id = log.records.log_id
            if not laptop.clocks.are_good(log_id):
                continue
            for row in log.rows():
                if row.bound_us >= UNBOUNDED_US or row.observation.kind not in kinds.NAMES:
                    continue
                text = _out_of_bounds(held, log_id, row)
                if text:
                    yield Complaint("bound", laptop.name, held.moment.at_s, text)
                    break


def _out_of_bounds(held: Held, log_id: str, timed: Timed) -> str:
    row = row_of(log_id, timed.observation.raw)
    touches = held.touches.get((log_id, row.uid), []) if row.is_touch else []
    if not touches or (not row.uid and _has_loose_button(held, log_id)):
        return ""
    low_us = timed.utc_us - timed.bound_us - ROUNDING_US
    high_us = timed.utc_us + timed.bound_us + ROUNDING_US
    if any(one.at_us <= high_us and low_us <= one.until_us + LATE_US for one in touches):
        return ""
    near = min(touches, key=lambda one: abs(one.at_us - timed.utc_us))
    off_ms = (timed.utc_us - near.at_us) / 1000
    return (
        f"record {row.seq} of station {near.station} is put at {iso(timed.utc_us)} "
        f"\u00b1 {timed.bound_us / 1000:.0f} ms ({timed.basis}), {off_ms:+.0f} ms from the touch "
        f"of {near.runner or 'the director'}"
    )


def _has_loose_button(held: Held, log_id: str) -> bool:
    number = next(one.number for one in held.moment.stations if one.log_id == log_id)
    return any(
        isinstance(part, Wire) and part.station == number and part.wire == "button"
        for part in held.moment.story.parts
    )
