"""gate roster enrol: each runner is called and taps the tag that will be worn."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import click
from gate_wire import kinds

from yellowgate.cli.context import RaceFolder, race_option
from yellowgate.errors import GateError
from yellowgate.event import roster as rosters
from yellowgate.link import service
from yellowgate.link.hostclock import this_laptop
from yellowgate.link.port import SerialPort, find_stations
from yellowgate.link.session import Session
from yellowgate.model import Runner

SKIP = "s"
UNDO = "u"
QUIT = "q"


@dataclass
class Enrolment:
    """Who is called, and who has which tag: the whole logic, without station or keyboard.

    queue: indices of the runners still to be called. done: what was given, newest last, as
    (index of the runner, tag before).
    """

    runners: list[Runner]
    queue: list[int] = field(default_factory=list[int])
    done: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @classmethod
    def begin(cls, runners: Sequence[Runner], again: bool = False) -> Enrolment:
        """Those without a tag are called; all of them with again."""
        queue = [at for at, runner in enumerate(runners) if again or not runner.tag]
        return cls(list(runners), queue)

    def called(self) -> Runner | None:
        """Whose turn it is, None at the end."""
        return self.runners[self.queue[0]] if self.queue else None

    def tap(self, tag: str) -> str:
        """This tag was held to the reader. Returns what to say; gives it only when it is free."""
        runner = self.called()
        if runner is None:
            return ""
        if kinds.is_random_uid(bytes.fromhex(tag)):
            return f"{tag} is no tag for {runner.name}: {rosters.RANDOM_UID}"
        owner = next((other for other in self.runners if other.tag == tag), None)
        if owner is not None and owner is not runner:
            return f"{tag} is {owner.name}'s already: take another tag for {runner.name}"
        index = self.queue.pop(0)
        self.done.append((index, runner.tag))
        self.runners[index] = replace(runner, tag=tag)
        return f"{runner.name} has {tag}"

    def skip(self) -> str:
        """The called one comes last."""
        if self.queue:
            self.queue.append(self.queue.pop(0))
        return ""

    def undo(self) -> str:
        """Take back the last tag that was given; that runner is called again."""
        if not self.done:
            return "nothing to undo"
        index, tag_before = self.done.pop()
        runner = self.runners[index]
        self.runners[index] = replace(runner, tag=tag_before)
        self.queue.insert(0, index)
        return f"{runner.name} is without {runner.tag} again"


@click.command()
@click.option("--port", "url", metavar="URL", help="The station on the table.")
@click.option("--again", is_flag=True, help="Call those who have a tag, too.")
@race_option
def enrol(folder: RaceFolder, url: str | None, again: bool) -> None:
    """Call the runners one by one and give each the next tag that is tapped.

    The roster is written after each. A tag that somebody has already is refused. Keys, each with
    Enter: s skips, u undoes the last, q ends.

    \b
    Example: gate roster enrol --port /dev/ttyACM0
    """
    enrolment = Enrolment.begin(folder.roster(), again)
    if enrolment.called() is None:
        click.echo("every runner has a tag; --again calls all of them")
        return
    urls = [url] if url else find_stations()
    if len(urls) != 1:
        raise GateError(f"{len(urls)} Picos on USB: name the station's port with --port")
    port = SerialPort(urls[0])
    try:
        _run(Session(port, this_laptop().monotonic_us), enrolment, _keys(), folder.write_roster)
    finally:
        port.close()
    left = len(enrolment.queue)
    click.echo(f"{len(enrolment.done)} tags given, {left} runners without" if left else "all done")


def _run(
    session: Session,
    enrolment: Enrolment,
    keys: Callable[[], str],
    write: Callable[[list[Runner]], None],
) -> None:
    welcome = session.hello()
    called: Runner | None = None
    tapped: set[str] = set()
    for tag in service.tags(session, welcome):
        key = keys()
        said = ""
        if tag and tag not in tapped:
            said = enrolment.tap(tag)
            tapped = {tag}  # held a moment too long, it is not the next runner's
        elif key == SKIP:
            said = enrolment.skip()
        elif key == UNDO:
            said = enrolment.undo()
            tapped = set()
        elif key == QUIT:
            return
        if said:
            click.echo(f"   {said}")
            write(enrolment.runners)
        runner = enrolment.called()
        if runner is None:
            return
        if runner is not called:
            called = runner
            click.echo(f"{runner.bib(1) or '-':>5}  {runner.name}: tap the tag")


def _keys() -> Callable[[], str]:
    """A function that gives the next line typed, "" when there is none."""
    lines: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line.strip().lower())

    threading.Thread(target=listen, daemon=True).start()

    def take() -> str:
        try:
            return lines.get_nowait()
        except queue.Empty:
            return ""

    return take
