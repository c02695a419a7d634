"""Race HQ under its viewers: how soon an arrival is on every screen, and what that costs.

`gate serve` runs as a process of its own. This one stores arrivals into the race's folder, as a
sync beside it would, and looks at the board as so many browsers. A screen shows an arrival when
the stream has told the browser of it; drawing it is the phone's own work. Then the board is asked
for by one who has it already, and a race of 2,000 runners is opened and scrolled in Chromium, where
there is one. With YELLOWGATE_TEST_POSTGRESQL two HQs share a database: from a ruling confirmed at
one to the desk at the other.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import resource
import time

import hqmore
from gate_wire import kinds
from hqrace import (
    OBSERVATIONS,
    STATIONS,
    Writer,
    a_race,
    cookie,
    cpu_s,
    rss_mib,
    runner_tag,
    serving,
)
from hqview import SETTLE_S, Viewers
from yellowgate.store.store import Store

PAGES = ("board", "board", "board", "screen", "desk")  # what people look at


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
    await asyncio.sleep(7 * SETTLE_S if arrivals > 5 else 4 * SETTLE_S)
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
        "quiet_minute_cpu_s": round(quiet_cpu_s / quiet_s * 60, 2),
        "rss_mib": round(memory, 1),
    }


def measure(viewers: int, arrivals: int, every_s: float) -> dict[str, float]:
    """One run, in a race of its own."""
    with a_race() as (folder, writer, store), serving(folder) as (pid, port):
        looking = Viewers(port, cookie(folder, port))
        found = asyncio.run(watch(pid, looking, viewers, store, writer, arrivals, every_s))
        return found | {"fragment_ms": unchanged_ms(pid, port, looking.cookie)}


def unchanged_ms(pid: int, port: int, session: str, count: int = 500) -> float:
    """CPU of an answer to who has the board already."""
    asking = http.client.HTTPConnection("127.0.0.1", port)

    def ask(**headers: str) -> http.client.HTTPResponse:
        asking.request("GET", "/board", headers={"Cookie": session, **headers})
        answer = asking.getresponse()
        answer.read()
        return answer

    tag = ask().getheader("ETag") or ""
    begun_s = cpu_s(pid)
    same = sum(ask(**{"If-None-Match": tag}).status == 304 for _ in range(count))
    assert same >= count - 5  # it may change, once in a while
    return round((cpu_s(pid) - begun_s) * 1000 / count, 2)


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
        found |= hqmore.large()
        found |= hqmore.shared() if os.environ.get(hqmore.postgresql.VARIABLE) else {}
    if given.json:
        print(json.dumps(found))
        return
    print(f"{OBSERVATIONS} observations, {STATIONS} stations; 50 viewers, and with _500 so many")
    for key, value in found.items():
        print(f"  {key:32} {value}")


if __name__ == "__main__":
    main()
