"""Who is plugged in: greeted once, ours attended to, foreign ports left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_station import FakeStation, tap_record
from fake_station import Line as FakePort
from gate_wire import message
from yellowgate.cli.attend import Desk
from yellowgate.cli.context import RaceFolder
from yellowgate.cli.main import run
from yellowgate.errors import GateError, PortError
from yellowgate.link.attend import AGAIN_S, LET_GO_S, Attendant, Report
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.port import Port
from yellowgate.link.session import Session

FIRST, SECOND = "/dev/ttyACM0", "/dev/ttyACM1"


class Silent(FakeStation):
    """A thing of somebody else: it says nothing of ours."""

    def receive(self, data: bytes, uptime_us: int) -> bytes:
        return b""


class Bench:
    """Ports with things in them. Threads do not run beside: run() lets them go on to their end."""

    def __init__(self) -> None:
        self.plugged: dict[str, FakeStation] = {}
        self.names: dict[str, str] = {}
        self.refused: set[str] = set()
        self.opened: list[str] = []
        self.ports: list[FakePort] = []
        self.served: list[str] = []
        self.passed_s = 0.0
        self.waiting: list[Callable[[], None]] = []
        self.changes = 0
        self.serve: Callable[[Port, Session, message.Welcome, Report], None] = self.note
        self.attendant = self.make()

    def make(self, *always: str) -> Attendant:
        return Attendant(
            lambda: dict(self.names), self.open, self.serve_it, lambda: 7,
            self.monotonic_s, always, self.changed, self.waiting.append,
        )  # fmt: skip

    def serve_it(self, port: Port, session: Session, welcome: message.Welcome, say: Report) -> None:
        self.serve(port, session, welcome, say)

    def plug(self, url: str, station: FakeStation, identity: str = "one") -> None:
        self.plugged[url], self.names[url] = station, identity

    def pull(self, url: str) -> None:
        del self.plugged[url], self.names[url]

    def open(self, url: str) -> FakePort:
        self.opened.append(url)
        if url in self.refused or url not in self.plugged:
            raise PortError(f"{url}: cannot be opened (another program has it); close it")
        self.ports.append(FakePort(self.plugged[url]))
        return self.ports[-1]

    def monotonic_s(self) -> float:
        return max([self.passed_s, *(port.now_us / 1e6 for port in self.ports)])

    def changed(self) -> None:
        self.changes += 1

    def note(self, _port: Port, _session: Session, welcome: message.Welcome, say: Report) -> None:
        """The cable is pulled while it is listened to."""
        self.served.append(welcome.name)
        say("listening")
        raise PortError("the connection broke off; check the cable")

    def look(self, after_s: float = 0.0) -> None:
        self.passed_s = self.monotonic_s() + after_s
        self.attendant.step()
        while self.waiting:
            self.waiting.pop(0)()

    def states(self) -> list[tuple[str, str]]:
        return [(row.url, row.what) for row in self.attendant.states()]


class Clock:
    """This laptop's clock, at the bench."""

    reference = this_laptop().reference
    reference_id = 7
    name = "bench"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def utc_us(self) -> int:
        return 1_742_312_220_000_000

    def monotonic_us(self) -> int:
        return int(self._bench.monotonic_s() * 1e6)


def station() -> FakeStation:
    return FakeStation([tap_record(seq) for seq in range(3)])


def test_a_foreign_port_is_opened_once_as_long_as_it_is_there() -> None:
    bench = Bench()
    bench.plug(FIRST, Silent([]))
    for _ in range(5):
        bench.look(60)
    assert bench.opened == [FIRST]
    assert bench.states() == [(FIRST, "not ours")]
    bench.pull(FIRST)
    bench.look()
    assert bench.states() == []
    bench.plug(FIRST, station(), "another thing")
    bench.look()
    assert bench.served == ["Gate"]


def test_another_thing_on_the_same_port_is_greeted_too() -> None:
    bench = Bench()
    bench.plug(FIRST, Silent([]))
    bench.look()
    bench.plug(FIRST, station(), "two")  # swapped between two looks
    bench.look()
    assert bench.served == ["Gate"]


def test_a_station_that_comes_back_is_served_again_under_any_name() -> None:
    bench = Bench()
    bench.plug(FIRST, station())
    bench.look()
    assert bench.states() == [(FIRST, "gone")]
    assert "broke off" in bench.attendant.states()[0].text
    bench.look(AGAIN_S + 1)
    assert bench.served == ["Gate", "Gate"]
    back = bench.plugged[FIRST]
    bench.pull(FIRST)
    bench.plug(SECOND, back)
    bench.look()
    assert bench.served == ["Gate"] * 3
    assert bench.states() == [(SECOND, "gone")]


def test_a_port_that_another_program_has_is_tried_again() -> None:
    bench = Bench()
    bench.plug(FIRST, station())
    bench.refused.add(FIRST)
    bench.look()
    bench.look(AGAIN_S / 2)
    assert bench.opened == [FIRST]
    assert bench.states() == [(FIRST, "busy")]
    bench.refused.clear()
    bench.look(AGAIN_S)
    assert bench.served == ["Gate"]


def test_a_port_is_let_go_for_another_program_and_taken_again() -> None:
    bench = Bench()
    bench.plug(FIRST, station())

    def serve(port: Port, _session: Session, welcome: message.Welcome, say: Report) -> None:
        bench.served.append(welcome.name)
        say("listening")
        if len(bench.served) == 1:
            assert "let go for 5 minutes" in bench.attendant.let_go(FIRST)
        else:
            raise PortError("the connection broke off")
        port.read()

    bench.serve = serve
    bench.look()
    assert bench.states() == [(FIRST, "gone")]
    assert "let go for other programs" in bench.attendant.states()[0].text
    bench.look(LET_GO_S - 10)
    assert bench.opened == [FIRST]
    bench.look(20)
    assert bench.served == ["Gate", "Gate"]
    with pytest.raises(GateError, match="nothing of this program holds it"):
        bench.attendant.let_go(FIRST)


def test_one_that_is_served_is_not_opened_again() -> None:
    bench = Bench()
    bench.plug(FIRST, station())
    bench.attendant.step()  # its thread has not begun
    bench.attendant.step()
    assert len(bench.waiting) == 1
    bench.pull(FIRST)
    bench.attendant.step()  # pulled while its thread runs: the thread sees it by itself
    assert [row.url for row in bench.attendant.states()] == [FIRST]


def test_what_goes_wrong_with_one_takes_nothing_from_the_others() -> None:
    bench = Bench()

    def serve(_port: Port, _session: Session, welcome: message.Welcome, say: Report) -> None:
        bench.served.append(welcome.name)
        if len(bench.served) == 1:
            raise KeyError("oh")
        raise GateError("no station's log is known")

    bench.serve = serve
    bench.plug(FIRST, station())
    bench.plug(SECOND, station(), "two")
    bench.look()
    texts = {row.url: row.text for row in bench.attendant.states()}
    assert texts == {FIRST: "KeyError: 'oh'", SECOND: "no station's log is known"}
    assert [what for _, what in bench.states()] == ["waiting", "waiting"]


def test_a_port_that_is_named_is_tried_for_ever() -> None:
    bench = Bench()
    bench.attendant = bench.make("socket://tower:7001")
    bench.look()
    assert bench.states() == [("socket://tower:7001", "busy")]
    bench.plugged["socket://tower:7001"] = Silent([])
    bench.look(AGAIN_S + 1)
    assert bench.states() == [("socket://tower:7001", "busy")]
    bench.plugged["socket://tower:7001"] = station()
    bench.look(AGAIN_S + 1)
    assert bench.served == ["Gate"]


def test_a_station_is_synced_and_then_listened_to(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "race")]) == 0
    folder = RaceFolder(tmp_path / "race")
    bench, tapped = Bench(), list[tuple[str, str]]()
    one = station()
    bench.plug(FIRST, one)
    said: list[tuple[str, str]] = []

    class Stop(Exception):
        """The test has seen enough."""

    def serve(port: Port, session: Session, welcome: message.Welcome, _say: Report) -> None:
        def say(what: str, text: str = "", done: int = 0, total: int = 0) -> None:
            said.append((what, text))
            if what == "listening":
                seq = len(one.records)
                head = bytearray(message.RECORDS_HEAD_BYTES)
                message.pack_records_head_into(memoryview(head), seq, seq + 1)
                one.records.append(tap_record(seq))
                answer = one.link.answer(
                    message.RECORDS, message.REFERENCE_NEWS, bytes(head) + tap_record(seq)
                )
                bench.ports[-1]._waiting += answer

        def on_tap(name: str, tag: str) -> None:
            tapped.append((name, tag))
            raise Stop

        clock = Clock(bench)
        with pytest.raises(Stop):
            Desk(folder, clock, on_tap).serve(port, session, welcome, say)

    bench.serve = serve
    bench.look()
    store = folder.store()
    assert len(store.observations()) == len(one.records)
    assert tapped == [("Gate", (len(one.records) - 1).to_bytes(7, "big").hex())]
    assert said[0] == ("syncing", "")
    assert said[-1][0] == "listening"
    assert "new records of" in said[-1][1]
    store.close()
