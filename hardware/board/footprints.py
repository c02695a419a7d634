"""The lands of every part on the board, and the room it takes; millimetres, y down as in KiCad.

Few and plain, so that nothing depends on a library's version. Sizes are those of IPC-7351's
nominal lands or of the maker's drawing, named in each; a normal iron reaches every pad.
"""

from dataclasses import dataclass, replace

Rect = tuple[float, float, float, float]


@dataclass(frozen=True)
class Pad:
    """A land. drill 0: only on the top. plated False: a hole for a screw."""

    number: str
    x: float
    y: float
    width: float
    height: float
    drill: float = 0.0
    shape: str = "roundrect"
    plated: bool = True


@dataclass(frozen=True)
class Body:
    """A block of a part above the board: corner, size and colour (red, green, blue)."""

    x: float
    y: float
    z: float
    width: float
    height: float
    depth: float
    rgb: tuple[float, float, float] = (0.15, 0.15, 0.15)


@dataclass(frozen=True)
class Footprint:
    """Lands, outline on the silkscreen, courtyard (left, top, right, bottom) and bodies."""

    name: str
    what: str
    pads: tuple[Pad, ...]
    silk: tuple[Rect, ...] = ()
    yard: Rect = (0, 0, 0, 0)
    bodies: tuple[Body, ...] = ()
    is_smd: bool = True
    is_bought: bool = True
    yards: tuple[Rect, ...] = ()  # where it is not one block: sockets with room between them


BLACK, IVORY, GOLD, GREEN = (0.1, 0.1, 0.1), (0.93, 0.9, 0.8), (0.85, 0.7, 0.3), (0.0, 0.4, 0.15)
TIN, BLUE, RED = (0.75, 0.75, 0.75), (0.1, 0.2, 0.5), (0.7, 0.3, 0.1)


def _chip(name: str, what: str, pitch: float, land: tuple[float, float], body: Body) -> Footprint:
    """Two lands on the x axis."""
    x, (wide, high) = pitch / 2, land
    yard = (-x - wide / 2 - 0.25, -high / 2 - 0.25, x + wide / 2 + 0.25, high / 2 + 0.25)
    half = max(high, body.height) / 2 + 0.15
    free = x - wide / 2 - 0.2
    silk = ((-free, -half, free, -half), (-free, half, free, half))
    pads = (Pad("1", -x, 0, wide, high), Pad("2", x, 0, wide, high))
    return Footprint(name, what, pads, silk, yard, (body,))


def _block(width: float, height: float, depth: float, rgb: tuple[float, float, float]) -> Body:
    return Body(-width / 2, -height / 2, 0, width, height, depth, rgb)


def _banded(part: Footprint) -> Footprint:
    """With a bar at pad 1 or 2: where the cathode is. Pad 2 for D1 (anode comes first)."""
    x = part.yard[2] - 0.05
    bar = (x, part.yard[1] + 0.3, x, part.yard[3] - 0.3)
    return replace(part, silk=(*part.silk, bar))


def plug(pins: int) -> Footprint:
    """JST B{pins}B-XH-A, standing: pitch 2.5, body 5.75 deep, 7 high (JST eXH drawing)."""
    length = 2.5 * (pins - 1)
    left, top, right, bottom = -2.45, -2.35, length + 2.45, 3.4
    pads = tuple(
        Pad(str(at + 1), 2.5 * at, 0, 1.7, 1.9, 0.95, "roundrect" if at == 0 else "oval")
        for at in range(pins)
    )
    silk = (
        (left, top, right, top), (right, top, right, bottom),
        (right, bottom, left, bottom), (left, bottom, left, top),
        (left - 0.4, top - 0.4, left + 1, top - 0.4), (left - 0.4, top - 0.4, left - 0.4, top + 1),
    )  # fmt: skip
    # With the mating housing 9.8 high, and 5 more where its wires bend.
    bodies = (
        Body(left, top, 0, right - left, 1.2, 7, IVORY),
        Body(left, bottom - 1.2, 0, right - left, 1.2, 7, IVORY),
        Body(left, top, 0, right - left, bottom - top, 2, IVORY),
    )
    return Footprint(
        f"XH_{pins}", f"JST B{pins}B-XH-A, standing", pads, silk,
        (left - 0.5, top - 0.5, right + 0.5, bottom + 0.5), bodies, is_smd=False,
    )  # fmt: skip


def _pico() -> Footprint:
    """Two 1 x 20 sockets, 17.78 apart; pin 1 lower right, since the USB end points down.

    Pads are oval and low, so that a 0.6 mm track passes between two of them.
    """
    pads: list[Pad] = []
    for pin in range(1, 41):
        right = pin <= 20
        y = 24.13 - 2.54 * (pin - 1) if right else -24.13 + 2.54 * (pin - 21)
        pads.append(Pad(str(pin), 8.89 if right else -8.89, y, 1.9, 1.4, 1.0, "oval"))
    silk = (
        (-10.5, -25.5, 10.5, -25.5), (10.5, -25.5, 10.5, 25.3), (-10.5, 25.3, -10.5, -25.5),
        (-4, 22.5, 4, 22.5), (-4, 22.5, -4, 25.3), (4, 22.5, 4, 25.3),
    )  # fmt: skip
    bodies = (
        Body(-8.89 - 1.25, -25.4, 0, 2.5, 50.8, 8.5, BLACK),
        Body(8.89 - 1.25, -25.4, 0, 2.5, 50.8, 8.5, BLACK),
        Body(-8.89 - 1.25, -25.4, 8.5, 2.5, 50.8, 2.5, BLACK),
        Body(8.89 - 1.25, -25.4, 8.5, 2.5, 50.8, 2.5, BLACK),
        Body(-10.5, -25.5, 11.0, 21, 51, 1.0, GREEN),
        Body(-3.75, 21.1, 12.0, 7.5, 5.7, 2.7, TIN),
        Body(-3.5, -5, 12.0, 7, 7, 0.9, BLACK),
    )
    return Footprint(
        "Pico_sockets", "Raspberry Pi Pico in two 1 x 20 sockets", tuple(pads), silk,
        (-10.7, -25.6, 10.7, 25.6), bodies, is_smd=False,
        yards=((-10.7, -25.6, -7.4, 25.6), (7.4, -25.6, 10.7, 25.6)),
    )  # fmt: skip


def _sot23() -> Footprint:
    pads = (
        Pad("1", -1.05, -0.95, 1.3, 0.7), Pad("2", -1.05, 0.95, 1.3, 0.7),
        Pad("3", 1.05, 0, 1.3, 0.7)
    )  # fmt: skip
    silk = ((-0.7, -1.65, 0.7, -1.65), (-0.7, 1.65, 0.7, 1.65), (-1.7, -1.6, -1.2, -1.6))
    return Footprint(
        "SOT23", "SOT-23, hand-soldering lands", pads, silk, (-1.95, -1.75, 1.95, 1.75),
        (_block(1.3, 2.9, 1.0, BLACK),),
    )  # fmt: skip


def _sot23_6() -> Footprint:
    pads = tuple(
        Pad(str(n), x, y, 1.3, 0.6)
        for n, x, y in (
            (1, -1.25, -0.95), (2, -1.25, 0, ), (3, -1.25, 0.95),
            (4, 1.25, 0.95), (5, 1.25, 0), (6, 1.25, -0.95),
        )
    )  # fmt: skip
    silk = ((-0.8, -1.65, 0.8, -1.65), (-0.8, 1.65, 0.8, 1.65), (-1.9, -1.55, -1.3, -1.55))
    return Footprint(
        "SOT23_6", "SOT-23-6, hand-soldering lands", pads, silk, (-2.15, -1.75, 2.15, 1.75),
        (_block(1.6, 2.9, 1.1, BLACK),),
    )  # fmt: skip


def _ufl() -> Footprint:
    """Hirose U.FL-R-SMT-1: signal land 1.0 x 1.05, two ground lands 1.05 x 2.2 (Hirose drawing)."""
    pads = (
        Pad("1", 0, 1.525, 1.0, 1.05), Pad("2", -1.475, 0, 1.05, 2.2), Pad("3", 1.475, 0, 1.05, 2.2)
    )  # fmt: skip
    silk = ((-0.7, -1.5, 0.7, -1.5),)
    bodies = (_block(2.6, 2.6, 1.25, IVORY), _block(2.0, 2.0, 2.5, GOLD))
    return Footprint(
        "UFL", "Hirose U.FL-R-SMT-1", pads, silk, (-2.25, -1.75, 2.25, 2.3), bodies,
    )  # fmt: skip


def _electrolytic() -> Footprint:
    """Radial, 6.3 across, 11.2 high, legs 2.5 apart (Panasonic ECA-1AM221)."""
    pads = (
        Pad("1", -1.25, 0, 1.6, 1.6, 0.8), Pad("2", 1.25, 0, 1.6, 1.6, 0.8, "oval")
    )  # fmt: skip
    corners = ((-2.2, -3.3), (2.2, -3.3), (3.3, -1.4), (3.3, 1.4), (2.2, 3.3), (-2.2, 3.3),
               (-3.3, 1.4), (-3.3, -1.4))  # fmt: skip
    ring = tuple((*a, *b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True))
    plus = ((-4.6, -2.0, -3.6, -2.0), (-4.1, -2.5, -4.1, -1.5))
    return Footprint(
        "Radial_6.3", "Electrolytic 6.3 mm, 2.5 mm pitch", pads, ring + plus,
        (-3.6, -3.6, 3.6, 3.6),
        (_block(6.3, 6.3, 11.2, BLUE),), is_smd=False,
    )  # fmt: skip


def _point() -> Footprint:
    pads = (Pad("1", 0, 0, 2.0, 2.0, 1.0, "circle"),)
    return Footprint(
        "Point", "Test point, hole for a probe or a loop of wire", pads, (), (-1.1, -1.1, 1.1, 1.1),
        is_smd=False, is_bought=False,
    )  # fmt: skip


def _screw() -> Footprint:
    pads = (Pad("", 0, 0, 2.2, 2.2, 2.2, "circle", plated=False),)
    return Footprint(
        "Screw_M2", "Hole for M2, head 3.8", pads, (), (-2, -2, 2, 2), is_smd=False, is_bought=False
    )


SMA_LANDS = _banded(
    _chip("SMA", "DO-214AC; band at pad 2", 4.0, (2.0, 1.8), _block(4.3, 2.6, 2.3, BLACK))
)
ALL = {
    footprint.name: footprint
    for footprint in (
        _chip("0805", "Chip 0805, hand-soldering lands", 2.05, (1.25, 1.4),
              _block(2.0, 1.25, 0.6, BLACK)),
        _chip("C0805", "Capacitor 0805, hand-soldering lands", 2.05, (1.25, 1.4),
              _block(2.0, 1.25, 1.25, RED)),
        _chip("1206", "Chip 1206, hand-soldering lands", 3.1, (1.4, 1.8),
              _block(3.2, 1.6, 0.8, GREEN)),
        SMA_LANDS, _sot23(), _sot23_6(), _ufl(), _electrolytic(), _point(), _screw(), _pico(),
        *(plug(pins) for pins in (2, 3, 5, 6, 8, 9)),
    )
}  # fmt: skip
