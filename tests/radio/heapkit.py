"""Weighs the heap of a station and a base on the MicroPython VM before and after their packets."""

from pathlib import Path
from typing import Any

from yellowgate.sim.vm import vm

TESTS = Path(__file__).parents[1]
WEIGHINGS = 4  # the least of so many: this collector takes what looks like a pointer for one
WARM_UP = 200

_CODE = """
import gc, vm_heap
from array import array
talk = vm_heap.Traffic({has_base})
talk.both.world.advance_to(1 << 31)  # no small integer any more
weights = array("i", [0] * {weighings})
count = 0
"""
_WEIGH = """
weights[count % {weighings}] = gc.mem_alloc()
count += 1
gc.collect()
"""
_NOTE = """
{name} = [min(weights)] + talk.packets()
gc.collect()
"""
_RESULT = """
marks = talk.box.backlog
result = {
    "before": before,
    "after": after,
    "records": talk.log.next_seq,
    "lacking": marks.count(),
}
"""


def _run(has_base: bool, first: int, more: int, every_us: int) -> dict[str, Any]:
    """Weigh after the first records, and after more of them. Raises VmError."""
    files = {f"/tests/{path.name}": path for path in (TESTS / "both").glob("*.py")}
    files["/tests/vm_heap.py"] = TESTS / "radio" / "vm_heap.py"
    tags = f"talk.tags(10, {every_us})\ngc.collect()"
    steps: list[tuple[int, str]] = []
    for name, count in (("before", first), ("after", more)):
        # The last weighings lie between packets: what is under way differs from one to the next.
        steps.append((count // 10 - WEIGHINGS, tags))
        for _ in range(WEIGHINGS):
            steps += [(1, tags), (1, _WEIGH.format(weighings=WEIGHINGS))]
        steps.append((1, _NOTE.format(name=name)))
    steps.append((1, _RESULT))
    return vm.run(_CODE.format(has_base=has_base, weighings=WEIGHINGS), files, steps=steps)


def measure(packets: int, records: int) -> dict[str, float]:
    """The figures of so many packets each way, and of so many records that nobody hears."""
    told = _run(True, 100, packets, 1_500_000)
    alone = _run(False, WARM_UP, records - WARM_UP, 30_000)
    sent = told["after"][1] - told["before"][1]
    taken = told["after"][2] - told["before"][2]
    return {
        "packets_sent": sent,
        "packets_taken": taken,
        "kept_bytes": told["after"][0] - told["before"][0],
        "kept_per_packet": (told["after"][0] - told["before"][0]) / (sent + taken),
        "records_no_base": alone["records"],
        "lacking_no_base": alone["lacking"],
        "packets_no_base": alone["after"][1],
        "kept_bytes_no_base": alone["after"][0] - alone["before"][0],
        "kept_per_record_no_base": (alone["after"][0] - alone["before"][0]) / (records - WARM_UP),
    }
