"""The golden scene from roster to results through the browser only, by four people at once; the
log is the one that the same decisions give by the command line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import scene
from browser import Browser
from campkit import (
    DIRECTOR,
    FIRST,
    LAPTOP,
    LISTENING,
    SECOND,
    VIEWER,
    Camp,
    Field,
    Said,
    Seat,
    in_the_terminal,
)
from hqkit import visitor
from yellowgate.cli.main import run
from yellowgate.event.preset_text import preset_toml
from yellowgate.model import Ruling
from yellowgate.records import EPOCH_2020_US
from yellowgate.sim import golden, script, station
from yellowgate.times import hms, to_us
from yellowgate.web.roles import Role

pytestmark = pytest.mark.slow
KEYS = {1: b"the gate's key..", 2: b"the tower's key."}


def plans() -> list[station.Plan]:
    """The gate and the tower of the scene."""
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
    return [gate, tower]


@pytest.fixture
def camp(tmp_path: Path) -> Iterator[Camp]:
    toml = preset_toml("barkley", golden.RACE_NAME, golden.ZONE)
    made = Camp(tmp_path / "race", toml, scene.END_US)
    yield made
    made.served.close()


def roster_csv() -> str:
    rows = [f"{one.name},{one.gender},{one.tag},{one.bib}" for one in golden.scene().people]
    return "\n".join(["name,gender,tag,bib", *rows])


def direct(laz: Seat) -> None:
    """The director: roster, conch, and what viewers may see."""
    browser = laz.come().browser
    laz.look("race")
    laz.fill("#list-text", roster_csv())
    laz.press("Show what it changes", "#import")
    browser.until("Take it in")
    laz.press("Take it in")
    browser.until("40 new, 0 changed")
    laz.look("race#start-form")
    laz.fill("#conch-at", "2025-03-18T14:37:00Z")
    laz.press("Show what it changes", "[data-rule=conch]")
    laz.keep("the conch was blown")
    laz.look("people")
    laz.fill("#publish", "all")
    laz.press("Open it so")
    browser.until("Viewers see: all.")


def count_pages(ann: Seat) -> None:
    """The first volunteer, at the desk: names for the press, and pages of all arrivals."""
    browser = ann.come().browser
    clem = "139 Clem Knob: on loop 1 since 0:00:00"
    ann.decide("Whose touch was this, 11:24:48?", clem, "record")
    ann.press("Close")
    for _ in range(40):
        if not browser.press("All 13 pages", "#items"):
            break
        ann.keep("")
        ann.press("Close")


def enter_the_rest(bob: Seat) -> None:
    """The second volunteer, by fast entry: who came back, and who was seen."""
    browser = bob.come().browser
    bob.look("entry")
    browser.run("document.getElementById('many').open = true")
    lines = [
        f"{one.person.bib} out rtc camp {hms(to_us(one.at_s))} -- {one.text}"
        for one in golden.scene().decisions
        if one.what == "returned"
    ]
    bob.fill("#text", "\n".join(lines))
    bob.press("Keep what is clear")
    browser.until(f"{len(lines)} lines kept")
    bob.press("Close")
    bob.enter("140 seen 21:53:00 -- seen hiking out at the prison", "Dix Leonard was seen")
    bob.enter("139 out rtc 11:39:48 -- no torch", "Clem Knob is out")


def typed(row: Ruling) -> Said:
    """The same decision as `gate ruling add` takes it: from the scene, not from what was kept."""
    if row.kind == "conch":
        return Said("conch", ("at=2025-03-18T14:37:00Z",), row.by)
    name = str(row.data["runner"])
    made: dict[str, Callable[[], list[str]]] = {
        "pages": lambda: [f"loop={row.data['loop']}", "pages=13/13"],
        "assign": lambda: [f"record={row.data['log_id']}:{row.data['seq']}", "use=in"],
        "sighting": lambda: ["at=21:53:00"],
        "dropout": lambda: _dropout(name),
    }
    return Said(row.kind, (f"runner={name}", *made[row.kind]()), row.by, row.why)


def _dropout(name: str) -> list[str]:
    told = next(
        one
        for one in golden.scene().decisions
        if one.person.name == name and one.what in ("returned", "dropout")
    )
    place = ["place=camp"] if told.what == "returned" else []
    return ["reason=rtc", f"at={hms(to_us(told.at_s))}", *place]


def test_the_golden_scene_is_run_from_the_browser(
    browser: Browser, camp: Camp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    laz = Seat(browser, camp, DIRECTOR, Role.DIRECTOR, "Laz", LAPTOP)
    field = Field(plans())
    field.play(golden.END_S)
    with field.plugged() as plugged:
        direct(laz)
        laz.look("stations")
        camp.plug_in(plugged)
        browser.until("yellow gate")
        browser.until_script(LISTENING % 2)
    field.close()
    count_pages(Seat(browser, camp, FIRST, Role.VOLUNTEER, "Ann"))
    enter_the_rest(Seat(browser, camp, SECOND, Role.VOLUNTEER, "Bob"))
    Seat(browser, camp, VIEWER, Role.VIEWER, "Eve").come()
    browser.until("39:50:27")
    assert "Not official until the race is over" in browser.text()

    text = visitor(camp.served.hq, Role.DIRECTOR).get("/log.json").text
    log = json.loads(text)
    kelly = next(row for row in log["runners"] if row["name"] == "J. Kelly")
    assert [row["verdict"] for row in kelly["loops"]].count("counted") == kelly["loops_counted"]
    assert not [row for row in log["problems"] if row["kind"] == "contradiction"]

    terminal = in_the_terminal(tmp_path, camp, [typed(row) for row in camp.rulings()])
    capsys.readouterr()
    command = ["--as-of", "2025-03-20T10:37:00Z", "--race", str(terminal.path)]
    assert run(["log", "--format", "json", *command]) == 0
    assert capsys.readouterr().out == text
    assert run(["log", "--format", "csv", *command]) == 0
    handed_in = visitor(camp.served.hq, Role.DIRECTOR).get("/file?form=csv")
    assert capsys.readouterr().out == handed_in.text
    assert handed_in.headers["Content-Disposition"] == 'attachment; filename="csv.csv"'
