"""What a test must know of an STL file: closed or not, how big, how much plastic."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

Point = tuple[float, float, float]
Triangle = tuple[Point, Point, Point]


@dataclass(frozen=True)
class Mesh:
    """Triangles, millimetres."""

    triangles: list[Triangle]

    def is_closed(self) -> bool:
        """Is every directed edge met by exactly one running the other way?"""
        edges = Counter(
            edge for a, b, c in self.triangles for edge in ((a, b), (b, c), (c, a)) if a != b
        )
        return bool(edges) and all(edges[b, a] == n for (a, b), n in edges.items())

    def size_mm(self) -> Point:
        """Of the bounding box."""
        x, y, z = (
            max(values) - min(values)
            for values in zip(*(point for three in self.triangles for point in three), strict=True)
        )
        return x, y, z

    def volume_mm3(self) -> float:
        """Enclosed: the sum of the signed tetrahedra over the origin."""
        return sum(_six_volumes(*three) for three in self.triangles) / 6


def _six_volumes(a: Point, b: Point, c: Point) -> float:
    return (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        - a[1] * (b[0] * c[2] - b[2] * c[0])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )


def read_stl(path: Path) -> Mesh:
    """An ASCII STL file, as OpenSCAD writes it."""
    points: list[Point] = []
    for line in path.read_text(encoding="ascii").splitlines():
        words = line.split()
        if words and words[0] == "vertex":
            points.append((float(words[1]), float(words[2]), float(words[3])))
    return Mesh(list(zip(points[0::3], points[1::3], points[2::3], strict=True)))
