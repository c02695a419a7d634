"""Several races and waves in one folder, as a director runs them."""

from __future__ import annotations

import json
from pathlib import Path

from gatekit import LOG, PRESS, START, TAG, Gate, one_line, seen

EVENTS = """
classes = ["team"]

[rules]
shortest_lap_s = 600

[[wave]]
name = "B"
start_after_s = "0:10:00"

[[event]]
name = "Half"
start = 2025-03-18T16:37:00Z

[[station]]
id = 1
"""
ROSTER = """name,gender,tag,bib,wave,event,team
Ada Ashdown,F,04a101c1d25e80,101,,,Red
Bram Birch,M,04a102c1d25e80,102,B,,Red
Cleo Clay,F,04a103c1d25e80,103,,Half,Blue
"""


def test_a_folder_with_two_races_and_a_wave(gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "laps"
    assert gate("init", folder, "--preset", "laps")[0] == 0
    (folder / "race.toml").write_text('[race]\nname = "Day"\npreset = "laps"\n' + EVENTS)
    (folder / "runners.csv").write_text(ROSTER)
    where = ("--race", folder)
    code, _, err = gate("roster", "import", folder / "runners.csv", *where)
    assert code == 0, err
    assert gate("start", "--at", START, "--by", "Laz", *where)[0] == 0
    uids = [row.split(",")[2] for row in ROSTER.splitlines()[1:]]
    seen(folder, [(TAG, 4200.0 + number, uid) for number, uid in enumerate(uids)], LOG)

    code, out, _ = gate("log", *where)
    assert code == 0 and out.index("Day") < out.index("Ada Ashdown") < out.index("Half")
    assert out.index("Half") < out.index("Cleo Clay")
    code, _, err = gate("log", "--format", "json", *where)
    assert code == 2 and one_line(err) and "'Day', 'Half'" in err
    code, _, err = gate("log", "--event", "Hlaf", *where)
    assert code == 1 and one_line(err) and "did you mean 'Half'" in err

    def lines(event: str) -> dict[str, dict[str, object]]:
        code, out, err = gate("log", "--format", "json", "--event", event, *where)
        assert code == 0, err
        return {row["name"]: row for row in json.loads(out)["runners"]}

    assert lines("Day")["Bram Birch"]["result_s"] == 3601.0
    assert lines("Day")["Ada Ashdown"]["classes"] == [{"name": "team", "value": "Red", "place": 2}]
    assert lines("Half")["Cleo Clay"]["result_s"] == 602.0

    code, _, err = gate("start", "--wave", "C", *where)
    assert code == 1 and one_line(err) and "no wave 'C' (known: B)" in err
    assert (
        gate("start", "--wave", "B", "--at", "2025-03-18T15:57:00Z", "--by", "Laz", *where)[0] == 0
    )
    assert lines("Day")["Bram Birch"]["result_s"] == 3001.0
    code, out, _ = gate("board", "--once", "--all", "--event", "Half", *where)
    assert code == 0 and "Cleo Clay" in out and "Ada" not in out
    code, out, _ = gate("verify", *where)
    assert "Traceback" not in out


def test_a_ruling_on_a_loop_of_another_events_runner(gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "laps"
    assert gate("init", folder, "--preset", "laps")[0] == 0
    (folder / "race.toml").write_text('[race]\nname = "Day"\npreset = "laps"\n' + EVENTS)
    (folder / "roster.csv").write_text(ROSTER)
    assert gate("start", "--at", START, "--race", folder)[0] == 0
    words = ("ruling", "add", "void", "runner=Cleo", "loop=1", "--race", folder)
    assert "has no loop 1" in gate(*words)[2]
    assert gate(*words, "--anyway")[0] == 0
    for event in ("Day", "Half"):
        code, out, _ = gate("log", "--event", event, "--race", folder)
        assert code == 0 and ("has no loop 1" in out) == (event == "Half")
    assert gate("verify", "--race", folder)[0] == 1


def test_a_press_may_be_a_runner_of_any_race_in_the_folder(gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "laps"
    assert gate("init", folder, "--preset", "laps")[0] == 0
    (folder / "race.toml").write_text('[race]\nname = "Day"\npreset = "laps"\n' + EVENTS)
    (folder / "roster.csv").write_text(ROSTER)
    where = ("--race", folder)
    assert gate("start", "--at", START, *where)[0] == 0
    ada, bram = (row.split(",")[2] for row in ROSTER.splitlines()[1:3])
    # Ada and Bram ended a lap with their own tags after the press; Cleo of the other race did not.
    seen(folder, [(PRESS, 7000.0, ""), (TAG, 7100.0, ada), (TAG, 7200.0, bram)], LOG)
    rows = json.loads(gate("ruling", "proposals", "--json", *where)[1])["proposals"]
    assert [(who["name"], who["rank"]) for who in rows[0]["may_be"]] == [
        ("Cleo Clay", 1),
        ("Ada Ashdown", 2),
        ("Bram Birch", 2),
    ]
    assert rows[0]["may_be"][0]["why"] == "on loop 1 since 0:00:00, in Half"
    code, out, err = gate("ruling", "accept", *where)
    assert code == 0 and "is Cleo Clay (in)" in out, err
    out = gate("log", "--format", "json", "--event", "Half", *where)[1]
    assert json.loads(out)["runners"][0]["result_s"] == 3400.0


def test_a_start_of_what_race_toml_does_not_know(gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "laps"
    assert gate("init", folder, "--preset", "laps")[0] == 0
    (folder / "race.toml").write_text('[race]\nname = "Day"\npreset = "laps"\n' + EVENTS)
    where = ("--race", folder)
    for words, said in (
        (("event=Hlaf",), "race.toml has no event 'Hlaf': did you mean 'Half'?"),
        (("wave=C",), "race.toml has no wave 'C' (known: B)"),
        (("event=Half", "wave=B"), "race.toml has no wave 'B' (known: none)"),
    ):
        code, out, err = gate("ruling", "add", "start", f"at={START}", *words, *where)
        assert code == 1 and not out and one_line(err) and said in err, err
    for words in (("event=Half",), ("wave=B",), ()):
        assert gate("ruling", "add", "start", f"at={START}", *words, *where)[0] == 0
