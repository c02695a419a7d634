"""The reserved file on the real littlefs: its blocks never move, whatever else is written."""

import random

import pytest
from gate_station.core import log, reserve
from gate_wire import record, sector
from littlefskit import PICO_BLOCKS, Filesystem
from yellowgate.sim.devices import nor
from yellowgate.store import image

KEY = bytes(range(16))
LOG_ID = b"LOGONE__"
BLOCKS = 64


def provision(blocks: int = BLOCKS, size: int = PICO_BLOCKS) -> tuple[nor.Nor, Filesystem]:
    flash = nor.Nor(size)
    files = Filesystem(flash, is_new=True)
    reserve.renew(flash, files, LOG_ID, KEY, blocks)
    return flash, files


def opened(flash: nor.Nor, files: Filesystem) -> log.Log:
    book = reserve.open_log(flash, files)
    assert book is not None
    return book


def fill(book: log.Log, count: int) -> None:
    for number in range(count):
        book.append(3, 1, number, record.UTC_UNKNOWN, 0, b"\x04234567")
        book.tidy()


def all_read(book: log.Log) -> list[int]:
    buf = bytearray(64)
    return [seq for seq in range(book.next_seq) if book.read(seq, buf)]


def test_the_file_has_a_header_in_every_block() -> None:
    flash, files = provision()
    found = reserve.scan(flash)
    assert len(found) == 1
    assert sorted(found[0].blocks)[0] >= 0
    assert len(set(found[0].blocks)) == BLOCKS
    assert not found[0].doubles
    assert reserve.file_header(files) == (sector.file_bytes(BLOCKS), LOG_ID)
    assert opened(flash, files).refusal == ""


def test_the_blocks_never_move_while_thousands_of_files_come_and_go() -> None:
    flash, files = provision()
    places = reserve.scan(flash)[0].blocks
    chance = random.Random(7)
    book = opened(flash, files)
    names: set[str] = set()
    for number in range(3000):
        name = f"f{chance.randrange(40)}.json"
        what = chance.randrange(10)
        if what < 2 and name in names:
            files.remove(name)
            names.discard(name)
        else:
            files.write(name, chance.randbytes(chance.choice((3, 100, 900, 5000))))
            names.add(name)
        if number % 10 == 0:
            fill(book, 1)
        if number % 300 == 299:
            files = Filesystem(flash)
            assert reserve.scan(flash)[0].blocks == places
            book = opened(flash, files)
            assert book.refusal == ""
    # Wear levelling was at work: other blocks were erased over and over, these were not.
    assert max(flash.erased.values()) > 10
    assert max(flash.erased.get(block, 0) for block in places) <= 2
    assert all_read(opened(flash, files)) == list(range(300))
    assert flash.counts.violations == 0


def test_the_file_reads_the_same_through_littlefs() -> None:
    flash, files = provision()
    book = opened(flash, files)
    fill(book, 400)
    data = Filesystem(flash).read(reserve.PATH)
    logs = image.read(data)
    assert [one.log_id for one in logs] == [LOG_ID.hex()]
    assert [seq for seq, _ in logs[0].records] == list(range(400))
    assert logs[0].blocks_found == BLOCKS
    raw = flash.backing.read(0, flash.backing.size())
    assert image.read(raw)[0].records == logs[0].records
    assert not logs[0].damage


def test_an_image_formatted_again_still_gives_its_records() -> None:
    flash, files = provision()
    fill(opened(flash, files), 700)
    files = Filesystem(flash, is_new=True)
    for number in range(60):
        files.write(f"{number}.txt", bytes(3000))
    raw = flash.backing.read(0, flash.backing.size())
    logs = image.read(raw)
    kept = [seq for seq, _ in logs[0].records]
    assert len(kept) > 300  # what was not written over
    assert set(kept) == set(range(700)) - {
        seq for first, last in logs[0].gaps for seq in range(first, last + 1)
    } - set(range(max(kept) + 1, 700))


def test_a_log_whose_file_is_gone_is_read_only() -> None:
    flash, files = provision()
    fill(opened(flash, files), 50)
    files.remove(reserve.PATH)
    book = opened(flash, files)
    assert "not in the filesystem" in book.refusal
    assert all_read(book) == list(range(50))
    operations = flash.operations
    with pytest.raises(OSError, match="not in the filesystem"):
        fill(book, 1)
    assert flash.operations == operations
    files.write(reserve.PATH, b"short")
    assert opened(flash, files).refusal != ""


def test_a_new_log_stands_beside_the_old_one_until_it_is_whole() -> None:
    flash, files = provision()
    fill(opened(flash, files), 50)
    size, _ = reserve.file_header(files)
    reserve.renew(flash, files, b"LOGTWO__", KEY)
    book = opened(flash, Filesystem(flash))
    assert (book.log_id, book.generation, book.next_seq) == (b"LOGTWO__", 2, 0)
    assert reserve.file_header(files) == (size, b"LOGTWO__")
    fill(book, 5)
    assert all_read(opened(flash, files)) == list(range(5))
    # Without the filesystem too, the newest log that was written to is the one.
    alone = reserve.open_log(flash, None)
    assert alone is not None
    assert alone.log_id == b"LOGTWO__"


def test_no_room_for_a_new_log_leaves_the_old_one() -> None:
    flash, files = provision(40, 64)
    fill(opened(flash, files), 50)
    with pytest.raises(OSError):
        reserve.renew(flash, files, b"LOGTWO__", KEY, 40)
    files = Filesystem(flash)
    book = opened(flash, files)
    assert (book.log_id, book.refusal) == (LOG_ID, "")
    assert all_read(book) == list(range(50))
    files.write("room.txt", bytes(20000))


def test_a_cut_at_every_operation_of_the_swap_leaves_one_usable_log() -> None:
    flash, files = provision(6, 24)
    fill(opened(flash, files), 30)
    start = flash.state()
    flash.power_on()
    reserve.renew(flash, files, b"LOGTWO__", KEY, 6)
    count = flash.operations
    assert count > 30
    seen: set[bytes] = set()
    for operation in range(count):
        for number, how in enumerate((nor.SOME, nor.WEAK)):
            flash.restore(start)
            flash.random = nor.Random(operation * 10 + number)
            files = Filesystem(flash)
            flash.power_on()
            flash.cut(operation, how, 100, 0x0F)
            with pytest.raises(OSError):
                reserve.renew(flash, files, b"LOGTWO__", KEY, 6)
            flash.power_on()
            files = Filesystem(flash)
            book = opened(flash, files)
            seen.add(book.log_id)
            assert book.refusal == "", (operation, how)
            assert all_read(book) == ([] if book.log_id == b"LOGTWO__" else list(range(30)))
            fill(book, 2)
            reserve.renew(flash, files, b"LOG_3___", KEY, 6)
            assert opened(flash, Filesystem(flash)).log_id == b"LOG_3___"
    assert seen >= {LOG_ID}


def test_bad_blocks_met_while_the_file_was_made_leave_no_doubt() -> None:
    for bad in range(4, 20, 3):
        flash = nor.Nor(40)
        flash.make_bad(bad, nor.PROGRAM_NOOP)
        files = Filesystem(flash, is_new=True)
        reserve.renew(flash, files, LOG_ID, KEY, 12)
        book = opened(flash, files)
        assert bad not in book._blocks._blocks  # pyright: ignore[reportPrivateUsage]
        fill(book, 1200)
        assert all_read(opened(flash, files)) == list(range(1200))
        data = files.read(reserve.PATH)
        assert [seq for seq, _ in image.read(data)[0].records] == list(range(1200))


def test_a_block_that_wore_out_half_written_is_told_from_its_copy() -> None:
    """littlefs moves on from a bad block and leaves a header behind: its pointers decide."""
    flash, _ = provision(12, 40)
    places = list(reserve.scan(flash)[0].blocks)
    spare = max(set(range(40)) - set(places))
    for index in (0, 3, 10):
        copy = bytearray(4096)
        flash.readblocks(places[index], copy)
        for stale in (spare, 0 if spare else 1):
            state = flash.state()
            flash.backing.write(stale * 4096 + 64, bytes(copy[64:96]))
            found = reserve.choose(reserve.scan(flash), LOG_ID)
            assert found is not None
            reserve.complete(flash, found)
            assert found.blocks == places
            flash.restore(state)


def test_blocks_with_damaged_headers_are_found_by_their_neighbours() -> None:
    flash, files = provision(12, 40)
    places = list(reserve.scan(flash)[0].blocks)
    fill(opened(flash, files), 300)
    for index in range(11):
        state = flash.state()
        flash.backing.write(places[index] * 4096 + 70, b"\x00")
        found = reserve.choose(reserve.scan(flash), LOG_ID)
        assert found is not None
        assert found.blocks[index] == -1
        reserve.complete(flash, found)
        assert found.blocks == places, index
        assert all_read(opened(flash, files)) == list(range(300))
        flash.restore(state)
