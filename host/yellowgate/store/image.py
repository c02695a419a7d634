"""Race logs out of files: a log file copied off a board, a raw flash image, whole or damaged.

A log is found by the headers in its blocks alone (FORMAT.md, "Race log on flash"). In a raw image
a block begins every 4096 bytes. In a copied file littlefs has left its pointers out, so that the
blocks lie a little closer together; the header tells by itself where its block begins. What no
header covers is searched for records of the logs that were found: a damaged header costs nothing
but itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from gate_wire import chain, record, sector

from yellowgate.store.evidence import Damage

LOGS_MAX = 64  # of one file: a board has one, and what is left of a few before it
UNIT = record.UNIT_BYTES
_BLANK = b"\xff" * UNIT
_ZERO = bytes(UNIT)


@dataclass
class LogImage:
    """One log as it was found.

    records: (sequence number, bytes) of the whole ones, by number; two of one number that differ
    are both here. marks: (epoch, first seq, tag before). damage: what is spoilt, and between
    which numbers it lies. gaps: (first, last) number of what is missing between records.
    """

    log_id: str
    generation: int
    blocks: int
    blocks_found: int = 0
    records: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])
    marks: list[tuple[int, int, bytes]] = field(default_factory=list[tuple[int, int, bytes]])
    damage: list[Damage] = field(default_factory=list[Damage])

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """(first, last) of each run of numbers that is missing, from 0 to the last record."""
        gaps: list[tuple[int, int]] = []
        wanted = 0
        for seq, _ in self.records:
            if seq > wanted:
                gaps.append((wanted, seq - 1))
            wanted = max(wanted, seq + 1)
        return gaps


@dataclass
class _Block:
    """A block of a log in the file. base: where it would begin, pointers and all."""

    index: int
    base: int
    size: int  # of the file

    @property
    def records_at(self) -> range:
        start = self.base + sector.RECORDS_AT
        return range(start, min(self.base + sector.BLOCK_BYTES, self.size - UNIT + 1), UNIT)


@dataclass
class _Run:
    """What a stretch of the file holds, in order: records, and how many units are spoilt."""

    seq: int = -1
    raw: bytes = b""
    spoilt: int = 0
    at: int = 0
    what: str = ""


def read(data: bytes, known_ids: Iterable[str] = ()) -> list[LogImage]:
    """Every log in these bytes, by log id. known_ids: logs (hex) to look for where no header
    is left. Rubbish gives an empty list. Raises ValueError (one line) when there are
    headers of more logs than any flash holds.
    """
    logs, blocks = _headers(data)
    if len(logs) > LOGS_MAX:
        raise ValueError(f"it has headers of {len(logs)} logs: no flash holds so many")
    for log_id in known_ids:
        logs.setdefault(log_id, LogImage(log_id, 0, 0))
    covered: list[tuple[int, int]] = []
    runs: dict[str, list[_Run]] = {log_id: [] for log_id in logs}
    for log_id, log in logs.items():
        found = blocks.get(log_id, [])
        log.blocks_found = len({block.index for block in found})
        for block in found:
            covered.append((block.base, block.base + sector.BLOCK_BYTES))
            _read_mark(data, block, log)
            runs[log_id] += _read_block(data, block, log)
    stray = _stray(data, sorted(covered), [bytes.fromhex(log_id) for log_id in logs])
    for log_id, log in logs.items():
        _assemble(log, runs[log_id], stray.get(log_id, []), blocks.get(log_id, []))
    return [logs[log_id] for log_id in sorted(logs) if logs[log_id].blocks or logs[log_id].records]


def _headers(data: bytes) -> tuple[dict[str, LogImage], dict[str, list[_Block]]]:
    logs: dict[str, LogImage] = {}
    blocks: dict[str, list[_Block]] = {}
    at = data.find(sector.MAGIC)
    while at >= 0:
        header = sector.unpack_header(data, at)
        if header is not None and header[0] < header[1]:
            index, count, log_id, generation = header
            log = logs.setdefault(log_id.hex(), LogImage(log_id.hex(), generation, count))
            block = _Block(index, at - sector.HEADER_AT, len(data))
            blocks.setdefault(log.log_id, []).append(block)
        at = data.find(sector.MAGIC, at + 1)
    for found in blocks.values():
        found.sort(key=lambda block: (block.index, block.base))
    return logs, blocks


def _read_mark(data: bytes, block: _Block, log: LogImage) -> None:
    at = block.base + sector.MARK_AT
    mark = sector.unpack_mark(data, at, bytes.fromhex(log.log_id))
    if mark is not None:
        log.marks.append(mark)
        return
    slot = data[at : at + sector.MARK_BYTES]
    if slot.strip(b"\xff"):
        log.damage.append(Damage(log.log_id, "opening mark", at, -1, -1, 0))


def _read_block(data: bytes, block: _Block, log: LogImage) -> list[_Run]:
    """Records and spoilt stretches of a block, in order."""
    log_id = bytes.fromhex(log.log_id)
    runs: list[_Run] = []
    at = block.records_at.start
    while at < block.records_at.stop:
        # No record goes across a page: the next page begins where 256 bytes of the block end.
        page_end = block.base + (((at - block.base) | sector.PAGE_BYTES - 1) + 1)
        length = record.check(data[at:page_end], 0, log_id)
        if length:
            raw = data[at : at + length]
            runs.append(_Run(record.unpack(raw).seq, raw, 0, at))
            at += length
            continue
        unit = data[at : at + UNIT]
        if unit != _BLANK and not (unit == _ZERO and at + UNIT == page_end):
            what = "voided record" if unit == _ZERO else "torn or damaged record"
            if runs and runs[-1].spoilt and runs[-1].at + runs[-1].spoilt * UNIT == at:
                runs[-1].spoilt += 1
                runs[-1].what = what if what != "voided record" else runs[-1].what
            else:
                runs.append(_Run(spoilt=1, at=at, what=what))
        at += UNIT
    return runs


def _stray(
    data: bytes, covered: Sequence[tuple[int, int]], log_ids: Sequence[bytes]
) -> dict[str, list[tuple[int, int, bytes]]]:
    """(number, offset, bytes) of records of these logs that no header covers."""
    found: dict[str, list[tuple[int, int, bytes]]] = {}
    for start, end in _uncovered(len(data), covered):
        at = start
        while at < end:
            step = 4  # littlefs' pointers shift blocks by multiples of four bytes
            if data[at] & record.MARK and data[at] != 0xFF:
                for log_id in log_ids:
                    length = record.check(data[at : at + record.RECORD_BYTES_MAX], 0, log_id)
                    if length:
                        raw = data[at : at + length]
                        row = (record.unpack(raw).seq, at, raw)
                        found.setdefault(log_id.hex(), []).append(row)
                        step = length
            at += step
    return found


def _uncovered(size: int, covered: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = 0
    for start, end in covered:
        if at < start:
            yield at, min(start, size)
        at = max(at, end)
    if at < size:
        yield at, size


def _assemble(
    log: LogImage, runs: list[_Run], stray: list[tuple[int, int, bytes]], blocks: list[_Block]
) -> None:
    """Records by number, each once; damage between its neighbours."""
    rows = {(run.seq, run.raw) for run in runs if run.raw}
    rows |= {(seq, raw) for seq, _, raw in stray}
    log.records = sorted(rows)
    log.marks.sort()
    for place, run in enumerate(runs):
        if run.spoilt:
            before = next((r.seq for r in reversed(runs[:place]) if r.raw), -1)
            after = next((r.seq for r in runs[place:] if r.raw), -1)
            count = (run.spoilt + 1) // 2
            log.damage.append(Damage(log.log_id, run.what, run.at, before, after, count))
    _note_lost_blocks(log, runs, blocks)
    log.damage.sort(key=lambda damage: (damage.after_seq, damage.at))


def _note_lost_blocks(log: LogImage, runs: list[_Run], blocks: list[_Block]) -> None:
    """Blocks without a header: what may have been in them."""
    bases = {block.index: block.base for block in blocks}
    starts = sorted((block.base, block.index) for block in blocks)
    seqs: dict[int, list[int]] = {}
    for run in runs:
        if run.raw:
            index = max(start for start in starts if start[0] <= run.at)[1]
            seqs.setdefault(index, []).append(run.seq)
    if not blocks:
        what = "no header of this log is left"
        log.damage.append(Damage(log.log_id, what, 0, -1, -1, record.SEQ_MAX))
    cut_at = max((block.base + sector.BLOCK_BYTES for block in blocks), default=0)
    for first, last in _runs(index for index in range(log.blocks) if index not in bases):
        before = max((max(rows) for at, rows in seqs.items() if at < first), default=-1)
        after = min((min(rows) for at, rows in seqs.items() if at > last), default=-1)
        blocks_text = f"block {first}" if first == last else f"blocks {first} to {last}"
        what = f"{blocks_text} of {log.blocks}: no header"
        lost = (last - first + 1) * sector.SEQS_PER_BLOCK_MAX
        log.damage.append(Damage(log.log_id, what, cut_at, before, after, lost))
    for block in blocks:
        missing = block.base + sector.BLOCK_BYTES - block.size
        if missing > 0:
            rows = seqs.get(block.index, [])
            before = max(rows) if rows else _before(block.index, seqs)
            count = (missing + record.RECORD_BYTES_MIN - 1) // record.RECORD_BYTES_MIN
            log.damage.append(Damage(log.log_id, "cut off", block.size, before, -1, count))


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of rising numbers without a gap."""
    for _, run in groupby(enumerate(numbers), lambda row: row[1] - row[0]):
        found = [number for _, number in run]
        yield found[0], found[-1]


def _before(index: int, seqs: dict[int, list[int]]) -> int:
    return max((max(rows) for at, rows in seqs.items() if at < index), default=-1)


def epochs(log: LogImage) -> dict[int, int]:
    """The key epoch that begins with each first number, without marks that lost their key."""
    return {first: epoch for epoch, first, _ in log.marks if epoch != chain.EPOCH_KEYLESS}
