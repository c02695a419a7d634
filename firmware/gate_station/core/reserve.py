"""The reserved file that the race log lives in: made once, found by its headers, never moved.

littlefs never moves the blocks of a file that nobody writes. So the file is written whole at
provisioning, and from then on its blocks are programmed in place on the raw device. It is found
again by the header in each of its blocks: there is no map to lose, and a log outlives its
filesystem. files, here, has open(path, mode), rename(old, new) and remove(path): on the board
the module os with the builtin open, elsewhere a littlefs.
"""

from gate_wire import sector

from gate_station.core import log, logread, logscan
from gate_station.core.blocks import Blocks

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.ports import BlockDevice, Files

PATH = "arrivals.log"
BLOCKS = 128  # 512 KiB
_NEW = ".new"
_MAGIC_BYTES = len(sector.MAGIC)
_HEADERS_TRIED = 4


class Found:
    """A log on the raw device. blocks: device block of each sector, -1 where none was found.

    is_opened: a sector was begun. doubles: (index, block) of headers seen before.
    """

    def __init__(self, log_id: bytes, generation: int, count: int) -> None:
        self.log_id = log_id
        self.generation = generation
        self.blocks = [-1] * count  # a list: MicroPython has no `in` for arrays
        self.is_opened = False
        self.doubles: list[tuple[int, int]] = []


def scan(device: "BlockDevice") -> list[Found]:
    """Every log that has a header on the device, whatever else is there. Reads 8 bytes of each
    block, and 64 of those of a log. Never raises: a block that cannot be read has no header.
    """
    logs: list[Found] = []
    buf = bytearray(sector.HEADER_BYTES + sector.MARK_BYTES)
    for block in range(device.ioctl(4, 0) or 0):
        if not _read(device, block, memoryview(buf)[:_MAGIC_BYTES], sector.HEADER_AT):
            continue
        if not logscan.same(memoryview(buf)[:_MAGIC_BYTES], sector.MAGIC):
            continue
        if not _read(device, block, memoryview(buf)[_MAGIC_BYTES:], sector.HEADER_AT + 8):
            continue
        header = sector.unpack_header(buf, 0)
        if header is not None and header[0] < header[1]:
            _note(logs, block, header, buf)
    return logs


def _read(device: "BlockDevice", block: int, buf: bytearray | memoryview, offset: int) -> bool:
    try:
        device.readblocks(block, buf, offset)
    except OSError:
        return False
    return True


def _note(
    logs: list[Found], block: int, header: tuple[int, int, bytes, int], buf: bytearray
) -> None:
    index, count, log_id, generation = header
    for found in logs:
        if found.log_id == log_id and len(found.blocks) == count:
            break
    else:
        found = Found(log_id, generation, count)
        logs.append(found)
    if found.blocks[index] >= 0:
        found.doubles.append((index, block))
    else:
        found.blocks[index] = block
    if sector.unpack_mark(buf, sector.HEADER_BYTES, log_id) is not None:
        found.is_opened = True


def choose(logs: list[Found], file_log_id: bytes | None) -> Found | None:
    """The log in use: that of the file; without a file the newest that was ever written to.

    A log that was made only in half, or never begun, does not win over one with records.
    """
    best: Found | None = None
    for found in logs:
        if found.log_id == file_log_id:
            return found
        if best is None or (found.is_opened, found.generation) > (best.is_opened, best.generation):
            best = found
    return best


def open_log(device: "BlockDevice", files: "Files | None", path: str = PATH) -> "log.Log | None":
    """The log in use, None when the device has none. Never raises.

    When its file is not in the filesystem any more, its blocks may be given to other files: it
    can be read, and refuses to be written. files: None leaves this check out.
    """
    size, file_log_id = (0, None) if files is None else file_header(files, path)
    found = choose(scan(device), file_log_id)
    if found is None:
        return None
    complete(device, found)
    refusal = ""
    if files is not None:
        if file_log_id != found.log_id:
            refusal = "%s is not in the filesystem" % path
        elif size != sector.file_bytes(len(found.blocks)):
            refusal = "%s is %d bytes long" % (path, size)
    return log.Log(device, found.blocks, found.log_id, found.generation, refusal)


def file_header(files: "Files", path: str = PATH) -> tuple[int, bytes | None]:
    """(size in bytes, log id by its headers) of the file; (0, None) when there is none."""
    try:
        with files.open(path, "rb") as file:
            size = file.seek(0, 2)
            at = sector.HEADER_AT
            for index in range(_HEADERS_TRIED):
                file.seek(at)
                header = sector.unpack_header(file.read(sector.HEADER_BYTES), 0)
                if header is not None:
                    return size, header[2]
                at += sector.BLOCK_BYTES - sector.file_bytes_before(index + 1)
            return size, None
    except OSError:
        return 0, None


def create(
    files: "Files",
    log_id: bytes,
    first_key: bytes,
    generation: int,
    blocks: int = BLOCKS,
    path: str = PATH,
    alive: "Callable[[], object] | None" = None,
) -> None:
    """Write a new, empty log beside the old one and put it in its place.

    The swap is one rename, which littlefs does whole or not at all: a cut at any moment leaves
    one usable log. log_id: 8 random bytes. first_key: 16 random bytes that the host keeps for
    verifying. alive: called before each block (erasing all of them takes longer than a watchdog
    waits, one takes 45 ms). Raises OSError when there is no room, with the old log untouched.
    """
    new = path + _NEW
    try:
        files.remove(new)
    except OSError:
        pass
    try:
        _write(files, new, log_id, first_key, generation, blocks, alive)
    except OSError:
        try:
            files.remove(new)
        except OSError:
            pass
        raise
    files.rename(new, path)


def _write(
    files: "Files",
    path: str,
    log_id: bytes,
    first_key: bytes,
    generation: int,
    blocks: int,
    alive: "Callable[[], object] | None",
) -> None:
    content = bytearray(b"\xff" * sector.BLOCK_BYTES)
    header_end = sector.HEADER_AT + sector.HEADER_BYTES
    with files.open(path, "wb") as file:
        for index in range(blocks):
            if alive is not None:
                alive()
            header = sector.pack_header(index, blocks, log_id, generation)
            content[sector.HEADER_AT : header_end] = header
            slot = sector.pack_key(first_key) if index == 0 else b"\xff" * sector.KEY_SLOT_BYTES
            content[sector.KEY_AT : sector.KEY_AT + sector.KEY_SLOT_BYTES] = slot
            file.write(memoryview(content)[sector.file_bytes_before(index) :])
    if file_header(files, path) != (sector.file_bytes(blocks), log_id):
        raise OSError(log.ENOSPC)


def renew(
    device: "BlockDevice",
    files: "Files",
    log_id: bytes,
    first_key: bytes,
    blocks: int = 0,
    path: str = PATH,
    alive: "Callable[[], object] | None" = None,
) -> None:
    """create(), with the generation after all that are on the device; blocks 0: as many as the
    log in use has.
    """
    logs = scan(device)
    generation = next_generation(logs)
    if not blocks:
        old = choose(logs, file_header(files, path)[1])
        blocks = len(old.blocks) if old is not None else BLOCKS
    create(files, log_id, first_key, generation, blocks, path, alive)


def next_generation(logs: list[Found]) -> int:
    """One more than that of every log on the device, held at the end of its 32 bits."""
    return min(max([0] + [found.generation for found in logs]) + 1, 0xFFFFFFFF)


# Blocks whose header is damaged or doubled


def complete(device: "BlockDevice", found: Found) -> None:
    """Check every block by littlefs' own pointers, and find those that scan() could not tell.

    Each block of a file but the first begins with the number of the block before it. A block that
    its neighbour contradicts is a stale copy: littlefs leaves one where a block failed while the
    file was made. What the pointers do not find is looked for by its records, in all blocks.
    """
    for index, block in found.doubles:
        pointed = _block_before(device, found, index + 1)
        if pointed == block:
            found.blocks[index] = block
        elif pointed < 0:
            found.blocks[index] = -1
    for index in range(len(found.blocks) - 1, -1, -1):
        if _block_before(device, found, index + 1) not in (-1, found.blocks[index]):
            found.blocks[index] = -1
        if found.blocks[index] < 0:
            _follow(device, found, index)
    if min(found.blocks) < 0:
        _search(device, found)


def _block_before(device: "BlockDevice", found: Found, index: int) -> int:
    """The device block that littlefs put before this sector's, -1 when it cannot be told."""
    buf = bytearray(4)
    if not 0 < index < len(found.blocks) or found.blocks[index] < 0:
        return -1
    if not _read(device, found.blocks[index], buf, 0):
        return -1
    block = buf[0] | buf[1] << 8 | buf[2] << 16
    return block if buf[3] == 0 and block < (device.ioctl(4, 0) or 0) else -1


def _follow(device: "BlockDevice", found: Found, index: int) -> None:
    """Take the block that the next one points to, if it points to the one before in turn."""
    block = _block_before(device, found, index + 1)
    if block < 0 or block in found.blocks:
        return
    found.blocks[index] = block
    before = _block_before(device, found, index)
    if index == 0 or before < 0 or before != found.blocks[index - 1]:
        found.blocks[index] = -1


def _search(device: "BlockDevice", found: Found) -> None:
    """Blocks that hold marks or records of this log, into the places that are left."""
    page = bytearray(sector.PAGE_BYTES)
    rows: list[tuple[int, int]] = []
    for block in range(device.ioctl(4, 0) or 0):
        if block not in found.blocks:
            first = _first_seq(device, block, found.log_id, page)
            if first != logread.NOWHERE:
                rows.append((first, block))
    if not rows:
        return
    firsts = [
        logread.NOWHERE if block < 0 else _mark_seq(device, block, found.log_id, page)
        for block in found.blocks
    ]
    for first, block in sorted(rows):
        at = _gap_for(first, firsts, found.blocks)
        if at >= 0 and first not in firsts:  # not the stale copy of one that is known
            found.blocks[at] = block
            firsts[at] = first


def _mark_seq(device: "BlockDevice", block: int, log_id: bytes, page: bytearray) -> int:
    view = memoryview(page)[: sector.MARK_BYTES]
    if not _read(device, block, view, sector.MARK_AT):
        return logread.NOWHERE
    mark = sector.unpack_mark(view, 0, log_id)
    return mark[1] if mark is not None else logread.NOWHERE


def _first_seq(device: "BlockDevice", block: int, log_id: bytes, page: bytearray) -> int:
    first = _mark_seq(device, block, log_id, page)
    if first != logread.NOWHERE:
        return first
    return logscan.first_whole(Blocks(device, [block]), 0, log_id, page)


def _gap_for(first: int, firsts: list[int], blocks: list[int]) -> int:
    """The free place behind all sectors that begin before this number, else any, -1: none."""
    behind = -1
    for index, other in enumerate(firsts):
        if other != logread.NOWHERE and other <= first:
            behind = index
    free = [index for index, block in enumerate(blocks) if block < 0]
    for index in free:
        if index > behind:
            return index
    return free[0] if free else -1
