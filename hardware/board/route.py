"""Routes the board once: a maze router on a grid of a tenth of a pitch, written into tracks.csv.

    python -m hardware.board.route      # half a minute; the same table every time

The table is data that board.csv's placement asks for; KiCad's DRC proves it, not this script.
Nets are laid one after another; one that finds no way goes to the front and all begins anew.
GND is no net here: it is poured on both sides, and each of its surface pads gets a via.
"""

import csv
import heapq
import itertools
import math
import sys
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hardware.board import layout
from hardware.board.layout import Placed, Track

STEP = 0.254
ORIGIN_X, ORIGIN_Y = 23.89 - 94 * STEP, 1.62 - 6 * STEP  # the Pico's pins lie on the grid
COLUMNS, ROWS = 314, 204
VIA_COST, STRAIGHT, DIAGONAL = 18.0, 1.0, 1.414
GAP = layout.CLEARANCE_MM + 0.02
STITCH_MM = 6.0
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.floating]
Cell = tuple[int, int, int]  # layer, column, row
LAYER_NAMES = ("F.Cu", "B.Cu")


@dataclass(frozen=True)
class Copper:
    """A capsule of copper: a segment with half its width around it; layers it lies on."""

    net: str
    layers: tuple[int, ...]
    x1: float
    y1: float
    x2: float
    y2: float
    half: float


@dataclass
class Plan:
    """All copper so far."""

    copper: list[Copper] = field(default_factory=list[Copper])
    tracks: list[Track] = field(default_factory=list[Track])

    def add(self, track: Track) -> None:
        """A track or via more."""
        self.tracks.append(track)
        layers = (LAYER_NAMES.index(track.layer),) if track.layer else (0, 1)
        half = (track.width if track.layer else layout.VIA_MM) / 2
        self.copper.append(
            Copper(track.net, layers, track.x1, track.y1, track.x2, track.y2, half)
        )  # fmt: skip


def _xy(column: int, row: int) -> tuple[float, float]:
    return ORIGIN_X + column * STEP, ORIGIN_Y + row * STEP


def _cell_near(x: float, y: float) -> tuple[int, int]:
    return round((x - ORIGIN_X) / STEP), round((y - ORIGIN_Y) / STEP)


def _pads(parts: list[Placed]) -> list[Copper]:
    """Every pad as a capsule a little bigger than itself; screw holes keep their head's room."""
    out: list[Copper] = []
    for placed in parts:
        for pad in placed.footprint.pads:
            x, y, width, height = placed.pad_at(pad)
            layers = (0, 1) if pad.drill else (0,)
            if not pad.plated:
                out.append(Copper("", layers, x, y, x, y, 2.1))
                continue
            half, along = min(width, height) / 2, abs(width - height) / 2
            if pad.shape == "roundrect":  # its corners stand out of the capsule
                half *= 1.25
                along = abs(width - height) / 2
            dx, dy = (along, 0.0) if width > height else (0.0, along)
            net = placed.nets.get(pad.number) or f"-{placed.ref}.{pad.number}"
            out.append(Copper(net, layers, x - dx, y - dy, x + dx, y + dy, half))
    return out


def _blocked(copper: list[Copper], net: str, half: float, is_via: bool) -> Mask:
    """Cells where the middle of a track (or via) of this half width may not lie."""
    grid = np.zeros((2, COLUMNS, ROWS), dtype=np.bool_)
    xs = ORIGIN_X + np.arange(COLUMNS, dtype=np.float64) * STEP
    ys = ORIGIN_Y + np.arange(ROWS, dtype=np.float64) * STEP
    edge = layout.EDGE_MM + half
    grid[:, (xs < edge) | (xs > layout.WIDTH - edge), :] = True
    grid[:, :, (ys < edge) | (ys > layout.HEIGHT - edge)] = True
    for item in copper:
        if item.net == net and not is_via:
            continue
        far = item.half + half + (GAP if item.net != net else 0.0)
        c1, r1 = _cell_near(min(item.x1, item.x2) - far, min(item.y1, item.y2) - far)
        c2, r2 = _cell_near(max(item.x1, item.x2) + far, max(item.y1, item.y2) + far)
        c1, r1, c2, r2 = max(c1, 0), max(r1, 0), min(c2 + 1, COLUMNS), min(r2 + 1, ROWS)
        near = _distance(item, xs[c1:c2, None], ys[None, r1:r2]) < far
        for layer in (0, 1) if is_via else item.layers:
            grid[layer, c1:c2, r1:r2] |= near
    if is_via:
        grid[:] = grid[0] | grid[1]
    return grid


def _distance(item: Copper, x: Numbers, y: Numbers) -> Numbers:
    dx, dy = item.x2 - item.x1, item.y2 - item.y1
    length = dx * dx + dy * dy
    part = 0.0 if length == 0 else np.clip(((x - item.x1) * dx + (y - item.y1) * dy) / length, 0, 1)
    return np.hypot(x - item.x1 - part * dx, y - item.y1 - part * dy)


def _search(starts: set[Cell], goals: set[Cell], track: Mask, via: Mask) -> list[Cell] | None:
    """The cheapest way over free cells, by Dijkstra towards the goals' box."""
    cols = [cell[1] for cell in goals]
    rows = [cell[2] for cell in goals]
    box = min(cols), max(cols), min(rows), max(rows)

    def ahead(cell: Cell) -> float:
        dx = max(box[0] - cell[1], 0, cell[1] - box[1])
        dy = max(box[2] - cell[2], 0, cell[2] - box[3])
        return max(dx, dy) + 0.414 * min(dx, dy)

    cost = {cell: 0.0 for cell in starts}
    came: dict[Cell, Cell] = {}
    queue = [(ahead(cell), cell) for cell in sorted(starts)]
    heapq.heapify(queue)
    done: set[Cell] = set()
    while queue:
        _, cell = heapq.heappop(queue)
        if cell in done:
            continue
        done.add(cell)
        if cell in goals:
            way = [cell]
            while cell in came:
                cell = came[cell]
                way.append(cell)
            return way[::-1]
        for near, price in _steps(cell, track, via):
            total = cost[cell] + price
            if near not in cost or total < cost[near] - 1e-9:
                cost[near] = total
                came[near] = cell
                heapq.heappush(queue, (total + ahead(near), near))
    return None


_MOVES = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]


def _steps(cell: Cell, track: Mask, via: Mask) -> list[tuple[Cell, float]]:
    layer, column, row = cell
    out: list[tuple[Cell, float]] = []
    for dx, dy in _MOVES:
        c, r = column + dx, row + dy
        if 0 <= c < COLUMNS and 0 <= r < ROWS and not track[layer, c, r]:
            price = DIAGONAL if dx and dy else STRAIGHT
            out.append(((layer, c, r), price))
    if not via[0, column, row]:
        out.append(((1 - layer, column, row), VIA_COST))
    return out


def _pad_cells(placed: Placed, number: str, blocked: Mask) -> set[Cell]:
    """Cells inside a pad, and the one nearest to its middle."""
    out: set[Cell] = set()
    for pad in placed.footprint.pads:
        if pad.number != number:
            continue
        x, y, width, height = placed.pad_at(pad)
        column, row = _cell_near(x, y)
        for layer in (0, 1) if pad.drill else (0,):
            for c in range(column - 6, column + 7):
                for r in range(row - 6, row + 7):
                    cx, cy = _xy(c, r)
                    inside = abs(cx - x) < width / 2 - 0.2 and abs(cy - y) < height / 2 - 0.2
                    if inside and not blocked[layer, c, r]:
                        out.add((layer, c, r))
    return out


def _lay(plan: Plan, net: str, width: float, way: list[Cell]) -> None:
    """Tracks and vias along a way, straight pieces as one."""
    at = 0
    while at < len(way) - 1:
        a, b = way[at], way[at + 1]
        if a[0] != b[0]:
            x, y = _xy(a[1], a[2])
            plan.add(Track(net, "", layout.VIA_MM, x, y, x, y))
            at += 1
            continue
        end = at + 1
        step = b[1] - a[1], b[2] - a[2]
        while end + 1 < len(way) and way[end + 1][0] == a[0]:
            c = way[end + 1]
            if (c[1] - way[end][1], c[2] - way[end][2]) != step:
                break
            end += 1
        plan.add(
            Track(net, LAYER_NAMES[a[0]], width, *_xy(a[1], a[2]), *_xy(way[end][1], way[end][2]))
        )  # fmt: skip
        at = end


def _stub(plan: Plan, net: str, width: float, placed: Placed, number: str, cell: Cell) -> None:
    """From a cell inside the pad to the pad's middle, so that the ends meet."""
    pad = next(pad for pad in placed.footprint.pads if pad.number == number)
    x, y, _, _ = placed.pad_at(pad)
    cx, cy = _xy(cell[1], cell[2])
    if math.hypot(cx - x, cy - y) > 1e-6:
        plan.add(Track(net, LAYER_NAMES[cell[0]], width, cx, cy, x, y))


def _route_net(plan: Plan, net: str, ends: list[tuple[Placed, str]]) -> bool:
    """Join all pads of a net, nearest first. False when a pad cannot be reached."""
    width = layout.net_class(net)[1]
    blocked = _blocked(plan.copper, net, width / 2, is_via=False)
    via = _blocked(plan.copper, net, layout.VIA_MM / 2, is_via=True)
    first, *rest = ends
    reached = _pad_cells(*first, blocked)
    anchors = {cell: first for cell in reached}
    while rest:
        goals = {cell: end for end in rest for cell in sorted(_pad_cells(*end, blocked))}
        way = _search(reached, set(goals), blocked, via)
        if way is None:
            return False
        _lay(plan, net, width, way)
        if way[0] in anchors:
            _stub(plan, net, width, *anchors[way[0]], way[0])
        end = goals[way[-1]]
        _stub(plan, net, width, *end, way[-1])
        rest.remove(end)
        cells = _pad_cells(*end, blocked)
        anchors |= {cell: end for cell in cells if cell not in anchors}
        reached |= set(way) | cells
        via = _blocked(plan.copper, net, layout.VIA_MM / 2, is_via=True)
    return True


def _antenna(plan: Plan, parts: list[Placed]) -> None:
    """The 50 ohm line is straight: from plug to plug, with the bleed resistor on it."""
    ends = [
        placed.pad_at(pad)[:2]
        for placed in parts
        for pad in placed.footprint.pads
        if placed.nets.get(pad.number) in layout.RF
    ]
    ends.sort()
    for (x1, y1), (x2, y2) in itertools.pairwise(ends):
        plan.add(Track(layout.RF[0], "F.Cu", layout.RF_MM, x1, y1, x2, y2))


def _ground(plan: Plan, parts: list[Placed]) -> bool:
    """A via at every surface pad of GND, and at the plugs', which tracks would fence in."""
    for placed in parts:
        for pad in placed.footprint.pads:
            is_fenced = not pad.drill or placed.footprint.name.startswith("XH")
            if placed.nets.get(pad.number) != "GND" or not is_fenced:
                continue
            blocked = _blocked(plan.copper, "GND", 0.25, is_via=False)
            via = _blocked(plan.copper, "GND", layout.VIA_MM / 2, is_via=True)
            starts = _pad_cells(placed, pad.number, blocked)
            column, row = _cell_near(*placed.pad_at(pad)[:2])
            goals = {
                (0, c, r)
                for c in range(column - 16, column + 17)
                for r in range(row - 16, row + 17)
                if 0 <= c < COLUMNS and 0 <= r < ROWS and not via[0, c, r]
            }
            way = _search(starts, goals, blocked, np.ones_like(via)) if starts and goals else None
            if way is None:
                return False
            _lay(plan, "GND", 0.5, way)
            _stub(plan, "GND", 0.5, placed, pad.number, way[0])
            x, y = _xy(way[-1][1], way[-1][2])
            plan.add(Track("GND", "", layout.VIA_MM, x, y, x, y))
    return True


def _stitch(plan: Plan) -> None:
    """Vias between the two pours, wherever there is room, some millimetres apart."""
    every = round(STITCH_MM / STEP)
    for column in range(8, COLUMNS, every):
        for row in range(8, ROWS, every):
            via = _blocked(plan.copper, "GND", layout.VIA_MM / 2 + 0.3, is_via=True)
            for c, r in sorted(
                ((column + dx, row + dy) for dx in range(-6, 7) for dy in range(-6, 7)),
                key=lambda cell: (abs(cell[0] - column) + abs(cell[1] - row), cell),
            ):
                if 0 <= c < COLUMNS and 0 <= r < ROWS and not via[0, c, r]:
                    x, y = _xy(c, r)
                    plan.add(Track("GND", "", layout.VIA_MM, x, y, x, y))
                    break


def _order(parts: list[Placed]) -> list[str]:
    """Power first, then the short nets."""
    ends = _ends(parts)

    def length(net: str) -> float:
        points = [placed.point(0, 0) for placed, _ in ends[net]]
        xs, ys = zip(*points, strict=True)
        return max(xs) - min(xs) + max(ys) - min(ys)

    nets = [net for net in ends if net != "GND" and net not in layout.RF]
    return sorted(nets, key=lambda net: (net not in layout.POWER, length(net), net))


def _ends(parts: list[Placed]) -> dict[str, list[tuple[Placed, str]]]:
    out: dict[str, list[tuple[Placed, str]]] = {}
    for placed in parts:
        for number, net in placed.nets.items():
            if net:
                out.setdefault(net, []).append((placed, number))
    return out


def route(parts: list[Placed], tries: int = 60) -> list[Track]:
    """All copper but the pours. Raises ValueError when no order of the nets succeeds."""
    order, ends = _order(parts), _ends(parts)
    for _ in range(tries):
        plan = Plan(copper=_pads(parts))
        _antenna(plan, parts)
        if not _ground(plan, parts):
            raise ValueError("a GND pad has no room for its via")
        stuck = next((net for net in order if not _route_net(plan, net, ends[net])), None)
        if stuck is None:
            _stitch(plan)
            return plan.tracks
        print(f"no way for {stuck}: it goes first", file=sys.stderr)
        order.remove(stuck)
        order.insert(0, stuck)
    raise ValueError("no order of the nets was found")


def main() -> None:
    """Write tracks.csv."""
    tracks = route(layout.read())
    with (layout.HERE / "tracks.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("net", "layer", "width", "x1", "y1", "x2", "y2"))
        for track in tracks:
            ends = ("%.4f" % value for value in (track.x1, track.y1, track.x2, track.y2))
            writer.writerow((track.net, track.layer, "%g" % track.width, *ends))


if __name__ == "__main__":
    main()
