"""What a race shows to everybody: one page and one JSON file that need nothing from anywhere.

Only what the director opened in race.toml: names and loops, or all results too, or nothing (a page
that says so, in the place of what was open before). Never tags, rulings, reasons, records, stations
or who is looked for. The same log gives the same bytes, so
that what did not change need not be sent again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.report.html import column_names, environment
from yellowgate.report.words import class_words, clean, span, unit_of

Opened = Literal["nothing", "names and loops", "all"]
SHOWN = ("counted", "provisional", "over cutoff", "pages missing")
# Who is where, overdue or looked for is told to families by people, and not by a page.
STATUS = {
    "on course": "in the race",
    "in camp": "in the race",
    "overdue": "in the race",
    "out": "out",
}
REFRESH_S = 60
NAMES = ("results.json", "index.html")  # the page that people open comes last


@dataclass(frozen=True)
class Line:
    """A runner as everybody may see it. times: of each loop, "" for none; empty where only names
    and loops are open, as are place, bib, gender, classes and result.
    """

    name: str
    loops: int
    status: str
    place: str = ""
    bib: str = ""
    gender: str = ""
    classes: tuple[str, ...] = ()
    result: str = ""
    times: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One race of the site. last_us: its newest word (UTC), None before the first."""

    race: str
    zone: str
    state: str
    unit: str
    start_us: int | None
    last_us: int | None
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def files(logs: Sequence[OfficialLog], opened: Opened) -> dict[str, str]:
    """The site: the text of each file, by its name, in the order of NAMES."""
    shown = parts(logs, opened)
    page = (
        environment()
        .get_template("site.html")
        .render(parts=shown, is_all=opened == "all", refresh_s=REFRESH_S)
    )
    return dict(zip(NAMES, (_json(shown, opened), page), strict=True))


def parts(logs: Sequence[OfficialLog], opened: Opened) -> list[Part]:
    """What is shown of each race."""
    return [] if opened == "nothing" else [_part(log, opened) for log in logs]


def _part(log: OfficialLog, opened: Opened) -> Part:
    is_all = opened == "all"
    count = max((len(line.loops) for line in log.runners), default=0) if is_all else 0
    return Part(
        clean(log.race),
        log.zone,
        log.state,
        unit_of(log),
        log.start_us,
        _last_us(log),
        tuple(column_names(log, count)) if is_all else (),
        tuple(_line(line, count, is_all) for line in log.runners),
    )


def _last_us(log: OfficialLog) -> int | None:
    """The newest touch or ruling: what the page is as of, whenever it was written."""
    touched = [row.utc_us for line in log.runners for loop in line.loops for row in loop.evidence]
    moments = [*touched, *(row.at_us for row in log.rulings)]
    return max((at_us for at_us in moments if at_us <= log.as_of_us), default=None)


def _line(line: RunnerLog, count: int, is_all: bool) -> Line:
    name, status = clean(line.name), STATUS.get(line.status, line.status)
    if not is_all:
        return Line(name, line.loops_counted, status)
    times = [_time(loop) for loop in line.loops]
    return Line(
        name,
        line.loops_counted,
        status,
        "" if line.place is None else str(line.place),
        clean(line.bib),
        line.gender,
        tuple(map(clean, class_words(line))),
        line.result,
        (*times, *[""] * (count - len(times))),
    )


def _time(loop: Loop) -> str:
    if loop.in_us is None or loop.verdict not in SHOWN:
        return ""
    words = "" if loop.verdict == "counted" else f" ({loop.verdict})"
    return f"{span(loop.in_us)}{words}"


def _json(parts: Iterable[Part], opened: Opened) -> str:
    races = [
        {
            "race": part.race,
            "state": part.state,
            "runners": [_object(line, part, opened) for line in part.lines],
        }
        for part in parts
    ]
    return json.dumps({"shows": opened, "races": races}, ensure_ascii=False, indent=1) + "\n"


def _object(line: Line, part: Part, opened: Opened) -> dict[str, object]:
    row: dict[str, object] = {
        "name": line.name, f"{part.unit}s": line.loops, "status": line.status,
    }  # fmt: skip
    if opened != "all":
        return row
    return row | {
        "place": int(line.place) if line.place else None,
        "bib": line.bib,
        "gender": line.gender,
        "result": line.result,
        "times": list(line.times),
    }
