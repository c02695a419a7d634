"""Sources as a board gets them, pruned and compiled, pass the tests of tests/both on the VM.

What a board does not name is left out, unless the tests, their kits or the device models name it.
For whole stations that is next to nothing: they get a tree of their own.
"""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from yellowgate.link import firmware
from yellowgate.sim.vm import testing, vm

pytestmark = pytest.mark.slow

BOTH = Path(__file__).parent.parent / "both"
FILES = sorted(BOTH.glob("test_*.py"))
STATIONS = tuple(path for path in FILES if path.stem in ("test_station_pico", "test_doctor"))
RUNNER = Path(vm.__file__).parent / "run.mjs"
PORTS = "/lib/gate_station/ports.py"  # types and numbers, for the models; not on a board

_LOAD = """
import gc, io, sys
import {module} as tests
result = {{}}

def run(name):
    try:
        getattr(tests, name)()
        result[name] = ""
    except Exception as exception:
        text = io.StringIO()
        sys.print_exception(exception, text)
        result[name] = text.getvalue()
    gc.collect()
"""


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pruned")


@cache
def _tree(paths: tuple[Path, ...], folder: Path) -> dict[str, str]:
    """VM path -> file on disk: a board's files where there are sources, for these tests."""
    kits = [other for other in BOTH.glob("*.py") if not other.name.startswith("test_")]
    models = [
        Path(source) for inside, source in vm.tree().items() if inside.startswith("/lib/yellow")
    ]
    texts = [path.read_text(encoding="utf-8") for path in (*paths, *kits, *models)]
    files = {
        inside: source
        for inside, source in vm.tree().items()
        if not inside.startswith(("/lib/gate_", "/shims/")) or inside == PORTS
    }
    for file in firmware.compiled(firmware.needed(beside=texts)):
        on_disk = folder / f"{len(paths)}{file.path.replace('/', '_')}"
        on_disk.write_bytes(file.data)
        files[file.path] = str(on_disk)
    return files | {f"/tests/{path.name}": str(path) for path in BOTH.glob("*.py")}


def _run(path: Path, folder: Path) -> dict[str, str] | str:
    """What each test of the file said; one text when the file could not be loaded."""
    job: dict[str, Any] = vm.job(_LOAD.format(module=path.stem))
    job["files"] = _tree(STATIONS if path in STATIONS else tuple(FILES), folder)
    job["steps"] = [(1, f"run({name!r})") for name in testing.names(path)]
    done = subprocess.run(
        [*vm.node(), str(RUNNER), str(vm.folder())],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    reply = json.loads(done.stdout)
    return reply.get("error") or reply["result"]


@pytest.fixture(scope="module", name="counts")
def _counts() -> dict[str, int]:
    return {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_boards_own_sources_pass(path: Path, folder: Path, counts: dict[str, int]) -> None:
    said = _run(path, folder)
    assert isinstance(said, dict), said
    assert set(said) == set(testing.names(path))
    assert "".join(said.values()) == ""
    counts[path.stem] = len(said)


def test_every_file_ran(counts: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(
            f"\ntests/both: {sum(counts.values())} tests ran on pruned .mpy files, "
            f"{sum(counts.get(path.stem, 0) for path in STATIONS)} of them with whole stations"
        )
    assert len(counts) == len(FILES)
