"""Files that hold secrets: made for their owner alone, and seen where they are not.

race.toml has the radio's key and the password of a shared database, race.db the first keys of logs,
an image of a board's flash both kinds. On Windows a file's rights come from its folder; there this
changes and warns of nothing.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

OWNER_ALONE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
HAS_RIGHTS = os.name == "posix"


def create_private(path: Path) -> None:
    """Make this file, empty and for its owner alone, unless it is there. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE))


def write_whole(path: Path, data: bytes, private: bool = False) -> None:
    """Write a file so that a full disk or a power cut leaves the old one or the new one. One that
    is there keeps its rights; a new one is for its owner alone if it is private.

    Raises OSError; then nothing changed.
    """
    mode = OWNER_ALONE if private else 0o666
    with contextlib.suppress(FileNotFoundError):
        mode = stat.S_IMODE(path.stat().st_mode) | stat.S_IWUSR
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    try:
        # Never wider than it will be, not for a moment.
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            if HAS_RIGHTS and path.exists():
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def too_open(paths: Iterable[Path]) -> list[str]:
    """One line for each of these files that others on this computer may read."""
    found: list[str] = []
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if HAS_RIGHTS and mode & _OTHERS:
            found.append(
                f"{path}: others on this computer can read the keys in it: chmod 600 {path}"
            )
    return found
