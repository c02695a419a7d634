"""Writes the schematic for people and for ERC: gate.kicad_sch and its symbol library.

Every pin carries the name of its net, and beside each part stands the reason for it, from
carrier.csv. Parts of one job stand together.
"""

import math
from pathlib import Path

from hardware.board import symbols
from hardware.board.layout import Placed
from hardware.board.sexpr import Node, Word, at, dump, identity, w
from hardware.board.symbols import Pin, Symbol

VERSION = "20250114"
ROOT = str(identity("sheet")[1])
GROUPS = (
    ("Button and its cable", ("D2", "R1", "R2", "C1")),
    ("Battery, USB, what the station knows of them", ("F1", "D1", "C3", "D3", "R3", "R4", "C2")),
    ("No write to flash below 2.93 V", ("U1",)),
    ("Lights and sounder, push-pull", ("R6", "R7", "R8", "R10", "R9")),
    ("Clock", ("R5", "C10")),
    ("Radio and antenna", ("C5", "C6", "C7", "R11")),
    ("Reader", ("C8", "C9")),
    ("Test points", ("TP1", "TP2", "TP3", "TP4", "TP5")),
)
PLUGS = ("J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8")
GRID = 2.54


def _text(words: str, x: float, y: float, size: float = 1.27) -> list[Node]:
    return w(
        "text", words, w("exclude_from_sim", Word("no")), at(x, y, 0),
        symbols.effects(size, w("justify", Word("left"))), identity("note", words, x, y),
    )  # fmt: skip


def _label(net: str, x: float, y: float, is_left: bool) -> list[Node]:
    side = w("justify", Word("right" if is_left else "left"))
    return w(
        "global_label", net, w("shape", Word("passive")), at(x, y, 180 if is_left else 0),
        symbols.effects(1.1, side), identity("label", net, x, y),
    )  # fmt: skip


def _property(name: str, value: str, x: float, y: float, hidden: bool = False) -> list[Node]:
    more = [w("hide", Word("yes"))] if hidden else []
    return w("property", name, value, at(x, y, 0), symbols.effects(1.27, *more))


def _instance(symbol: Symbol, ref: str, value: str, footprint: str, x: float, y: float,
              uuid: str, is_bought: bool) -> list[Node]:  # fmt: skip
    above = max((box[1] for box in symbol.boxes), default=1.5) + 0.9
    is_flag = ref.startswith("#")
    out = w(
        "symbol", w("lib_id", f"gate:{symbol.name}"), at(x, y, 0), w("unit", 1),
        w("exclude_from_sim", Word("no")), w("in_bom", Word("yes" if is_bought else "no")),
        w("on_board", Word("no" if is_flag else "yes")), w("dnp", Word("no")), w("uuid", uuid),
        _property("Reference", ref, x - 2.0, y - above, is_flag),
        _property("Value", value, x + 4.5, y - above, is_flag or value == ref),
        _property("Footprint", footprint, x, y, True),
        _property("Datasheet", "", x, y, True),
        _property("Description", "", x, y, True),
    )  # fmt: skip
    out += [w("pin", pin.number, identity("pin", ref, pin.number)) for pin in symbol.pins]
    path = w("path", f"/{ROOT}", w("reference", ref), w("unit", 1))
    return [*out, w("instances", w("project", "gate", path))]


def _ends(symbol: Symbol, nets: dict[str, str], x: float, y: float, ref: str) -> list[list[Node]]:
    """A label at every pin that has a net, a cross at every other."""
    out: list[list[Node]] = []
    for pin in symbol.pins:
        px, py = x + pin.x, y - pin.y
        net = nets.get(pin.number, "")
        if net:
            out.append(_label(net, px, py, _looks_left(pin)))
        else:
            out.append(w("no_connect", at(px, py), identity("none", ref, pin.number)))
    return out


def _looks_left(pin: Pin) -> bool:
    return pin.angle == 0


def _part(placed: Placed, symbol: Symbol, x: float, y: float) -> list[list[Node]]:
    footprint = f"gate:{placed.footprint.name}"
    return [
        _instance(symbol, placed.ref, placed.value, footprint, x, y, symbols.key(placed),
                  placed.footprint.is_bought),
        *_ends(symbol, placed.nets, x, y, placed.ref),
    ]  # fmt: skip


def _sheet(parts: list[Placed]) -> list[list[Node]]:
    by_ref = {placed.ref: placed for placed in parts}
    out: list[list[Node]] = []

    def put(ref: str, x: float, y: float) -> Symbol:
        placed = by_ref[ref]
        symbol = symbols.of(placed)
        assert symbol is not None
        out.extend(_part(placed, symbol, x, y))
        return symbol

    put("A1", 24 * GRID, 30 * GRID)
    y = 8.0
    for ref in PLUGS:
        rows = len(by_ref[ref].footprint.pads)
        put(ref, 62 * GRID, (y + rows // 2) * GRID)
        y += rows + 4
    y = 10.0
    for title, refs in GROUPS:
        out.append(_text(title, 84 * GRID, (y - 2.2) * GRID, 1.8))
        for ref in refs:
            rows = 4 if by_ref[ref].footprint.name.startswith("SOT23") else 1
            put(ref, 95 * GRID, (y + rows // 2) * GRID)
            if by_ref[ref].why and by_ref[ref].why != "The same":
                out.append(_text(by_ref[ref].why, 107 * GRID, (y + rows // 2) * GRID, 1.1))
            y += 2 if rows == 1 else rows + 2
        y += 2.6
        y = float(math.ceil(y))
    for number, net in enumerate(("GND", "VSYS"), 1):
        ref = f"#FLG0{number}"
        x, flag_y = (10 + 14 * number) * GRID, 46 * GRID
        out.append(
            _instance(symbols.FLAG, ref, "Flag", "", x, flag_y, str(identity(ref)[1]), False)
        )
        out.append(_label(net, x, flag_y, False))
    out.append(_text("Power comes in here", 20 * GRID, 44 * GRID, 1.3))
    return out


def schematic(parts: list[Placed]) -> str:
    """The text of gate.kicad_sch."""
    used = {symbol.name: symbol for placed in parts if (symbol := symbols.of(placed))}
    library = [symbols.definition(symbol, "gate") for symbol in used.values()]
    library.append(symbols.definition(symbols.FLAG, "gate", is_on_board=False))
    root = w(
        "kicad_sch", w("version", Word(VERSION)), w("generator", "yellowgate"),
        w("generator_version", "9.0"), w("uuid", ROOT), w("paper", "A3"),
        w("title_block", w("title", "Yellow Gate carrier"),
          w("comment", 1, "Made from wiring.yml, carrier.csv and board.csv: edit those")),
        w("lib_symbols", *library), *_sheet(parts),
        w("sheet_instances", w("path", "/", w("page", "1"))), w("embedded_fonts", Word("no")),
    )  # fmt: skip
    return dump(root) + "\n"


def write(folder: Path, parts: list[Placed]) -> None:
    """The schematic and the symbols it uses, into folder."""
    (folder / "gate.kicad_sch").write_text(schematic(parts), encoding="utf-8")
    used = {symbol.name: symbol for placed in parts if (symbol := symbols.of(placed))}
    library = [symbols.definition(symbol, "") for symbol in used.values()]
    library.append(symbols.definition(symbols.FLAG, "", is_on_board=False))
    root = w(
        "kicad_symbol_lib", w("version", Word("20241209")), w("generator", "yellowgate"),
        w("generator_version", "9.0"), *library,
    )  # fmt: skip
    (folder / "gate.kicad_sym").write_text(dump(root) + "\n", encoding="utf-8")
    table = '(sym_lib_table\n  (version 7)\n  (lib (name "gate")(type "KiCad")'
    table += '(uri "${KIPRJMOD}/gate.kicad_sym")(options "")(descr "Symbols of the carrier"))\n)\n'
    (folder / "sym-lib-table").write_text(table, encoding="utf-8")
