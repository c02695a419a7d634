"""The largest log that `gate station flash --log-kib` makes: twice beside the whole firmware."""

import pytest
from gate_station.core import reserve
from littlefskit import PICO_BLOCKS, Filesystem
from yellowgate.cli.station import LOG_KIB_MAX
from yellowgate.link import firmware
from yellowgate.sim.devices.nor import Nor

pytestmark = pytest.mark.slow

BLOCK_KIB = 4
SETTINGS_BYTES = 900  # of a station.json with everything in it


def board() -> Filesystem:
    """A Pico's flash with everything on it but a log."""
    files = Filesystem(Nor(PICO_BLOCKS), is_new=True)
    plan = firmware.build((6, 3))
    for folder in plan.folders():
        files.lfs.mkdir(folder)
    for file in (*plan.files, plan.main):
        files.write(file.path, file.data)
    files.write("/station.json", b"x" * SETTINGS_BYTES)
    return files


def renew(files: Filesystem, kib: int, times: int) -> None:
    for number in range(times):
        log_id = number.to_bytes(8, "big")
        reserve.create(files, log_id, b"k" * 16, number + 1, kib // BLOCK_KIB)


def test_the_largest_log_can_be_followed_by_another_again_and_again() -> None:
    renew(board(), LOG_KIB_MAX, 4)


def test_one_that_is_much_larger_could_not() -> None:
    files = board()
    renew(files, LOG_KIB_MAX + 80, 1)
    with pytest.raises(OSError):
        renew(files, LOG_KIB_MAX + 80, 1)
