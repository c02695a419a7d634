"""Writes the board as KiCad reads it: gate.kicad_pcb, its project, rules and footprint library."""

import json
from pathlib import Path

from hardware.board import layout, symbols
from hardware.board.footprints import ALL, Footprint, Pad
from hardware.board.layout import Placed, Track
from hardware.board.sexpr import Node, Word, at, dump, identity, mm, w, xy

LIBRARY = "gate"
PAGE_X, PAGE_Y = 100.0, 60.0  # where the board lies on KiCad's page
VERSION = "20241229"  # of KiCad 9's board format
LAYERS: tuple[tuple[int, str, str], ...] = (
    (0, "F.Cu", "signal"), (2, "B.Cu", "signal"), (9, "F.Adhes", "user"), (11, "B.Adhes", "user"),
    (13, "F.Paste", "user"), (15, "B.Paste", "user"), (5, "F.SilkS", "user"),
    (7, "B.SilkS", "user"), (1, "F.Mask", "user"), (3, "B.Mask", "user"), (25, "Edge.Cuts", "user"),
    (27, "Margin", "user"), (31, "F.CrtYd", "user"), (29, "B.CrtYd", "user"), (35, "F.Fab", "user"),
    (33, "B.Fab", "user"),
)  # fmt: skip
Fills = dict[str, list[list[tuple[float, float]]]]  # layer -> outlines, on KiCad's page


def _effects(size: float, bold: bool = False) -> list[Node]:
    thick = mm(size * (0.2 if bold else 0.15))
    return w("effects", w("font", w("size", mm(size), mm(size)), w("thickness", thick)))


def _line(a: tuple[float, float], b: tuple[float, float], layer: str, width: float,
          *key: object) -> list[Node]:  # fmt: skip
    kind = "fp_line" if key[0] == "fp" else "gr_line"
    return w(
        kind, xy("start", *a), xy("end", *b),
        w("stroke", w("width", mm(width)), w("type", Word("solid"))),
        w("layer", layer), identity(kind, layer, *a, *b, *key),
    )  # fmt: skip


def _pad(pad: Pad, angle: float, net: Node | None, key: str) -> list[Node]:
    if not pad.plated:
        kind, layers = "np_thru_hole", ["*.Cu", "*.Mask"]
    elif pad.drill:
        kind, layers = "thru_hole", ["*.Cu", "*.Mask"]
    else:
        kind, layers = "smd", ["F.Cu", "F.Mask", "F.Paste"]
    out = w("pad", pad.number, Word(kind), Word(pad.shape), at(pad.x, pad.y, angle))
    out.append(xy("size", pad.width, pad.height))
    if pad.drill:
        out.append(w("drill", mm(pad.drill)))
    out.append(w("layers", *layers))
    if pad.drill and pad.plated:
        out.append(w("remove_unused_layers", Word("no")))
    if pad.shape == "roundrect":
        out.append(w("roundrect_rratio", 0.2))
    if net is not None:
        out.append(net)
    out.append(identity("pad", key, pad.number, pad.x, pad.y))
    return out


def _graphics(footprint: Footprint, key: str) -> list[list[Node]]:
    out = [_line((a, b), (c, d), "F.SilkS", 0.12, "fp", key) for a, b, c, d in footprint.silk]
    for left, top, right, bottom in footprint.yards or (footprint.yard,):
        out.append(
            w("fp_rect", xy("start", left, top), xy("end", right, bottom),
              w("stroke", w("width", 0.05), w("type", Word("solid"))), w("fill", Word("no")),
              w("layer", "F.CrtYd"), identity("yard", key, left))
        )  # fmt: skip
    return out


def _attributes(footprint: Footprint) -> list[Node]:
    words: list[Node] = [Word("smd" if footprint.is_smd else "through_hole")]
    if not footprint.is_bought:
        words += [Word("exclude_from_pos_files"), Word("exclude_from_bom")]
    return w("attr", *words)


def _property(name: str, value: str, x: float, y: float, layer: str, size: float, key: str,
              hidden: bool = False, angle: float = 0) -> list[Node]:  # fmt: skip
    out = w("property", name, value, at(x, y, angle), w("layer", layer))
    if hidden:
        out.append(w("hide", Word("yes")))
    return [*out, identity("property", name, key), _effects(size)]


def _text_at(placed: Placed) -> tuple[float, float]:
    words = placed.text.split()
    if len(words) == 2 and placed.ref != "TP1":
        return float(words[0]), float(words[1])
    left, _, right, _ = placed.footprint.yard
    if placed.ref.startswith("TP"):
        return 0, 1.9
    return (left + right) / 2 - 4.6, -3.45 if placed.y < 10 else -3.35


def _model(footprint: Footprint) -> list[list[Node]]:
    if not footprint.bodies:
        return []
    place = w("offset", w("xyz", 0, 0, 0)), w("scale", w("xyz", 1, 1, 1))
    path = "${KIPRJMOD}/models/" + footprint.name + ".step"
    return [w("model", path, *place, w("rotate", w("xyz", 0, 0, 0)))]


def _placed(placed: Placed, codes: dict[str, int]) -> list[Node]:
    footprint, key = placed.footprint, placed.ref
    text_x, text_y = _text_at(placed)
    is_loose = placed.ref.startswith("H")
    out = w(
        "footprint", f"{LIBRARY}:{footprint.name}", w("layer", "F.Cu"),
        identity("footprint", key), at(PAGE_X + placed.x, PAGE_Y + placed.y, placed.angle),
        w("descr", footprint.what),
        _property("Reference", placed.ref, *_turned(placed, text_x, text_y), "F.SilkS", 0.8, key,
                  is_loose, placed.angle),
        _property("Value", placed.value, 0, 0, "F.Fab", 0.8, key),
    )  # fmt: skip
    if not is_loose:
        out.append(w("path", "/" + symbols.key(placed)))
        out.append(w("sheetname", "/"))
        out.append(w("sheetfile", "gate.kicad_sch"))
    attributes = _attributes(footprint)
    if is_loose:
        attributes.append(Word("board_only"))
    out.append(attributes)
    out += _graphics(footprint, key)
    for pad in footprint.pads:
        net = placed.nets.get(pad.number, "")
        if not net and pad.plated:
            net = unconnected(placed, pad.number)
        node = w("net", codes[net], net) if net else None
        out.append(_pad(pad, placed.angle, node, key))
    out.append(w("embedded_fonts", Word("no")))
    return [*out, *_model(footprint)]


def _turned(placed: Placed, x: float, y: float) -> tuple[float, float]:
    """A point given as seen on the board, in the footprint's own frame."""
    turned = Placed(
        placed.ref, "", "", placed.footprint, 0, 0, -placed.angle, {}, {}, ""
    )  # fmt: skip
    return turned.point(x, y)


def unconnected(placed: Placed, pad: str) -> str:
    """What KiCad calls the net of a pad that nothing is tied to."""
    symbol = symbols.of(placed)
    names = {pin.number: pin.name for pin in symbol.pins} if symbol else {}
    return f"unconnected-({placed.ref}-{names.get(pad, pad)}-Pad{pad})"


def net_codes(parts: list[Placed]) -> dict[str, int]:
    """All nets, numbered."""
    names = {net for placed in parts for net in placed.nets.values() if net}
    for placed in parts:
        names |= {
            unconnected(placed, pad.number)
            for pad in placed.footprint.pads
            if pad.plated and not placed.nets.get(pad.number)
        }
    return {name: code for code, name in enumerate(sorted(names), 1)}


def _outline() -> list[list[Node]]:
    """The edge: a rectangle with round corners."""
    x1, y1 = PAGE_X, PAGE_Y
    x2, y2, r = PAGE_X + layout.WIDTH, PAGE_Y + layout.HEIGHT, layout.CORNER
    k = r * (1 - 2**-0.5)
    sides = (
        ((x1 + r, y1), (x2 - r, y1)), ((x2, y1 + r), (x2, y2 - r)),
        ((x2 - r, y2), (x1 + r, y2)), ((x1, y2 - r), (x1, y1 + r)),
    )  # fmt: skip
    arcs = (
        ((x1, y1 + r), (x1 + k, y1 + k), (x1 + r, y1)),
        ((x2 - r, y1), (x2 - k, y1 + k), (x2, y1 + r)),
        ((x2, y2 - r), (x2 - k, y2 - k), (x2 - r, y2)),
        ((x1 + r, y2), (x1 + k, y2 - k), (x1, y2 - r)),
    )
    stroke = w("stroke", w("width", 0.1), w("type", Word("solid")))
    return [_line(a, b, "Edge.Cuts", 0.1, "edge") for a, b in sides] + [
        w("gr_arc", xy("start", *a), xy("mid", *b), xy("end", *c), stroke, w("layer", "Edge.Cuts"),
          identity("arc", *a))
        for a, b, c in arcs
    ]  # fmt: skip


def _label(text: str, x: float, y: float, size: float, layer: str = "F.SilkS",
           bold: bool = False) -> list[Node]:  # fmt: skip
    effects = _effects(size, bold)
    if layer.startswith("B."):
        effects.append(w("justify", Word("mirror")))
    return w(
        "gr_text", text, at(PAGE_X + x, PAGE_Y + y, 0), w("layer", layer),
        identity("text", text, x, y), effects,
    )  # fmt: skip


def _labels(parts: list[Placed]) -> list[list[Node]]:
    """What a person with an iron reads: plugs, their pins, test points."""
    out: list[list[Node]] = []
    for placed in parts:
        left, top, right, bottom = placed.footprint.yard
        if placed.footprint.name.startswith("XH"):
            middle = placed.x + (left + right) / 2
            out.append(_label(placed.value, middle + 0.8, placed.y + top - 0.6, 1.0, bold=True))
            for pad in placed.footprint.pads:
                name = SHORT.get(placed.labels.get(pad.number, ""), placed.labels.get(pad.number))
                if name:
                    out.append(_label(name, placed.x + pad.x, placed.y + bottom + 0.3, 0.7))
        if placed.ref.startswith("TP"):
            out.append(_label(placed.value, placed.x, placed.y - 1.9, 0.9))
    out += [_label(text, x, y, size, bold=True) for text, x, y, size in TITLES]
    out.append(_label("Yellow Gate carrier", 40, 44, 2.0, "B.SilkS", True))
    out.append(_label("parts on the other side", 40, 47.5, 1.2, "B.SilkS"))
    return out


SHORT = {
    "anode": "+", "cathode": "-", "plus": "+", "minus": "-", "RSTPD": "RST", "1": "1", "2": "2"
}  # fmt: skip
TITLES = (
    ("YELLOW GATE carrier", 40.5, 43.2, 1.6), ("Pico: USB down", 15, 19, 1.2),
    ("radio", 55, 48.9, 0.9), ("antenna", 72.2, 48.6, 0.9),
    ("3 cells: + at the left", 64.2, 30.9 + 5.9, 0.8),
)  # fmt: skip


def _copper(tracks: list[Track], codes: dict[str, int]) -> list[list[Node]]:
    out: list[list[Node]] = []
    for number, track in enumerate(tracks):
        a = PAGE_X + track.x1, PAGE_Y + track.y1
        b = PAGE_X + track.x2, PAGE_Y + track.y2
        key = identity("track", number, track.net, track.layer, *a, *b)
        if track.layer:
            out.append(
                w("segment", xy("start", *a), xy("end", *b), w("width", mm(track.width)),
                  w("layer", track.layer), w("net", codes[track.net]), key)
            )  # fmt: skip
        else:
            out.append(
                w("via", at(*a), w("size", mm(layout.VIA_MM)), w("drill", mm(layout.VIA_HOLE_MM)),
                  w("layers", "F.Cu", "B.Cu"), w("net", codes[track.net]), key)
            )  # fmt: skip
    return out


def _zones(codes: dict[str, int], fills: Fills) -> list[list[Node]]:
    inset = layout.EDGE_MM
    x1, y1 = PAGE_X + inset, PAGE_Y + inset
    x2, y2 = PAGE_X + layout.WIDTH - inset, PAGE_Y + layout.HEIGHT - inset
    corners = [xy("xy", x1, y1), xy("xy", x2, y1), xy("xy", x2, y2), xy("xy", x1, y2)]
    out: list[list[Node]] = []
    for layer in ("F.Cu", "B.Cu"):
        zone = w(
            "zone", w("net", codes["GND"]), w("net_name", "GND"), w("layer", layer),
            identity("zone", layer), w("hatch", Word("edge"), 0.5),
            w("connect_pads", w("clearance", 0.25)), w("min_thickness", 0.25),
            w("filled_areas_thickness", Word("no")),
            w("fill", Word("yes"), w("thermal_gap", 0.3), w("thermal_bridge_width", 0.5),
              w("island_removal_mode", 0)),
            w("polygon", w("pts", *corners)),
        )  # fmt: skip
        for outline in fills.get(layer, []):
            points = [xy("xy", x, y) for x, y in outline]
            zone.append(w("filled_polygon", w("layer", layer), w("pts", *points)))
        out.append(zone)
    return out


def board(parts: list[Placed], tracks: list[Track], fills: Fills) -> str:
    """The text of gate.kicad_pcb."""
    codes = net_codes(parts)
    layers = [[Word(str(number)), name, Word(kind)] for number, name, kind in LAYERS]
    root = w(
        "kicad_pcb", w("version", Word(VERSION)), w("generator", "yellowgate"),
        w("generator_version", "9.0"),
        w("general", w("thickness", layout.THICKNESS), w("legacy_teardrops", Word("no"))),
        w("paper", "A4"), w("layers", *layers),
        w("setup", w("pad_to_mask_clearance", 0), w("allow_soldermask_bridges_in_footprints",
                                                    Word("no"))),
        w("net", 0, ""),
    )  # fmt: skip
    root += [w("net", code, name) for name, code in codes.items()]
    root += [_placed(placed, codes) for placed in parts]
    root += _outline() + _labels(parts)
    root += _copper(tracks, codes) + _zones(codes, fills)
    root.append(w("embedded_fonts", Word("no")))
    return dump(root) + "\n"


def library_file(footprint: Footprint) -> str:
    """A footprint of gate.pretty, as the board has it."""
    root = w(
        "footprint", footprint.name, w("version", Word(VERSION)), w("generator", "yellowgate"),
        w("generator_version", "9.0"), w("layer", "F.Cu"), w("descr", footprint.what),
        _property("Reference", "REF**", 0, -1.6, "F.SilkS", 0.8, footprint.name),
        _property("Value", footprint.name, 0, 0, "F.Fab", 0.8, footprint.name),
        _attributes(footprint),
    )  # fmt: skip
    root += _graphics(footprint, footprint.name)
    root += [_pad(pad, 0, None, footprint.name) for pad in footprint.pads]
    root.append(w("embedded_fonts", Word("no")))
    return dump([*root, *_model(footprint)]) + "\n"


RULES = f"""(version 1)
# What the supply currents need: see the table in README.md, computed by currents.py.
(rule "power tracks"
  (condition "A.NetClass == 'Power'")
  (constraint track_width (min {layout.POWER_MM}mm)))
# The RF line has the width that gives 50 ohm with the pour at its sides.
(rule "antenna line"
  (condition "A.NetClass == 'RF'")
  (constraint track_width (min {layout.RF_MM}mm) (max {layout.RF_MM}mm)))
"""


def project() -> str:
    """gate.kicad_pro: net classes and what DRC asks for."""

    def net_class(name: str, width: float, clearance: float, priority: int) -> dict[str, object]:
        return {
            "name": name, "track_width": width, "clearance": clearance,
            "via_diameter": layout.VIA_MM, "via_drill": layout.VIA_HOLE_MM, "priority": priority,
            "wire_width": 6, "bus_width": 12, "line_style": 0, "diff_pair_gap": 0.25,
            "diff_pair_via_gap": 0.25, "diff_pair_width": 0.2, "microvia_diameter": 0.3,
            "microvia_drill": 0.1, "pcb_color": "rgba(0, 0, 0, 0.000)",
            "schematic_color": "rgba(0, 0, 0, 0.000)",
        }  # fmt: skip

    rules = {
        "min_clearance": layout.CLEARANCE_MM, "min_track_width": 0.25, "min_via_diameter": 0.6,
        "min_through_hole_diameter": 0.3, "min_hole_to_hole": 0.5, "min_hole_clearance": 0.25,
        "min_copper_edge_clearance": 0.4, "min_via_annular_width": 0.15, "min_text_height": 0.7,
        "min_text_thickness": 0.1, "min_silk_clearance": 0.0, "min_resolved_spokes": 1,
        "solder_mask_to_copper_clearance": 0.0,
    }  # fmt: skip
    patterns = [{"netclass": "Power", "pattern": net} for net in layout.POWER]
    patterns += [{"netclass": "RF", "pattern": net} for net in layout.RF]
    return json.dumps(
        {
            "board": {"design_settings": {"rules": rules, "defaults": {}}},
            "libraries": {"pinned_footprint_libs": [], "pinned_symbol_libs": []},
            "meta": {"filename": "gate.kicad_pro", "version": 3},
            "net_settings": {
                "classes": [
                    net_class("Default", layout.TRACK_MM, layout.CLEARANCE_MM, 2147483647),
                    net_class("Power", layout.POWER_MM, layout.CLEARANCE_MM, 0),
                    net_class("RF", layout.RF_MM, 0.25, 1),
                ],
                "meta": {"version": 4},
                "netclass_patterns": patterns,
            },
            "schematic": {"legacy_lib_dir": "", "legacy_lib_list": []},
            "sheets": [],
            "text_variables": {},
        },
        indent=2,
    ) + "\n"  # fmt: skip


def write(folder: Path, parts: list[Placed], tracks: list[Track], fills: Fills) -> None:
    """Everything but the schematic, into folder."""
    (folder / "gate.kicad_pcb").write_text(board(parts, tracks, fills), encoding="utf-8")
    (folder / "gate.kicad_pro").write_text(project(), encoding="utf-8")
    (folder / "gate.kicad_dru").write_text(RULES, encoding="utf-8")
    table = '(fp_lib_table\n  (version 7)\n  (lib (name "gate")(type "KiCad")'
    table += '(uri "${KIPRJMOD}/gate.pretty")(options "")(descr "Lands of the carrier"))\n)\n'
    (folder / "fp-lib-table").write_text(table, encoding="utf-8")
    pretty = folder / "gate.pretty"
    pretty.mkdir(exist_ok=True)
    for footprint in ALL.values():
        text = library_file(footprint)
        (pretty / f"{footprint.name}.kicad_mod").write_text(text, encoding="utf-8")
