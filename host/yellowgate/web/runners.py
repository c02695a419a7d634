"""One runner: found by a part of the name, a bib or a tag; what is known and can be ruled."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from yellowgate.desk.decide import Wanted
from yellowgate.desk.runner import Hit, find, runner_page
from yellowgate.desk.waiting import Item, waiting
from yellowgate.report.words import BASIS, unit_of
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.desks import NOW_URGENCY
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.hub import Key, Render
from yellowgate.web.latest import View
from yellowgate.web.pieces import Piece
from yellowgate.web.roles import Role

QUERY_LETTERS_MAX = 100


def render_runner(hq: Headquarters, name: str) -> Render:
    """The page of this runner; of nobody it says so."""

    def render(view: View) -> list[Piece]:
        moment = view.moment
        words: dict[str, Any] = {"view": view, "log": view.log, "page": None, "who": name}
        if moment is not None and any(row.name == name for row in moment.race.roster):
            page = runner_page(moment, name)
            words |= {
                "page": page,
                "log": page.log,
                "unit": unit_of(page.log),
                "items": [row for row in waiting(moment) if row.runner == name],
                "start_us": page.line.start_us
                if page.line.start_us is not None
                else page.log.start_us,
            }
        words |= {"now_urgency": NOW_URGENCY, "basis": BASIS}
        return hq.pages.pieces("runner.html", words)

    return render


def runner(asked: Asked) -> Response:
    """The page; words that mean one runner alone lead to that one."""
    moment = asked.hq.latest.kept().moment
    who = asked.query("who")[:QUERY_LETTERS_MAX]
    if moment is None:
        raise Refused(asked.hq.latest.kept().trouble, 503)
    if not any(row.name == who for row in moment.race.roster):
        hits = find(moment, who)
        if len(hits) != 1:
            return _found(asked, who, hits, None)
        return RedirectResponse(asked.request.url.include_query_params(who=hits[0].name), 303)
    return asked.hq.live_page(asked, who, Key("runner", who), render_runner(asked.hq, who))


def search(asked: Asked) -> Response:
    """Who may be meant; or for whom a touch is."""
    moment = asked.hq.latest.kept().moment
    if moment is None:
        raise Refused(asked.hq.latest.kept().trouble, 503)
    words = asked.query("q").strip()[:QUERY_LETTERS_MAX]
    hits = find(moment, words) if words else []
    key = asked.query("for")
    item = None
    if key:
        item = next((row for row in waiting(moment) if row.key == key), None)
    if len(hits) == 1 and not key:
        return RedirectResponse(f"/runner?{urlencode({'who': hits[0].name})}", 303)
    return _found(asked, words, hits, item)


def search_json(asked: Asked) -> Response:
    """The same while somebody types."""
    moment = asked.hq.latest.kept().moment
    words = asked.query("q").strip()[:QUERY_LETTERS_MAX]
    hits = find(moment, words) if words and moment is not None else []
    return JSONResponse({"hits": [[hit.name, hit.bib, hit.status, hit.why] for hit in hits]})


def _found(asked: Asked, words: str, hits: list[Hit], item: Item | None) -> Response:
    """The list; for a touch each runner is an answer."""
    answers = {hit.name: _assigned(item, hit.name) for hit in hits} if item else {}
    text = asked.hq.pages.plain(
        "Find a runner", asked.session.role, "find.html",
        words=words, hits=hits, item=item, answers=answers, key=asked.query("for"),
    )  # fmt: skip
    return HTMLResponse(text)


def _assigned(item: Item | None, name: str) -> list[dict[str, Any]]:
    """That the touch of this item is that runner's."""
    kind, _, record = (item.key if item else "").partition(":")
    log_id, _, seq = record.partition(":")
    if kind != "touch" or not seq.isdigit():
        return []
    row = Wanted("assign", {"log_id": log_id, "seq": int(seq), "runner": name})
    return [{"kind": row.kind, "data": dict(row.data), "why": ""}]


ROUTES = (
    Spec("/runner", Role.VOLUNTEER, runner),
    Spec("/find", Role.VOLUNTEER, search),
    Spec("/find.json", Role.VOLUNTEER, search_json),
)
