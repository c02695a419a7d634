"""The rules of this repository that a reader could check, checked."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 400

# What everything in race/ stands on, and what others may read of its result.
RACE_GROUND = {
    "gate_wire",
    "yellowgate.model",
    "yellowgate.records",
    "yellowgate.times",
    "yellowgate.rulings",
    "yellowgate.event",
    "yellowgate.clock",
}
RACE_RESULT = {
    "yellowgate.race.official_log",
    "yellowgate.race.log_json",
    "yellowgate.race.diff",
    "yellowgate.race.presets",
    "yellowgate.race.checks",
}

# Package -> packages of ours that it may import (itself always). The order is the direction.
MAY_IMPORT = {
    "gate_wire": set[str](),
    "gate_station.core": {"gate_wire", "gate_station.ports"},
    "gate_station.drivers": set[str](),
    "gate_station.ports": set[str](),
    "gate_station.tasks": {"gate_wire", "gate_station.core", "gate_station.ports"},
    "gate_station.board": {
        "gate_wire",
        "gate_station.core",
        "gate_station.drivers",
        "gate_station.tasks",
        "gate_station.ports",
    },
    "yellowgate.errors": set[str](),
    "yellowgate.files": set[str](),
    "yellowgate.redact": set[str](),
    "yellowgate.times": {"yellowgate.errors"},
    "yellowgate.model": set[str](),
    "yellowgate.records": {"gate_wire", "yellowgate.times"},
    "yellowgate.rulings": {
        "yellowgate.errors",
        "yellowgate.model",
        "yellowgate.redact",
        "yellowgate.times",
    },
    "yellowgate.event": {
        "gate_wire",
        "yellowgate.errors",
        "yellowgate.redact",
        "yellowgate.model",
        "yellowgate.times",
        "yellowgate.rulings",
    },
    "yellowgate.store": {
        "gate_wire",
        "yellowgate.files",
        "yellowgate.redact",
        "yellowgate.rulings",
        "yellowgate.model",
        "yellowgate.records",
        "yellowgate.times",
        "yellowgate.errors",
    },
    "yellowgate.clock": {
        "gate_wire",
        "yellowgate.model",
        "yellowgate.records",
        "yellowgate.times",
        "yellowgate.rulings",
    },
    "yellowgate.race.intake": RACE_GROUND,
    "yellowgate.race.official_log": RACE_GROUND,
    "yellowgate.race.log_json": {*RACE_GROUND, "yellowgate.race.official_log"},
    "yellowgate.race.start": {*RACE_GROUND, "yellowgate.race.official_log"},
    "yellowgate.race.stations": RACE_GROUND,
    "yellowgate.race.drafts": {
        *RACE_GROUND,
        "yellowgate.race.intake",
        "yellowgate.race.official_log",
    },
    "yellowgate.race.presets": {
        *RACE_GROUND,
        "yellowgate.race.intake",
        "yellowgate.race.official_log",
        "yellowgate.race.drafts",
    },
    "yellowgate.race.checks": {
        *RACE_GROUND,
        "yellowgate.errors",
        "yellowgate.race.intake",
        "yellowgate.race.official_log",
        "yellowgate.race.drafts",
        "yellowgate.race.presets",
    },
    "yellowgate.race.diff": {*RACE_GROUND, "yellowgate.race.official_log"},
    "yellowgate.race.judge": {
        *RACE_GROUND,
        "yellowgate.race.intake",
        "yellowgate.race.official_log",
        "yellowgate.race.start",
        "yellowgate.race.stations",
        "yellowgate.race.drafts",
        "yellowgate.race.presets",
        "yellowgate.race.checks",
    },
    "yellowgate.race.again": {
        *RACE_GROUND,
        "yellowgate.race.intake",
        "yellowgate.race.official_log",
        "yellowgate.race.drafts",
        "yellowgate.race.presets",
        "yellowgate.race.checks",
        "yellowgate.race.judge",
    },
    "yellowgate.official": {
        *RACE_GROUND,
        "yellowgate.errors",
        "yellowgate.store",
        "yellowgate.race.official_log",
        "yellowgate.race.judge",
        "yellowgate.race.again",
        "yellowgate.race.stations",
        "yellowgate.race.checks",
    },
    "yellowgate.live": {*RACE_GROUND, "yellowgate.official", "yellowgate.store"},
    "yellowgate.weigh": {*RACE_GROUND, *RACE_RESULT, "yellowgate.official"},
    "yellowgate.link": {
        "gate_wire",
        "yellowgate.model",
        "yellowgate.records",
        "yellowgate.times",
        "yellowgate.errors",
        "yellowgate.files",
        "yellowgate.redact",
        "yellowgate.clock",
        "yellowgate.store",
    },
    "yellowgate.report": {"yellowgate.redact", *RACE_GROUND, *RACE_RESULT},
    "yellowgate.desk": {
        "yellowgate.weigh",
        "gate_station.core",
        *RACE_GROUND,
        *RACE_RESULT,
        "yellowgate.official",
        "yellowgate.errors",
        "yellowgate.redact",
        "yellowgate.store",
        "yellowgate.report",
    },
    "yellowgate.publish": {"yellowgate.errors"},
    "yellowgate.web": {
        *RACE_GROUND,
        *RACE_RESULT,
        "yellowgate.desk",
        "yellowgate.official",
        "yellowgate.weigh",
        "yellowgate.errors",
        "yellowgate.redact",
        "yellowgate.store",
        "yellowgate.report",
        "yellowgate.files",
    },
    "yellowgate.sim": {
        "gate_wire",
        "gate_station.core",
        "gate_station.board",
        "gate_station.drivers",
        "gate_station.tasks",
        "gate_station.ports",
        "yellowgate.errors",
    },
}
MAY_IMPORT_ALL = ("yellowgate.cli",)
WIRE_STDLIB = {"struct", "binascii", "hashlib"}


def _sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return ".".join(part for part in parts if part != "__init__")


def _package(module: str) -> str:
    """The row of MAY_IMPORT that a module belongs to: gate_wire for gate_wire.record."""
    rows = [row for row in MAY_IMPORT if module == row or module.startswith(row + ".")]
    return max(rows, key=len) if rows else ".".join(module.split(".")[:2])


@cache
def _tree(path: Path) -> ast.Module:
    """The file, parsed once for all that look at it."""
    return ast.parse(path.read_text())


@cache
def _nodes(path: Path) -> list[ast.AST]:
    """Every node of it."""
    return list(ast.walk(_tree(path)))


def _imports(path: Path) -> Iterator[str]:
    """Dotted names that the file imports at run time or for its types."""
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in ("gate_wire", "gate_station", "yellowgate")


@pytest.mark.parametrize("path", _sources("firmware") + _sources("host"), ids=_module)
def test_imports_point_one_way(path: Path) -> None:
    package = _package(_module(path))
    if package in MAY_IMPORT_ALL or package in ("yellowgate", "gate_station"):
        return
    allowed = MAY_IMPORT.get(package, set()) | {package}
    wrong = {name for name in _imports(path) if _ours(name) and _package(name) not in allowed}
    assert not wrong, f"{path.relative_to(ROOT)} may not import {sorted(wrong)}"


def test_the_arrows_have_no_circle() -> None:
    left = {package: allowed - {package} for package, allowed in MAY_IMPORT.items()}
    while left:
        ground = {package for package, allowed in left.items() if not allowed & set(left)}
        assert ground, f"a circle among {sorted(left)}"
        left = {package: allowed for package, allowed in left.items() if package not in ground}


def test_the_wire_formats_import_three_modules_of_the_library_only() -> None:
    for path in _sources("firmware/gate_wire"):
        outside = {name.split(".")[0] for name in _imports(path) if not _ours(name)}
        assert outside <= WIRE_STDLIB, path


def test_only_drivers_and_board_touch_hardware_modules() -> None:
    for path in _sources("firmware/gate_station"):
        if "drivers" in path.parts or "board" in path.parts:
            continue
        names = {name.split(".")[0] for name in _imports(path)}
        assert not names & {"machine", "rp2", "adafruit_rfm9x", "adafruit_pn532"}, path


@pytest.mark.parametrize("path", _sources("firmware") + _sources("host"), ids=_module)
def test_functions_and_modules_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES_MAX, f"{path} is longer than {MODULE_LINES_MAX}"
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines < FUNCTION_LINES_MAX, f"{path}: {node.name} has {lines} lines"


def test_packages_are_empty() -> None:
    for path in _sources("firmware") + _sources("host"):
        if path.name == "__init__.py":
            assert path.read_text().strip() == "", path


def test_every_folder_has_its_map() -> None:
    for folder in (
        "firmware",
        "firmware/gate_wire",
        "firmware/gate_station",
        "host",
        "host/yellowgate",
        "host/yellowgate/sim",
        "hardware",
        "tests",
    ):
        assert (ROOT / folder / "README.md").exists(), folder


def test_no_file_names_a_registry_or_sleeps() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    hosts = ["pypi" + ".org", "npmjs" + ".org", "deb.debian" + ".org", "pythonhosted" + ".org"]
    for name in tracked:
        path = ROOT / name
        if not path.exists() or path.suffix in {".png", ".stl", ".svg", ".bin"}:
            continue
        text = path.read_text(errors="replace")
        assert not [host for host in hosts if host in text], name
        if name.startswith("tests/") and path.suffix == ".py":
            assert "time.sleep" + "(" not in text, f"{name} sleeps"


_HE = re.compile(r"\b(he|his|him|himself|she|her|hers)\b", re.IGNORECASE)


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """Strings that are no docstrings."""
    told = {
        id(node.body[0].value)
        for node in _nodes(path)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in _nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def test_what_people_read_names_the_runner() -> None:
    """Half of them are women: texts say the name, or "the runner"."""
    found = [
        f"{path}:{line}" for path in _sources("host") for line, text in _strings(path)
        if _HE.search(text)
    ]  # fmt: skip
    for path in (ROOT / "host").rglob("*"):
        if path.suffix in {".html", ".js", ".json", ".css"} and _HE.search(path.read_text()):
            found.append(str(path))
    assert not found


# Folders whose definitions others name: MicroPython's and CircuitPython's interfaces, by which the
# firmware and Adafruit's drivers are written.
INTERFACES = ("host/yellowgate/sim/standin", "firmware/gate_station/drivers/shims")
# What no code here names, and why it stands all the same.
NAMED_ELSEWHERE = {
    "convert": "click calls it",
    "list_commands": "click calls it",
    "get_command": "click calls it",
    "get_completions": "prompt_toolkit calls it",
    "format_commands": "click calls it",
    "visit_Name": "ast calls it",
    "visit_Attribute": "ast calls it",
    "visit_ImportFrom": "ast calls it",
    "inWaiting": "mpremote's serial ports have it",
    "_post_boot_handshake": "rp2040py calls it",
    "_wait_ready": "Adafruit's driver calls it",
    "MONTH": "a register of the data sheet",
    "RX_PACKET_CNT": "a register of the data sheet",
    "FS_TX": "a mode of the data sheet",
    "FS_RX": "a mode of the data sheet",
    "CAD": "a mode of the data sheet",
    "FileBacking": "tests/bench/tap.py: a flash that takes none of the heap it measures",
    "run_until": "sim/README.md: how a test goes on in virtual time",
    "run_file": "the suite on the MicroPython VM (tests/sim/test_vm.py)",
    "hang": "a fault of the simulated clock chip, for tests to switch on",
    "jam": "a fault of the simulated air, for tests to switch on",
    "BAD": "the faults of a simulated flash, for tests to choose from",
    "make_bad": "a fault of the simulated flash, for tests to switch on",
    "wear_out": "a fault of the simulated flash, for tests to switch on",
    "weak_bits": "the state of the simulated flash, for tests to look at",
    "wire_bus": "which wires a simulated bus runs on, for tests to break them",
    "firmware_version": "Adafruit's driver asks for it when it is made",
    "restore": "the state of the simulated flash, for tests to set back",
}


def _named(path: Path) -> Iterator[str]:
    """Words that may call a definition: names, attributes, keywords, words of strings (programs
    for the VM are such).
    """
    for _, text in _strings(path):
        yield from re.findall(r"\w+", text)
    for node in _nodes(path):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def _defined(path: Path) -> Iterator[str]:
    """Functions, methods and classes that no decorator hands to somebody, and constants."""
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            words = " ".join(ast.unparse(one) for one in node.decorator_list)
            if not re.search(r"command|request|option", words):
                yield node.name
    for node in _tree(path).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_code_is_there_for_tests_alone() -> None:
    """A definition that only tests name proves nothing of what a race runs on."""
    paths = _sources("firmware") + _sources("host")
    named = {word for path in paths for word in _named(path)}
    for path in (ROOT / "host").rglob("*"):
        if path.suffix in {".html", ".js", ".mjs"}:
            named |= set(re.findall(r"\w+", path.read_text()))
    unnamed = {
        name: path
        for path in paths
        for name in _defined(path)
        if name not in named and not name.startswith("__")
        and not str(path.relative_to(ROOT)).startswith(INTERFACES)
    }  # fmt: skip
    assert {name: str(path) for name, path in unnamed.items() if name not in NAMED_ELSEWHERE} == {}
    assert NAMED_ELSEWHERE.keys() - unnamed.keys() == set(), "no longer needed in the list"


def test_what_the_command_line_prints_goes_through_one_place() -> None:
    """echo() and console() of cli/context.py: no terminal obeys what somebody else wrote."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _sources("host/yellowgate/cli")
        if path.name not in ("context.py", "main.py")
        for node in _nodes(path)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("click.echo", "click.secho", "print", "Console")
    ]
    assert not wrong, f"print with echo() or console() of cli/context.py: {wrong}"


def test_every_file_of_the_tests_has_a_name_of_its_own() -> None:
    """They are no packages: of two with one name, pytest refuses the second."""
    names = [path.name for path in _sources("tests") if path.name != "conftest.py"]
    assert sorted(set(names)) == sorted(names)
