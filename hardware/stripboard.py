"""Plan B: where each leg and wire goes on a stripboard, from carrier.csv and wiring.yml.

    python -m hardware.stripboard       # writes stripboard.csv and stripboard.svg

A strip is a net, GND has two with a link between. No strip is cut. Seen from the parts' side.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from hardware.board import nets

HERE = Path(__file__).parent
ROWS = 15
# Neighbours are what a part joins; GND, 3V3, RUN in the order of the supervisor's legs.
STRIPS = (
    "BAT", "FUSED", "VSYS", "GP26", "GND", "3V3", "RUN", "GP6", "GP15", "BTN", "GND",
    "GP2", "LED_G", "GP3", "LED_R", "GP22", "BUZ", "BUZ2", "GP7", "",
)  # fmt: skip
FAT = ("C3", "C4")  # 6.3 and 5 mm across: the rows beside them stay free
LETTERS = "ABCDEFGHIJKLMNO"
STEP, LEFT, TOP = 8.8, 17.0, 40.0  # of the drawing, mm
COLOURS = {
    "BK": "#111", "RD": "#d00000", "OG": "#f08000", "YE": "#d8b400", "GN": "#00a030",
    "BU": "#1040d0", "WH": "#999", "VT": "#8020b0", "GY": "#666", "PK": "#e060a0", "BN": "#704010",
}  # fmt: skip


@dataclass(frozen=True)
class End:
    """One hole: strip from 0, row from 0, who sits there, where a wire comes from."""

    strip: int
    row: int
    who: str
    leg: str
    far: str = ""
    colour: str = ""


def _strips_of(net: str) -> list[int]:
    """Raises ValueError for a net that has no strip."""
    found = [at for at, name in enumerate(STRIPS) if name == net]
    if not found:
        raise ValueError(f"no strip is called {net}")
    return found


def _legs(part: nets.CarrierPart) -> list[tuple[str, int]]:
    """Strip of each leg; of several the nearest to the part's other leg."""
    others = [at for net in part.ends.values() for at in _strips_of(net) if net != "GND"]
    middle = sum(others) / len(others)
    return [
        (leg, min(_strips_of(net), key=lambda at: abs(at - middle)))
        for leg, net in part.ends.items()
    ]


def layout(holes: int = ROWS) -> list[End]:
    """Every hole that is used, on strips of so many holes. Raises ValueError when one is full."""
    used: set[tuple[int, int]] = set()
    ends: list[End] = []

    def put(who: str, legs: list[tuple[str, int]]) -> None:
        low, high = min(at for _, at in legs), max(at for _, at in legs)
        for row in range(holes):
            wide = 1 if who in FAT else 0
            rows = range(max(0, row - wide), min(holes, row + wide + 1))
            body = {(at, near) for at in range(low, high + 1) for near in rows}
            if not body & used:
                used.update(body)
                ends.extend(End(at, row, who, leg) for leg, at in legs)
                return
        raise ValueError(f"no row left for {who}")

    first, second = _strips_of("GND")
    put("link", [("from", first), ("to", second)])
    parts = nets.read_carrier("strip")
    for part in sorted(parts, key=lambda part: (part.name not in FAT, -_span(part))):
        put(part.name, _legs(part))
    for net, far, colour, name in _wires():
        free = [
            (row, at)
            for at in _strips_of(net)
            for row in range(holes - 1, -1, -1)
            if (at, row) not in used
        ]
        if not free:
            raise ValueError(f"no hole left for {name} on {net}")
        row, at = max(free)
        used.add((at, row))
        ends.append(End(at, row, name, "wire", far, colour))
    return ends


def _span(part: nets.CarrierPart) -> int:
    strips = [at for _, at in _legs(part)]
    return max(strips) - min(strips)


def _wires() -> list[tuple[str, str, str, str]]:
    """(net, far end, colour, name) of each wire that ends on the stripboard."""
    wiring = nets.read_wiring()
    out: list[tuple[str, str, str, str]] = []
    for left, cable, right in wiring["connections"]:
        (bundle,) = cable
        colours = wiring["cables"][bundle]["colors"]
        ends = _labels(left), _labels(right)
        for number, (a, b) in enumerate(zip(*ends, strict=True)):
            for here, far in ((a, b), (b, a)):
                if here[0] == "CARRIER" and here[1] in STRIPS and "ANT" not in (a[1], b[1]):
                    if {a[0], b[0]} & {"ANTENNA"} or "SHIELD" in (a[1], b[1]):
                        continue  # the antenna's cable goes straight to the radio
                    out.append(
                        (here[1], f"{far[0]} {far[1]}", colours[number], f"{bundle}.{number + 1}")
                    )
    return out


def _labels(end: dict[str, list[object]]) -> list[tuple[str, str]]:
    ((name, pins),) = end.items()
    return [(name, str(pin)) for pin in pins]


def table(ends: list[End]) -> str:
    """stripboard.csv: every hole that is used."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("strip", "net", "row", "what", "leg", "far_end", "colour"))
    for end in sorted(ends, key=lambda end: (end.strip, end.row)):
        writer.writerow(
            (end.strip + 1, STRIPS[end.strip], LETTERS[end.row], end.who, end.leg, end.far,
             end.colour)
        )  # fmt: skip
    return out.getvalue()


def _place(strip: float, row: float) -> tuple[float, float]:
    return LEFT + strip * STEP, TOP + row * STEP


def _text(x: float, y: float, size: float, words: str, extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{extra}>{escape(words)}</text>'


def drawing(ends: list[End]) -> str:
    """stripboard.svg: strips upright, parts across them, wires at the bottom."""
    values = {part.name: part.value for part in nets.read_carrier("strip")}
    body: list[str] = [
        _text(12, 14, 7, "Stripboard, seen from the parts' side", ' font-weight="bold"'),
        _text(12, 21, 3.2, "20 strips of 15 holes, upright; copper below; no cuts. Each column is "
                           "a net. The band of D1 looks to VSYS,"),
        _text(12, 25.5, 3.2, "the stripe of C3 and C4 to GND, U1's flat side up (GND, 3V3, RUN "
                             "from the left). Round: a wire, its other end below."),
    ]  # fmt: skip
    for strip, net in enumerate(STRIPS):
        x, y = _place(strip, 0)
        body.append(
            f'<rect x="{x - 2.9:g}" y="{y - 4:g}" width="5.8" height="{(ROWS - 1) * STEP + 8:g}" '
            f'fill="{"#e8c8a0" if net else "#eee"}"/>'
        )
        body.append(_text(x, y - 6.5, 2.6, net or "free", ' text-anchor="middle"'))
        body += [
            f'<circle cx="{x:g}" cy="{_place(0, row)[1]:g}" r="0.7" fill="#fff" stroke="#888" '
            'stroke-width="0.2"/>'
            for row in range(ROWS)
        ]
    body += [
        _text(LEFT - 8, _place(0, row)[1] + 1.2, 3.2, LETTERS[row]) for row in range(ROWS)
    ]  # fmt: skip
    for who in dict.fromkeys(end.who for end in ends if end.leg != "wire"):
        body += _part(who, [end for end in ends if end.who == who], values.get(who, ""))
    for end in ends:
        if end.leg == "wire":
            x, y = _place(end.strip, end.row)
            colour = COLOURS.get(end.colour, "#111")
            body.append(f'<circle cx="{x:g}" cy="{y:g}" r="2.6" fill="{colour}"/>')
            body.append(_text(x, y + 0.8, 2.1, end.who.removeprefix("W"),
                              ' text-anchor="middle" fill="#fff"'))  # fmt: skip
    body += _legend([end for end in ends if end.leg == "wire"])
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" '
        'viewBox="0 0 210 297" font-family="DejaVu Sans, Verdana, sans-serif">'
    )
    return "\n".join([head, '<rect width="210" height="297" fill="#fff"/>', *body, "</svg>", ""])


def _part(who: str, legs: list[End], value: str) -> list[str]:
    xs = [_place(end.strip, 0)[0] for end in legs]
    y = _place(0, legs[0].row)[1]
    out = [
        f'<line x1="{min(xs):g}" y1="{y:g}" x2="{max(xs):g}" y2="{y:g}" stroke="#222" '
        f'stroke-width="{0.6 if who == "link" else 1.6}"/>'
    ]
    out += [f'<circle cx="{x:g}" cy="{y:g}" r="1.1" fill="#222"/>' for x in xs]
    middle = (min(xs) + max(xs)) / 2
    words = f"{who} {value}".strip()
    width = 1.5 * len(words) + 1
    out.append(
        f'<rect x="{middle - width / 2:g}" y="{y - 4.3:g}" width="{width:g}" height="3.1" '
        'fill="#fff" fill-opacity="0.85"/>'
    )
    out.append(_text(middle, y - 1.9, 2.4, words, ' text-anchor="middle" font-weight="bold"'))
    return out


def _legend(wires: list[End]) -> list[str]:
    out = [_text(12, 186, 4.5, "Wires", ' font-weight="bold"')]
    lines = (len(wires) + 2) // 3
    for number, end in enumerate(sorted(wires, key=_wire_order)):
        x, y = 12 + 65 * (number // lines), 192 + 6 * (number % lines)
        out.append(f'<circle cx="{x:g}" cy="{y - 1:g}" r="1.4" fill="{COLOURS[end.colour]}"/>')
        hole = f"{end.who}  {STRIPS[end.strip]} {end.strip + 1}{LETTERS[end.row]}"
        out.append(_text(x + 3, y, 2.9, f"{hole}  to {end.far}, {end.colour}"))
    return out


def _wire_order(end: End) -> tuple[int, int]:
    bundle, _, number = end.who.removeprefix("W").partition(".")
    return int(bundle), int(number)


def main() -> None:
    """Write table and drawing."""
    ends = layout()
    (HERE / "stripboard.csv").write_text(table(ends), encoding="utf-8")
    (HERE / "stripboard.svg").write_text(drawing(ends), encoding="utf-8")


if __name__ == "__main__":
    main()
