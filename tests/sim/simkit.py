"""Virtual stations as their users start them: a process, a port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gate_wire import bodies, kinds, record
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.link.sync import SyncResult, sync
from yellowgate.store.store import Store

RUNTIMES = ("cpython", "micropython")
START_TIMEOUT_S = 120


@dataclass
class Process:
    """A `gate sim station` that listens."""

    popen: subprocess.Popen[str]
    url: str

    def kill(self) -> None:
        """kill -9."""
        self.popen.kill()
        self.popen.wait()

    def stop(self) -> int:
        """As the user does; returns the exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(30)


def command(*arguments: str) -> list[str]:
    """gate, of this Python, whatever is installed."""
    return [sys.executable, "-c", "from yellowgate.cli.main import main; main()", *arguments]


@contextmanager
def running(*arguments: str) -> Generator[Process]:
    """gate sim station --listen 0 ARGUMENTS, until the end of the block at the latest."""
    popen = subprocess.Popen(
        command("sim", "station", "--listen", "0", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert popen.stdout and popen.stderr
        line = popen.stdout.readline()
        if not line.startswith("listening on "):
            popen.wait(10)
            raise AssertionError(f"no station: {line}{popen.stderr.read()}")
        yield Process(popen, line.split()[-1])
    finally:
        popen.kill()
        popen.communicate()


def sync_from(url: str, path: Path) -> SyncResult:
    """Sync a station into the store of this file."""
    store = Store.file(path)
    port = SerialPort(url)
    try:
        return sync(port, store, this_laptop())
    finally:
        port.close()
        store.close()


def rows(path: Path) -> list[record.Record]:
    """The records of the store of this file, in their order."""
    store = Store.file(path)
    try:
        return [record.unpack(row.raw) for row in store.observations()]
    finally:
        store.close()


def touches(found: list[record.Record]) -> list[tuple[int, str]]:
    """(kind, body in hex) of what people did."""
    wanted = (kinds.TAG, kinds.PRESS, kinds.START, kinds.TAPS)
    return [(row.kind, row.body.hex()) for row in found if row.kind in wanted]


def boots(found: list[record.Record]) -> list[bodies.Boot]:
    """The starts."""
    return [
        boot
        for boot in (bodies.unpack_boot(row.body) for row in found if row.kind == kinds.BOOT)
        if boot is not None
    ]
