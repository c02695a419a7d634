"""A little SVG: scales, ticks, and elements with their text escaped. Pages need nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple


class Scale(NamedTuple):
    """A linear map from values to pixels."""

    low: float
    high: float
    start_px: float
    end_px: float

    def __call__(self, value: float) -> float:
        """Pixels of a value."""
        span = self.high - self.low or 1.0
        return self.start_px + (value - self.low) / span * (self.end_px - self.start_px)


def ticks(low: float, high: float, count_max: int = 5) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten) within low and high, at most count_max + 1."""
    span = high - low
    if span <= 0:
        return [low]
    power = 10 ** math.floor(math.log10(span / count_max))
    step = next(power * by for by in (1, 2, 5, 10) if span / (power * by) <= count_max)
    first = math.ceil(low / step - 1e-9)
    return [at * step for at in range(first, math.floor(high / step + 1e-9) + 1)]


def element(name: str, content: str = "", **attributes: str | float | None) -> str:
    """An element; content is markup already. class_ is class, stroke_width is stroke-width."""
    words = "".join(
        f' {_attribute(key)}="{escape(_short(value))}"'
        for key, value in attributes.items()
        if value not in (None, "")
    )
    return f"<{name}{words}>{content}</{name}>"


def _attribute(key: str) -> str:
    return key if key == "viewBox" else key.rstrip("_").replace("_", "-")


def text(x: float, y: float, words: str, text_anchor: str = "", class_: str = "") -> str:
    """Words at a place."""
    return element("text", escape(words), x=x, y=y, text_anchor=text_anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str = "", content: str = "") -> str:
    """A straight line."""
    return element("line", content, x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def title(words: str) -> str:
    """What a pointer that rests on the element shows."""
    return element("title", escape(words))


def polyline(points: Sequence[tuple[float, float]], content: str = "", class_: str = "") -> str:
    """A line through points."""
    return element("polyline", content, points=_path(points), fill="none", class_=class_)


def polygon(points: Sequence[tuple[float, float]], content: str = "", class_: str = "") -> str:
    """A filled outline."""
    return element("polygon", content, points=_path(points), class_=class_)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def canvas(width: float, height: float, content: Sequence[str], label: str) -> str:
    """The whole picture; it scales with the page. label: for who cannot see it."""
    return element(
        "svg",
        "".join(content),
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
        xmlns="http://www.w3.org/2000/svg",
    )


def _short(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
