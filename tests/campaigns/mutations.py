"""Whatever comes from elsewhere, changed a little by the hundred thousand: refused, or harmless.

    python tests/campaigns/mutations.py --cases 100000 [--seed 1] [--only stores]

Stores, race files, lists of runners, rulings and conversations with a station that are right, each
changed where it has a structure: a cell of a row, a line of a table, a field of a frame, a type. Of
each it is demanded: no exception but those that become one line; after a refusal the own store is
byte for byte what it was; after an acceptance it can be read, judged and verified. A share of each
is left unchanged: the control, which must be taken in.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "attacks"))
sys.path.insert(0, str(Path(__file__).parents[1] / "host"))

from attackkit import KEY, LOG, ROSTER, START_US, TRUE_ROWS, chained, tag_of
from fake_station import FakeClock, FakeStation, Line
from gate_wire import frame
from yellowgate.errors import GateError
from yellowgate.event import race_toml
from yellowgate.event import roster as rosters
from yellowgate.event.preset_text import preset_toml
from yellowgate.link.sync import sync
from yellowgate.model import Ruling
from yellowgate.official import Race
from yellowgate.race.log_json import to_json
from yellowgate.rulings.decisions import evaluate
from yellowgate.rulings.kinds import make, words
from yellowgate.store import evidence
from yellowgate.store.store import Store

Dice = random.Random
NOW_US = START_US + 7200 * 1_000_000
ODD: Sequence[Any] = (
    None, "", "x", -1, 0, 1, 255, 1 << 16, 1 << 24, 1 << 31, 1 << 62, -(1 << 62), 1.5, 1e300, b"",
    b"\x00", b"\xff" * 40, "zz", "f" * 8, "F" * 16, "f" * 16, "0" * 32, "\x1b[2J", "\u202e", "{}",
    "[]", '{"at": NaN}', "[" * 500, '{"runner": "\\ud800"}', "x" * 5000,
)  # fmt: skip
RULINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("start", {"at": START_US}),
    ("dropout", {"runner": "Bram Birch", "reason": "lost", "at_s": 5000.0}),
    ("paper", {"runner": "Ada Ashdown", "loop": 1, "in_s": 1801.0}),
    ("void", {"log_id": LOG, "seq": 4}),
    ("sighting", {"runner": "Ada Ashdown", "at_s": 900, "place": "the bridge"}),
    ("clock", {"reference_id": 0x5EED}),
    ("undo", {"ruling": "0123456789ab"}),
)


class Bench:
    """A folder with the own race, the pattern of another store, and what was found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: Counter[str] = Counter()
        self.file = race_toml.parse(preset_toml("laps", "Test", "UTC"))
        self.roster = rosters.parse(ROSTER, ())
        self.raws = chained(TRUE_ROWS)
        self.own, self.pattern = folder / "own.db", folder / "pattern.db"
        for path, count in ((self.own, 5), (self.pattern, len(self.raws))):
            with closing(Store.file(path)) as store:
                store.add_first_key(LOG, KEY)
                store.add_log_stations([(LOG, 1)])
                store.add_observations((LOG, raw) for raw in self.raws[:count])
                store.add_tip(LOG, count, tag_of(self.raws[count - 1]))
                store.add_marks([(LOG, 0, 0, bytes(4))])
                rows = RULINGS if path is self.pattern else RULINGS[:1]
                store.add_rulings(
                    make(kind, data, "Laz", "", START_US + at)
                    for at, (kind, data) in enumerate(rows)
                )
        self.before = self.own.read_bytes()

    def restore(self) -> None:
        """The own store, as it was."""
        self.own.write_bytes(self.before)

    def judged(self) -> None:
        """The own store is read, judged and verified."""
        with closing(Store.file(self.own)) as store:
            race = Race.read(self.file, self.roster, store)
            to_json(race.log(NOW_US))
            evidence.verify(race.observations, store.first_keys(), store.tips(), store.marks())


def refused(bench: Bench, attempt: Callable[[], object]) -> bool:
    """Was it refused, in one line, with the own store untouched?"""
    try:
        attempt()
    except (GateError, ValueError) as error:
        lines = str(error).splitlines()
        # A list of runners tells all that is wrong with it, a line each.
        assert lines and all(lines), repr(error)
        assert bench.own.read_bytes() == bench.before, "something was written"
        return True
    return False


# Stores


def a_store(bench: Bench, dice: Dice, change: bool) -> bool:
    """Cells, rows and pages of another store."""
    other = bench.folder / "other.db"
    shutil.copy(bench.pattern, other)
    if change:
        (_a_page if dice.random() < 0.3 else _a_cell)(other, dice)
    theirs = other.read_bytes()

    def attempt() -> None:
        with closing(Store.file(bench.own)) as store:
            store.merge(other, only_records=dice.random() < 0.2)

    is_refused = refused(bench, attempt)
    assert other.read_bytes() == theirs, "the other store was written into"
    assert [path.name for path in bench.folder.glob("other.db-*")] == []
    if not is_refused:
        bench.judged()
        bench.restore()
    return is_refused


def _a_cell(file: Path, dice: Dice) -> None:
    with closing(sqlite3.connect(file)) as base, base:
        for _ in range(dice.choice((1, 1, 2))):
            names = [
                row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type='table'")
            ]
            name = dice.choice(names)
            columns = [row[1] for row in base.execute(f"PRAGMA table_info({name})")]
            column = dice.choice(columns)
            what = dice.randrange(5)
            try:
                if what == 0:
                    base.execute(f'ALTER TABLE {name} RENAME COLUMN "{column}" TO other')
                elif what == 1:
                    base.execute(f"DROP TABLE {name}")
                elif what == 2:
                    base.execute(f"CREATE TABLE kept AS SELECT * FROM {name}")
                    base.execute(f"DROP TABLE {name}")
                    base.execute("ALTER TABLE kept RENAME TO " + name)  # without types
                    base.execute(f'UPDATE {name} SET "{column}" = ?', (dice.choice(ODD),))
                else:
                    where = "rowid % 2" if what == 3 and name != "observations" else "1"
                    base.execute(
                        f'UPDATE OR IGNORE {name} SET "{column}" = ? WHERE {where}',
                        (dice.choice(ODD),),
                    )
            except sqlite3.Error:
                pass  # SQLite itself does not let it be


def _a_page(file: Path, dice: Dice) -> None:
    data = bytearray(file.read_bytes())
    for _ in range(dice.choice((1, 3, 20))):
        at = dice.randrange(len(data))
        data[at] = dice.choice((0, 0xFF, data[at] ^ 1 << dice.randrange(8)))
    file.write_bytes(data[: dice.randrange(len(data))] if dice.random() < 0.1 else data)


# Texts


def mutated(text: str, dice: Dice) -> str:
    """A line gone, doubled or moved; a word, number or sign another one."""
    lines = text.split("\n")
    for _ in range(dice.choice((1, 1, 2, 4))):
        at = dice.randrange(len(lines))
        what = dice.randrange(7)
        if what == 0:
            del lines[at]
            lines = lines or [""]
        elif what == 1:
            lines.insert(dice.randrange(len(lines)), lines[at])
        elif what == 2:
            other = dice.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif what == 3 and lines[at]:
            cut = dice.randrange(len(lines[at]))
            lines[at] = lines[at][:cut] + dice.choice(SIGNS) + lines[at][cut + 1 :]
        else:
            for mark in dice.sample("=,", 2):
                head, found, _ = lines[at].rpartition(mark)
                if found:
                    lines[at] = f"{head}{mark}{dice.choice(VALUES)}"
                    break
    return "\n".join(lines)


SIGNS = (
    "",
    '"',
    "'",
    "[",
    "]",
    "=",
    ",",
    ";",
    "\t",
    "\x00",
    "\x1b",
    "\u202e",
    "\ud800",
    "é",
    "\ufeff",
)
VALUES = (
    "", " 0", " -1", " 1e999", " 99999999999999999999", ' "x"', " true", " []", " {}", ' ""',
    " nan", ' "1979-05-27T07:32:00Z"', " 1979-05-27", " [[1]]", ' "\\u0000"', ' "\\u202e"',
    "=1+1", "04ff", '"',
)  # fmt: skip


def a_race_file(bench: Bench, dice: Dice, change: bool) -> bool:
    """race.toml of any preset."""
    preset = dice.choice(("barkley", "backyard", "laps", "point-to-point"))
    text = preset_toml(preset, "Test", "UTC") + 'key = "00"\n'
    text = mutated(text, dice) if change else text
    made: list[race_toml.RaceFile] = []
    is_refused = refused(bench, lambda: made.append(race_toml.parse(text)))
    if not is_refused and dice.random() < 0.1:  # what was taken can be judged by
        with closing(Store.file(bench.own)) as store:
            to_json(Race.read(made[0], bench.roster, store).log(NOW_US))
    return is_refused


def a_roster(bench: Bench, dice: Dice, change: bool) -> bool:
    """The race's own list of runners."""
    text = mutated(ROSTER, dice) if change else ROSTER
    made: list[list[Any]] = []
    is_refused = refused(bench, lambda: made.append(rosters.parse(text, ())))
    if not is_refused:
        assert rosters.parse(rosters.to_csv(made[0]), ()) == made[0]
    return is_refused


def a_ruling(bench: Bench, dice: Dice, change: bool) -> bool:
    """Data of every kind with odd values, made here and as another hand wrote it into the store."""
    kind, data = dice.choice(RULINGS)
    data = dict(data)
    if change:
        name = dice.choice((*data, "at", "runner", "loop", "other"))
        data[name] = dice.choice([value for value in ODD if not isinstance(value, bytes)])
    is_refused = refused(bench, lambda: make(kind, data, "Laz", "", START_US))
    strange = Ruling(START_US, dice.choice(("Laz", "\x1b", "")), "", kind, data)
    assert isinstance(words(kind, data), str)
    decisions = evaluate([strange], NOW_US, ["Ada Ashdown", "Bram Birch"])
    if dice.random() < 0.05:
        race = Race(bench.file, bench.roster, {}, [strange])
        json.loads(to_json(race.at(NOW_US).log))
    assert decisions is not None
    return is_refused


# Conversations


def a_conversation(bench: Bench, dice: Dice, change: bool) -> bool:
    """A station that lies: fields of its frames are others, their checksums right."""
    writer = frame.FrameWriter()

    def lying(data: bytes) -> bytes:
        if not change or dice.random() < 0.6:
            return data
        out = b""
        for kind, reference, payload in frame.FrameReader().feed(data):
            said = bytearray(payload)
            for _ in range(dice.choice((0, 1, 1, 3)) if said else 0):
                at = dice.randrange(len(said))
                size = min(dice.choice((1, 2, 4)), len(said) - at)
                said[at : at + size] = dice.choice(
                    (bytes(size), b"\xff" * size, dice.randbytes(size))
                )
            if dice.random() < 0.1:
                said = said[: dice.randrange(len(said) + 1)]
            kind = dice.randrange(256) if dice.random() < 0.05 else kind  # noqa: PLW2901 - a lie
            out += bytes(writer.frame(kind, reference, bytes(said)))
        return out

    raws: list[bytes | None] = list(bench.raws)
    line = _Lying(FakeStation(raws, log_id=bytes.fromhex(LOG)), lying)
    try:
        with closing(Store.file(bench.own)) as store:
            sync(line, store, FakeClock(line))
        is_refused = False
    except GateError as error:
        assert len(str(error).splitlines()) == 1
        is_refused = True
    bench.judged()  # what arrived before stays, and is whole
    with closing(Store.file(bench.own)) as store:
        seqs = store.counts()
        assert seqs.get(LOG, 0) >= 5, "what was stored before"
    bench.restore()
    return is_refused


class _Lying(Line):
    """Only what comes from the station is changed; it is given up after a while."""

    def __init__(self, station: FakeStation, lie: Callable[[bytes], bytes]) -> None:
        super().__init__(station)
        self._lie = lie

    def write(self, data: bytes) -> None:
        self._waiting += self._lie(self.station.receive(data, self.now_us))


KINDS: dict[str, tuple[Callable[[Bench, Dice, bool], bool], int]] = {
    # What, and how many of a hundred cases.
    "stores": (a_store, 20),
    "race files": (a_race_file, 25),
    "rosters": (a_roster, 25),
    "rulings": (a_ruling, 22),
    "conversations": (a_conversation, 8),
}


def run(cases: int, seed: int, only: str = "") -> Counter[str]:
    """Returns how many of each kind were taken and refused. Raises AssertionError."""
    told: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for name, (attempt, share) in KINDS.items():
            if only not in ("", name):
                continue
            count = max(1, cases * share // 100)
            for number in range(count):
                dice = random.Random(f"{seed} {name} {number}")
                change = number % 20 != 0
                try:
                    is_refused = attempt(bench, dice, change)
                except Exception as error:
                    raise AssertionError(f"--seed {seed}, {name} {number}: {error!r}") from error
                assert change or not is_refused, f"--seed {seed}, {name} {number}: the control"
                told[f"{name}: {'refused' if is_refused else 'taken'}"] += 1
    return told


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", choices=["", *KINDS])
    options = parser.parse_args()
    started = time.process_time()
    cases = 0
    for kind in [options.only] if options.only else KINDS:
        told = run(options.cases, options.seed, kind)
        cases += sum(told.values())
        for name, count in sorted(told.items()):
            print(f"  {name} {count}", flush=True)
    print(f"{cases} cases, {time.process_time() - started:.0f} s of CPU, no traceback")


if __name__ == "__main__":
    main()
