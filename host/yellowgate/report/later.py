"""Parts of a page that come when they are looked at: a race of 2,000 runners is a page of megabytes
else, which no phone reads.

They are in the page, packed; a small script, named by its hash in the page's policy, unpacks those
that come into view. Nothing is asked for from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import orjson
from markupsafe import Markup

from yellowgate.race.official_log import Loop, RunnerLog
from yellowgate.report.words import bound
from yellowgate.times import US

PARTS_EACH = 48  # parts that are packed, and unpacked, together


@cache
def script() -> str:
    """What unpacks them."""
    return resources.files("yellowgate.report").joinpath("templates", "later.js").read_text("utf-8")


@cache
def script_source() -> str:
    """How a policy names the script."""
    digest = hashlib.sha256(script().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class Later:
    """Called by a template around a part: `{% call later() %}...{% endcall %}`. On a page that is
    small everything stays where it is.
    """

    def __init__(self, is_large: bool, unit: str) -> None:
        self.is_large = is_large
        self._words = _Words(unit)
        self._parts: list[str | dict[str, Any]] = []

    def __call__(self, caller: Callable[[], str]) -> str:
        """The part, or what holds its place."""
        part = caller()
        if not self.is_large or not part.strip():
            return part
        return self._place(part)

    def laps(self, line: RunnerLog, verdict: Callable[[Loop], str]) -> str:
        """What holds the place of the table of a runner's laps. verdict: the cell of a lap that is
        not simply counted.
        """
        return self._place(_columns(line, verdict, self._words))

    def _place(self, part: str | dict[str, Any]) -> str:
        self._parts.append(part)
        return Markup('<div class="later" data-part="%d"></div>') % (len(self._parts) - 1)

    def packed(self) -> str:
        """All parts and the script, for the end of the page; "" where there is none."""
        if not self._parts:
            return ""
        parts = [self._words.listed(), *self._parts]
        starts = range(0, len(parts), PARTS_EACH)
        blocks = [parts[start : start + PARTS_EACH] for start in starts]
        made = [
            f'<script type="text/plain" class="parts" data-each="{PARTS_EACH}">{_pack(block)}'
            "</script>\n"
            for block in blocks
        ]
        return Markup("".join([*made, f"<script>{script()}</script>\n"]))


class _Words:
    """Words that the columns name by their numbers."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self.uses: dict[str, int] = {}
        self.stations: dict[tuple[str, str], int] = {}
        self.bounds: dict[str, int] = {}

    def listed(self) -> dict[str, Any]:
        """As the script reads them."""
        return {
            "unit": self._unit,
            "uses": list(self.uses),
            "stations": list(self.stations),
            "bounds": list(self.bounds),
        }


def _columns(line: RunnerLog, verdict: Callable[[Loop], str], words: _Words) -> dict[str, Any]:
    """A runner's laps. in: seconds from one end to the next; less: by how much a lap took less than
    that (it is cut to whole seconds too); other: verdict cells, by the lap's place; count: records
    of each lap; then of each record use, station and bound (numbers of words), seq, and ms:
    milliseconds since the one before, the first since ms0 of 1970.
    """
    made: dict[str, Any] = {"name": line.name, "in": [], "less": [], "count": [], "other": {}}
    columns: dict[str, list[int]] = {key: [] for key in ("use", "station", "seq", "bound", "ms")}
    before_s, before_ms = 0, None
    for at, lap in enumerate(line.loops):
        in_s = (lap.in_us or 0) // US
        made["in"].append(in_s - before_s)
        took_s = ((lap.in_us or 0) - (lap.out_us or 0)) // US
        made["less"].append(in_s - before_s - took_s)
        if lap.verdict != "counted" or lap.note or lap.doubtful or lap.rulings:
            made["other"][str(at)] = str(verdict(lap))
        rows = lap.evidence[:]
        made["count"].append(len(rows))
        for row in rows:
            columns["use"].append(words.uses.setdefault(row.use, len(words.uses)))
            key = (row.station, row.log_id)
            columns["station"].append(words.stations.setdefault(key, len(words.stations)))
            columns["seq"].append(row.seq)
            text = bound(row.uncertainty_us) if row.seq >= 0 else ""
            columns["bound"].append(words.bounds.setdefault(text, len(words.bounds)))
            ms = row.utc_us // 1000
            made.setdefault("ms0", ms)
            columns["ms"].append(ms - (made["ms0"] if before_ms is None else before_ms))
            before_ms = ms
        before_s = in_s
    return {"ms0": 0, **made, **columns}


def _pack(parts: list[str | dict[str, Any]]) -> str:
    """JSON, raw deflate, base64."""
    work = zlib.compressobj(9, zlib.DEFLATED, -15)
    plain = [part if isinstance(part, dict) else str(part) for part in parts]
    data = work.compress(orjson.dumps(plain)) + work.flush()
    return base64.b64encode(data).decode()
