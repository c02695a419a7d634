"""How near a download is to what the USB port can carry, on a real MicroPython image.

    python tests/bench/usb.py --flash FILE [--records 400] [--json]

FILE is the flash of a station that `tests/campaigns/emulated_pico.py --flash FILE` made; a copy of
it gets so many taps. The image runs in the emulator (see `host/yellowgate/sim/pico.py`); times are
the guest's, from the first byte that came over the port to the last. A full-speed bulk endpoint
carries at most 19 packets of 64 bytes a frame of 1 ms (USB 2.0, table 5-9): 1,216,000 bytes a
second. What is below that is the station's own work: Python that reads, frames and writes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

from gate_station.core import reserve
from gate_wire import kinds, record
from picotable import Table
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.link.sync import sync
from yellowgate.sim import image
from yellowgate.store.store import Store

USB_BYTES_PER_S = 19 * 64 * 1000


class Timed(SerialPort):
    """Notes what comes in, and when by the guest's clock."""

    def __init__(self, url: str, now_us: Callable[[], int]) -> None:
        super().__init__(url)
        self._now_us = now_us
        self.came: list[tuple[int, int]] = []  # guest time, bytes

    def read(self) -> bytes:
        """See Port."""
        data = super().read()
        if data:
            self.came.append((self._now_us(), len(data)))
        return data


def fill(flash: Path, records: int) -> None:
    """Taps into the station's log, as the station writes them."""
    kept = image.Image(flash)
    log = reserve.open_log(kept.chip(), None)
    assert log is not None and log.next_seq < 50, "this station was used: flash a new one"
    for at in range(records):
        uid = (0x04A10000000000 + at % 40).to_bytes(7, "big")
        log.append(kinds.TAG, 1, at * 1000, record.UTC_UNKNOWN, 0, uid)
    kept.close()


async def measure(flash: Path, records: int) -> dict[str, float]:
    """The figures."""
    with tempfile.TemporaryDirectory() as name:
        mine = Path(name) / "flash.img"
        shutil.copyfile(flash, mine)
        fill(mine, records)
        table = Table(mine)
        await table.power_on()
        port = await asyncio.to_thread(Timed, await table.url(), lambda: table.now_us)
        store = Store.file(Path(name) / "race.db")
        result = await asyncio.to_thread(sync, port, store, this_laptop())
        port.close()
        await table.power_off()
        table.close()
    begun_us, ended_us = port.came[0][0], port.came[-1][0]
    received = sum(count for _, count in port.came[1:])
    rate = received / ((ended_us - begun_us) / 1e6)
    return {
        "records": result.new,
        "bytes": received,
        "guest_s": (ended_us - begun_us) / 1e6,
        "bytes_per_s": rate,
        "records_per_s": result.new / ((ended_us - begun_us) / 1e6),
        "of_usb": rate / USB_BYTES_PER_S,
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--flash", type=Path, required=True)
    parser.add_argument("--records", type=int, default=400)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.flash, options.records))
    if options.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(f"{name:16s} {value:>14,.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
