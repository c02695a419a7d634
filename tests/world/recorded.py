"""Moments of worlds, kept: what a laptop makes of its records can be judged again, with another
product, without playing the world again.

A file for each seed. In it, for each moment, the moment without what is open, and of each laptop
the bytes of its store, the race's file and the roster.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import play
from complaint import Complaint
from judge import judge
from rules import toml
from story import Story
from truth import LaptopView, Moment
from yellowgate.event import race_toml
from yellowgate.model import Runner
from yellowgate.official import Race
from yellowgate.race.log_json import to_json
from yellowgate.store.store import Store


class Laptop(NamedTuple):
    """db: of the store, b"": it could not be read. as_of_us: by the laptop's clock."""

    name: str
    error_us: int
    as_of_us: int
    roster: tuple[Runner, ...]
    db: bytes


def record(story: Story, folder: Path) -> list[Complaint]:
    """Play it, and keep its moments under its seed. What the judge says of them."""
    rows: list[bytes] = []

    def look(moment: Moment) -> list[Complaint]:
        found = judge(moment)
        laptops = [_kept(view) for view in moment.laptops]
        bare = replace(moment, laptops=[])
        rows.append(zlib.compress(pickle.dumps((bare, laptops)), 1))
        return found

    found = play.played(story, look)
    (folder / f"{story.seed}.moments").write_bytes(pickle.dumps(rows))
    return found


def _kept(view: LaptopView) -> Laptop:
    if view.store is None or view.race is None:
        return Laptop(view.name, view.error_us, 0, (), b"")
    file = Path(view.store.url.partition(":///")[2])
    race = view.race
    return Laptop(
        view.name, view.error_us, race.as_of_us, tuple(race.race.roster), file.read_bytes()
    )


def again(folder: Path, seed: int) -> Iterator[Moment]:
    """The moments of a seed, with logs as the product makes them now; each ends with the next."""
    for row in pickle.loads((folder / f"{seed}.moments").read_bytes()):
        moment, laptops = pickle.loads(zlib.decompress(row))
        with ExitStack() as held:
            where = Path(held.enter_context(TemporaryDirectory(prefix="again-")))
            moment.laptops = [_opened(held, where, moment.story, one) for one in laptops]
            yield moment


def _opened(held: ExitStack, where: Path, story: Story, kept: Laptop) -> LaptopView:
    file = where / f"{kept.name}.db"
    if kept.db:
        file.write_bytes(kept.db)
    store = held.enter_context(closing(Store.file(file)))
    view = LaptopView(kept.name, store, None, kept.error_us)
    if not kept.db:
        return view
    race = Race.read(race_toml.parse(toml(story)), list(kept.roster), view.store)
    view.race = race.at(kept.as_of_us, is_now=True)
    view.log_json = view.live_json = to_json(view.race.log)
    return view


def seeds_in(folder: Path) -> Sequence[int]:
    """Of which there are moments, rising."""
    return sorted(int(path.stem) for path in folder.glob("*.moments"))
