"""The shopping list names every part that the wiring and the box ask for."""

import re
from pathlib import Path

import pytest
from netlist import HARDWARE, read_carrier

from hardware import bom, order, parts
from hardware.board import currents, layout

ROWS = bom.read_rows()


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


@pytest.mark.parametrize("build", ["board", "strip"])
def test_every_part_of_the_carrier_is_bought_in_number(build: str):
    wanted = {part["part"] for part in read_carrier() if part["build"] in ("both", build)}
    wanted = {name for name in wanted if not name.startswith("TP")}
    if build == "board":
        wanted |= {part.ref for part in layout.read() if part.footprint.is_bought}
    bought: set[str] = set()
    for row in ROWS:
        names = set(row["where"].split()) & wanted
        if names and row["build"] in ("both", build):
            pieces = 2 * len(names) if names == {"A1"} else len(names)
            assert int(row["quantity"]) == pieces, row["part"]
            assert not names & bought or names <= {"J7", "J8"}, row["part"]
            bought |= names
    assert bought == wanted


def test_value_bought_is_the_value_drawn():
    values = {part["part"]: part["value"] for part in read_carrier()}
    for row in ROWS:
        for name in set(row["where"].split()) & set(values):
            assert values[name] in row["part"] + row["part_number"], (name, row["part"])


def test_every_part_has_a_second_source():
    for row in ROWS:
        assert row["second_source"].strip(), row["part"]
        assert row["second_source"] != row["part_number"]
        assert row["build"] in ("both", "board", "strip") and int(row["spares_of_ten"]) >= 0


def test_distributors_numbers_look_like_theirs():
    """Mouser: three digits of the maker and his number; LCSC: C and digits."""
    for row in ROWS:
        assert re.fullmatch(r"(\d{2,3}-\S+)?", row["mouser"]), row
        assert re.fullmatch(r"(C\d{3,8})?", row["lcsc"]), row


def test_every_part_in_the_box_is_bought():
    where = {word for row in ROWS for word in row["where"].split()}
    assert {part.name for part in parts.read()} <= where


def test_order_list_is_made_of_the_table():
    for build in ("board", "strip"):
        kept = (HARDWARE / f"order-ten-{build}.csv").read_text(encoding="utf-8")
        assert kept == order.order_list(10, build), "python -m hardware.order --write"
    page = (HARDWARE / "ten.md").read_text(encoding="utf-8")
    assert order.put_into(page) == page, "python -m hardware.order --write"


def test_ten_stations_need_ten_times_the_parts_and_the_spares():
    for row in order.rows(10, "board"):
        assert row.pieces == 10 * row.each + row.spares
    assert order.rows(1, "board")[0].spares == 0


def test_hours_of_ten_are_less_than_ten_times_one():
    one, ten = order.minutes(1, "board"), order.minutes(10, "board")
    assert ten < 10 * one
    assert order.minutes(10, "strip") > 1.5 * ten


def test_board_page_holds_the_tables_of_currents():
    page = (HARDWARE / "board" / "README.md").read_text(encoding="utf-8")
    assert currents.put_into(page) == page, "python -m hardware.board.currents --write"


def test_currents_leave_room():
    assert currents.peak_3v3_ma() < currents.REGULATOR_TOLD_MA
    assert currents.peak_3v3_ma() + currents.PICO_MA < currents.REGULATOR_MAX_MA / 2
    for net in layout.POWER:
        width = layout.net_class(net)[1]
        assert currents.carries_a(width) > 2 * currents.supply_a(2.7)
        assert all(t.width >= width for t in layout.tracks() if t.net == net and t.layer)
    for _, volts, ohm in currents.CELLS:
        assert currents.drops_v(volts, ohm)[1] > 1.8  # RT6150 runs from 1.8 V
    assert 45 < currents.line_ohm(layout.RF_MM) < 55


def test_readme_holds_the_table_of_the_script():
    page = (HARDWARE / "README.md").read_text(encoding="utf-8")
    assert bom.put_into(page) == page, "python hardware/bom.py --write"
    assert f"about {bom.cost_usd([r for r in ROWS if r['optional'] == 'no']):.0f} USD" in page


def test_pages_link_to_files_that_exist():
    for page in sorted(Path(HARDWARE).rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
