"""MicroPython's `rp2` over the virtual board in use: the flash."""

import machine


def Flash() -> object:
    """The block device of the board in use. Raises OSError when it has none."""
    flash = machine.in_use().flash
    if flash is None:
        raise OSError(19)  # ENODEV
    return flash
