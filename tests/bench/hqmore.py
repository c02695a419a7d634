"""More of race HQ: a race of 2,000 runners in a browser, and two HQs on one database."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "web"))
sys.path.insert(0, str(Path(__file__).parent.parent / "host"))

import browser as browsers
import postgresql
from hqrace import a_race, cookie, serving
from hqview import SETTLE_S, Viewers
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.serve import ACCESS_FILE
from yellowgate.store.store import Store
from yellowgate.web.access import Access
from yellowgate.web.roles import Role

LEAPS = 20
SCROLL = """
    var done = arguments[0], begun = performance.now(), at = 0;
    (function step() {
      scrollTo(0, (document.documentElement.scrollHeight - innerHeight) * at / LEAPS);
      if (at++ < LEAPS) requestAnimationFrame(step);
      else done([performance.now() - begun, performance.getEntriesByType("navigation")[0].duration,
                 document.querySelectorAll(".card").length]);
    })();""".replace("LEAPS", str(LEAPS))


def large() -> dict[str, float]:
    """The board of 2,000 runners: its size; how long Chromium takes to open it, and to scroll it
    to its end in so many leaps, each drawn.
    """
    with a_race(2_000) as (folder, _, _store), serving(folder) as (_pid, port):
        session = cookie(folder, port)
        asking = http.client.HTTPConnection("127.0.0.1", port)
        asking.request("GET", "/board", headers={"Cookie": session})
        found = {"html_2000_mib": round(len(asking.getresponse().read()) / 2**20, 2)}
        if browsers.is_missing():
            return found
        browser = browsers.Browser()
        try:
            browser.screen(390)
            url = f"http://127.0.0.1:{port}/board"
            name, _, value = session.partition("=")
            browser.driver.execute_cdp_cmd(
                "Network.setCookie", {"name": name, "value": value, "url": url}
            )
            browser.open(url)
            scroll_ms, open_ms, cards = browser.driver.execute_async_script(SCROLL)
            assert cards == 2_000
        finally:
            browser.close()
        took_s = {"open_2000_s": open_ms / 1000, "scroll_2000_s": scroll_ms / 1000}
        return found | {name: round(value, 2) for name, value in took_s.items()}


def shared(count: int = 40) -> dict[str, float]:
    """Two HQs on one PostgreSQL."""
    with (
        a_race() as (folder, _, _store),
        postgresql.database(os.environ[postgresql.VARIABLE]) as url,
    ):
        both = Store(url)
        both.merge(folder.path / "race.db")
        both.close()
        text = (folder.path / "race.toml").read_text()
        (folder.path / "race.toml").write_text(f'{text}\n[store]\nurl = "{url}"\n')
        with serving(folder) as (_, one), serving(folder) as (_pid, other):
            found = asyncio.run(relayed(folder, one, other, count))
    return {"other_hq_p50_ms": found[count // 2], "other_hq_max_ms": found[-1]}


async def relayed(folder: RaceFolder, one: int, other: int, count: int) -> list[float]:
    """How long after a ruling was confirmed at one HQ the desk of the other is told of it."""
    looking = Viewers(other, cookie(folder, other))
    ready = asyncio.Semaphore(0)
    task = asyncio.ensure_future(looking.look("desk", ready))
    await ready.acquire()
    access = Access(folder.path / ACCESS_FILE)
    session = access.begin(Role.VOLUNTEER, "bench")
    head = {"Cookie": f"yellowgate_{one}={access.cookie(session)}"}
    kept_s: dict[str, float] = {}

    def keep(name: str) -> None:
        data = {"runner": "Runner 7", "at_s": 60.0, "text": name}
        words = {"_token": access.token(session), "when_us": int(time.time() * 1e6) - 1_000_000,
                 "rulings": [{"kind": "sighting", "data": data}]}  # fmt: skip
        asking = http.client.HTTPConnection("127.0.0.1", one)
        asking.request("POST", "/keep", json.dumps(words), head)
        assert "said" in json.loads(asking.getresponse().read())
        kept_s[name] = time.perf_counter()

    for n in range(count):
        name = f"word {n}."
        looking.seen_s[name] = []
        await asyncio.to_thread(keep, name)
        await asyncio.sleep(0.3)
    await asyncio.sleep(SETTLE_S)
    task.cancel()
    assert all(looking.seen_s.values()), "a ruling that the other was not told of"
    return sorted(
        round(max(0.0, seen[0] - kept_s[name]) * 1000, 1) for name, seen in looking.seen_s.items()
    )
