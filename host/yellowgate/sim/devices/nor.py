"""An emulated NOR flash (W25Q16-class) that cuts, tears, wears and goes bad.

The fault model
---------------
A program only clears bits, an erase sets all bits of a sector. What asks for a 1 where a 0 is
leaves the 0, and is counted: whoever does it is wrong about what the flash holds (bytes of 0xFF
ask for nothing). One operation is one page program (256 bytes) or one sector erase; reads do not
count. Operations take the datasheet's time, typical and maximum, added up apart.

The power may be cut in any operation. The operation is then done in part, and nothing more can
be done until the power is back. A part of a program is one of
- nothing of it,
- a prefix: the first n bytes, and of byte n those bits that a mask lets through,
- some: each bit that was to be cleared is cleared or not, at random,
- weak: each such bit is cleared, or not, or WEAK, at random: a weak bit reads differently each
  time, until it is programmed to 0 by a whole operation, or erased by one,
- weak prefix: the first n bytes are done, all the bits to be cleared in byte n are weak,
- faint: some of those bits, often one alone, read as 0 once in sixteen times: nothing seems to
  have happened,
- almost: some of those bits read as 1 once in sixteen times, all others are cleared: everything
  seems to have happened,
- all of it: the cut came after the last pulse, and before anybody was told.
Only bits that the operation was to clear are ever torn: the bytes beside it are untouched. A
part of an erase leaves each byte of the sector as it was, or erased, or something between with
weak bits. Nothing here tears what was finished before: a whole operation stays.

A sector is bad from the start or after so many erases, in one of the five ways that littlefs'
emulated block device knows: programs fail, erases fail, reads fail (each raises OSError), or
programs or erases do nothing and say nothing. Randomness is a seed's: the same seed, the same
run. Runs on CPython and on MicroPython; MicroPython's extended block-device protocol.
"""

from gate_station.ports import BlockDevice
from yellowgate.sim.devices.backing import Backing, Memory

PAGE_BYTES = 256
SECTOR_BYTES = 4096

# W25Q16JV datasheet, 9.6 AC electrical characteristics: page program, sector erase.
PROGRAM_US_TYP = 400
PROGRAM_US_MAX = 3000
ERASE_US_TYP = 45000
ERASE_US_MAX = 400000

# How an operation is torn (Nor.cut).
NOTHING = "nothing"
PREFIX = "prefix"
SOME = "some"
WEAK = "weak"
WEAK_PREFIX = "weak prefix"
FAINT = "faint"
ALMOST = "almost"
ALL = "all"
TORN = (NOTHING, PREFIX, SOME, WEAK, WEAK_PREFIX, FAINT, ALMOST, ALL)

# How a bad sector behaves (Nor.make_bad).
PROGRAM_ERROR = "program error"
ERASE_ERROR = "erase error"
READ_ERROR = "read error"
PROGRAM_NOOP = "program noop"
ERASE_NOOP = "erase noop"
BAD = (PROGRAM_ERROR, ERASE_ERROR, READ_ERROR, PROGRAM_NOOP, ERASE_NOOP)

EIO = 5


class PowerCut(BaseException):
    """The power went. No code under test may take it for a failed block, or for any failure."""


class Random:
    """xorshift32: the same numbers on both Pythons."""

    def __init__(self, seed: int) -> None:
        self._state = (seed * 2654435761 + 1) & 0xFFFFFFFF or 1

    def bits(self) -> int:
        """32 random bits."""
        state = self._state
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        self._state = state
        return state

    def below(self, limit: int) -> int:
        """0 <= n < limit."""
        return self.bits() % limit


TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable


class Counts:
    """What was done since the counts were made."""

    def __init__(self) -> None:
        self.reads = 0
        self.read_bytes = 0
        self.programs = 0
        self.program_bytes = 0  # bytes that were not 0xFF
        self.erases = 0
        self.violations = 0  # bytes that asked for a 1 where a 0 was
        self.busy_us_typ = 0
        self.busy_us_max = 0


class Nor(BlockDevice):
    """The flash. blocks: sectors of 4 KiB; backing: keeps the bytes, memory if none is given."""

    def __init__(self, blocks: int, backing: Backing | None = None, seed: int = 1) -> None:
        self.blocks = blocks
        self.backing = backing if backing is not None else Memory(blocks * SECTOR_BYTES)
        if self.backing.size() != blocks * SECTOR_BYTES:
            raise ValueError("the backing has %d bytes" % self.backing.size())
        self.random = Random(seed)
        self.counts = Counts()
        self.operations = 0  # programs and erases since the power came
        self.erased: dict[int, int] = {}  # wear: erases by block
        # Called with (kind, block, offset, data) before each operation.
        self.on_operation: Callable[[str, int, int, bytes], None] | None = None
        self._bad: dict[int, str] = {}
        self._wears_out: tuple[int, str] | None = None
        # By address: masks of bits that read as 0 in half of the reads, seldom, almost always.
        self._weak: dict[int, tuple[int, int, int]] = {}
        self._cut_at = -1
        self._cut = (NOTHING, 0, 0xFF)
        self._is_on = True

    # Faults

    def cut(self, operation: int, how: str = NOTHING, position: int = 0, mask: int = 0xFF) -> None:
        """Cut the power in this operation, counted from 0 since the power came.

        position: of PREFIX and WEAK_PREFIX, in bytes; mask: bits of that byte that are done.
        """
        self._cut_at = operation
        self._cut = (how, position, mask)

    def power_on(self) -> None:
        """The power is back; weak bits stay weak. No cut is planned any more."""
        self._is_on = True
        self._cut_at = -1
        self.operations = 0

    def make_bad(self, block: int, how: str) -> None:
        """From now on this sector is bad."""
        self._bad[block] = how

    def wear_out(self, erases: int, how: str) -> None:
        """Every sector is bad after so many erases."""
        self._wears_out = (erases, how)

    def weak_bits(self) -> int:
        """How many bits are weak."""
        return sum([_ones(even | seldom | often) for even, seldom, often in self._weak.values()])

    def state(self) -> tuple[bytes, dict[int, tuple[int, int, int]]]:
        """All that the flash holds, for restore(): bytes and weak bits."""
        return self.backing.read(0, self.backing.size()), dict(self._weak)

    def restore(self, state: tuple[bytes, dict[int, tuple[int, int, int]]]) -> None:
        """As it was at state(); the power is on."""
        self.backing.write(0, state[0])
        self._weak = dict(state[1])
        self.power_on()

    # The block device

    def ioctl(self, op: int, arg: int) -> int | None:
        """MicroPython's: 4 counts blocks, 5 gives their size, 6 erases one."""
        if op == 4:
            return self.blocks
        if op == 5:
            return SECTOR_BYTES
        if op == 6:
            self.erase(arg)
        return 0

    def readblocks(self, block: int, buf: bytearray | memoryview, offset: int = 0) -> None:
        """Fill buf. Raises OSError in a sector whose reads fail, PowerCut without power."""
        self._check(block, offset, len(buf))
        if self._how_bad(block) == READ_ERROR:
            raise OSError(EIO)
        at = block * SECTOR_BYTES + offset
        buf[:] = self.backing.read(at, len(buf))
        if self._weak:
            self._read_weak(buf, at)
        self.counts.reads += 1
        self.counts.read_bytes += len(buf)

    def writeblocks(
        self, block: int, buf: bytes | bytearray | memoryview, offset: int | None = None
    ) -> None:
        """With an offset: program whole pages. Without: erase, then program."""
        if offset is None:
            for at in range(0, len(buf), SECTOR_BYTES):
                self.erase(block + at // SECTOR_BYTES)
            offset = 0
        if offset % PAGE_BYTES or len(buf) % PAGE_BYTES:
            raise ValueError("rp2 programs whole pages")
        view = memoryview(buf)
        for at in range(0, len(buf), PAGE_BYTES):
            self.program(block, offset + at, view[at : at + PAGE_BYTES])

    def program(self, block: int, offset: int, data: bytes | memoryview) -> None:
        """One page program."""
        block += offset // SECTOR_BYTES
        offset %= SECTOR_BYTES
        self._check(block, offset, len(data))
        data = bytes(data)
        is_cut = self._begin("program", block, offset, data)
        how = self._how_bad(block)
        if how == PROGRAM_ERROR:
            raise OSError(EIO)
        at = block * SECTOR_BYTES + offset
        if how != PROGRAM_NOOP:
            old = self.backing.read(at, len(data))
            self._count_violations(old, data)
            if is_cut:
                self._tear_program(at, old, data)
            else:
                self._clear(at, old, data)
                self._settle(at, data)
        if is_cut:
            self._is_on = False
            raise PowerCut
        self._time(PROGRAM_US_TYP, PROGRAM_US_MAX)
        self.counts.programs += 1
        self.counts.program_bytes += len(data) - data.count(b"\xff")

    def erase(self, block: int) -> None:
        """One sector erase."""
        self._check(block, 0, 0)
        is_cut = self._begin("erase", block, 0, b"")
        how = self._how_bad(block)
        if how == ERASE_ERROR:
            raise OSError(EIO)
        if how != ERASE_NOOP:
            if is_cut:
                self._tear_erase(block)
            else:
                self.backing.write(block * SECTOR_BYTES, b"\xff" * SECTOR_BYTES)
                self._forget_weak(block)
        if is_cut:
            self._is_on = False
            raise PowerCut
        self.erased[block] = self.erased.get(block, 0) + 1
        if self._wears_out is not None and self.erased[block] >= self._wears_out[0]:
            self._bad[block] = self._wears_out[1]
        self._time(ERASE_US_TYP, ERASE_US_MAX)
        self.counts.erases += 1

    # How

    def _check(self, block: int, offset: int, length: int) -> None:
        if not self._is_on:
            raise PowerCut
        end = block * SECTOR_BYTES + offset + length
        if block < 0 or offset < 0 or end > self.blocks * SECTOR_BYTES:
            raise ValueError("block %d, offset %d: not in this flash" % (block, offset))

    def _how_bad(self, block: int) -> str | None:
        return self._bad.get(block) if self._bad else None

    def _begin(self, kind: str, block: int, offset: int, data: bytes) -> bool:
        if self.on_operation is not None:
            self.on_operation(kind, block, offset, data)
        number = self.operations
        self.operations += 1
        return number == self._cut_at

    def _time(self, typ_us: int, max_us: int) -> None:
        self.counts.busy_us_typ += typ_us
        self.counts.busy_us_max += max_us

    def _count_violations(self, old: bytes, data: bytes) -> None:
        asked = int.from_bytes(data, "little") & ~int.from_bytes(old, "little")
        if asked == 0:
            return
        for at, byte in enumerate(data):
            if byte != 0xFF and byte & ~old[at]:
                self.counts.violations += 1

    def _clear(self, at: int, old: bytes, data: bytes) -> None:
        new = int.from_bytes(old, "little") & int.from_bytes(data, "little")
        self.backing.write(at, new.to_bytes(len(old), "little"))

    def _settle(self, at: int, data: bytes) -> None:
        """Weak bits that a whole program cleared are weak no more."""
        if not self._weak:
            return
        for address in [key for key in self._weak if at <= key < at + len(data)]:
            stays = data[address - at]
            even, seldom, often = self._weak[address]
            if (even | seldom | often) & stays:
                self._weak[address] = (even & stays, seldom & stays, often & stays)
            else:
                del self._weak[address]

    def _forget_weak(self, block: int) -> None:
        start = block * SECTOR_BYTES
        for address in [key for key in self._weak if start <= key < start + SECTOR_BYTES]:
            del self._weak[address]

    def _read_weak(self, buf: bytearray | memoryview, at: int) -> None:
        for address in self._weak:
            if at <= address < at + len(buf):
                even, seldom, often = self._weak[address]
                one = self.random.bits()
                other = self.random.bits()
                once = (one & one >> 8 & other & other >> 8) >> 8  # each bit once in sixteen
                zeros = even & one >> 16 | seldom & once | often & ~once
                buf[address - at] &= ~zeros & 0xFF

    def _tear_program(self, at: int, old: bytes, data: bytes) -> None:
        how, position, mask = self._cut
        done = bytearray(old)
        is_few = self.random.below(2) == 0
        for offset, byte in enumerate(data):
            to_clear = old[offset] & ~byte & 0xFF
            if to_clear == 0:
                continue
            if how in (FAINT, ALMOST):
                weak = to_clear & self.random.bits() >> 8
                if is_few and self.random.below(32):
                    weak = 0  # often one bit alone
                clear = to_clear & ~weak if how == ALMOST else 0
                masks = (0, weak, 0) if how == FAINT else (0, 0, weak)
            else:
                clear, weak = self._tear_byte(how, offset - position, mask, to_clear)
                masks = (weak, 0, 0)
            done[offset] &= ~clear & 0xFF
            if weak:
                self._add_weak(at + offset, masks)
        self.backing.write(at, bytes(done))

    def _add_weak(self, address: int, masks: tuple[int, int, int]) -> None:
        even, seldom, often = self._weak.get(address, (0, 0, 0))
        self._weak[address] = (even | masks[0], seldom | masks[1], often | masks[2])

    def _tear_byte(self, how: str, behind: int, mask: int, to_clear: int) -> tuple[int, int]:
        """(bits cleared, bits left weak) of those that were to be cleared."""
        if how == ALL or (how in (PREFIX, WEAK_PREFIX) and behind < 0):
            return to_clear, 0
        if how == PREFIX and behind == 0:
            return to_clear & mask, 0
        if how == WEAK_PREFIX and behind == 0:
            return 0, to_clear & mask
        if how == SOME:
            return to_clear & self.random.bits() >> 8, 0
        if how == WEAK:
            clear = to_clear & self.random.bits() >> 8
            return clear, to_clear & ~clear & self.random.bits() >> 8
        return 0, 0

    def _tear_erase(self, block: int) -> None:
        start = block * SECTOR_BYTES
        data = bytearray(self.backing.read(start, SECTOR_BYTES))
        if self._cut[0] == NOTHING:
            return
        if self._cut[0] == ALL:
            data = bytearray(b"\xff" * SECTOR_BYTES)
            self._forget_weak(block)
        else:
            for at in range(SECTOR_BYTES):
                how = self.random.below(3)
                if how == 0:
                    continue
                if how == 1:
                    data[at] = 0xFF
                    self._weak.pop(start + at, None)
                    continue
                weak = ~data[at] & 0xFF & self.random.bits() >> 8
                data[at] |= weak  # half erased: reads as 1 or as 0
                if weak:
                    self._add_weak(start + at, (weak, 0, 0))
        self.backing.write(start, bytes(data))


def _ones(mask: int) -> int:
    count = 0
    while mask:
        count += mask & 1
        mask >>= 1
    return count
