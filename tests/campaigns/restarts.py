"""Restart a station again and again, at random moments, and see what that costs its log.

    python tests/campaigns/restarts.py                    100,000 restarts
    python tests/campaigns/restarts.py --lives 5000 --seed 7

A log of a quarter of the usual size (512 pages) on an emulated flash, the station's tasks over it,
fake parts around. Most lives last some seconds, as in a loop of the watchdog or of an empty
battery, some up to ten minutes. In one of a thousand somebody touches the gate. Some are cut in the
middle of a program.

Checked: every life opens the log, and what was acknowledged is there at the end; a life without a
touch programs nothing, but for at most three in a row that lasted 30 s, 2 min and 8 min, a page
each. Told: pages used, and for what.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "both"))

from gate_station.core import history, log, reserve
from gate_wire import kinds, record, sector
from stationkit import Kit
from yellowgate.sim.devices import nor

LOG_ID = b"RESTARTS"
BLOCKS = reserve.BLOCKS // 4
FIRST_BLOCK = 7  # anywhere
PAGES_PER_SECTOR = sector.BLOCK_BYTES // sector.PAGE_BYTES
LOOP_MS = 8000  # what the watchdog waits
LONG_MS = 599_000
LONG_SHARE = 0.1
TOUCH_SHARE = 0.001
CUT_SHARE = 0.2  # of the lives with a touch: in one of the programs of the touch
ROW_MAX = 3  # starts that nothing follows, until the next touch


def reserved(blocks: int) -> nor.Nor:
    """A flash with an empty log."""
    flash = nor.Nor(blocks + FIRST_BLOCK)
    for index in range(blocks):
        content = bytearray(b"\xff" * sector.BLOCK_BYTES)
        header = sector.pack_header(index, blocks, LOG_ID, 1)
        content[sector.HEADER_AT : sector.HEADER_AT + len(header)] = header
        if index:
            content[:4] = (FIRST_BLOCK + index - 1).to_bytes(4, "little")
        else:
            slot = sector.pack_key(bytes(range(16)))
            content[sector.KEY_AT : sector.KEY_AT + len(slot)] = slot
        flash.writeblocks(FIRST_BLOCK + index, content)
    flash.counts = nor.Counts()
    flash.operations = 0
    return flash


@dataclass
class Result:
    """Pages are those of the log that are not blank any more."""

    lives: int = 0
    touches: int = 0
    cuts: int = 0
    programs: int = 0
    pages: int = 0
    pages_in_all: int = 0
    pages_without_touch: int = 0
    row_max: int = 0
    kinds: Counter[str] = field(default_factory=Counter[str])
    problems: list[str] = field(default_factory=list[str])


class Campaign:
    """Lives on one flash."""

    def __init__(self, blocks: int, seed: int, touch_share: float = TOUCH_SHARE) -> None:
        self.flash = reserved(blocks)
        self.flash.on_operation = self._note
        self.random = random.Random(seed)
        self._touch_share = touch_share
        self.result = Result(pages_in_all=blocks * PAGES_PER_SECTOR)
        self.acknowledged: set[int] = set()
        self._pages: set[tuple[int, int]] = set()
        self._row = 0  # lives in a row that recorded their start only

    def _note(self, _kind: str, block: int, offset: int, _data: bytes) -> None:
        self.result.programs += 1
        self._pages.add((block, offset // sector.PAGE_BYTES))

    def live(self) -> None:
        """One life, from its start to its end."""
        chance = self.random
        book = reserve.open_log(self.flash, None)
        assert book is not None
        kit = Kit(log=book)
        kit.station.boot_due_ms = history.boot_due_ms(book)
        lasts_ms = chance.randrange(LOOP_MS)
        if chance.random() < LONG_SHARE:
            lasts_ms = int(LOOP_MS * (LONG_MS / LOOP_MS) ** chance.random())
        is_touched = chance.random() < self._touch_share
        before, pages = self.result.programs, len(self._pages)
        try:
            kit.run_ms(lasts_ms)
            if is_touched:
                self._touch(kit, book)
        except nor.PowerCut:
            self.result.cuts += 1
        kit.power_cut()
        self.flash.power_on()
        self.result.lives += 1
        if is_touched:
            self._row = 0
        elif self.result.programs > before:
            self._row += 1
            self.result.pages_without_touch += len(self._pages) - pages
        self.result.row_max = max(self.result.row_max, self._row)
        if self._row > ROW_MAX:
            self.result.problems.append(f"life {self.result.lives}: {self._row} in a row wrote")

    def _touch(self, kit: Kit, book: log.Log) -> None:
        chance = self.random
        self.result.touches += 1
        if chance.random() < CUT_SHARE:
            self.flash.random = nor.Random(self.result.lives)
            self.flash.cut(chance.randrange(4), chance.choice(nor.TORN), chance.randrange(256))
        kit.button.press()
        kit.run_ms(100)
        if kit.station.pending() == 0:
            self.acknowledged.add(book.next_seq - 1)
        kit.run_ms(chance.randrange(5000))

    def finish(self) -> Result:
        """What is in the log at the end."""
        book = reserve.open_log(self.flash, None)
        assert book is not None
        self.result.pages = len(self._pages)
        raw = bytearray(record.RECORD_BYTES_MAX)
        found: set[int] = set()
        for seq in range(book.next_seq):
            if book.read(seq, raw):
                row = record.unpack(raw)
                self.result.kinds[kinds.NAMES[row.kind]] += 1
                found.add(seq)
        if self.acknowledged - found:
            self.result.problems.append(f"lost: {sorted(self.acknowledged - found)}")
        if self.flash.counts.erases or self.flash.counts.violations:
            self.result.problems.append("erased, or a 1 asked for where a 0 was")
        return self.result


def campaign(
    lives: int, seed: int, blocks: int = BLOCKS, touch_share: float = TOUCH_SHARE
) -> Result:
    """So many lives."""
    run = Campaign(blocks, seed, touch_share)
    for number in range(lives):
        run.live()
        if number % 10_000 == 9_999:
            print(f"{number + 1} lives, {run.result.programs} programs", file=sys.stderr)
    return run.finish()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--lives", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    result = campaign(options.lives, options.seed)
    for line in result.problems[:20]:
        print("FAILED", line)
    print(
        f"{result.lives} lives, {result.touches} touches, {result.cuts} cuts in a program: "
        f"{result.programs} programs, {result.pages} of {result.pages_in_all} pages used, "
        f"{result.pages_without_touch} of them by lives without a touch (at most "
        f"{result.row_max} in a row); records {dict(result.kinds)}; "
        f"{len(result.problems)} failed, {time.monotonic() - start:.0f} s"
    )
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
