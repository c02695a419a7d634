"""Times that were written down: of the paper sheet, and departures that are ruled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from yellowgate.desk.facts import Meaning, Said
from yellowgate.desk.moments import When, take
from yellowgate.desk.places import DIFFERS, Fit, fits
from yellowgate.report.words import span


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
    if others:
        return said.no(f"{' '.join(others)!r} was not understood", "paper")
    if not text:
        return said.no(f"{side}: at what time?", "paper")
    clock = said.facts.clock(said.moment, said.line)
    if clock.start_us is None:
        return said.no("no start is known yet that a time could be of", "paper")
    loops = {said.asked.loop} if said.asked.loop else said.loops
    whens, rules = clock.read(text), said.moment.race.file.rules
    found = fits(said.line, clock.start_us, rules, whens, side, loops)
    if not found:
        return said.no(_fits_nowhere(said, whens, side), "paper")
    rows = [_of_sheet(said, fit, bool(wins)) for fit in found]
    if not side and all(fit.grade == DIFFERS for fit in found):
        apart = "; ".join(fit.compare for fit in found)
        problem = f"{said.name}: in or out? {apart}"
        choices = tuple((row.label, row.line) for row in rows)
        return [Meaning("paper", said.name, problem=problem, choices=choices)]
    return rows


def _of_sheet(said: Said, fit: Fit, wins: bool) -> Meaning:
    data: dict[str, Any] = {"loop": fit.loop, **fit.when.data(fit.side)}
    if wins:
        data["wins"] = True
    what = "arrival, end of" if fit.side == "in" else "departure for"
    label = f"{what} {said.unit} {fit.loop}, {fit.when.words}"
    asked = replace(said.asked, loop=fit.loop)
    line = asked.line(fit.side, fit.when.typed, "wins" if wins else "")
    return said.meaning("paper", data, f"{label}; {fit.compare}", label=label, line=line)


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
