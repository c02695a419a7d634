"""gate roster enrol: each runner is called and taps the tag that will be worn."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from yellowgate.cli.context import RaceFolder, echo, race_option
from yellowgate.errors import GateError
from yellowgate.event.enrolment import QUIT, Enrolment
from yellowgate.model import Runner

if TYPE_CHECKING:
    from yellowgate.link.session import Session


@click.command()
@click.option("--port", "url", metavar="URL", help="The station on the table.")
@click.option("--again", is_flag=True, help="Call those who have a tag, too.")
@race_option
def enrol(folder: RaceFolder, url: str | None, again: bool) -> None:
    """Give out tags by tapping them: the runners are called in order, or as they come.

    Type a bib or a part of a name, and that runner is called. The roster is written after each.
    Each with Enter: s the next one, off takes a tag off, second gives a second one, move
    takes one that another has, u undoes, q ends.

    \b
    Example: gate roster enrol --port /dev/ttyACM0
    """
    from yellowgate.link.hostclock import this_laptop
    from yellowgate.link.port import SerialPort, find_stations
    from yellowgate.link.session import Session

    enrolment = Enrolment.begin(folder.roster(), again)
    if not enrolment.runners:
        raise GateError("the roster is empty: gate roster import FILE")
    urls = [url] if url else find_stations()
    if len(urls) != 1:
        raise GateError(f"{len(urls)} Picos on USB: name the station's port with --port")
    port = SerialPort(urls[0])
    try:
        _run(Session(port, this_laptop().monotonic_us), enrolment, _keys(), folder.write_roster)
    finally:
        port.close()
    left = sum(not runner.tags for runner in enrolment.runners)
    echo(f"{left} runners without a tag" if left else "all have a tag")


def _run(
    session: Session,
    enrolment: Enrolment,
    keys: Callable[[], str],
    write: Callable[[list[Runner]], None],
) -> None:
    from yellowgate.link import service

    welcome = session.hello()
    shown: object = ()
    tapped: set[str] = set()
    for tag in service.tags(session, welcome):
        typed, before = keys(), list(enrolment.runners)
        if typed.lower() == QUIT:
            return
        said, tapped = heard(enrolment, typed, tag, tapped)
        for words in said:
            echo(f"   {words}")
        if enrolment.runners != before:
            write(enrolment.runners)
        runner = enrolment.called()
        if (runner and runner.name, bool(said or typed)) != shown:
            shown = (runner and runner.name, False)
            echo(_call(runner))


def heard(
    enrolment: Enrolment, typed: str, tag: str, tapped: set[str]
) -> tuple[list[str], set[str]]:
    """What was typed and tapped at one look, "" for nothing: whoever is called by the keyboard is
    meant by the tap. tapped: tags that lie on the reader since before. Returns what to say, and
    those that lie there now.
    """
    said: list[str] = []
    if typed:
        said.append(enrolment.typed(typed))
        tapped = set()
    if tag and tag not in tapped:
        said.append(enrolment.tap(tag))
        tapped = {tag}  # held a moment too long, it is not the next runner's
    return [words for words in said if words], tapped


def _call(runner: Runner | None) -> str:
    if runner is None:
        return "all have a tag; type a bib or a name for another, q ends"
    has = f" (has {' and '.join(runner.tags)})" if runner.tags else ""
    return f"{runner.bib(1) or '-':>5}  {runner.name}{has}: tap the tag"


def _keys() -> Callable[[], str]:
    """A function that gives the next line typed, "" when there is none."""
    lines: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line.strip())

    threading.Thread(target=listen, daemon=True).start()

    def take() -> str:
        try:
            return lines.get_nowait()
        except queue.Empty:
            return ""

    return take
