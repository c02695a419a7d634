"""Logs out of files: copied, raw, truncated, damaged, two in one."""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import flash_cuts as cuts
import pytest
from gate_station.core import reserve
from gate_wire import record, sector
from yellowgate.store import evidence, image

LOG_ID = cuts.LOG_ID.hex()
SIZE = cuts.BLOCKS * sector.BLOCK_BYTES


def written(count: int = 300) -> bytes:
    """A raw image with a log of so many 32-byte records, one start."""
    flash = cuts.fresh()
    book = reserve.open_log(flash, None)
    assert book is not None
    for number in range(count):
        book.append(3, 1, number, record.UTC_UNKNOWN, 0, b"1234567")
    return flash.backing.read(0, SIZE)


def copied(raw: bytes) -> bytes:
    """The log as `mpremote cp` copies it: block by block, without the pointers."""
    out = b""
    for index, block in enumerate(cuts.PLACES):
        start = block * sector.BLOCK_BYTES
        out += raw[start + sector.file_bytes_before(index) : start + sector.BLOCK_BYTES]
    return out


def one(data: bytes, *known: str) -> image.LogImage:
    logs = image.read(data, known)
    assert [log.log_id for log in logs] == [LOG_ID]
    return logs[0]


def seqs(log: image.LogImage) -> list[int]:
    return [seq for seq, _ in log.records]


@pytest.mark.parametrize("shape", [bytes, copied])
def test_a_whole_log(shape: type[bytes]) -> None:
    log = one(shape(written()))
    assert seqs(log) == list(range(300))
    assert (log.blocks, log.blocks_found, log.generation) == (4, 4, 1)
    assert (log.gaps, log.damage) == ([], [])
    assert [(epoch, first) for epoch, first, _ in log.marks] == [(0, 0), (1, 123), (2, 246)]


@pytest.mark.parametrize("shift", [1, 4, 100, 4093])
def test_it_may_begin_anywhere(shift: int) -> None:
    assert seqs(one(b"?" * shift + copied(written()))) == list(range(300))


def test_nothing_and_noise_give_nothing() -> None:
    assert image.read(b"") == []
    assert image.read(random.Random(1).randbytes(20000)) == []
    assert image.read(b"\xff" * 5000, [LOG_ID]) == []


@pytest.mark.parametrize("shape", [bytes, copied])
def test_a_truncated_file_says_what_may_be_missing(shape: type[bytes]) -> None:
    whole = shape(written())
    for length in range(3000, len(whole), 1111):
        logs = image.read(whole[:length], [LOG_ID])
        if logs and 0 < len(logs[0].records) < 300:
            log = logs[0]
            assert any(place.records_max for place in log.damage)
            tips = [(LOG_ID, 300, record.unpack(one(whole).records[-1][1]).tag)]
            rows = evidence_rows(log)
            told = evidence.verify(rows, {LOG_ID: cuts.KEY}, tips, (), log.damage)
            assert told
            assert all(finding.severity != evidence.TAMPERED for finding in told)


def evidence_rows(log: image.LogImage) -> list[evidence.Observation]:
    from yellowgate.records import observation

    return [observation(raw, log.log_id) for _, raw in log.records]


def test_a_damaged_record_is_a_gap_with_its_reason() -> None:
    raw = bytearray(written())
    at = cuts.PLACES[0] * sector.BLOCK_BYTES + 256 + 3 * 32  # the fourth of the second page
    raw[at + 9] ^= 1
    log = one(bytes(raw))
    assert log.gaps == [(6, 6)]
    place = log.damage[0]
    assert (place.what, place.at, place.after_seq, place.before_seq, place.records_max) == (
        "torn or damaged record",
        at,
        5,
        7,
        1,
    )


def test_a_block_without_its_header_is_found_by_its_records() -> None:
    for index, block in enumerate(cuts.PLACES):
        raw = bytearray(written())
        raw[block * sector.BLOCK_BYTES + 64] ^= 1
        for data in (bytes(raw), copied(bytes(raw))):
            log = one(data)
            assert seqs(log) == list(range(300)), index
            assert log.blocks_found == 3


def test_without_any_header_the_log_must_be_known() -> None:
    raw = bytearray(written())
    for block in cuts.PLACES:
        raw[block * sector.BLOCK_BYTES + 64] ^= 1
    assert image.read(bytes(raw)) == []
    assert seqs(one(bytes(raw), LOG_ID)) == list(range(300))


def test_two_logs_in_one_image() -> None:
    raw = bytearray(written(50))
    at = 4 * sector.BLOCK_BYTES  # a block of an older log, left behind
    raw[at + 64 : at + 96] = sector.pack_header(0, 3, b"OLDER___", 0)
    raw[at + 160 : at + 192] = record.pack(record.Record(2, 0, 1, 0, 0, 0, b""), b"OLDER___")
    logs = {log.log_id: log for log in image.read(bytes(raw))}
    assert len(logs[LOG_ID].records) == 50
    assert len(logs[b"OLDER___".hex()].records) == 1


def test_two_different_records_of_one_number_are_both_kept() -> None:
    raw = bytearray(written(50))
    at = cuts.PLACES[3] * sector.BLOCK_BYTES + 160
    raw[at : at + 32] = record.pack(record.Record(2, 7, 1, 0, 0, 0, b""), cuts.LOG_ID)
    assert seqs(one(bytes(raw))).count(7) == 2
