"""The race of a folder, kept up with its store: what has not changed is neither read nor reckoned.

A look at an unchanged store costs one number, its version, however much is in it. After a change
the logs that changed are read, and their clocks fitted; what was kept of the others stands, because
it was made from the very same records. The result is that of the whole computation, to the byte:
nothing here decides anything.

For a server: one Live asked by one thread at a time; Store.bell() says when to ask again.
"""

from __future__ import annotations

from collections.abc import Sequence

from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Runner
from yellowgate.official import Race
from yellowgate.store.store import Store


class Live:
    """What is in the store now, as a race. Raises StoreError as the store does, and goes on from
    what it had when it is asked again.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = 0
        self._race: Race | None = None

    def race(self, file: RaceFile, roster: Sequence[Runner]) -> Race:
        """The race as it is now: the same object as long as nothing has changed, neither in the
        store nor in these two.
        """
        before = self._race
        version, changed = self._store.newer(self._version)
        if version < self._version:
            before = None  # a backup was put in its place
        is_same = before is not None and (file, roster) == (before.file, before.roster)
        if before is not None and is_same and version == self._version:
            return before
        self._race = Race.read(file, list(roster), self._store, before, changed)
        self._version = version
        return self._race
