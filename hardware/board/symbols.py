"""The symbols of the schematic: pins with their electrical kinds, so that ERC has teeth."""

from dataclasses import dataclass

from hardware.board.layout import Placed
from hardware.board.sexpr import Node, Word, at, identity, mm, w, xy

Line = tuple[float, float, float, float]
PITCH = 2.54


@dataclass(frozen=True)
class Pin:
    """Where a wire meets the symbol (y up), which way the pin looks, what ERC may expect."""

    number: str
    name: str
    kind: str
    x: float
    y: float
    angle: int  # 0: the body lies to the right of the end


@dataclass(frozen=True)
class Symbol:
    """A drawing of lines and boxes with pins."""

    name: str
    pins: tuple[Pin, ...]
    lines: tuple[Line, ...] = ()
    boxes: tuple[Line, ...] = ()
    shows_names: bool = False


def _two(name: str, kinds: tuple[str, str] = ("passive", "passive"),
         names: tuple[str, str] = ("1", "2"), lines: tuple[Line, ...] = (),
         boxes: tuple[Line, ...] = (), order: tuple[str, str] = ("1", "2")) -> Symbol:  # fmt: skip
    pins = (
        Pin(order[0], names[0], kinds[0], -5.08, 0, 0),
        Pin(order[1], names[1], kinds[1], 5.08, 0, 180),
    )
    return Symbol(name, pins, lines, boxes)


_PLATES = ((-2.54, 0, -0.5, 0), (0.5, 0, 2.54, 0), (-0.5, -1.5, -0.5, 1.5), (0.5, -1.5, 0.5, 1.5))
_DIODE = (
    (-2.54, 0, 2.54, 0), (-1.27, 1.27, -1.27, -1.27), (-1.27, 1.27, 1.27, 0),
    (-1.27, -1.27, 1.27, 0), (1.27, 1.27, 1.27, -1.27),
)  # fmt: skip
_PLUS = ((-2.2, 1.2, -1.2, 1.2), (-1.7, 0.7, -1.7, 1.7))

PICO_KINDS = {
    "GND": "power_in", "AGND": "power_in", "VSYS": "power_in", "VBUS": "power_out",
    "3V3": "power_out", "3V3_EN": "input", "RUN": "input", "ADC_VREF": "passive",
}  # fmt: skip
_USBLC6 = {"1": "IO1", "2": "GND", "3": "IO2", "4": "IO2", "5": "VBUS", "6": "IO1"}


def _block(name: str, left: list[tuple[str, str, str]], right: list[tuple[str, str, str]],
           half: float) -> Symbol:  # fmt: skip
    """A box with pins (number, name, kind) on both sides, from the top."""
    rows = max(len(left), len(right))
    top = PITCH * (rows - 1) / 2
    top -= top % PITCH  # on the grid
    pins = [
        Pin(number, label, kind, -half - PITCH, top - PITCH * row, 0)
        for row, (number, label, kind) in enumerate(left)
    ]
    pins += [
        Pin(number, label, kind, half + PITCH, top - PITCH * row, 180)
        for row, (number, label, kind) in enumerate(right)
    ]
    box = (-half, top + PITCH, half, top - PITCH * rows)
    return Symbol(name, tuple(pins), (), (box,), True)


def _pico(placed: Placed) -> Symbol:
    def row(pin: int) -> tuple[str, str, str]:
        label = placed.labels[str(pin)]
        return str(pin), label, PICO_KINDS.get(label, "bidirectional")

    return _block(
        "Pico", [row(pin) for pin in range(1, 21)], [row(pin) for pin in range(40, 20, -1)], 12.7
    )


def _plug(placed: Placed) -> Symbol:
    rows = [
        (pad.number, placed.labels.get(pad.number, "free"), "passive")
        for pad in placed.footprint.pads
    ]
    return _block("Plug_" + placed.ref, rows, [], 7.62)


def of(placed: Placed) -> Symbol | None:
    """The symbol of a part on the board; None for a screw hole."""
    prefix = placed.ref.rstrip("0123456789")
    if prefix == "H":
        return None
    if prefix == "A":
        return _pico(placed)
    if prefix == "J":
        return _plug(placed)
    if prefix == "TP":
        return Symbol("TestPoint", (Pin("1", "1", "passive", -5.08, 0, 0),),
                      ((-2.54, 0, -1, 0),), ((-1, 0.8, 0.8, -0.8),))  # fmt: skip
    if placed.footprint.name == "SOT23_6":
        names = [(n, _USBLC6[n], "passive") for n in ("1", "6", "2")]
        return _block("USBLC6", names, [(n, _USBLC6[n], "passive") for n in ("5", "3", "4")], 6.35)
    if placed.footprint.name == "SOT23":
        left = [("2", "RESET", "open_collector"), ("3", "VDD", "power_in")]
        return _block("Supervisor", [*left, ("1", "GND", "power_in")], [], 6.35)
    return {
        "R": _two("R", boxes=((-2.54, 1, 2.54, -1),)),
        "F": _two("Fuse", boxes=((-2.54, 1, 2.54, -1),), lines=((-2.54, 0, 2.54, 0),)),
        "C": _two("C_plus", lines=_PLATES + _PLUS) if placed.ref == "C3"
        else _two("C", lines=_PLATES),
        "D": _two("Schottky", names=("A", "K"), lines=_DIODE) if placed.ref == "D1"
        else _two("TVS", names=("A", "K"), lines=_DIODE),
    }[prefix]  # fmt: skip


FLAG = Symbol("Flag", (Pin("1", "pwr", "power_out", 0, 0, 90),), ((0, 0, 0, 1), (-1, 2, 0, 1),
              (1, 2, 0, 1), (-1, 2, 1, 2)))  # fmt: skip


def effects(size: float = 1.27, *more: Node) -> list[Node]:
    """A font of this size."""
    return w("effects", w("font", w("size", mm(size), mm(size))), *more)


def definition(symbol: Symbol, library: str, is_on_board: bool = True) -> list[Node]:
    """The symbol as the schematic's own library holds it."""
    stroke = w("stroke", w("width", 0.2), w("type", Word("default")))
    fill = w("fill", w("type", Word("none")))
    drawn: list[Node] = [
        w("polyline", w("pts", xy("xy", a, b), xy("xy", c, d)), stroke, fill)
        for a, b, c, d in symbol.lines
    ]
    drawn += [
        w("rectangle", xy("start", a, b), xy("end", c, d), stroke,
          w("fill", w("type", Word("background" if symbol.shows_names else "none"))))
        for a, b, c, d in symbol.boxes
    ]  # fmt: skip
    pins: list[Node] = [
        w("pin", Word(pin.kind), Word("line"), at(pin.x, pin.y, pin.angle), w("length", mm(PITCH)),
          w("name", pin.name, effects(1.0)), w("number", pin.number, effects(0.9)))
        for pin in symbol.pins
    ]  # fmt: skip
    out = w("symbol", f"{library}:{symbol.name}" if library else symbol.name)
    if not is_on_board:
        out.append(w("power"))
    if not symbol.shows_names:
        out.append(w("pin_numbers", w("hide", Word("yes"))))
        out.append(w("pin_names", w("offset", 0), w("hide", Word("yes"))))
    yes = Word("yes" if is_on_board else "no")
    out += [w("exclude_from_sim", Word("no")), w("in_bom", yes), w("on_board", yes)]
    for name, value in (("Reference", "X" if is_on_board else "#FLG"), ("Value", symbol.name),
                        ("Footprint", ""), ("Datasheet", ""), ("Description", "")):  # fmt: skip
        hidden: list[list[Node]] = (
            [] if name in ("Reference", "Value") else [w("hide", Word("yes"))]
        )
        out.append(w("property", name, value, at(0, 3.81, 0), effects(1.27, *hidden)))
    out.append(w("symbol", f"{symbol.name}_0_1", *drawn))
    out.append(w("symbol", f"{symbol.name}_1_1", *pins))
    out.append(w("embedded_fonts", Word("no")))
    return out


def key(placed: Placed) -> str:
    """The uuid of a part's symbol: what ties the footprint to it."""
    return str(identity("symbol", placed.ref)[1])
