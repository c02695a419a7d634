"""The carrier board: what KiCad, a second reader and the gerbers say, against wiring and pins."""

import csv
import re
import subprocess
import zipfile
from collections import defaultdict
from pathlib import Path

import boardfile
import pytest
from copper import Copper
from gate_station.board import pins
from netlist import HARDWARE, read_carrier, read_wiring, terminals, wires

from hardware import parts
from hardware.board import layout, make, models, pcb, route, sch

BOARD = HARDWARE / "board"
WIRING = read_wiring()
PARTS = [part for part in read_carrier() if part["build"] != "strip"]
# Legs that are not "from = 1, to = 2". TI SBVS157: TLV803 DBZ is GND 1, RESET 2, VDD 3. ST
# USBLC6-2: line 1 on 1 and 6, ground 2. SMA lands: the band is at 2; D3's cathode is at VBUS.
LEGS = {
    "U1": {"1": "third", "2": "from", "3": "to"},
    "D2": {"1": "from", "6": "from", "2": "to"},
    "D3": {"1": "to", "2": "from"},
}
PAGE = (pcb.PAGE_X, pcb.PAGE_Y)
Groups = set[frozenset[tuple[str, str]]]


def _plugs() -> dict[tuple[str, str], str]:
    """Terminal of the wiring at each pad of a plug, read from board.csv."""
    out: dict[tuple[str, str], str] = {}
    with (BOARD / "board.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["ref"].startswith("J"):
                for number, word in enumerate(row["pads"].split(), 1):
                    if word != "-":
                        out[row["ref"], str(number)] = word
    return out


def _wanted() -> Groups:
    """Pads that must be one net: from wires, parts and plugs, by a way of its own."""
    links: defaultdict[str, set[str]] = defaultdict(set)

    def tie(a: str, b: str) -> None:
        links[a].add(b)
        links[b].add(a)

    for a, b, _ in wires(WIRING):
        tie(a, b)
    for number, label in enumerate(WIRING["connectors"]["PICO"]["pinlabels"], 1):
        tie(f"pad A1 {number}", "PICO:GND" if label == "AGND" else f"PICO:{label}")
    for (ref, number), terminal in _plugs().items():
        tie(f"pad {ref} {number}", terminal)
    for part in PARTS:
        legs = LEGS.get(part["part"], {"1": "from", "2": "to"} if part["to"] else {"1": "from"})
        for number, leg in legs.items():
            tie(f"pad {part['part']} {number}", f"CARRIER:{part[leg]}")
    return _groups(links)


def _groups(links: dict[str, set[str]]) -> Groups:
    out: Groups = set()
    seen: set[str] = set()
    for start in sorted(links):
        if start in seen:
            continue
        group, todo = {start}, [start]
        while todo:
            for near in links[todo.pop()] - group:
                group.add(near)
                todo.append(near)
        seen |= group
        pads = frozenset((w.split()[1], w.split()[2]) for w in group if w.startswith("pad "))
        if len(pads) > 1:
            out.add(pads)
    return out


def _named(pads: list[boardfile.Pad]) -> Groups:
    """Pads of one net by the board file's names."""
    by_net: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for pad in pads:
        if pad.is_plated:
            by_net[pad.net].add((pad.ref, pad.number))
    return {frozenset(group) for group in by_net.values() if len(group) > 1}


def _by_copper(pads: list[boardfile.Pad], copper: Copper) -> Groups:
    """Pads of one net by copper alone. A surface pad is looked at on the top only."""
    by_net: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for pad in pads:
        if pad.is_plated:
            net = copper.net_at(pad.x, -pad.y, 0)
            assert net, f"no copper at {pad.ref} {pad.number}"
            if pad.drill:
                assert copper.net_at(pad.x, -pad.y, 1) == net
            by_net[net].add((pad.ref, pad.number))
    return {frozenset(group) for group in by_net.values() if len(group) > 1}


@pytest.fixture(scope="module")
def pads() -> list[boardfile.Pad]:
    return boardfile.read(BOARD / "gate.kicad_pcb")


@pytest.fixture(scope="module")
def copper() -> Copper:
    return Copper(BOARD / "production" / "gate-gerbers.zip")


# What is tied to what


def test_nets_of_the_board_file_are_those_of_wiring_and_carrier(pads: list[boardfile.Pad]):
    assert _named(pads) == _wanted()


@pytest.mark.slow
def test_copper_of_the_gerbers_ties_together_what_the_wiring_does_and_nothing_else(
    pads: list[boardfile.Pad], copper: Copper
):
    assert _by_copper(pads, copper) == _wanted()


def test_each_pin_of_the_pin_map_reaches_its_plug_or_its_resistor(pads: list[boardfile.Pad]):
    net_of = {(pad.ref, pad.number): pad.net for pad in pads}
    labels = WIRING["connectors"]["PICO"]["pinlabels"]
    gpio = {name: value for name, value in vars(pins).items() if name.isupper()}
    used = {
        label for number, label in enumerate(labels, 1)
        if label.startswith("GP") and not net_of["A1", str(number)].startswith("unconnected")
    }  # fmt: skip
    buses = {"NFC_SPI", "RADIO_SPI", "RTC_I2C"}
    assert used == {f"GP{value}" for name, value in gpio.items() if name not in buses}
    at_reader = {
        word.split(":")[1]: net_of[pad] for pad, word in _plugs().items() if pad[0] == "J1"
    }
    assert at_reader["SCK"] == f"GP{pins.NFC_SCK}" and at_reader["MISO"] == f"GP{pins.NFC_MISO}"
    assert at_reader["RSTPD"] == f"GP{pins.NFC_RSTPD}" and at_reader["IRQ"] == f"GP{pins.NFC_IRQ}"


def test_no_plug_fits_into_anothers_place():
    sizes = [part.footprint.name for part in layout.read() if part.footprint.name.startswith("XH")]
    assert len(sizes) == 6 and len(set(sizes)) == 6


# Gerbers, as gerbonara reads them


def test_outline_and_screw_holes_are_those_of_the_box(copper: Copper):
    left, bottom, right, top = copper.outline
    assert (right - left, top - bottom) == pytest.approx((80.1, 52.1), abs=0.01)  # a 0.1 mm pen
    x0, y0, _ = parts.BOARD_AT_MM
    holes = [
        (x0 + x - PAGE[0], y0 + layout.HEIGHT + PAGE[1] + y) for x, y, _ in copper.holes["bare"]
    ]
    scad = (HARDWARE / "parts.scad").read_text()
    found = re.search(r"^board_holes = \[(.*)\];$", scad, re.M)
    assert found
    posts = [(float(x), float(y)) for x, y in re.findall(r"\[([\d.]+), ([\d.]+)\]", found.group(1))]
    assert sorted((round(x, 3), round(y, 3)) for x, y in holes) == sorted(posts)
    assert {d for _, _, d in copper.holes["bare"]} == {2.2}


def test_every_hole_of_the_board_is_drilled_and_no_other(pads: list[boardfile.Pad], copper: Copper):
    legs = {(round(p.x, 3), round(-p.y, 3), p.drill) for p in pads if p.drill and p.is_plated}
    tree = boardfile.parse((BOARD / "gate.kicad_pcb").read_text(encoding="utf-8"))
    vias = {
        (round(x, 3), round(-y, 3), float(boardfile.one(via, "drill")[0]))
        for via in boardfile.all_of(tree, "via")
        for x, y in [map(float, boardfile.one(via, "at"))]
    }
    drilled = {(round(x, 3), round(y, 3), round(d, 3)) for x, y, d in copper.holes["plated"]}
    assert drilled == legs | vias


def test_archive_has_what_a_board_house_asks_for(copper: Copper):
    names = " ".join(copper.names)
    for wanted in ("F_Cu", "B_Cu", "F_Mask", "B_Mask", "F_Paste", "F_Silkscreen", "Edge_Cuts",
                   "-PTH.drl", "-NPTH.drl"):  # fmt: skip
        assert wanted in names


# Made again, and looked at by KiCad


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything made anew."""
    folder = tmp_path_factory.mktemp("board")
    placed = layout.read()
    make.sources(folder, placed)
    make.production(folder, placed)
    return folder


@pytest.mark.needs("kicad-cli")
def test_everything_made_again_is_equal(made: Path):
    again = {path.relative_to(made): path for path in made.rglob("*") if path.is_file()}
    assert len(again) > 30
    for name, path in again.items():
        if path.suffix not in (".prl",):
            assert path.read_bytes() == (BOARD / name).read_bytes(), (
                f"{name}: python -m hardware.board.make"
            )


def test_sources_without_the_pours_are_made_of_these_tables(tmp_path: Path):
    """What needs no KiCad: schematic, libraries, rules, models."""
    placed = layout.read()
    models.write(tmp_path)
    sch.write(tmp_path, placed)
    pcb.write(tmp_path, placed, layout.tracks(), {})
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix != ".kicad_pcb":
            kept = BOARD / path.relative_to(tmp_path)
            assert kept.read_bytes() == path.read_bytes(), path.name


def _kicad(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["nice", "kicad-cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _drc(folder: Path, name: str = "gate") -> tuple[int, str]:
    """Exit code and the report."""
    report = folder / f"{name}.rpt"
    done = _kicad("pcb", "drc", "--schematic-parity", "--severity-all", "--exit-code-violations",
                  "-o", report, folder / f"{name}.kicad_pcb")  # fmt: skip
    assert report.exists(), done.stdout + done.stderr
    return done.returncode, report.read_text(encoding="utf-8")


@pytest.mark.needs("kicad-cli")
def test_electrical_rules_find_nothing(made: Path):
    report = made / "erc.rpt"
    done = _kicad("sch", "erc", "--severity-all", "--exit-code-violations", "-o", report,
                  made / "gate.kicad_sch")  # fmt: skip
    assert done.returncode == 0, report.read_text(encoding="utf-8")


@pytest.mark.needs("kicad-cli")
def test_electrical_rules_miss_a_pin_left_open(made: Path, tmp_path: Path):
    text = (made / "gate.kicad_sch").read_text(encoding="utf-8")
    broken = tmp_path / "gate.kicad_sch"
    broken.write_text(re.sub(r"\(no_connect \(at [^)]*\) \(uuid [^)]*\)\)", "", text, count=1))
    report = tmp_path / "erc.rpt"
    done = _kicad("sch", "erc", "--exit-code-violations", "-o", report, broken)
    assert done.returncode != 0 and "pin_not_connected" in report.read_text(encoding="utf-8")


@pytest.mark.needs("kicad-cli")
def test_design_rules_and_parity_find_nothing(made: Path):
    code, report = _drc(made)
    assert code == 0, report
    assert "Found 0 unconnected pads" in report and "Found 0 DRC violations" in report
    assert "Found 0 Footprint errors" in report


def _swap_nets(text: str) -> str:
    """The two nets of the radio's first two pins, at the plug."""
    a, b = re.search(r'\(net (\d+) "GP18"\)', text), re.search(r'\(net (\d+) "GP16"\)', text)
    assert a and b
    head, plug = text.split('(property "Reference" "J2"', 1)
    plug, tail = plug.split("(embedded_fonts", 1)
    plug = plug.replace(a[0], "@@").replace(b[0], a[0]).replace("@@", b[0])
    return f'{head}(property "Reference" "J2"{plug}(embedded_fonts{tail}'


def _drop_via(text: str) -> str:
    """The only via of a signal."""
    found = re.search(r'\(net (\d+) "GP20"\)', text)
    assert found
    pattern = (
        r"\t\(via\s(?:(?!\(via\s|\(segment\s|\(zone\s).)*?\(net %s\)(?:(?!\(via\s).)*?\n\t\)\n"
    )
    out, count = re.subn(pattern % found[1], "", text, count=1, flags=re.S)
    assert count == 1
    return out


def _narrow_track(text: str) -> str:
    """One piece of the supply."""
    found = re.search(r'\(net (\d+) "3V3"\)', text)
    assert found
    pattern = r"(\(segment(?:(?!\(segment).)*?\(width )0\.6(\)(?:(?!\(segment).)*?\(net %s\))"
    out, count = re.subn(pattern % found[1], r"\g<1>0.3\2", text, count=1, flags=re.S)
    assert count == 1
    return out


def _move_hole(text: str) -> str:
    """A screw hole by two millimetres, onto copper."""
    at = f"(at {PAGE[0] + 77.6:g} {PAGE[1] + 49:g} 0)"
    assert text.count(at) >= 1
    return text.replace(at, f"(at {PAGE[0] + 75.6:g} {PAGE[1] + 49:g} 0)", 1)


@pytest.mark.needs("kicad-cli")
@pytest.mark.parametrize(
    ("mutate", "finding"),
    [
        (_swap_nets, "net_conflict"),
        (_drop_via, "unconnected_items"),
        (_narrow_track, "track_width"),
        (_move_hole, "clearance"),
    ],
)
def test_a_damaged_board_is_found(made: Path, tmp_path: Path, mutate, finding: str):
    """Each damage turns the design rules red; those that a net's name shows, the netlist too."""
    for name in ("gate.kicad_sch", "gate.kicad_pro", "gate.kicad_dru"):
        (tmp_path / name).write_bytes((made / name).read_bytes())
    text = (made / "gate.kicad_pcb").read_text(encoding="utf-8")
    damaged = mutate(text)
    assert damaged != text
    (tmp_path / "gate.kicad_pcb").write_text(damaged, encoding="utf-8")
    code, report = _drc(tmp_path)
    assert code != 0 and finding in report, report


def test_swapped_nets_show_in_the_netlist():
    text = (BOARD / "gate.kicad_pcb").read_text(encoding="utf-8")
    assert _named(boardfile.pads(boardfile.parse(_swap_nets(text)))) != _wanted()


def test_a_moved_hole_shows_against_the_box():
    text = _move_hole((BOARD / "gate.kicad_pcb").read_text(encoding="utf-8"))
    holes = {(p.x, p.y) for p in boardfile.pads(boardfile.parse(text)) if not p.is_plated}
    x0, y0, _ = parts.BOARD_AT_MM
    posts = {
        (x - x0 + PAGE[0], PAGE[1] + layout.HEIGHT + y0 - y)
        for x, y in parts.board_holes_mm(layout.read())
    }
    assert {(round(x, 3), round(y, 3)) for x, y in holes} != {
        (round(x, 3), round(y, 3)) for x, y in posts
    }


@pytest.mark.slow
def test_gerbers_without_a_via_show_in_the_copper(pads: list[boardfile.Pad], tmp_path: Path):
    """The second proof bites as well: a via that is not drilled leaves its net in two."""
    via = next(track for track in layout.tracks() if not track.layer and track.net == "GP20")
    place = f"X{PAGE[0] + via.x1:.3f}", f"Y{-PAGE[1] - via.y1:.3f}"
    damaged = tmp_path / "gerbers.zip"
    with (
        zipfile.ZipFile(BOARD / "production" / "gate-gerbers.zip") as old,
        zipfile.ZipFile(damaged, "w") as new,
    ):
        for name in old.namelist():
            lines = old.read(name).decode().splitlines(keepends=True)
            if name.endswith("-PTH.drl"):
                kept = [line for line in lines if _drill(line) != place]
                assert len(kept) == len(lines) - 1
                lines = kept
            new.writestr(name, "".join(lines))
    assert _by_copper(pads, Copper(damaged)) != _wanted()


def _drill(line: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"X([\d.-]+)Y([\d.-]+)", line.strip())
    return (f"X{float(found[1]):.3f}", f"Y{float(found[2]):.3f}") if found else None


# Assembly


def test_bill_and_places_name_the_same_surface_parts():
    with (BOARD / "production" / "bom-assembly.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (BOARD / "production" / "pick-and-place.csv").open(encoding="utf-8") as file:
        placed = {row["Designator"] for row in csv.DictReader(file)}
    billed = [name for row in rows for name in row["Designator"].split(",")]
    assert set(billed) == placed and len(billed) == len(placed)
    assert all(re.fullmatch(r"C\d+", row["LCSC Part #"]) for row in rows)
    assert all(row["Part number"] and row["Second source"] for row in rows)


def test_board_keeps_away_from_the_readers_antenna():
    """Copper under the antenna would kill its field: 25 mm at least."""
    reader = next(part for part in parts.read() if part.name == "reader")
    board = parts.board(layout.read())[0]
    gap_mm = reader.at_mm[1] - board.ends_mm()[1]
    assert gap_mm > 25


@pytest.mark.slow
def test_router_finds_the_tracks_that_are_stored():
    assert [
        (t.net, t.layer, t.width, *(round(v, 4) for v in (t.x1, t.y1, t.x2, t.y2)))
        for t in route.route(layout.read())
    ] == [(t.net, t.layer, t.width, t.x1, t.y1, t.x2, t.y2) for t in layout.tracks()]


@pytest.mark.parametrize("name", sorted(make.PICTURES))
def test_picture_is_of_this_board(name: str):
    from PIL import Image

    with Image.open(BOARD / name) as image:
        assert image.info.get("Source") == make.digest(), "python -m hardware.board.make --pictures"


def test_pads_named_in_the_table_exist():
    for (ref, number), terminal in _plugs().items():
        name, label = terminal.split(":")
        assert terminals(WIRING, name, [label]) == [terminal], (ref, number)
