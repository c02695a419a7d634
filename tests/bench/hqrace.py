"""The race that race HQ is measured with: laps for twenty hours; HQ as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gate_wire import bodies, kinds, record
from yellowgate.cli.context import RaceFolder, write_whole
from yellowgate.cli.serve import ACCESS_FILE
from yellowgate.event.preset_text import preset_toml
from yellowgate.model import Ruling, Runner
from yellowgate.records import EPOCH_2020_US
from yellowgate.store.store import Store
from yellowgate.web.access import Access
from yellowgate.web.roles import Role

STATIONS, RUNNERS, OBSERVATIONS = 20, 250, 10_000
LAP_S = 1_700
BEGUN_S = 20 * 3600
QUALITY = kinds.UTC_SET | kinds.TIME_IN_IRQ


def log_of(number: int) -> str:
    """The log of a station."""
    return f"{number:02x}" * 8


def runner_tag(number: int) -> str:
    """The tag of a runner."""
    return f"04{number:012x}"


class Writer:
    """Writes the records of the stations, as they would be synced."""

    def __init__(self, start_us: int, runners: int = RUNNERS) -> None:
        self.start_us = start_us
        self.runners = runners
        self.seqs = [0] * STATIONS

    def raw(self, station: int, at_us: int, kind: int, body: bytes) -> tuple[str, bytes]:
        """One record."""
        log_id = log_of(station + 1)
        uptime_ms = (at_us - self.start_us) // 1000 + 7_200_000
        utc_ms = (at_us - EPOCH_2020_US) // 1000
        row = record.Record(kind, self.seqs[station], 1, uptime_ms, utc_ms, QUALITY, body)
        self.seqs[station] += 1
        return log_id, record.pack(row, bytes.fromhex(log_id))

    def pair(self, station: int, at_us: int) -> tuple[str, bytes]:
        """A laptop showed the right time."""
        uptime_us = at_us - self.start_us + 7_200_000_000
        utc_us = at_us - EPOCH_2020_US
        body = bodies.Clock(0, bodies.REFERENCE_NTP, 7, uptime_us, utc_us, 4000)
        return self.raw(station, at_us, kinds.CLOCK, bodies.pack_clock(body))

    def begin(self) -> Iterator[tuple[str, bytes]]:
        """Twenty hours of laps."""
        for station in range(STATIONS):
            boot = bodies.pack_boot(bodies.Boot(0, kinds.GATE, station + 1, 0x7F, (0, 1, 0)))
            yield self.raw(station, self.start_us - 3_600_000_000, kinds.BOOT, boot)
            yield self.pair(station, self.start_us - 1_800_000_000)
        laps = OBSERVATIONS // self.runners
        lap_s = LAP_S * self.runners / RUNNERS
        touches = sorted(
            (self.start_us + round((lap * lap_s + runner * LAP_S / self.runners) * 1e6), runner)
            for runner in range(self.runners)
            for lap in range(1, laps + 1)
        )
        for at_us, runner in touches:
            tag = bytes.fromhex(runner_tag(runner))
            yield self.raw(runner % STATIONS, at_us, kinds.TAG, tag)
        for station in range(STATIONS):
            yield self.pair(station, self.start_us + (BEGUN_S - 60) * 1_000_000)


def make_race(path: Path, runners: int = RUNNERS) -> tuple[RaceFolder, Writer]:
    """A race of laps that has been going on for twenty hours."""
    folder = RaceFolder(path)
    path.mkdir()
    start_us = int((time.time() - BEGUN_S) * 1e6)
    text = preset_toml("laps", "bench", "UTC").partition("[[station]]")[0]
    stations = [
        f'[[station]]\nid = {n + 1}\nname = "gate {n + 1}"\nrole = "gate"\nplace = "gate"\n'
        for n in range(STATIONS)
    ]
    write_whole(path / "race.toml", text + "\n".join(stations), private=True)
    folder.write_roster(
        [Runner(f"Runner {n}", "FM"[n % 2], runner_tag(n), {0: str(n + 1)}) for n in range(runners)]
    )
    store, writer = folder.store(), Writer(start_us, runners)
    store.add_observations(writer.begin())
    store.add_rulings([Ruling(start_us, "bench", "", "start", {"at": start_us})])
    store.close()
    return folder, writer


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid: int) -> float:
    """Memory of a process now."""
    line = next(
        row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in row
    )
    return int(line.split()[1]) / 1024


@contextmanager
def serving(folder: RaceFolder) -> Iterator[tuple[int, int]]:
    """`gate serve`: its process and its port."""
    command = [sys.executable, "-u", "-c", "from yellowgate.cli.main import main; main()", "serve"]
    command += ["--host", "127.0.0.1", "--port", "0", "--no-browser", "--race", str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline().split()[2].rstrip("/").rpartition(":")[2])
        try:
            yield process.pid, port
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@contextmanager
def a_race(runners: int = RUNNERS) -> Iterator[tuple[RaceFolder, Writer, Store]]:
    """For one run."""
    with tempfile.TemporaryDirectory() as path:
        folder, writer = make_race(Path(path) / "race", runners)
        store = folder.store()
        try:
            yield folder, writer, store
        finally:
            store.close()


def cookie(folder: RaceFolder, port: int) -> str:
    """Of somebody who came in."""
    access = Access(folder.path / ACCESS_FILE)
    session = access.cookie(access.begin(Role.VOLUNTEER, "bench"))
    return f"yellowgate_{port}={session}"
