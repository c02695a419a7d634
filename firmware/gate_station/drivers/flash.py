"""The flash that the filesystem lies on, as a raw block device."""

import rp2


def device() -> rp2.Flash:
    """`rp2.Flash()`: programs without erasing when given an offset. See ports.BlockDevice."""
    return rp2.Flash()
