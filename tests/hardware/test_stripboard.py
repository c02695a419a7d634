"""Plan B: the drawing's holes, checked against the tables by another way."""

import csv
import itertools
from collections import Counter, defaultdict
from xml.etree import ElementTree

import pytest
from netlist import HARDWARE, read_carrier, read_wiring, wires

from hardware import stripboard

ROWS_OF_A_STRIP = 15
with (HARDWARE / "stripboard.csv").open(newline="", encoding="utf-8") as _file:
    HOLES = list(csv.DictReader(_file))
PARTS = [part for part in read_carrier() if part["build"] != "board"]


def test_table_and_drawing_are_made_of_the_tables():
    ends = stripboard.layout()
    for name, text in (
        ("stripboard.csv", stripboard.table(ends)),
        ("stripboard.svg", stripboard.drawing(ends)),
    ):
        kept = (HARDWARE / name).read_text(encoding="utf-8")
        assert kept == text, "python -m hardware.stripboard"


def test_no_strip_has_more_ends_than_holes():
    ends = Counter(hole["strip"] for hole in HOLES)
    assert max(ends.values()) <= ROWS_OF_A_STRIP
    assert len({(hole["strip"], hole["row"]) for hole in HOLES}) == len(HOLES)
    assert {hole["row"] for hole in HOLES} <= set("ABCDEFGHIJKLMNO")


def test_every_strip_is_one_net_and_every_net_is_one_piece():
    nets = defaultdict(set)
    for hole in HOLES:
        nets[hole["strip"]].add(hole["net"])
    assert all(len(found) == 1 for found in nets.values())
    strips_of = defaultdict(set)
    for hole in HOLES:
        strips_of[hole["net"]].add(hole["strip"])
    several = {net: strips for net, strips in strips_of.items() if len(strips) > 1}
    assert set(several) == {"GND"}
    link = {hole["strip"] for hole in HOLES if hole["what"] == "link"}
    assert link == several["GND"]


def test_every_leg_is_in_the_net_of_the_carrier_table():
    found = {(hole["what"], hole["leg"]): hole["net"] for hole in HOLES if hole["leg"] != "wire"}
    wanted = {
        (part["part"], leg): part[leg]
        for part in PARTS
        for leg in ("from", "to", "third")
        if part[leg]
    }
    assert {key: net for key, net in found.items() if key[0] != "link"} == wanted


def test_every_wire_to_the_carrier_has_its_hole():
    strips = {hole["net"] for hole in HOLES}
    wanted = Counter(
        end.split(":")[1]
        for a, b, _ in wires(read_wiring())
        for end in (a, b)
        if end.startswith("CARRIER:") and not {a, b} & {"RADIO:SHIELD", "ANTENNA:shield"}
    )
    found = Counter(hole["net"] for hole in HOLES if hole["leg"] == "wire")
    assert found == {net: count for net, count in wanted.items() if net in strips}
    assert set(wanted) - strips == {"VBUS", "ANT"}  # a test point and a bleed: the board only


def test_the_supervisors_legs_lie_side_by_side_in_its_own_order():
    """MCP121 in TO-92: reset, supply, ground in a row."""
    legs = {hole["leg"]: int(hole["strip"]) for hole in HOLES if hole["what"] == "U1"}
    assert legs["third"] + 1 == legs["to"] and legs["to"] + 1 == legs["from"]


def test_no_part_lies_on_another():
    spans = defaultdict(list)
    for hole in HOLES:
        if hole["leg"] != "wire":
            spans[hole["what"], hole["row"]].append(int(hole["strip"]))
    rows = defaultdict(list)
    for (what, row), strips in spans.items():
        rows[row].append((min(strips), max(strips), what))
    for found in rows.values():
        found.sort()
        for (_, end, _), (start, _, _) in itertools.pairwise(found):
            assert end < start, found


def test_a_strip_that_is_full_is_refused():
    with pytest.raises(ValueError, match="left"):
        stripboard.layout(holes=6)


def test_drawing_fits_a4():
    root = ElementTree.parse(HARDWARE / "stripboard.svg").getroot()
    for node in root.iter():
        if node.get("y") and node.get("x"):
            assert float(node.get("y", "0")) < 290 and float(node.get("x", "0")) < 200
