"""What a raw flash held, kept as a file and taken into the store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from gate_wire import record, sector

from yellowgate.errors import GateError
from yellowgate.store.store import Store


def rescue_into(folder: Path, store: Store) -> Callable[[str, bytes], int]:
    """A function (board's unique id, raw image) that keeps the image as a file in this folder,
    adds its records to the store, and says how many whole records it held. It raises GateError.
    """

    def rescue(unique_id: str, image: bytes) -> int:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        _keep(folder / f"rescued-{unique_id}-{moment}.bin", image)
        rows = list(records_in(image))
        store.add_observations(rows)
        return len(rows)

    return rescue


def records_in(image: bytes) -> Iterator[tuple[str, bytes]]:
    """The whole records of a raw flash image, (log id in hex, bytes) each, by headers alone."""
    for at in range(0, len(image), sector.BLOCK_BYTES):
        block = image[at : at + sector.BLOCK_BYTES]
        header = sector.unpack_header(block, sector.HEADER_AT)
        if header is None:
            continue
        log_id = header[2]
        unit = sector.RECORDS_AT
        while unit < sector.BLOCK_BYTES:
            length = record.check(block, unit, log_id)
            if length:
                yield log_id.hex(), block[unit : unit + length]
            unit += length or record.UNIT_BYTES


def _keep(path: Path, image: bytes) -> None:
    try:
        with path.open("wb") as file:
            file.write(image)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise GateError(
            f"{path}: cannot be written ({error.strerror}); nothing was changed on the board"
        ) from error
