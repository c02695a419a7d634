"""What the log costs over lives and at the ends of its counters, on both Pythons."""

from check import raises
from flashkit import cells, opened
from gate_station.core import log, reserve
from gate_wire import chain, record, sector
from yellowgate.sim.devices import nor

LOG_ID = b"ABCDEFGH"
KEY = bytes(range(16))
PLACES = (2, 1, 4)


def make(epoch=0, generation=1):
    """A flash with an empty log whose first key is that of this epoch."""
    flash = nor.Nor(6)
    for index, block in enumerate(PLACES):
        content = bytearray(b"\xff" * sector.BLOCK_BYTES)
        content[64:96] = sector.pack_header(index, len(PLACES), LOG_ID, generation)
        if index:
            content[0:4] = PLACES[index - 1].to_bytes(4, "little")
        else:
            content[128:160] = sector.pack_key(KEY, epoch)
        flash.writeblocks(block, content)
    flash.counts = nor.Counts()
    flash.operations = 0
    return flash


def begun_at(first_seq, boot=1):
    """A flash whose first sector was begun at this number and has one record of this boot."""
    flash = make()
    at = PLACES[0] * sector.BLOCK_BYTES
    data = cells(flash)
    mark = sector.pack_mark(0, first_seq, chain.TAG_ZERO, LOG_ID)
    data[at + sector.MARK_AT : at + sector.MARK_AT + len(mark)] = mark
    row = record.Record(3, first_seq, boot, 0, record.UTC_UNKNOWN, 0, b"1234567")
    raw = bytearray(record.pack(row, LOG_ID))
    raw[-8:-4] = chain.tag(KEY, chain.TAG_ZERO, bytes(raw[:-8]))
    record.seal(raw, 0, len(raw), LOG_ID)
    data[at + sector.RECORDS_AT : at + sector.RECORDS_AT + len(raw)] = raw
    return flash


def append(book, number=0, boot=1):
    return book.append(3, boot, number, record.UTC_UNKNOWN, 0, b"1234567")


def numbers(book):
    buf = bytearray(64)
    return [seq for seq in range(book.next_seq) if book.read(seq, buf)]


def torn(flash, how, count):
    """So many records, then the power goes in the next."""
    book = opened(flash)
    for number in range(count):
        append(book, number)
        book.tidy()
    flash.random = nor.Random(count + 1)
    flash.cut(0, how, 175)
    try:
        append(book, count)
        book.tidy()
    except nor.PowerCut:
        pass
    flash.power_on()
    flash.counts = nor.Counts()
    flash.operations = 0


def test_opening_programs_nothing_however_the_power_went():
    for how in (nor.NOTHING, nor.PREFIX, nor.SOME, nor.WEAK, nor.FAINT, nor.ALL):
        for count in (0, 1, 10, 122, 123):
            flash = make()
            torn(flash, how, count)
            before = bytes(cells(flash))
            for _ in range(4):
                book = opened(flash)
                book.tidy()
                assert book.next_seq >= count
            assert flash.operations == 0, (how, count)
            assert bytes(cells(flash)) == before
            seq = append(book)
            assert numbers(opened(flash))[:count] == list(range(count))
            assert seq in numbers(opened(flash))


def test_starts_without_a_record_cost_no_page_and_do_not_change_the_fill():
    flash = make()
    book = opened(flash)
    for number in range(20):
        append(book, number)
    fill = book.fill_permille
    flash.operations = 0
    for _ in range(200):
        book = opened(flash)
        assert book.fill_permille == fill
    assert flash.operations == 0
    append(book, 20)
    # 48 pages, 21 permille each: the one that the first life left, and the next.
    assert book.fill_permille - fill in (20, 21)


def test_a_life_costs_the_rest_of_a_page_and_what_it_writes():
    flash = make()
    lives = 0
    try:
        while True:
            append(opened(flash), lives)
            lives += 1
    except log.LogFull:
        pass
    assert lives == 48  # pages
    assert len(numbers(opened(flash))) == lives


def test_a_life_that_was_cut_costs_at_most_two_pages_more():
    flash = make()
    lives = 0
    try:
        while lives < 100:
            torn(flash, nor.SOME, 1)
            lives += 1
    except log.LogFull:
        pass
    assert 16 <= lives <= 48


def test_the_last_number_of_a_log_is_said_as_full():
    flash = begun_at(record.SEQ_MAX - 4)
    book = opened(flash)
    assert book.next_seq == record.SEQ_MAX - 3
    assert book.fill_permille in (998, 999)
    for number in range(3):
        assert append(book, number) == record.SEQ_MAX - 3 + number
    raises(log.LogFull, append, book)
    assert book.fill_permille == 1000
    assert book.tip()[0] == record.SEQ_MAX  # 24 bits on air
    again = opened(flash)
    assert again.tip() == book.tip()
    raises(log.LogFull, append, again)
    buf = bytearray(64)
    for seq in range(record.SEQ_MAX - 4, record.SEQ_MAX):
        assert again.read(seq, buf) == 32


def test_numbers_that_damage_left_out_do_not_pass_the_last_one():
    flash = begun_at(record.SEQ_MAX - 2)
    at = PLACES[0] * sector.BLOCK_BYTES + sector.PAGE_BYTES
    cells(flash)[at : at + 256] = b"\x12" * 256
    book = opened(flash)
    assert book.next_seq == record.SEQ_MAX
    raises(log.LogFull, append, book)


def test_the_last_number_of_a_start_is_said_as_full():
    flash = begun_at(7, record.BOOT_MAX - 1)
    book = opened(flash)
    assert book.last_boot == record.BOOT_MAX - 1
    assert append(book, 0, record.BOOT_MAX) == 8
    assert book.fill_permille == 999
    again = opened(flash)
    assert again.last_boot == record.BOOT_MAX
    operations = flash.operations
    raises(log.LogFull, append, again, 0, record.BOOT_MAX + 1)
    assert flash.operations == operations
    assert numbers(again) == [7, 8]


def test_the_last_epoch_of_the_key_is_not_passed():
    flash = make(chain.EPOCH_KEYLESS - 2)
    book = opened(flash)
    count = 0
    try:
        while True:
            append(book, count)
            count += 1
    except log.LogFull:
        pass
    assert count == 2 * sector.SEQS_PER_BLOCK_MAX  # the third sector would need another epoch
    assert book.fill_permille == 1000
    assert book.epoch(count - 1) == chain.EPOCH_KEYLESS - 1
    again = opened(flash)
    assert len(numbers(again)) == count
    raises(log.LogFull, append, again)


def test_the_last_generation_of_a_log_is_kept():
    flash = make(generation=0xFFFFFFFF)
    assert reserve.next_generation(reserve.scan(flash)) == 0xFFFFFFFF
    assert reserve.next_generation([]) == 1
