"""Where a race log stands, read from its blocks alone, whatever is in them.

Needed at the start only. Nothing is programmed here. FORMAT.md ("Race log on flash") argues why
what is found is enough after a cut at any moment. A sector is one 4096-byte block of the log;
sectors are begun in order and pages are filled in order, so the end is found by reading the
opening mark of every sector and the pages of the last one that was begun.
"""

from array import array

from gate_wire import chain, record, sector

from gate_station.core.blocks import BLANK, READS, Blocks
from gate_station.core.logread import NOWHERE, whole_from

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    # tail, is_empty, last, last_at, torn, page as in Opening, and keys_from()
    Unsettled = tuple[int, bool, bytes, int, list[int], int, int]

UNIT = record.UNIT_BYTES
UNITS = sector.BLOCK_BYTES // UNIT
_LAST_PAGE = sector.BLOCK_BYTES // sector.PAGE_BYTES - 1
_UNITS_PER_PAGE = sector.PAGE_BYTES // UNIT
_BLANK_UNIT = bytes([BLANK]) * UNIT
_ZERO_UNIT = bytes(UNIT)
_ZERO_SLOT = bytes(sector.KEY_SLOT_BYTES)

# What a 16-byte unit was seen to hold when it was no part of a whole record.
_NOTHING = 0
_SIGN = 1  # zeros at the end of a page: a start went on behind this page
_VOID = 2  # zeros
_RUBBISH = 3  # torn or damaged


def same(one: bytes | bytearray | memoryview, other: bytes | bytearray | memoryview) -> bool:
    """Do both hold the same bytes? Without making copies of them."""
    return one == other


def first_whole(blocks: Blocks, index: int, log_id: bytes, page: bytearray) -> int:
    """Sequence number of the first whole record of a sector, NOWHERE if it has none."""
    for page_at in range(0, sector.BLOCK_BYTES, sector.PAGE_BYTES):
        if blocks.read(index, page_at, page) and not same(page, blocks.page):
            at = whole_from(page, sector.RECORDS_AT if page_at == 0 else 0, log_id)
            if at < sector.PAGE_BYTES:
                return record.unpack(page, at).seq
    return NOWHERE


class SectorScan:
    """One sector read through: its last whole record, and what lies behind it.

    last, last_at: bytes of the last whole record and where it is; b"" if there is none, and
    last_at is then where the first one would be.
    """

    def __init__(self, blocks: Blocks, index: int, log_id: bytes, page: bytearray) -> None:
        self._blocks = blocks
        self._index = index
        self._log_id = log_id
        self._page = page
        self._seen = bytearray(UNITS)
        self.last = b""
        self.last_at = sector.RECORDS_AT
        for page_at in range(0, sector.BLOCK_BYTES, sector.PAGE_BYTES):
            self._look(page_at)

    def end(self) -> int:
        """Offset behind the last whole record."""
        return self.last_at + len(self.last)

    def _look(self, page_at: int) -> None:
        if not self._blocks.read(self._index, page_at, self._page):
            self._page[:] = b"\x01" * sector.PAGE_BYTES  # rubbish
        if same(self._page, self._blocks.page):
            return
        at = sector.RECORDS_AT if page_at == 0 else 0
        if page_at <= self.last_at < page_at + sector.PAGE_BYTES:
            at = self.end() - page_at
        while at < sector.PAGE_BYTES:
            length = record.check(self._page, at, self._log_id)
            if length:
                self.last = bytes(memoryview(self._page)[at : at + length])
                self.last_at = page_at + at
                at += length
            else:
                self._judge(at, page_at)
                at += UNIT

    def _judge(self, at: int, page_at: int) -> None:
        unit = memoryview(self._page)[at : at + UNIT]
        if same(unit, _BLANK_UNIT):
            return
        what = _RUBBISH
        if same(unit, _ZERO_UNIT):
            what = _SIGN if at == sector.PAGE_BYTES - UNIT else _VOID
        number = (page_at + at) // UNIT
        self._seen[number] = max(self._seen[number], what)

    def look_again(self) -> None:
        """Read the pages that a cut may have torn more often."""
        page_number = -1
        while page_number < min(self.last_page() + 1, UNITS // _UNITS_PER_PAGE - 1):
            page_number = max(page_number + 1, self.last_page())
            for _ in range(READS - 1):
                self._look(page_number * sector.PAGE_BYTES)

    def is_clean(self) -> bool:
        """Nothing lies behind the last whole record."""
        return max(self._seen[self.end() // UNIT :], default=_NOTHING) == _NOTHING

    def last_page(self) -> int:
        """The last page with anything in it."""
        for unit in range(UNITS - 1, (self.end() - 1) // UNIT, -1):
            if self._seen[unit]:
                return unit // _UNITS_PER_PAGE
        return (self.end() - 1) // sector.PAGE_BYTES

    def _spoilt(self, page_number: int) -> tuple[int, int]:
        """(first, last) unit of a page behind the last record that is spoilt, (-1, -1) if none."""
        end = (page_number + 1) * _UNITS_PER_PAGE
        first = max(end - _UNITS_PER_PAGE, self.end() // UNIT)
        # The last unit is out of reach of a record in flight: what is torn there is a sign. It may
        # read blank another day, so nothing may depend on it.
        if end - first > record.RECORD_BYTES_MAX // UNIT:
            end -= 1
        spoilt = [unit for unit in range(first, end) if self._seen[unit] > _SIGN]
        return (spoilt[0], spoilt[-1]) if spoilt else (-1, -1)

    def numbers_spoilt(self) -> int:
        """How many numbers are not to be given again, for what lies behind the last record.

        A torn record and one that was acknowledged and then damaged look alike. In the place of
        one long record there may have been two short ones, and voiding does not change the count.
        """
        count = 0
        for page_number in range(self.last_page() + 1):
            first, last = self._spoilt(page_number)
            if first >= 0:
                is_one = last - first < record.RECORD_BYTES_MAX // UNIT
                count += 2 if is_one else sector.PAGE_BYTES // record.RECORD_BYTES_MIN
        return count

    def torn(self) -> list[int]:
        """Where records begin that were torn: one a page, no longer than a record can be."""
        places: list[int] = []
        for page_number in range(self.last_page() + 1):
            first, last = self._spoilt(page_number)
            if first < 0 or max(self._seen[first : last + 1]) < _RUBBISH:
                continue
            start = max(self.end(), page_number * sector.PAGE_BYTES)
            if last * UNIT - start < record.RECORD_BYTES_MAX:
                places.append(start)
        return places


class Opening:
    """What opening found.

    first: first sequence number of each sector, NOWHERE for those with nothing to read.
    tail: the last sector that was begun, -1: none. usable: its mark and key are good.
    is_empty: nothing stands behind its mark and key. next_seq, tag, last_boot: as in Log.
    key, epoch, key_at: the newest key, and the sector that holds it; None: it was lost.
    last, last_at: bytes of the tail's last whole record and where it is, b"" if it has none.
    torn: offsets in the tail of torn records that must be voided. page: the last page of the
    tail that a program before this start may have touched.
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
        self.torn: list[int] = []
        self.page = 0
        self._mark: tuple[int, int, bytes] | None = None
        self._find_sectors()
        self._find_key()
        if self.key is None:
            self._find_hidden_tail()
        if self.tail >= 0:
            self._find_last()
        elif self.key is None:
            self._skip(self._numbers_lost(-1))  # the first key was lost with its sector
        self.next_seq = min(self.next_seq, record.SEQ_MAX)
        self.last_boot = min(self.last_boot, record.BOOT_MAX)

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

    def unsettled(self) -> "Unsettled":
        """What is to be settled before a record is written: plain values, so that nothing of this
        module stays in memory for them.
        """
        keys_from = self.keys_from()
        return (
            self.tail,
            self.is_empty,
            self.last,
            self.last_at,
            self.torn,
            self.page,
            keys_from,
        )

    # The last record

    def _find_last(self) -> None:
        tail = SectorScan(self._blocks, self.tail, self._log_id, self._page)
        tail.look_again()
        self._judge_tail(tail)
        index = self.tail
        if not tail.last:
            while index > 0 and not self._take(index - 1):
                index -= 1
            if self._mark is not None:  # it knows better than what stands before it
                self.next_seq = max(self.next_seq, self._mark[1])
                self.tag = self._mark[2]
            self._skip(tail.numbers_spoilt())
        else:
            self._take_from(tail)
        self._mind_order()
        # Behind a tail with a page left no sector was begun; one that began without a key left
        # the numbers out when it did.
        if self.key is None and not (self.usable and self.page < _LAST_PAGE):
            self._skip(self._numbers_lost(index))

    def _mind_order(self) -> None:
        """Sectors that are out of order are none that this log began: but nothing is lost."""
        top = self.tail
        highest = self.next_seq - 1
        for index in range(self._blocks.count):
            if highest < self.first[index] < NOWHERE:
                top = index
                highest = self.first[index]
        known = self.next_seq, self.last_boot
        self.next_seq = 0
        self.last_boot = 0
        if top == self.tail or not self._take(top):
            self.next_seq, self.last_boot = known

    def _take(self, index: int) -> bool:
        """Take the last record from this sector; False when it has none."""
        scan = SectorScan(self._blocks, index, self._log_id, self._page)
        self._take_from(scan)
        return scan.last != b""

    def _take_from(self, scan: SectorScan) -> None:
        self._skip(scan.numbers_spoilt())
        if scan.last:
            row = record.unpack(scan.last)
            self.next_seq += row.seq + 1
            self.tag = row.tag
            self.last_boot += row.boot

    def _skip(self, count: int) -> None:
        """Leave out numbers that may once have been acknowledged; each may have been a start."""
        self.next_seq += count
        self.last_boot += count

    def _numbers_lost(self, index: int) -> int:
        """How many records the blocks after this sector that nobody finds may have held."""
        lost = [at for at in range(index + 1, self._blocks.count) if not self._blocks.known(at)]
        return len(lost) * sector.SEQS_PER_BLOCK_MAX

    def _judge_tail(self, tail: SectorScan) -> None:
        self.last = tail.last
        self.last_at = tail.last_at
        self.is_empty = not tail.last and tail.is_clean()
        if self._mark is not None:
            keyless = self._mark[0] == chain.EPOCH_KEYLESS
            self.usable = keyless or (self.key_at == self.tail and self.epoch == self._mark[0])
            if keyless:
                self.key = None
        # In the last page with anything in it, or in the page behind it where a record of any
        # length would not have fitted: there the next program before this start may have gone.
        self.page = tail.last_page()
        room = -tail.end() % sector.PAGE_BYTES
        if not tail.is_clean() or room < record.RECORD_BYTES_MAX:
            self.page += 1
        self.torn = tail.torn()
