"""The official log as JSON: the same log always gives the same bytes.

Times are written here: spans in seconds since the start (`in_us` becomes `in_s`), bounds in
milliseconds, moments as ISO 8601 in UTC. One line for each runner, station, problem and so on, so
that other programs can read a log of a day's race line by line, and diff shows whose changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, cast

import orjson

from yellowgate.model import Evidence, RulingLine
from yellowgate.race.official_log import Loop, OfficialLog
from yellowgate.times import iso, milliseconds, seconds

# How fields in microseconds are written: the name in the JSON, and the value.
_Written = Mapping[str, tuple[str, Callable[[int], Any]]]
_SPANS: _Written = {
    f"{name}_us": (f"{name}_s", seconds)
    for name in (
        "out", "in", "cutoff", "start_by", "margin", "at", "result", "since", "last_seen",
        "next_cutoff", "taps", "returned", "known",
    )
}  # fmt: skip
_BOUNDS: _Written = {
    "uncertainty_us": ("uncertainty_ms", milliseconds),
    "start_uncertainty_us": ("start_uncertainty_ms", milliseconds),
    "uncertainty_us_max": ("uncertainty_ms_max", milliseconds),
}
_MOMENTS: _Written = {
    f"{name}_us": (name, iso) for name in ("utc", "start", "conch", "as_of", "last")
}
_WRITTEN: _Written = {**_SPANS, **_BOUNDS, **_MOMENTS}
_OF_RULING: _Written = {"at_us": ("at", iso)}  # when it was made, not a moment of the race
_SCALARS = frozenset((str, int, float, bool, type(None)))


def to_json(log: OfficialLog) -> str:
    """The log as JSON text."""
    parts: list[str] = []
    for name, key, write in _fields(OfficialLog):
        value = getattr(log, name)
        head = f"{_text(key)}:"
        if isinstance(value, tuple):
            rows = ",\n".join(_text(_plain(row)) for row in cast("tuple[Any, ...]", value))
            parts.append(f"{head}[\n{rows}\n]" if rows else f"{head}[]")
        else:
            written = value if write is None or value is None else write(value)
            parts.append(head + _text(_plain(written)))
    return "{" + ",\n".join(parts) + "}\n"


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


@cache
def _fields(kind: type) -> tuple[tuple[str, str, Callable[[int], Any] | None], ...]:
    """(name, name in the JSON, how it is written) of a dataclass or a named tuple."""
    named = cast("Any", kind)
    names = (
        [row.name for row in fields(named) if row.metadata.get("is_written", True)]
        if is_dataclass(kind)
        else named._fields
    )
    written = _OF_RULING if kind is RulingLine else _WRITTEN
    found = [written.get(name) or (name, None) for name in names]
    return tuple((name, key, write) for name, (key, write) in zip(names, found, strict=True))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of the log
    """The value as dicts, lists and scalars."""
    kind: Any = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind in _SCALARS:
        return value
    if kind is Loop:
        return _loop(value)
    if _is_dataclass(kind):
        return {
            key: _plain(found) if type(found) not in _SCALARS
            else found if write is None or found is None else write(found)
            for name, key, write in _fields(kind)
            for found in (getattr(value, name),)
        }  # fmt: skip
    rows = cast("Sequence[Any]", value)
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return _evidence([cast("Evidence", value)])[0]
    if rows and isinstance(rows[0], Evidence):
        return _evidence(cast("Sequence[Evidence]", rows))
    return [_plain(row) for row in rows]


_is_dataclass = cache(is_dataclass)  # of a type


def _loop(row: Loop) -> dict[str, Any]:
    """A race may have some hundred thousand of them."""
    made: dict[str, Any] = {
        key: found if write is None or found is None else write(found)
        for (_, key, write), found in zip(_fields(Loop), cast("Any", row), strict=True)
    }
    made["evidence"] = _evidence(row.evidence)
    made["rulings"] = [_plain(line) for line in row.rulings]
    if row.pages is not None:
        made["pages"] = _plain(row.pages)
    return made


def _evidence(rows: Iterable[Evidence]) -> list[dict[str, Any]]:
    """A race may have a million of them: each field by its name."""
    return [
        {
            "station": station,
            "log_id": log_id,
            "seq": seq,
            "kind": kind,
            "use": use,
            "at_s": None if at_us is None else at_us / 1e6,
            "utc": iso(utc_us),
            "uncertainty_ms": uncertainty_us / 1000,
            "basis": basis,
        }
        for station, log_id, seq, kind, use, at_us, utc_us, uncertainty_us, basis in rows
    ]
