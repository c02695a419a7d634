"""What a station takes of a board: files, and heap with everything loaded.

    python tests/bench/footprint.py [--quick] [--json] [--rewritings]

Heap on the MicroPython VM: in use by the firmware after its start and a collection (see tap.py,
whose measure this is), and at the worst of many moments while taps come in, a host downloads,
and the doctor looks at every part; collected at each, so it is what must be there. The emulated
Pico with a real image, where one is at hand, says the same for the board: in use after
MicroPython's start, with the station built, and free then. --quick: without the emulated Pico.

--rewritings: what each way in which the sources are rewritten for the board is good for: the same
with all of them, with none, and without each in turn. Takes two minutes. What the collector keeps
by chance differs by some 300 B from run to run of other code.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parent))

import tap
from gate_wire import frame, message
from yellowgate.link import firmware
from yellowgate.link.port import SerialPort
from yellowgate.link.repl import Repl
from yellowgate.sim import pico
from yellowgate.sim.vm import vm

MOMENTS = 500
BOOT_GOAL_BYTES = 110_000
WORST_GOAL_BYTES = 140_000

_ASKED = (
    (message.HELLO, b"\x01"),
    (message.TAIL, b"\x01"),
    (message.READ, message.pack_read(0, 2000)),
    (message.HEALTH, b""),
    (message.DOCTOR, b""),
)

# The VM collects only between steps: so a moment ends with a collection, and the next one weighs.
_BUSY = """
console.plug(True)
micropython.qstr_info()
host_bytes = gc.mem_alloc() - models_bytes - heap_boot_bytes
worst_bytes = 0
said_bytes = 0
moment = 0
gc.collect()
"""

_MOMENT = """
worst_bytes = max(worst_bytes, gc.mem_alloc() - models_bytes - host_bytes)
if moment % 50 == 0:
    console.arrive(ASKED[moment // 50 % len(ASKED)])
if moment % 10 == 0:
    reader.touch(b"\\x04" + moment.to_bytes(4, "big") + b"\\x55\\x66", 60000)
loop.run_until(world.now_us + 10000)
said_bytes = max(said_bytes, len(console.take()))
board.sounds = []
moment += 1
gc.collect()
"""

_RESULT = """
result = {
    "stored": pico.log.next_seq,
    "missing": pico.station.watch.broken,
    "said_bytes": said_bytes,
    "failures": shell.failures,
    "heap_boot_bytes": heap_boot_bytes,
    "heap_worst_bytes": worst_bytes,
}
"""

ON_BOARD = """
import sys, gc
sys.path.insert(0, "/shims")
gc.collect()
_start = gc.mem_alloc()
from gate_station.board import main, pico
_station = pico.Pico(main.BoardAio(), None, files=main.BoardFiles(), watch=False)
_tasks = _station.shell.coroutines()
gc.collect()
_heap = (_start, gc.mem_alloc(), gc.mem_free())
"""


def on_the_vm(without: Collection[str] = ()) -> dict[str, Any]:
    """Heap after the start and at the worst moment. without: see firmware.needed()."""
    writer = frame.FrameWriter()
    asked = [writer.frame(kind, 1, payload) for kind, payload in _ASKED]
    return tap.run_steps(
        MOMENTS,
        [
            (1, tap.BOOT),
            (1, tap.WEIGH),
            (1, f"ASKED = {asked!r}" + _BUSY),
            (MOMENTS, _MOMENT),
            (1, _RESULT),
        ],
        ("heap_boot_bytes", "heap_worst_bytes"),
        without,
    )


def rewritings() -> dict[str, dict[str, int]]:
    """Bytes with all ways of rewriting, with none, and without each."""
    found: dict[str, dict[str, int]] = {}
    ways = {"all": (), "none": tuple(firmware.REWRITINGS)}
    for name, without in (ways | {name: (name,) for name in firmware.REWRITINGS}).items():
        heap = on_the_vm(without)
        compiled = firmware.compiled(firmware.needed(without=without))
        found[name] = {
            "file_bytes": sum(len(file.data) for file in compiled),
            "heap_boot_bytes": heap["heap_boot_bytes"],
            "heap_worst_bytes": heap["heap_worst_bytes"],
        }
    return found


def files() -> dict[str, int]:
    """Path -> bytes of everything that is put on a board."""
    plan = firmware.build((6, 3))
    return {file.path: len(file.data) for file in (*plan.files, plan.main)}


def on_the_emulated_pico() -> dict[str, int]:
    """Heap of the real image with the station built. Provisions a blank board: takes minutes."""
    code = (
        "from yellowgate.sim.pico import *;"
        "run_pico(PicoOptions(say=lambda text: print(text, flush=True)))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        return _heap_behind(process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()


def _heap_behind(url: str) -> dict[str, int]:
    port = SerialPort(url)
    repl = Repl(port)
    repl.enter()
    plan = firmware.build((6, 3))
    for folder in plan.folders():
        repl.run(f"import os\nos.mkdir({folder!r})")
    repl.put([(file.path, file.data) for file in plan.files], lambda _count: None)
    found = heap_on(repl)
    port.close()
    return found


def heap_on(repl: Repl) -> dict[str, int]:
    """Bytes of a board's heap: in use at first, with the station built, and free then."""
    repl.run(ON_BOARD, 900)
    heap = cast("tuple[int, ...]", repl.value("_heap"))
    names = ("board_start_bytes", "board_boot_bytes", "board_free_bytes")
    return dict(zip(names, heap, strict=True))


def main() -> int:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="without the emulated Pico")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rewritings", action="store_true", help="what each is good for")
    options = parser.parse_args()
    if options.rewritings:
        return _show_rewritings(rewritings(), options.json)
    sizes = files()
    figures: dict[str, Any] = {"files": len(sizes), "file_bytes": sum(sizes.values())}
    figures |= on_the_vm()
    if figures["failures"] or figures["missing"]:
        raise SystemExit("the station is not whole: %s" % figures)
    figures["runtime"] = f"MicroPython {vm.VERSION} VM under node"
    reason = "--quick" if options.quick else pico.why_not()
    if reason:
        figures["board"] = f"not measured: {reason}"
    else:
        figures["board"] = f"{pico.find_uf2()} in rp2040py"
        figures |= on_the_emulated_pico()
    if options.json:
        print(json.dumps(figures))
    else:
        _show(sizes, figures)
    well = figures["heap_boot_bytes"] <= BOOT_GOAL_BYTES
    return 0 if well and figures["heap_worst_bytes"] <= WORST_GOAL_BYTES else 1


def _show_rewritings(found: dict[str, dict[str, int]], is_json: bool) -> int:
    if is_json:
        print(json.dumps(found))
        return 0
    print("| rewriting | .mpy | heap after the start | heap at the worst moment |")
    print("|---|---|---|---|")
    whole = found["all"]
    for name, figures in found.items():
        if name in ("all", "none"):
            cells = [f"{size:,} B" for size in figures.values()]
        else:
            cells = [f"{size - whole[key]:+,} B without" for key, size in figures.items()]
        print(f"| {firmware.REWRITINGS.get(name, name)} | {' | '.join(cells)} |")
    return 0


def _show(sizes: dict[str, int], figures: dict[str, Any]) -> None:
    for path, size in sizes.items():
        print(f"{size:>8,}  {path}")
    print(f"{figures['file_bytes']:>8,}  in {figures['files']} files, and the race log\n")
    print(f"{figures['runtime']}:")
    print(f"{figures['heap_boot_bytes']:>8,}  B of heap after the start (goal: 110,000)")
    print(f"{figures['heap_worst_bytes']:>8,}  B at the worst moment (goal: 140,000)\n")
    print(f"{figures['board']}:")
    for key, text in (
        ("board_start_bytes", "B of heap after MicroPython's start"),
        ("board_boot_bytes", "B with the station built"),
        ("board_free_bytes", "B free then"),
    ):
        if key in figures:
            print(f"{figures[key]:>8,}  {text}")


if __name__ == "__main__":
    sys.exit(main())
