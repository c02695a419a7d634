"""What a raw flash held, kept as a file and taken into the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from yellowgate.errors import GateError
from yellowgate.files import write_whole
from yellowgate.store import image
from yellowgate.store.store import Store


def rescue_into(folder: Path, store: Store) -> Callable[[str, bytes], int]:
    """A function (board's unique id, raw image) that keeps the image as a file in this folder,
    adds its records to the store, and says how many whole records it held. It raises GateError.
    """

    def rescue(unique_id: str, data: bytes) -> int:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        _keep(folder / f"rescued-{unique_id}-{moment}.bin", data)
        logs = _read(data, store)
        for log in logs:
            store.add_observations((log.log_id, raw) for _, raw in log.records)
            store.add_marks((log.log_id, *mark) for mark in log.marks)
        return sum(len(log.records) for log in logs)

    return rescue


def _read(data: bytes, store: Store) -> list[image.LogImage]:
    try:
        return image.read(data, store.counts())
    except ValueError as error:
        raise GateError(f"the flash was kept as a file, but {error}") from error


def _keep(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data, private=True)
    except OSError as error:
        raise GateError(
            f"{path}: cannot be written ({error.strerror}); nothing was changed on the board"
        ) from error
