"""Pages to print, in A4 and Letter: one HTML text each, which needs nothing from anywhere.

Who is out there, start list, bibs by loop, forms to write on (forms.py), results with rulings and
a place for signatures, one runner's log. A bib stands before every name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from yellowgate.event.age import age_on
from yellowgate.event.race_toml import RaceFile
from yellowgate.event.rules import BarkleyRules
from yellowgate.model import RulingLine, Runner
from yellowgate.race.checks.roll_call import Whereabouts, board
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.report import words
from yellowgate.report.forms import Form, bib_order, forms
from yellowgate.report.html import MARKS, column_names, environment
from yellowgate.report.people import by_name, split_name
from yellowgate.report.words import span, unit_of
from yellowgate.times import iso

Paper = Literal["A4", "letter"]
What = Literal["out", "start", "loops", "forms", "results", "runner"]
TITLES: dict[str, str] = {
    "out": "Who is out there",
    "start": "Start list",
    "loops": "Bibs",
    "forms": "Forms",
    "results": "Results",
    "runner": "Log of one runner",
}
LOOP_COLUMNS_MAX = 6  # more are counted, as in the HTML log


@dataclass(frozen=True)
class Subject:
    """A race to print. bib_of: what this runner wears on this loop, by the rulings too. who: the
    runner, for a page of one. loop: of forms, 0: those that runners are on, or begin next.
    """

    log: OfficialLog
    file: RaceFile
    roster: Sequence[Runner]
    bib_of: Callable[[Runner, int], str]
    who: str = ""
    loop: int = 0

    @property
    def people(self) -> list[Runner]:
        """Those of the roster who run in this race."""
        here = {line.name for line in self.log.runners}
        return [row for row in self.roster if row.name in here]


class OutRow(NamedTuple):
    """Somebody who is out there, or in camp. by: when the runner is due."""

    bib: str
    name: str
    gender: str
    state: str
    seen: str
    by: str


class StartRow(NamedTuple):
    """Somebody on the start list."""

    bib: str
    name: str
    gender: str
    age: str
    home: str
    more: str
    tag: str


class BibTable(NamedTuple):
    """Bibs by runner and by bib. names: (name, bib of each loop). bibs: for each loop, (bib, name)
    in their order. heads: of the loops; one alone where the bibs never change.
    """

    heads: list[str]
    names: list[tuple[str, list[str]]]
    bibs: list[list[tuple[str, str]]]


class LoopRow(NamedTuple):
    """A loop of one runner, in words."""

    loop: int
    bib: str
    out: str
    out_clock: str
    arrived: str
    in_clock: str
    took: str
    margin: str
    verdict: str
    records: str


def page(what: What, subjects: Sequence[Subject], paper: Paper) -> str:
    """The page of these races, one after the other."""
    make: dict[str, Callable[[Subject], dict[str, object]]] = {
        "out": _out,
        "start": _start,
        "loops": _loops,
        "forms": _forms,
        "results": _results,
        "runner": _runner,
    }
    parts = [{"log": one.log, **make[what](one)} for one in subjects]
    return (
        environment()
        .get_template(f"print_{what}.html")
        .render(parts=parts, title=TITLES[what], paper=paper, marks=MARKS, basis=words.BASIS)
    )


def paper_of(zone: str) -> Paper:
    """What is in the printers there: Letter in the Americas, A4 elsewhere."""
    return "letter" if zone.startswith(("America/", "US/", "Canada/")) else "A4"


def _out(one: Subject) -> dict[str, object]:
    seen = board(one.log, one.file)
    groups = (
        ("missing", "Not accounted for", seen.missing),
        ("overdue", "Overdue", seen.overdue),
        ("on-course", "On course", seen.on_course),
        ("in-camp", "In camp", seen.in_camp),
    )
    return {
        "groups": [
            (kind, title, [_out_row(row, one.log) for row in sorted(group, key=_urgency)])
            for kind, title, group in groups
            if group
        ],
        "done": [(row.bib, row.name, _fate(row)) for row in seen.done],
        "not_started": [(row.bib, row.name) for row in seen.not_started],
        "in_race": sum(len(group) for _, _, group in groups),
    }


def _urgency(row: Whereabouts) -> tuple[bool, int, object]:
    """Who is due first, and then by bib: on paper, a runner is looked for by it."""
    return row.left_us is None, row.left_us or 0, bib_order(row.bib)


def _fate(row: Whereabouts) -> str:
    return row.reason or row.status


def _out_row(row: Whereabouts, log: OfficialLog) -> OutRow:
    state = f"{unit_of(log)} {row.loop}" if row.status in ("on course", "overdue") else row.status
    since = "" if row.since_us is None else f" since {_clock(row.since_us, log)}"
    seen = ""
    if row.last_seen_us is not None:
        seen = f"{_clock(row.last_seen_us, log)} {row.last_seen_place}".strip()
    by = "" if row.next_cutoff_us is None else _clock(row.next_cutoff_us, log)
    return OutRow(row.bib, row.name, row.gender, f"{state}{since}", seen, by)


def _clock(at_us: int, log: OfficialLog) -> str:
    """The clock on the wall, without seconds: what people compare with their watches."""
    return "" if log.start_us is None else words.wall(log.start_us + at_us, log.zone)[:-3]


def _start(one: Subject) -> dict[str, object]:
    people = sorted(one.people, key=lambda row: bib_order(one.bib_of(row, 1)))
    day = "" if one.log.start_us is None else iso(one.log.start_us)[:10]
    return {"rows": [_start_row(row, one, day) for row in people], "has_day": bool(day)}


def _start_row(runner: Runner, one: Subject, day: str) -> StartRow:
    age = age_on(runner.birthdate, day) if day else None
    age = age if age is not None else runner.age or None
    home = ", ".join(part for part in (runner.city, runner.state, runner.country) if part)
    more = [one.file.wave_of(runner) and f"wave {runner.wave}", *runner.classes.values()]
    return StartRow(
        one.bib_of(runner, 1), runner.name, runner.gender, "" if age is None else str(age), home,
        ", ".join(filter(None, more)), "" if runner.tags else "no tag",
    )  # fmt: skip


def _loops(one: Subject) -> dict[str, object]:
    return {"table": bib_table(one)}


def bib_table(one: Subject) -> BibTable:
    """Who wears what on which loop."""
    rules = one.file.rules
    last = max((loop for row in one.people for loop in row.bibs), default=0)
    count = rules.loops if isinstance(rules, BarkleyRules) else max(1, last)
    worn = [(row, [one.bib_of(row, loop) for loop in range(1, count + 1)]) for row in one.people]
    if all(len(set(bibs)) == 1 for _, bibs in worn):
        count, worn = 1, [(row, bibs[:1]) for row, bibs in worn]
    unit = unit_of(one.log).capitalize()
    by_bib = [
        sorted(
            ((bibs[at], row.name) for row, bibs in worn if bibs[at]), key=lambda r: bib_order(r[0])
        )
        for at in range(count)
    ]
    heads = [f"{unit} {loop}" for loop in range(1, count + 1)] if count > 1 else ["Bib"]
    names = sorted(((row.name, bibs) for row, bibs in worn), key=lambda r: split_name(r[0])[::-1])
    return BibTable(heads, names, by_bib)


def _forms(one: Subject) -> dict[str, object]:
    return {"forms": forms_of(one)}


def forms_of(one: Subject) -> list[Form]:
    """The forms of this race."""
    return forms(one.log, one.file, one.people, one.bib_of, one.loop)


def _results(one: Subject) -> dict[str, object]:
    log = one.log
    count = max((len(line.loops) for line in log.runners), default=0)
    is_wide = count <= LOOP_COLUMNS_MAX
    return {
        "columns": column_names(log, count) if is_wide else [],
        "unit": unit_of(log),
        "has_km": any(line.distance_km for line in log.runners),
        "times": {line.name: [loop_words(loop) for loop in line.loops] for line in log.runners},
        "bibs": {line.name: _all_bibs(line) for line in log.runners},
        "waiting": [row for row in log.problems if row.level == "decide"],
    }


def loop_words(loop: Loop) -> str:
    """A loop in a cell: its time, and what is to be said of it."""
    time = span(loop.in_us) if loop.in_us is not None else ""
    note = "" if loop.verdict in ("counted", "open") else loop.note or loop.verdict
    return ", ".join(filter(None, (time, note, "doubtful" if loop.doubtful else "")))


def _all_bibs(line: RunnerLog) -> str:
    bibs = dict.fromkeys(loop.bib for loop in line.loops if loop.bib)
    return " ".join(bibs or ({line.bib: None} if line.bib else {}))


def _runner(one: Subject) -> dict[str, object]:
    line = next(row for row in one.log.runners if row.name == one.who)
    person = by_name(one.roster)[line.name]
    return {
        "line": line,
        "bibs": _all_bibs(line) or one.bib_of(person, 1),
        "home": ", ".join(filter(None, (person.city, person.state, person.country))),
        "unit": unit_of(one.log),
        "rows": [_loop_row(loop, one.log) for loop in line.loops],
        "rulings": list({row.id: row for row in _rulings(line)}.values()),
    }


def _rulings(line: RunnerLog) -> list[RulingLine]:
    of_loops = [row for loop in line.loops for row in loop.rulings]
    of_sightings = [row for seen in line.sightings for row in seen.rulings]
    return sorted([*of_loops, *of_sightings, *line.rulings], key=lambda row: row.at_us)


def _loop_row(loop: Loop, log: OfficialLog) -> LoopRow:
    took = ""
    if loop.in_us is not None and loop.out_us is not None:
        took = span(loop.in_us - loop.out_us)
    margin = ""
    if loop.margin_us is not None:
        side = "over by" if loop.margin_us < 0 else "left"
        margin = f"{side} {span(abs(loop.margin_us))}"
    pages = ""
    if loop.pages is not None and loop.pages.have is not None:
        pages = f"{loop.pages.have} of {loop.pages.of} pages"
    said = (loop.verdict, loop.note, pages, f"doubtful: {loop.doubt}" if loop.doubtful else "")
    records = [
        f"{row.use}: {row.station}" + (f" record {row.seq}" if row.seq >= 0 else "")
        for row in loop.evidence
    ]
    return LoopRow(
        loop.loop, loop.bib, *_moment(loop.out_us, log), *_moment(loop.in_us, log), took, margin,
        ", ".join(filter(None, said)), "; ".join(records),
    )  # fmt: skip


def _moment(at_us: int | None, log: OfficialLog) -> tuple[str, str]:
    """By the race's clock, and by the one on the wall."""
    return ("", "") if at_us is None else (span(at_us), _clock(at_us, log))
