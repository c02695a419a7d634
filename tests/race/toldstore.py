"""A store in an SQLite file that tells what it says to SQLite."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from yellowgate.store.store import Store
from yellowgate.store.work import SqliteWork, Work


class ToldStore(Store):
    """said: the statements since it was emptied, with their parameters."""

    def __init__(self, url: str) -> None:
        self.said: list[str] = []
        super().__init__(url)

    @contextmanager
    def _working(self, writing: bool = False) -> Generator[Work]:
        with super()._working(writing) as under_way:
            assert isinstance(under_way, SqliteWork)
            under_way._connection.set_trace_callback(self.said.append)
            yield under_way
