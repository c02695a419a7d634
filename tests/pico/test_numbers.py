"""Constants as digits: the same value on a board as on the host, and no name for it."""

import ast

from hypothesis import given
from hypothesis import strategies as st
from yellowgate.link.numbers import put_in_place


def in_place(**modules: str) -> dict[str, str]:
    trees = {"gate_wire." + name: ast.parse(text) for name, text in modules.items()}
    put_in_place(trees)
    return {name[10:]: ast.unparse(tree) for name, tree in trees.items()}


def test_a_number_of_another_module_stands_where_it_is_used():
    found = in_place(
        one="BYTES = 4\nBITS = BYTES * 8\n",
        two="from gate_wire import one\nSIZE = 2 * one.BITS\ndef go():\n    return SIZE\n",
    )
    assert "return 2 * (4 * 8)" in found["two"]


def test_an_imported_number_stands_where_it_is_used_and_is_not_imported():
    found = in_place(
        one="BYTES = 4\ndef name():\n    return 'x'\n",
        two="from gate_wire.one import BYTES, name\ndef go():\n    return name() * BYTES\n",
        three="from gate_wire.one import BYTES\nvalue = -BYTES\n",
    )
    assert "from gate_wire.one import name\n" in found["two"] and "name() * 4" in found["two"]
    assert found["three"] == "value = -4"


def test_what_is_given_twice_or_is_no_whole_number_stays_a_name():
    text = (
        "A = 1\nA = 2\nB = 1.5\nC = len('x')\nD = True\nE = 3 / 1\nF = F\nG = 7\n"
        "def go(G):\n    return A, B, C, D, E, G\n"
    )
    assert in_place(one=text)["one"] == ast.unparse(ast.parse(text))


def test_a_parameter_named_like_a_module_is_not_taken_for_it():
    text = "from gate_wire import one\ndef go(one):\n    return one.BYTES\n"
    assert "return one.BYTES" in in_place(one="BYTES = 4\n", two=text)["two"]


def test_an_attribute_of_that_name_is_not_the_number():
    text = "BYTES = 4\ndef go(chip):\n    chip.BYTES = BYTES\n    return chip.BYTES\n"
    assert "chip.BYTES = 4\n    return chip.BYTES" in in_place(one=text)["one"]


@st.composite
def expressions(draw: st.DrawFn) -> str:
    names = [f"N{number}" for number in range(draw(st.integers(1, 6)))]
    lines: list[str] = []
    for at, name in enumerate(names):
        terms = st.sampled_from([*names[:at], "1", "7", "0x80", "-3"])
        operator = draw(st.sampled_from(["+", "-", "*", "//", "%", "<<", ">>", "&", "|", "^"]))
        lines.append(f"{name} = ({draw(terms)} {operator} 5) {draw(st.sampled_from('+-|'))} 2")
    return "\n".join([*lines, f"value = [{', '.join(names)}]"])


@given(expressions())
def test_the_value_is_the_same(text: str):
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    exec(text, before)
    exec(in_place(one=text)["one"].split("\n")[-1], after)  # no name is left
    assert before["value"] == after["value"]
