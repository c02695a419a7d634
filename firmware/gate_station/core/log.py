"""The race log: appends that no power cut can hurt, and reads.

An append is one page program into a page that no program before this start has touched, and is
acknowledged after the record has been read back. Nothing here ever erases. FORMAT.md ("Race log
on flash") is the specification, with the argument why no cut can lose an acknowledged record or
invent one.
"""

from array import array

from gate_wire import chain, record, sector

from gate_station.core import logread
from gate_station.core.blocks import BLANK, READS, Blocks

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.core.logscan import Unsettled
    from gate_station.ports import BlockDevice

ENOSPC = 28
EROFS = 30
_PAGES = sector.BLOCK_BYTES // sector.PAGE_BYTES
_ZEROS = bytes(record.RECORD_BYTES_MAX)


class LogFull(OSError):
    """No page is left. Everything written before is kept; a new log is an explicit command."""

    def __init__(self) -> None:
        super().__init__(ENOSPC)


class Log:
    """One race log. Opens on any content without raising, and never erases.

    device: the raw flash. blocks: the device block of each sector in order, -1 where unknown
    (reserve.scan finds them). log_id: 8 bytes. refusal: why nothing may be written, "" if it
    may. Opening programs nothing: settle() sees to what a cut left half programmed. Not to be
    used from interrupts.
    """

    def __init__(
        self,
        device: "BlockDevice",
        blocks: "list[int] | array[int]",
        log_id: bytes,
        generation: int = 0,
        refusal: str = "",
    ) -> None:
        from gate_station.core import logscan  # noqa: PLC0415 - only at the start

        self.log_id = log_id
        self.generation = generation
        self.refusal = refusal
        self._blocks = Blocks(device, blocks)
        self._record = bytearray(record.RECORD_BYTES_MAX)
        found = logscan.Opening(self._blocks, log_id)
        self._first = found.first
        self.next_seq = found.next_seq
        self.last_boot = found.last_boot
        self._tag = found.tag
        self._tail = found.tail
        self._at = sector.BLOCK_BYTES  # offset in the tail where the next record may begin
        self._key = found.key
        self._epoch = found.epoch
        self._key_at = found.key_at
        self._keys_from = found.keys_from()
        self._keyed = chain.Keyed(found.key or chain.KEY_ZERO)
        again = found.tail >= 0 and not found.usable and found.is_empty
        self._candidate = found.tail if again else found.tail + 1
        self._again = self._candidate if again else -1
        self._reader = logread.Reader(self._blocks, self._first, log_id)
        self._is_written = False  # in this life
        self._unsettled: "Unsettled | None" = None
        if found.usable and not refusal:
            self._unsettled = found.unsettled()
            self._at = found.page * sector.PAGE_BYTES  # so far it is used up

    # What it knows

    @property
    def retries(self) -> int:
        """How often a program failed or did not read back since the start."""
        return self._blocks.programs_failed

    @property
    def first_seq(self) -> int:
        """The lowest number that can still be read; next_seq when there is none."""
        found = [seq for seq in self._first if seq != logread.NOWHERE]
        return min(found) if found else self.next_seq

    @property
    def fill_permille(self) -> int:
        """How much of the log is used up, 1000: full. Of pages, or of the numbers of records or
        of starts, if less of these is left.
        """
        pages = self._blocks.count * _PAGES
        used = self._candidate * _PAGES
        if self._tail == self._candidate - 1:
            used -= (sector.BLOCK_BYTES - self._at + sector.PAGE_BYTES - 1) // sector.PAGE_BYTES
        if not pages:
            return 1000
        seqs = self.next_seq * 1000 // record.SEQ_MAX
        starts = self.last_boot * 1000 // (record.BOOT_MAX + 1)
        return max(0, min(1000, used * 1000 // pages), seqs, starts)

    def tip(self) -> tuple[int, bytes]:
        """(next sequence number, tag of the last record): what the next record chains to."""
        return self.next_seq, self._tag

    # Appending

    def append(
        self, kind: int, boot: int, uptime_ms: int, utc_ms: int, quality: int, body: bytes
    ) -> int:
        """Write one observation; returns its number when it has been read back from flash.

        Arguments as in record.Record. Raises ValueError when a field is out of range, LogFull
        when no page or no number is left, OSError when the log is only to be read. Keeps nothing
        on the heap.
        """
        if self.refusal:
            raise OSError(EROFS, self.refusal)
        # The number behind the last record goes through 24 bits, too: the last is never given.
        if self.next_seq >= record.SEQ_MAX or boot > record.BOOT_MAX:
            raise LogFull
        row = record.Record(kind, self.next_seq, boot, uptime_ms, utc_ms, quality, body)
        length = record.pack_into(self._record, 0, row, self.log_id)
        self.settle()
        self._make_room(length)
        tag_at = length - record.CRC_BYTES - record.TAG_BYTES
        tag = self._keyed.tag(self._tag, memoryview(self._record)[:tag_at])
        self._record[tag_at : tag_at + record.TAG_BYTES] = tag
        record.seal(self._record, 0, length, self.log_id)
        # It keeps these bytes wherever it lands: a page that failed may read well another day,
        # and then holds the same record, not a second one of this number.
        while not self._program(self._tail, self._at, memoryview(self._record)[:length]):
            self._at = _next_page(self._at)
            self._make_room(length)
        self._at += length
        self._is_written = True
        self._tag = tag
        self.next_seq += 1
        self.last_boot = boot
        return row.seq

    def settle(self) -> None:
        """Make firm or void what a cut left half programmed, and close its page: once a life,
        before its first append, or before a host is given what may not be firm.
        """
        found = self._unsettled
        if found is None:
            return
        from gate_station.core import logsettle  # noqa: PLC0415 - once a life

        self._at = logsettle.settle(
            self._blocks,
            self.log_id,
            found,
            self._program,
            self._program_mark,
            self._wipe_keys,
        )
        self._unsettled = None

    def tidy(self) -> None:
        """Begin the next sector when no long record fits into this one any more.

        Called after an acknowledgement, this keeps two more programs off the path of the next
        tap. Never raises. Before the first append of a life it does nothing.
        """
        if self.refusal or not self._is_written:
            return
        at = _place(self._at, record.RECORD_BYTES_MAX)
        if at < sector.BLOCK_BYTES:
            return
        try:
            self._begin_next()
        except LogFull:
            pass

    def _make_room(self, length: int) -> None:
        while True:
            at = _place(self._at, length)
            while at < sector.BLOCK_BYTES:
                page_end = at | sector.PAGE_BYTES - 1
                if at & sector.PAGE_BYTES - 1 or self._blocks.is_blank(
                    self._tail, at, page_end + 1
                ):
                    self._at = at
                    return
                at = page_end + 1
            self._at = sector.BLOCK_BYTES
            self._begin_next()

    def _program(self, index: int, at: int, data: bytes | memoryview) -> bool:
        """Program data at this offset of a sector and read it back; the rest stays as it is."""
        page = self._blocks.page
        start = at % sector.PAGE_BYTES
        end = start + len(data)
        page_at = at - start
        self._reader.forget(index, page_at)
        page[start:end] = data
        try:
            return self._blocks.program(index, page, page_at, start, len(data))
        finally:
            for place in range(start, end):
                page[place] = BLANK

    # Sectors

    def _begin_next(self) -> None:
        """Begin the next good sector: mark and key in one program, then wipe the old key."""
        while self._candidate < self._blocks.count:
            index = self._candidate
            self._candidate += 1
            if self._is_free(index) and self._begin(index):
                return
            self._again = -1
        raise LogFull

    def _is_free(self, index: int) -> bool:
        """Nothing was ever programmed there, or only the very bytes that _begin programs."""
        start = sector.MARK_AT
        if index == self._again:
            start = sector.RECORDS_AT
        elif index == self._key_at:  # the first key of all was there before
            start = sector.RECORDS_AT
            if not self._blocks.is_blank(index, sector.MARK_AT, sector.KEY_AT):
                return False
        return self._blocks.is_blank(
            index, start, sector.PAGE_BYTES, READS
        ) and self._blocks.is_blank(index, sector.PAGE_BYTES, sector.BLOCK_BYTES)

    def _begin(self, index: int) -> bool:
        key, epoch = self._key, self._epoch
        if key is not None and index != self._key_at:
            key, epoch = chain.next_key(key), epoch + 1
        if key is None:
            epoch = chain.EPOCH_KEYLESS
        elif epoch >= chain.EPOCH_KEYLESS:
            return False  # no epoch is left
        old = self._key, self._epoch
        self._key, self._epoch = key, epoch
        if not self._program_mark(index, epoch, self.next_seq, self._tag):
            self._key, self._epoch = old
            return False
        self._tail = index
        self._at = sector.RECORDS_AT
        self._first[index] = self.next_seq
        self._key_at = index
        self._keyed = chain.Keyed(key or chain.KEY_ZERO)
        self._wipe_keys(self._keys_from)
        return True

    def _program_mark(self, index: int, epoch: int, first_seq: int, tag_before: bytes) -> bool:
        """Mark and key in one program: both or, after a cut, neither of use."""
        mark = sector.pack_mark(epoch, first_seq, tag_before, self.log_id)
        slot = bytes(sector.KEY_SLOT_BYTES)
        if self._key is not None:
            slot = sector.pack_key(self._key, epoch)
        return self._program(index, sector.MARK_AT, mark + slot)

    def _wipe_keys(self, first: int) -> None:
        """Program zeros over the keys of the sectors before the tail, which nobody needs now."""
        for index in range(first, self._tail):
            self._program(index, sector.KEY_AT, _ZEROS[: sector.KEY_SLOT_BYTES])
        self._keys_from = self._tail

    # Reading

    def read(self, seq: int, buf: bytearray | memoryview) -> int:
        """Copy the record of this number into buf; its length, 0 when it is missing.

        Reading one number after the other costs one page read a page.
        """
        return self._reader.read(seq, buf) if seq < self.next_seq else 0

    def read_range(
        self, first_seq: int, end_seq: int, buf: bytearray | memoryview
    ) -> tuple[int, int]:
        """Pack whole records from first_seq on, below end_seq, into buf, one after the other.

        Returns (bytes filled, number to go on with). Missing numbers are left out; end_seq
        comes back when nothing is left below it.
        """
        return self._reader.read_range(first_seq, end_seq, buf)

    def epoch(self, seq: int) -> int:
        """Epoch of the key under this record's tag, -1 when its sector's mark is damaged."""
        return self._reader.epoch(seq)


def _next_page(at: int) -> int:
    """Offset of the page after the one that this offset is in."""
    return (at | sector.PAGE_BYTES - 1) + 1


def _place(at: int, length: int) -> int:
    """Where a record of this length fits from `at` on: not across a page."""
    room = sector.PAGE_BYTES - at % sector.PAGE_BYTES
    return at if length <= room else _next_page(at)
