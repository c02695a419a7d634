"""From the tag at the reader to the acknowledgement, and the heap, on the MicroPython VM.

    python tests/bench/tap.py [--quick] [--json]

A whole station (composition root of the Pico, Adafruit's drivers, log on an emulated flash) takes
10,000 tags, each another one, on modelled chips. What a tag takes has two parts, and neither knows
how fast this machine is or what else it does:

ack_hardware_*_ms: virtual time, what the parts take (the PN532 reads for 25 to 30 ms, SPI, one page
program). ack_work_*_turns: what the VM computed meanwhile, models included, so more than the
firmware's share; counted in turns of a plain loop, which is run beside every tag, both by CPU time.
ack_*_ms is the first plus the second at TURN_NS a turn, a fixed pace: what this VM needs on an idle
machine. So it compares from run to run and from machine to machine; it is no Pico's latency, which
tests/README.md has from the emulated Pico (a turn takes 5.9 us there, and no models compute).

heap_boot_bytes: in use by the firmware after its start, everything loaded; the models' own heap
is taken off, the formats that both use are the firmware's. heap_settled_bytes: after 18 minutes
more without a tag, when microseconds since the start no longer fit MicroPython's small integers
(2**30) and each stored one takes a block of its own, once. heap_warm_bytes: after the first 250
tags, when everything that is made at its first use is there. heap_after_bytes: after all tags;
growth_bytes is what that is above the warm figure. All after a collection. The firmware is compiled
by mpy-cross, as for the board. The flash lies in a file, as outside the heap as on a board: in the
heap, what stands in it would look like pointers to the collector, and keep garbage alive.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import gate_wire
from yellowgate.link import firmware
from yellowgate.sim.vm import vm

TURN_NS = 330  # of reference() in this VM
TURNS = 2000  # beside each tag, some milliseconds here
NODE = ("--single-threaded",)  # no compiling beside it, whose CPU time would count
NAME_BYTES = 7  # of an entry in the table of interned names: pointer, hash, length

_NOT_LOADED = ("__init__",)

_SHARED = """
import gc, micropython

def widen_names():
    # The table of interned names doubles when it is full: whether that falls into the firmware's
    # start is chance here, where the models have names too. So it is made wide before.
    for number in range(4000):
        before_bytes = gc.mem_alloc()
        exec("q%dz = 0" % number, {})
        if gc.mem_alloc() - before_bytes > 16000:
            return
    raise ValueError("no table")

widen_names()

def widen_globals():
    # The same of the table of this bench's own names.
    for number in range(100):
        globals()["q%dz" % number] = 0
    for number in range(100):
        del globals()["q%dz" % number]

widen_globals()

def load(names):
    for name in names.split():
        __import__(name)
gc.collect()
"""

_LOAD_SHARED = """
micropython.qstr_info()
empty_bytes = gc.mem_alloc()
load("{names}")
micropython.qstr_info()
gc.collect()
"""

_STATION = """
shared_bytes = gc.mem_alloc() - empty_bytes
import io
from array import array
from yellowgate.sim.devices import firmware, nor
from yellowgate.sim.devices.air import Air
from yellowgate.sim.devices.backing import FileBacking
from yellowgate.sim.devices.board import Board
from yellowgate.sim.devices.ds3231 import Ds3231
from yellowgate.sim.devices.console import VirtualConsole
from yellowgate.sim.devices.flash import BoardFlash
from yellowgate.sim.devices.loop import Loop
from yellowgate.sim.devices.pn532 import Pn532
from yellowgate.sim.devices.sx1276 import Sx1276
from yellowgate.sim.devices.world import World
from gate_wire import sector

BLOCKS = 128
world = World(1 << 31)  # no small integer: the models' times take their blocks from the start
board = Board(world)
chip = nor.Nor(BLOCKS + 1, FileBacking("/flash.bin", (BLOCKS + 1) * nor.SECTOR_BYTES))
for index in range(BLOCKS):
    page = bytearray(b"\\xff" * 256)
    page[64:96] = sector.pack_header(index, BLOCKS, b"benchlog", 1)
    if not index:
        page[128:160] = sector.pack_key(b"0123456789abcdef")
    chip.writeblocks(index + 1, page, 0)
board.flash = BoardFlash(chip, board)
line = board.line
reader = Pn532(world, line(13), line(14), line(9))
board.attach_spi(1, reader)
radio = Sx1276(world, Air(world), line(17), line(20), line(21))
board.attach_spi(0, radio)
clock_chip = Ds3231(world, line(6), 0, line(4), line(5))
clock_chip.set_utc(200000000000000)
board.attach_i2c(0, clock_chip)
board.set_millivolts(26, 2000)
console = VirtualConsole()
SETTINGS = '{"id": 1, "keys": {"radio": "000102030405060708090a0b0c0d0e0f"}}'

def open_file(name, mode="r"):
    if name != "station.json":
        raise OSError(2)
    return io.StringIO(SETTINGS)

hardware_us = array("i", [0] * ROOM)
work_turns = array("i", [0] * ROOM)
count = 0

def reference(turns):
    total = 0
    for turn in range(turns):
        total = (total + turn) & 0xFFFF
    return total

board.power_on()
loop = Loop(world, board.crystal)
modules = firmware.on(board)

gc.collect()
"""

BOOT = """
micropython.qstr_info()
models_bytes = gc.mem_alloc() - shared_bytes
pico = modules.load("gate_station.board.pico").Pico(loop, console, open_file)
for name, coroutine in pico.shell.coroutines():
    loop.spawn(coroutine, name)
loop.run_until(world.now_us + 20000000)
board.sounds = []  # of the models, not of the firmware
shell = pico.shell

gc.collect()
"""

WEIGH = """
micropython.qstr_info()
heap_boot_bytes = gc.mem_alloc() - models_bytes
"""

_SETTLE = """
loop.run_until(world.now_us + 1100000000)
board.sounds = []
gc.collect()
"""

_TIDY = """
board.sounds = []  # of the models
gc.collect()
"""

# A step of its own, always as long as this, since its own bytecode is in the heap, too.
_WEIGH = """
heap_%s_bytes = gc.mem_alloc() - models_bytes
gc.collect()
"""

_TAPS = """
turns_us = 0
for number in range(count, count + 50):
    uid = b"\\x04" + number.to_bytes(4, "big") + b"\\x55\\x66"
    board.sounds = []
    shell.ack_us = -1
    came_us = pico.clock.now_uptime_us()
    started_us = host.cpu_us()
    reference(TURNS)
    turns_us += host.cpu_us() - started_us
    started_us = host.cpu_us()
    reader.tag_arrives(uid)
    while shell.ack_us < 0:
        loop.run_until(world.now_us + 1000)
        if pico.clock.now_uptime_us() > came_us + 5000000:
            raise ValueError("tag %d is not acknowledged" % number)
    work_turns[number] = host.cpu_us() - started_us
    hardware_us[number] = shell.ack_us - came_us
    loop.run_until(world.now_us + 60000)
    reader.tag_leaves(uid)
    loop.run_until(world.now_us + 400000)
turn_ns = turns_us * 20 // TURNS
for number in range(count, count + 50):
    work_turns[number] = work_turns[number] * TURNS * 50 // turns_us
count += 50
gc.collect()
"""

_END = """
result = {
    "taps": count,
    "stored": pico.log.next_seq,
    "missing": pico.station.watch.broken,
    "failures": shell.failures,
    "hardware_us": list(hardware_us),
    "work_turns": list(work_turns),
    "turn_ns_here": turn_ns,
    "heap_boot_bytes": heap_boot_bytes,
    "heap_after_bytes": heap_after_bytes,
    "heap_settled_bytes": heap_settled_bytes,
    "heap_warm_bytes": heap_warm_bytes,
    "erases": chip.counts.erases,
}
"""


def measure(taps: int) -> dict[str, Any]:
    """The figures of so many tags, more than 250."""
    steps = [
        (1, BOOT),
        (1, WEIGH),
        (1, _SETTLE),
        (1, _WEIGH % "settled"),
        (5, _TAPS),
        (1, _TIDY),
        (1, _WEIGH % "warm"),
        (taps // 50 - 5, _TAPS),
        (1, _TIDY),
        (1, _WEIGH % "after"),
        (1, _END),
    ]
    heaps = ("heap_boot_bytes", "heap_settled_bytes", "heap_warm_bytes", "heap_after_bytes")
    figures = run_steps(taps, steps, heaps)
    figures |= _latencies(figures.pop("hardware_us"), figures.pop("work_turns"))
    figures["growth_bytes"] = figures["heap_after_bytes"] - figures["heap_warm_bytes"]
    return figures


def _latencies(hardware_us: list[int], work_turns: list[int]) -> dict[str, float]:
    """Median, 99th per cent and most of both parts and of their sum."""
    in_all = [
        us + turns * TURN_NS / 1000 for us, turns in zip(hardware_us, work_turns, strict=True)
    ]
    found: dict[str, float] = {}
    for name, values, divisor in (
        ("ack_hardware_%s_ms", sorted(hardware_us), 1000),
        ("ack_work_%s_turns", sorted(work_turns), 1),
        ("ack_%s_ms", sorted(in_all), 1000),
    ):
        for what, at in (("p50", len(values) // 2), ("p99", len(values) * 99 // 100), ("max", -1)):
            found[name % what] = round(values[at] / divisor, 1)
    return found


def run_steps(
    room: int,
    steps: list[tuple[int, str]],
    heaps: tuple[str, ...],
    without: Collection[str] = (),
) -> dict[str, Any]:
    """Build a station on the VM and run these steps, (how often, code) each, BOOT and WEIGH first.

    room: the most tags there will be. heaps: figures that interned names are to be added to.
    without: see firmware.needed().
    """
    job = vm.job(f"ROOM = {room}\nTURNS = {TURNS}\n" + _SHARED)
    first = [(1, _LOAD_SHARED.format(names=" ".join(_wire_modules()))), (1, _STATION)]
    job["steps"] = [{"repeat": repeat, "code": code} for repeat, code in first + steps]
    module = Path(vm.__file__).parent / "vm.mjs"
    runner = str(Path(__file__).parent / "steps.mjs")
    with tempfile.TemporaryDirectory() as folder:
        job["files"] = _compiled(job["files"], Path(folder), without)
        done = subprocess.run(
            [*vm.node(), *NODE, runner, str(vm.folder()), module.as_uri()],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
        )
    reply = json.loads(done.stdout)
    if "error" in reply:
        raise SystemExit(reply["error"])
    figures: dict[str, Any] = reply["result"]
    names = [int(text) for text in re.findall(r"n_qstr=(\d+)", "\n".join(reply["output"]))]
    count = names[1] - names[0] + names[3] - names[2]  # of the formats, of the rest
    for key in heaps:
        figures[key] += NAME_BYTES * count
    figures["names"] = count
    return figures


def _wire_modules() -> list[str]:
    folder = Path(gate_wire.__file__ or "").parent
    return sorted(
        f"gate_wire.{path.stem}" for path in folder.glob("*.py") if path.stem not in _NOT_LOADED
    )


def _compiled(files: dict[str, str], folder: Path, without: Collection[str]) -> dict[str, str]:
    """The same files, those of the firmware as they are put on a board, as .mpy.

    What the models use of ours, they find too.
    """
    models = [Path(path) for inside, path in files.items() if inside.startswith("/lib/yellowgate")]
    words = _words([path.read_text() for path in models] + [_STATION])
    texts = firmware.needed(words, without=without)
    compiled = {file.path: file.data for file in firmware.compiled(texts)}
    found: dict[str, str] = {}
    for inside, path in files.items():
        target = inside.removesuffix(".py") + ".mpy"
        if target not in compiled:
            found[inside] = path
            continue
        out = folder / target.strip("/").replace("/", "_")
        out.write_bytes(compiled[target])
        found[target] = str(out)
    return found


def _words(texts: list[str]) -> set[str]:
    """Names that are imported from our modules, or looked up in them."""
    found: set[str] = set()
    for text in texts:
        for names in re.findall(r"from gate_\S+ import (.*)", text):
            for name in re.findall(r"\w+", names):
                found.add(name)
                found.update(re.findall(rf"\b{name}\.(\w+)", text))
    return found


def main() -> int:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="500 tags")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    figures = measure(500 if options.quick else 10_000)
    figures["runtime"] = f"MicroPython {vm.VERSION} VM under node"
    if options.json:
        print(json.dumps(figures))
        return 0
    print(f"{figures['taps']} tags on the {figures['runtime']}")
    for name, unit in (
        *((f"ack_hardware_{what}_ms", "ms") for what in ("p50", "p99", "max")),
        *((f"ack_work_{what}_turns", "turns") for what in ("p50", "p99", "max")),
        *((f"ack_{what}_ms", "ms at 0.33 us a turn") for what in ("p50", "p99", "max")),
        ("turn_ns_here", "ns, a turn on this machine"),
        ("heap_boot_bytes", "B"),
        ("heap_settled_bytes", "B"),
        ("heap_warm_bytes", "B"),
        ("heap_after_bytes", "B"),
        ("growth_bytes", "B"),
    ):
        print(f"  {name:22} {figures[name]:>10,} {unit}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
