"""Pages to print, as `gate print` writes them."""

from __future__ import annotations

from typing import cast, get_args
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from yellowgate.desk.subjects import subjects
from yellowgate.report.printing import TITLES, Paper, What, page, paper_of
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.events import moment_of_race
from yellowgate.web.guard import NOTHING
from yellowgate.web.latest import View
from yellowgate.web.render import slug
from yellowgate.web.roles import Role

POLICY = NOTHING + "form-action 'none'; style-src 'unsafe-inline'; img-src data:"
PAPERS = get_args(Paper)


def prints(asked: Asked) -> Response:
    """What there is to print; with what= the page itself."""
    view = asked.hq.latest.kept()
    moment = moment_of_race(view, asked.query("event"))
    what, zone = asked.query("what"), moment.race.file.zone
    if not what:
        return HTMLResponse(_choice(asked, view, zone))
    if what not in TITLES:
        raise Refused(f"There is no such page to print: {', '.join(TITLES)}.", 404)
    paper = asked.query("paper")
    sheet = cast("Paper", paper) if paper in PAPERS else paper_of(zone)
    loop, who = asked.query("loop"), asked.query("who")
    moments = [moment] if asked.query("event") else moment.events()
    about = subjects(moments, who, int(loop) if loop.isdecimal() else 0)
    if not about or (what == "runner") != bool(who):
        raise Refused("Say whose log: open it from the page of the runner.", 404)
    answer = HTMLResponse(page(cast("What", what), about, sheet))
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _choice(asked: Asked, view: View, zone: str) -> str:
    """What there is."""
    names = [part.name for part in view.parts]
    return asked.hq.pages.plain(
        "Print", asked.session.role, "print.html",
        titles={name: title for name, title in TITLES.items() if name != "runner"},
        papers=PAPERS, usual=paper_of(zone), forms=asked.hq.forms,
        races=names if len(names) > 1 else [],
    )  # fmt: skip


def results_file(asked: Asked) -> Response:
    """A file of results, as `gate log --format` writes it; with look= first what to know of it."""
    view, form, event = asked.hq.latest.kept(), asked.query("form"), asked.query("event")
    moment = moment_of_race(view, event)
    if form not in asked.hq.forms:
        raise Refused(f"There is no such form: {', '.join(asked.hq.forms)}.", 404)
    if not event and len(view.parts) > 1:
        names = ", ".join(part.name for part in view.parts)
        raise Refused(f"There are several races here, choose one: {names}.")
    data, remarks = asked.hq.make_file(moment, form)
    name = f"{slug(event)}-" if event else ""
    name = f"{name}{form}.{_ending(data)}"
    if asked.query("look"):
        words = {"form": form, "event": event} if event else {"form": form}
        return HTMLResponse(
            asked.hq.pages.plain(
                name, asked.session.role, "file.html", remarks=remarks,
                get_at=f"/file?{urlencode(words)}", race=moment.race.file.name,
            )
        )  # fmt: skip
    return Response(
        data.encode() if isinstance(data, str) else data,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _ending(text: str | bytes) -> str:
    """Of a file with this content."""
    data = text.encode() if isinstance(text, str) else text
    if data.startswith(b"PK"):
        return "xlsx"
    first = data.lstrip(b"\xef\xbb\xbf \r\n")[:9].lower()
    if first.startswith((b"<!doctype", b"<html")):
        return "html"
    return "xml" if first.startswith(b"<") else "json" if first.startswith(b"{") else "csv"


ROUTES = (
    Spec("/print", Role.VOLUNTEER, prints),
    Spec("/file", Role.VOLUNTEER, results_file),
)
