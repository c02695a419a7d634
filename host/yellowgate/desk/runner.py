"""One runner: who is meant, all that is known, and what can be ruled now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yellowgate.desk.forms import FormField, FormSpec
from yellowgate.event.person import same_bib
from yellowgate.event.rules import BarkleyRules
from yellowgate.event.who import plain
from yellowgate.model import Ruling, Runner
from yellowgate.official import Moment
from yellowgate.race.checks.roll_call import Whereabouts
from yellowgate.race.official_log import OfficialLog, RunnerLog
from yellowgate.report.words import unit_of
from yellowgate.rulings.fields import REASONS
from yellowgate.rulings.kinds import words
from yellowgate.rulings.states import STANDS

HITS_MAX = 50


@dataclass(frozen=True)
class Hit:
    """A runner who may be meant. why: by what: "name", "bib 217 (loop 2)", "tag 04a1..."."""

    name: str
    bib: str
    status: str
    why: str


@dataclass(frozen=True)
class RulingRow:
    """A ruling on the runner, undone ones too. text: what was ruled; state: what became of it."""

    id: str
    at_us: int
    by: str
    kind: str
    text: str
    why: str
    state: str

    @property
    def stands(self) -> bool:
        """Can it be taken back?"""
        return self.state == STANDS


@dataclass(frozen=True)
class RunnerPage:
    """All that is known of a runner. log: of the event that the runner is in; line: with loops,
    touches, bounds and sightings; where: as on the board; forms: what can be ruled now.
    """

    runner: Runner
    log: OfficialLog
    line: RunnerLog
    bibs: tuple[tuple[int, str], ...]
    where: Whereabouts | None
    rulings: tuple[RulingRow, ...]
    forms: tuple[FormSpec, ...]


def find(moment: Moment, text: str) -> list[Hit]:
    """Who may be meant by a part of a name, a bib of any loop, or a tag; the surest first."""
    people = moment.people
    lines = {line.name: line for one in moment.events() for line in one.log.runners}
    found: dict[str, str] = {}
    low = plain(text)
    for runner in people.of_bib(text.strip()) if low else []:
        found[runner.name] = _bib_words(moment, runner, text.strip())
    for runner in people.meant(text) + people.like(text):
        is_name = low in plain(runner.name) or low in map(plain, runner.formerly)
        found.setdefault(runner.name, "name" if is_name else f"tag {low}")
    return [
        Hit(name, line.bib, line.status, why)
        for name, why in list(found.items())[:HITS_MAX]
        if (line := lines.get(name)) is not None
    ]


def _bib_words(moment: Moment, runner: Runner, text: str) -> str:
    bib_of = moment.people.decisions.bib
    loops = sorted(loop for loop in runner.bibs if loop and same_bib(text, [bib_of(runner, loop)]))
    of = f" (loop {', '.join(map(str, loops))})" if loops else ""
    return f"bib {text}{of}"


def runner_page(moment: Moment, name: str) -> RunnerPage:
    """The page of the runner of this name. Raises ValueError when there is none."""
    runner = next((row for row in moment.race.roster if row.name == name), None)
    for one in moment.events():
        line = next((line for line in one.log.runners if line.name == name), None)
        if line is None or runner is None:
            continue
        sheet = one.board
        groups = (sheet.missing, sheet.overdue, sheet.on_course, sheet.in_camp, sheet.done)
        where = next((row for group in groups for row in group if row.name == name), None)
        return RunnerPage(
            runner, one.log, line, tuple(_bibs(one, runner, line)), where,
            tuple(_rulings(moment, name)), tuple(_forms(one, line)),
        )  # fmt: skip
    raise ValueError(f"nobody in this race is called {name!r}")


def _bibs(moment: Moment, runner: Runner, line: RunnerLog) -> Iterator[tuple[int, str]]:
    """The bib of each loop, or the one for all as that of loop 0."""
    ruled = [row.data["loop"] for row in moment.decisions.of(runner.name, "bib")]
    loops = sorted({loop for loop in (*runner.bibs, *ruled) if loop})
    if 0 in runner.bibs:
        yield 0, runner.bibs[0]
    yield from ((loop, moment.decisions.bib(runner, loop)) for loop in loops)


def _rulings(moment: Moment, name: str) -> Iterator[RulingRow]:
    states = moment.states()
    for row in moment.race.rulings:
        if row.data.get("runner") == name:
            yield _row(row, states[row.id])


def _row(row: Ruling, state: str) -> RulingRow:
    return RulingRow(row.id, row.at_us, row.by, row.kind, words(row.kind, row.data), row.why, state)


# Forms


def _forms(moment: Moment, line: RunnerLog) -> Iterator[FormSpec]:
    """What makes sense to rule of this runner now."""
    given, bib = {"runner": line.name}, line.bib or line.name
    unit = unit_of(moment.log)
    rules = moment.race.file.rules
    ended = [row.loop for row in line.loops if row.in_us is not None]
    if isinstance(rules, BarkleyRules) and ended:
        of = rules.pages or 13
        fields = (_loop_field(ended, unit), FormField("pages", "pages", "pages", f"{of}/{of}"))
        yield FormSpec("pages", "Pages", fields, given, f"{bib} all")
    if line.status not in ("out", "finished"):
        yield FormSpec("dropout", "Out of the race", _dropout_fields(), given, f"{bib} out rtc")
    if not line.accounted or line.status in ("out", "fun run"):
        at = FormField("at", "back in camp at", "time", "now", is_needed=True)
        yield FormSpec("return", "Back in camp", (at,), given, f"{bib} back")
    seen = (
        FormField("at", "when", "time", "now", is_needed=True),
        FormField("place", "where"),
        FormField("text", "what was said"),
    )
    yield FormSpec("sighting", "Was seen", seen, given, f"{bib} seen 14:02:00 at PLACE")
    yield from _loop_forms(line, given, unit, ended)
    worn = (_number_field(unit, line.loop_now or len(line.loops) + 1), FormField("bib", "bib"))
    yield FormSpec("bib", "Another bib", worn, given, f"{bib} bib 217 loop 2")
    tag = (FormField("tag", "UID in hex", is_needed=True), FormField("at", "from", "time", "now"))
    yield FormSpec("tag", "Another tag", tag, given, f"{bib} tag UID")


def _loop_forms(
    line: RunnerLog, given: dict[str, str], unit: str, ended: list[int]
) -> Iterator[FormSpec]:
    loop, bib = line.loops[-1].loop if line.loops else 1, line.bib or line.name
    paper = (
        _number_field(unit, loop),
        FormField("in", "arrival", "time"),
        FormField("out", "departure", "time"),
        FormField("wins", "before the station's", "yes or no"),
    )
    yield FormSpec("paper", "Time by hand", paper, given, f"{bib} in 35:40:46")
    late = [row.loop for row in line.loops if row.verdict in ("over cutoff", "pages missing")]
    if late or any(row.doubtful for row in line.loops):
        limits = tuple((word, word) for word in ("cutoff", "start", "pages"))
        grace = (_number_field(unit, (late or [loop])[-1]), FormField("for", "for", "choice",
                 "cutoff", limits))  # fmt: skip
        yield FormSpec("grace", "Grace", grace, given, f"{bib} grace")
    if ended:
        yield FormSpec(
            "void", "Does not count", (_loop_field(ended, unit),), given, f"{bib} void loop 1"
        )


def _dropout_fields() -> tuple[FormField, ...]:
    reasons = tuple((reason, reason) for reason in REASONS)
    return (
        FormField("reason", "why", "choice", REASONS[0], reasons, is_needed=True),
        FormField("at", "when", "time"),
        FormField("place", "where (camp: is back)", value="camp"),
    )


def _loop_field(loops: list[int], unit: str) -> FormField:
    choices = tuple((str(loop), f"{unit} {loop}") for loop in loops)
    return FormField("loop", unit, "choice", str(loops[-1]), choices, is_needed=True)


def _number_field(unit: str, loop: int) -> FormField:
    return FormField("loop", unit, "number", str(loop), is_needed=True)
