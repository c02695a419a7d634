"""Where a race log stands, read from its blocks alone, whatever is in them.

Nothing is programmed here. FORMAT.md ("Race log on flash") argues why what is found is enough
after a cut at any moment. A sector is one 4096-byte block of the log; sectors are begun in order
and pages are filled in order, so the end is found by reading the opening mark of every sector
and the pages of the last one that was begun.
"""

from array import array

from gate_wire import chain, record, sector

from gate_station.core.blocks import BLANK, BLANK_PAGE, Blocks, same

NOWHERE = 0xFFFFFFFF  # first sequence number of a sector that has no record to read
READS = 8  # bits that a cut left half programmed read differently each time
UNIT = record.UNIT_BYTES
UNITS = sector.BLOCK_BYTES // UNIT
_UNITS_PER_PAGE = sector.PAGE_BYTES // UNIT
_BLANK_UNIT = BLANK_PAGE[:UNIT]
_ZERO_UNIT = bytes(UNIT)
_ZERO_SLOT = bytes(sector.KEY_SLOT_BYTES)

# What a 16-byte unit after the last whole record was ever seen to hold.
_NOTHING = 0
_SIGN = 1  # zeros at the end of a page: a start went on behind this page
_RUBBISH = 2  # torn, voided or damaged


def whole_from(page: bytearray, at: int, log_id: bytes) -> int:
    """Offset in this page of the first whole record at or after `at`, PAGE_BYTES if none."""
    while at < sector.PAGE_BYTES:
        if page[at] != BLANK and record.check(page, at, log_id):
            return at
        at += UNIT
    return at


def first_whole(blocks: Blocks, index: int, log_id: bytes, page: bytearray) -> int:
    """Sequence number of the first whole record of a sector, NOWHERE if it has none."""
    for page_at in range(0, sector.BLOCK_BYTES, sector.PAGE_BYTES):
        if blocks.read(index, page_at, page) and not same(page, BLANK_PAGE):
            at = whole_from(page, sector.RECORDS_AT if page_at == 0 else 0, log_id)
            if at < sector.PAGE_BYTES:
                return record.unpack(page, at).seq
    return NOWHERE


def numbers_skipped(rubbish: int) -> int:
    """How many numbers are left out after so many units of rubbish behind the last record.

    A torn record and one that was acknowledged and then damaged look alike, so the number of
    neither is given again: two for a torn one, whose place has room for two, torn and voided.
    """
    return max(2, (rubbish + 1) // 2) if rubbish else 0


class Opening:
    """What opening found.

    first: first sequence number of each sector, NOWHERE for those with nothing to read.
    tail: the last sector that was begun, -1: none. usable: its mark and key are good.
    is_empty: nothing stands behind its mark and key. next_seq, tag, last_boot: as in Log.
    key, epoch, key_at: the newest key, and the sector that holds it; None: it was lost.
    last, last_at: bytes of the tail's last whole record and where it is, b"" if it has none.
    void_at: offset in the tail of a torn record that must be voided, -1: none. page: the last
    page of the tail that a program before this start may have touched.
    """

    def __init__(self, blocks: Blocks, log_id: bytes) -> None:
        self._blocks = blocks
        self._log_id = log_id
        self._page = bytearray(sector.PAGE_BYTES)
        self.first = array("I", [NOWHERE] * blocks.count)
        self.tail = -1
        self.usable = False
        self.is_empty = True
        self.key: bytes | None = None
        self.epoch = 0
        self.key_at = -1
        self.next_seq = 0
        self.tag = chain.TAG_ZERO
        self.last_boot = 0
        self.last = b""
        self.last_at = sector.RECORDS_AT
        self.void_at = -1
        self.page = 0
        self._mark: tuple[int, int, bytes] | None = None
        self._found = False  # a whole record was found
        self._seen = bytearray(UNITS)  # of the tail
        self._find_sectors()
        self._find_key()
        if self.key is None:
            self._find_hidden_tail()
        if self.tail >= 0:
            self._find_last()
            self._judge_tail()

    # Sectors and key

    def _find_sectors(self) -> None:
        damaged: list[int] = []
        for index in range(self._blocks.count):
            mark = self._read_mark(index)
            if mark is not None:
                self.first[index] = mark[1]
            elif not self._is_begun(index):
                damaged.append(index)  # only if a later one was begun
                continue
            else:
                damaged.append(index)
            self.tail = index
            self._mark = mark
        for index in damaged:
            if index <= self.tail:
                self.first[index] = first_whole(self._blocks, index, self._log_id, self._page)

    def _read_mark(self, index: int) -> tuple[int, int, bytes] | None:
        view = memoryview(self._page)[: sector.MARK_BYTES]
        if not self._blocks.read(index, sector.MARK_AT, view):
            return None
        return sector.unpack_mark(view, 0, self._log_id)

    def _is_begun(self, index: int) -> bool:
        """Any sign of it: mark, key or first record are not blank."""
        if not self._blocks.known(index):
            return False
        # The first key stands in the first sector before that is begun.
        mark_end = sector.MARK_AT + sector.MARK_BYTES
        end = mark_end if index == 0 else sector.RECORDS_AT
        return not (
            self._blocks.is_blank(index, sector.MARK_AT, end)
            and self._blocks.is_blank(index, sector.RECORDS_AT, sector.RECORDS_AT + UNIT)
        )

    def _find_key(self) -> None:
        view = memoryview(self._page)[: sector.KEY_SLOT_BYTES]
        for index in range(max(self.tail, 0), -1, -1):
            for _ in range(READS):
                if not self._blocks.read(index, sector.KEY_AT, view):
                    break
                if same(view, _ZERO_SLOT):
                    break  # wiped
                found = sector.mend_key(view, 0)
                if found is not None:
                    self.key, self.epoch = found
                    self.key_at = index
                    return

    def _find_hidden_tail(self) -> None:
        """Every key is gone: perhaps with the first page of a sector that seems not begun."""
        for index in range(self.tail + 1, self._blocks.count):
            self.first[index] = first_whole(self._blocks, index, self._log_id, self._page)
            if self.first[index] != NOWHERE:
                self.tail = index
                self._mark = None

    def keys_from(self) -> int:
        """The first of the sectors before the tail whose key slot may not be wiped."""
        index = self.tail
        view = memoryview(self._page)[: sector.KEY_SLOT_BYTES]
        while index > 0:
            if self._blocks.read(index - 1, sector.KEY_AT, view) and same(view, _ZERO_SLOT):
                break
            index -= 1
        return index

    # The last record

    def _find_last(self) -> None:
        self._scan(self.tail)
        in_tail = self._look_again()
        before = 0
        index = self.tail
        if not self._found:
            while index > 0 and not self._found:
                index -= 1
                before += self._scan(index)
            self._number_from_mark(before)
        else:
            self.next_seq += 1
        self.next_seq += numbers_skipped(in_tail)
        if self.key is None:
            self.next_seq += self._numbers_lost(index)

    def _number_from_mark(self, rubbish: int) -> None:
        """The tail has no record: its mark knows better than what stands before it."""
        if self._found:
            self.next_seq += 1
        self.next_seq += numbers_skipped(rubbish)
        if self._mark is not None:
            self.next_seq = max(self.next_seq, self._mark[1])
            self.tag = self._mark[2]

    def _numbers_lost(self, index: int) -> int:
        """How many records the blocks after this sector that nobody finds may have held."""
        lost = [at for at in range(index + 1, self._blocks.count) if not self._blocks.known(at)]
        return len(lost) * sector.SEQS_PER_BLOCK_MAX

    def _scan(self, index: int) -> int:
        """Read a sector once; units of rubbish after its last whole record."""
        is_tail = index == self.tail
        rubbish = 0
        for page_at in range(0, sector.BLOCK_BYTES, sector.PAGE_BYTES):
            if not self._blocks.read(index, page_at, self._page):
                self._page[:] = b"\x01" * sector.PAGE_BYTES  # rubbish
            if same(self._page, BLANK_PAGE):
                continue
            at = sector.RECORDS_AT if page_at == 0 else 0
            while at < sector.PAGE_BYTES:
                length = record.check(self._page, at, self._log_id)
                if length:
                    self._take(at, length, page_at, is_tail)
                    rubbish = 0
                    at += length
                    continue
                rubbish += self._judge_unit(at, page_at, is_tail)
                at += UNIT
        return rubbish

    def _take(self, at: int, length: int, page_at: int, is_tail: bool) -> None:
        row = record.unpack(self._page, at)
        self._found = True
        self.next_seq = row.seq
        self.tag = row.tag
        self.last_boot = row.boot
        if is_tail:
            self.last = bytes(memoryview(self._page)[at : at + length])
            self.last_at = page_at + at

    def _judge_unit(self, at: int, page_at: int, is_tail: bool) -> int:
        unit = memoryview(self._page)[at : at + UNIT]
        if same(unit, _BLANK_UNIT):
            return 0
        what = _RUBBISH
        if at == sector.PAGE_BYTES - UNIT and same(unit, _ZERO_UNIT):
            what = _SIGN
        if is_tail:
            number = (page_at + at) // UNIT
            self._seen[number] = max(self._seen[number], what)
        return 1 if what == _RUBBISH else 0

    # The page that a cut may have torn

    def end(self) -> int:
        """Offset in the tail behind its last whole record."""
        return self.last_at + len(self.last)

    def _look_again(self) -> int:
        """Read what a cut may have torn more often; units of rubbish after the last record."""
        page_number = -1
        while page_number < min(self._last_page() + 1, UNITS // _UNITS_PER_PAGE - 1):
            page_number = max(page_number + 1, self._last_page())
            for _ in range(READS - 1):
                self._look(page_number * sector.PAGE_BYTES)
        first = self.end() // UNIT
        return len([1 for unit in range(first, UNITS) if self._seen[unit] == _RUBBISH])

    def _look(self, page_at: int) -> None:
        if not self._blocks.read(self.tail, page_at, self._page) or same(self._page, BLANK_PAGE):
            return
        at = max(self.end() - page_at, sector.RECORDS_AT if page_at == 0 else 0)
        while at < sector.PAGE_BYTES:
            length = record.check(self._page, at, self._log_id)
            if length:
                self._take(at, length, page_at, True)
                at += length
            else:
                self._judge_unit(at, page_at, True)
                at += UNIT

    def _last_page(self) -> int:
        """The last page of the tail with anything in it."""
        for unit in range(UNITS - 1, (self.end() - 1) // UNIT, -1):
            if self._seen[unit]:
                return unit // _UNITS_PER_PAGE
        return (self.end() - 1) // sector.PAGE_BYTES

    def _judge_tail(self) -> None:
        first = self.end() // UNIT
        after = [unit for unit in range(first, UNITS) if self._seen[unit]]
        self.is_empty = not self.last and not after
        if self._mark is not None:
            keyless = self._mark[0] == chain.EPOCH_KEYLESS
            self.usable = keyless or (self.key_at == self.tail and self.epoch == self._mark[0])
            if keyless:
                self.key = None
        # In the last page with anything in it, or in the page behind it where a record of any
        # length would not have fitted: there the next program before this start may have gone.
        room = -self.end() % sector.PAGE_BYTES
        self.page = self._last_page()
        if after or room < record.RECORD_BYTES_MAX:
            self.page += 1
        self.void_at = self._torn_at([unit for unit in after if self._seen[unit] == _RUBBISH])

    def _torn_at(self, rubbish: list[int]) -> int:
        """Where the one torn record begins, -1 when the rubbish is none or is more than that."""
        if not rubbish or rubbish[-1] - rubbish[0] >= record.RECORD_BYTES_MAX // UNIT:
            return -1
        page_at = rubbish[0] * UNIT // sector.PAGE_BYTES * sector.PAGE_BYTES
        start = max(self.end(), page_at)
        if rubbish[-1] * UNIT - start >= record.RECORD_BYTES_MAX:
            return -1
        return start
