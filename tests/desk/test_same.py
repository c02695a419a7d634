"""The desk decides nothing of its own: what it keeps is what the command line keeps."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deskkit
import pytest
from deskkit import GATE, START_US, Play
from yellowgate.cli.main import run
from yellowgate.desk import forms
from yellowgate.desk.decide import Wanted, keep, rule
from yellowgate.desk.entry import understand
from yellowgate.desk.facts import Facts
from yellowgate.desk.fieldwords import values_of
from yellowgate.event import roster
from yellowgate.event.preset_text import preset_toml
from yellowgate.official import Moment, Race
from yellowgate.race.log_json import to_json
from yellowgate.rulings.kinds import KINDS
from yellowgate.sim import golden
from yellowgate.store.store import Store
from yellowgate.times import hms

# Of each kind: a line of the desk, and the words of `gate ruling add` for the same. NUMBER is that
# of the press at 10:12, RULING the id of one that stands.
SAME = [
    ("NUMBER 3", "assign record=a1b2c3:NUMBER runner=3"),
    ("void record=a1b2c3:NUMBER", "void record=a1b2c3:NUMBER"),
    ("1 void loop 1", "void runner=Ada loop=1"),
    ("1 all", "pages runner=1 loop=1 pages=13/13"),
    ("1 ccw", "direction runner=Ada loop=2 direction=counter-clockwise"),
    ("direction runner=1 loop=1 right=no", "direction runner=1 loop=1 right=no"),
    ("1 left 9:53:00", "departure runner=1 loop=2 at=9:53:00"),
    ("2 out rtc 10:20:00 camp", "dropout runner=2 reason=rtc at=10:20:00 place=camp"),
    ("3 back 12:00:00", "return runner=3 at=12:00:00"),
    ("3 seen 11:00:00 at the prison", "sighting runner=3 at=11:00:00 place='the prison'"),
    ("1 grace start loop 2", "grace runner=1 loop=2 for=start"),
    ("start at=today 11:37", "start at='today 11:37'"),
    ("conch at=2025-03-18T14:37:00Z", "conch at=2025-03-18T14:37:00Z"),
    ("1 9:37:15", "paper runner=1 loop=1 in=9:37:15"),
    ("3 in clock 00:40 wins", "paper runner=3 loop=1 in='clock 00:40' wins=yes"),
    ("clock reference=3f2a11bc", "clock reference=3f2a11bc"),
    (f"log log_id={GATE} right=yes", f"log log_id={GATE} right=yes"),
    (
        "version record=a1b2c3:NUMBER version=0a1b2c3d",
        "version record=a1b2c3:NUMBER version=0a1b2c3d",
    ),
    (f"key log_id={GATE} key=0a1b2c3d", f"key log_id={GATE} key=0a1b2c3d"),
    ("3 tag 04AABBCC", "tag runner=3 tag=04:aa:bb:cc"),
    ("1 bib 201 loop 3", "bib runner=1 loop=3 bib=201"),
    ("3 350m", "partial runner=3 distance_m=350"),
    ("undo RULING", "undo ruling=RULING"),
]
FOLDER = Path(__file__).parent


def play() -> Play:
    made = Play().touch(1, "9:37:11", "9:52:34").touch(2, "10:05:00").press("10:12:00")
    made.rule("9:40:00", "grace", runner="Ada Ashdown", loop=1)
    return made


def split(words: str) -> list[str]:
    """As a shell does."""
    import shlex

    return shlex.split(words)


@pytest.mark.parametrize(("line", "typed"), SAME, ids=[typed for _, typed in SAME])
def test_a_line_keeps_what_the_command_line_keeps(tmp_path: Path, line: str, typed: str) -> None:
    made = play()
    moment = made.at("14:00:00")
    known = {"NUMBER": str(made.number("10:12:00")), "RULING": made.rulings[0].id}
    for name, value in known.items():
        line, typed = line.replace(name, value), typed.replace(name, value)
    kind, *given = split(typed)
    if kind in ("start", "conch"):
        line = line.replace("at=today 11:37", 'at="today 11:37"')
    entry = understand(line, moment)
    assert entry.problems == ()
    said = [Wanted(kind, data) for data in _datas(moment, kind, given)]
    values = values_of(given)
    assert list(forms.wanted(kind, values, moment)) == said
    stores = [Store.file(tmp_path / name) for name in ("line.db", "words.db")]
    kept = keep(stores[0], entry.wanted, "Laz", moment.as_of_us).made
    assert kept == rule(stores[1], said, "Laz", moment.as_of_us)
    assert stores[0].rulings() == stores[1].rulings() == list(kept)
    for store in stores:
        store.close()


def _datas(moment: Moment, kind: str, given: list[str]) -> list[dict[str, Any]]:
    return [dict(row.data) for row in Facts(moment).ruled(kind, given, "").wanted]


def test_every_kind_is_there() -> None:
    assert {typed.split()[0] for _, typed in SAME} == KINDS.keys()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small race as a folder, as the laptop at the gate has it."""
    made = play()
    path = tmp_path / "race"
    path.mkdir()
    (path / "race.toml").write_text(preset_toml("barkley", "desk", deskkit.ZONE))
    (path / "roster.csv").write_text(roster.to_csv(made.roster))
    store = Store.file(path / "race.db")
    store.add_observations(made.raws("14:00:00"))
    store.add_log_stations([(GATE, 1), (deskkit.TOWER, 2)])
    store.add_rulings(made.rulings)
    store.close()
    return path


def _stored(path: Path) -> list[tuple[str, str, str, dict[str, Any]]]:
    store = Store.file(path / "race.db")
    rows = [(row.kind, row.by, row.why, dict(sorted(row.data.items()))) for row in store.rulings()]
    store.close()
    return rows


def test_the_prompt_and_the_command_line_fill_the_store_alike(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through both programs, from what is typed to the rows of the store."""
    other = tmp_path / "other"
    other.mkdir()
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    lines = [
        ("1 all -- twice", ["pages", "runner=1", "loop=1", "pages=13/13", "--why", "twice"]),
        ("3,4 out lost 12:00:00", ["dropout", "runner=3,4", "reason=lost", "at=12:00:00"]),
        ("4 back 13:00:00", ["return", "runner=4", "at=13:00:00"]),
        ("2 out 10:20:00", ["paper", "runner=2", "loop=2", "out=10:20:00"]),
    ]  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line, _ in lines)))
    assert run(["desk", "--by", "Laz", "--race", str(folder)]) == 0
    for _, typed in lines:
        assert run(["ruling", "add", *typed, "--by", "Laz", "--race", str(other)]) == 0
    rows = [sorted(map(repr, _stored(path))) for path in (folder, other)]
    assert rows[0] == rows[1]


def test_the_golden_scene_by_lines_is_the_one_by_words(tmp_path: Path) -> None:
    """All decisions of the night at their moments, once typed at the desk, once as words: the
    official log is the same to the byte.
    """
    race = _scene(tmp_path)
    stores = [Store.file(tmp_path / name) for name in ("lines.db", "words.db")]
    lines = 0
    for when_us, line, kind, given in _decisions(race):
        for store in stores:
            moment = _with(race, store).at(when_us, is_now=True)
            if store is stores[0]:
                entry = understand(line, moment, "Laz")
                assert entry.problems == (), (line, entry.problems)
                keep(store, entry.wanted, "Laz", when_us)
            else:
                datas = _datas(moment, kind, given)
                rule(store, [Wanted(kind, data) for data in datas], "Laz", when_us)
        lines += 1
    end_us = START_US + golden.END_S * 1_000_000
    logs = [to_json(_with(race, store).log(end_us)) for store in stores]
    assert logs[0] == logs[1]
    assert lines > 60 and len(json.loads(logs[0])["rulings"]) > 60
    for store in stores:
        store.close()


def _scene(path: Path) -> Race:
    folder = deskkit.scene.folder(path / "scene")
    store = folder.store()
    race = Race.read(folder.race(), folder.roster(), store)
    store.close()
    return race


def _with(race: Race, store: Store) -> Race:
    from dataclasses import replace

    return replace(race, rulings=store.rulings())


def _decisions(race: Race) -> Iterator[tuple[int, str, str, list[str]]]:
    """(moment, line of the desk, kind, words of the command line)."""
    presses = [row for row in race.logs[GATE] if row.kind == deskkit.kinds.PRESS]
    for one in golden.scene().decisions:
        who, at = one.person.bib, hms(round(one.at_s * 1e6))
        when_us = START_US + round(one.at_s * 1e6)
        runner = f"runner={who}"
        if one.what == "pages":
            words = [runner, f"loop={one.loop}", "pages=13/13"]
            yield when_us, f"{who} all", "pages", words
        if one.what in ("dropout", "returned"):
            yield when_us, f"{who} out rtc", "dropout", [runner, "reason=rtc"]
        if one.what == "returned":
            yield when_us, f"{who} back {at}", "return", [runner, f"at={at}"]
        if one.what == "sighting":
            words = [runner, f"at={at}", "place=prison"]
            yield when_us, f"{who} seen {at} at prison", "sighting", words
        if one.what == "press":
            for row in presses:
                record = f"record={GATE}:{row.seq}"
                yield when_us, f"{row.seq} {who}", "assign", [record, runner]
