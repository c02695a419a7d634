"""What a board is given: nothing that is used there is missing, what it does not need is."""

import ast
import builtins
from collections.abc import Iterator
from functools import cache

import pytest
from yellowgate.link import firmware
from yellowgate.link.numbers import aliases, bound
from yellowgate.link.prune import drop_types, prune

pytestmark = pytest.mark.slow


@cache
def needed() -> dict[str, str]:
    """What a board gets, by path: made once, it takes seconds."""
    return dict(firmware.needed())


def pruned(main: str, **modules: str) -> dict[str, str]:
    trees = {"gate_wire." + name: ast.parse(text) for name, text in modules.items()}
    for tree in trees.values():
        drop_types(tree)
    prune(trees, [ast.parse(main)], (), set(trees))
    return {name[10:]: ast.unparse(tree) for name, tree in trees.items()}


def test_what_nobody_names_is_left_out_with_what_it_alone_used():
    text = (
        "def used():\n    return 1\ndef unused():\n    return helper()\ndef helper():\n    pass\n"
    )
    found = pruned("from gate_wire import one\none.used()\n", one=text)
    assert found["one"] == "def used():\n    return 1"


def test_the_same_name_in_another_module_does_not_keep_it():
    text = "def unpack():\n    return 1\n"
    found = pruned("from gate_wire import one\none.unpack()\n", one=text, two=text)
    assert "def unpack" in found["one"] and not found["two"]


def test_a_method_stays_when_anything_bears_its_name():
    text = (
        "class A:\n    def __init__(self): pass\n    def go(self): pass\n    def stop(self): pass\n"
    )
    found = pruned("from gate_wire import one\na = one.A()\na.go()\n", one=text)
    assert "__init__" in found["one"] and "def go" in found["one"] and "stop" not in found["one"]


def test_methods_of_a_derived_class_stay():
    text = "class A(OSError):\n    def called_by_base(self): pass\n"
    found = pruned("from gate_wire.one import A\nA()\n", one=text)
    assert "called_by_base" in found["one"]


def test_a_module_handed_on_stays_whole():
    text = "PIN = 5\ndef helper():\n    pass\n"
    found = pruned("from gate_wire import one\nprint(one)\n", one=text)
    assert found["one"] == ast.unparse(ast.parse(text))


def test_a_class_whose_methods_nobody_calls_may_be_empty():
    text = "class A:\n    def spare(self): pass\n"
    assert pruned("from gate_wire.one import A\nA()\n", one=text)["one"] == "class A:\n    pass"


def test_the_boards_own_roots_are_there():
    texts = needed()
    assert "def open_log" in texts["/lib/gate_station/core/reserve.mpy"]
    assert "def run" in texts["/lib/gate_station/board/main.mpy"]
    assert "BATTERY=26" in texts["/lib/gate_station/board/pins.mpy"]
    assert "def unpack_welcome" not in texts["/lib/gate_wire/message.mpy"]
    assert not any(path.endswith("/ports.mpy") for path in texts)


def test_of_a_driver_only_what_is_called_goes_to_the_board():
    texts = needed()
    reader = texts["/lib/adafruit_pn532/adafruit_pn532.mpy"]
    assert "def process_response" in reader and "def _write_frame" in reader
    assert "def mifare_classic_read_block" not in reader and "NDEF_URIPREFIX" not in reader


def test_what_is_for_type_checkers_is_left_out():
    text = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Any\nvalue = 1.5\n"
    assert pruned("from gate_wire import one\none.value\n", one=text)["one"] == "value = 1.5"


def test_what_is_named_through_an_imported_module_stays():
    text = "from utime import *\ndef doze(seconds):\n    pass\ndef spare():\n    pass\n"
    shim = {"time": ast.parse(text)}
    prune(shim, [ast.parse("import time\ntime.doze(1)\n")], (), set(shim))
    found = ast.unparse(shim["time"])
    assert "def doze" in found and "spare" not in found
    assert "def sleep" in needed()["/shims/time.mpy"]


def missing(trees: dict[str, ast.Module]) -> Iterator[str]:
    """What a module names, and no module that it could mean has."""
    has = {name: set(bound(tree)) for name, tree in trees.items()}
    for name, tree in trees.items():
        given = list(bound(tree))
        known = {one: target for one, target in aliases(tree).items() if given.count(one) == 1}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id not in has[name] | set(dir(builtins)):
                yield f"{name}: {node.id}"
            elif isinstance(node, ast.ImportFrom) and node.module in has:
                names = {alias.name for alias in node.names}
                modules = {one.rpartition(".")[2] for one in trees if one.startswith(node.module)}
                yield from (f"{name}: {one}" for one in names - has[node.module] - modules)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                target = known.get(node.value.id, "")
                if target in has and node.attr not in has[target]:
                    yield f"{name}: {target}.{node.attr}"


def test_nothing_that_the_board_names_is_missing():
    names = {"parameters", "functions", "attributes"}  # as they are read; python-minifier's part
    trees: dict[str, ast.Module] = {}
    for path, text in firmware.needed(without=names).items():
        inside = path.removeprefix(firmware.LIB).removeprefix(firmware.SHIMS)
        trees[inside.removesuffix(".mpy").strip("/").replace("/", ".")] = ast.parse(text)
    of_utime = {"time: " + name for name in ("sleep_ms", "ticks_ms", "ticks_diff", "ticks_add")}
    assert len(trees) > 50
    assert set(missing(trees)) - of_utime == set()


def test_a_missing_name_is_seen():
    one = ast.parse("from gate_wire import two\nfrom gate_wire.two import a\ntwo.b()\nc()\n")
    found = set(missing({"gate_wire.one": one, "gate_wire.two": ast.parse("d = 1")}))
    assert found == {
        "gate_wire.one: a",
        "gate_wire.one: gate_wire.two.b",
        "gate_wire.one: c",
    }
