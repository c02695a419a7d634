"""The race log on an emulated flash: appends, reads, restarts, what is full."""

from check import raises
from flashkit import cells, key_of_epoch, opened
from gate_station.core import log, logscan, reserve
from gate_wire import chain, record, sector
from yellowgate.sim.devices import nor

LOG_ID = b"ABCDEFGH"
KEY = bytes(range(16))
PLACES = (3, 9, 4, 7)  # the blocks of the log, as a filesystem may have placed them


def make(blocks=PLACES, size=12):
    """A flash with a reserved, empty log; its pointers as littlefs would have set them."""
    flash = nor.Nor(size)
    for index, block in enumerate(blocks):
        content = bytearray(b"\xff" * sector.BLOCK_BYTES)
        if index:
            content[0:4] = blocks[index - 1].to_bytes(4, "little")
        content[64:96] = sector.pack_header(index, len(blocks), LOG_ID, 1)
        if index == 0:
            content[128:160] = sector.pack_key(KEY)
        flash.writeblocks(block, content)
    flash.counts = nor.Counts()
    return flash


def append(book, number=0, body=b"\x04\x01\x02\x03\x04\x05\x06"):
    return book.append(3, 1, number * 10, record.UTC_UNKNOWN, 0, body)


def numbers(book):
    """All that can be read, through read_range with a small buffer."""
    out = bytearray(150)
    found = []
    seq = 0
    while seq < book.next_seq:
        filled, seq = book.read_range(seq, book.next_seq, out)
        at = 0
        while at < filled:
            assert record.check(out, at, LOG_ID)
            found.append(record.unpack(out, at).seq)
            at += record.length_at(out, at)
    return found


def test_what_is_appended_is_read():
    flash = make()
    book = opened(flash)
    bodies = [b"", b"\x04\x05\x06\x07", b"x" * 8, b"y" * 23, b"z" * 39]
    for number in range(60):
        assert append(book, number, bodies[number % 5]) == number
    buf = bytearray(record.RECORD_BYTES_MAX)
    for number in range(60):
        length = book.read(number, buf)
        assert record.check(buf, 0, LOG_ID) == length
        row = record.unpack(buf)
        assert (row.seq, row.uptime_ms, row.body) == (number, number * 10, bodies[number % 5])
    assert book.read(60, buf) == 0
    assert numbers(book) == list(range(60))


def test_an_append_is_one_program_and_no_erase():
    flash = make()
    book = opened(flash)
    append(book)
    for number in range(300):
        book.tidy()
        flash.counts = nor.Counts()
        append(book, number)
        assert (flash.counts.programs, flash.counts.erases) == (1, 0)
        assert flash.counts.violations == 0


def test_the_log_goes_on_after_a_restart():
    flash = make()
    for start in range(20):
        book = opened(flash)
        assert book.next_seq == 3 * start
        assert book.last_boot == (1 if start else 0)
        for _ in range(3):
            append(book)
    again = opened(flash)
    assert again.tip() == book.tip()
    assert numbers(again) == list(range(60))


def test_the_chain_of_tags_goes_through_the_whole_log():
    flash = make()
    book = opened(flash)
    for number in range(400):
        if number % 90 == 89:
            book = opened(flash)
        append(book, number)
    buf = bytearray(64)
    before = chain.TAG_ZERO
    epoch = 0
    for number in range(400):
        length = book.read(number, buf)
        sealed = bytes(buf[: length - 8])
        row = record.unpack(buf)
        if chain.tag(key_of_epoch(KEY, epoch), before, sealed) != row.tag:
            epoch += 1
        assert chain.tag(key_of_epoch(KEY, epoch), before, sealed) == row.tag
        before = row.tag
    assert epoch == 3
    assert book.tip() == (400, before)


def test_only_the_newest_key_is_left_on_the_flash():
    flash = make()
    book = opened(flash)
    for number in range(300):
        append(book, number)
    content = bytes(cells(flash))
    keys = [key_of_epoch(KEY, epoch) in content for epoch in range(3)]
    assert keys == [False, False, True]


def test_the_full_log_refuses_and_keeps_everything():
    flash = make()
    book = opened(flash)
    count = 0
    try:
        while True:
            append(book, count)
            count += 1
    except log.LogFull as error:
        assert error.args[0] == 28
    assert count == 4 * 123
    for _ in range(3):
        raises(log.LogFull, append, book)
    again = opened(flash)
    raises(log.LogFull, append, again)
    assert numbers(again) == list(range(count))
    assert again.fill_permille == 1000


def test_a_field_out_of_range_changes_nothing():
    flash = make()
    book = opened(flash)
    append(book)
    before = flash.counts.programs
    raises(ValueError, book.append, 3, 1, 0, 0, 0, b"x" * 40)
    raises(ValueError, book.append, 300, 1, 0, 0, 0, b"")
    raises(ValueError, book.append, 3, 1, 1 << 32, 0, 0, b"")
    assert flash.counts.programs == before
    assert append(book) == 1


def test_opening_never_erases_and_reads_little():
    flash = make()
    book = opened(flash)
    try:
        while True:
            append(book)
            book.tidy()
    except log.LogFull:
        pass
    flash.counts = nor.Counts()
    opened(flash)
    assert flash.counts.erases == 0
    assert flash.counts.programs == 0


def test_reading_in_order_reads_each_page_about_once():
    flash = make()
    book = opened(flash)
    for number in range(240):
        append(book, number)
    flash.counts = nor.Counts()
    assert len(numbers(book)) == 240
    assert flash.counts.reads <= 2 * 16 + 4


def test_records_come_while_others_are_read():
    flash = make()
    book = opened(flash)
    buf = bytearray(64)
    for number in range(100):
        append(book, number)
        flash.counts = nor.Counts()
        assert book.read(number, buf) == 32
        assert record.unpack(buf).seq == number
        assert flash.counts.reads <= 2


def test_a_page_that_does_not_verify_is_skipped():
    flash = make()
    book = opened(flash)
    append(book)
    at = PLACES[0] * sector.BLOCK_BYTES + 2 * sector.PAGE_BYTES
    cells(flash)[at - 256 + 3] = 0x7F  # a cell that is worn out, in the next page
    for number in range(1, 20):
        assert append(book, number) == number
    assert numbers(book) == list(range(20))
    assert numbers(opened(flash)) == list(range(20))


def test_a_cell_that_is_stuck_costs_its_page_only():
    flash = make()
    book = opened(flash)
    for number in range(3):
        append(book, number)

    def stick(kind, block, offset, data):
        # The page turns bad after it was found blank: as much as a cell can do.
        if kind == "program" and block == PLACES[0] and offset == 512:
            cells(flash)[block * 4096 + 512 + 20] = 0

    flash.on_operation = stick
    for number in range(3, 30):
        assert append(book, number) == number
    assert book.retries == 1
    assert numbers(book) == list(range(30))


def test_bad_sectors_are_skipped_whatever_they_do():
    for how in (nor.PROGRAM_ERROR, nor.PROGRAM_NOOP, nor.READ_ERROR):
        flash = make()
        book = opened(flash)
        for number in range(123):
            append(book, number)
        flash.make_bad(PLACES[1], how)
        for number in range(123, 2 * 123):
            assert append(book, number) == number
        assert numbers(book) == list(range(2 * 123)), how
        again = opened(flash)
        assert numbers(again) == list(range(2 * 123)), how
        assert append(again) == 2 * 123


def test_a_sector_that_goes_bad_in_use_loses_nothing():
    for how in (nor.PROGRAM_ERROR, nor.PROGRAM_NOOP):
        flash = make()
        book = opened(flash)
        for number in range(50):
            append(book, number)
        flash.make_bad(PLACES[0], how)
        for number in range(50, 100):
            assert append(book, number) == number
        assert numbers(book) == list(range(100)), how
        assert numbers(opened(flash)) == list(range(100)), how


def test_a_device_without_a_log_gives_none():
    assert reserve.open_log(nor.Nor(4), None) is None


def test_a_block_number_beyond_the_device_is_never_programmed():
    flash = make()
    book = log.Log(flash, [200, -1, 1 << 20], LOG_ID)
    raises(log.LogFull, append, book)
    assert flash.counts.programs == 0


def test_bits_of_the_key_may_go_wrong_one_at_a_time():
    slot = bytearray(sector.pack_key(KEY, 77))
    for bit in range(24 * 8):
        slot[bit >> 3] ^= 1 << (bit & 7)
        assert sector.unpack_key(slot, 0) is None
        assert sector.mend_key(slot, 0) == (KEY, 77)
        slot[bit >> 3] ^= 1 << (bit & 7)
    assert sector.mend_key(bytes(32), 0) is None
    assert sector.mend_key(b"\xff" * 32, 0) is None


def test_a_lost_key_does_not_stop_the_log():
    flash = make()
    book = opened(flash)
    for number in range(10):
        append(book, number)
    at = PLACES[0] * sector.BLOCK_BYTES + sector.KEY_AT
    cells(flash)[at : at + 8] = bytes(8)
    book = opened(flash)
    assert append(book) == 10
    assert numbers(book) == list(range(11))
    opening = logscan.Opening(book._blocks, LOG_ID)
    assert opening.usable
    assert opening.key is None
