"""Every test of tests/both once more, on the MicroPython VM: one item here for one there."""

from functools import cache
from pathlib import Path

import pytest
from yellowgate.sim.vm import testing, vm

BOTH = Path(__file__).parent.parent / "both"
SLOW = (  # takes a second or more
    "test_clock_station", "test_doctor", "test_faults", "test_log_cuts", "test_log_life",
    "test_permission", "test_reader", "test_station_life", "test_station_tasks",
)  # fmt: skip
ITEMS = [
    pytest.param(
        path,
        name,
        id=f"{path.stem}-{name}",
        marks=[pytest.mark.slow] if path.stem in SLOW else [],
    )
    for path in sorted(BOTH.glob("test_*.py"))
    for name in testing.names(path)
]


@cache
def _run(path: Path) -> dict[str, testing.Outcome] | vm.VmError:
    try:
        return testing.run_file(path)
    except vm.VmError as error:
        return error  # kept, so that the file is not loaded anew for each of its tests


@pytest.mark.parametrize(("path", "name"), ITEMS)
def test_on_the_vm(path: Path, name: str) -> None:
    outcomes = _run(path)
    if isinstance(outcomes, vm.VmError):
        pytest.fail(f"{path.name} does not load on the VM\n{outcomes}")
    assert outcomes[name].error == ""


@pytest.mark.slow
def test_every_test_of_both_ran_on_the_vm(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [_run(path) for path in sorted(BOTH.glob("test_*.py"))]
    count = sum(len(ran) for ran in outcomes if isinstance(ran, dict))
    with capsys.disabled():
        print(f"\ntests/both: {count} tests ran on the MicroPython VM {vm.VERSION}")
    assert count == len(ITEMS)


def test_what_fails_in_the_vm_comes_out_with_its_traceback() -> None:
    with pytest.raises(vm.VmError, match="ZeroDivisionError"):
        vm.run("print('so far')\n1 / 0")


def test_figures_come_back_and_heap_is_measured_between_steps() -> None:
    code = "import gc\nt = host.now_us()\nkept = []\nresult = []\n"
    steps = [
        (1, "gc.collect()"),
        (1, "result.append(gc.mem_alloc())"),
        (100, "rubbish = bytes(10000); gc.collect()"),
        (1, "del rubbish; gc.collect()"),
        (1, "result.append(gc.mem_alloc()); result.append(host.now_us() - t)"),
    ]
    before, after, took_us = vm.run(code, steps=steps)
    assert abs(after - before) < 2000
    assert took_us > 0
