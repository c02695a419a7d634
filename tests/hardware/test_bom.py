"""The shopping list names every part that the wiring and the box ask for."""

import re
from pathlib import Path

import pytest
from netlist import HARDWARE, read_carrier

from hardware import bom, parts

ROWS = bom.read_rows()
BOUGHT_AS = {"carrier": "carrier", "led_green": "led_green", "led_red": "led_red"}


@pytest.mark.parametrize("row", ROWS, ids=[row["part"] for row in ROWS])
def test_row_is_complete(row: dict[str, str]):
    filled = ("group", "part", "manufacturer", "part_number", "where")
    assert all(row[name].strip() for name in filled)
    assert int(row["quantity"]) > 0 and float(row["usd_each"]) > 0
    assert row["optional"] in ("yes", "no")
    assert not re.search(r"https?:|www\.|\.com\b", " ".join(row.values()))


def test_a_button_station_needs_little():
    needed = [row for row in ROWS if row["optional"] == "no"]
    assert {row["where"] for row in needed} == {"pico", "button", "laptop"}
    assert bom.cost_usd(needed) < 15


def test_every_part_of_the_carrier_is_bought_in_number():
    wanted = {part["part"]: part["value"] for part in read_carrier()}
    bought: set[str] = set()
    for row in ROWS:
        names = set(row["where"].split()) & set(wanted)
        if names:
            assert int(row["quantity"]) == len(names), row["part"]
        bought |= names
    assert bought == set(wanted)


def test_value_bought_is_the_value_drawn():
    values = {part["part"]: part["value"] for part in read_carrier()}
    for row in ROWS:
        for name in set(row["where"].split()) & set(values):
            text = row["part"] + row["part_number"]
            first = values[name].replace("500mA", "500 mA")
            assert first in text, (name, row["part"])


def test_every_part_in_the_box_is_bought():
    where = {word for row in ROWS for word in row["where"].split()}
    assert {part.name for part in parts.read()} <= where


def test_readme_holds_the_table_of_the_script():
    page = (HARDWARE / "README.md").read_text(encoding="utf-8")
    assert bom.put_into(page) == page, "python hardware/bom.py --write"
    assert f"about {bom.cost_usd([r for r in ROWS if r['optional'] == 'no']):.0f} USD" in page


def test_pages_link_to_files_that_exist():
    for page in sorted(Path(HARDWARE).glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
