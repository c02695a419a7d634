"""Where the parts sit in the box: parts.csv and the carrier board, made into parts.scad.

    python -m hardware.parts        # writes parts.scad

All lengths are millimetres; the corner is the inner lower left of the back wall.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from hardware.board import layout

HERE = Path(__file__).parent
BOARD_AT_MM = (4.0, 0.75, 4.0)  # lower left corner of the board's underside
STRIP_AT_MM = (32.0, 12.6)  # plan B: the stripboard's corner on the tray
STRIP_MM = (51.0, 38.6)
PLUG_MM = 15.0  # a mated XH plug stands 9.8 mm high; its wires bend in 5 more


@dataclass(frozen=True)
class Part:
    """The room that one part takes with its wires."""

    name: str
    shape: str  # box, tube_y (standing), tube_z (pointing to the front)
    at_mm: tuple[float, float, float]
    size_mm: tuple[float, float, float]

    def ends_mm(self) -> tuple[float, float, float]:
        """The corner opposite to at_mm."""
        x, y, z = (at + size for at, size in zip(self.at_mm, self.size_mm, strict=True))
        return x, y, z

    def overlaps(self, other: "Part") -> bool:
        """Do the boxes around the two share room? Touching is not sharing."""
        return all(
            a < d and c < b
            for a, b, c, d in zip(
                self.at_mm, self.ends_mm(), other.at_mm, other.ends_mm(), strict=True
            )
        )


def read(path: Path = HERE / "parts.csv") -> list[Part]:
    """All rows. Raises KeyError or ValueError on a damaged table."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Part(
                row["part"],
                row["shape"],
                (float(row["x_mm"]), float(row["y_mm"]), float(row["z_mm"])),
                (float(row["width_mm"]), float(row["height_mm"]), float(row["depth_mm"])),
            )
            for row in csv.DictReader(file)
        ]


def board(placed: list[layout.Placed]) -> list[Part]:
    """The carrier with all that stands on it: each block, and the plugs with their wires."""
    x0, y0, z0 = BOARD_AT_MM
    top = y0 + layout.HEIGHT
    out = [Part("carrier", "box", BOARD_AT_MM, (layout.WIDTH, layout.HEIGHT, layout.THICKNESS))]
    for part in placed:
        for number, body in enumerate(part.bodies(), 1):
            depth = PLUG_MM if part.footprint.name.startswith("XH") else body.depth
            at = (x0 + body.x, top - body.y - body.height, z0 + layout.THICKNESS + body.z)
            out.append(
                Part(f"{part.ref}.{number}", "box", at, (body.width, body.height, depth))
            )  # fmt: skip
    return out


def strip_build() -> list[Part]:
    """What lies in the carrier's place in a stripboard station: the Pico and the stripboard."""
    floor = BOARD_AT_MM[2] + 2  # on the tray
    return [
        Part("pico", "box", (8.5, 1.5, floor), (21, 51, 24)),
        Part("stripboard", "box", (*STRIP_AT_MM, floor), (*STRIP_MM, 16)),
    ]


def board_holes_mm(placed: list[layout.Placed]) -> list[tuple[float, float]]:
    """Where the board is screwed down, in the box."""
    x0, y0, _ = BOARD_AT_MM
    return [
        (x0 + part.x, y0 + layout.HEIGHT - part.y)
        for part in placed
        if part.footprint.name == "Screw_M2"
    ]


def usb_mm(placed: list[layout.Placed]) -> tuple[float, float]:
    """Middle of the Pico's socket: x and z in the box."""
    pico = next(part for part in placed if part.footprint.name == "Pico_sockets")
    socket = next(body for body in pico.bodies() if body.width == 7.5)
    x0, _, z0 = BOARD_AT_MM
    return x0 + socket.x + socket.width / 2, z0 + layout.THICKNESS + socket.z + socket.depth / 2


def _rows(name: str, parts: list[Part]) -> list[str]:
    out = [f"{name} = ["]
    for part in parts:
        at, size = ("[%g, %g, %g]" % three for three in (part.at_mm, part.size_mm))
        out.append(f'    ["{part.name}", "{part.shape}", {at}, {size}],')
    return [*out, "];"]


def to_scad(parts: list[Part], placed: list[layout.Placed]) -> str:
    """The tables as OpenSCAD reads them: name, shape, corner, size; holes of the board; USB."""
    lines = ["// Made from parts.csv and board.csv by parts.py: edit the tables, not this file."]
    lines += _rows("part_boxes", parts) + _rows("board_boxes", board(placed))
    holes = ", ".join("[%g, %g]" % hole for hole in board_holes_mm(placed))
    lines.append(f"board_holes = [{holes}];")
    lines.append("board_at = [%g, %g, %g];" % BOARD_AT_MM)
    lines.append("board_size = [%g, %g, %g];" % (layout.WIDTH, layout.HEIGHT, layout.THICKNESS))
    lines.append("strip_at = [%g, %g];" % STRIP_AT_MM)
    lines.append("strip_size = [%g, %g];" % STRIP_MM)
    lines.append("usb_at = [%g, %g]; // x and z of the socket's middle" % usb_mm(placed))
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    (HERE / "parts.scad").write_text(to_scad(read(), layout.read()), encoding="utf-8")
