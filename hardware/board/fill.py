# pyright: basic
"""Pours the zones: run by the system's Python, which has KiCad's pcbnew module.

/usr/bin/python3 fill.py gate.kicad_pcb     # prints {layer: [[[x, y], ...], ...]} in millimetres
"""

import json
import sys

# KiCad's module has no types, and is not there where types are checked.
import pcbnew  # pyright: ignore[reportMissingImports]


def main(path):  # noqa: ANN001, ANN201
    """The outlines of both pours, holes cut in, as KiCad fills them."""
    board = pcbnew.LoadBoard(path)
    zones = board.Zones()
    pcbnew.ZONE_FILLER(board).Fill(zones)
    out = {}
    for zone in zones:
        layer = zone.GetLayerSet().Seq()[0]
        shapes = zone.GetFilledPolysList(layer)
        outlines = []
        for number in range(shapes.OutlineCount()):
            chain = shapes.Outline(number)
            points = [chain.CPoint(at) for at in range(chain.PointCount())]
            outlines.append([[point.x / 1e6, point.y / 1e6] for point in points])
        out[board.GetLayerName(layer)] = outlines
    print(json.dumps(out))


main(sys.argv[1])
