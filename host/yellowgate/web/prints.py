"""Pages to print, as `gate print` writes them."""

from __future__ import annotations

from typing import cast, get_args

from starlette.responses import HTMLResponse, Response

from yellowgate.desk.subjects import subjects
from yellowgate.report.printing import TITLES, Paper, What, page, paper_of
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.guard import NOTHING
from yellowgate.web.roles import Role

POLICY = NOTHING + "form-action 'none'; style-src 'unsafe-inline'; img-src data:"
PAPERS = get_args(Paper)


def prints(asked: Asked) -> Response:
    """What there is to print; with what= the page itself."""
    view = asked.hq.latest.kept()
    if view.moment is None:
        raise Refused(view.trouble, 503)
    what = asked.query("what")
    zone = view.moment.race.file.zone
    if not what:
        shown = {name: title for name, title in TITLES.items() if name != "runner"}
        return HTMLResponse(
            asked.hq.pages.plain(
                "Print", asked.session.role, "print.html", titles=shown, papers=PAPERS,
                usual=paper_of(zone), forms=asked.hq.forms,
            )
        )  # fmt: skip
    if what not in TITLES:
        raise Refused(f"There is no such page to print: {', '.join(TITLES)}.", 404)
    paper = asked.query("paper")
    sheet = cast("Paper", paper) if paper in PAPERS else paper_of(zone)
    loop, who = asked.query("loop"), asked.query("who")
    about = subjects(view.moment.events(), who, int(loop) if loop.isdecimal() else 0)
    if not about or (what == "runner") != bool(who):
        raise Refused("Say whose log: open it from the page of the runner.", 404)
    answer = HTMLResponse(page(cast("What", what), about, sheet))
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def results_file(asked: Asked) -> Response:
    """A file of results, as `gate log --format` writes it."""
    view, form = asked.hq.latest.kept(), asked.query("form")
    if view.moment is None:
        raise Refused(view.trouble, 503)
    if form not in asked.hq.forms:
        raise Refused(f"There is no such form: {', '.join(asked.hq.forms)}.", 404)
    text = asked.hq.make_file(view.moment, form)
    data = text.encode() if isinstance(text, str) else text
    name = f'attachment; filename="{form}.{_ending(data)}"'
    return Response(
        data, media_type="application/octet-stream", headers={"Content-Disposition": name}
    )


def _ending(data: bytes) -> str:
    """Of a file with this content."""
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
