"""Race HQ under its viewers: how soon an arrival is on every screen, and what that costs.

`gate serve` runs as a process of its own. This one stores arrivals into the race's folder, as a
sync beside it would, and looks at the board as so many browsers. A screen shows an arrival when
the stream has told the browser of it; drawing it is the phone's own work.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
PAGES = ("board", "board", "board", "screen", "desk")  # what people look at
QUALITY = kinds.UTC_SET | kinds.TIME_IN_IRQ
SETTLE_S = 3.0


def log_of(number: int) -> str:
    """The log of a station."""
    return f"{number:02x}" * 8


def runner_tag(number: int) -> str:
    """The tag of a runner."""
    return f"04{number:012x}"


class Writer:
    """Writes the records of the stations, as they would be synced."""

    def __init__(self, start_us: int) -> None:
        self.start_us = start_us
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
        touches = sorted(
            (self.start_us + round((lap * LAP_S + runner * 6.8) * 1e6), runner)
            for runner in range(RUNNERS)
            for lap in range(1, OBSERVATIONS // RUNNERS + 1)
        )
        for at_us, runner in touches:
            tag = bytes.fromhex(runner_tag(runner))
            yield self.raw(runner % STATIONS, at_us, kinds.TAG, tag)
        for station in range(STATIONS):
            yield self.pair(station, self.start_us + (BEGUN_S - 60) * 1_000_000)


def make_race(path: Path) -> tuple[RaceFolder, Writer]:
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
        [Runner(f"Runner {n}", "FM"[n % 2], runner_tag(n), {0: str(n + 1)}) for n in range(RUNNERS)]
    )
    store, writer = folder.store(), Writer(start_us)
    store.add_observations(writer.begin())
    store.add_rulings([Ruling(start_us, "bench", "", "start", {"at": start_us})])
    store.close()
    return folder, writer


@dataclass
class Viewers:
    """Browsers that look. seen_s: for each arrival, when each of them was told of it."""

    port: int
    cookie: str
    seen_s: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    lost: int = 0

    async def look(self, page: str, ready: asyncio.Semaphore) -> None:
        """One browser: the page, and then its stream."""
        document = await self._get(f"/{page}")
        version = document.partition(b'data-version="')[2][:16].decode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        writer.write(self._request(f"/live?page={page}&about=&version={version}"))
        ready.release()
        mine = set[str]()  # of each arrival the first word counts
        try:
            while line := await reader.readline():
                if line.startswith(b"data: {"):
                    now_s = time.perf_counter()
                    for name, moments in self.seen_s.items():
                        if name not in mine and name.encode() in line:
                            mine.add(name)
                            moments.append(now_s)
        finally:
            writer.close()
        self.lost += 1

    async def _get(self, path: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        writer.write(self._request(path, "Connection: close\r\n"))
        data = await reader.read()
        writer.close()
        return data

    def _request(self, path: str, more: str = "") -> bytes:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.cookie}\r\n{more}\r\n"
        return head.encode()


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


async def watch(
    pid: int,
    viewers: Viewers,
    count: int,
    store: Store,
    writer: Writer,
    arrivals: int,
    every_s: float,
) -> dict[str, float]:
    """Let so many look while arrivals come in, one every so many seconds, and then a quiet time."""
    ready = asyncio.Semaphore(0)
    tasks = [
        asyncio.ensure_future(viewers.look(PAGES[n % len(PAGES)], ready)) for n in range(count)
    ]
    for _ in tasks:
        await ready.acquire()
    await asyncio.sleep(SETTLE_S)
    begun_s, begun_cpu_s = time.perf_counter(), cpu_s(pid)
    stored_s: dict[str, float] = {}
    for n in range(arrivals):
        name = f"Runner {n}<"
        viewers.seen_s[name] = []
        row = writer.raw(n % STATIONS, int(time.time() * 1e6), kinds.TAG,
                         bytes.fromhex(runner_tag(n)))  # fmt: skip
        await asyncio.to_thread(store.add_observations, [row])
        stored_s[name] = time.perf_counter()
        await asyncio.sleep(every_s)
    await asyncio.sleep(SETTLE_S)
    busy_s, busy_cpu_s = time.perf_counter() - begun_s, cpu_s(pid) - begun_cpu_s
    memory = rss_mib(pid)
    begun_s, begun_cpu_s = time.perf_counter(), cpu_s(pid)
    await asyncio.sleep(10 * SETTLE_S if arrivals > 5 else 4 * SETTLE_S)
    quiet_s, quiet_cpu_s = time.perf_counter() - begun_s, cpu_s(pid) - begun_cpu_s
    for task in tasks:
        task.cancel()
    delays_ms = sorted(
        (at_s - stored_s[name]) * 1000
        for name, moments in viewers.seen_s.items()
        for at_s in moments
        if at_s >= stored_s[name]
    )
    return {
        "arrival_to_screen_p50_ms": round(delays_ms[len(delays_ms) // 2], 1),
        "arrival_to_screen_p99_ms": round(delays_ms[len(delays_ms) * 99 // 100], 1),
        "told": len(delays_ms),
        "lost": viewers.lost,
        "cpu_share": round(busy_cpu_s / busy_s, 3),
        "quiet_cpu_share": round(quiet_cpu_s / quiet_s, 3),
        "rss_mib": round(memory, 1),
    }


def measure(viewers: int, arrivals: int, every_s: float) -> dict[str, float]:
    """One run, in a race of its own."""
    with tempfile.TemporaryDirectory() as path:
        folder, writer = make_race(Path(path) / "race")
        access = Access(folder.path / ACCESS_FILE)
        with serving(folder) as (pid, port):
            session = access.cookie(access.begin(Role.VOLUNTEER, "bench"))
            looking = Viewers(port, f"yellowgate_80={session}; yellowgate_{port}={session}")
            store = folder.store()
            try:
                return asyncio.run(watch(pid, looking, viewers, store, writer, arrivals, every_s))
            finally:
                store.close()


def main() -> None:
    """50 viewers, and with 500 the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer arrivals, 50 viewers alone")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    runs = {50: measure(50, 5 if given.quick else 30, 2.0)}
    if not given.quick:
        runs[500] = measure(500, 15, 2.0)
    found: dict[str, object] = dict(runs[50])
    if 500 in runs:
        found |= {f"{key}_500": value for key, value in runs[500].items()}
    if given.json:
        print(json.dumps(found))
        return
    for count, row in runs.items():
        print(f"{count} viewers, {OBSERVATIONS} observations, {STATIONS} stations")
        for key, value in row.items():
            print(f"  {key:28} {value}")


if __name__ == "__main__":
    main()
