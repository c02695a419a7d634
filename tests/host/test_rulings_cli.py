"""Rulings as they are typed: what is meant, what is refused, what is said at once."""

from __future__ import annotations

import json
import platform
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gatekit import LOG, PRESS, START, TAG, TAPS, Gate, one_line, seen
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.store.store import Store

UNKNOWN = "0badc0de"


@pytest.fixture
def rule(gate: Gate, race: Path) -> Gate:
    """`gate ruling add` in a race that has begun; (exit code, output, errors)."""
    assert gate("start", "--at", START, "--by", "Laz", "--race", race)[0] == 0

    def call(*words: str, by: str = "Laz") -> tuple[int, str, str]:
        return gate("ruling", "add", *words, "--race", race, "--by", by)

    return call


def listed(gate: Gate, race: Path) -> dict[str, dict[str, Any]]:
    """The rulings, by id."""
    out = gate("ruling", "list", "--json", "--race", race)[1]
    return {row["id"]: row for row in json.loads(out)["rulings"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("assign", "runner=Ada"), "assign: record=LOG:NUMBER is missing"),
        (("assign", "record=a1", "runner=Ada"), "write LOG:NUMBER"),
        (("assign", "record=:0", "runner=Ada"), "write LOG:NUMBER"),
        (("start", "at=25:00"), "'25:00' is no time of day"),
        (("return", "runner=Ada", "at=dawn"), "'dawn' is not a time: write 14:02:00 since"),
        (("start", "at=9999-12-31T23:59:59-10:00"), "not a moment from 1970 to 2999"),
        (("pages", "runner=Ada", "loop=1", "loop=2", "pages=1/13"), "loop is there twice"),
        (("pages", "runner=Ada", "loop=1"), "pages=12/13 is missing"),
        (("return", "runner=Ada"), "return: at=TIME is missing"),
        (("grace", "runner=Ada", "loop=1", "seconds=-300"), "is not a number of seconds"),
        (("grace", "runner=Ada", "loop=1", "seconds=5:00"), "is not a number"),
        (("clock", "reference=-1"), "is not eight hex digits"),
        (("return", "Ada"), "write FIELD=VALUE"),
    ],
)
def test_what_is_written_wrongly_is_wrong_use(
    rule: Gate, words: tuple[str, ...], said: str
) -> None:
    code, out, err = rule(*words)
    assert (code, out) == (2, "") and said in err and one_line(err), err


def test_what_is_not_there_is_a_failure(rule: Gate, race: Path) -> None:
    for words, said in (
        (("assign", "record=zz:1", "runner=Ada"), "no log here begins with 'zz'"),
        (("undo", "ruling=zzz"), "no ruling begins with 'zzz' (gate ruling list)"),
        (("undo", "ruling="), "no ruling begins with ''"),
        (("return", "runner=", "at=9:00"), "it is empty: write a name"),
    ):
        code, out, err = rule(*words)
        assert (code, out) == (1, "") and said in err and one_line(err), err


def test_a_name_that_is_empty_is_nobody_even_among_one(gate: Gate, tmp_path: Path) -> None:
    gate("init", tmp_path / "one")
    (tmp_path / "one" / "roster.csv").write_text("name,gender,tag,bib\nAda Ashdown,F,,101\n")
    code, _, err = gate("ruling", "add", "return", "runner=", "at=9:00", "--race", tmp_path / "one")
    assert code == 1 and "it is empty" in err


def test_who_is_meant_among_names_that_begin_alike(gate: Gate, race: Path, rule: Gate) -> None:
    (race.parent / "more.csv").write_text(
        "name,gender,tag,bib,bib_loop2\nBram Birchfield,M,,103,5\nJosé Muñoz,M,,104,101\n"
        "Ada Ashdown,F,,101,104\n"
    )
    assert gate("roster", "import", race.parent / "more.csv", "--race", race)[0] == 0
    for who, loop, name in (
        ("bram birch", 1, "Bram Birch"),  # the whole name, though another begins with it
        ("  BRAM  BIRCHFIELD ", 1, "Bram Birchfield"),
        ("munoz", 1, "José Muñoz"),
        ("101", 1, "Ada Ashdown"),  # the bibs of this loop first
        ("101", 2, "José Muñoz"),
        ("5", 1, "Bram Birchfield"),
        ("04:A1:01:C1:D2:5E:80", 1, "Ada Ashdown"),
    ):
        code, out, err = rule("grace", f"runner={who}", f"loop={loop}")
        assert code == 0 and f"{name}, loop {loop}" in out, (who, out, err)
    code, _, err = rule("return", "runner=Bram", "at=9:00")
    assert code == 1 and "2 runners may be meant by 'Bram': Bram Birch, Bram Birchfield" in err
    code, _, err = rule("return", "runner=Ashdwon", "at=9:00")
    assert code == 1 and "did you mean Ada Ashdown?" in err and one_line(err)


def test_a_bib_or_tag_that_was_ruled_names_its_runner(rule: Gate) -> None:
    assert rule("bib", "runner=Ada", "loop=2", "bib=77")[0] == 0
    assert "Ada Ashdown, loop 2" in rule("bib", "runner=77", "loop=2", "bib=77")[1]
    code, out, _ = rule("tag", "runner=Ada", "tag=0B:AD:C0:DE")
    assert code == 0 and "wears the tag 0badc0de" in out
    assert "Ada Ashdown is back" in rule("return", "runner=0badc0de", "at=9:00")[1]


def test_a_ruling_on_a_record_that_is_not_synced_yet(
    gate: Gate, race: Path, rule: Gate, tmp_path: Path
) -> None:
    words = ("assign", f"record={LOG}:0", "runner=Ada")
    code, out, err = rule(*words)
    assert code == 1 and not out and one_line(err) and "not synced yet?" in err
    code, out, err = rule(*words, "--anyway")
    assert code == 0 and "record 0 of a1a1a1a1 is Ada Ashdown" in out
    assert f"no touch has the number 0 in log {LOG} (not synced yet?)" in err
    seen(race, [(PRESS, 36_000, "")])
    out = gate("log", "--format", "touches", "--race", race)[1]
    assert "press,Ada Ashdown" in out
    assert {row["state"] for row in listed(gate, race).values()} == {"stands"}


def test_what_the_race_speaks_against_is_refused_unless_confirmed(
    gate: Gate, race: Path, rule: Gate
) -> None:
    seen(race, [(TAG, 36_000, "04a101c1d25e80")])
    before = listed(gate, race)
    cases: tuple[tuple[tuple[str, ...], str], ...] = (
        (("pages", "runner=Ada", "loop=1", "pages=12/12"), "race.toml says 13 pages"),
        (("pages", "runner=Ada", "loop=4", "pages=13/13"), "Ada Ashdown has no loop 4"),
        (("pages", "runner=Bram", "loop=1", "pages=13/13"), "Bram Birch has not ended loop 1"),
        (("void", "runner=Ada", "loop=3"), "Ada Ashdown has no loop 3"),
        (("void", f"record={LOG}:9999"), "no touch has the number 9999"),
        (("assign", "record=b2b2b2b2b2b2b2b2:1", "runner=Ada"), "no touch has the number 1 in"),
        (("grace", "runner=Ada", "loop=99"), "the race has 5 loops"),
        (("partial", "runner=Ada", "distance_m=400"), "means nothing in a race of the preset bark"),
        (("sighting", "runner=Bram", "at=2024-03-18T15:37:00Z", "text=x"), "before the start"),
        (("return", "runner=Bram", "at=2990-01-01T00:00:00Z"), "ahead: it does not count before"),
        (("dropout", "runner=Ada", "reason=rtc", "at=99:00:00"), "39:00:00 after the end of the"),
        (("departure", "runner=Ada", "loop=1", "at=tomorrow 03:00"), "ahead: it does not count"),
        (("start", "at=2990-01-01T00:00:00Z"), "ahead"),
        (("start", f"at={START}", "wave=B"), "race.toml has no wave 'B' (known: none)"),
        (("start", f"at={START}", "event=Half"), "race.toml has no event 'Half'"),
    )  # fmt: skip
    for words, said in cases:
        code, out, err = rule(*words)
        assert code == 1 and not out and one_line(err) and said in err, (words, err)
        assert "nothing was ruled (if it is meant: --anyway)" in err
    assert listed(gate, race) == before
    for words, said in cases[:12]:
        code, out, err = rule(*words, "--anyway")
        assert code == 0 and out and said in err, (words, err)
    code, out, _ = gate("verify", "--race", race)
    assert code == 1
    for said in ("says 13 pages", "has 5 loops", "means nothing", "before the start", "9999"):
        assert said in " ".join(out.split()), said


def test_several_are_weighed_before_one_is_ruled(gate: Gate, race: Path, rule: Gate) -> None:
    before = listed(gate, race)
    seen(race, [(TAG, 36_000, "04a101c1d25e80")])
    code, _, err = rule("pages", "runner=101,102", "loop=1", "pages=13/13")
    assert code == 1 and one_line(err) and "Bram Birch has not ended loop 1" in err
    assert listed(gate, race) == before


def test_what_does_not_fit_but_may_be_is_said_at_once(rule: Gate) -> None:
    for words, said in (
        (("dropout", "runner=Bram", "reason=tired"), "'tired' is none of the usual reasons"),
        (("bib", "runner=Ada", "loop=3", "bib=102"), "bib 102 of loop 3 is worn by Ada Ashdown"),
    ):
        code, out, err = rule(*words)
        assert code == 0 and out and said in err, (words, err)


def test_moving_the_start_says_whose_verdict_turns(gate: Gate, race: Path, rule: Gate) -> None:
    seen(race, [(TAG, 48_300, "04a101c1d25e80"), (TAG, 36_000, "04a102c1d25e80")])
    code, out, err = gate("start", "--at", "2025-03-18T15:47:00Z", "--by", "Laz", "--race", race)
    assert code == 0
    words = "the start was 2025-03-18T15:37:00Z and becomes 2025-03-18T15:47:00Z: it turns the log"
    assert f"{words} of 1" in err
    turned = "Ada Ashdown: counted loops 0 -> 1, loop 1 over cutoff -> provisional"
    assert turned in err and "Bram" not in err
    err = rule("undo", f"ruling={out.split(':')[0]}")[2]
    assert "2025-03-18T15:47:00Z and becomes 2025-03-18T15:37:00Z" in err
    assert "Ada Ashdown: counted loops 1 -> 0, loop 1 provisional -> over cutoff" in err
    err = rule("start", "at=2025-03-18T15:38:00Z")[2]
    assert "becomes 2025-03-18T15:38:00Z: nobody's verdict turns" in err


def test_a_time_that_may_be_both_is_refused(gate: Gate, race: Path, rule: Gate) -> None:
    began = datetime.now(UTC) - timedelta(hours=30)
    assert rule("start", f"at={began:%Y-%m-%dT%H:%M:%SZ}")[0] == 0
    for words in (
        ("return", "runner=Ada", "at=00:30"),
        ("dropout", "runner=Ada", "reason=rtc", "at=0:30"),
        ("paper", "runner=Ada", "loop=1", "in=00:30"),
    ):
        code, out, err = rule(*words)
        assert code == 2 and not out and one_line(err), err
        assert "may be since the start (" in err and ": write 0:30:00 or clock " in err
    for at in ("at=0:30:00", "at=clock 0:30"):
        assert rule("return", "runner=Ada", at)[0] == 0
    sheet = race / "sheet.csv"
    sheet.write_text("bib,loop,in,out,remark\n101,1,00:30,,\n102,1,0:30:00,,\n")
    code, out, err = gate("import", sheet, "--race", race)
    assert code == 1 and not out and one_line(err) and "line 2: '00:30' may be since" in err
    for said, words in (("race clock", "0:30:00 since the start"), ("clock", "in is ")):
        code, out, err = gate("import", sheet, "--times", said, "--race", race, "--by", said)
        assert code == 0 and words in out, err
    listed = race / "dropouts.csv"
    listed.write_text("bib,reason,time\n101,rtc,00:30\n102,rtc,00:31\n")
    code, out, err = gate("ruling", "dropouts", listed, "--race", race)
    assert code == 1 and not out and "--times clock or --times 'race clock' says it of all" in err
    code, out, err = gate("ruling", "dropouts", listed, "--times", "clock", "--race", race)
    assert code == 0 and "00:31:00 UTC" in out


def test_times_of_day_by_the_camps_clock(gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "race"
    gate("init", folder, "--zone", "America/New_York")
    (folder / "roster.csv").write_text("name,gender,tag,bib\nAda Ashdown,F,,101\n")
    err = gate("start", "--conch", "2025-03-18T10:37", "--race", folder)[2]
    assert "that is Tuesday 2025-03-18 10:37:00 America/New_York" in err
    out = gate("log", "--format", "json", "--as-of", "2025-03-18T12:37", "--race", folder)[1]
    assert json.loads(out)["as_of"] == "2025-03-18T16:37:00Z"
    code, _, err = gate("log", "--as-of", "25:00", "--race", folder)
    assert code == 2 and one_line(err) and "'25:00' is no time of day" in err
    code, out, err = gate(
        "ruling", "add", "paper", "runner=Ada", "loop=1", "in=clock 2025-03-18T21:00",
        "--race", folder,
    )  # fmt: skip
    assert code == 2 and one_line(err)
    for said in ("9:23:00", "2025-03-18T21:00"):
        words = ("ruling", "add", "paper", "runner=Ada", "loop=1", f"in={said}", "--by", said)
        code, out, err = gate(*words, "--race", folder, "--anyway")
        assert code == 0 and "in is Tuesday 2025-03-18 21:00:00 America/New_York" in err, err
        assert "9:23:00 since the start" in err
    for words in (
        ("start", "--at", "yesterday 23:59"),
        ("log", "--as-of", "yesterday 01:13"),
        ("log", "--as-of", "01:13"),
        ("verify", "--as-of", "Sat 01:13"),
        ("board", "--once", "--as-of", "1:13 am"),
    ):
        code, _, err = gate(*words, "--race", folder)
        assert code in (0, 1) and "gate:" not in err, (words, err)


def test_the_clock_stands_beside_a_span(gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "race"
    gate("init", folder, "--zone", "America/New_York")
    (folder / "roster.csv").write_text("name,gender,tag,bib\nAda Ashdown,F,,101\n")
    err = gate("start", "--at", START, "--race", folder)[2]
    assert "that is Tuesday 2025-03-18 11:37:00 America/New_York" in err
    words = ("return", "runner=Ada", "at=14:02:00")
    err = gate("ruling", "add", *words, "--race", folder)[2]
    assert "that is Wednesday 2025-03-19 01:39:00 America/New_York" in err


def test_usual_reasons_are_kept_in_their_usual_words(rule: Gate) -> None:
    assert "is out: refused to continue" in rule("dropout", "runner=Ada", "reason=RTC")[1]
    _, out, err = rule("dropout", "runner=Ada", "reason=Refused To Continue")
    assert "is out: refused to continue" in out and "usual" not in err


def test_every_ruling_has_its_state(gate: Gate, race: Path, rule: Gate) -> None:
    def made(*words: str, by: str = "Laz") -> str:
        return rule(*words, by=by)[1].split(":")[0]

    out = made("dropout", "runner=Ada", "reason=rtc")
    undo = made("undo", f"ruling={out}")
    code, _, err = rule("undo", f"ruling={out}")
    assert code == 1 and f"taken back already, by {undo} of Laz" in err and one_line(err)
    assert f"gate ruling undo {undo}" in err
    shown = gate("ruling", "list", "--race", race)[1]
    assert "taken back" in shown and f"takes back {out}: Ada Ashdown is out" in shown
    again = made("undo", f"ruling={undo}")
    first = made("return", "runner=Ada", "at=9:00:00")
    later = made("return", "runner=Ada", "at=9:30:00")
    one, two = (made("clock", f"reference={number}") for number in (1, 2))  # both may be right
    laz = made("grace", "runner=Bram", "loop=1")
    carl = made("void", "runner=Bram", "loop=1", by="Carl")
    states = {key: row["state"] for key, row in listed(gate, race).items()}
    wanted = {
        out: "stands",
        undo: "taken back",
        again: "stands",
        first: "replaced",
        later: "stands",
        one: "stands",
        two: "stands",
        laz: "contradicted",
        carl: "contradicted",
    }
    assert wanted.items() <= states.items()


def test_two_laptops_that_rule_differently(gate: Gate, race: Path, rule: Gate) -> None:
    assert rule("return", "runner=Ada", "at=9:00:00")[0] == 0
    other = race.parent / "other"
    gate("init", other)
    (other / "roster.csv").write_text((race / "roster.csv").read_text())
    gate("merge", race, "--race", other)
    words = ("return", "runner=Ada", "at=10:00:00", "--by", "Carl", "--race", other)
    code, out, err = gate("ruling", "add", *words)
    carl = out.split(":")[0]
    assert code == 0 and "ruled differently, so nothing is decided" in err
    assert "gate ruling undo " in err and carl in err
    gate("merge", other, "--race", race)
    shown = " ".join(gate("verify", "--race", race)[1].split())
    assert "ruled differently" in shown and carl in shown
    assert rule("undo", f"ruling={carl}")[0] == 0
    assert "ruled differently" not in gate("verify", "--race", race)[1]


def test_proposals_have_numbers_and_records(gate: Gate, race: Path, rule: Gate) -> None:
    assert "every touch has a name" in gate("ruling", "proposals", "--race", race)[1]
    assert "no touch waits for a name" in gate("ruling", "accept", "--race", race)[2]
    rows = [(PRESS, 16_200, ""), (TAG, 36_000, UNKNOWN), (TAPS, 40_000, "0badc0df")]
    seen(race, rows)
    out = gate("ruling", "proposals", "--race", race)[1]
    assert "a1a1a1a1:1" in out and f"taps {'0badc0df'}" in out and "Ada Ashdown" in out
    rows = json.loads(gate("ruling", "proposals", "--json", "--race", race)[1])["proposals"]
    assert [(row["number"], row["record"], row["kind"]) for row in rows] == [
        (1, "a1a1a1a1:0", "press"),
        (2, "a1a1a1a1:1", "tag"),
        (3, "a1a1a1a1:2", "taps"),
    ]
    assert [who["name"] for who in rows[0]["may_be"]] == ["Ada Ashdown", "Bram Birch"]
    for which in ("4", "0", "a1:7", ":0", "b1:0"):
        code, _, err = gate("ruling", "accept", which, "--race", race)
        assert code == 1 and f"no touch {which} waits for a name: numbers 1 to 3" in err
        assert one_line(err)
    code, _, err = gate("ruling", "accept", "Ada", "--race", race)
    assert code == 2 and "neither a number nor a record" in err and one_line(err)
    assert [who["rank"] for who in rows[0]["may_be"]] == [1, 1]
    code, _, err = gate("ruling", "accept", "--race", race)
    assert code == 1 and one_line(err)
    assert "2 runners may be meant, none more than the others (Ada Ashdown, Bram Birch)" in err
    assert "gate ruling add assign record=a1a1a1a1:0 runner=NAME" in err
    assert rule("assign", "record=a1:0", "runner=Ada", "use=in")[0] == 0
    code, out, _ = gate("ruling", "accept", "A1:1", "--race", race)
    assert code == 0 and "record 1 of a1a1a1a1 is Bram Birch" in out
    assert "or else Ada Ashdown: gate ruling undo " in out
    assert f"if the tag is that runner's: gate ruling add tag tag={UNKNOWN}" in out
    assert rule("dropout", "runner=Bram", "reason=rtc", "at=10:30:00")[0] == 0
    out = gate("ruling", "accept", "--race", race)[1]
    assert "record 2 of a1a1a1a1 is" in out and "(out)" not in out  # the bugle is no departure


def test_a_second_start_by_mistake_is_refused(gate: Gate, race: Path) -> None:
    assert gate("start", "--race", race)[0] == 0
    code, out, err = gate("start", "--race", race)
    assert code == 1 and not out and "gate start --at TIME" in err and one_line(err)
    assert len(listed(gate, race)) == 1
    assert gate("start", "--at", START, "--race", race)[0] == 0


def test_a_start_is_logged_whatever_the_roster_looks_like(gate: Gate, race: Path) -> None:
    (race / "roster.csv").write_text("name,gender\nAda Ashdown\n")
    code, out, err = gate("start", "--race", race)
    assert code == 0 and "the start was at" in out and "roster.csv" in err


def test_a_conch_is_the_barkleys_alone(gate: Gate, tmp_path: Path) -> None:
    gate("init", tmp_path / "laps", "--preset", "laps")
    code, _, err = gate("start", "--conch", START, "--race", tmp_path / "laps")
    assert code == 1 and "has no conch" in err and one_line(err)
    code, _, err = gate("ruling", "add", "conch", f"at={START}", "--race", tmp_path / "laps")
    assert code == 1 and "means nothing in a race of the preset laps" in err


def test_nobody_rules_without_a_name(gate: Gate, race: Path, tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("bib,loop,in,out,remark\n101,1,9:30:00,,\n")
    for words in (
        ("ruling", "add", "return", "runner=Ada", "at=9:00"),
        ("import", tmp_path / "sheet.csv"),
        ("start",),
    ):
        code, _, err = gate(*words, "--by", "  ", "--race", race)
        assert code == 2 and "who made it" in err and one_line(err)


def test_words_with_line_ends_stay_on_one_line(gate: Gate, race: Path, rule: Gate) -> None:
    words = ("sighting", "runner=Ada", "at=9:00:00", "text=with\na group\x1b[31m \udcff")
    code, out, _ = rule(*words, by="La\nz")
    assert code == 0 and "was seen at 9:00:00 with a group [31m (La z)" in out


def test_a_ruling_dated_ahead_is_shown(gate: Gate, race: Path, rule: Gate) -> None:
    data = {"runner": "Ada Ashdown", "reason": "lost"}
    made = ruling_kinds.make("dropout", data, "Carl", "", 4_000_000_000_000_000)
    store = Store.file(race / "race.db")
    store.add_rulings([made])
    store.close()
    assert listed(gate, race)[made.id]["state"] == "dated ahead"
    code, out, _ = gate("verify", "--race", race)
    assert code == 1 and "the clock of a laptop is wrong" in " ".join(out.split())


def test_who_rules_without_saying_so_is_told_apart_by_the_laptop(
    gate: Gate, race: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YELLOWGATE_BY", raising=False)
    assert gate("start", "--race", race)[0] == 0
    (ruling,) = listed(gate, race).values()
    assert ruling["by"].endswith(f"@{platform.node()}")


def test_the_kinds_name_the_fields_as_they_are_typed(gate: Gate) -> None:
    out = gate("ruling", "kinds")[1]
    for needs in ("record runner", "runner loop pages", "record or runner loop", "reference"):
        assert needs in out
    assert not [name for name in ("seq", "at_s", "in_s", "reference_id") if name in out]


def test_a_damaged_ruling_costs_itself_only(gate: Gate, race: Path) -> None:
    gate("start", "--at", "2025-03-18T15:37:00Z", "--race", race)
    rows = [("x", "{"), ("y", "[]"), ("z", '{"runner": 3, "loop": {}}')]
    with sqlite3.connect(race / "race.db") as store:
        for number, data in rows:
            store.execute("INSERT INTO rulings VALUES (?, 1, 'X', '', 'void', ?)", (number, data))
    assert gate("log", "--race", race)[0] == 0
    code, out, _ = gate("verify", "--race", race)
    assert code == 1 and all(f"the ruling {number} is spoilt" in out for number, _ in rows)


def test_a_merge_names_the_store_that_is_damaged(gate: Gate, race: Path, tmp_path: Path) -> None:
    whole = (race / "race.db").read_bytes()
    other = tmp_path / "other.db"
    other.write_bytes(whole[:4096] + bytes(range(256)) * (len(whole) // 256 - 16))
    code, _, err = gate("merge", other, "--race", race)
    assert code == 1 and one_line(err)
    assert str(other) in err and str(race) not in err


def test_a_file_of_another_program_is_no_race_and_stays_as_it_is(
    gate: Gate, race: Path, tmp_path: Path
) -> None:
    other = tmp_path / "photos.db"
    with sqlite3.connect(other) as store:
        store.execute("CREATE TABLE photos (name TEXT)")
    before = other.read_bytes()
    code, _, err = gate("merge", other, "--race", race)
    assert code == 1 and "is no race.db" in err
    assert other.read_bytes() == before


def test_a_sheet_may_be_corrected_back_and_forth(gate: Gate, race: Path, tmp_path: Path) -> None:
    gate("start", "--at", "2025-03-18T15:37:00Z", "--race", race)
    paper = tmp_path / "sheet.csv"

    def said(time: str, by: str) -> str:
        paper.write_text(f"bib,loop,in,out,remark\n101,1,{time},,\n")
        return gate("import", paper, "--by", by, "--race", race)[1]

    assert "1 of them new" in said("9:40", "laz")
    assert "0 of them new" in said("9:40", "carl")  # another says the same
    assert "1 of them new" in said("9:41", "laz")
    assert "1 of them new" in said("9:40", "laz")
    assert "0 of them new" in said("9:40", "laz")


def test_moments_that_cannot_be_meant(gate: Gate, race: Path) -> None:
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        code, _, err = gate("log", "--as-of", moment, "--race", race)
        assert code == 2 and one_line(err) and "is not a moment from 1970 to 2999" in err


def test_several_runners_are_out_and_off_the_search_list_at_once(
    gate: Gate, race: Path, rule: Gate
) -> None:
    gate("start", "--at", START, "--race", race)
    before = len(listed(gate, race))
    code, out, err = rule("dropout", "runner=Ada", "reason=rtc", "at=5:00:00")
    assert code == 0 and "Ada Ashdown stays on the search list" in err
    assert "gate ruling add return runner='Ada Ashdown' at=TIME" in err
    code, out, err = rule("dropout", "runner=101,102", "reason=rtc", "at=5:00:00", "place=camp")
    assert code == 0 and out.count("is out at 5:00:00") == 2 and "search list" not in err
    code, _, err = rule("dropout", "runner=101,999", "reason=rtc")
    assert code == 1 and "999" in err and one_line(err)
    assert rule("dropout", "runner=101,Ada", "reason=rtc")[0] == 2
    assert len(listed(gate, race)) == before + 3, "nothing was added of a line with an error"
