"""A little SVG: scales, axes, and elements with their text escaped. Pages need nothing else."""

from __future__ import annotations

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


def element(name: str, content: str = "", **attributes: str | float | None) -> str:
    """An element; content is markup already. class_ is class, stroke_width is stroke-width."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for key, value in attributes.items()
        if value not in (None, "")
    )
    return f"<{name}{words}>{content}</{name}>"


def text(x: float, y: float, words: str, text_anchor: str = "") -> str:
    """Words at a place."""
    return element("text", escape(words), x=x, y=y, text_anchor=text_anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str = "") -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def title(words: str) -> str:
    """What a pointer that rests on the element shows."""
    return element("title", escape(words))


def polyline(points: Sequence[tuple[float, float]], content: str = "", class_: str = "") -> str:
    """A line through points."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("polyline", content, points=path, fill="none", class_=class_)


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
