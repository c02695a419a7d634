"""Reading a race log by number: a cursor that goes along as a download does."""

from array import array

from gate_wire import record, sector

from gate_station.core.blocks import BLANK, Blocks

NOWHERE = 0xFFFFFFFF  # first sequence number of a sector that has no record to read
_PAGES = sector.BLOCK_BYTES // sector.PAGE_BYTES


def whole_from(page: bytearray, at: int, log_id: bytes) -> int:
    """Offset in this page of the first whole record at or after `at`, PAGE_BYTES if none."""
    while at < sector.PAGE_BYTES:
        if page[at] != BLANK and record.check(page, at, log_id):
            return at
        at += record.UNIT_BYTES
    return at


class Reader:
    """first: first number of each sector, NOWHERE for those with nothing to read; the
    log keeps it up. Sectors are read in the order of these numbers.
    """

    def __init__(self, blocks: Blocks, first: "array[int]", log_id: bytes) -> None:
        self._blocks = blocks
        self._first = first
        self._log_id = log_id
        self._page = bytearray(sector.PAGE_BYTES)
        self._at = -1  # page under the cursor: sector * pages + page, -1: none
        self._next = -1  # offset in it where to look, -1: it is not read yet
        self._seq = -1  # every record before the cursor has a lower number than this
        self._epoch_of = (-1, -1)  # (sector, epoch) that epoch() told last

    def forget(self, index: int, page_at: int) -> None:
        """This page was programmed: read it anew."""
        if self._at == index * _PAGES + page_at // sector.PAGE_BYTES:
            self._next = -1

    def read(self, seq: int, buf: bytearray | memoryview) -> int:
        """See Log.read."""
        if self._seek(seq) != seq:
            return 0
        return self._copy(buf, 0)

    def epoch(self, seq: int) -> int:
        """Epoch of the key under this record's tag, -1 when its sector's mark is damaged."""
        index = self._sector_of(seq)
        if index != self._epoch_of[0]:
            mark_bytes = bytearray(sector.MARK_BYTES)
            mark = None
            if self._blocks.read(index, sector.MARK_AT, mark_bytes):
                mark = sector.unpack_mark(mark_bytes, 0, self._log_id)
            self._epoch_of = (index, -1 if mark is None else mark[0])
        return self._epoch_of[1]

    def read_range(
        self, first_seq: int, end_seq: int, buf: bytearray | memoryview
    ) -> tuple[int, int]:
        """See Log.read_range."""
        filled = 0
        while first_seq < end_seq:
            seq = self._seek(first_seq)
            if seq < 0 or seq >= end_seq:
                return filled, end_seq
            length = self._copy(buf, filled)
            if length == 0:
                return filled, seq
            filled += length
            first_seq = seq + 1
            self._next += length  # past it: its CRC need not be computed again
            self._seq = first_seq
        return filled, first_seq

    def _copy(self, buf: bytearray | memoryview, filled: int) -> int:
        """The record under the cursor into buf; 0 when it does not fit."""
        at = self._next
        length = record.length_at(self._page, at)
        if filled + length > len(buf):
            return 0
        buf[filled : filled + length] = memoryview(self._page)[at : at + length]
        return length

    def _seek(self, seq: int) -> int:
        """Put the cursor on the whole record with the lowest number from seq on; -1 if none."""
        if self._at < 0 or not 0 <= self._seq <= seq:
            self._at = self._sector_of(seq) * _PAGES
            self._next = -1
        self._seq = seq
        while self._at >= 0:
            found = self._seek_in_page(seq)
            if found >= 0:
                return found
            self._at += 1
            if self._at % _PAGES == 0:
                index = self._at // _PAGES - 1
                self._at = self._sector_after(self._first[index], index) * _PAGES
            self._next = -1
        return -1

    def _sector_after(self, first: int, index: int) -> int:
        """The sector that goes on after one with this first number; -1 if none."""
        best = -1
        lowest = NOWHERE
        for other in range(len(self._first)):
            number = self._first[other]
            if number < lowest and (number > first or (number == first and other > index)):
                best = other
                lowest = number
        return best

    def _seek_in_page(self, seq: int) -> int:
        index, page = divmod(self._at, _PAGES)
        if self._next < 0:
            if not self._blocks.read(index, page * sector.PAGE_BYTES, self._page):
                return -1
            self._next = sector.RECORDS_AT if page == 0 else 0
        while True:
            at = whole_from(self._page, self._next, self._log_id)
            self._next = at
            if at >= sector.PAGE_BYTES:
                return -1
            found = record.seq_at(self._page, at)
            if found >= seq:
                return found
            self._next = at + record.length_at(self._page, at)

    def _sector_of(self, seq: int) -> int:
        """The sector to begin looking in: the last one that does not begin behind this number."""
        at = -1
        for index in range(len(self._first)):
            first = self._first[index]
            if first <= seq and (at < 0 or first >= self._first[at]):
                at = index
        return at if at >= 0 else self._sector_after(-1, -1)
