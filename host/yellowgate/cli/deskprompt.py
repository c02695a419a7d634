"""The desk on a terminal: completion, history, and what a line would do while it is typed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from textwrap import wrap

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from rich.text import Text

from yellowgate.cli.context import console, echo
from yellowgate.cli.desksession import Desk
from yellowgate.desk.verbs import VERBS
from yellowgate.desk.waiting import waiting
from yellowgate.errors import GateError
from yellowgate.report.words import clean

QUIT = ("quit", "exit", "q")
NAMES_MAX = 8
LIVE_ROWS_MAX = 4  # of what a line would do, while it is typed


class Words(Completer):
    """Names first, then what can be said of a runner."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Asked for by Tab."""
        text = document.text_before_cursor
        before, _, word = text.rpartition(" ")
        try:
            people = self._desk.fresh.moment().people
        except GateError:
            return
        if not before:
            yield from _beginning(self._desk.commands, word)
        for runner in people.like(text.strip())[:NAMES_MAX] if text.strip() else ():
            yield Completion(runner.name, start_position=-len(text), display_meta=runner.bib(1))
        if before:
            yield from _beginning(VERBS.words, word)


def _beginning(known: Iterable[str], word: str) -> Iterable[Completion]:
    found = [one for one in known if one and one.startswith(word.lower())]
    return (Completion(one, start_position=-len(word)) for one in found)


def talk(desk: Desk) -> int:
    """Ask for lines until there are no more."""
    out = console()
    session: PromptSession[str] = PromptSession(
        history=_history(),
        completer=Words(desk),
        complete_while_typing=False,
        bottom_toolbar=lambda: _live(desk),
    )
    _show(desk, "")
    while True:
        try:
            line = session.prompt(lambda: f"{_waits(desk)}> ")
        except KeyboardInterrupt:
            continue  # the line is given up, not the desk
        except EOFError:
            return 0
        if line.strip().lower() in QUIT:
            return 0
        _show(desk, line)
        out.print()


def _show(desk: Desk, line: str) -> None:
    """A failure is one line, and the desk goes on."""
    try:
        for part in desk.do(line):
            console().print(part)
    except GateError as error:
        console().print(Text(clean(str(error)), style="bold red"))


def _waits(desk: Desk) -> str:
    try:
        count = len(waiting(desk.fresh.moment()))
    except GateError:
        return "?"
    return f"{count} waiting" if count else "desk"


def _live(desk: Desk) -> str:
    try:
        text = desk.live(get_app().current_buffer.text)
    except (GateError, ValueError) as error:
        text = clean(str(error))
    rows = [row for line in text.splitlines() for row in wrap(line, console().width - 1)]
    return "\n".join(rows[:LIVE_ROWS_MAX])


def _history() -> History:
    """Lines of former times at this desk; kept by the laptop alone."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        (home / "yellowgate").mkdir(parents=True, exist_ok=True)
        return FileHistory(str(home / "yellowgate" / "desk-history"))
    except OSError as error:
        echo(f"no history: {error}", err=True)
        return InMemoryHistory()
