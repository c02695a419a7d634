"""Laptops that are cut from each other at random, and what all of them must have in the end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import scene
from gate_wire import kinds
from sqlalchemy import Connection, event, text
from yellowgate.cli.context import RaceFolder
from yellowgate.errors import GateError, StoreError
from yellowgate.model import Ruling
from yellowgate.official import Race
from yellowgate.race.log_json import to_json
from yellowgate.sim import golden
from yellowgate.store import work
from yellowgate.store.store import Store
from yellowgate.web import shares
from yellowgate.web.laptops import Asking, unite

LAPTOPS = 3
STEPS = 30
CUT_SHARE = 0.3  # of the questions between laptops, and of what a database is told
STATEMENTS = 4  # of a transaction, more or less


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


class Cut(Store):
    """A database over a network that breaks off: within a transaction, or after it, when nobody
    knows whether it was kept. is_torn: does it now?
    """

    def __init__(self, url: str, rng: random.Random) -> None:
        super().__init__(url)
        self.is_torn = False
        self._rng = rng
        event.listen(self._engine, "before_cursor_execute", self._maybe_cut)

    def _maybe_cut(self, connection: Connection, *_: object) -> None:
        if self.is_torn and self._rng.random() < CUT_SHARE / STATEMENTS:
            connection.connection.driver_connection.close()  # type: ignore[union-attr]

    def _add(self, *args: Any, **more: Any) -> int:  # noqa: ANN401
        made = super()._add(*args, **more)
        if self.is_torn and self._rng.random() < CUT_SHARE / 3:
            raise StoreError("the connection broke off")
        return made


class Camp:
    """Laptops of a race: the golden scene's records and rulings come to them in any order. shared:
    the URL of an empty database that two of them work on.
    """

    def __init__(self, path: Path, source: RaceFolder, seed: int, shared: str = "") -> None:
        self.rng = random.Random(seed)
        self.source = source
        store = source.store()
        self.records = [(row.log_id, row.raw) for row in store.observations()]
        self.rulings = store.rulings()
        store.close()
        self.rng.shuffle(self.records)
        self.rng.shuffle(self.rulings)
        files = LAPTOPS - 1 if shared else LAPTOPS
        self.stores = [Store.file(path / f"{seed}-{n}.db") for n in range(files)]
        self.stores += [Cut(shared, self.rng) for _ in range(2 if shared else 0)]
        self.since: dict[tuple[int, int], str] = {}
        self.cuts = 0

    def close(self) -> None:
        for store in self.stores:
            store.close()

    def tear(self, is_torn: bool) -> None:
        """The way to the database breaks off now and then, or no more."""
        for store in self.stores:
            if isinstance(store, Cut):
                store.is_torn = is_torn

    def live(self) -> None:
        """Records and rulings come, laptops see each other or do not."""
        self.tear(True)
        for _ in range(STEPS):
            at = self.rng.randrange(len(self.stores))
            what = self.rng.random()
            if what < 0.4:
                self.sync(at, self.rng.randrange(1, 40))
            elif what < 0.6:
                self.rule(at, self.rng.randrange(1, 12))
            else:
                self.ask(at, self.rng.randrange(len(self.stores)), is_torn=True)
        self.tear(False)
        self.sync(0, len(self.records))
        self.rule(-1, len(self.rulings))

    def sync(self, at: int, count: int) -> None:
        """A station tells what it has, until it is told that it was kept."""
        taken = self.records[:count]
        try:
            for one in {at, self.rng.randrange(len(self.stores))}:  # two may hear the same
                self.stores[one].add_observations(taken)
            self.stores[at].add_log_stations([(scene.GATE, 1), (scene.TOWER, 2)][: len(taken)])
            self.records = self.records[count:]
        except StoreError:
            self.cuts += 1

    def rule(self, at: int, count: int) -> None:
        """Somebody decides, and says it again until it is confirmed."""
        try:
            self.stores[at].add_rulings(self.rulings[:count])
            self.rulings = self.rulings[count:]
        except StoreError:
            self.cuts += 1

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
        every = range(len(self.stores))
        pairs = [(a, b) for a in every for b in every] * 2
        self.rng.shuffle(pairs)
        for one, other in pairs:
            self.ask(one, other)
        for one in every:
            for other in every:
                self.ask(one, other)

    def check(self) -> None:
        """The same rows, and the same bytes of the log; all that came, and nothing else."""
        first, *others = [all_of(store) for store in self.stores]
        assert all(other == first for other in others)
        whole = self.source.store()
        assert [row.raw for row in self.stores[0].observations()] == [
            row.raw for row in whole.observations()
        ]
        assert self.stores[0].rulings() == whole.rulings()
        whole.close()
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


def campaign(path: Path, seeds: Sequence[int], shared: str = "") -> int:
    """All of it for each seed; how often the network broke off. shared: see Camp."""
    folder = source(path / "race")
    cuts = 0
    for seed in seeds:
        if shared:
            empty(shared)
        camp = Camp(path, folder, seed, shared)
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


def empty(shared: str) -> None:
    """Nothing is in it any more: quicker than a database for each seed."""
    store = Store(shared)
    with store._engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(work.COLUMNS)}"))
    store.close()
