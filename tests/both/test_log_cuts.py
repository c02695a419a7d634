"""The race log through power cuts and damage, on both Pythons: a small brother of the campaigns."""

from flashkit import cells, key_of_epoch, opened
from gate_station.core import log, reserve
from gate_wire import chain, record, sector
from yellowgate.sim.devices import nor

LOG_ID = b"ABCDEFGH"
KEY = bytes(range(16))
PLACES = (2, 1)
TEARS = (
    (nor.NOTHING, 0),
    (nor.PREFIX, 97),
    (nor.PREFIX, 118),
    (nor.PREFIX, 140),
    (nor.PREFIX, 170),
    (nor.SOME, 0),
    (nor.WEAK, 0),
    (nor.FAINT, 0),
    (nor.ALMOST, 0),
    (nor.ALL, 0),
)


def make():
    flash = nor.Nor(4)
    for index, block in enumerate(PLACES):
        content = bytearray(b"\xff" * sector.BLOCK_BYTES)
        content[64:96] = sector.pack_header(index, len(PLACES), LOG_ID, 1)
        if index:
            content[0:4] = PLACES[index - 1].to_bytes(4, "little")
        else:
            content[128:160] = sector.pack_key(KEY)
        flash.writeblocks(block, content)
    flash.counts = nor.Counts()
    flash.operations = 0
    return flash


def append(book, number=0):
    seq = book.append(3, book.last_boot, number, record.UTC_UNKNOWN, 0, b"1234567")
    book.tidy()
    return seq


def readable(book):
    """What a host is given: it is settled before."""
    book.settle()
    buf = bytearray(64)
    found = {}
    for seq in range(book.next_seq):
        length = book.read(seq, buf)
        if length:
            found[seq] = bytes(buf[:length])
    return found


def cut_at(flash, operation, tear, seed):
    """Write until the power goes; numbers that were acknowledged."""
    acknowledged = []
    flash.random = nor.Random(seed)
    flash.cut(operation, tear[0], tear[1])
    try:
        book = opened(flash)
        while True:
            acknowledged.append(append(book))
    except (nor.PowerCut, log.LogFull):
        pass
    flash.power_on()
    return acknowledged


def check_cut(start, first, operation, tear):
    flash = make()
    flash.restore(start)
    acknowledged = first + cut_at(flash, operation, tear, operation)
    book = opened(flash)
    found = readable(book)
    lost = [seq for seq in acknowledged if seq not in found]
    more = [seq for seq in found if seq not in acknowledged]
    assert not lost, (operation, tear, lost)
    assert len(more) <= 1, (operation, tear, more)
    tip = book.tip()
    new = append(book)
    assert new == tip[0]
    again = readable(opened(flash))
    found[new] = again.get(new)
    assert again == found, (operation, tear)
    assert flash.counts.erases == 0
    assert flash.counts.violations == 0


def test_a_cut_in_each_of_the_first_programs():
    start = make().state()
    for operation in range(12):
        for tear in TEARS:
            check_cut(start, [], operation, tear)


def test_a_cut_where_a_sector_is_full_and_the_next_is_begun():
    flash = make()
    book = opened(flash)
    first = [append(book, number) for number in range(105)]
    start = flash.state()
    for operation in range(8, 24):
        for tear in TEARS:
            check_cut(start, first, operation, tear)


def test_many_starts_that_are_cut_at_once():
    for tear in TEARS:
        flash = make()
        acknowledged = []
        for start in range(12):
            acknowledged += cut_at(flash, start % 5, tear, start)
        book = opened(flash)
        found = readable(book)
        assert all([seq in found for seq in acknowledged]), tear
        append(book)


def test_the_number_of_a_damaged_record_is_not_given_again():
    for spoilt in range(1, 9):
        flash = make()
        book = opened(flash)
        for number in range(20):
            append(book, number)
        # Page 0 holds 3 records and page 1 and 2 eight each: the last one is the first of page 3.
        for number in range(spoilt):
            seq = 19 - number
            at = PLACES[0] * 4096 + (512 + (seq - 11) * 32 if seq > 10 else 256 + (seq - 3) * 32)
            if seq > 18:
                at = PLACES[0] * 4096 + 768
            cells(flash)[at + 5] &= 0x11
        book = opened(flash)
        assert book.next_seq >= 20, spoilt
        tip = book.next_seq
        assert opened(flash).next_seq == tip
        assert append(book) == tip


def test_a_sector_that_vanishes_costs_itself_and_no_number_comes_twice():
    for lost in (0, 1):
        flash = make()
        book = opened(flash)
        for number in range(150):
            append(book, number)
        at = PLACES[lost] * 4096
        cells(flash)[at : at + 4096] = b"\xff" * 4096
        book = opened(flash)
        # One record less: tidy() leaves the last place of a sector empty.
        whole = set(range(122, 150)) if lost == 0 else set(range(122))
        assert set(readable(book)) == whole
        assert book.next_seq >= 150
        if lost == 0:
            append(book)


def test_damaged_headers_marks_and_keys_cost_no_record():
    for offset in (64, 70, 93, 96, 100, 110, 128, 140, 150):
        for index in (0, 1):
            flash = make()
            book = opened(flash)
            for number in range(150):
                append(book, number)
            cells(flash)[PLACES[index] * 4096 + offset] ^= 0x04
            book = opened(flash)
            assert len(readable(book)) == 150, (offset, index)
            tip = book.tip()
            try:
                assert append(book) == tip[0]
            except log.LogFull:
                assert index == 1  # the last sector cannot be gone on with
            assert len(readable(opened(flash))) >= 150


def test_noise_opens_and_nothing_is_erased():
    noise = nor.Random(5)
    for _ in range(6):
        flash = make()
        cells(flash)[:] = bytes([noise.bits() >> 8 & 0xFF for _ in range(16384)])
        book = log.Log(flash, list(PLACES), LOG_ID)
        assert readable(book) == {}
        assert reserve.open_log(flash, None) is None
        assert flash.counts.erases == 0


def test_unreadable_blocks_open():
    flash = make()
    book = opened(flash)
    for number in range(150):
        append(book, number)
    flash.make_bad(PLACES[0], nor.READ_ERROR)
    book = opened(flash)
    assert len(readable(book)) == 28


def test_a_log_only_to_be_read_is_never_programmed():
    flash = make()
    append(opened(flash))
    flash.operations = 0
    book = log.Log(flash, list(PLACES), LOG_ID, 1, "the file is gone")
    try:
        append(book)
        raise AssertionError("it was written")
    except OSError as error:
        assert error.args[0] == 30
    book.tidy()
    assert flash.operations == 0
    assert len(readable(book)) == 1


def test_the_tag_before_survives_a_restart_in_a_new_sector():
    flash = make()
    book = opened(flash)
    for number in range(122):
        append(book, number)
    tip = book.tip()
    book = opened(flash)  # the second sector is begun and empty
    assert book.tip() == tip
    append(book)
    buf = bytearray(64)
    length = book.read(122, buf)
    keyed = chain.Keyed(key_of_epoch(KEY, 1))
    assert record.unpack(buf).tag == keyed.tag(tip[1], bytes(buf[: length - 8]))


def test_a_torn_sign_leaves_out_no_number():
    """It may read blank another day: a start that counts it and one that does not would begin the
    next sector with different marks, one over the weak bits of the other.
    """
    flash = make()
    book = opened(flash)
    for number in range(5):
        append(book, number)
    torn = PLACES[0] * 4096 + 512 - 16  # two records are in this page, its sign is far behind
    for data in (b"\x5a" * 16, b"\xff" * 15 + b"\xfe", b"\x00" * 9 + b"\xff" * 7):
        cells(flash)[torn : torn + 16] = data
        assert opened(flash).next_seq == 5, data
    assert append(opened(flash)) == 5
    # Where a record may have been, two numbers are left out.
    flash = make()
    book = opened(flash)
    for number in range(9):
        append(book, number)
    cells(flash)[torn : torn + 16] = b"\x5a" * 16
    assert opened(flash).next_seq == 11
