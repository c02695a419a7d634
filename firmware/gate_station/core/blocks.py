"""The blocks of one race log on the raw device: read, program and verify, nothing else.

Every access is checked against the device and against the set of blocks that the log owns: a
block number cut short once overwrote old punches elsewhere, and rp2 checks nothing itself.
"""

from array import array

from gate_wire import sector

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station.ports import BlockDevice

BLANK = 0xFF
READS = 8  # bits that a cut left half programmed read differently each time
READ_BACKS = 2  # a bit that was programmed badly may read well once


class Blocks:
    """device: the raw flash. blocks: device block of each sector of the log, -1 where unknown.

    No method raises OSError: a block that cannot be read or programmed is a damaged block.
    """

    def __init__(self, device: "BlockDevice", blocks: "list[int] | array[int]") -> None:
        self._device = device
        self._blocks = array("i", blocks)
        self._limit = device.ioctl(4, 0) or 0
        self._back = bytearray(sector.PAGE_BYTES)
        self.page = bytearray(
            b"\xff" * sector.PAGE_BYTES
        )  # for who programs: blank again before anything else
        self.count = len(self._blocks)
        self.programs_failed = 0

    def known(self, index: int) -> bool:
        """Is there a device block for this sector?"""
        return 0 <= index < self.count and 0 <= self._blocks[index] < self._limit

    def read(self, index: int, offset: int, buf: bytearray | memoryview) -> bool:
        """Fill buf from the sector at offset; False when it cannot be read."""
        if not self.known(index) or offset + len(buf) > sector.BLOCK_BYTES:
            return False
        try:
            self._device.readblocks(self._blocks[index], buf, offset)
        except OSError:
            return False
        return True

    def program(
        self, index: int, page: bytes | bytearray, at: int, start: int, length: int
    ) -> bool:
        """Program the page of 256 bytes at offset `at` of the sector, without erasing.

        True when length bytes from start of that page then read back as they are in page, more
        than once.
        """
        if not self.known(index) or at % sector.PAGE_BYTES or len(page) != sector.PAGE_BYTES:
            return False
        if not 0 <= at <= sector.BLOCK_BYTES - sector.PAGE_BYTES:
            return False
        try:
            self._device.writeblocks(self._blocks[index], page, at)
        except OSError:
            self.programs_failed += 1
            return False
        if self._reads_back(index, page, at, start, length):
            return True
        self.programs_failed += 1
        return False

    def _reads_back(
        self, index: int, page: bytes | bytearray, at: int, start: int, length: int
    ) -> bool:
        wanted = memoryview(page)[start : start + length]
        back = memoryview(self._back)[:length]
        for _ in range(READ_BACKS):
            if not self.read(index, at + start, back) or back != wanted:
                return False
        return True

    def is_blank(self, index: int, start: int, end: int, reads: int = 1) -> bool:
        """Do all bytes from start up to end read as erased, so many times?"""
        for _ in range(reads):
            for at in range(start, end, sector.PAGE_BYTES):
                length = min(sector.PAGE_BYTES, end - at)
                back = memoryview(self._back)[:length]
                blank = memoryview(self.page)[:length]
                if not self.read(index, at, back) or back != blank:
                    return False
        return True
