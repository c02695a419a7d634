"""From a Pico with stock MicroPython to a station: the steps of `gate station flash`.

The order is what makes it safe to break off anywhere and to repeat:
1. Records first. Blocks of a race log that no file holds (the filesystem was formatted) are
   downloaded and handed over before anything is written to the board.
2. main.py goes before the first file changes and comes back last, so a board that is half new
   leads to the REPL, where this can be repeated. The hashes of all files are checked before
   main.py is there again; main.py itself is written beside its place and renamed.
3. The log is reserved once. An update never touches it and checks that it is still found. Its
   first key is in the race's store before it is on the board.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from gate_wire import chain, message, record

from yellowgate.errors import GateError
from yellowgate.link import board, firmware, rawflash
from yellowgate.link.board import BoardFacts, Cable
from yellowgate.link.firmware import BoardFile, Plan
from yellowgate.link.radiosetup import cable_key
from yellowgate.link.repl import BoardError, Repl
from yellowgate.store import numbers
from yellowgate.store.store import Store

SETTINGS_FILE = "/station.json"
STATION_ID_MAX = 0xFFFF
LOG_BLOCKS = 128  # 512 KiB: some 15,000 taps
RESERVE_WAIT_S = 300.0  # 128 erases at 400 ms each, at worst, and the reading back

# Runs on the board. A hash for each file of ours; folders that are missing; files put in place.
_TOOLS = """
import os
from binascii import hexlify
from hashlib import sha256
def _hash(path):
    total = sha256()
    buf = bytearray(1024)
    with open(path, 'rb') as file:
        count = file.readinto(buf)
        while count:
            total.update(memoryview(buf)[:count])
            count = file.readinto(buf)
    return str(hexlify(total.digest()), 'ascii')
def _walk(path):
    try:
        entries = list(os.ilistdir(path))
    except OSError:
        return
    for entry in entries:
        below = path.rstrip('/') + '/' + entry[0]
        if entry[1] == 0x4000:
            _walk(below)
        else:
            print(_hash(below), below)
def _folder(path):
    try:
        os.mkdir(path)
    except OSError:
        pass
def _gone(path):
    try:
        os.remove(path)
    except OSError:
        pass
class _Files:
    open = open
    rename = os.rename
    remove = os.remove
"""


class Tell(Protocol):
    """Who watches."""

    def step(self, text: str) -> None:
        """What is done now."""
        ...

    def progress(self, done: int, total: int) -> None:
        """How far this step is."""
        ...


@dataclass(frozen=True)
class Wish:
    """What the station shall be. None leaves what its station.json has, or the default.

    radio: settings of the radio, {} for none. more: further keys of station.json; where one is a
    table, what it does not name stays. race_key: from which the key of its cable is made, whatever
    its number is; b"": the station obeys anybody on its cable.
    """

    id: int | None = None
    role: str | None = None
    name: str | None = None
    region: str | None = None
    radio_key: str | None = None
    radio: Mapping[str, Any] | None = None
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    race_key: bytes = b""


@dataclass(frozen=True)
class Provisioned:
    """What came of it. sent: (files, bytes). rescued: how many records were handed over, -1 when
    nothing had to be.
    """

    facts: BoardFacts
    welcome: message.Welcome
    is_new_log: bool
    sent: tuple[int, int]
    files: tuple[BoardFile, ...]
    rescued: int


class Provisioner:
    """store: gets the key of a new log. rescue: takes a raw image of the flash, keeps it and
    imports it, and says how many records it held; raises GateError when it cannot, and then
    nothing is written to the board.
    """

    def __init__(
        self,
        cable: Cable,
        store: Store,
        rescue: Callable[[str, bytes], int],
        tell: Tell,
        log_blocks: int = LOG_BLOCKS,
        build: Callable[[tuple[int, int]], Plan] = firmware.build,
    ) -> None:
        self._cable = cable
        self._store = store
        self._rescue = rescue
        self._tell = tell
        self._log_blocks = log_blocks
        self._build = build

    def flash(self, wish: Wish) -> Provisioned:
        """Do all of it. Raises GateError; it can then be repeated."""
        self._tell.step("looking for the board")
        repl = self._cable.repl()
        facts = board.facts(repl)
        plan = self._build(facts.mpy)
        self._tell.step("looking for records")
        flash = rawflash.survey(repl)
        rescued = self._rescue_orphans(repl, facts, flash) if flash.is_orphaned else -1
        self._tell.step("comparing files")
        repl.run(_TOOLS)
        sent = self._update(repl, plan, self._settings(repl, wish))
        # By the file, not by the blocks: those of a log without a file are free for other files.
        is_new_log = flash.file_log_id is None
        repl.run("from gate_station.core import reserve\nimport rp2")
        log_id = self._new_log(repl, flash.generation_max) if is_new_log else self._log_id(repl)
        self._tell.step("making it start")
        beside = plan.main.path + ".new"
        self._put(repl, [replace(plan.main, path=beside)])
        repl.run(f"os.rename({beside!r}, {plan.main.path!r})")
        self._tell.step("restarting")
        welcome = self._cable.restart(repl)
        if welcome.log_id != log_id:
            raise GateError(
                f"the station runs, but names log {welcome.log_id.hex()} instead of "
                f"{log_id.hex()}; nothing is lost: gate station doctor"
            )
        numbers.met(self._store, log_id.hex(), welcome.station_id, welcome.role)
        return Provisioned(facts, welcome, is_new_log, sent, plan.files, rescued)

    # Records

    def _rescue_orphans(self, repl: Repl, facts: BoardFacts, flash: rawflash.RawFlash) -> int:
        self._tell.step("rescuing records that no file holds")
        image = rawflash.download(repl, flash, self._tell.progress)
        return self._rescue(facts.unique_id, image)

    def _log_id(self, repl: Repl) -> bytes:
        """Of the log that the firmware finds and may write to."""
        repl.run("_log = reserve.open_log(rp2.Flash(), _Files)")
        found = repl.value("None if _log is None else (bytes(_log.log_id), _log.refusal)")
        log_id, refusal = cast("tuple[bytes, str]", found or (b"", "there is none"))
        if refusal:
            raise BoardError(
                f"{repl.port.url}: the firmware cannot write to the log on the board ({refusal}); "
                "nothing was changed in it: gate station rescue saves what is there"
            )
        return log_id

    def _new_log(self, repl: Repl, generation_max: int) -> bytes:
        """Reserve a log; its key is in the store before it is on the board."""
        self._tell.step(f"reserving the log ({self._log_blocks * 4} KiB)")
        log_id = secrets.token_bytes(record.LOG_ID_BYTES)
        key = secrets.token_bytes(chain.KEY_BYTES)
        self._store.add_first_key(log_id.hex(), key)
        repl.run(
            f"reserve.create(_Files, {log_id!r}, {key!r}, {generation_max + 1}, "
            f"{self._log_blocks})",
            RESERVE_WAIT_S,
        )
        if self._log_id(repl) != log_id:
            raise BoardError(f"{repl.port.url}: the reserved log is not found; repeat")
        return log_id

    # Files

    def _settings(self, repl: Repl, wish: Wish) -> BoardFile:
        """station.json: what the board has, changed by what is wished."""
        repl.run(
            f"_text = '{{}}'\ntry:\n with open({SETTINGS_FILE!r}) as _file:\n"
            "  _text = _file.read()\nexcept (OSError, ValueError):\n pass"
        )
        settings = merged(str(repl.value("_text")), wish)
        text = json.dumps(settings, indent=1, sort_keys=True)
        return BoardFile(SETTINGS_FILE, text.encode() + b"\n")

    def _update(self, repl: Repl, plan: Plan, settings: BoardFile) -> tuple[int, int]:
        """Make the board's files those of the plan, but for main.py; (files, bytes) sent."""
        there = self._hashes(repl)
        wanted = [*plan.files, settings]
        changed = [file for file in wanted if there.get(file.path) != file.sha256]
        extra = sorted(
            path
            for path in there.keys() - {file.path for file in wanted}
            if path.startswith(firmware.OWN)
        )
        if not changed and not extra and there.get(plan.main.path) == plan.main.sha256:
            return 0, 0
        repl.run(f"_gone({plan.main.path!r})")
        for path in extra:
            repl.run(f"_gone({path!r})")
        for path in plan.folders():
            repl.run(f"_folder({path!r})")
        total = sum(len(file.data) for file in changed)
        self._tell.step(f"sending {len(changed)} files, {total / 1000:.0f} kB")
        self._put(repl, changed)
        there = self._hashes(repl)
        for file in wanted:
            if there.get(file.path) != file.sha256:
                raise BoardError(f"{repl.port.url}: {file.path} came garbled; repeat")
        return len(changed), total

    def _put(self, repl: Repl, files: Sequence[BoardFile]) -> None:
        total = sum(len(file.data) for file in files)
        done = 0

        def progress(count: int) -> None:
            nonlocal done
            done += count
            self._tell.progress(done, total)

        repl.put([(file.path, file.data) for file in files], progress)

    def _hashes(self, repl: Repl) -> dict[str, str]:
        """Path -> digest of every file that is ours."""
        said = ""
        for path in (firmware.LIB, firmware.SHIMS):
            said += repl.run(f"_walk({path!r})").decode(errors="replace")
        for path in (SETTINGS_FILE, firmware.MAIN.path):
            said += repl.run(
                f"try:\n print(_hash({path!r}), {path!r})\nexcept OSError:\n pass"
            ).decode(errors="replace")
        pairs = (line.partition(" ") for line in said.splitlines())
        return {path.strip(): digest for digest, _, path in pairs if path}


def _laid_over(before: object, value: object) -> object:
    if isinstance(before, dict) and isinstance(value, dict):
        return cast("dict[str, Any]", before) | cast("dict[str, Any]", value)
    return value


def _number(value: object) -> int:
    """The station's, as the firmware takes it."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= STATION_ID_MAX:
        return value
    return 0


def merged(text: str, wish: Wish) -> dict[str, Any]:
    """The settings in this station.json, changed by what is wished."""
    try:
        found: object = json.loads(text)
    except ValueError:
        found = {}
    settings = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    for key in ("id", "role", "name", "region"):
        value = getattr(wish, key)
        if value is not None:
            settings[key] = value
    found_keys: object = settings.get("keys")
    keys = cast("dict[str, Any]", found_keys) if isinstance(found_keys, dict) else {}
    if wish.radio_key is not None:
        keys["radio"] = wish.radio_key
    keys["cable"] = cable_key(wish.race_key, _number(settings.get("id")))
    settings["keys"] = {name: key for name, key in keys.items() if key}
    if not settings["keys"]:
        del settings["keys"]
    if wish.radio is not None:
        settings["radio"] = dict(wish.radio)
    for key, value in wish.more.items():
        settings[key] = _laid_over(settings.get(key), value)
    return settings
