"""Races for the tests of the command line, and how a command is run in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gate_wire import kinds, record
from yellowgate.records import EPOCH_2020_US
from yellowgate.store.store import Store

ROSTER = "name,gender,tag,bib\nAda Ashdown,F,04a101c1d25e80,101\nBram Birch,M,04a102c1d25e80,102\n"
START = "2025-03-18T15:37:00Z"
START_US = 1_742_312_220_000_000
LOG = "a1" * 8

Gate = Callable[..., tuple[int, str, str]]


def one_line(text: str) -> bool:
    """Is it one line of ours?"""
    return text.count("\n") == 1 and text.startswith("gate: ")


def seen(
    folder: Path, rows: Sequence[tuple[int, float, str]], log_id: str = LOG, number: int | None = 1
) -> None:
    """Put touches into a race's store: (kind, seconds since the start, UID in hex) by number.

    number: the station that the log is known to be of, None: nobody knows.
    """
    store = Store.file(folder / "race.db")
    store.add_log_stations([] if number is None else [(log_id, number)])
    for seq, (kind, at_s, uid) in enumerate(rows):
        utc_ms = (START_US - EPOCH_2020_US) // 1000 + round(at_s * 1000)
        made = record.Record(
            kind, seq, 1, 10_000 + round(at_s * 1000), utc_ms, 1, bytes.fromhex(uid)
        )
        store.add_observations([(log_id, record.pack(made, bytes.fromhex(log_id)))])
    store.close()


TAG, PRESS, TAPS = kinds.TAG, kinds.PRESS, kinds.TAPS
