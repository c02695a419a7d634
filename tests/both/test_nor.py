"""The emulated flash does what its fault model says."""

from check import raises
from yellowgate.sim.devices import nor


def page(*pairs):
    data = bytearray(b"\xff" * 256)
    for at, byte in pairs:
        data[at] = byte
    return data


def read(flash, block=0, offset=0, length=256):
    buf = bytearray(length)
    flash.readblocks(block, buf, offset)
    return bytes(buf)


def test_programs_only_clear_bits_and_what_asks_for_more_is_counted():
    flash = nor.Nor(2)
    flash.writeblocks(0, page((3, 0xF0)), 256)
    assert read(flash, 0, 256)[3] == 0xF0
    assert flash.counts.violations == 0
    flash.writeblocks(0, page((3, 0x0F)), 256)
    assert read(flash, 0, 256)[3] == 0
    assert flash.counts.violations == 1
    assert (flash.counts.programs, flash.counts.program_bytes) == (2, 2)


def test_an_erase_sets_all_bits_of_its_sector():
    flash = nor.Nor(2)
    flash.writeblocks(0, page((0, 0)), 0)
    flash.writeblocks(1, page((0, 0)), 0)
    flash.ioctl(6, 0)
    assert (read(flash, 0)[0], read(flash, 1)[0]) == (0xFF, 0)
    assert (flash.counts.erases, flash.erased) == (1, {0: 1})


def test_three_arguments_program_and_two_erase_first():
    flash = nor.Nor(2)
    flash.writeblocks(0, bytes(4096))
    assert (flash.counts.erases, flash.counts.programs) == (1, 16)
    flash.writeblocks(0, page((1, 1)), 0)
    assert flash.counts.erases == 1


def test_times_are_the_datasheets():
    flash = nor.Nor(2)
    flash.writeblocks(0, page((0, 0)), 0)
    flash.erase(1)
    assert (flash.counts.busy_us_typ, flash.counts.busy_us_max) == (45400, 403000)


def test_whole_pages_inside_the_flash_only():
    flash = nor.Nor(2)
    raises(ValueError, flash.writeblocks, 0, bytes(100), 0)
    raises(ValueError, flash.writeblocks, 0, bytes(256), 10)
    raises(ValueError, flash.writeblocks, 2, bytes(256), 0)
    raises(ValueError, flash.readblocks, 1, bytearray(256), 4000)


def test_a_cut_stops_everything_until_the_power_is_back():
    flash = nor.Nor(2)
    flash.cut(1, nor.PREFIX, 2, 0x0F)
    flash.writeblocks(0, page((0, 0)), 0)
    raises(nor.PowerCut, flash.writeblocks, 0, bytes(256), 256)
    raises(nor.PowerCut, flash.readblocks, 0, bytearray(4), 0)
    flash.power_on()
    assert read(flash, 0, 256)[:4] == b"\x00\x00\xf0\xff"
    flash.writeblocks(0, page((0, 0)), 0)


def test_every_way_to_tear_leaves_only_bits_of_the_program():
    for how in nor.TORN:
        for seed in range(5):
            flash = nor.Nor(1, None, seed)
            flash.writeblocks(0, page((5, 0x3C)), 0)
            flash.cut(1, how, 7, 0xFF)
            data = page((6, 0x55), (7, 0x0F), (8, 0xF0))
            raises(nor.PowerCut, flash.writeblocks, 0, data, 0)
            flash.power_on()
            for _ in range(4):
                got = read(flash)
                for at in range(256):
                    floor = 0x3C if at == 5 else data[at]
                    assert got[at] & floor == floor, (how, at)
                    if at not in (5, 6, 7, 8):
                        assert got[at] == 0xFF


def test_weak_bits_differ_until_they_are_programmed_again():
    flash = nor.Nor(1)
    flash.cut(0, nor.WEAK_PREFIX, 0)
    raises(nor.PowerCut, flash.writeblocks, 0, page((0, 0)), 0)
    flash.power_on()
    assert flash.weak_bits() == 8
    assert len({read(flash)[0] for _ in range(20)}) > 5
    flash.writeblocks(0, page((0, 0x0F)), 0)
    assert flash.weak_bits() == 4
    assert {read(flash)[0] & 0xF0 for _ in range(20)} == {0}
    flash.erase(0)
    assert flash.weak_bits() == 0


def test_faint_bits_show_seldom_and_almost_ones_nearly_always():
    for how, low, high in ((nor.FAINT, 1, 90), (nor.ALMOST, 1, 90)):
        flash = nor.Nor(1, None, 3)
        flash.cut(0, how)
        raises(nor.PowerCut, flash.writeblocks, 0, bytes(256), 0)
        flash.power_on()
        plain = b"\xff" if how == nor.FAINT else b"\x00"
        odd = 0
        for _ in range(100):
            odd += read(flash, 0, 40, 1) != plain
        assert low <= odd <= high or flash.weak_bits() < 30


def test_half_an_erase_leaves_old_new_and_weak():
    flash = nor.Nor(1)
    for at in range(0, 4096, 256):
        flash.writeblocks(0, bytes(256), at)
    flash.cut(16, nor.SOME)
    raises(nor.PowerCut, flash.erase, 0)
    flash.power_on()
    got = read(flash, 0, 0, 4096)
    assert got.count(b"\x00") > 500
    assert got.count(b"\xff") > 500
    assert flash.weak_bits() > 500


def ways(flash):
    return (
        ("read", lambda: read(flash)),
        ("program", lambda: flash.writeblocks(0, page((1, 0)), 0)),
        ("erase", lambda: flash.erase(0)),
    )


def test_the_five_ways_to_be_bad():
    for how in nor.BAD:
        flash = nor.Nor(1)
        flash.writeblocks(0, page((0, 0)), 0)
        flash.make_bad(0, how)
        failed = []
        for name, call in ways(flash):
            try:
                call()
            except OSError:
                failed.append(name)
        assert failed == ([how.split()[0]] if how.endswith("error") else [])
        flash.make_bad(0, "")
        left = {nor.ERASE_NOOP: b"\x00\x00", nor.ERASE_ERROR: b"\x00\x00"}
        assert read(flash, 0, 0, 2) == left.get(how, b"\xff\xff")


def test_a_sector_wears_out():
    flash = nor.Nor(1)
    flash.wear_out(3, nor.PROGRAM_ERROR)
    for _ in range(2):
        flash.erase(0)
        flash.writeblocks(0, page((0, 0)), 0)
    flash.erase(0)
    raises(OSError, flash.writeblocks, 0, page((0, 0)), 0)


def test_the_same_seed_is_the_same_run():
    runs = []
    for _ in range(2):
        flash = nor.Nor(1, None, 42)
        flash.cut(0, nor.WEAK)
        raises(nor.PowerCut, flash.writeblocks, 0, bytes(256), 0)
        flash.power_on()
        runs.append([read(flash) for _ in range(3)])
    assert runs[0] == runs[1]
