"""[store] of race.toml: the database that several laptops share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yellowgate.errors import nearest

_LIKE = 'like "postgresql+psycopg://gate@camp-server/race"'


def store_url(table: Mapping[str, Any]) -> str:
    """The SQLAlchemy URL, "" where the race's records are in race.db. Raises ValueError: one line,
    which never repeats the URL, for a password may be in it.
    """
    for key in table:
        if key != "url":
            raise ValueError(f"unknown [store] key {key!r}{nearest(key, ['url'])}")
    url = table.get("url", "")
    if not isinstance(url, str):
        raise ValueError(f"[store] url must be a text in quotes, {_LIKE}")
    if url and "://" not in url:
        raise ValueError(f"[store] url must be a database's URL, {_LIKE}")
    return url
