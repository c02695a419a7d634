"""A log settled after a cut: before the first record of a life, and not at its start.

What a cut left half programmed is made firm or void, and the page it was in is closed. A start
that writes nothing settles nothing: a board that is restarted again and again, or whose battery
is empty, does not touch its flash. Loaded when it is needed, once a life.
"""

from gate_wire import record, sector

from gate_station.core.blocks import READS, Blocks

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.logscan import Unsettled

    Program = Callable[[int, int, bytes], bool]

_PAGES = sector.BLOCK_BYTES // sector.PAGE_BYTES
_ZEROS = bytes(record.RECORD_BYTES_MAX)


def settle(
    blocks: Blocks,
    log_id: bytes,
    found: "Unsettled",
    program: "Program",
    program_mark: "Callable[[int, int, int, bytes], bool]",
    wipe_keys: "Callable[[int], None]",
) -> int:
    """Offset in the tail where the next record may begin; the block's end: not there.

    program, program_mark, wipe_keys: of the log (see core/log.py). Doing it again, after a
    failure in the middle, programs the same bytes.
    """
    tail, is_empty, last, last_at, torn, page, keys_from = found
    if is_empty:
        # The mark may be half programmed, and the old key half wiped.
        if not _firm_mark(blocks, log_id, tail, program_mark):
            return sector.BLOCK_BYTES
        wipe_keys(min(keys_from, max(0, tail - 1)))
    elif last and not torn:
        program(tail, last_at, last)
    for at in torn:
        # Zeros over a torn record: it must not read well another day.
        page_end = (at | sector.PAGE_BYTES - 1) + 1
        end = min(at + record.RECORD_BYTES_MAX, page_end)
        program(tail, at, _ZEROS[: end - at])
    return _close(tail, page, program)


def _firm_mark(
    blocks: Blocks,
    log_id: bytes,
    tail: int,
    program_mark: "Callable[[int, int, int, bytes], bool]",
) -> bool:
    """Program the tail's mark and key once more, the same bytes."""
    view = memoryview(bytearray(sector.MARK_BYTES))
    for _ in range(READS):
        if not blocks.read(tail, sector.MARK_AT, view):
            break
        mark = sector.unpack_mark(view, 0, log_id)
        if mark is not None:
            return program_mark(tail, mark[0], mark[1], mark[2])
    return False


def _close(tail: int, page: int, program: "Program") -> int:
    """Zeros in the last unit of the last page that an earlier life may have touched.

    The next life sees by them that this one went on behind that page, even when nothing that it
    programmed there can be read.
    """
    while page < _PAGES:
        at = (page + 1) * sector.PAGE_BYTES - record.UNIT_BYTES
        is_closed = program(tail, at, _ZEROS[: record.UNIT_BYTES])
        page += 1
        if is_closed:
            break
    return page * sector.PAGE_BYTES
