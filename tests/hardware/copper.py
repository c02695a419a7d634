"""What the gerbers tie together, seen by gerbonara and painted: copper, and the holes through it.

No net's name is read: two pads are one net when a line of copper pixels joins them.
"""

import warnings
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gerbonara import LayerStack
from gerbonara.graphic_primitives import ArcPoly, Circle, Line, Rectangle
from gerbonara.utils import MM
from PIL import Image, ImageDraw

PIXELS_A_MM = 20
Labels = npt.NDArray[np.int32]


class Copper:
    """Both sides of a board, with what hangs together; millimetres, y up as gerbers have it."""

    def __init__(self, archive: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # gerbonara grumbles about KiCad's drill header
            with zipfile.ZipFile(archive) as files:
                self.names = files.namelist()
            self.stack = LayerStack.open_zip(archive)
            (x1, y1), (x2, y2) = self.stack.outline.bounding_box(unit=MM)
        self.outline = x1, y1, x2, y2
        self.holes = {
            kind: sorted((hole.x, hole.y, hole.aperture.diameter) for hole in layer.objects)
            for kind, layer in (("plated", self.stack.drill_pth), ("bare", self.stack.drill_npth))
        }
        self._labels: list[Labels] = []
        first = 1
        for side in ("top", "bottom"):
            found, first = _components(self._paint(self.stack[side, "copper"]), first)
            self._labels.append(found)
        self._parent = list(range(first))
        for x, y, _ in self.holes["plated"]:
            row, column = self._pixel(x, y)
            self._join(*(int(side[row, column]) for side in self._labels))

    def net_at(self, x: float, y: float, side: int) -> int:
        """What is tied to this point of the top (0) or bottom (1); 0: no copper."""
        row, column = self._pixel(x, y)
        return self._root(int(self._labels[side][row, column]))

    def _pixel(self, x: float, y: float) -> tuple[int, int]:
        left, _, _, top = self.outline
        return int((top - y) * PIXELS_A_MM), int((x - left) * PIXELS_A_MM)

    def _paint(self, layer: object) -> npt.NDArray[np.bool_]:
        left, bottom, right, top = self.outline
        size = int((right - left) * PIXELS_A_MM) + 1, int((top - bottom) * PIXELS_A_MM) + 1
        image = Image.new("1", size)
        draw = ImageDraw.Draw(image)

        def at(point: tuple[float, float]) -> tuple[float, float]:
            return (point[0] - left) * PIXELS_A_MM, (top - point[1]) * PIXELS_A_MM

        for thing in layer.objects:  # pyright: ignore[reportAttributeAccessIssue]
            for shape in thing.to_primitives(unit=MM):
                _draw(draw, shape, at)
        return np.asarray(image)

    def _root(self, label: int) -> int:
        while self._parent[label] != label:
            label = self._parent[label]
        return label

    def _join(self, a: int, b: int) -> None:
        if a and b:
            self._parent[self._root(a)] = self._root(b)


def _draw(draw: ImageDraw.ImageDraw, shape: object, at) -> None:
    ink = 1 if shape.polarity_dark else 0  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(shape, Circle):
        x, y = at((shape.x, shape.y))
        r = shape.r * PIXELS_A_MM
        draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
    elif isinstance(shape, Line):
        a, b = at((shape.x1, shape.y1)), at((shape.x2, shape.y2))
        r = shape.width / 2 * PIXELS_A_MM
        draw.line((*a, *b), fill=ink, width=max(1, round(2 * r)))
        for x, y in (a, b):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
    elif isinstance(shape, Rectangle):
        outline = shape.to_arc_poly().outline
        draw.polygon([at(point) for point in outline], fill=ink)
    elif isinstance(shape, ArcPoly):
        outline = shape.outline  # chords for arcs: corners of pads only
        draw.polygon([at(point) for point in outline], fill=ink)
    else:
        raise TypeError(f"cannot paint {shape}")


def _components(image: npt.NDArray[np.bool_], first: int) -> tuple[Labels, int]:
    """Pixels in groups that touch by a side, numbered from first on; the next free number."""
    labels = np.zeros(image.shape, dtype=np.int32)
    parent: dict[int, int] = {}

    def root(label: int) -> int:
        while parent[label] != label:
            label = parent[label]
        return label

    following = first
    for row, line in enumerate(image):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            above = set(labels[row - 1, start:end].tolist()) - {0} if row else set()
            parent[following] = following
            for label in above:
                parent[root(label)] = root(following)
            labels[row, start:end] = following
            following += 1
    flat = np.zeros(following, dtype=np.int32)
    for label in parent:
        flat[label] = root(label)
    return flat[labels], following
