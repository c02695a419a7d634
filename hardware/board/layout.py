"""What lies where on the board: board.csv with footprints and nets.

Lengths are millimetres from the board's upper left corner, y down.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from hardware.board import footprints, nets
from hardware.board.footprints import Body, Footprint, Pad

HERE = Path(__file__).parent
WIDTH, HEIGHT, CORNER, THICKNESS = 80.0, 52.0, 2.0, 1.6
POWER = ("3V3", "VSYS", "VBUS", "BAT", "FUSED")
RF = ("ANT",)
TRACK_MM, POWER_MM, RF_MM = 0.3, 0.6, 1.4  # widths; the RF line's is computed in currents.py
VIA_MM, VIA_HOLE_MM, CLEARANCE_MM, EDGE_MM = 0.7, 0.35, 0.2, 0.5


@dataclass(frozen=True)
class Placed:
    """A part where it lies. nets: net by pad number, "" for none."""

    ref: str
    value: str
    why: str
    footprint: Footprint
    x: float
    y: float
    angle: float
    nets: dict[str, str]
    labels: dict[str, str]  # what a person calls the pad
    text: str

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point of the footprint on the board; KiCad turns against the clock."""
        turn = math.radians(self.angle)
        cos, sin = round(math.cos(turn), 12), round(math.sin(turn), 12)
        return self.x + x * cos + y * sin, self.y - x * sin + y * cos

    def pad_at(self, pad: Pad) -> tuple[float, float, float, float]:
        """Middle, width and height of a pad on the board; angles are multiples of 90."""
        x, y = self.point(pad.x, pad.y)
        is_across = round(self.angle) % 180 == 90
        return (x, y, pad.height, pad.width) if is_across else (x, y, pad.width, pad.height)

    def bodies(self) -> list[Body]:
        """The blocks of the part, on the board."""
        out: list[Body] = []
        for body in self.footprint.bodies:
            x1, y1 = self.point(body.x, body.y)
            x2, y2 = self.point(body.x + body.width, body.y + body.height)
            out.append(
                Body(min(x1, x2), min(y1, y2), body.z, abs(x2 - x1), abs(y2 - y1), body.depth,
                     body.rgb)
            )  # fmt: skip
        return out


@dataclass(frozen=True)
class Track:
    """A straight piece of copper on "F.Cu" or "B.Cu"; a via has layer "" and no length."""

    net: str
    layer: str
    width: float
    x1: float
    y1: float
    x2: float
    y2: float


def net_class(net: str) -> tuple[str, float]:
    """Class of a net and the width of its tracks."""
    if net in POWER:
        return "Power", POWER_MM
    return ("RF", RF_MM) if net in RF else ("Default", TRACK_MM)


def read() -> list[Placed]:
    """All parts. Raises KeyError for a part or a terminal that the wiring does not know."""
    wiring, parts = nets.read_wiring(), nets.read_carrier("board")
    net_of = nets.nets(wiring, parts)
    by_name = {part.name: part for part in parts}
    with (HERE / "board.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    out: list[Placed] = []
    for row in rows:
        footprint = footprints.ALL[row["footprint"]]
        part = by_name.get(row["ref"])
        terminals = _terminals(row, footprint, nets.pico_labels(wiring))
        found = {
            pad: net_of[terminal] if terminal[0] != "PICO" else net_of.get(terminal, "")
            for pad, terminal in terminals.items()
        }
        all_nets = {pad.number: found.get(pad.number, "") for pad in footprint.pads}
        labels = {pad: label for pad, (_, label) in terminals.items()}
        value = part.value if part else row["text"] if row["ref"].startswith("J") else row["ref"]
        out.append(
            Placed(
                row["ref"], "U.FL" if footprint.name == "UFL" else value, part.why if part else "",
                footprint, float(row["x_mm"]), float(row["y_mm"]), float(row["angle"]), all_nets,
                labels, row["text"],
            )
        )  # fmt: skip
    missing = set(by_name) - {placed.ref for placed in out}
    if missing:
        raise KeyError(f"carrier.csv has parts that board.csv does not place: {sorted(missing)}")
    return out


def _terminals(
    row: dict[str, str], footprint: Footprint, pico: list[str]
) -> dict[str, nets.Terminal]:
    """The terminal at each pad. The column pads says them in order of the pads, or leg=pad."""
    words = row["pads"].split()
    if words == ["PICO"]:
        return {str(pin): ("PICO", label) for pin, label in enumerate(pico, 1)}
    out: dict[str, nets.Terminal] = {}
    for number, word in enumerate(words, 1):
        leg, _, pads = word.partition("=")
        name, _, label = leg.partition(":")
        terminal = (name, label) if label else (row["ref"], leg)
        if leg != "-":
            out |= {pad: terminal for pad in (pads.split("+") if pads else [str(number)])}
    return out


def tracks(path: Path = HERE / "tracks.csv") -> list[Track]:
    """The routed copper. route.py writes the table."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Track(
                row["net"], row["layer"], float(row["width"]),
                float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"]),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip
