"""Finds the firmware and its drivers for a virtual board, on CPython.

Every Firmware has modules of its own: stand-ins of `machine` and `utime`, the shims, the Adafruit
drivers and gate_station are loaded anew for each run of a station, as a restart does on the board,
so that two stations in one process share no state. Nothing is put into sys.modules or on sys.path:
code that is loaded this way has an __import__ of its own, everybody else never notices.
"""

import builtins
import importlib.util
from collections.abc import Mapping, Sequence
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, ModuleType

from yellowgate.sim.devices.board import Board

STANDIN_NAMES = ("machine", "rp2", "utime", "micropython")
_CODES: dict[str, CodeType] = {}  # by the file's path
SHIM_NAMES = ("busio", "digitalio", "supervisor", "time")


class Firmware:
    """The modules of one run of the firmware on a board, on CPython."""

    def __init__(self, board: Board) -> None:
        self._modules: dict[str, ModuleType] = {}
        self._builtins = dict(vars(builtins))
        self._builtins["__import__"] = self._import
        self.load("machine").use(board)

    def load(self, name: str) -> ModuleType:
        """The module of this name. Raises ImportError when there is none."""
        if name in self._modules:
            return self._modules[name]
        parent, _, last = name.rpartition(".")
        spec = _find(name, list(self.load(parent).__path__) if parent else None)
        module = importlib.util.module_from_spec(spec)
        vars(module)["__builtins__"] = self._builtins
        self._modules[name] = module
        try:
            exec(_code(spec), vars(module))
        except BaseException:
            del self._modules[name]
            raise
        if parent:
            setattr(self.load(parent), last, module)
        return module

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """See builtins.__import__."""
        if level:
            package = str((globals or {}).get("__package__") or "")
            name = importlib.util.resolve_name("." * level + name, package)
        if not is_own(name):
            return builtins.__import__(name, globals, locals, fromlist, 0)
        module = self.load(name)
        if not fromlist:
            return self.load(name.partition(".")[0])
        for wanted in fromlist or ():
            if hasattr(module, "__path__") and wanted != "*" and not hasattr(module, wanted):
                self.load(f"{name}.{wanted}")
        return module


def is_own(name: str) -> bool:
    """Is this module loaded anew for each run of the firmware?"""
    root = name.partition(".")[0]
    return (
        root in STANDIN_NAMES
        or root in SHIM_NAMES
        or root == "gate_station"
        or root.startswith("adafruit_")
    )


def _find(name: str, folders: list[str] | None) -> ModuleSpec:
    if name in STANDIN_NAMES:
        folders = [str(Path(__file__).parent / "standin")]
    elif name in SHIM_NAMES:
        station = _find("gate_station", None).submodule_search_locations or []
        folders = [str(Path(folder) / "drivers" / "shims") for folder in station]
    spec = PathFinder.find_spec(name, folders)
    if spec is None:
        raise ImportError("no module named %r" % name, name=name)
    return spec


def _code(spec: ModuleSpec) -> CodeType:
    """Read and compiled once a process: a station starts again and again."""
    origin = spec.origin or spec.name
    code = _CODES.get(origin)
    if code is None and isinstance(spec.loader, InspectLoader):
        code = spec.loader.get_code(spec.name)
    if code is None:
        raise ImportError("module %r has no code" % spec.name, name=spec.name)
    _CODES[origin] = code
    return code
