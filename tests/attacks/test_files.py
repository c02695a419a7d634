"""Files: what is in them for whom, and files that were made to hurt."""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path

from attackkit import (
    BRAM,
    HOLDER,
    LOG,
    NOBODY,
    SENDER,
    TRUE_LAPS,
    Scene,
    attack,
    boot,
    chained,
    change,
    pair,
    tag,
)
from gate_wire import sector
from yellowgate.files import HAS_RIGHTS, write_whole
from yellowgate.link.rescue import rescue_into

IMPORT, RIGHTS = "gate import", "files' rights"


def mode(path: Path) -> int:
    """Who may read and write it."""
    return stat.S_IMODE(path.stat().st_mode)


@attack(RIGHTS, HOLDER, "another user of the laptop opens race.toml and race.db", "may not")
def test_files_with_keys_are_their_owners_alone(scene: Scene) -> None:
    before = os.umask(0)
    try:
        scene.ok("init", scene.folder / "second")
        scene.ok("--log-file", scene.folder / "talk.txt", "init", scene.folder / "third")
        with scene.store() as store:
            rescue_into(scene.folder, store)("board", b"\xff" * 4096)
    finally:
        os.umask(before)
    (rescued,) = scene.folder.glob("rescued-*.bin")
    files = [scene.folder / name for name in ("second/race.toml", "second/race.db", "talk.txt")]
    for path in (*files, rescued):
        assert not HAS_RIGHTS or mode(path) == 0o600, path


@attack(RIGHTS, NOBODY, "race.toml was copied with wide rights", "said by every command")
def test_wide_rights_are_said_and_kept(scene: Scene) -> None:
    for name in ("race.toml", "race.db"):
        (scene.race / name).chmod(0o644)
        ran = scene.here("log")
        assert ran.code == 0 and f"chmod 600 {scene.race / name}" in ran.err
        (scene.race / name).chmod(0o600)
    assert scene.here("log").err == ""


@attack(RIGHTS, NOBODY, "a file is written anew over one with narrow rights", "they stay narrow")
def test_writing_anew_keeps_rights(scene: Scene) -> None:
    path = scene.folder / "page.html"
    write_whole(path, b"first", private=True)
    (scene.folder / "page.html.new").write_bytes(b"left by a program that was killed")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second" and mode(path) == 0o600
    path.chmod(0o640)
    write_whole(path, b"third", private=True)
    assert mode(path) == 0o640 and [one.name for one in scene.folder.glob("*.new")] == []


def header(log_id: bytes, blocks: int) -> bytes:
    """A block of a log that has only its header, and says of how many it is one."""
    block = bytearray(b"\xff" * sector.BLOCK_BYTES)
    made = sector.pack_header(0, blocks, log_id, 1)
    block[sector.HEADER_AT : sector.HEADER_AT + len(made)] = made
    return bytes(block)


@attack(IMPORT, SENDER, "one header that claims 65535 blocks", "one line, not thousands")
def test_a_header_that_claims_everything(scene: Scene) -> None:
    file = scene.folder / "arrivals.log"
    file.write_bytes(header(bytes.fromhex(LOG), 0xFFFF))
    ran = scene.here("import", file)
    assert ran.code == 0 and len(ran.out.splitlines()) < 15
    assert "blocks 1 to 65534 of 65535: no header" in ran.out
    assert scene.laps() == TRUE_LAPS


@attack(IMPORT, SENDER, "headers of thousands of logs", "one line, at once")
def test_headers_of_thousands_of_logs(scene: Scene) -> None:
    file = scene.folder / "flash.bin"
    file.write_bytes(b"".join(header(struct.pack(">Q", at + 1), 8) for at in range(2000)))
    ran = scene.here("import", file)
    assert ran.is_one_line and "2000 logs" in ran.err


@attack(IMPORT, SENDER, "a file of a terabyte", "one line, nothing is read")
def test_a_file_larger_than_any_of_ours(scene: Scene) -> None:
    file = scene.folder / "flash.bin"
    with file.open("wb") as opened:
        opened.truncate(1 << 40)
    ran = scene.here("import", file)
    assert ran.is_one_line and "larger than any" in ran.err
    assert scene.here("roster", "import", file).is_one_line


@attack(IMPORT, SENDER, "a flash image with an invented log of the gate", "to decide; not counted")
def test_an_invented_log_in_an_image_counts_nowhere(scene: Scene) -> None:
    fake = "ba" * 8
    rows = [boot(), pair(-500), *(tag(at_s, BRAM) for at_s in (700, 1400, 2100)), pair(6000)]
    block = bytearray(header(bytes.fromhex(fake), 1))
    at = sector.RECORDS_AT
    for raw in chained(rows, fake, b"k" * 16):
        if at % 256 + len(raw) > 256:
            at += 256 - at % 256
        block[at : at + len(raw)] = raw
        at += len(raw)
    file = scene.folder / "flash.bin"
    file.write_bytes(block)
    assert scene.here("import", file).code == 0
    assert scene.laps() == TRUE_LAPS
    ran = scene.verify()
    assert ran.code == 1 and "never met it" in ran.out


@attack(IMPORT, HOLDER, "a damaged race.db by gate import", "as by gate merge")
def test_import_of_a_store_is_a_merge(scene: Scene) -> None:
    file = change(scene.other(), "UPDATE tips SET tag = 'zz'")
    own = scene.bytes()
    assert scene.here("import", file).is_one_line and scene.bytes() == own
