"""A whole virtual station on the MicroPython VM: the same plan as on CPython, run by node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from yellowgate.sim import image, station
from yellowgate.sim.vm import vm

HEAP_BYTES = 1024 * 1024  # the larger it is, the longer each collection takes
_SCRIPT = Path(__file__).parent / "station.mjs"


def command(
    plan: station.Plan, port: int, room_utc_us: Callable[[], int] = station.room_utc_us
) -> tuple[list[str], list[int]]:
    """(command line, file descriptors that it inherits) of a station that plays its script and
    then serves this port; it prints where. Raises GateError.
    """
    kept = image.Image(plan.image, plan.log_id, plan.first_key)
    course = station.Course(plan, room_utc_us)
    files = {"/lib/yellowgate/sim/vm/__init__.py": _SCRIPT.parent / "__init__.py"}
    files["/lib/yellowgate/sim/vm/inside.py"] = _SCRIPT.parent / "inside.py"
    job: dict[str, Any] = vm.job("", files, HEAP_BYTES)
    job["setup"] = vars(station.setup(plan, course.progress.utc_us, course.begin_us()))
    job["steps"] = course.steps()
    job["marks"] = course.marks()
    job["end_us"] = plan.end_us
    job["port"] = port
    job["image_fd"] = kept.fd
    job["progress_fd"] = course.fd
    job["progress"] = asdict(course.progress)
    job["progress_bytes"] = image.PROGRESS_BYTES
    job["ends_now"] = plan.ends_utc_us is None
    job["epoch_us"] = station.EPOCH_2020_UNIX_US
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(job, file)
    descriptors = [fd for fd in (kept.fd, course.fd) if fd >= 0]
    return [*vm.node(), str(_SCRIPT), str(vm.folder()), file.name], descriptors


def become(plan: station.Plan, port: int) -> int:
    """Let this process become the station, so that a signal to it reaches the VM. Returns the
    exit code only where a process cannot be replaced.
    """
    line, descriptors = command(plan, port)
    sys.stdout.flush()
    if os.name == "posix":
        for fd in descriptors:
            os.set_inheritable(fd, True)
        os.execvp(line[0], line)
    return subprocess.run(line, check=False, close_fds=False).returncode
