"""What the attacks are made of: a race with a true log, an attack as a row of the table, tools."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
from gate_wire import bodies, chain, kinds, record
from yellowgate.cli.main import run
from yellowgate.records import EPOCH_2020_US
from yellowgate.store.store import Store

Test = TypeVar("Test", bound=Callable[..., Any])

# Who does it.
RADIO = "somebody with a radio"
STATION = "somebody with the station for five minutes"
WIFI = "somebody on the camp's Wi-Fi"
VOLUNTEER = "a volunteer with a store of their own"
HOLDER = "a holder of race.db"
SENDER = "a sender of files"
NOBODY = "nobody: a bad disk, an old laptop, a slip"


class Attack(NamedTuple):
    """A row of the table. door: where it is tried; seen: what must be seen; do: what it is made of,
    for the test.
    """

    door: str
    by: str
    how: str
    seen: str
    do: Any = None


def attack(door: str, by: str, how: str, seen: str) -> Callable[[Test], Test]:
    """This test is this attack."""

    def mark(test: Test) -> Test:
        test.__dict__["attacks"] = [Attack(door, by, how, seen)]
        return test

    return mark


def attacks(rows: Sequence[Attack]) -> Callable[[Test], Test]:
    """This test, with its argument `attack`, is each of these attacks."""

    def mark(test: Test) -> Test:
        test.__dict__["attacks"] = list(rows)
        return pytest.mark.parametrize("attack", rows, ids=[row.how for row in rows])(test)

    return mark


# A race whose truth is known: two runners, a gate, three laps of each.

ADA, BRAM = "04a101c1d25e80", "04a102c1d25e80"
ROSTER = f"name,gender,tag,bib\nAda Ashdown,F,{ADA},101\nBram Birch,M,{BRAM},102\n"
START = "2025-03-18T15:37:00Z"
START_US = 1_742_312_220_000_000
AS_OF = "2030-01-01T00:00:00Z"  # rulings are made now
LOG, KEY = "a1b2c3d4e5f60718", bytes(range(1, 17))
LAPTOP_ID = 0x5EED
TRUE_LAPS = {"Ada Ashdown": 3, "Bram Birch": 3}
RADIO_KEY = "00112233445566778899aabbccddeeff"


class Row(NamedTuple):
    """A record to be: what it is, when since the start, and its body."""

    kind: int
    at_s: float
    body: bytes = b""


def boot(number: int = 1, at_s: float = -600) -> Row:
    """A gate starts."""
    return Row(kinds.BOOT, at_s, bodies.pack_boot(bodies.Boot(0, kinds.GATE, number, 0, (0, 1, 0))))


def pair(
    at_s: float,
    ahead_s: float = 0,
    reference: int = bodies.REFERENCE_NTP,
    reference_id: int = LAPTOP_ID,
    bound_us: int = 2_000,
) -> Row:
    """A laptop compares the clocks; its own is so far ahead."""
    utc_us = START_US - EPOCH_2020_US + round((at_s + ahead_s) * 1e6)
    body = bodies.Clock(
        bodies.CLOCK_PAIR, reference, reference_id, uptime_us(at_s), utc_us, bound_us
    )
    return Row(kinds.CLOCK, at_s, bodies.pack_clock(body))


def uptime_us(at_s: float) -> int:
    """Of the station, which was switched on ten minutes before the start."""
    return round((at_s + 660) * 1e6)


def tag(at_s: float, uid: str) -> Row:
    """A runner's tag is read."""
    return Row(kinds.TAG, at_s, bytes.fromhex(uid))


TRUE_ROWS = (
    boot(),
    pair(-500),
    *(tag(at_s, uid) for lap in (1, 2, 3) for at_s, uid in ((lap * 1800, ADA), (lap * 1900, BRAM))),
    pair(6000),
)


def chained(
    rows: Iterable[Row],
    log_id: str = LOG,
    key: bytes = KEY,
    first: int = 0,
    before: bytes = chain.TAG_ZERO,
) -> list[bytes]:
    """The records as a station with this key writes them."""
    keyed, made = chain.Keyed(key), []
    for seq, row in enumerate(rows, first):
        utc_ms = (START_US - EPOCH_2020_US) // 1000 + round(row.at_s * 1000)
        one = record.Record(
            row.kind, seq, 1, uptime_us(row.at_s) // 1000, utc_ms, kinds.UTC_SET, row.body, before
        )
        raw = bytearray(record.pack(one, bytes.fromhex(log_id)))
        before = keyed.tag(before, bytes(raw[: -record.CRC_BYTES - record.TAG_BYTES]))
        raw[-record.CRC_BYTES - record.TAG_BYTES : -record.CRC_BYTES] = before
        record.seal(raw, 0, len(raw), bytes.fromhex(log_id))
        made.append(bytes(raw))
    return made


def tag_of(raw: bytes) -> bytes:
    """The tag of the chain in a record."""
    return record.unpack(raw).tag


class Ran(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def is_one_line(self) -> bool:
        """Is it a refusal in one line of ours?"""
        return self.code == 1 and self.err.count("\n") == 1 and self.err.startswith("gate: ")


class Scene:
    """A race folder, its director, and what others bring."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.race = folder / "race"
        self._capsys = capsys
        self.ok("init", self.race, "--preset", "laps", "--name", "Test")
        (folder / "runners.csv").write_text(ROSTER)
        self.ok("roster", "import", folder / "runners.csv", "--race", self.race)
        text = (self.race / "race.toml").read_text()
        (self.race / "race.toml").write_text(text.split('key = "')[0] + f'key = "{RADIO_KEY}"\n')
        self.ok("start", "--at", START, "--by", "Laz", "--race", self.race)
        self.raws = chained(TRUE_ROWS)
        with self.store() as store:
            store.add_first_key(LOG, KEY)
            store.add_log_stations([(LOG, 1)])
            store.add_observations((LOG, raw) for raw in self.raws)
            store.add_tip(LOG, len(self.raws), tag_of(self.raws[-1]))

    def write(self, name: str, **more: str) -> None:
        """Another name for the race, and more lines in its [race]."""
        file = self.race / "race.toml"
        lines = [
            line for line in file.read_text().splitlines() if line.partition(" =")[0] not in more
        ]
        at = lines.index('name = "Test"')
        lines[at : at + 1] = [f"name = '{name}'", *(f"{key} = {row}" for key, row in more.items())]
        file.write_text("\n".join(lines))

    def store(self) -> closing[Store]:
        """The director's store."""
        return closing(Store.file(self.race / "race.db"))

    def gate(self, *words: object) -> Ran:
        """A command, wherever it is run."""
        self._capsys.readouterr()
        code = run([str(word) for word in words])
        said = self._capsys.readouterr()
        assert "-v" in words or "Traceback" not in said.out + said.err
        return Ran(code, said.out, said.err)

    def ok(self, *words: object) -> Ran:
        """A command that must succeed."""
        ran = self.gate(*words)
        assert ran.code == 0, ran.err
        return ran

    def here(self, *words: object) -> Ran:
        """A command in the race."""
        return self.gate(*words, "--race", self.race)

    def other(self, name: str = "other") -> Path:
        """A copy of the director's store, as a volunteer has it."""
        file = self.folder / f"{name}.db"
        shutil.copy(self.race / "race.db", file)
        return file

    def empty(self, name: str = "other") -> tuple[Path, closing[Store]]:
        """A store with nothing in it."""
        file = self.folder / f"{name}.db"
        return file, closing(Store.file(file))

    def laps(self) -> dict[str, int]:
        """How many laps of each runner count, by the official log."""
        made = json.loads(self.here("log", "--format", "json", "--as-of", AS_OF).out)
        return {
            row["name"]: sum(loop["verdict"] == "counted" for loop in row["loops"])
            for row in made["runners"]
        }

    def verify(self) -> Ran:
        """gate verify, as of the end."""
        return self.here("verify", "--as-of", AS_OF)

    def bytes(self) -> bytes:
        """The director's store, to the byte."""
        return (self.race / "race.db").read_bytes()


def change(file: Path, *statements: str) -> Path:
    """Change what stands in a store's file, as a hand may."""
    with closing(sqlite3.connect(file)) as base, base:
        for statement in statements:
            base.execute(statement)
    return file


def beside(file: Path) -> dict[str, bytes]:
    """What lies in a store's folder under its name: itself, a journal, new pages."""
    return {
        path.name: path.read_bytes()
        for path in sorted(file.parent.iterdir())
        if path.name.startswith(file.name)
    }
