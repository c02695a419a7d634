"""What of a log counts where records contradict each other: by example and by chance."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from gate_wire import chain, record
from test_evidence import HEX, KEY, LOG_ID, PER_SECTOR, key_of_epoch, tag_of, write
from yellowgate.records import Observation, Records, by_log, observation
from yellowgate.store.versions import (
    Key,
    Proof,
    Ruled,
    Standing,
    right_keys,
    standing,
    version_name,
)

FALSE = b"another key of 1"[:16]
TRUE_KEY, FALSE_KEY = Key(KEY, True), Key(FALSE, False)


def log_of(*parts: Sequence[Observation]) -> Records:
    return by_log(row for part in parts for row in part)[HEX]


def counted(log: Records, found: Standing) -> list[bytes]:
    return [raw for at, raw in enumerate(log.raws) if at not in found.out]


def proof(rows: Sequence[Observation], *keys: Key, tips: Sequence[int] = ()) -> Proof:
    return Proof(keys, tuple((at, tag_of(rows[at - 1])) for at in tips))


def resealed(
    rows: Sequence[Observation], first: int, count: int, later_ms: int = 7
) -> list[Observation]:
    """Another history from this number on, by somebody who has the key: other uptimes, and tags
    that fit.
    """
    made: list[Observation] = []
    before = tag_of(rows[first - 1])
    for seq in range(first, first + count):
        uptime_ms = seq * 1000 + later_ms
        row = record.Record(3, seq, 1, uptime_ms, record.UTC_UNKNOWN, 0, b"1234567", before)
        raw = bytearray(record.pack(row, LOG_ID))
        before = chain.tag(key_of_epoch(seq // PER_SECTOR), before, bytes(raw[:-8]))
        raw[-8:-4] = before
        record.seal(raw, 0, len(raw), LOG_ID)
        made.append(observation(bytes(raw), HEX))
    return made


def test_an_honest_log_counts_whole_with_gaps_and_without_a_key() -> None:
    rows = write(60)
    for log in (log_of(rows), log_of(rows[5:]), log_of(rows[:20], rows[31:])):
        assert standing(log, proof(rows, TRUE_KEY, tips=(60,))).out == ()
        assert standing(log, Proof()) == Standing()


@pytest.mark.parametrize("seed", range(60))
def test_what_is_forged_without_the_key_never_counts_and_the_true_ones_do(seed: int) -> None:
    dice = random.Random(seed)
    rows = write(dice.randrange(10, 80))
    forged: list[Observation] = []
    for _ in range(dice.randrange(1, 4)):
        first = dice.randrange(len(rows))
        before = tag_of(rows[first - 1]) if first else chain.TAG_ZERO
        forged += write(dice.randrange(1, 12), first, before, dice.randbytes(16))
    forged = [row for row in forged if row.seq < len(rows)]
    log = log_of(rows, forged)
    found = standing(log, proof(rows, TRUE_KEY, tips=(len(rows),) if seed % 2 else ()))
    assert counted(log, found) == [row.raw for row in rows]
    assert found.doubts and all(row.kind == "doubled number" for row in found.doubts)


@pytest.mark.parametrize("tips", [(40,), (25, 40)])
def test_the_holder_of_the_key_falls_by_what_the_station_told(tips: tuple[int, ...]) -> None:
    rows = write(40)
    forged = resealed(rows, 20, 30)
    log = log_of(rows, forged)
    found = standing(log, proof(rows, TRUE_KEY, tips=tips))
    assert counted(log, found) == [row.raw for row in rows]


def test_without_that_neither_counts_and_one_ruling_decides_the_whole_chain() -> None:
    rows = write(40)
    forged = resealed(rows, 20, 30)
    log = log_of(rows, forged)
    whole = proof(rows, TRUE_KEY)
    found = standing(log, whole)
    assert counted(log, found) == [row.raw for row in rows[:20]]
    assert any("none of them counts" in row.text for row in found.doubts)
    for history in (rows[20:], forged):
        ruled = Ruled(versions={20: version_name(history[0].raw)})
        decided = standing(log, whole, ruled)
        assert counted(log, decided) == [row.raw for row in (*rows[:20], *history)]


def test_of_several_keys_the_one_made_here_is_used_and_else_the_one_that_fits() -> None:
    rows = write(30)
    log = log_of(rows)
    for keys in ((TRUE_KEY, FALSE_KEY), (Key(KEY, False), FALSE_KEY), (FALSE_KEY, Key(KEY, False))):
        found = standing(log, Proof(keys))
        assert (found.key, found.out) == (KEY, ())
        assert [row.kind for row in found.doubts] == ["two first keys"]
        assert right_keys({HEX: Proof(keys)}, lambda _: log) == {HEX: KEY}
        assert not any(key.key.hex() in row.text for row in found.doubts for key in keys)
    assert standing(log, Proof((TRUE_KEY, FALSE_KEY)), Ruled(key=TRUE_KEY.name)).doubts == ()
    wrong = standing(log, Proof((TRUE_KEY, FALSE_KEY)), Ruled(key=FALSE_KEY.name))
    assert wrong.key == FALSE and len(wrong.out) == 30


def test_the_order_of_records_and_keys_changes_nothing() -> None:
    rows = write(40)
    forged = write(6, 12, tag_of(rows[11]), FALSE)
    keys = (Key(KEY, False), FALSE_KEY)
    first = standing(log_of(rows, forged), Proof(keys))
    assert standing(log_of(forged[::-1], rows[::-1], rows), Proof(keys[::-1])) == first


def test_forty_versions_of_a_number_by_who_has_the_key() -> None:
    rows = write(30)
    many = [row for later_ms in range(1, 41) for row in resealed(rows, 15, 1, later_ms)]
    log = log_of(rows, many)
    found = standing(log, proof(rows, TRUE_KEY))
    assert set(counted(log, found)) <= {row.raw for row in rows}
    found = standing(log, proof(rows, TRUE_KEY, tips=(30,)))
    assert counted(log, found) == [row.raw for row in rows]
