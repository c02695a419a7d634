"""What waits for a decision, the most urgent first, each with its likely answers.

Nothing is decided here: an answer is the ruling that `gate ruling add` would make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from yellowgate.desk.decide import Wanted
from yellowgate.desk.items import ARRIVAL, CLASH, DOUBT, NAMELESS, ODD, SAFETY, Answer, Item
from yellowgate.desk.stations import OF_LOGS, of_stations
from yellowgate.event.rules import BarkleyRules
from yellowgate.model import Problem, Ruling
from yellowgate.official import Moment, problem_text
from yellowgate.race.checks.problems import CLOCKS
from yellowgate.race.official_log import (
    Loop,
    OfficialLog,
    Proposal,
    RunnerLog,
    Unassigned,
    not_plain,
)
from yellowgate.report.words import brief, span, unit_of
from yellowgate.rulings.fields import USES
from yellowgate.rulings.kinds import words
from yellowgate.times import US

OTHERS_SHOWN = 5
NOT_RULED = "pages not ruled"  # a note of who waits here for just that


def waiting(moment: Moment) -> list[Item]:
    """All that waits at this moment, in every race of the folder."""
    found: dict[str, Item] = {}
    races = moment.events()
    for one in races:
        name = one.race.file.name if len(races) > 1 else ""
        for item in _of_event(one):
            found.setdefault(item.key, replace(item, race=name) if name else item)
        for item in of_stations(one):
            found.setdefault(item.key, item)
    for touch in moment.unassigned:
        item = nameless(moment.log, touch)
        found[item.key] = item
    return sorted(
        found.values(), key=lambda row: (row.urgency, row.at_us or 0, row.runner, row.key)
    )


def _of_event(moment: Moment) -> Iterator[Item]:
    log = moment.log
    made = {row.id: row for row in moment.race.rulings}
    for line in log.runners:
        yield from _of_runner(moment, log, line)
    early = [row for row in moment.problems if row.kind == _EARLY and row.level == "decide"]
    if early:
        yield _no_start(early)
    for problem in moment.problems:
        item = _of_problem(moment, log, problem, made)
        if item is not None:
            yield item


# Runners


def _of_runner(moment: Moment, log: OfficialLog, line: RunnerLog) -> Iterator[Item]:
    if line.status == "overdue" or not line.accounted:
        yield _lost(moment, log, line)
    for loop in not_plain(line.loops):
        if loop.verdict == "provisional" and loop.in_us is not None:
            yield _arrival(moment, log, line, loop)
        elif loop.doubtful and not _is_ruled(moment, line.name, loop):
            yield _doubt(log, line, loop)


def _lost(moment: Moment, log: OfficialLog, line: RunnerLog) -> Item:
    """Overdue, or nobody knows where: the list that a search party starts from."""
    now_us = log.as_of_us - log.as_of_us % US
    title = "not accounted for" if not line.accounted else "overdue"
    is_out, bib = line.status in ("out", "fun run"), line.bib or line.name
    back = Wanted("return", {"runner": line.name, "at": now_us})
    drop = Wanted(
        "dropout",
        {"runner": line.name, "reason": "missed cutoff", "at": now_us, "place": "camp"},
    )
    answers = (
        Answer("In camp now", (back,) if is_out else (drop,), is_usual=True),
        Answer("Seen elsewhere", form="sighting", typed=f"{bib} seen 14:02:00 at PLACE"),
    )
    if not is_out:
        answers += (Answer("Out", form="dropout", typed=f"{bib} out rtc"),)
    return Item(
        f"lost:{line.name}", SAFETY, f"{_who(line)} is {title}", _last_words(log, line), line.name,
        answers, None if log.start_us is None else log.start_us + (line.next_cutoff_us or 0),
    )  # fmt: skip


def _last_words(log: OfficialLog, line: RunnerLog) -> str:
    unit = unit_of(log)
    parts = [line.status + (f" ({line.reason})" if line.reason else "")]
    if line.status == "overdue":
        parts = [f"on {unit} {line.loop_now}, cutoff {span(line.next_cutoff_us)}"]
    if line.last_seen_us is None:
        return ", ".join([*parts, "not seen since the start"])
    start_us = line.start_us if line.start_us is not None else log.start_us
    ago = "" if start_us is None else f", {brief(log.as_of_us - start_us - line.last_seen_us)} ago"
    place = f" at {line.last_seen_place}" if line.last_seen_place else ""
    return ", ".join([*parts, f"last seen {span(line.last_seen_us)}{place}{ago}"])


def _arrival(moment: Moment, log: OfficialLog, line: RunnerLog, loop: Loop) -> Item:
    """An arrival whose pages nobody has counted."""
    of = loop.pages.of if loop.pages is not None else _pages(moment)
    every = Wanted("pages", {"runner": line.name, "loop": loop.loop, "have": of, "of": of})
    detail = f"{unit_of(log)} {loop.loop} in {span(loop.in_us)}"
    if loop.note and loop.note != NOT_RULED:
        detail += f" ({loop.note})"
    answers = (
        Answer(f"All {of} pages", (every,), is_usual=True),
        Answer("Fewer", form="pages", typed=f"{loop.bib or line.name} 12/{of}"),
    )
    return Item(
        f"pages:{line.name}:{loop.loop}", ARRIVAL, f"{_who(line, loop.bib)}: how many pages?",
        detail, line.name, answers, _utc(log, line, loop.in_us),
    )  # fmt: skip


def _pages(moment: Moment) -> int:
    rules = moment.race.file.rules
    return rules.pages if isinstance(rules, BarkleyRules) else 0


def _is_ruled(moment: Moment, name: str, loop: Loop) -> bool:
    """Did somebody say whether the loop counts? Then its doubt is decided, though it stays one. Of
    a loop without an end the doubt is a touch without a name, which waits itself.
    """
    ruling, number = moment.decisions.ruling, loop.loop
    is_said = ruling("grace", name, number, "cutoff") or ruling("void", name, number)
    return bool(is_said) or loop.in_us is None


def _doubt(log: OfficialLog, line: RunnerLog, loop: Loop) -> Item:
    """A cutoff or an order that lies within the bounds of the times."""
    detail = f"{unit_of(log)} {loop.loop} in {span(loop.in_us)}: {loop.doubt}"
    grace = Wanted("grace", {"runner": line.name, "loop": loop.loop})
    void = Wanted("void", {"runner": line.name, "loop": loop.loop})
    answers: tuple[Answer, ...] = (
        Answer(
            "The time by hand",
            form="paper",
            typed=f"{loop.bib or line.name} in {span(loop.in_us)} wins",
        ),
    )
    if loop.cutoff_us is not None and "cutoff" in loop.doubt:
        answers += (Answer("It counts", (grace,)), Answer("It does not count", (void,)))
    return Item(
        f"doubt:{line.name}:{loop.loop}", DOUBT, f"{_who(line, loop.bib)}: doubtful", detail,
        line.name, answers, _utc(log, line, loop.in_us),
    )  # fmt: skip


def _who(line: RunnerLog, bib: str = "") -> str:
    worn = bib or line.bib
    return f"{worn} {line.name}" if worn else line.name


def _utc(log: OfficialLog, line: RunnerLog, at_us: int | None) -> int | None:
    start_us = line.start_us if line.start_us is not None else log.start_us
    return None if at_us is None or start_us is None else start_us + at_us


# Touches


def assign(touch: Unassigned, who: Proposal, why: str = "") -> Wanted:
    """That this touch is that runner's, as proposed."""
    first = touch.evidence[0]
    data: dict[str, object] = {"log_id": first.log_id, "seq": first.seq, "runner": who.name}
    if who.use in USES and first.kind != "taps":
        data["use"] = who.use
    return Wanted("assign", data, why)


def best_of(touch: Unassigned) -> list[Proposal]:
    """Those whom nothing but a person tells apart; one where the usual answer is known."""
    return [who for who in touch.proposals if who.rank == touch.proposals[0].rank]


def nameless(log: OfficialLog, touch: Unassigned) -> Item:
    """A press without a name, or a tag that nobody wears."""
    first = touch.evidence[0]
    what = "button" if first.kind == "press" else f"{first.kind} {touch.uid}"
    when = _since(log, first.utc_us)
    best = best_of(touch)
    shown = touch.proposals[:OTHERS_SHOWN] if len(best) <= 1 else best[:OTHERS_SHOWN]
    answers = [
        Answer(
            f"{who.bib} {who.name}: {who.why}".strip(),
            (assign(touch, who, "as proposed"),),
            is_usual=len(best) == 1 and who is best[0],
        )
        for who in shown
    ]
    if first.kind == "tag" and len(best) == 1:
        worn = Wanted("tag", {"runner": best[0].name, "tag": touch.uid})
        answers.append(Answer(f"All reads of this tag are those of {best[0].name}", (worn,)))
    answers.append(Answer("Somebody else", form="assign", typed=f"{first.seq} WHO"))
    void = Wanted("void", {"log_id": first.log_id, "seq": first.seq})
    answers.append(Answer("Nobody: it does not count", (void,)))
    detail = f"{what} at {first.station}, record {first.log_id[:8]}:{first.seq}"
    if len(best) > 1:
        detail += f"; {len(best)} may be meant, none more than the others"
    return Item(
        f"touch:{first.log_id}:{first.seq}", NAMELESS, f"Whose touch was this, {when}?", detail, "",
        tuple(answers), first.utc_us,
    )  # fmt: skip


def _since(log: OfficialLog, utc_us: int) -> str:
    return span(utc_us - log.start_us) if log.start_us is not None else "before the start is known"


# Problems of the log

_EARLY = "touch before the start"
# Kinds that have items of their own.
_ELSEWHERE = ("not accounted for", _EARLY, CLOCKS, *OF_LOGS)
_OF_PAPER = "paper differs"
_OF_START = ("second start", "start differs", "start not logged")


def _of_problem(
    moment: Moment, log: OfficialLog, problem: Problem, made: Mapping[str, Ruling]
) -> Item | None:
    """None of what is only good to know, or stands elsewhere."""
    if problem.kind in _ELSEWHERE:
        return None
    is_typed = problem.kind == "ruling without effect"
    if problem.level != "decide" and not is_typed:
        return None
    rulings = [made[number] for number in problem.rulings if number in made]
    urgency, answers = ODD, _take_back(rulings)
    if problem.kind == "contradiction":
        urgency, answers = CLASH, _one_of(rulings)
    elif problem.kind == _OF_PAPER:
        urgency, answers = DOUBT, _paper(problem, rulings)
    elif problem.kind in _OF_START:
        urgency, answers = (
            CLASH,
            (Answer("Say when the start was", form="start", typed="start at=TIME"),),
        )
    elif problem.runner and problem.evidence:
        answers += _void(problem)
    loop = f", {unit_of(log)} {problem.loop}" if problem.loop else ""
    title = f"{problem.runner}{loop}: {problem.kind}" if problem.runner else problem.kind
    number = "+".join(problem.rulings) or problem.text
    return Item(
        f"{problem.kind}:{problem.runner}:{problem.loop}:{number}", urgency, title,
        problem_text(problem) if not rulings else problem.text, problem.runner, answers,
        None if problem.at_us is None or log.start_us is None else log.start_us + problem.at_us,
    )  # fmt: skip


def _no_start(early: Sequence[Problem]) -> Item:
    """Runners were tapped, and no start is logged: said once, not of each of them."""
    names = ", ".join(row.runner for row in early[:OTHERS_SHOWN])
    more = f" and {len(early) - OTHERS_SHOWN} more" if len(early) > OTHERS_SHOWN else ""
    said = "sync the station where it was pressed, or say when it was; until then nothing counts"
    return Item(
        "no start", CLASH, "No start is logged, and runners were tapped", f"{names}{more}: {said}",
        answers=(Answer("Say when the start was", form="start", typed="start at=TIME"),),
    )  # fmt: skip


def _undo(ruling: Ruling) -> Wanted:
    return Wanted("undo", {"ruling": ruling.id})


def _one_of(rulings: Sequence[Ruling]) -> tuple[Answer, ...]:
    """Two people said different things: each of them may be right; the others are taken back."""
    return tuple(
        Answer(
            f"{row.by} is right: {words(row.kind, row.data)}",
            tuple(_undo(other) for other in rulings if other is not row),
        )
        for row in rulings
    )


def _take_back(rulings: Sequence[Ruling]) -> tuple[Answer, ...]:
    return tuple(
        Answer(f"Take back: {words(row.kind, row.data)} ({row.by})", (_undo(row),))
        for row in rulings
    )


def _paper(problem: Problem, rulings: Sequence[Ruling]) -> tuple[Answer, ...]:
    """The station stands unless somebody says that the paper wins."""
    wins = tuple(Wanted(row.kind, {**row.data, "wins": True}, row.why) for row in rulings)
    return (
        Answer("The station is right", tuple(map(_undo, rulings))),
        Answer("The paper is right", wins[-1:]),
    )


def _void(problem: Problem) -> tuple[Answer, ...]:
    rows = [row for row in problem.evidence if row.log_id]
    if not rows:
        return ()
    voids = tuple(Wanted("void", {"log_id": row.log_id, "seq": row.seq}) for row in rows)
    return (Answer("This touch does not count", voids),)
