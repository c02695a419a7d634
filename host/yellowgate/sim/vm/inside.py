"""A virtual station inside the MicroPython VM: what station.mjs calls. Runs on the VM only.

Bytes go in and out as hex, big numbers as text: that is what crosses between JavaScript and
MicroPython unharmed.
"""

# pyright: reportAttributeAccessIssue=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false
# `host` is there on the VM only.

import binascii
import json

import host  # station.mjs: image_read(offset, length), image_write(offset, hex)
from yellowgate.sim.devices import backing, flash, nor, station


class Outside(backing.Backing):
    """The image, which lies outside: the heap in here is the station's. See Backing."""

    def size(self) -> int:
        """Bytes."""
        return flash.IMAGE_BYTES

    def read(self, at: int, length: int) -> bytes:
        """The bytes there."""
        return binascii.unhexlify(host.image_read(at, length))

    def write(self, at: int, data: bytes) -> None:
        """Straight into the file."""
        host.image_write(at, binascii.hexlify(data).decode())


class Inside:
    """The one station of this VM."""

    def __init__(self, setup: str, steps: str) -> None:
        built = station.Setup()
        for name, value in json.loads(setup).items():
            setattr(built, name, value)
        chip = nor.Nor(flash.BLOCKS, Outside(), built.seed)
        self.station = station.VirtualStation(
            built, chip, [tuple(step) for step in json.loads(steps)]
        )

    def now(self) -> str:
        """True time of its world in microseconds."""
        return str(self.station.now_us)

    def advance(self, us: str) -> str:
        """Let its world go on; returns what the firmware wrote since."""
        self.station.advance_to(int(us))
        return binascii.hexlify(self.station.console.take()).decode()

    def plug(self, is_plugged: bool) -> None:
        """Somebody opens or closes the port."""
        self.station.console.plug(is_plugged)

    def arrive(self, data: str) -> None:
        """Bytes from the host."""
        self.station.console.arrive(binascii.unhexlify(data))

    def waiting(self) -> int:
        """How many bytes the firmware has not read yet."""
        return self.station.console.waiting()
