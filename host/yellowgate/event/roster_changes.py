"""What a list of runners brings to the roster, in words: shown before it is taken in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from yellowgate.event.race_toml import RaceFile
from yellowgate.event.roster import Update
from yellowgate.event.runner_list import Columns
from yellowgate.model import Runner

SHOWN_MAX = 20


def columns_of(race: RaceFile) -> Columns:
    """The columns that this race has a use for."""
    several = (("event", bool(race.events)), ("wave", bool(race.waves)))
    return Columns(race.classes, tuple(name for name, is_used in several if is_used))


def lines(update: Update) -> Iterator[tuple[str, str, str]]:
    """("new" or "changed", the name, what) of the first of each; and how many more there are."""
    for row in update.added[:SHOWN_MAX]:
        yield "new", row.name, in_words(row)
    for old, new in update.changed[:SHOWN_MAX]:
        yield "changed", new.name, change_words(old, new)
    left = sum(max(0, len(rows) - SHOWN_MAX) for rows in (update.added, update.changed))
    if left:
        yield "", f"and {left} more", ""


def in_words(row: Runner) -> str:
    """Who that is."""
    bibs = " ".join(dict.fromkeys(row.bibs.values()))
    parts = (
        row.gender, bibs and f"bib {bibs}", row.birthdate, ", ".join(row.tags), row.event,
        row.wave and f"wave {row.wave}",
    )  # fmt: skip
    return ", ".join(part for part in parts if part)


def change_words(old: Runner, new: Runner) -> str:
    """Each field that differs, before and after."""
    said = [
        f"{field.name} {getattr(old, field.name) or 'none'} -> {getattr(new, field.name)}"
        for field in fields(Runner)
        if getattr(old, field.name) != getattr(new, field.name) and field.name != "bibs"
    ]
    bibs = [
        f"bib{f' of loop {loop}' if loop else ''} {old.bibs.get(loop, 'none')} -> {bib}"
        for loop, bib in sorted(new.bibs.items())
        if old.bibs.get(loop) != bib
    ]
    return ", ".join(bibs + said)
