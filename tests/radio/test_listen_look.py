"""What gate listen reads of the store while it listens: what is new, never all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from gate_wire import chain, kinds, record
from rich.console import Console
from toldstore import ToldStore
from valleykit import plan, race_folder
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.listen import LOOK_US, Room
from yellowgate.cli.listenview import View
from yellowgate.link.base import Base
from yellowgate.link.hostclock import HostClock
from yellowgate.store.store import Store


class Clock:
    """Time that a test moves."""

    reference_id = 7

    def __init__(self) -> None:
        self.now_us = 0

    def monotonic_us(self) -> int:
        return self.now_us

    def utc_us(self) -> int:
        return self.now_us


class Quiet:
    """A base that hears nothing."""

    def hear(self) -> list[Any]:
        return []


def rows(log_id: str, seqs: range) -> list[tuple[str, bytes]]:
    """As the station of this plan writes them."""
    id_bytes = bytes.fromhex(log_id)
    keyed, before, made = chain.Keyed(id_bytes * 2), chain.TAG_ZERO, list[bytes]()
    for seq in range(seqs.stop):
        one = record.Record(kinds.TAG, seq, 1, seq, 0, 0, b"\x04\x01\x02\x03", before)
        raw = bytearray(record.pack(one, id_bytes))
        before = keyed.tag(before, bytes(raw[:-8]))
        raw[-8:-4] = before
        record.seal(raw, 0, len(raw), id_bytes)
        made.append(bytes(raw))
    return [(log_id, raw) for raw in made[seqs.start :]]


class ToldFolder(RaceFolder):
    """Its store tells what it asks."""

    def store(self) -> Store:
        return ToldStore.file(self.path / "race.db")


def test_only_logs_that_changed_are_read_again(tmp_path: Path) -> None:
    plans = [plan(1), plan(2), plan(3)]
    folder = ToldFolder(race_folder(tmp_path, plans).path)
    first, second, third = (one.log_id.hex() for one in plans)
    other = Store.file(tmp_path / "race.db")  # gate sync, beside
    other.add_observations([*rows(first, range(5)), *rows(second, range(5))])
    clock = Clock()
    room = Room(folder, folder.race(), cast("HostClock", clock))
    view = View(folder.race(), Console(quiet=True), clock.utc_us)
    assert [len(room._ears.records()[one]) for one in (first, second, third)] == [5, 5, 0]

    told = room._store
    assert isinstance(told, ToldStore)

    def asked() -> list[str]:
        clock.now_us += LOOK_US
        told.said.clear()
        room.step(cast("Base", Quiet()), view)
        return [words for words in told.said if "observations" in words]

    assert asked() == [], "nothing is new: nothing is read"
    other.add_observations(rows(second, range(5, 8)))
    assert len(found := asked()) == 1 and second in found[0]
    assert [len(room._ears.records()[one]) for one in (first, second, third)] == [5, 8, 0]
    other.add_observations(rows("ee" * 8, range(2)))
    assert len(asked()) == 1
    assert len(room._ears.records()["ee" * 8]) == 2
    assert asked() == []
