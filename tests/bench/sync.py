"""How fast a download is, and how much of it is records; beside mpremote copying the same bytes.

Both talk over a TCP socket to a MicroPython VM under node, one after the other: ours to a virtual
station that runs the real firmware, mpremote (`fs cp`) to the VM's own REPL.

    python tests/bench/sync.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from gate_station.core import reserve
from gate_wire import kinds, record
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.link.sync import sync
from yellowgate.sim import image
from yellowgate.sim.devices import nor
from yellowgate.sim.vm import vm
from yellowgate.store.store import Store

LOG_ID = bytes.fromhex("a1b2c3d4e5f60718")
GATE = Path(sys.executable).with_name("gate")
MPREMOTE = Path(sys.executable).with_name("mpremote")


class CountingPort(SerialPort):
    """Counts what comes in."""

    received = 0

    def read(self) -> bytes:
        """See Port."""
        data = super().read()
        self.received += len(data)
        return data


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 records instead of 10,000")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(1_000 if options.quick else 10_000)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:>22}  {value:,.3f}" if isinstance(value, float) else f"{name:>22}  {value}")


def measure(records: int) -> dict[str, float | int]:
    """The figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw = make_image(folder / "flash.bin", records)
        ours_s, received, stored = download(folder)
        (folder / "records.bin").write_bytes(raw)
        peer_s = copy_with_mpremote(folder)
    return {
        "records": stored,
        "frame_efficiency": len(raw) / received,
        "records_per_s": stored / ours_s,
        "bytes_per_s": len(raw) / ours_s,
        "mpremote_bytes_per_s": len(raw) / peer_s,
        "rate_vs_mpremote": peer_s / ours_s,
    }


def make_image(path: Path, records: int) -> bytes:
    """A station's flash with so many tag records; returns them joined."""
    chip = nor.Nor(image.BLOCKS)
    files = image.FlashFiles(chip)
    reserve.create(files, LOG_ID, bytes(16), 1)
    log = reserve.open_log(chip, files)
    assert log is not None
    out = bytearray(record.RECORD_BYTES_MAX)
    joined = bytearray()
    for at in range(records):
        uid = (0x04A10000000000 + at % 40).to_bytes(7, "big")
        seq = log.append(kinds.TAG, 1, at * 1000, record.UTC_UNKNOWN, 0, uid)
        length = log.read(seq, out)
        joined += out[:length]
    path.write_bytes(chip.backing.read(0, image.IMAGE_BYTES))
    return bytes(joined)


@contextmanager
def listening(command: list[str | Path]) -> Generator[str]:
    """A process that says where it listens."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("listening on "):
                yield line.split()[-1]
                return
        raise SystemExit(f"{command[0]} ended before it listened")
    finally:
        process.kill()
        process.wait()


def download(folder: Path) -> tuple[float, int, int]:
    """(seconds, bytes received, records stored) of a sync with the station on the VM."""
    script = folder / "script.csv"
    script.write_text("at_s,input,value\n30,power,on\n")
    store = Store.file(folder / "race.db")
    command = [
        GATE, "sim", "station", "--runtime", "micropython", "--script", script, "--listen", "0",
        "--image", folder / "flash.bin",
    ]  # fmt: skip
    with listening(command) as url:
        port = CountingPort(url)
        started_s = time.perf_counter()
        result = sync(port, store, this_laptop())
        return time.perf_counter() - started_s, port.received, result.new


def copy_with_mpremote(folder: Path) -> float:
    """Seconds that `mpremote fs cp` takes from connecting to the whole file."""
    script = Path(__file__).with_name("repl.mjs")
    with listening(["node", script, vm.folder(), folder / "records.bin"]) as url:
        target = folder / "copied.bin"
        command = [MPREMOTE, "connect", url, "resume", "fs", "cp", ":/records.bin", target]
        started_s = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started_s
        assert target.read_bytes() == (folder / "records.bin").read_bytes()
        return seconds


if __name__ == "__main__":
    main()
