"""Race HQ killed at random moments while rulings and records arrive.

    tests/campaigns/hq_kills.py [--kills 1000] [--seed 1]

`gate serve` runs with a station on its port; four people rule as fast as they are answered, each
decision sent again until it is confirmed; one more rules in the terminal, beside it, on the same
race.db. SIGKILL comes at a random moment after the program was started, also while it starts, and
it is started again. At the end: what was confirmed is there, nothing is there twice, and the store
has every record of the station. The folder is in memory where there is such a one: a kill of the
process takes nothing from the system's own buffers.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "host"))

from fake_station import FakeStation, tap_record
from gate_wire import message
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.cli.serve import ACCESS_FILE
from yellowgate.desk.decide import Wanted, rule
from yellowgate.model import Runner
from yellowgate.web.access import Access
from yellowgate.web.roles import Role

PEOPLE = ("Ann", "Bob", "Cid", "Dot")
TERMINAL = "Eve"
ALIVE_S = (0.05, 0.9)  # so long it runs, at random; some die before they answer
EVERY = 20  # so often it is let come up, and has to answer
IN_MEMORY = Path("/dev/shm")
PATIENCE_S = 60.0
STEP_S = 0.02
PAUSE = threading.Event()  # never set: to wait for a moment


class Station:
    """A station on a TCP port, which taps come to all the time."""

    def __init__(self) -> None:
        self.fake = FakeStation([tap_record(0)])
        self.lock = threading.Lock()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self.listening.getsockname()[1]}"
        self.is_over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            with suppress(OSError):
                one, _ = self.listening.accept()
                threading.Thread(target=self._talk, args=(one,), daemon=True).start()

    def _talk(self, one: socket.socket) -> None:
        one.settimeout(STEP_S)
        with one, suppress(OSError):
            while True:
                try:
                    data = one.recv(65_536)
                    if not data:
                        return
                    with self.lock:
                        answer = self.fake.receive(data, time.monotonic_ns() // 1000)
                    one.sendall(answer)
                except TimeoutError:
                    if not self.is_over.is_set():
                        one.sendall(self._tap())

    def _tap(self) -> bytes:
        """Somebody taps; told to who listens, who may lose it and asks again."""
        with self.lock:
            seq = len(self.fake.records)
            self.fake.records.append(tap_record(seq))
            head = bytearray(message.RECORDS_HEAD_BYTES)
            message.pack_records_head_into(memoryview(head), seq, seq + 1)
            news = bytes(head) + tap_record(seq)
            return self.fake.link.answer(message.RECORDS, message.REFERENCE_NEWS, news)


@dataclass
class Terminal:
    """Somebody who rules by the command line, on the laptop itself."""

    folder: RaceFolder
    is_over: threading.Event
    confirmed: list[str] = field(default_factory=list[str])
    faults: list[str] = field(default_factory=list[str])

    def work(self) -> None:
        """Until the end; whatever goes wrong is a fault: it waits for who writes."""
        store = self.folder.store()
        while not self.is_over.wait(5 * STEP_S):
            words = f"{TERMINAL} {len(self.confirmed)}"
            data = {"runner": "Runner 7", "at_s": 60.0, "text": words}
            when_us = int(time.time() * 1e6) - 1_000_000
            try:
                rule(store, [Wanted("sighting", data)], TERMINAL, when_us)
            except Exception as error:
                self.faults.append(str(error))
                return
            self.confirmed.append(words)


@dataclass
class Person:
    """Somebody who rules; each decision is sent until it is confirmed."""

    name: str
    port: int
    cookie: str
    token: str
    is_over: threading.Event
    confirmed: list[str] = field(default_factory=list[str])
    sent: int = 0

    def work(self) -> None:
        """Until the end."""
        number = 0
        while not self.is_over.is_set():
            number += 1
            words = f"{self.name} {number}"
            self._until_kept(words)

    def _until_kept(self, words: str) -> None:
        data = {"runner": "Runner 7", "at_s": 60.0, "text": words}
        body = {
            "_token": self.token,
            "when_us": int(time.time() * 1e6) - 1_000_000,
            "token": words,
            "rulings": [{"kind": "sighting", "data": data}],
        }
        while True:
            self.sent += 1
            answer = ask(self.port, "/keep", body, self.cookie)
            if answer is not None and "said" in answer:
                self.confirmed.append(words)
                return
            if self.is_over.is_set() and answer is None:
                return
            self.is_over.wait(STEP_S)


def ask(port: int, path: str, words: dict[str, Any], cookie: str) -> dict[str, Any] | None:
    """The answer, None when the program is away."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        asking.request("POST", path, json.dumps(words), {"Cookie": cookie})
        return json.loads(asking.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        asking.close()


@contextmanager
def nursery(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that has all of ours loaded, and begins `gate serve` in a child when asked."""
    command = [sys.executable, "-u", __file__, "--nursery", json.dumps(arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def be_nursery(arguments: list[str]) -> None:
    """A child for each line; its number is told."""
    from yellowgate.cli import attend, listenview, serve  # noqa: F401
    from yellowgate.web import app, certificate, laptops, pulse, serving  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            out = os.open(os.devnull, os.O_WRONLY)
            os.dup2(out, 1)
            os.dup2(out, 2)
            run(arguments)
            os._exit(0)
        print(child)


def is_up(port: int, timeout_s: float = 5.0) -> bool:
    """Does it answer?"""
    try:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
        asking.request("GET", "/hq.css")
        return asking.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


def until_up(port: int) -> None:
    """Wait for it. Raises TimeoutError."""
    until_s = time.monotonic() + PATIENCE_S
    while not is_up(port):
        if time.monotonic() > until_s:
            raise TimeoutError("gate serve does not come up")
        PAUSE.wait(STEP_S)


def until_gone(pid: int) -> None:
    """Wait for its end: what it was writing to the disk holds it for a moment."""
    with suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            PAUSE.wait(STEP_S)


def free_port() -> int:
    """One that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def campaign(kills: int, seed: int, path: Path) -> dict[str, int]:
    """Counts; raises AssertionError when something was lost or is double."""
    rng = random.Random(seed)
    folder = RaceFolder(path / "race")
    assert run(["init", str(folder.path)]) == 0
    folder.write_roster([Runner("Runner 7", "F", "", {0: "7"})])
    now_us = int(time.time() * 1e6)
    at = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(now_us // 1_000_000 - 3600))}"
    assert run(["start", "--at", at, "--race", str(folder.path)]) == 0
    access = Access(folder.path / ACCESS_FILE)
    port, station, over = free_port(), Station(), threading.Event()
    people: list[Person] = []
    for name in PEOPLE:
        session = access.begin(Role.VOLUNTEER, name)
        cookie = f"yellowgate_{port}={access.cookie(session)}"
        people.append(Person(name, port, cookie, access.token(session), over))
    arguments = ["serve", "--host", "127.0.0.1", "--port", str(port), "--no-browser"]
    arguments += ["--listen", station.url, "--race", str(folder.path)]
    terminal = Terminal(folder, over)
    threads = [threading.Thread(target=one.work, daemon=True) for one in (*people, terminal)]
    ups = 0
    with nursery(arguments) as process:
        for n in range(kills + 1):
            child = begin(process)
            if n in (0, kills) or n % EVERY == 0:
                until_up(port)
            if n == 0:
                for thread in threads:
                    thread.start()
            if n == kills:
                break
            over.wait(rng.uniform(*ALIVE_S))
            ups += is_up(port, STEP_S)
            os.kill(child, signal.SIGKILL)
            until_gone(child)
        over.set()
        station.is_over.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        settle(folder, station)
        os.kill(child, signal.SIGINT)
    assert not terminal.faults, terminal.faults
    return judge(folder, station, [*people, terminal]) | {"kills": kills, "answering": ups}


def begin(process: subprocess.Popen[str]) -> int:
    """The number of a new `gate serve`."""
    assert process.stdin and process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def settle(folder: RaceFolder, station: Station) -> None:
    """Until the last records have come."""
    until_s = time.monotonic() + PATIENCE_S
    store = folder.store()
    while time.monotonic() < until_s:
        if sum(store.counts().values()) >= len(station.fake.records):
            break
        PAUSE.wait(STEP_S)
    store.close()


def judge(
    folder: RaceFolder, station: Station, people: Sequence[Person | Terminal]
) -> dict[str, int]:
    """Nothing confirmed is missing, nothing is double."""
    store = folder.store()
    kept = Counter(str(row.data.get("text")) for row in store.rulings() if row.kind == "sighting")
    confirmed = [words for one in people for words in one.confirmed]
    missing = [words for words in confirmed if words not in kept]
    double = [words for words, count in kept.items() if count > 1]
    assert not missing, f"confirmed and not there: {missing[:5]}"
    assert not double, f"there twice: {double[:5]}"
    assert not store.spoilt_rulings()
    raws = [row.raw for row in store.observations()]
    assert Counter(raws) == Counter(raw for raw in station.fake.records if raw is not None)
    store.close()
    return {
        "confirmed": len(confirmed),
        "sent": sum(one.sent for one in people if isinstance(one, Person)),
        "records": len(raws),
    }


def main() -> None:
    """The whole campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nursery", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.nursery:
        be_nursery(json.loads(given.nursery))
        return
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as path:
        counts = campaign(given.kills, given.seed, Path(path))
    print(f"{counts}, {time.monotonic() - begun_s:.0f} s")


if __name__ == "__main__":
    main()
