"""Laptops that are cut from each other at random, and what all of them must have in the end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import scene
from gate_wire import kinds
from yellowgate.cli.context import RaceFolder
from yellowgate.errors import GateError
from yellowgate.model import Ruling
from yellowgate.official import Race
from yellowgate.race.log_json import to_json
from yellowgate.sim import golden
from yellowgate.store.store import Store
from yellowgate.web import shares
from yellowgate.web.laptops import Asking, unite

LAPTOPS = 3
STEPS = 30
CUT_SHARE = 0.3  # of the questions between laptops


def wire(store: Store) -> Asking:
    """The other laptop without a network between."""

    def ask(path: str, words: dict[str, Any]) -> dict[str, Any]:
        assert path == "/share"
        version = str(store.version())
        if "have" not in words:
            return {"version": version, "is_same": words.get("since") == version}
        return {"version": version, **shares.tell(store, words["have"], set(words["rulings"]))}

    return ask


def torn(ask: Asking, rng: random.Random) -> Asking:
    """The same over a network that breaks off, before the answer or in its middle."""

    def maybe(path: str, words: dict[str, Any]) -> dict[str, Any]:
        if rng.random() < CUT_SHARE:
            raise GateError("does not answer")
        answer = ask(path, words)
        if rng.random() < CUT_SHARE:
            raise GateError("broke off")
        return answer

    return maybe


def all_of(store: Store) -> object:
    """What has to be the same on all of them."""
    rows = [(row.log_id, row.seq, row.raw) for row in store.observations()]
    numbers = {log_id: sorted(some) for log_id, some in store.log_stations().items()}
    return rows, [row.id for row in store.rulings()], store.tips(), store.marks(), numbers


class Camp:
    """Laptops of one race: the golden scene's records and rulings come to them in any order."""

    def __init__(self, path: Path, source: RaceFolder, seed: int) -> None:
        self.rng = random.Random(seed)
        self.source = source
        store = source.store()
        self.records = [(row.log_id, row.raw) for row in store.observations()]
        self.rulings = store.rulings()
        store.close()
        self.rng.shuffle(self.records)
        self.rng.shuffle(self.rulings)
        self.stores = [Store.file(path / f"{seed}-{n}.db") for n in range(LAPTOPS)]
        self.since: dict[tuple[int, int], str] = {}
        self.cuts = 0

    def close(self) -> None:
        for store in self.stores:
            store.close()

    def live(self) -> None:
        """Records and rulings come, laptops see each other or do not."""
        for _ in range(STEPS):
            at = self.rng.randrange(LAPTOPS)
            what = self.rng.random()
            if what < 0.4:
                count = self.rng.randrange(1, 40)
                taken, self.records = self.records[:count], self.records[count:]
                for one in {at, self.rng.randrange(LAPTOPS)}:  # two may hear the same
                    self.stores[one].add_observations(taken)
                self.stores[at].add_log_stations([(scene.GATE, 1), (scene.TOWER, 2)][: len(taken)])
            elif what < 0.6:
                count = self.rng.randrange(1, 12)
                decided, self.rulings = self.rulings[:count], self.rulings[count:]
                self.stores[at].add_rulings(decided)
            else:
                self.ask(at, self.rng.randrange(LAPTOPS), is_torn=True)
        self.stores[0].add_observations(self.records)
        self.stores[-1].add_rulings(self.rulings)

    def ask(self, one: int, other: int, is_torn: bool = False) -> None:
        """One asks the other what it lacks."""
        if one == other:
            return
        asking = wire(self.stores[other])
        asking = torn(asking, self.rng) if is_torn else asking
        since = self.since.get((one, other), "")
        try:
            _, self.since[one, other] = unite(self.stores[one], asking, since)
        except GateError:
            self.cuts += 1

    def meet(self) -> None:
        """All see each other, in any order, twice over."""
        pairs = [(a, b) for a in range(LAPTOPS) for b in range(LAPTOPS)] * 2
        self.rng.shuffle(pairs)
        for one, other in pairs:
            self.ask(one, other)
        for one in range(LAPTOPS):
            for other in range(LAPTOPS):
                self.ask(one, other)

    def check(self) -> None:
        """The same rows, and the same bytes of the log."""
        first, *others = [all_of(store) for store in self.stores]
        assert all(other == first for other in others)
        texts = {self._log(store) for store in self.stores}
        assert len(texts) == 1

    def _log(self, store: Store) -> str:
        race = Race.read(self.source.race(), self.source.roster(), store)
        return to_json(race.log(scene.END_US))


def source(path: Path) -> RaceFolder:
    """The race that all of it is of."""
    return scene.folder(path, golden.END_S)


def fill(store: Store, rng: random.Random, log_id: str, count: int) -> None:
    """Some of these records."""
    station = scene.Station(log_id, 1, kinds.GATE, 0.0, 0.0)
    rows = [station.raw(at, kinds.HEALTH, scene.health()) for at in range(count)]
    store.add_observations(row for row in rows if rng.random() < 0.6)


def conch(at_us: int) -> Ruling:
    """A ruling."""
    return Ruling(at_us, "Bob", "", "conch", {"at": at_us})


def campaign(path: Path, seeds: Sequence[int]) -> int:
    """All of it for each seed; how often the network broke off."""
    folder = source(path / "race")
    cuts = 0
    for seed in seeds:
        camp = Camp(path, folder, seed)
        try:
            camp.live()
            camp.meet()
            camp.check()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
        finally:
            camp.close()
        cuts += camp.cuts
        for file in path.glob(f"{seed}-*.db*"):
            file.unlink()
    return cuts
