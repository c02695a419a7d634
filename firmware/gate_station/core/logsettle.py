"""A log settled after a cut: needed at the start only.

What a cut left half programmed is made firm or void, and the page it was in is closed.
"""

from gate_wire import record, sector

from gate_station.core.blocks import READS, Blocks

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.logscan import Opening

_PAGES = sector.BLOCK_BYTES // sector.PAGE_BYTES
_ZEROS = bytes(record.RECORD_BYTES_MAX)


class Settling:
    """program, program_mark, wipe_keys: of the log (see core/log.py)."""

    def __init__(
        self,
        blocks: Blocks,
        log_id: bytes,
        program: "Callable[[int, int, bytes], bool]",
        program_mark: "Callable[[int, int, int, bytes], bool]",
        wipe_keys: "Callable[[int], None]",
    ) -> None:
        self._blocks = blocks
        self._log_id = log_id
        self._program = program
        self._program_mark = program_mark
        self._wipe_keys = wipe_keys

    def settle(self, found: "Opening", keys_from: int) -> int:
        """Offset in the tail where the next record may begin; the block's end: not there.

        keys_from: the first sector before the tail whose key may not be wiped.
        """
        if found.is_empty:
            # The mark may be half programmed, and the old key half wiped.
            if not self._firm_mark(found.tail):
                return sector.BLOCK_BYTES
            self._wipe_keys(min(keys_from, max(0, found.tail - 1)))
        elif found.last and not found.torn:
            self._program(found.tail, found.last_at, found.last)
        for at in found.torn:
            self._void(found.tail, at)
        return self._close(found.tail, found.page)

    def _firm_mark(self, tail: int) -> bool:
        """Program the tail's mark and key once more, the same bytes."""
        view = memoryview(bytearray(sector.MARK_BYTES))
        for _ in range(READS):
            if not self._blocks.read(tail, sector.MARK_AT, view):
                break
            mark = sector.unpack_mark(view, 0, self._log_id)
            if mark is not None:
                return self._program_mark(tail, mark[0], mark[1], mark[2])
        return False

    def _void(self, tail: int, at: int) -> None:
        """Zeros over a torn record: it must not read well another day."""
        page_end = (at | sector.PAGE_BYTES - 1) + 1
        end = min(at + record.RECORD_BYTES_MAX, page_end)
        self._program(tail, at, _ZEROS[: end - at])

    def _close(self, tail: int, page: int) -> int:
        """Zeros in the last unit of the last page that an earlier start may have touched.

        The next start sees by them that this one went on behind that page, even when nothing
        that it programmed there can be read.
        """
        while page < _PAGES:
            at = (page + 1) * sector.PAGE_BYTES - record.UNIT_BYTES
            is_closed = self._program(tail, at, _ZEROS[: record.UNIT_BYTES])
            page += 1
            if is_closed:
                break
        return page * sector.PAGE_BYTES
