"""Templates: compiled once, and written as pieces that can change one by one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from yellowgate.report import html
from yellowgate.report.words import brief
from yellowgate.times import hms
from yellowgate.web.pieces import Piece, State
from yellowgate.web.roles import Role

FILES = {"hq.js": "text/javascript", "hq.css": "text/css", "entry.js": "text/javascript"}
Way = str  # "to", "since", "ago", "wall"
TICK = re.compile(r'(<span class="tick[^"]*" data-at="(-?\d+)" data-way="(to|since|ago)">)(?=</)')


@dataclass(frozen=True)
class StaticFile:
    """A script or style: kept by browsers under an address that changes with it."""

    name: str
    kind: str
    data: bytes
    version: str


def static_files() -> dict[str, StaticFile]:
    """By name."""
    found: dict[str, StaticFile] = {}
    for name, kind in FILES.items():
        data = resources.files("yellowgate.web").joinpath("templates", name).read_bytes()
        found[name] = StaticFile(name, kind, data, hashlib.sha256(data).hexdigest()[:12])
    return found


class Kept:
    """The pieces of one page that say of what they are made, and what that was."""

    def __init__(self) -> None:
        self.of_pieces: dict[str, tuple[object, Piece]] = {}


class Pages:
    """The pages of one race HQ. now_us: for clocks where no script runs. is_still: its clocks do
    not go on.
    """

    def __init__(self, now_us: Callable[[], int], is_still: bool) -> None:
        self._now_us = now_us
        self._is_still = is_still
        self.files = static_files()
        self._templates = html.environment("yellowgate.web")
        templates: Any = self._templates  # jinja2's own annotations are partial
        templates.globals.update(tick=tick, address=self._address)
        templates.filters.update(slug=slug, data=data)

    def _address(self, name: str) -> str:
        return f"/{name}?v={self.files[name].version}"

    def pieces(
        self, template: str, words: Mapping[str, Any], kept: Kept | None = None
    ) -> list[Piece]:
        """The pieces that a template writes. kept: what was written last time; a piece that says of
        what it is made (`of`) is written again when that is another.
        """
        found: list[Piece] = []
        before, after = (kept.of_pieces if kept else {}), dict[str, tuple[object, Piece]]()

        def piece(
            key: str,
            parent: str = "",
            of: object = None,
            caller: Callable[[], str] | None = None,
        ) -> str:
            made_of, made = before.get(key, (None, None))
            if of is None or made is None or made_of != of or made.parent != parent:
                made = Piece(key, parent, _squeezed(caller()) if caller else "")
            if of is not None:
                after[key] = of, made
            found.append(made)
            return ""

        def shell(key: str, parent: str, tag: str, kind: str = "", label: str = "") -> str:
            start = Markup('<{} id="{}" data-shell="1" class="{}"{}>').format(
                tag, key, kind, Markup(' aria-label="{}"').format(label) if label else ""
            )
            found.append(Piece(key, parent, str(start), f"</{tag}>"))
            return ""

        self._templates.get_template(template).render(**words, piece=piece, shell=shell)
        if kept:
            kept.of_pieces = after
        return found

    def document(self, title: str, role: Role, page: str, about: str, state: State) -> str:
        """A page that is told what changes. page, about: see hub.Key."""
        live = TICK.sub(lambda match: match[1] + self._shown(match), state.html())
        return self._render(
            "live.html", title=title, role=role, page=page, about=about,
            version=state.version, live=Markup(live), own=page,
        )  # fmt: skip

    def plain(self, title: str, role: Role, template: str, **words: object) -> str:
        """A page that stays as it is."""
        return self._render(
            template, title=title, role=role, page="", own=template.removesuffix(".html"), **words
        )

    def _render(self, template: str, **words: object) -> str:
        made = self._templates.get_template(template)
        return made.render(
            **words, now_ms=self._now_us() // 1000, roles=Role, is_still=self._is_still
        )

    def _shown(self, match: re.Match[str]) -> str:
        return shown(int(match[2]) * 1000, match[3], self._now_us())


def tick(at_us: int, way: Way, kind: str = "") -> Markup:
    """A clock that runs in the browser: time to a moment, since it, or roughly ago. at_us: UTC."""
    return Markup('<span class="tick {}" data-at="{}" data-way="{}"></span>').format(
        kind, at_us // 1000, way
    )


def shown(at_us: int, way: Way, now_us: int) -> str:
    """What such a clock shows."""
    span_us = at_us - now_us if way == "to" else now_us - at_us
    return f"{brief(span_us)} ago" if way == "ago" else hms(abs(span_us))


@lru_cache(maxsize=20_000)
def slug(name: str) -> str:
    """A name as an id of a page, the same for the same name only."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:24]
    return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def data(value: object) -> Markup:
    """A value as JSON in an attribute."""
    return escape(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _squeezed(text: str) -> str:
    return re.sub(r"\s*\n\s*", "\n", text).strip()
