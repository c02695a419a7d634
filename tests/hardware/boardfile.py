"""A second reader of KiCad's files, with nothing of hardware/board in it."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

Tree = list["Tree | str"]
_TOKEN = re.compile(r'\(|\)|"(?:[^"\\]|\\.)*"|[^\s()]+')


@dataclass(frozen=True)
class Pad:
    """A pad where it lies on KiCad's page, millimetres, y down."""

    ref: str
    number: str
    net: str
    x: float
    y: float
    width: float
    height: float
    drill: float
    is_plated: bool


def parse(text: str) -> Tree:
    """The tree of an S-expression."""
    stack: list[Tree] = [[]]
    for token in _TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token[1:-1] if token.startswith('"') else token)
    (root,) = stack[0]
    assert isinstance(root, list)
    return root


def all_of(tree: Tree, name: str) -> list[Tree]:
    """Children of this name."""
    return [node for node in tree if isinstance(node, list) and node and node[0] == name]


def one(tree: Tree, name: str) -> list[str]:
    """The words of the only child of this name; none: empty."""
    found = all_of(tree, name)
    return [str(word) for word in found[0][1:]] if found else []


def pads(board: Tree) -> list[Pad]:
    """All pads. The footprint's place and turn are applied here."""
    out: list[Pad] = []
    for footprint in all_of(board, "footprint"):
        ref = next(str(node[2]) for node in all_of(footprint, "property") if node[1] == "Reference")
        x, y, *turn = (float(word) for word in one(footprint, "at"))
        angle = math.radians(turn[0] if turn else 0)
        for pad in all_of(footprint, "pad"):
            px, py, *pad_turn = (float(word) for word in one(pad, "at"))
            width, height = (float(word) for word in one(pad, "size"))
            if pad_turn and round(pad_turn[0]) % 180 == 90:
                width, height = height, width
            net, drill = one(pad, "net"), one(pad, "drill")
            out.append(
                Pad(
                    ref, str(pad[1]), net[-1] if net else "",
                    x + px * math.cos(angle) + py * math.sin(angle),
                    y - px * math.sin(angle) + py * math.cos(angle),
                    width, height, float(drill[0]) if drill else 0.0, pad[2] != "np_thru_hole",
                )
            )  # fmt: skip
    return out


def read(path: Path) -> list[Pad]:
    """The pads of a .kicad_pcb file."""
    return pads(parse(path.read_text(encoding="utf-8")))
