"""What `gate verify` finds in a chain, one case each; the campaign does thousands."""

import pytest
from gate_wire import chain, record
from yellowgate.records import Observation, by_log, observation
from yellowgate.store import evidence
from yellowgate.store.evidence import DAMAGED, MISSING, NOTE, TAMPERED, UNVERIFIABLE, Damage

LOG_ID = b"EVIDENCE"
HEX = LOG_ID.hex()
KEY = bytes(range(16))
KEYS = {HEX: KEY}
PER_SECTOR = 10


def key_of_epoch(epoch: int) -> bytes:
    key = KEY
    for _ in range(epoch):
        key = chain.next_key(key)
    return key


def write(
    count: int, first: int = 0, tag: bytes = chain.TAG_ZERO, key: bytes | None = None
) -> list[Observation]:
    """A chain; a new epoch every ten records."""
    rows: list[Observation] = []
    for seq in range(first, first + count):
        row = record.Record(3, seq, 1, seq * 1000, record.UTC_UNKNOWN, 0, b"1234567", tag)
        raw = bytearray(record.pack(row, LOG_ID))
        one = key_of_epoch(seq // PER_SECTOR) if key is None else key
        tag = chain.tag(one, tag, bytes(raw[:-8]))
        raw[-8:-4] = tag
        record.seal(raw, 0, len(raw), LOG_ID)
        rows.append(observation(bytes(raw), HEX))
    return rows


def tag_of(row: Observation) -> bytes:
    return record.unpack(row.raw).tag


def changed(row: Observation, **fields: object) -> Observation:
    one = record.unpack(row.raw)
    for name, value in fields.items():
        setattr(one, name, value)
    return observation(record.pack(one, LOG_ID), HEX)


def told(
    rows: list[Observation],
    tips: list[tuple[int, bytes]] | None = None,
    damage: list[Damage] | None = None,
    marks: list[tuple[int, int, bytes]] | None = None,
) -> list[tuple[str, int, int]]:
    found = evidence.verify(
        rows,
        KEYS,
        [(HEX, *tip) for tip in tips or []],
        [(HEX, *mark) for mark in marks or []],
        damage,
    )
    return [(finding.severity, finding.first, finding.last) for finding in found]


def test_a_whole_log_says_nothing_in_any_order() -> None:
    rows = write(45)
    tips = [(n, tag_of(rows[n - 1])) for n in (1, 10, 11, 45)] + [(0, chain.TAG_ZERO)]
    assert told(rows, tips) == []
    assert told(rows[::-1] + rows, tips) == []
    assert told([]) == []


def test_an_edited_record() -> None:
    rows = write(30)
    rows[12] = changed(rows[12], uptime_ms=5)
    assert told(rows) == [(TAMPERED, 12, 12)]
    rows[12] = changed(rows[12], tag=b"fake")
    assert told(rows) == [(TAMPERED, 12, 13)]


def test_a_removed_record() -> None:
    rows = write(30)
    gone = rows[:12] + rows[13:]
    assert told(gone) == [(MISSING, 12, 12), (UNVERIFIABLE, 13, 13)]
    assert told(gone, damage=[]) == [(TAMPERED, 12, 12), (UNVERIFIABLE, 13, 13)]
    spoilt = [Damage(HEX, "torn", 999, 11, 13, 1)]
    assert told(gone, damage=spoilt) == [(DAMAGED, 12, 12), (UNVERIFIABLE, 13, 13)]
    elsewhere = [Damage(HEX, "torn", 999, 20, 21, 1)]
    assert told(gone, damage=elsewhere)[0] == (TAMPERED, 12, 12)


def test_a_mark_bridges_a_gap() -> None:
    rows = write(30)
    marks = [(2, 20, tag_of(rows[19]))]
    assert told(rows[:19] + rows[20:], marks=marks) == [(MISSING, 19, 19)]


def test_a_number_that_was_never_written() -> None:
    rows = write(10)
    rows += write(10, 12, tag_of(rows[-1]))
    assert told(rows) == [(NOTE, 10, 11)]
    assert told(rows, [(12, tag_of(rows[9])), (22, tag_of(rows[-1]))]) == [(NOTE, 10, 11)]


def test_an_inserted_and_a_reordered_record() -> None:
    rows = write(30)
    more = rows[:8] + [changed(row, seq=row.seq + 1) for row in rows[7:]]
    assert told(more) == [(TAMPERED, 8, 30)]
    rows[4], rows[5] = changed(rows[5], seq=4), changed(rows[4], seq=5)
    assert told(rows) == [(TAMPERED, 4, 6)]


def test_two_records_of_one_number() -> None:
    rows = write(30)
    assert told([*rows, changed(rows[7], kind=2)]) == [(TAMPERED, 7, 7)]


def test_a_tail_that_was_cut() -> None:
    rows = write(30)
    tip = [(30, tag_of(rows[-1]))]
    assert told(rows[:25], tip) == [(MISSING, 25, 29)]
    assert told(rows[:25], tip, []) == [(TAMPERED, 25, 29)]
    assert told(rows[:25], tip, [Damage(HEX, "cut off", 9, 24, -1, 50)]) == [(DAMAGED, 25, 29)]
    assert told([], tip) == [(MISSING, 0, 29)]


def test_another_end_than_the_one_reported() -> None:
    rows = write(30)
    assert told(rows, [(30, b"else")]) == [(TAMPERED, 29, 29)]


def test_a_station_that_lost_what_had_been_downloaded() -> None:
    rows = write(30)
    later = write(5, 32, tag_of(rows[26]))
    assert told(rows + later, [(30, tag_of(rows[29]))]) == [(DAMAGED, 27, 29)]


def test_what_lies_beyond_a_tip_is_not_accused_for_a_gap_before_it() -> None:
    rows = write(30)
    with_gap = rows[:20] + rows[22:]
    tips = [(30, tag_of(rows[19]))]
    assert told(with_gap, tips) == [
        (MISSING, 20, 21),
        (UNVERIFIABLE, 22, 22),
        (UNVERIFIABLE, 22, 29),
    ]
    forged = [*rows, changed(rows[29], seq=30, tag=b"fake")]
    assert told(forged, [(31, tag_of(rows[29]))]) == [(TAMPERED, 30, 30), (TAMPERED, 30, 30)]


def test_a_station_that_lost_its_key() -> None:
    rows = write(25)
    rows += write(5, 25, tag_of(rows[-1]), chain.KEY_ZERO)
    assert told(rows) == [(UNVERIFIABLE, 25, 25)]
    # Nothing that is missing then is anybody's fault for sure.
    assert told(rows[:27] + rows[28:], damage=[]) == [
        (UNVERIFIABLE, 25, 25),
        (MISSING, 27, 27),
        (UNVERIFIABLE, 28, 28),
    ]


def test_without_the_first_key() -> None:
    found = evidence.verify(write(5), {})
    assert [finding.severity for finding in found] == [UNVERIFIABLE]


def test_a_damaged_record_counts_as_missing() -> None:
    rows = write(30)
    bad = bytearray(rows[4].raw)
    bad[20] ^= 1
    rows[4] = rows[4]._replace(raw=bytes(bad))
    assert told(rows) == [(DAMAGED, 4, 4), (MISSING, 4, 4), (UNVERIFIABLE, 5, 5)]


@pytest.mark.parametrize("skipped", range(1, 9))
def test_sectors_begun_in_vain(skipped: int) -> None:
    rows = write(10)
    key = key_of_epoch(skipped)
    rows += write(3, 10, tag_of(rows[-1]), key)
    assert told(rows) == []


def test_numbers_that_no_record_ever_had_are_told_from_those_that_are_not_here() -> None:
    rows = write(12)
    rows += write(20, 14, tag_of(rows[-1]))  # 12 and 13 were torn
    whole = by_log(rows)[HEX]
    assert evidence.never_written(whole, KEY) == [(12, 13)]
    assert evidence.never_written(whole, None) == []
    part = by_log(rows[:5] + rows[6:])[HEX]
    assert evidence.never_written(part, KEY) == [(12, 13)]
    assert evidence.never_written(by_log(rows[:12] + rows[13:])[HEX], KEY) == []
