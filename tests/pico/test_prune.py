"""What a board is given: nothing that is used there is missing, what it does not need is."""

import ast

from yellowgate.link import firmware
from yellowgate.link.prune import drop_types, prune


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
    texts = firmware.needed()
    assert "def open_log" in texts["/lib/gate_station/core/reserve.mpy"]
    assert "def run" in texts["/lib/gate_station/board/main.mpy"]
    assert "BATTERY=26" in texts["/lib/gate_station/board/pins.mpy"]
    assert "def unpack_welcome" not in texts["/lib/gate_wire/message.mpy"]
    assert not any(path.endswith("/ports.mpy") for path in texts)


def test_of_a_driver_only_what_is_called_goes_to_the_board():
    texts = firmware.needed()
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
    assert "def sleep" in firmware.needed()["/shims/time.mpy"]
