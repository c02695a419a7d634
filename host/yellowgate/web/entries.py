"""Fast entry: lines from paper or the radio, understood while they are typed, kept with one key.

A phone keeps what it cannot hand in, with the moment at which it was typed; a line then means what
it meant at that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from starlette.responses import HTMLResponse, JSONResponse, Response

from yellowgate.desk.entry import Entry, understand, understand_all
from yellowgate.errors import GateError
from yellowgate.official import Moment
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.decisions import answer, by_of, keep_for, may_rule, moment_of
from yellowgate.web.roles import Role

LINES_SHOWN = 200
QUEUE_MAX = 500  # lines of a phone in one request
FRESH_US = 10_000_000  # typed just now: it means what it means now
AHEAD_US_MAX = 60_000_000


def page(asked: Asked) -> Response:
    """The page."""
    return HTMLResponse(asked.hq.pages.plain("Fast entry", asked.session.role, "entry.html"))


def live(asked: Asked) -> Response:
    """What these lines mean now; nothing is kept."""
    moment = asked.hq.latest.kept().moment
    if moment is None:
        raise Refused(asked.hq.latest.kept().trouble, 503)
    entries = _understood(asked.text("text"), moment, by_of(asked))
    return JSONResponse(
        {
            "entries": [as_json(row) for row in entries[:LINES_SHOWN]],
            "more": max(0, len(entries) - LINES_SHOWN),
        }
    )


def _understood(text: str, moment: Moment, by: str) -> list[Entry]:
    if "\n" in text.strip():
        return understand_all(text, moment, by)
    return [understand(text, moment, by)] if text.strip() else []


def as_json(row: Entry) -> dict[str, Any]:
    """As the page shows it."""
    return {
        "line": row.line,
        "kind": row.kind,
        "runner": row.runner,
        "says": row.says,
        "compare": row.compare,
        "problems": list(row.problems),
        "choices": [[choice.label, choice.line] for choice in row.choices],
        "already": row.already,
        "clear": row.is_clear,
    }


def hand_in(asked: Asked) -> Response:
    """Lines to keep, each with the moment at which it was typed. Each is answered by itself; one
    that is not understood keeps no other from being kept.
    """
    given = asked.words.get("lines")
    rows = cast("list[object]", given) if isinstance(given, list) else []
    if len(rows) > QUEUE_MAX:
        raise Refused(f"{len(rows)} lines at once are too many: {QUEUE_MAX} at most")
    return JSONResponse({"lines": [_kept(asked, row) for row in rows]})


def _kept(asked: Asked, row: object) -> dict[str, Any]:
    words: Mapping[str, Any] = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
    line, when_us, token = words.get("line"), words.get("when_us"), words.get("id")
    if not isinstance(line, str) or not isinstance(when_us, int) or isinstance(when_us, bool):
        return {"id": token, "problem": "This is no line."}
    try:
        return {"id": token, **keep_line(asked, line, when_us, words.get("seen"))}
    except (GateError, ValueError, Refused) as error:
        return {"id": token, "problem": " ".join(str(error).split())}


def keep_line(asked: Asked, line: str, when_us: int, seen: object) -> dict[str, Any]:
    """Understand one line as of when it was typed, and keep it."""
    moment = moment_of(asked)
    if when_us > moment.as_of_us + AHEAD_US_MAX:
        raise Refused("It is dated ahead: the clock of this phone is wrong. Load the page again.")
    typed = moment
    if when_us < moment.as_of_us - FRESH_US:
        typed = moment.race.at(when_us)
    entry = understand(line, typed, by_of(asked))
    when_us = min(when_us, moment.as_of_us)
    if not entry.is_clear:
        said = "; ".join(entry.problems) or "It says nothing to keep."
        return {"problem": said, "choices": [[one.label, one.line] for one in entry.choices]}
    may_rule(asked, entry.wanted, moment)
    known = [str(one) for one in cast("list[object]", seen)] if isinstance(seen, list) else []
    kept = keep_for(asked, entry.wanted, when_us, known)
    made = answer(kept)
    if "against" in made:
        return {"problem": "; ".join(made["against"]), "seen": made["seen"]}
    return {"kept": made["said"], "undo": made["undo"]}


def paste(asked: Asked) -> Response:
    """Keep the clear ones of pasted lines; the others are sent back with what is wrong."""
    moment = moment_of(asked)
    when = asked.words.get("when_us")
    entries = understand_all(asked.text("text"), moment, by_of(asked))
    clear = [row for row in entries if row.is_clear and not row.already]
    wanted = [one for row in clear for one in row.wanted]
    may_rule(asked, wanted, moment)
    when_us = when if isinstance(when, int) and 0 < when <= moment.as_of_us else moment.as_of_us
    made: dict[str, Any] = {"said": [], "undo": []}
    if wanted:
        made = answer(keep_for(asked, wanted, when_us))
    if "against" in made:
        return JSONResponse(made)
    left = [row for row in entries if row.problems]
    already = sum(row.already for row in entries)
    said = [f"{len(clear)} lines kept"]
    if already:
        said.append(f"{already} were kept before")
    if left:
        said.append(f"{len(left)} were not understood: they stand below")
    return JSONResponse(
        {"said": said, "undo": made["undo"], "left": [as_json(row) for row in left[:LINES_SHOWN]],
         "text": "\n".join(row.line for row in left)}
    )  # fmt: skip


ROUTES = (
    Spec("/entry", Role.VOLUNTEER, page),
    Spec("/understand", Role.VOLUNTEER, live, "POST"),
    Spec("/hand-in", Role.VOLUNTEER, hand_in, "POST"),
    Spec("/paste", Role.VOLUNTEER, paste, "POST"),
)
