"""The golden scene from roster to results through the browser only, by four people at once; the
log is the one that the same decisions give by the command line.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import scene
from browser import Browser
from hqkit import Clock, Served, headquarters, visitor
from yellowgate.cli.attend import Desk
from yellowgate.cli.context import RaceFolder, write_whole
from yellowgate.cli.main import run
from yellowgate.event.preset_text import preset_toml
from yellowgate.link.attend import Attendant, PortState
from yellowgate.link.hostclock import LaptopClock, this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.model import Ruling
from yellowgate.records import EPOCH_2020_US
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden, script, serve, station
from yellowgate.times import hms, to_us
from yellowgate.web.roles import Role

# One browser with the cookies of four people: an address of this laptop for each of them.
DIRECTOR, FIRST, SECOND, VIEWER = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
KEYS = {1: b"the gate's key..", 2: b"the tower's key."}


@contextmanager
def stations() -> Iterator[list[tuple[station.Running, serve.StationServer]]]:
    """The gate and the tower at the end of the scene, on their ports."""
    made = golden.scene()
    gate = station.Plan(
        script.parse(golden.script(made.gate)),
        station_id=1,
        role="gate",
        drift_ppm=23.0,
        ends_utc_us=scene.END_US - EPOCH_2020_US,
        log_id=bytes.fromhex(scene.GATE),
        first_key=KEYS[1],
        settings={"name": "yellow gate"},
    )
    tower = replace(
        gate,
        steps=script.parse(golden.script(made.tower)),
        station_id=2,
        role="tower",
        drift_ppm=-17.0,
        log_id=bytes.fromhex(scene.TOWER),
        first_key=KEYS[2],
        settings={"name": "fire tower"},
    )
    until_us = script.LEAD_US + int((golden.LEAD_S + golden.END_S) * 1_000_000)
    running = [station.Running(plan) for plan in (gate, tower)]
    servers: list[serve.StationServer] = []
    over = threading.Event()
    threads: list[threading.Thread] = []
    try:
        for one in running:
            while one.now_us < until_us:
                one.play(min(until_us, one.now_us + 1_800_000_000))
            servers.append(serve.StationServer(one))
            threads.append(threading.Thread(target=servers[-1].serve, args=(over.is_set,)))
            threads[-1].start()
        yield list(zip(running, servers, strict=True))
    finally:
        over.set()
        for thread in threads:
            thread.join()
        for server in servers:
            server.close()
        for one in running:
            one.close()


def laptop(one: station.Running, server: serve.Server) -> LaptopClock:
    """A laptop whose clock is right in the world of this station."""
    world_us = time.monotonic_ns() // 1000 + server.begin()
    utc_us = EPOCH_2020_US + one.course.progress.utc_us + world_us
    return this_laptop(utc_us - time.time_ns() // 1000)


class Camp:
    """The camp's laptop: HQ, and what is plugged into it."""

    def __init__(self, path: Path) -> None:
        path.mkdir()
        self.folder = RaceFolder(path)
        write_whole(path / "race.toml", preset_toml("barkley", golden.RACE_NAME, golden.ZONE))
        self.folder.store().close()
        self.served = Served(headquarters(self.folder, Clock(scene.END_US)), host="0.0.0.0")
        self.attendants: list[Attendant] = []
        self.served.hq.ports = self

    def states(self) -> list[PortState]:
        return [row for one in self.attendants for row in one.states()]

    def let_go(self, url: str) -> str:
        raise NotImplementedError(url)

    def plug_in(self, one: station.Running, server: serve.StationServer) -> None:
        hq = self.served.hq
        clock = laptop(one, server)
        desk = Desk(self.folder, clock, lambda _, tag: hq.enrolment.tap(hq, tag))
        made = Attendant(
            dict[str, str], SerialPort, desk.serve, clock.utc_us, time.monotonic, [server.url],
            lambda: hq.touched("stations"),
        )  # fmt: skip
        self.attendants.append(made)
        made.step()

    def url(self, host: str, path: str = "") -> str:
        return f"http://{host}:{self.served.port}/{path}"

    def rulings(self) -> list[Ruling]:
        store = self.folder.store()
        try:
            return store.rulings()
        finally:
            store.close()


@pytest.fixture
def camp(tmp_path: Path) -> Iterator[Camp]:
    made = Camp(tmp_path / "race")
    yield made
    made.served.close()


def come(browser: Browser, camp: Camp, host: str, role: Role, name: str) -> None:
    code = camp.served.hq.access.codes[role]
    browser.open(camp.url(host, f"in#{code}"))
    browser.one("#name").send_keys(name)
    browser.one("main button").click()
    browser.until_at("/results" if role == Role.VIEWER else "/desk")


def press(browser: Browser, words: str, within: str = "main") -> None:
    for at in browser.all(f"#said button, {within} button"):
        if at.text == words and at.is_displayed():
            at.click()
            return
    raise AssertionError(f"no button {words!r}")


def keep(browser: Browser, said: str) -> None:
    """The second touch: what was shown is kept."""
    browser.until("Keep it")
    press(browser, "Keep it")
    browser.until(f"Kept: {said}")


def roster_csv() -> str:
    rows = [f"{one.name},{one.gender},{one.tag},{one.bib}" for one in golden.scene().people]
    return "\n".join(["name,gender,tag,bib", *rows])


def direct(browser: Browser, camp: Camp) -> None:
    """The director: roster, conch, and what viewers may see."""
    come(browser, camp, DIRECTOR, Role.DIRECTOR, "Laz")
    browser.open(camp.url(DIRECTOR, "race"))
    browser.run(f"document.getElementById('list-text').value = {json.dumps(roster_csv())}")
    press(browser, "Show what it changes", "#import")
    browser.until("Take it in")
    press(browser, "Take it in")
    browser.until("40 new, 0 changed")
    browser.run("document.getElementById('start-form').open = true")
    browser.run("document.getElementById('conch-at').value = '2025-03-18T14:37:00Z'")
    browser.run("document.querySelector('#start-form [data-rule=conch] button').click()")
    keep(browser, "the conch was blown")
    browser.open(camp.url(DIRECTOR, "people"))
    browser.run("document.getElementById('publish').value = 'all'")
    press(browser, "Open it so")
    browser.until("Viewers see: all.")


def count_pages(browser: Browser, camp: Camp) -> None:
    """The first volunteer, at the desk: names for the press, and pages of all arrivals."""
    browser.screen(390)
    come(browser, camp, FIRST, Role.VOLUNTEER, "Ann")
    browser.until("Whose touch was this, 11:24:48?")
    press(browser, "139 Clem Knob: on loop 1 since 0:00:00")
    keep(browser, "record")
    press(browser, "Close")
    for _ in range(40):
        usual = browser.all("#items button:not(:disabled)")
        waiting = [at for at in usual if at.text == "All 13 pages"]
        if not waiting:
            break
        waiting[0].click()
        browser.until("Keep it")
        press(browser, "Keep it")
        browser.until("Kept: ")
        press(browser, "Close")


def enter_the_rest(browser: Browser, camp: Camp) -> None:
    """The second volunteer, by fast entry: who came back, and who was seen."""
    come(browser, camp, SECOND, Role.VOLUNTEER, "Bob")
    browser.open(camp.url(SECOND, "entry"))
    browser.run("document.getElementById('many').open = true")
    lines = [
        f"{one.person.bib} out rtc camp {hms(to_us(one.at_s))} -- {one.text}"
        for one in golden.scene().decisions
        if one.what == "returned"
    ]
    browser.run(f"document.getElementById('text').value = {json.dumps(chr(10).join(lines))}")
    press(browser, "Keep what is clear")
    browser.until(f"{len(lines)} lines kept")
    press(browser, "Close")
    browser.one("#line").send_keys("140 seen 21:53:00 -- seen hiking out at the prison\n")
    browser.until("Kept: Dix Leonard was seen")
    browser.one("#line").send_keys("139 out rtc 11:39:48 -- no torch\n")
    browser.until("Kept: Clem Knob is out")


Typed = tuple[str, list[str]]


def typed(row: Ruling) -> Typed:
    """The same decision as `gate ruling add` takes it: from the scene, not from what was kept."""
    if row.kind == "conch":
        return "conch", ["at=2025-03-18T14:37:00Z"]
    name = str(row.data["runner"])
    made: dict[str, Callable[[], list[str]]] = {
        "pages": lambda: [f"loop={row.data['loop']}", "pages=13/13"],
        "assign": lambda: [f"record={row.data['log_id']}:{row.data['seq']}", "use=in"],
        "sighting": lambda: ["at=21:53:00"],
        "dropout": lambda: _dropout(name),
    }
    return row.kind, [f"runner={name}", *made[row.kind]()]


def _dropout(name: str) -> list[str]:
    told = next(
        one
        for one in golden.scene().decisions
        if one.person.name == name and one.what in ("returned", "dropout")
    )
    place = ["place=camp"] if told.what == "returned" else []
    return ["reason=rtc", f"at={hms(to_us(told.at_s))}", *place]


def by_command(path: Path, camp: Camp, rulings: Sequence[Ruling]) -> RaceFolder:
    """Another folder with the same records, in which the same was decided in the terminal."""
    other = RaceFolder(path)
    path.mkdir()
    for name in ("race.toml", "roster.csv"):
        write_whole(path / name, (camp.folder.path / name).read_text())
    theirs, ours = camp.folder.store(), other.store()
    ours.add_observations((row.log_id, row.raw) for row in theirs.observations())
    ours.add_log_stations(
        (log_id, number) for log_id, some in theirs.log_stations().items() for number in some
    )
    for tip in theirs.tips():
        ours.add_tip(*tip)
    theirs.close()
    ours.close()
    for row in rulings:
        kind, words = typed(row)
        command = ["ruling", "add", kind, *words, "--by", row.by, "--why", row.why]
        assert run([*command, "--race", str(path)]) == 0
    return other


def test_the_golden_scene_is_run_from_the_browser(
    browser: Browser, camp: Camp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    browser.screen(1280)
    with stations() as plugged:
        direct(browser, camp)
        browser.open(camp.url(DIRECTOR, "stations"))
        for one, server in plugged:
            camp.plug_in(one, server)
        browser.until("yellow gate")
        browser.until_script(
            "return [...document.querySelectorAll('#ports li')].filter("
            "at => at.innerText.includes('listening: ')).length === 2"
        )
    count_pages(browser, camp)
    enter_the_rest(browser, camp)
    come(browser, camp, VIEWER, Role.VIEWER, "Eve")
    browser.until("39:50:27")
    assert "Not official until the race is over" in browser.text()

    rulings = camp.rulings()
    log = json.loads(visitor(camp.served.hq, Role.DIRECTOR).get("/log.json").text)
    kelly = next(row for row in log["runners"] if row["name"] == "J. Kelly")
    assert [row["verdict"] for row in kelly["loops"]].count("counted") == kelly["loops_counted"]
    assert not [row for row in log["problems"] if row["kind"] == "contradiction"]

    terminal = by_command(tmp_path / "terminal", camp, rulings)
    store = terminal.store()
    decided = [(row.kind, dict(row.data), row.by, row.why) for row in store.rulings()]
    assert decided == [(row.kind, dict(row.data), row.by, row.why) for row in rulings]
    store.close()
    # The same decisions at the same moments: then the logs are the same bytes.
    (terminal.path / "race.db").rename(terminal.path / "later.db")
    again = terminal.store()
    theirs = camp.folder.store()
    again.add_observations((row.log_id, row.raw) for row in theirs.observations())
    again.add_log_stations(
        (log_id, number) for log_id, some in theirs.log_stations().items() for number in some
    )
    for tip in theirs.tips():
        again.add_tip(*tip)
    theirs.close()
    again.add_rulings(
        ruling_kinds.make(kind, data, by, why, row.at_us)
        for (kind, data, by, why), row in zip(decided, rulings, strict=True)
    )
    again.close()
    capsys.readouterr()
    command = ["log", "--format", "json", "--as-of", "2025-03-20T10:37:00Z"]
    assert run([*command, "--race", str(terminal.path)]) == 0
    assert capsys.readouterr().out == visitor(camp.served.hq, Role.DIRECTOR).get("/log.json").text
    assert run(["log", "--format", "csv", *command[3:], "--race", str(terminal.path)]) == 0
    handed_in = visitor(camp.served.hq, Role.DIRECTOR).get("/file?form=csv")
    assert capsys.readouterr().out == handed_in.text
    assert handed_in.headers["Content-Disposition"] == 'attachment; filename="csv.csv"'
