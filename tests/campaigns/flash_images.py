"""Open a log on flash with anything in it: nothing raises, nothing is erased, what is whole stays.

    python tests/campaigns/flash_images.py          10,000 images, every bit of a sector
    python tests/campaigns/flash_images.py --images 300 --bits 300 --seed 3

Images: nothing but noise, all 0x00, all 0xFF, a good log with noise, zeros or blanks over random
places, stale headers; every sector of the log lost in turn; every single bit of one
sector wrong. In each, every record whose bytes are whole and which was there once is to be read
on the station, and to be found by the host's reader of images.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import flash_cuts as cuts
from gate_station.core import log, reserve
from gate_wire import record, sector
from yellowgate.sim.devices import nor
from yellowgate.store import image

SIZE = cuts.BLOCKS * sector.BLOCK_BYTES


@dataclass
class Good:
    """A log that is filled: its flash, and where each record is."""

    data: bytes
    records: dict[int, tuple[int, bytes]]


def good(sectors: int = 4) -> Good:
    """A filled log with starts in between; sectors: stop when so many are full."""
    flash = cuts.fresh()
    history = cuts.History()
    count = 0
    try:
        while count < sectors * 75:
            writer = cuts.Writer(flash, history)
            for _ in range(41):
                writer.count = count
                writer.append(cuts.BODIES[count % len(cuts.BODIES)])
                count += 1
    except log.LogFull:
        pass
    return Good(flash.backing.read(0, SIZE), history.acknowledged)


def check_image(data: bytes, model: Good, goes_on: bool, by_host: bool) -> None:
    """Open, read, perhaps go on. Raises Failure."""
    flash = nor.Nor(cuts.BLOCKS)
    flash.backing.write(0, data)
    whole = {
        seq: raw for seq, (at, raw) in model.records.items() if data[at : at + len(raw)] == raw
    }
    book = reserve.open_log(flash, None)
    if book is None:
        book = log.Log(flash, list(cuts.PLACES), cuts.LOG_ID)
    found = cuts.readable(book)
    lost = [seq for seq, raw in whole.items() if found.get(seq) != raw]
    cuts.check(not lost, f"whole records {lost[:5]} are not read")
    strange = [seq for seq in found if seq not in model.records]
    cuts.check(not strange, f"records {strange[:5]} were invented")
    cuts.check(book.next_seq > max(found, default=-1), "the tip lies behind a record")
    if goes_on:
        go_on(book, whole)
    if by_host:
        logs = {one.log_id: one for one in image.read(data, [cuts.LOG_ID.hex()])}
        rows = dict(logs[cuts.LOG_ID.hex()].records) if cuts.LOG_ID.hex() in logs else {}
        lost = [seq for seq, raw in whole.items() if rows.get(seq) != raw]
        cuts.check(not lost, f"the host does not find whole records {lost[:5]}")
    cuts.check(flash.counts.erases == 0, "something was erased")


def go_on(book: log.Log, whole: dict[int, bytes]) -> None:
    """Append until the log is full, or a little; nothing that was there is lost."""
    new: list[int] = []
    try:
        for number in range(20):
            new.append(book.append(3, 1, number, record.UTC_UNKNOWN, 0, b"1234567"))
            book.tidy()
    except log.LogFull:
        pass
    found = cuts.readable(book)
    cuts.check(all(seq in found for seq in new), "what was appended is not read")
    cuts.check(not set(new) & set(whole), "a number was given twice")
    cuts.check(all(found.get(seq) == raw for seq, raw in whole.items()), "appending lost records")


def noise(model: Good, chance: random.Random) -> bytes:
    """A random image."""
    if chance.random() < 0.1:
        return chance.randbytes(SIZE)
    data = bytearray(model.data)
    for _ in range(chance.randrange(1, 5)):
        spoil(data, chance)
    return bytes(data)


def spoil(data: bytearray, chance: random.Random) -> None:
    """One place of it."""
    size = chance.choice((1, 4, 16, 32, 64, 256, 300, 1024, 4096, 9000))
    at = chance.randrange(SIZE - size + 1)
    if size == sector.BLOCK_BYTES:
        at -= at % size
    kind = chance.randrange(5)
    if kind == 4 and size == sector.BLOCK_BYTES:
        # What littlefs leaves of a block that failed while the file was made: its header.
        other = chance.randrange(cuts.BLOCKS) * size
        end = sector.MARK_AT
        data[at : at + size] = data[other : other + end] + b"\xff" * (size - end)
    elif kind == 3:
        data[at] ^= 1 << chance.randrange(8)
    else:
        data[at : at + size] = (chance.randbytes(size), bytes(size), b"\xff" * size)[kind % 3]


@dataclass
class Result:
    count: int = 0
    failures: list[str] = field(default_factory=list[str])

    def run(self, what: str, data: bytes, model: Good, goes_on: bool, by_host: bool) -> None:
        self.count += 1
        try:
            check_image(data, model, goes_on, by_host)
        except Exception as error:
            self.failures.append(f"{what}: {error!r}")


def campaign(images: int, bits: int, seed: int) -> Result:
    """images: random ones. bits: how many of the 32,768 of a sector, drawn at random."""
    chance = random.Random(seed)
    result = Result()
    model = good()
    partly = good(2)
    for fill in (0x00, 0xFF):
        result.run(f"all 0x{fill:02X}", bytes((fill,)) * SIZE, model, True, True)
    for number in range(images):
        one = model if number % 2 else partly
        data = noise(one, chance)
        result.run(f"image {number}", data, one, number % 3 == 0, number % 3 == 1)
    for index, block in enumerate(cuts.PLACES):
        for fill in (b"\xff", b"\x00", b"\xa5"):
            for one in (model, partly):
                data = bytearray(one.data)
                at = block * sector.BLOCK_BYTES
                data[at : at + sector.BLOCK_BYTES] = fill * sector.BLOCK_BYTES
                result.run(f"sector {index} lost", bytes(data), one, True, True)
    places = list(range(sector.BLOCK_BYTES * 8))
    if bits < len(places):
        places = chance.sample(places, bits)
    for bit in places:
        # The sector in the middle of the log that is full, and every sixteenth in its last one.
        for one, index in ((partly, 1),) if bit % 16 else ((partly, 1), (partly, 2), (model, 0)):
            data = bytearray(one.data)
            at = cuts.PLACES[index] * sector.BLOCK_BYTES
            data[at + bit // 8] ^= 1 << bit % 8
            result.run(
                f"bit {bit} of sector {index}", bytes(data), one, bit % 64 == 1, bit % 8 == 0
            )
    return result


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--images", type=int, default=10000, help="random images")
    parser.add_argument("--bits", type=int, default=1 << 15, help="single bits of a sector")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    result = campaign(options.images, options.bits, options.seed)
    for line in result.failures[:20]:
        print("FAILED", line)
    print(f"{result.count} images: {len(result.failures)} failed, {time.monotonic() - start:.0f} s")
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
