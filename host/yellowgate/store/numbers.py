"""Which station wrote which log, and two stations that go by one number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np
from gate_wire import bodies, kinds

from yellowgate.records import NO_UTC, Records
from yellowgate.store.store import Store


def met(store: Store, log_id: str, station_id: int, role: int) -> None:
    """Keep whose log it is that a station greeted with. role: as the greeting says, of
    gate_wire.kinds. A base is left out: it hears others and takes no touches.
    """
    if role != kinds.BASE:
        store.add_log_stations([(log_id, station_id)])


def numbers_of(log: Records) -> set[int]:
    """The numbers that a log's boot records say; more than one where a station got another."""
    places: list[int] = np.flatnonzero(log.of_kind == kinds.BOOT).tolist()
    boots = (bodies.unpack_boot(log.bodies[at]) for at in places)
    return {boot.station_id for boot in boots if boot is not None}


def of_log(told: Mapping[int, bool]) -> frozenset[int]:
    """The numbers of the station that writes a log: what it said to this laptop stands over what
    came with another store. told: of Store.log_stations().
    """
    here = frozenset(number for number, is_here in told.items() if is_here)
    return here or frozenset(told)


def rivals(
    logs: Mapping[str, Records], told: Mapping[str, Mapping[int, bool]], made: Iterable[str]
) -> dict[str, str]:
    """Logs that this laptop never met and that claim a station of which it met another log: that
    log, by theirs. It met a log when it made its first key, was greeted with it on the cable, or
    heard a genuine packet of it.
    """
    claimed = {
        log_id: of_log(told.get(log_id, {}))
        or (numbers_of(logs[log_id]) if log_id in logs else frozenset[int]())
        for log_id in sorted(logs.keys() | told.keys())
    }
    met = {log_id for log_id, numbers in told.items() if any(numbers.values())} | set(made)
    known = {number: log_id for log_id in claimed if log_id in met for number in claimed[log_id]}
    return {
        log_id: known[number]
        for log_id, numbers in claimed.items()
        if log_id not in met
        for number in sorted(numbers)
        if number in known
    }


def doubled(
    logs: Mapping[str, Records], told: Mapping[str, Iterable[int]]
) -> list[tuple[int, str, str]]:
    """(number, log, log): two logs of one number that were written at the same time. A station
    that begins a new log ends the old one.

    told: Store.log_stations(), for logs whose boot record is not here.
    """
    found: list[tuple[int, str, str]] = []
    spans = {log_id: span for log_id in sorted(logs) if (span := _span(logs[log_id]))}
    numbers = {log_id: numbers_of(logs[log_id]) | set(told.get(log_id, ())) for log_id in spans}
    for one, other in combinations(spans, 2):
        first, last = max(spans[one][0], spans[other][0]), min(spans[one][1], spans[other][1])
        if first <= last:
            found += [(number, one, other) for number in sorted(numbers[one] & numbers[other])]
    return found


def doubled_text(number: int, one: str, other: str) -> str:
    """What is wrong, and what to do."""
    return (
        f"two stations have the number {number} (logs {one[:6]} and {other[:6]}): their touches "
        "are kept apart, but both pass for one; give one of them another: gate station flash --id"
    )


def _span(log: Records) -> tuple[int, int] | None:
    """UTC of its first and last record that has one, as the station believed."""
    known = log.utcs_us[log.utcs_us != NO_UTC]
    return (int(known.min()), int(known.max())) if len(known) else None
