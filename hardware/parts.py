"""Where the parts sit in the box: parts.csv, and parts.scad made of it for OpenSCAD.

    python hardware/parts.py        # writes parts.scad

All lengths are millimetres; the corner is the inner lower left of the back wall.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


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


def to_scad(parts: list[Part]) -> str:
    """The table as OpenSCAD reads it: name, shape, corner, size."""
    lines = ["// Made from parts.csv by parts.py: edit the table, not this file.", "part_boxes = ["]
    for part in parts:
        at, size = ("[%g, %g, %g]" % three for three in (part.at_mm, part.size_mm))
        lines.append(f'    ["{part.name}", "{part.shape}", {at}, {size}],')
    return "\n".join([*lines, "];", ""])


if __name__ == "__main__":
    (HERE / "parts.scad").write_text(to_scad(read()), encoding="utf-8")
