"""Who may do what: every address of the HQ, by role; and how changes have to be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hqkit
import pytest
import scene
from hqkit import Clock, Visitor, visitor
from starlette.routing import Route
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.sim import golden
from yellowgate.web import app as apps
from yellowgate.web.asked import TOKEN
from yellowgate.web.guard import BODY_BYTES_MAX, own_host
from yellowgate.web.headquarters import Headquarters
from yellowgate.web.roles import ROLES, Role

EVERYBODY = (Role.NOBODY, *reversed(ROLES))
# What anybody may ask for without a code: nothing of the race is in it.
OPEN = {"GET /", "GET /in", "POST /in", "GET /hq.js", "GET /hq.css", "GET /entry.js"}
VIEWERS = {"GET /results", "GET /live"}


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> RaceFolder:
    """Eight on the second day; the tower is silent."""
    path = tmp_path_factory.mktemp("morning") / "race"
    return scene.folder(path, golden.MID_RACE_S, golden.MID_RACE_S - 7200)


@pytest.fixture
def hq(morning: RaceFolder, tmp_path: Path) -> Headquarters:
    return hqkit.headquarters(morning, Clock(scene.MID_RACE_US), tmp_path / "codes.json")


def name_of(spec: apps.Spec) -> str:
    return f"{spec.method} {spec.path}"


def routes() -> Iterator[tuple[str, str]]:
    """Every address that the application really answers."""
    for spec in apps.SPECS:
        yield spec.method, spec.path


def ask(one: Visitor, spec: apps.Spec, **words: object) -> int:
    if spec.path == "/live":
        return one.get("/live?page=nothing-of-the-kind").status_code
    if spec.is_change:
        return one.post(spec.path, **words).status_code
    return one.get(spec.path).status_code


@pytest.mark.parametrize("spec", apps.SPECS, ids=name_of)
def test_every_address_by_role(hq: Headquarters, spec: apps.Spec) -> None:
    allowed = {role for role in EVERYBODY if role >= spec.least}
    for role in EVERYBODY:
        status = ask(visitor(hq, role), spec)
        if role in allowed:
            assert status not in (401, 403) or spec.path == "/in", (role, status)
        elif role == Role.NOBODY:
            is_page = not spec.is_change and not spec.path.endswith(".json")
            assert status == (303 if is_page else 401), (role, status)
        else:
            assert status == 403, (role, status)


def test_what_is_open_is_listed_here() -> None:
    assert {name_of(spec) for spec in apps.SPECS if spec.least == Role.NOBODY} == OPEN
    assert {name_of(spec) for spec in apps.SPECS if spec.least == Role.VIEWER} == VIEWERS


def test_no_address_stands_beside_the_list(hq: Headquarters) -> None:
    guard: Any = apps.create_app(hq)
    found = {
        (method, route.path)
        for route in guard._app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert found == set(routes())


def test_who_has_no_code_sees_nothing_of_the_race(hq: Headquarters) -> None:
    nobody = Visitor(hq)
    for spec in apps.SPECS:
        if not spec.is_change:
            answer = nobody.get(spec.path)
            assert "Dix Leonard" not in answer.text
            assert "Barkley" not in answer.text


@pytest.mark.parametrize("page", apps.LIVE)
def test_the_stream_of_a_page_is_for_who_may_see_the_page(hq: Headquarters, page: str) -> None:
    least = apps.LIVE[page][0]
    for role in (Role.VIEWER, Role.VOLUNTEER, Role.DIRECTOR):
        if role < least:
            answer = visitor(hq, role).get(f"/live?page={page}")
            assert answer.status_code == 403


def test_viewers_see_what_is_open_and_no_more(tmp_path: Path) -> None:
    folder = scene.folder(tmp_path / "race", golden.MID_RACE_S)
    text = (folder.path / "race.toml").read_text()
    for opened, sees in (("nothing", []), ("names and loops", ["J. Kelly"]),
                         ("all", ["J. Kelly", "9:37:11"])):  # fmt: skip
        (folder.path / "race.toml").write_text(
            text.replace('publish = "nothing"', f'publish = "{opened}"')
        )
        hq = hqkit.headquarters(folder, Clock(scene.MID_RACE_US))
        page = visitor(hq, Role.VIEWER).get("/results").text
        shown = [word for word in ("J. Kelly", "9:37:11") if word in page]
        assert shown == sees
        assert "NOT ACCOUNTED" not in page.upper()
        assert "04a202c1d25e80" not in page


# Codes


def test_a_wrong_code_is_refused_and_soon_slowed_down(hq: Headquarters) -> None:
    one = Visitor(hq)
    statuses = [one.post("/in", code="abcd-efgh", name="Eve").status_code for _ in range(5)]
    assert statuses == [403, 403, 403, 403, 429]
    late = one.post("/in", code=hq.access.codes[Role.DIRECTOR], name="Eve")
    assert late.status_code == 429
    assert "wait" in late.json()["error"]


def test_who_decides_has_to_have_a_name(hq: Headquarters) -> None:
    one = Visitor(hq)
    answer = one.post("/in", code=hq.access.codes[Role.VOLUNTEER], name=" \n ")
    assert answer.status_code == 400
    assert "Your name is missing" in answer.json()["error"]
    assert one.post("/in", code=hq.access.codes[Role.VIEWER], name="").status_code == 200


def test_new_codes_put_everybody_out(hq: Headquarters) -> None:
    one = visitor(hq, Role.DIRECTOR)
    assert one.get("/board").status_code == 200
    hq.access.renew()
    assert one.get("/board").status_code == 303


def test_no_script_sees_the_session_and_no_other_site_sends_it(hq: Headquarters) -> None:
    one = Visitor(hq)
    answer = one.post("/in", code=hq.access.codes[Role.VOLUNTEER], name="Ann Ö; x")
    session, mine = sorted(answer.headers.get_list("set-cookie"), reverse=True)
    assert session.startswith("yellowgate_8642=")
    assert "HttpOnly" in session
    assert "SameSite=strict" in session
    assert "HttpOnly" not in mine
    assert "Ann%20%C3%96%3B%20x" in mine


# How changes have to be asked for

CHANGES = [spec for spec in apps.SPECS if spec.is_change and spec.least > Role.NOBODY]


@pytest.mark.parametrize("spec", CHANGES, ids=name_of)
def test_a_change_needs_the_token_of_its_session(hq: Headquarters, spec: apps.Spec) -> None:
    one, other = visitor(hq, spec.least), visitor(hq, spec.least, "Bob")
    for token in ("", "0" * 32, other.token, None, 7, [one.token]):
        answer = one.client.post(spec.path, json={TOKEN: token})
        assert answer.status_code == 403
        assert "not asked for from a page of this race" in answer.json()["error"]


@pytest.mark.parametrize("spec", CHANGES, ids=name_of)
def test_a_change_that_another_site_asks_for_is_refused(hq: Headquarters, spec: apps.Spec) -> None:
    one = visitor(hq, spec.least)
    foreign = (
        {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://127.0.0.1:80"},
    )  # fmt: skip
    for headers in foreign:
        answer = one.client.post(spec.path, json={TOKEN: one.token}, headers=headers)
        assert answer.status_code == 403, headers


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"\xff\xfe", b"{", b'"text"', b"a=b&c=d"])
def test_what_is_no_request_of_ours_gets_one_line(hq: Headquarters, body: bytes) -> None:
    one = visitor(hq, Role.DIRECTOR)
    for spec in CHANGES:
        answer = one.client.post(spec.path, content=body)
        assert answer.status_code in (400, 403)
        assert "\n" not in answer.json()["error"]


def test_ten_megabytes_are_refused_in_one_line(hq: Headquarters) -> None:
    one = visitor(hq, Role.VOLUNTEER)
    answer = one.post("/paste", text="17 35:40:46\n" * 900_000)
    assert answer.status_code == 413
    assert answer.json() == {"error": "that is more than 2 MB: nothing of it was taken"}

    def drop_by_drop() -> Iterator[bytes]:
        for _ in range(BODY_BYTES_MAX // 65_536 + 2):
            yield b" " * 65_536

    answer = one.client.post("/paste", content=drop_by_drop())
    assert answer.status_code == 413


# Every answer


def test_answers_forbid_everything_that_is_not_ours(hq: Headquarters) -> None:
    one = visitor(hq, Role.DIRECTOR)
    paths = [spec.path for spec in apps.SPECS if not spec.is_change and spec.path != "/live"]
    for path in (*paths, "/nothing"):
        answer = one.get(path + "?form=csv" if path == "/file" else path)
        assert answer.status_code in ((404,) if path == "/nothing" else (200, 303)), path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        kept = answer.headers["Cache-Control"]
        assert "no-store" in kept or "private" in kept or path in ("/hq.js", "/hq.css", "/entry.js")
        if path not in ("/log", "/log.json"):
            assert "unsafe" not in policy
            assert "http://" not in answer.text.replace(hqkit.HOST, "")
            assert "https://" not in answer.text


def test_a_name_from_elsewhere_is_refused(hq: Headquarters) -> None:
    one = visitor(hq, Role.DIRECTOR)
    assert one.get("/board", Host="evil.example:8642").status_code == 403
    known = ("localhost:1", "127.0.0.1:8642", "[::1]:8642", "[::1]", "10.0.0.1")
    assert [own_host(name) for name in known] == [True] * 5
    assert not own_host("10.0.0.1.evil.example")
    assert not own_host("")


def test_what_is_the_same_is_not_sent_again_and_all_is_packed(hq: Headquarters) -> None:
    one = visitor(hq, Role.VOLUNTEER)
    for path in ("/board", "/desk", "/log", "/log.json", "/hq.js", "/hq.css"):
        first = one.get(path)
        assert first.headers["Content-Encoding"] == "gzip"
        again = one.get(path, **{"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304, path
        assert not again.content
        plain = one.get(path, **{"Accept-Encoding": "identity"})
        assert plain.text == first.text


def test_a_name_with_html_in_it_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "race"
    assert run(["init", str(path)]) == 0
    name = '<img src=x onerror=alert(1)> & "O\'Neil" </script>'
    (path / "list.csv").write_text(
        f'name,gender,bib\n"{name.replace(chr(34), chr(34) * 2)}",F,17\n', "utf-8"
    )
    assert run(["roster", "import", str(path / "list.csv"), "--race", str(path), "--yes"]) == 0
    assert run(["start", "--at", "2025-03-18T15:37:00Z", "--race", str(path)]) == 0
    hq = hqkit.headquarters(RaceFolder(path), Clock(scene.START_US + 3_600_000_000))
    one = visitor(hq, Role.DIRECTOR, name="<b>Laz</b>")
    for page in ("/board", "/desk", "/find?q=17", "/runner?who=17", "/log", "/results", "/entry"):
        answer = one.client.get(page, follow_redirects=True)
        assert answer.status_code == 200, page
        assert "<img" not in answer.text, page
        assert "<b>Laz" not in answer.text, page


def test_without_a_race_to_read_the_page_says_why(tmp_path: Path) -> None:
    path = tmp_path / "race"
    assert run(["init", str(path)]) == 0
    (path / "race.db").write_bytes(b"no database" * 500)
    one = visitor(hqkit.headquarters(RaceFolder(path), Clock(0)), Role.DIRECTOR)
    for page in ("/board", "/desk"):
        assert "it is damaged or another kind of file" in one.get(page).text
    assert one.get("/log").status_code == 503
    answer = one.post("/keep", rulings=[{"kind": "start", "data": {"at": 1}}])
    assert answer.status_code == 503
    assert "nothing was kept" in answer.json()["error"]
