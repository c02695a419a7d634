"""The start and the roster: what only the director changes, each change shown before it is made."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from starlette.responses import JSONResponse, Response

from yellowgate.event import roster as rosters
from yellowgate.event import roster_changes, runner_list, table_file
from yellowgate.event.rules import BarkleyRules
from yellowgate.event.runner_list import Faults
from yellowgate.model import Runner
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece
from yellowgate.web.render import Kept
from yellowgate.web.roles import Role

DATES: dict[str, Literal["dmy", "mdy", ""]] = {"dmy": "dmy", "mdy": "mdy"}
FIELDS = ("gender", "bib", "tag", "tag2", "birthdate", "city", "state", "country", "wave", "event")
EMPTIED = ("tag", "tag2", "birthdate", "city", "state", "country", "wave", "event")
FAULTS_SHOWN = 12


def render_race(hq: Headquarters, _about: str) -> Render:
    """Start, roster and tags."""

    kept = Kept()

    def render(view: View) -> list[Piece]:
        words: dict[str, Any] = {"view": view, "log": view.log, "roster": ()}
        if view.moment is not None:
            race = view.moment.race
            words |= {
                "roster": sorted(race.roster, key=_by_bib),
                "starts": [(one.race.file.event, one.log) for one in view.moment.events()],
                "has_conch": isinstance(race.file.rules, BarkleyRules),
                "events": [(one.event, one.name) for one in (race.file, *race.file.events)],
                "waves": [one.name for one in race.file.waves],
                "enrolment": hq.enrolment,
            }
        return hq.pages.pieces("race.html", words, kept)

    return render


def _by_bib(row: Runner) -> tuple[int, str]:
    bib = row.bib(1)
    return (int(bib) if bib.isdecimal() else 10**9, row.name)


def race(asked: Asked) -> Response:
    """The page."""
    return asked.hq.live_page(asked, "Race", Key("race"), render_race(asked.hq, ""))


def import_list(asked: Asked) -> Response:
    """A list of runners, pasted or as a file: first what it brings, then taken in."""
    folder = asked.hq.folder
    before, file = folder.roster(), folder.race()
    dates = DATES.get(asked.text("dates"), "")
    try:
        table = table_file.read(_given(asked), asked.text("encoding"), asked.text("sheet"))
        today = datetime.now(UTC).date()
        reading = runner_list.read(table, roster_changes.columns_of(file), dates, today)
        update = rosters.take_in(before, reading, asked.text("correct") == "yes")
    except Faults as error:
        raise Refused(_all_of(error)) from error
    if not update.added and not update.changed:
        return JSONResponse({"said": ["The roster is so already: nothing changes."]})
    said = [" ".join(filter(None, line)) for line in roster_changes.lines(update)]
    if asked.text("sure") != "yes":
        again = {**asked.words, "sure": "yes"}
        return JSONResponse({"ask": [*reading.notes, *said], "again": again})
    _write(asked, update.runners)
    return JSONResponse(
        {"said": [f"{len(update.added)} new, {len(update.changed)} changed: "
                  f"{len(update.runners)} runners."]}
    )  # fmt: skip


def _given(asked: Asked) -> bytes:
    if asked.text("file"):
        try:
            return base64.b64decode(asked.text("file"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused("The file did not arrive whole: choose it again.") from error
    if not asked.text("list").strip():
        raise Refused("There is no list: paste one, or choose a file.")
    return asked.text("list").encode()


def _all_of(error: Faults) -> str:
    more = len(error.lines) - FAULTS_SHOWN
    shown = "; ".join(error.lines[:FAULTS_SHOWN])
    return f"{shown}{f'; and {more} more' if more > 0 else ''}; the roster is as it was"


def edit(asked: Asked) -> Response:
    """One runner: a new one, another name, or fields that are given."""
    folder = asked.hq.folder
    before = folder.roster()
    old, name = asked.text("old"), " ".join(asked.text("name").split())
    if not name:
        raise Refused("A runner needs a name.")
    runners: Sequence[Runner] = before
    if old and old != name:
        runners = rosters.renamed(runners, old, name)
    given = {key: asked.text(key).strip() for key in FIELDS if asked.text(key).strip()}
    given |= _loop_bibs(asked.text("loop_bibs"))
    if given:
        text = io.StringIO()
        csv.writer(text).writerows([["name", *given], [name, *given.values()]])
        table = table_file.read(text.getvalue().encode(), "utf-8", "")
        columns = roster_changes.columns_of(folder.race())
        reading = runner_list.read(table, columns, "", datetime.now(UTC).date())
        runners = rosters.take_in(runners, reading, is_correction=bool(old)).runners
    if old:
        runners = [_emptied(row, asked) if row.name == name else row for row in runners]
    if list(runners) == list(before):
        return JSONResponse({"said": [f"{name}: nothing changes."]})
    _write(asked, list(runners))
    return JSONResponse({"said": [f"{name}: kept in the roster."]})


def _emptied(runner: Runner, asked: Asked) -> Runner:
    """Without what was taken out of the form: a list says nothing by an empty cell, a form does."""
    empty = [key for key in EMPTIED if key in asked.words and not asked.text(key).strip()]
    return replace(runner, **dict.fromkeys(empty, ""))


def _loop_bibs(text: str) -> dict[str, str]:
    """ "1=102 2=202": the bib of each loop."""
    found: dict[str, str] = {}
    for word in text.replace(",", " ").split():
        loop, equals, bib = word.partition("=")
        if not equals or not loop.isdecimal() or not int(loop) or not bib:
            raise Refused(f"{word!r}: write the bib of a loop like 2=202")
        found[f"bib_loop{int(loop)}"] = bib
    return found


def _write(asked: Asked, runners: list[Runner]) -> None:
    asked.hq.folder.write_roster(runners)
    asked.hq.changed()


ROUTES = (
    Spec("/race", Role.DIRECTOR, race),
    Spec("/roster/import", Role.DIRECTOR, import_list, "POST"),
    Spec("/roster/edit", Role.DIRECTOR, edit, "POST"),
)
