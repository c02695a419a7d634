"""The camp's laptop with what is plugged into it, the people who look at it, and the same race by
the words of the command line.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from browser import Browser
from hqkit import Clock, Served, headquarters
from yellowgate.cli.attend import Desk
from yellowgate.cli.context import RaceFolder, write_whole
from yellowgate.cli.main import run
from yellowgate.link.attend import Attendant, PortState
from yellowgate.link.hostclock import LaptopClock, this_laptop
from yellowgate.link.port import SerialPort
from yellowgate.model import Ruling
from yellowgate.records import EPOCH_2020_US
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.sim import golden, script, serve, station
from yellowgate.web.roles import Role

# One browser with the cookies of four people: an address of this laptop for each of them.
DIRECTOR, FIRST, SECOND, VIEWER = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
PHONE, LAPTOP = 390, 1280
SLICE_US = 1_800_000_000
LISTENING = (
    "return [...document.querySelectorAll('#ports li')].filter("
    "at => at.innerText.includes('listening: ')).length === %d"
)


class Field:
    """The stations of a race, played as far as the race has got."""

    def __init__(self, plans: Sequence[station.Plan]) -> None:
        self.running = [station.Running(plan) for plan in plans]

    def play(self, until_s: float) -> None:
        """Up to so long after the start."""
        until_us = script.LEAD_US + int((golden.LEAD_S + until_s) * 1_000_000)
        for one in self.running:
            while one.now_us < until_us:
                one.play(min(until_us, one.now_us + SLICE_US))

    @contextmanager
    def plugged(self) -> Iterator[list[tuple[station.Running, serve.StationServer]]]:
        """All of them on ports, which are others each time."""
        over = threading.Event()
        servers = [serve.StationServer(one) for one in self.running]
        threads = [threading.Thread(target=server.serve, args=(over.is_set,)) for server in servers]
        try:
            for thread in threads:
                thread.start()
            yield list(zip(self.running, servers, strict=True))
        finally:
            over.set()
            for thread in threads:
                thread.join()
            for server in servers:
                server.close()

    def close(self) -> None:
        """Switched off."""
        for one in self.running:
            one.close()


def laptop(one: station.Running, server: serve.Server) -> LaptopClock:
    """A laptop whose clock is right in the world of this station."""
    world_us = time.monotonic_ns() // 1000 + server.begin()
    utc_us = EPOCH_2020_US + one.course.progress.utc_us + world_us
    return this_laptop(utc_us - time.time_ns() // 1000)


class Camp:
    """The camp's laptop: HQ, and what is plugged into it. now_us: what its clock shows."""

    def __init__(self, path: Path, toml: str, now_us: int) -> None:
        path.mkdir()
        self.folder = RaceFolder(path)
        write_whole(path / "race.toml", toml, private=True)
        self.folder.store().close()
        self.clock = Clock(now_us)
        self.served = Served(headquarters(self.folder, self.clock), host="0.0.0.0")
        self.attendants: list[Attendant] = []
        self.served.hq.ports = self

    def states(self) -> list[PortState]:
        """What is plugged in."""
        return [row for one in self.attendants for row in one.states()]

    def let_go(self, url: str) -> str:
        """Nobody asks for it here."""
        raise NotImplementedError(url)

    def plug_in(self, plugged: Sequence[tuple[station.Running, serve.StationServer]]) -> None:
        """These, and nothing that was plugged in before."""
        hq = self.served.hq
        for old in self.attendants:
            old.end()
        self.attendants = []
        for one, server in plugged:
            clock = laptop(one, server)
            desk = Desk(self.folder, clock, lambda _, tag: hq.enrolment.tap(hq, tag))
            made = Attendant(
                dict[str, str], SerialPort, desk.serve, clock.utc_us, time.monotonic, [server.url],
                lambda: hq.touched("stations"),
            )  # fmt: skip
            self.attendants.append(made)
            made.step()

    def is_now(self, now_us: int) -> None:
        """Time has passed; the pages show it."""
        self.clock.go((now_us - self.clock.now_us) / 1e6)
        self.served.hq.changed()

    def url(self, host: str, path: str = "") -> str:
        """Of a page, by the address under which this person knows it."""
        return f"http://{host}:{self.served.port}/{path}"

    def rulings(self) -> list[Ruling]:
        """All that was kept."""
        store = self.folder.store()
        try:
            return store.rulings()
        finally:
            store.close()


@dataclass
class Seat:
    """Somebody who looks at HQ. host: the address of this laptop that this person came by."""

    browser: Browser
    camp: Camp
    host: str
    role: Role
    name: str
    width: int = PHONE

    def come(self) -> Seat:
        """In, with the code of the role."""
        self.browser.screen(self.width)
        code = self.camp.served.hq.access.codes[self.role]
        self.browser.open(self.camp.url(self.host, f"in#{code}"))
        self.browser.one("#name").send_keys(self.name)
        self.browser.one("main button").click()
        self.browser.until_at("/results" if self.role == Role.VIEWER else "/desk")
        return self

    def look(self, path: str) -> None:
        """At this page."""
        self.browser.screen(self.width)
        self.browser.open(self.camp.url(self.host, path))

    def press(self, words: str, within: str = "main") -> None:
        """The button that says so."""
        assert self.browser.press(words, within), f"no button {words!r}:\n{self.browser.text()}"

    def keep(self, said: str) -> None:
        """The second touch: what was shown is kept."""
        self.browser.until("Keep it")
        self.press("Keep it")
        self.browser.until(f"Kept: {said}")

    def decide(self, title: str, answer: str, said: str) -> None:
        """Two touches at the desk, for what waits under this title."""
        self.browser.until(title)
        script = (
            f"return [...document.querySelectorAll('.item')].filter("
            f"at => at.innerText.includes({json.dumps(title)}))[0].id"
        )
        self.press(answer, f"#{self.browser.run(script)}")
        self.keep(said)

    def enter(self, line: str, said: str) -> None:
        """One line of fast entry."""
        self.browser.one("#line").send_keys(line + "\n")
        self.browser.until(f"Kept: {said}")

    def fill(self, selector: str, text: str) -> None:
        """A field of a form."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.browser.run(f"{found}.value = {json.dumps(text)}")


@dataclass(frozen=True)
class Said:
    """A decision as the command line takes it. of: of an undo, the kind that it takes back."""

    kind: str
    words: tuple[str, ...]
    by: str
    why: str = ""
    of: str = ""


def content(rows: Sequence[Ruling]) -> list[str]:
    """What was decided, by whom and why, whenever; an undo by what it takes back."""
    by_id = {row.id: row for row in rows}

    def words(row: Ruling) -> str:
        data = dict(row.data)
        target = by_id.get(str(data.get("ruling")))
        if target is not None:
            data["ruling"] = words(target)
        return repr((row.kind, sorted(data.items()), row.by, row.why))

    return [words(row) for row in rows]


def copied(path: Path, camp: Camp) -> RaceFolder:
    """Another folder with the same records, and nothing decided."""
    other = RaceFolder(path)
    path.mkdir()
    for name in ("race.toml", "roster.csv"):
        write_whole(path / name, (camp.folder.path / name).read_text(), private=True)
    theirs, ours = camp.folder.store(), other.store()
    ours.add_observations((row.log_id, row.raw) for row in theirs.observations())
    ours.add_log_stations(
        (log_id, number) for log_id, some in theirs.log_stations().items() for number in some
    )
    for tip in theirs.tips():
        ours.add_tip(*tip)
    theirs.close()
    ours.close()
    return other


def in_the_terminal(path: Path, camp: Camp, decided: Sequence[Said]) -> RaceFolder:
    """The same decisions by `gate ruling add`; kept there under the moments that the pages have."""
    typed = copied(path / "typed", camp)
    for one in decided:
        words = list(one.words)
        if one.of:
            store = typed.store()
            words = [f"ruling={next(row.id for row in store.rulings() if row.kind == one.of)}"]
            store.close()
        command = ["ruling", "add", one.kind, *words, "--by", one.by, "--why", one.why]
        assert run([*command, "--race", str(typed.path)]) == 0, one
    store, browsed = typed.store(), camp.rulings()
    rows = dict(zip(content(store.rulings()), store.rulings(), strict=True))
    store.close()
    assert sorted(rows) == sorted(content(browsed))
    again = copied(path / "again", camp)
    store = again.store()
    store.add_rulings(
        ruling_kinds.make(
            row.kind, browser.data if row.kind == "undo" else row.data, row.by, row.why,
            browser.at_us,
        )
        for browser, words in zip(browsed, content(browsed), strict=True)
        if (row := rows[words])
    )  # fmt: skip
    store.close()
    return again


def downloaded(browser: Browser, folder: Path, press: Callable[[], object]) -> bytes:
    """The file that the browser gets when that is pressed."""
    folder.mkdir(exist_ok=True)
    before = set(folder.iterdir())
    browser.downloads(folder)
    press()
    browser.until_true(
        lambda: (
            bool(new := set(folder.iterdir()) - before)
            and not any(one.suffix == ".crdownload" or one.name.startswith(".") for one in new)
        )
    )
    (found,) = set(folder.iterdir()) - before
    return found.read_bytes()
