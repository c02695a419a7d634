"""Cut the power in every program of a trace that fills a log, in every way, and go on.

    python tests/campaigns/flash_cuts.py            all of it
    python tests/campaigns/flash_cuts.py --cases 2000 --pairs 500 --seed 7

The trace fills a log of four sectors with records of all lengths, restarts now and then, and
notes before each program what the flash held and what had been acknowledged. A case takes one of
these moments, tears the program in one way, and lets a new start open the log, append, and
another start read it. A pair tears a program of that new start too, whatever it was.

Checked in each case: every acknowledged record is there, byte for byte, and has no weak bit;
nothing is there that nobody wrote; of what was not acknowledged at most the one record in flight
is there, and is there for good when it was once; the numbers are never given twice; the log goes
on; nothing was erased, no program asked for a 1 where a 0 was.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from gate_station.core import log, reserve
from gate_wire import record, sector
from yellowgate.sim.devices import nor

LOG_ID = b"CUTSCUTS"
KEY = bytes(range(16))
PLACES = (2, 5, 3, 1)
BLOCKS = 6
BODIES = (7, 7, 4, 0, 7, 15, 9, 28, 7, 39, 7)  # lengths of bodies: records of 32, 48, 64 bytes


@dataclass
class History:
    """What is known outside of the flash: what was written, what was acknowledged."""

    acknowledged: dict[int, tuple[int, bytes]] = field(
        default_factory=dict[int, "tuple[int, bytes]"]
    )
    in_flight: dict[int, set[bytes]] = field(default_factory=dict[int, set[bytes]])
    cuts: int = 0

    def copy(self) -> History:
        in_flight = {seq: set(raws) for seq, raws in self.in_flight.items()}
        return History(dict(self.acknowledged), in_flight, self.cuts)


@dataclass
class Moment:
    """Before one program: the flash, the program, and what had been acknowledged."""

    state: tuple[bytes, dict[int, tuple[int, int, int]]]
    block: int
    offset: int
    data: bytes
    history: History


@dataclass(frozen=True)
class Tear:
    how: str
    position: int = 0
    mask: int = 0xFF


class Failure(AssertionError):
    """A case that broke a promise."""


def check(condition: bool, text: str) -> None:
    if not condition:
        raise Failure(text)


def fresh() -> nor.Nor:
    """A flash with the reserved file, as littlefs lays it."""
    flash = nor.Nor(BLOCKS)
    for index, block in enumerate(PLACES):
        content = bytearray(b"\xff" * sector.BLOCK_BYTES)
        if index:
            content[0:4] = PLACES[index - 1].to_bytes(4, "little")
        content[64:96] = sector.pack_header(index, len(PLACES), LOG_ID, 1)
        if index == 0:
            content[128:160] = sector.pack_key(KEY)
        flash.writeblocks(block, content)
    flash.counts = nor.Counts()
    return flash


def record_in(block: int, offset: int, data: bytes) -> tuple[int, bytes] | None:
    """(address, bytes) of the record that this program writes, None when it writes none."""
    for at in range(0, len(data), record.UNIT_BYTES):
        length = record.check(data, at, LOG_ID)
        if length:
            return block * sector.BLOCK_BYTES + offset + at, data[at : at + length]
    return None


class Writer:
    """A station that writes and notes what it wrote."""

    def __init__(self, flash: nor.Nor, history: History) -> None:
        self.flash = flash
        self.history = history
        self.programmed: tuple[int, bytes] | None = None
        flash.on_operation = self.note
        self.moments: list[Moment] | None = None
        book = reserve.open_log(flash, None)
        assert book is not None
        self.book = book
        self.count = 0

    def note(self, kind: str, block: int, offset: int, data: bytes) -> None:
        check(kind == "program", "something was erased")
        if self.moments is not None:
            history = self.history.copy()
            self.moments.append(Moment(self.flash.state(), block, offset, data, history))
        self.programmed = record_in(block, offset, data) or self.programmed
        if self.programmed is not None:
            row = record.unpack(self.programmed[1])
            self.history.in_flight.setdefault(row.seq, set()).add(self.programmed[1])

    def append(self, length: int) -> int:
        body = bytes((self.count * 7 + at) & 0xFF for at in range(length))
        self.programmed = None
        seq = self.book.append(3, self.book.last_boot, self.count, record.UTC_UNKNOWN, 0, body)
        check(self.programmed is not None, "acknowledged without a program")
        check(seq not in self.history.acknowledged, f"number {seq} was given twice")
        self.history.acknowledged[seq] = self.programmed or (0, b"")
        self.count += 1
        self.book.tidy()
        return seq


def readable(book: log.Log, first: int = 0) -> dict[int, bytes]:
    """All that the log gives from this number on; a station settles it before a host reads."""
    book.settle()
    out = bytearray(2048)
    found: dict[int, bytes] = {}
    seq = first
    while seq < book.next_seq:
        filled, seq = book.read_range(seq, book.next_seq, out)
        at = 0
        while at < filled:
            length = record.check(out, at, LOG_ID)
            check(length > 0, "rubbish was given as a record")
            found[record.unpack(out, at).seq] = bytes(out[at : at + length])
            at += length
    return found


def check_all(book: log.Log, history: History, flash: nor.Nor, first: int = 0) -> dict[int, bytes]:
    """The promises; returns what is readable from this number on."""
    found = readable(book, first)
    weak = flash.state()[1]
    for seq, (at, raw) in history.acknowledged.items():
        if seq < first:
            continue
        check(found.get(seq) == raw, f"acknowledged record {seq} is lost")
        mark = at // sector.BLOCK_BYTES * sector.BLOCK_BYTES + sector.MARK_AT
        for place in weak:
            check(not at <= place < at + len(raw), f"record {seq} is weak")
            check(not mark <= place < mark + sector.MARK_BYTES, f"mark of {seq} is weak")
    for seq, raw in found.items():
        if seq not in history.acknowledged:
            check(raw in history.in_flight.get(seq, ()), f"record {seq} was invented")
    unacknowledged = set(found) - set(history.acknowledged)
    check(book.next_seq > max(found, default=-1), "the tip lies behind a record")
    check(flash.counts.violations == 0, "a program asked for a 1 where a 0 was")
    check(len(unacknowledged) <= history.cuts, "more than the records in flight")
    return found


def trace() -> list[Moment]:
    """Every program of a log that is filled, with restarts now and then."""
    flash = fresh()
    history = History()
    moments: list[Moment] = []
    count = 0
    try:
        while True:
            writer = Writer(flash, history)
            writer.moments = moments
            for _ in range(9 + count % 31):
                writer.count = count
                writer.append(BODIES[count % len(BODIES)])
                count += 1
    except log.LogFull:
        pass
    check_all(Writer(flash, history).book, history, flash)
    return moments


def tears(moment: Moment, chance: random.Random) -> Iterator[Tear]:
    """Every way to tear this program: each byte position that it changes, and at random."""
    old = moment.state[0]
    at = moment.block * sector.BLOCK_BYTES + moment.offset
    changed = [n for n, byte in enumerate(moment.data) if old[at + n] & ~byte & 0xFF]
    yield Tear(nor.NOTHING)
    yield Tear(nor.ALL)
    for position in changed:
        yield Tear(nor.PREFIX, position, 0)
        yield Tear(nor.PREFIX, position, chance.randrange(1, 255))
        yield Tear(nor.WEAK_PREFIX, position)
        yield Tear(nor.WEAK_PREFIX, position, 1 << chance.randrange(8))
    for _ in range(5):
        for how in (nor.SOME, nor.WEAK, nor.FAINT, nor.ALMOST):
            yield Tear(how)


def tear(flash: nor.Nor, moment: Moment, how: Tear, seed: int) -> None:
    """The flash after the power went in this program."""
    flash.on_operation = None
    flash.counts = nor.Counts()
    flash.restore(moment.state)
    flash.random = nor.Random(seed)
    flash.cut(0, how.how, how.position, how.mask)
    try:
        flash.writeblocks(moment.block, moment.data, moment.offset)
    except nor.PowerCut:
        flash.power_on()


def known_after(moment: Moment) -> History:
    """The history, with the record that was in flight."""
    history = moment.history.copy()
    history.cuts += 1
    row = record_in(moment.block, moment.offset, moment.data)
    if row is not None:
        history.in_flight.setdefault(record.unpack(row[1]).seq, set()).add(row[1])
    return history


def idle(flash: nor.Nor) -> None:
    """A start that writes nothing programs nothing."""
    before = flash.operations
    book = reserve.open_log(flash, None)
    check(book is not None, "the log does not open")
    if book is not None:
        book.tidy()
    check(flash.operations == before, "opening programs")


def go_on(flash: nor.Nor, history: History, count: int) -> None:
    """A new start opens the log and appends."""
    idle(flash)
    writer = Writer(flash, history)
    for number in range(count):
        writer.count = 1000 + number
        writer.append(BODIES[(number + 5) % len(BODIES)])


def run_case(flash: nor.Nor, moment: Moment, how: Tear, seed: int, is_whole: bool) -> None:
    """One cut, and two starts after it. is_whole: check and fill the whole log."""
    tear(flash, moment, how, seed)
    history = known_after(moment)
    idle(flash)
    first = 0 if is_whole else max(0, len(history.acknowledged) - 24)
    writer = Writer(flash, history)
    before = check_all(writer.book, history, flash, first)
    tip = writer.book.tip()
    try:
        for number in range(2000 if is_whole else 3):
            writer.count = 1000 + number
            check(writer.append(BODIES[(seed + number) % 11]) >= tip[0], "the tip went back")
    except log.LogFull:
        pass
    again = Writer(flash, history)
    after = check_all(again.book, history, flash, first)
    check(all(after.get(seq) == raw for seq, raw in before.items()), "what was read is gone")
    check(again.book.next_seq >= writer.book.next_seq, "the tip went back")


def run_pair(flash: nor.Nor, moment: Moment, chance: random.Random, seed: int, cuts: int) -> None:
    """A cut, then cuts in whatever the starts after it program."""
    how = chance.choice(list(tears(moment, chance)))
    tear(flash, moment, how, seed)
    history = known_after(moment)
    first = max(0, len(history.acknowledged) - 30)
    for _ in range(cuts - 1):
        flash.power_on()
        idle(flash)
        kind = chance.choice(nor.TORN)
        flash.power_on()
        # Sixteen operations reach from the opening into the fourth append or so.
        flash.cut(chance.randrange(9), kind, chance.randrange(256), chance.randrange(256))
        try:
            go_on(flash, history, 5)
        except nor.PowerCut:
            history.cuts += 1
        except log.LogFull:
            pass
        flash.power_on()
    writer = Writer(flash, history)
    before = check_all(writer.book, history, flash, first)
    try:
        for number in range(3):
            writer.count = 3000 + number
            writer.append(7)
    except log.LogFull:
        pass
    after = check_all(Writer(flash, history).book, history, flash, first)
    check(all(after.get(seq) == raw for seq, raw in before.items()), "what was read is gone")


@dataclass
class Result:
    cases: int = 0
    pairs: int = 0
    failures: list[str] = field(default_factory=list[str])


def campaign(cases: int | None, pairs: int, seed: int) -> Result:
    """Run it. cases: how many of the single cuts, drawn at random; None: all of them."""
    chance = random.Random(seed)
    moments = trace()
    plan = [(moment, how) for moment in moments for how in tears(moment, chance)]
    if cases is not None and cases < len(plan):
        plan = chance.sample(plan, cases)
    result = Result()
    flash = fresh()
    for number, (moment, how) in enumerate(plan):
        try:
            run_case(flash, moment, how, seed + number, number % 40 == 0)
        except Failure as error:
            result.failures.append(
                f"{error}: case {number} {how} at {moment.block}:{moment.offset}"
            )
        result.cases += 1
    for number in range(pairs):
        moment = chance.choice(moments)
        try:
            run_pair(flash, moment, chance, seed + number, 2 + number % 3)
        except Failure as error:
            result.failures.append(f"{error}: pair {number} at {moment.block}:{moment.offset}")
        result.pairs += 1
    return result


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, help="single cuts, drawn at random (default: all)")
    parser.add_argument("--pairs", type=int, default=20000, help="runs of two to four cuts")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    result = campaign(options.cases, options.pairs, options.seed)
    for line in result.failures[:20]:
        print("FAILED", line)
    print(
        f"{result.cases} cuts, {result.pairs} runs of several cuts: "
        f"{len(result.failures)} failed, {time.monotonic() - start:.0f} s"
    )
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
