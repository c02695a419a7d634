"""Times that were written down: of the paper sheet, and departures that are ruled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from yellowgate.desk.decide import Wanted
from yellowgate.desk.facts import Meaning, Said
from yellowgate.desk.moments import When, take
from yellowgate.desk.places import AGREES, DIFFERS, OPEN, Fit, fits
from yellowgate.event.rules import LapsRules
from yellowgate.report.words import span
from yellowgate.times import US


def arrival(said: Said) -> list[Meaning]:
    """in 3:21"""
    return paper(said, "in", said.rest)


def either(said: Said) -> list[Meaning]:
    """A time alone: arrival or departure, as the log has it."""
    return paper(said, "", said.words)


def paper(said: Said, side: str, rest: Sequence[str]) -> list[Meaning]:
    """A time of the sheet; "wins": it stands before the station's."""
    text, others = take(rest)
    wins = [word for word in others if word.lower() == "wins"]
    others = [word for word in others if word.lower() != "wins"]
    stop = said.stop(others)
    if others and not stop:
        return said.no(f"{' '.join(others)!r} was not understood", "paper")
    if not text:
        return said.no(f"{side}: at what time?", "paper")
    clock = said.facts.clock(said.moment, said.line)
    if clock.start_us is None:
        return said.no("no start is known yet that a time could be of", "paper")
    loops = {said.asked.loop} if said.asked.loop else said.loops
    whens, rules = clock.read(text), said.moment.race.file.rules
    if isinstance(rules, LapsRules) and side == "out":
        return said.no("a lap begins where the last one ended: write its arrival", "paper")
    found = fits(said.line, clock.start_us, rules, whens, side, loops)
    if stop:  # who leaves a station begins the leg behind it
        ends = {"in": stop, "out": stop + 1}
        found = [fit for fit in found if fit.loop == ends[fit.side]]
    if not found:
        return said.no(_fits_nowhere(said, whens, side), "paper")
    if isinstance(rules, LapsRules) and not said.asked.loop:
        return _of_laps(said, found, clock.start_us)
    rows = [_of_sheet(said, fit, bool(wins)) for fit in found]
    if not side and all(fit.grade == DIFFERS for fit in found):
        apart = "; ".join(fit.compare for fit in found)
        problem = f"{said.name}: in or out? {apart}"
        choices = tuple((row.label, row.line) for row in rows)
        return [Meaning("paper", said.name, problem=problem, choices=choices)]
    return rows


def _of_laps(said: Said, found: Sequence[Fit], start_us: int) -> list[Meaning]:
    """A time that no reader has is of a lap more: those after it have a number too low."""
    by_loop = {row.loop: row for row in said.line.loops}
    rows = [fit for fit in found if fit.grade == AGREES] or [
        fit for fit in found if fit.grade == OPEN
    ]
    if rows:
        return [_of_sheet(said, fit, wins=False) for fit in rows]
    made: list[Meaning] = []
    for fit in found:
        known_us = by_loop[fit.loop].in_us or 0
        if fit.when.utc_us - start_us > known_us:
            continue  # it is of the lap after that one
        label = f"a lap that no reader saw: lap {fit.loop}, {fit.when.words}"
        label += f"; what was lap {fit.loop} at {span(known_us)} is lap {fit.loop + 1}"
        first = said.meaning("paper", {"loop": fit.loop, **fit.when.data("in")}, label, label)
        later = Wanted(
            "paper",
            {"runner": said.name, "loop": fit.loop + 1, "in_s": known_us // US},
            said.asked.why,
        )
        made.append(replace(first, wanted=(*first.wanted, later)))
    return made or said.no(_fits_nowhere(said, [fit.when for fit in found], "in"), "paper")


def _of_sheet(said: Said, fit: Fit, wins: bool) -> Meaning:
    data: dict[str, Any] = {"loop": fit.loop, **fit.when.data(fit.side)}
    if wins:
        data["wins"] = True
    what = "arrival, end of" if fit.side == "in" else "departure for"
    place = _place(said, fit)
    label = f"{what} {said.unit} {fit.loop}{place}, {fit.when.words}"
    asked = replace(said.asked, loop=fit.loop)
    line = asked.line(fit.side, fit.when.typed, "wins" if wins else "")
    return said.meaning("paper", data, f"{label}; {fit.compare}", label=label, line=line)


def _place(said: Said, fit: Fit) -> str:
    """Where that is, on a course from point to point."""
    stop = fit.loop if fit.side == "in" else fit.loop - 1
    return next((f" at {name}" for name, at in said.facts.stops.items() if at == stop), "")


def _fits_nowhere(said: Said, whens: Sequence[When], side: str) -> str:
    what = {"in": "an arrival", "out": "a departure"}.get(side, "a touch")
    loop = f" of {said.unit} {said.asked.loop}" if said.asked.loop else ""
    known = [
        f"{said.unit} {row.loop} " + " ".join(
            f"{word} {span(us)}" for word, us in (("out", row.out_us), ("in", row.in_us))
            if us is not None
        )
        for row in said.line.loops
    ]  # fmt: skip
    when = " or ".join(row.words for row in whens)
    return f"{when} can be {what}{loop} of none: {', '.join(known) or 'no touch is known'}"


def left(said: Said) -> list[Meaning]:
    """Left camp for a loop: stands before what stations saw."""
    text, others = take(said.rest)
    if others:
        return said.no(f"{' '.join(others)!r} was not understood", "departure")
    clock = said.facts.clock(said.moment, said.line)
    if clock.start_us is None:
        return said.no("no start is known yet", "departure")
    loops = {said.asked.loop} if said.asked.loop else said.loops
    whens, rules = said.whens(text), said.moment.race.file.rules
    found = fits(said.line, clock.start_us, rules, whens, "out", loops)
    if not found:
        return said.no(_fits_nowhere(said, whens, "out"), "departure")
    return [
        said.meaning(
            "departure", {"loop": fit.loop, **fit.when.data()},
            f"departure for {said.unit} {fit.loop}, {fit.when.words}; {fit.compare}",
            label=f"{said.unit} {fit.loop}, {fit.when.words}",
            line=replace(said.asked, loop=fit.loop).line("left", fit.when.typed),
        )
        for fit in found
    ]  # fmt: skip
