"""What a record costs the flash, beside littlefs; what opening a full log costs.

    python tests/bench/flash.py [--quick] [--json]

Both write on the same emulated part in one run, in turn: the race log in its reserved file, and
an ordinary file of littlefs, 32 bytes appended and synced each time. Busy time is the datasheet's
(W25Q16JV: page program 0.4 ms, at most 3; sector erase 45 ms, at most 400), interrupts off.
worst_record_ms is at the maximum figures, on the tap path: append() alone, the sectors begun by
tidy() after the acknowledgement. The mean counts those too.

Opening is measured on the MicroPython VM, a full log of 512 KiB among 352 blocks of a Pico: bytes
read, heap, and the time beside a scan of every unit of the log. The VM computes several times
faster than an RP2040; ratios and heap carry over.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "flash"))

from gate_station.core import log, reserve
from gate_wire import record, sector
from littlefskit import PICO_BLOCKS, Filesystem
from yellowgate.sim.devices import nor
from yellowgate.sim.vm import vm

UID = b"\x04\x11\x22\x33\x44\x55\x66"
LOG_ID = b"BENCHLOG"
CHUNK = 100
PEER = "peer.bin"
LOG_BYTES = reserve.BLOCKS * sector.BLOCK_BYTES


class Bill:
    """What some operations cost, added up, and the worst of them."""

    def __init__(self, flash: nor.Nor) -> None:
        self._flash = flash
        self.records = 0
        self.programs = 0
        self.erases = 0
        self.program_bytes = 0
        self.typ_us = 0
        self.worst_us = 0  # of one, at the typical figures
        self.worst_max_us = 0  # at the maximum figures

    def start(self) -> None:
        self._flash.counts = nor.Counts()

    def stop(self, records: int) -> None:
        counts = self._flash.counts
        self.records += records
        self.programs += counts.programs
        self.erases += counts.erases
        self.program_bytes += counts.program_bytes
        self.typ_us += counts.busy_us_typ
        self.worst_us = max(self.worst_us, counts.busy_us_typ)
        self.worst_max_us = max(self.worst_max_us, counts.busy_us_max)


def write_both(records: int) -> tuple[Bill, Bill, Bill]:
    """(appends, tidying, littlefs) of so many records each, in turn on one part."""
    flash = nor.Nor(PICO_BLOCKS)
    files = Filesystem(flash, is_new=True)
    reserve.renew(flash, files, LOG_ID, bytes(16))
    book = reserve.open_log(flash, files)
    assert book is not None
    book.append(1, 1, 0, record.UTC_UNKNOWN, 0, bytes(10))  # the record of the start comes first
    book.tidy()
    append, tidy, peer = Bill(flash), Bill(flash), Bill(flash)
    raw = bytearray(record.RECORD_BYTES_MAX)
    with files.open(PEER, "wb") as file:
        for first in range(0, records, CHUNK):
            for number in range(first, first + CHUNK):
                append.start()
                seq = book.append(3, 1, number * 1000, number, 1, UID)
                append.stop(1)
                tidy.start()
                book.tidy()
                tidy.stop(0)
                assert book.read(seq, raw) == record.RECORD_BYTES_MIN
            for _ in range(CHUNK):
                peer.start()
                file.write(raw[: record.RECORD_BYTES_MIN])
                file.flush()
                peer.stop(1)
    assert len(files.read(PEER)) == records * record.RECORD_BYTES_MIN
    return append, tidy, peer


def restarts(lives: int = 200) -> tuple[float, float]:
    """(pages of the log used up by starts that write nothing, each; busy ms, at the maximum
    figures, of the first touch after a start: settling, the start's record, its own).
    """
    flash = nor.Nor(PICO_BLOCKS)
    files = Filesystem(flash, is_new=True)
    reserve.renew(flash, files, LOG_ID, bytes(16))
    book = reserve.open_log(flash, files)
    assert book is not None
    book.append(3, 1, 0, 0, 1, UID)
    used: set[tuple[int, int]] = set()
    flash.on_operation = lambda _kind, block, offset, _data: used.add(
        (block, offset // sector.PAGE_BYTES)
    )
    for _ in range(lives):
        book = reserve.open_log(flash, files)
        assert book is not None
        book.tidy()
    pages = len(used) / lives
    bill = Bill(flash)
    bill.start()
    book.append(1, 2, 0, record.UTC_UNKNOWN, 0, bytes(10))
    book.append(3, 2, 0, record.UTC_UNKNOWN, 0, UID)
    bill.stop(1)
    return pages, bill.worst_max_us / 1000


def full_image(path: Path) -> int:
    """A flash with a full log; how many records it holds."""
    flash = nor.Nor(PICO_BLOCKS)
    files = Filesystem(flash, is_new=True)
    reserve.renew(flash, files, LOG_ID, bytes(16))
    book = reserve.open_log(flash, files)
    assert book is not None
    try:
        while True:
            book.append(3, 1, book.next_seq, record.UTC_UNKNOWN, 0, UID)
            book.tidy()
    except log.LogFull:
        pass
    path.write_bytes(flash.backing.read(0, flash.backing.size()))
    return book.next_seq


_ON_THE_VM = """
import gc
from gate_station.core import reserve, log, logread, logscan, blocks
from gate_wire import chain, record

class Flash:
    # Next to nothing is allocated here, as in rp2.Flash: what is on the heap is the log's.
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        self.read_bytes = 0
    def ioctl(self, op, arg):
        return 352 if op == 4 else 4096
    def readblocks(self, block, buf, offset=0):
        at = block * 4096 + offset
        buf[:] = memoryview(self.data)[at:at + len(buf)]
        self.read_bytes += len(buf)
    def writeblocks(self, block, buf, offset=0):
        for at in range(len(buf)):
            self.data[block * 4096 + offset + at] &= buf[at]

flash = Flash("/full.bin")
found = reserve.choose(reserve.scan(flash), None)
everything = blocks.Blocks(flash, found.blocks)
result = {}
"""
_OPEN = """
flash.read_bytes = 0
result["heap_before"] = gc.mem_alloc()
started = host.now_us()
book = reserve.open_log(flash, None)
result["open_us"] = host.now_us() - started
result["open_read"] = flash.read_bytes
result["heap_peak"] = gc.mem_alloc()
result["next_seq"] = book.next_seq
gc.collect()
"""
_SCAN = """
result["heap_after"] = gc.mem_alloc()
flash.read_bytes = 0
page = bytearray(256)
count = 0
started = host.now_us()
for index in range(everything.count):
    for page_at in range(0, 4096, 256):
        everything.read(index, page_at, page)
        at = 160 if page_at == 0 else 0
        while True:
            at = logread.whole_from(page, at, found.log_id)
            if at >= 256:
                break
            count += 1
            at += record.length_at(page, at)
result["scan_us"] = host.now_us() - started
result["scan_read"] = flash.read_bytes
result["scan_count"] = count
gc.collect()
"""
_TAGS = """
import hashlib
keyed = chain.Keyed(bytes(16))
sealed = memoryview(bytearray(24))
gc.collect()
before = gc.mem_alloc()
started = host.now_us()
for _ in range(500):
    keyed.tag(b"1234", sealed)
result["tag_us"] = (host.now_us() - started) / 500
result["tag_garbage"] = (gc.mem_alloc() - before) / 500
big = bytes(4096)
started = host.now_us()
for _ in range(50):
    hashlib.sha256(big).digest()
result["sha_4k_us"] = (host.now_us() - started) / 50
"""


def on_the_vm() -> dict[str, Any]:
    """Opening a full log, a full scan of it, and tags, on MicroPython."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "full.bin"
        records = full_image(path)
        steps = [(1, _OPEN), (1, _SCAN), (1, _TAGS)]
        figures = vm.run(_ON_THE_VM, {"/full.bin": path}, steps=steps)
    assert figures["next_seq"] == figures["scan_count"] == records
    # An RP2040 hashes 4 KiB, 65 blocks of SHA-256, in 4.5 ms; a tag is four blocks.
    return {
        "full_log_records": records,
        "open_read_fraction": figures["open_read"] / LOG_BYTES,
        "open_heap_kept_bytes": figures["heap_after"] - figures["heap_before"],
        "open_heap_used_bytes": figures["heap_peak"] - figures["heap_before"],
        "open_ms_vm": figures["open_us"] / 1000,
        "full_scan_ms_vm": figures["scan_us"] / 1000,
        "open_time_ratio": figures["scan_us"] / figures["open_us"],
        "tag_us_vm": figures["tag_us"],
        "tag_garbage_bytes": figures["tag_garbage"],
        "sha256_4k_us_vm": figures["sha_4k_us"],
        "tag_hash_us_rp2040_estimated": 4500 / 65 * 4,
    }


def measure(records: int) -> dict[str, Any]:
    """The figures."""
    append, tidy, peer = write_both(records)
    pages, first_touch_ms = restarts()
    ours_us = (append.typ_us + tidy.typ_us) / records
    peer_us = peer.typ_us / records
    return {
        "records": records,
        "pages_per_restart": pages,
        "first_touch_ms": first_touch_ms,
        "programs_per_record": append.programs / records,
        "programs_per_1000_with_tidying": (append.programs + tidy.programs) / records * 1000,
        "bytes_per_record": append.program_bytes / records,
        "tap_path_erases": append.erases + tidy.erases,
        "busy_ms_mean": ours_us / 1000,
        "worst_record_ms": append.worst_max_us / 1000,
        "worst_with_tidying_ms": (append.worst_max_us + tidy.worst_max_us) / 1000,
        "littlefs_programs_per_record": peer.programs / records,
        "littlefs_erases_per_record": peer.erases / records,
        "littlefs_bytes_per_record": peer.program_bytes / records,
        "littlefs_busy_ms_mean": peer_us / 1000,
        "littlefs_worst_typ_ms": peer.worst_us / 1000,
        "littlefs_worst_ms": peer.worst_max_us / 1000,
        "busy_ratio_littlefs": peer_us / ours_us,
    } | on_the_vm()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="500 records instead of 5,000")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    figures = measure(500 if options.quick else 5000)
    if options.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(
            f"{name:32s} {value:>14,.3f}"
            if isinstance(value, float)
            else f"{name:32s} {value:>14,}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
