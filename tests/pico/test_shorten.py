"""Names on a board: shorter where nobody outside can know them, the same everywhere else."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yellowgate.link import firmware
from yellowgate.link.shorten import shorten

pytestmark = pytest.mark.slow


def all_short(others: str = "", kept: tuple[str, ...] = (), **modules: str) -> dict[str, str]:
    own = {name: ast.parse(text) for name, text in modules.items()}
    return shorten(own, [ast.parse(others)], {*kept, "go", "value"})


def short(text: str, other: str = "", kept: tuple[str, ...] = ()) -> str:
    return all_short(other, kept, one=text)["one"]


def run(text: str) -> dict[str, object]:
    found: dict[str, object] = {}
    exec(text, found)
    return found


def test_private_names_become_one_letter_in_each_module():
    text = "class A:\n    def _ring(self):\n        self._bell = self._ring()\n"
    found = all_short(one=text, two=text.replace("_bell", "_beam"))
    assert found["one"] == found["two"]
    assert "_bell" not in found["one"] and "_ring" not in found["one"]


def test_a_function_that_no_other_module_names_becomes_one_letter():
    one = "def helper():\n    return LIMIT\nLIMIT = 4.5\nclass Gate(OSError):\n    pass\n"
    found = all_short(one=one, two="import one\nprint(one.LIMIT)\n")
    assert "helper" not in found["one"] and "return LIMIT" in found["one"]
    assert "class Gate" in found["one"]


def test_public_names_stay():
    found = short("class Gate:\n    def touch(self, uid):\n        self.last_uid = uid\n")
    assert "def touch(" in found
    assert ".last_uid=" in found and "(self, uid" not in found


def test_parameters_that_are_named_in_a_call_stay_and_none_has_a_sign():
    text = "def go(speed, height):\n    return speed + height\nvalue = go(1, 2)\n"
    assert "def go(speed,height)" in short(text, "go(speed=1)")
    assert "height" in short(text, kept=("height",)) and "speed" not in short(text)
    assert "/" not in short(text)  # MicroPython does not know it


def test_names_of_foreign_classes_stay():
    found = short("class A(B):\n    def _write(self):\n        self._spare = 1\n", "self._write()")
    assert "def _write" in found and "_spare" not in found


def test_a_class_and_those_derived_from_it_elsewhere_do_not_mix_their_attributes():
    base = "class A:\n    def __init__(self):\n        self._first = 1\n"
    derived = "from one import A\nclass B(A):\n    def go(self):\n        self._second = 2\n"
    found = all_short(one=base, two=derived)
    assert "._first" in found["one"] and "._second" in found["two"]


def test_a_name_looked_up_as_text_stays():
    found = short("class A:\n    _scratch = 5\nvalue = getattr(A, '_scratch')\n")
    assert run(found)["value"] == 5


def test_inner_functions_see_the_outer_ones_parameters():
    text = (
        "def outer(first, second):\n"
        "    def inner(first, third=second):\n"
        "        return first, second, third\n"
        "    return inner(5), [first for first in (7, 8)], (lambda fourth: (fourth, first))(9)\n"
        "value = outer(1, 2)\n"
    )
    found = short(text, kept=("outer",))
    assert run(found)["value"] == run(text)["value"] == ((5, 2, 2), [7, 8], (9, 1))
    assert "first" not in found


def test_a_parameter_does_not_take_the_name_of_a_global_that_is_used():
    text = "A = 40\ndef add(count):\n    return A + count\nvalue = add(2)\n"
    assert run(short(text, kept=("A",)))["value"] == 42


@given(st.integers(0, 80))
def test_as_many_private_names_as_there_are(count: int):
    lines = ["class A:", "    pass", "one = A()"]
    lines += [f"one._name{at} = {at}" for at in range(count)]
    lines.append("value = [" + ", ".join(f"one._name{at}" for at in range(count)) + "]")
    found = short("\n".join(lines))
    assert run(found)["value"] == list(range(count)) and "_name" not in found


def test_the_boards_own_files_still_compile_and_have_their_public_names():
    texts = firmware.needed()
    for path, text in texts.items():
        compile(text, path, "exec")
    assert "class Log:" in texts["/lib/gate_station/core/log.mpy"]
    assert "_make_room" not in texts["/lib/gate_station/core/log.mpy"]
    assert "files" in texts["/lib/gate_station/board/pico.mpy"]
    assert "def _write_u8" in texts["/lib/adafruit_rfm9x.mpy"]
