"""Tamper with logs, and damage honest ones: is the first always found, the second never accused?

    python tests/campaigns/tampering.py             10,000 of each
    python tests/campaigns/tampering.py --cases 500 --seed 3

The tamperer can write to the flash image or to the downloaded records, knows the formats, seals
every CRC anew, and has everything but the key. Honest logs are cut in the middle of writes, by
every torn model, over and over, and spoilt: single bits, units, pages, sectors; a host downloads
now and then, and keeps what the station later loses.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import flash_cuts as cuts
from gate_station.core import log, reserve
from gate_wire import record, sector
from yellowgate.records import Observation, by_log, observation
from yellowgate.sim.devices import nor
from yellowgate.store import evidence, image
from yellowgate.store.versions import Key, Proof, standing

LOG_ID = cuts.LOG_ID.hex()
KEYS = {LOG_ID: cuts.KEY}
Tips = list[tuple[str, int, bytes]]


@dataclass
class Past:
    """What became of a station: its flash, what a host had downloaded, what it was told."""

    flash: nor.Nor
    downloaded: dict[int, bytes] = field(default_factory=dict[int, bytes])
    tips: Tips = field(default_factory=Tips)


def opened(flash: nor.Nor) -> log.Log:
    book = reserve.open_log(flash, None)
    # Without any header left, a station has no log; here it is told where it was.
    return book or log.Log(flash, list(cuts.PLACES), cuts.LOG_ID)


def sync(past: Past, book: log.Log) -> None:
    """A host downloads what it lacks, and notes the tip."""
    for seq, raw in cuts.readable(book).items():
        past.downloaded.setdefault(seq, raw)
    past.tips.append((LOG_ID, *book.tip()))


def live(chance: random.Random, hurts: bool) -> Past:
    """A station's life: starts, records, power cuts; with hurts also spoilt flash in between."""
    past = Past(cuts.fresh())
    flash = past.flash
    length = chance.choice((20, 60, 140, 300))
    while length > 0:
        flash.random = nor.Random(chance.randrange(1 << 30))
        flash.power_on()
        if chance.random() < 0.5:
            how = chance.choice(nor.TORN)
            flash.cut(chance.randrange(60), how, chance.randrange(256), chance.randrange(256))
        try:
            book = opened(flash)
            for number in range(chance.randrange(1, 60)):
                append(book, chance, number)
                length -= 1
                if chance.random() < 0.02:
                    sync(past, book)
        except nor.PowerCut:
            pass
        except log.LogFull:
            length = 0
        flash.power_on()
        if hurts and chance.random() < 0.2:
            hurt(flash, chance)
    sync(past, opened(flash))
    return past


def append(book: log.Log, chance: random.Random, number: int) -> None:
    body = chance.randbytes(chance.choice((0, 4, 7, 7, 7, 15, 28)))
    book.append(3, book.last_boot, number, record.UTC_UNKNOWN, 0, body)
    book.tidy()


def hurt(flash: nor.Nor, chance: random.Random) -> None:
    """Spoil a place of the flash: a bit, a unit, a page, a sector."""
    data = flash.backing.read(0, flash.backing.size())
    block = chance.choice(cuts.PLACES) * sector.BLOCK_BYTES
    size = chance.choice((0, 0, 0, 16, 16, 48, 256, 600, 4096))
    if size == 0:
        used = [at for at in range(block, block + sector.BLOCK_BYTES) if data[at] != 0xFF]
        at = chance.choice(used or [block])
        flash.backing.write(at, bytes((data[at] ^ 1 << chance.randrange(8),)))
        return
    at = block + chance.randrange(0, sector.BLOCK_BYTES - size + 1, 16)
    if size == sector.BLOCK_BYTES:
        fill = chance.choice((bytes(size), b"\xff" * size, chance.randbytes(size)))
    else:
        fill = chance.choice((bytes(size), chance.randbytes(size)))
    flash.backing.write(at, fill)


def observe(raws: dict[int, bytes] | list[tuple[int, bytes]]) -> list[Observation]:
    rows = raws.items() if isinstance(raws, dict) else raws
    return [observation(raw, LOG_ID) for _, raw in rows]


def judge_image(data: bytes, tips: Tips, more: list[Observation]) -> list[evidence.Finding]:
    """As `gate import` and `gate verify` would: the file, and what was known before."""
    logs = [found for found in image.read(data, [LOG_ID]) if found.log_id == LOG_ID]
    if not logs:
        return evidence.verify(more, KEYS, tips)
    marks = [(LOG_ID, *mark) for mark in logs[0].marks]
    rows = observe(logs[0].records) + more
    return evidence.verify(rows, KEYS, tips, marks, logs[0].damage)


# Honest


def honest(chance: random.Random, past: Past) -> list[evidence.Finding]:
    """One more damage, then both ways to look at it."""
    flash = cuts.fresh()
    flash.restore(past.flash.state())
    for _ in range(chance.randrange(3)):
        hurt(flash, chance)
    data = flash.backing.read(0, flash.backing.size())
    if chance.random() < 0.2:
        data = data[: chance.randrange(len(data))]
    findings = judge_image(data, past.tips, [])
    later = Past(flash, dict(past.downloaded), list(past.tips))
    flash.random = nor.Random(chance.randrange(1 << 30))
    book = opened(flash)
    try:
        for number in range(chance.randrange(12)):
            append(book, chance, number)
    except log.LogFull:
        pass
    sync(later, book)
    findings += evidence.verify(observe(later.downloaded), KEYS, later.tips)
    findings += not_counted(data, later)
    return findings


def not_counted(data: bytes, later: Past) -> list[evidence.Finding]:
    """Records that would not count, though nobody did anything to them: of the file, of what was
    downloaded, and of both.
    """
    logs = [found for found in image.read(data, [LOG_ID]) if found.log_id == LOG_ID]
    marks = tuple(logs[0].marks) if logs else ()
    filed = observe(logs[0].records) if logs else []
    proof = Proof((Key(KEYS[LOG_ID], True),), tuple(tip[1:] for tip in later.tips), marks)
    found: list[evidence.Finding] = []
    for rows in (filed, observe(later.downloaded), filed + observe(later.downloaded)):
        if rows:
            log = by_log(rows)[LOG_ID]
            out = [int(log.seqs[row]) for row in standing(log, proof).out]
            found += [
                evidence.Finding(evidence.TAMPERED, LOG_ID, at, at, "not counted") for at in out
            ]
    return found


# Tampered


def sealed(raw: bytes, **fields: object) -> bytes:
    """The record with other fields, its old tag, and a CRC that fits."""
    row = record.unpack(raw)
    for name, value in fields.items():
        setattr(row, name, value)
    return record.pack(row, cuts.LOG_ID)


def edited(raw: bytes, chance: random.Random) -> bytes:
    """Somebody else's tag, another time, another kind; sometimes another tag of the chain."""
    row = record.unpack(raw)
    what = chance.randrange(5)
    if what == 0 and row.body:
        body = bytearray(row.body)
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        return sealed(raw, body=bytes(body))
    if what == 1:
        return sealed(raw, kind=row.kind ^ 1)
    if what == 2:
        return sealed(raw, tag=chance.randbytes(4))
    if what == 3:
        return sealed(raw, utc_ms=chance.randrange(1 << 38))
    return sealed(raw, uptime_ms=row.uptime_ms + chance.randrange(1, 100000))


def edit(rows: list[tuple[int, bytes]], chance: random.Random) -> list[tuple[int, bytes]]:
    at = chance.randrange(len(rows))
    return [*rows[:at], (rows[at][0], edited(rows[at][1], chance)), *rows[at + 1 :]]


def remove(rows: list[tuple[int, bytes]], chance: random.Random) -> list[tuple[int, bytes]]:
    """Take some out; half the time close up the numbers behind."""
    at = chance.randrange(len(rows) - 1)
    count = min(chance.choice((1, 1, 2, 5)), len(rows) - 1 - at)
    rest = rows[at + count :]
    if chance.random() < 0.5:
        shift = rest[0][0] - rows[at][0]
        rest = [(seq - shift, sealed(raw, seq=seq - shift)) for seq, raw in rest]
    return rows[:at] + rest


def insert(rows: list[tuple[int, bytes]], chance: random.Random) -> list[tuple[int, bytes]]:
    """A tap that never was, in between or at the end."""
    at = chance.randrange(len(rows) + 1)
    model = rows[min(at, len(rows) - 1)]
    seq = rows[at][0] if at < len(rows) else rows[-1][0] + 1
    fake = (seq, sealed(edited(model[1], chance), seq=seq, tag=chance.randbytes(4)))
    return rows[:at] + [fake] + [(n + 1, sealed(raw, seq=n + 1)) for n, raw in rows[at:]]


def reorder(rows: list[tuple[int, bytes]], chance: random.Random) -> list[tuple[int, bytes]]:
    """Two records change places."""
    first, second = sorted(chance.sample(range(len(rows)), 2))
    out = list(rows)
    out[first] = (rows[first][0], sealed(rows[second][1], seq=rows[first][0]))
    out[second] = (rows[second][0], sealed(rows[first][1], seq=rows[second][0]))
    return out


def cut_tail(rows: list[tuple[int, bytes]], chance: random.Random) -> list[tuple[int, bytes]]:
    """The end is taken off, after the host was told the tip."""
    return rows[: chance.randrange(len(rows))]


Tampering = Callable[[list[tuple[int, bytes]], random.Random], list[tuple[int, bytes]]]
TAMPERINGS: dict[str, Tampering] = {
    "edit": edit,
    "remove": remove,
    "insert": insert,
    "reorder": reorder,
    "cut tail": cut_tail,
}


def written(past: Past, rows: list[tuple[int, bytes]]) -> bytes | None:
    """The image with these records in place of its own, where they were; None: no room."""
    data = bytearray(past.flash.backing.read(0, past.flash.backing.size()))
    places = [
        (place, length)
        for block in cuts.PLACES
        for place, length in places_of(data, block * sector.BLOCK_BYTES)
    ]
    for place, length in places:
        data[place : place + length] = b"\xff" * length
    rest = list(rows)
    for place, length in places:
        if rest and len(rest[0][1]) <= length:
            raw = rest.pop(0)[1]
            data[place : place + len(raw)] = raw
    free = max((place + length for place, length in places), default=0)
    for _, raw in rest:
        room = sector.PAGE_BYTES - free % sector.PAGE_BYTES
        free += room if room < len(raw) else 0
        if bytes(data[free : free + len(raw)]).strip(b"\xff"):
            return None
        data[free : free + len(raw)] = raw
        free += len(raw)
    return bytes(data)


def places_of(data: bytes | bytearray, base: int) -> list[tuple[int, int]]:
    """Where whole records stand in a block: (offset, length)."""
    places: list[tuple[int, int]] = []
    at = base + sector.RECORDS_AT
    while at < base + sector.BLOCK_BYTES:
        length = record.check(data, at, cuts.LOG_ID)
        if length:
            places.append((at, length))
        at += length or record.UNIT_BYTES
    return places


def tampered(
    chance: random.Random, past: Past, name: str, in_image: bool
) -> list[evidence.Finding] | None:
    """The findings after this tampering; None when it changed nothing."""
    book_rows = sorted(past.downloaded.items())
    rows = TAMPERINGS[name](book_rows, chance)
    if rows == book_rows:
        return None
    if not in_image:
        return evidence.verify(observe(rows), KEYS, past.tips)
    data = written(past, rows)
    return None if data is None else judge_image(data, past.tips, [])


@dataclass
class Result:
    honest: int = 0
    accused: list[str] = field(default_factory=list[str])
    tampered: int = 0
    missed: list[str] = field(default_factory=list[str])
    told: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])


ORDER = (
    evidence.TAMPERED,
    evidence.MISSING,
    evidence.DAMAGED,
    evidence.UNVERIFIABLE,
    evidence.NOTE,
)


def campaign(cases: int, seed: int) -> Result:
    """So many honest logs and so many tamperings."""
    result = Result()
    chance = random.Random(seed)
    names = list(TAMPERINGS)
    past = live(chance, True)
    for number in range(cases):
        if number % 25 == 0:
            past = live(chance, number % 50 == 0)
        findings = honest(chance, past)
        result.honest += 1
        bad = [finding for finding in findings if finding.severity == evidence.TAMPERED]
        if bad:
            result.accused.append(f"honest log {number}: {bad[0]}")
    while result.tampered < cases:
        if result.tampered % 25 == 0:
            past = live(chance, False)
        name = names[result.tampered % len(names)]
        in_image = result.tampered // len(names) % 2 == 0
        if len(past.downloaded) < 3:
            past = live(chance, False)
            continue
        baseline = {finding.text for finding in verdict(past, in_image)}
        found = tampered(chance, past, name, in_image)
        if found is None:  # no room in this one, say
            past = live(chance, False)
            continue
        new = [finding.severity for finding in found if finding.text not in baseline]
        new = [severity for severity in ORDER if severity in new]
        where = f"{name}, {'image' if in_image else 'records'}"
        result.tampered += 1
        result.told[where, new[0] if new else "missed"] += 1
        if not new:
            result.missed.append(f"{where} {result.tampered}")
    return result


def verdict(past: Past, in_image: bool) -> list[evidence.Finding]:
    """What is said of the log before it is tampered with."""
    if in_image:
        return judge_image(past.flash.backing.read(0, past.flash.backing.size()), past.tips, [])
    return evidence.verify(observe(past.downloaded), KEYS, past.tips)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=10000, help="of each")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    result = campaign(options.cases, options.seed)
    for line in (result.accused + result.missed)[:20]:
        print("FAILED", line)
    for (where, told), count in sorted(result.told.items()):
        print(f"  {where:20s} told as {told:12s} {count}")
    print(
        f"{result.honest} honest logs: {len(result.accused)} accused; {result.tampered} "
        f"tamperings: {len(result.missed)} missed; {time.monotonic() - start:.0f} s"
    )
    return 1 if result.accused or result.missed else 0


if __name__ == "__main__":
    sys.exit(main())
