"""Keys and passwords: in no output, page, file of a log or error of a whole race."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import hqkit
import pytest
from attackkit import HOLDER, KEY, LOG, RADIO_KEY, START_US, WIFI, Scene, attack
from gate_wire import packet
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.log import FORMATS
from yellowgate.cli.main import COMMANDS
from yellowgate.cli.printing import WHATS
from yellowgate.link.trace import CAME, SENT, Frames
from yellowgate.redact import HIDDEN, shown_url, without_secrets
from yellowgate.store.faults import explain
from yellowgate.web import app as apps
from yellowgate.web.roles import Role

SECRETS, PASSWORD = "secrets", "s3cret-of-the-race"
URL = f"postgresql+psycopg://laz:{PASSWORD}@127.0.0.1:1/race"

# Every command, with words under which it does something, or fails, in this race. "" stands for
# what is only there in help.
WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "roster": (("roster", "list"), ("roster", "import", "runners.csv")),
    "start": (("start", "--at", "2025-03-18T15:37:00Z"),),
    "sync": (("sync", "--port", "socket://127.0.0.1:1"),),
    "listen": (("listen", "--port", "socket://127.0.0.1:1"),),
    "import": (("import", "runners.csv"), ("import", "race/race.db")),
    "merge": (("merge", "race"), ("merge", "other.db")),
    "ruling": (("ruling", "list"), ("ruling", "kinds"), ("ruling", "proposals")),
    "log": (("log",), *(("log", "--format", form, "--output", f"out.{form}") for form in FORMATS)),
    "board": (("board", "--once"),),
    "publish": (("publish", "site"),),
    "verify": (("verify",), ("verify", "--json")),
    "clock": (("clock",), ("clock", "--json")),
    "runner": (("runner", "Ada"),),
    "desk": (("desk", "--by", "Laz"),),
    "print": tuple(("print", what, "--output", f"{what}.html") for what in WHATS),
    "station": (
        ("station", "info", "--port", "socket://127.0.0.1:1"),
        ("station", "radio-plan"),
        ("station", "flash", "--port", "socket://127.0.0.1:1"),
    ),
}
NOT_HERE = {"demo", "init", "serve", "sim"}  # pages: tests/web


def secrets() -> list[bytes]:
    """All that nobody may read, in each way in which it could be written."""
    race = bytes.fromhex(RADIO_KEY)
    keys = [race, KEY, *(packet.station_key(race, number) for number in range(4))]
    keys += [packet.air_key(key, bytes.fromhex(LOG)) for key in keys[2:]]
    written = [form for key in keys for form in (key.hex(), key.hex().upper(), repr(key)[2:-1])]
    return [*keys, *(text.encode() for text in written), PASSWORD.encode()]


def told(text: str | bytes) -> list[bytes]:
    """The secrets that stand in it."""
    data = text.encode() if isinstance(text, str) else text
    return [secret for secret in secrets() if secret in data]


@attack(SECRETS, HOLDER, "every output of every command of a race, as text or file", "no secret")
def test_no_command_tells_a_secret(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene.folder)
    scene.write("Test", publish='"all"')
    scene.other()
    assert WORDS.keys() | NOT_HERE == COMMANDS.keys(), "a new command: say here how it is tried"
    before = set(scene.folder.rglob("*"))
    for url in ("", URL, URL.replace("127.0.0.1:1", "no such host")):
        monkeypatch.setenv("YELLOWGATE_STORE", url)
        for every in WORDS.values():
            for words in every:
                ran = scene.gate("-v", "--log-file", "talk.txt", *words, "--race", "race")
                assert told(ran.out + ran.err) == [], words
    made = [path for path in set(scene.folder.rglob("*")) - before if path.is_file()]
    assert len(made) > len(FORMATS)
    for path in made:
        assert told(path.read_bytes()) == [], path
    assert "Traceback" in Path("talk.txt").read_text(), "the log has what failed"


@attack(SECRETS, WIFI, "every page of headquarters, as the director", "no key, no password")
def test_no_page_tells_a_secret(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    hq = hqkit.headquarters(RaceFolder(scene.race), hqkit.Clock(START_US + 7_200_000_000))
    director = hqkit.visitor(hq, Role.DIRECTOR)
    pages = [spec.path for spec in apps.SPECS if not spec.is_change]
    assert len(pages) > 10
    for path in pages:
        answer = director.get(path)
        assert told(answer.content) == [], path
        assert not any(told(str(value)) for value in answer.headers.values()), path
    monkeypatch.setenv("YELLOWGATE_STORE", URL)  # the database is gone
    lost = hqkit.headquarters(RaceFolder(scene.race), hqkit.Clock(START_US))
    director = hqkit.visitor(lost, Role.DIRECTOR)
    for path in pages:
        assert told(director.get(path).content) == [], path


@attack(SECRETS, WIFI, "an error of the database on a page or terminal", "the password is hidden")
def test_no_error_of_the_database_tells_its_password() -> None:
    for url in (
        URL,
        URL.replace("postgresql+psycopg", "mysql"),
        f"sqlite:///x?password={PASSWORD}",
    ):
        said = explain(url, ValueError(f"cannot reach {url} with {PASSWORD}"))
        assert PASSWORD not in said and "\n" not in said
    assert shown_url(URL) == f"postgresql+psycopg://laz:{HIDDEN}@127.0.0.1:1/race"


@attack(
    SECRETS, HOLDER, "gate -v and --log-file while a board gets its keys", "no key stands there"
)
def test_the_log_of_a_conversation_has_no_key() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    log = logging.getLogger("yellowgate.link")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        frames = Frames("virtual://")
        text = f'{{"keys": {{"radio": "{RADIO_KEY}"}}}}\r\n>>> reserve.create({KEY!r})\r\n'
        for direction in (SENT, CAME):
            frames.saw(direction, b"\x00" + text.encode() + b"\x00")
            frames.saw(direction, text.encode())
            frames.saw(direction, b"\x00\x01\x02\x00")
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
    assert "damaged" in out.getvalue() and told(out.getvalue()) == []
    assert RADIO_KEY.encode().hex() not in out.getvalue()


@attack(SECRETS, HOLDER, "a traceback or message that quotes a key", "it is taken out on the way")
def test_what_quotes_a_key_is_cut() -> None:
    for text in (f'key = "{RADIO_KEY}"', f"url {URL} refused", f"password={PASSWORD} host=x"):
        assert told(without_secrets(text)) == [] and HIDDEN in without_secrets(text)
    assert without_secrets("log a1b2c3d4e5f60718, ruling 0a1b2c3d4e5f") == (
        "log a1b2c3d4e5f60718, ruling 0a1b2c3d4e5f"
    )


@attack(
    SECRETS, HOLDER, "race.toml without a key, or with a wrong one", "no key is made up or said"
)
def test_an_error_about_the_key_says_none(scene: Scene) -> None:
    race = scene.race / "race.toml"
    text = race.read_text()
    for key in ("", RADIO_KEY[:-1], f"{RADIO_KEY}00", "zz" * 16):
        race.write_text(text.replace(RADIO_KEY, key))
        ran = scene.here("listen", "--port", "socket://127.0.0.1:1")
        assert ran.code == 1 and not (key and key in ran.err)
        assert without_secrets(ran.err) == ran.err
