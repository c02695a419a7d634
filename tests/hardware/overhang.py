"""What a printer without supports could not lay: plastic in the air, found layer by layer.

A mesh is cut into layers of LAYER_MM on a grid of CELL_MM. A cell of a layer rests when the layer
below has plastic within one cell (51 degrees from upright), or when it is part of a bridge: a
straight run of cells, no longer than BRIDGE_MM, that rests at both its ends.
"""

import numpy as np
import numpy.typing as npt
from mesh import Mesh

LAYER_MM = 0.4
CELL_MM = 0.5
BRIDGE_MM = 23.0
Grid = npt.NDArray[np.bool_]


def layers(mesh: Mesh) -> list[Grid]:
    """Plastic by layer, from the bed up. The mesh must be closed."""
    points = np.array(mesh.triangles)
    low = points.reshape(-1, 3).min(axis=0)
    size = points.reshape(-1, 3).max(axis=0) - low
    columns, rows = (int(length / CELL_MM) + 2 for length in size[:2])
    count = int(size[2] / LAYER_MM)
    flips = np.zeros((count + 1, columns, rows), dtype=np.int8)
    for triangle in points - low:
        _cross(triangle, flips, count)
    inside = np.cumsum(flips[::-1], axis=0)[::-1] % 2 == 1
    return [inside[at] for at in range(count)]


def _cross(triangle: npt.NDArray[np.float64], flips: npt.NDArray[np.int8], count: int) -> None:
    """Where a vertical line through each cell meets the triangle: all layers below turn over."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = triangle
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    if abs(area) < 1e-9:
        return
    shift = CELL_MM * 0.4637  # cells are never met on a drawn edge
    c1 = max(0, int(np.ceil((min(ax, bx, cx) - shift) / CELL_MM)))
    c2 = int(np.floor((max(ax, bx, cx) - shift) / CELL_MM)) + 1
    r1 = max(0, int(np.ceil((min(ay, by, cy) - shift) / CELL_MM)))
    r2 = int(np.floor((max(ay, by, cy) - shift) / CELL_MM)) + 1
    x = (np.arange(c1, c2) * CELL_MM + shift)[:, None]
    y = (np.arange(r1, r2) * CELL_MM + shift)[None, :]
    u = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / area
    v = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / area
    hit = (u >= 0) & (v >= 0) & (u + v <= 1)
    z = u * az + v * bz + (1 - u - v) * cz
    # Layer n is looked at in its middle; the line from above turns it over when the hit is higher.
    top = np.clip(np.ceil(z / LAYER_MM - 0.5).astype(int), 0, count)
    for column, row in zip(*np.nonzero(hit), strict=True):
        if top[column, row] > 0:
            flips[top[column, row] - 1, c1 + column, r1 + row] ^= 1


def hanging(below: Grid, layer: Grid) -> Grid:
    """Cells of the layer that neither rest nor are part of a bridge."""
    rests = layer & _grown(below)
    loose = layer & ~rests
    if not loose.any():
        return loose
    bridged = np.zeros_like(loose)
    for turned in (False, True):
        a, b = (loose.T, rests.T) if turned else (loose, rests)
        found = np.zeros_like(a)
        for line in np.nonzero(a.any(axis=1))[0]:
            _bridges(a[line], b[line], found[line])
        bridged |= found.T if turned else found
    return loose & ~bridged


def _grown(grid: Grid) -> Grid:
    """One cell more to all sides."""
    out = grid.copy()
    out[1:] |= grid[:-1]
    out[:-1] |= grid[1:]
    wide = out.copy()
    wide[:, 1:] |= out[:, :-1]
    wide[:, :-1] |= out[:, 1:]
    return wide


def _bridges(loose: Grid, rests: Grid, found: Grid) -> None:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loose.astype(np.int8), [0]))))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        held = start > 0 and rests[start - 1] and end < len(loose) and rests[end]
        if held and (end - start) * CELL_MM <= BRIDGE_MM:
            found[start:end] = True


def in_the_air(mesh: Mesh, cells_min: int = 9) -> list[tuple[float, int]]:
    """(height in mm, cells) of each layer where more than 2 mm2 hang in the air."""
    cut = layers(mesh)
    out: list[tuple[float, int]] = []
    for at in range(1, len(cut)):
        count = int(hanging(cut[at - 1], cut[at]).sum())
        if count >= cells_min:
            out.append((at * LAYER_MM, count))
    return out
