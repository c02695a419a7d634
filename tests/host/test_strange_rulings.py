"""Rulings that this version does not know: they cost themselves only, and a kind is one entry."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gatekit import START, START_US, TAG, Gate, one_line, seen
from yellowgate.model import Ruling
from yellowgate.race.official_log import Loop
from yellowgate.rulings.kinds import KINDS
from yellowgate.store.store import Store

HOST = Path(__file__).parent.parent.parent / "host"
STRANGE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("clock", {"reference": "gps"}),
    ("clock", {"reference_id": "zz"}),
    ("clock", {"reference_id": None}),
    ("undo", {}),
    ("undo", {"ruling": {"of": "a later version"}}),
    ("weather", {"runner": ["Ada"], "loop": {}, "at": "noon\x1b[31m"}),
    ("dropout", {"runner": "Ada Ashdown", "reason": None, "at_s": 1e300}),
)


@pytest.mark.parametrize(("kind", "data"), STRANGE)
def test_a_strange_ruling_costs_itself_only(
    gate: Gate, race: Path, kind: str, data: dict[str, Any]
) -> None:
    assert gate("start", "--at", START, "--by", "Laz", "--race", race)[0] == 0
    seen(race, [(TAG, 34_000, "04a101c1d25e80")])
    before = gate("log", "--format", "csv", "--race", race)[1]
    strange = Ruling(START_US + 5_000_000, "Laz", "", kind, data)
    store = Store.file(race / "race.db")
    assert store.add_rulings([strange]) == 1
    store.close()
    for words in (
        ("log",), ("log", "--format", "json"), ("log", "--format", "html"), ("clock",),
        ("ruling", "proposals"), ("ruling", "kinds"), ("board", "--once", "--all"),
        ("roster", "list"), ("ruling", "add", "dropout", "runner=Bram", "reason=rtc"),
    ):  # fmt: skip
        code, _, err = gate(*words, "--race", race)
        assert code == 0 and "understood" not in err, (words, err)
    assert gate("log", "--format", "csv", "--race", race)[1].splitlines()[1] in before
    rows = json.loads(gate("ruling", "list", "--json", "--race", race)[1])["rulings"]
    assert {row["id"]: row["state"] for row in rows}[strange.id] == "not understood"
    assert "\x1b" not in gate("ruling", "list", "--race", race)[1]
    code, out, _ = gate("verify", "--race", race)
    assert code == 1 and "not" in out
    assert gate("ruling", "undo", strange.id, "--race", race)[0] == 0
    rows = json.loads(gate("ruling", "list", "--json", "--race", race)[1])["rulings"]
    assert {row["id"]: row["state"] for row in rows}[strange.id] == "taken back"


def test_a_merge_takes_kinds_of_a_later_version_and_refuses_wrong_ones(
    gate: Gate, race: Path, tmp_path: Path
) -> None:
    typed = ("sighting", {"runner": "Ada\u00a0Ashdown", "at_s": 5, "text": "caf\u00e9\u200d 雪"})
    good = (("weather", {"rain": True}), typed)
    for number, (kind, data) in enumerate((*STRANGE, *good)):
        file = tmp_path / f"{number}.db"
        other = Store.file(file)
        other.add_rulings([Ruling(START_US, "Laz", "", kind, data)])
        other.close()
        code, out, err = gate("merge", file, "--race", race)
        if (kind, data) in good:
            assert code == 0 and "1 new rulings" in out and "to decide" in out
        else:
            assert code == 1 and one_line(err) and f"{number}.db: rulings, row 1" in err


def test_the_short_undo(gate: Gate, race: Path) -> None:
    said = gate("ruling", "add", "return", "runner=Ada", "at=9:00:00", "--race", race)[1]
    number = said.split(":")[0]
    code, out, _ = gate("ruling", "undo", number[:5], "--why", "wrong runner", "--race", race)
    assert code == 0 and f"takes back {number}: Ada Ashdown is back" in out
    undo = out.split(":")[0]
    code, out, err = gate("ruling", "undo", number, "--race", race)
    assert code == 1 and not out and f"so that it stands again: gate ruling undo {undo}" in err
    assert gate("ruling", "undo", undo, "--race", race)[0] == 0
    code, _, err = gate("ruling", "undo", "zzz", "--race", race)
    assert code == 1 and "no ruling begins with 'zzz'" in err


ONE_ENTRY = """
import sys
from yellowgate.rulings.fields import AT, RUNNER, TEXT
from yellowgate.rulings.kinds import KINDS, Kind
KINDS["medical"] = Kind(
    "medical", "was seen by the doctor", lambda d: f"{d['runner']} was seen by the doctor",
    needs=(RUNNER, AT), may=(TEXT,), moment="race", presets=("laps",),
    decides=lambda d: [(("medical", d["runner"]), d.get("text"))],
)
from yellowgate.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.slow
def test_a_new_kind_of_ruling_is_one_entry(gate: Gate, race: Path) -> None:
    """Typed, checked, stored, listed, replaced, contradicted, undone, verified: by that alone."""
    assert gate("start", "--at", START, "--by", "Laz", "--race", race)[0] == 0

    def extended(*words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-c", ONE_ENTRY, *words, "--race", str(race)],
            capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "160"},
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def states(kind: str) -> list[str]:
        rows = json.loads(extended("ruling", "list", "--json")[1])["rulings"]
        return [row["state"] for row in rows if row["kind"] == kind]

    assert "runner at" in extended("ruling", "kinds")[1]
    code, _, err = extended("ruling", "add", "medical", "runner=Ada", "textt=x", "at=now")
    assert code == 2 and "did you mean 'text'" in err
    assert "at=TIME is missing" in extended("ruling", "add", "medical", "runner=Ada")[2]
    word = ("ruling", "add", "medical", "runner=101", "at=now", "--anyway")
    code, out, err = extended(*word, "text=knee", "--by", "Laz")
    assert code == 0 and "Ada Ashdown was seen by the doctor (Laz)" in out
    assert "means nothing in a race of the preset barkley" in err
    extended(*word, "text=ankle", "--by", "Laz")
    assert states("medical") == ["replaced", "stands"]
    code, out, err = extended(*word, "text=head", "--by", "Carl")
    assert code == 0 and "ruled differently" in err and "ruled differently" in extended("verify")[1]
    assert states("medical") == ["replaced", "contradicted", "contradicted"]
    assert extended("ruling", "undo", out.split(":")[0])[0] == 0
    assert states("medical") == ["replaced", "stands", "taken back"]
    assert "medical" not in extended("log")[2]
    assert gate("log", "--race", race)[0] == 0  # who does not know the kind


def _tables_of_kinds(path: Path) -> list[int]:
    """Lines with a table or a list of three kinds of rulings or more."""
    found: list[int] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set):
            continue
        parts = node.keys if isinstance(node, ast.Dict) else node.elts
        words = [part.value for part in parts if isinstance(part, ast.Constant)]
        is_fields = set(words) <= set(Loop._fields)  # a loop has pages and a bib
        if len(words) >= 3 and all(word in KINDS for word in words) and not is_fields:
            found.append(node.lineno)
    return found


def test_the_kinds_stand_in_one_place() -> None:
    """No second table that a new kind would have to be entered in."""
    tables = [
        f"{path}:{line}"
        for path in sorted((HOST / "yellowgate").rglob("*.py"))
        for line in _tables_of_kinds(path)
    ]
    assert not tables
