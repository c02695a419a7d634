"""What people decide on a page: looked at first, then kept, taken back by a ruling of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from starlette.responses import JSONResponse, Response

from yellowgate.desk import forms
from yellowgate.desk.decide import Kept, Wanted, preview
from yellowgate.desk.waiting import waiting
from yellowgate.errors import GateError
from yellowgate.model import Ruling
from yellowgate.official import Moment
from yellowgate.rulings.kinds import KINDS, words
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.roles import Role

RULINGS_MAX = 500  # in one request
LINES_SHOWN = 12
AHEAD_US_MAX = 60_000_000  # a phone's clock may be so much ahead of the laptop's
NOTHING_CHANGES = "Nothing in the log changes by that."


def look(asked: Asked) -> Response:
    """What this would change in the log; and the rulings as they would be kept."""
    moment = moment_of(asked)
    wanted = wanted_of(asked, moment)
    may_rule(asked, wanted, moment)
    lines = preview(moment, wanted, by_of(asked))
    said = [row.words for row in wanted]
    more = len(lines) - LINES_SHOWN
    shown = lines[:LINES_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    return JSONResponse(
        {"lines": [*said, *(shown or [NOTHING_CHANGES])], "rulings": list(map(as_json, wanted))}
    )


def keep(asked: Asked) -> Response:
    """Keep it, unless somebody decided otherwise meanwhile."""
    moment = moment_of(asked)
    wanted = wanted_of(asked, moment)
    may_rule(asked, wanted, moment)
    kept = keep_for(asked, wanted, when_of(asked), texts(asked.words.get("seen")))
    return JSONResponse(answer(kept))


def keep_for(
    asked: Asked, wanted: Sequence[Wanted], when_us: int, seen: Sequence[str] = ()
) -> Kept:
    """Keep these for who asks; everybody sees it at once."""
    hq = asked.hq
    store = hq.folder.store()
    try:
        roster = hq.folder.roster()
        token = asked.text("token")
        kept = hq.keeper.keep(store, wanted, by_of(asked), when_us, token, seen, roster)
    finally:
        store.close()
    if kept.made:
        hq.changed()
    return kept


def answer(kept: Kept) -> dict[str, Any]:
    """What the page shows of it."""
    if kept.against:
        said = [f"{row.by} has decided: {words(row.kind, row.data)}" for row in kept.against]
        return {"against": said, "seen": [row.id for row in kept.against]}
    said = [f"Kept: {words(row.kind, row.data)}" for row in kept.made[:LINES_SHOWN]]
    if len(kept.made) > LINES_SHOWN:
        said.append(f"and {len(kept.made) - LINES_SHOWN} more")
    said += [
        f"It was so already: {words(row.kind, row.data)} ({row.by})"
        for row in kept.already[:LINES_SHOWN]
    ]
    return {"said": said or ["Nothing to keep."], "undo": [row.id for row in kept.made]}


def moment_of(asked: Asked) -> Moment:
    """The race as it is now. Raises Refused when it cannot be read."""
    view = asked.hq.latest.renewed()
    if view.moment is None or view.trouble:
        raise Refused(f"{view.trouble}; nothing was kept", 503)
    return view.moment


def by_of(asked: Asked) -> str:
    """Who decides: the name, or, where none was given, the role."""
    return asked.session.name or asked.session.role.word


def when_of(asked: Asked) -> int:
    """When it was decided, by the page's clock: sent twice, it is the same ruling."""
    given = asked.words.get("when_us")
    now_us = asked.hq.latest.now_us()
    if not isinstance(given, int) or isinstance(given, bool) or given <= 0:
        return now_us
    if given > now_us + AHEAD_US_MAX:
        raise Refused("That is dated ahead: the clock of this phone is wrong. Load the page again.")
    return min(given, now_us)  # a moment ahead of the laptop it would not be in force yet


def wanted_of(asked: Asked, moment: Moment) -> list[Wanted]:
    """The rulings that are asked for: as they are, an answer of the desk, or a form."""
    given = asked.words.get("rulings")
    if isinstance(given, list):
        return _as_given(cast("list[object]", given))
    if asked.text("key"):
        return list(_answered(moment, asked.text("key"), asked.text("answer")))
    kind, fields = asked.text("kind"), asked.words.get("fields")
    if not kind or not isinstance(fields, dict):
        raise Refused("Nothing was asked for.")
    typed = {
        str(name): str(value).strip()
        for name, value in cast("dict[object, object]", fields).items()
        if str(value).strip() and name != "why"
    }
    return list(forms.wanted(kind, typed, moment, asked.text("why").strip()))


def _as_given(given: Sequence[object]) -> list[Wanted]:
    if len(given) > RULINGS_MAX:
        raise Refused(f"{len(given)} rulings at once are too many: {RULINGS_MAX} at most")
    made: list[Wanted] = []
    for row in given:
        fields = cast("dict[str, Any]", row) if isinstance(row, dict) else {}
        data = fields.get("data")
        if not isinstance(data, dict):
            raise Refused("This is no ruling.")
        made.append(
            Wanted(
                str(fields.get("kind", "")),
                cast("dict[str, Any]", data),
                str(fields.get("why", "")),
            )
        )
    return made


def _answered(moment: Moment, key: str, label: str) -> Sequence[Wanted]:
    item = next((row for row in waiting(moment) if row.key == key), None)
    if item is None:
        raise GateError("That does not wait any more: somebody has decided it, or it has changed.")
    found = next((row for row in item.answers if row.label == label), None)
    if found is None or not found.rulings:
        raise GateError("Its answers have changed meanwhile: look again.")
    return found.rulings


def may_rule(asked: Asked, wanted: Sequence[Wanted], moment: Moment) -> None:
    """Raises Refused for what only the director decides."""
    if asked.session.role >= Role.DIRECTOR:
        return
    made: Mapping[str, Ruling] = {row.id: row for row in moment.race.rulings}
    for row in wanted:
        target = made.get(str(row.data.get("ruling"))) if row.kind == "undo" else None
        seen: set[str] = set()
        while target is not None and target.kind == "undo" and target.id not in seen:
            seen.add(target.id)
            target = made.get(str(target.data.get("ruling")))
        kind = row.kind if target is None else target.kind
        if _is_for_the_director(kind):
            raise Refused(f"That is for the director: {row.words}", 403)


def _is_for_the_director(kind: str) -> bool:
    """When the race began, and which clocks and records it is made from."""
    known = KINDS.get(kind)
    return known is not None and (known.moment == "start" or (known.of_records and kind != "undo"))


def as_json(row: Wanted) -> dict[str, Any]:
    """As a page sends it back."""
    return {"kind": row.kind, "data": dict(row.data), "why": row.why}


def texts(value: object) -> list[str]:
    """A list of texts, as far as it is one."""
    rows = cast("list[object]", value) if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, str)]


ROUTES = (
    Spec("/preview", Role.VOLUNTEER, look, "POST"),
    Spec("/keep", Role.VOLUNTEER, keep, "POST"),
)
