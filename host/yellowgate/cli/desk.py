"""gate desk, gate runner: the race in few keys, without a start of the program for each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType
from rich.text import Text

from yellowgate.cli.board import reader
from yellowgate.cli.context import (
    RACE_FILE,
    ROSTER_FILE,
    STORE_FILE,
    STORE_URL_VARIABLE,
    RaceFolder,
    console,
    echo,
    now_us,
    race_option,
)
from yellowgate.cli.deskview import (
    LETTERS,
    answer_words,
    entry_view,
    hits_view,
    paste_view,
    runner_view,
    waiting_view,
)
from yellowgate.cli.ruling import by_option
from yellowgate.errors import GateError
from yellowgate.report.words import clean
from yellowgate.rulings.kinds import words

if TYPE_CHECKING:
    from yellowgate.desk.decide import Kept, Wanted
    from yellowgate.desk.entry import Entry
    from yellowgate.desk.fresh import Fresh
    from yellowgate.desk.waiting import Answer, Item
    from yellowgate.official import Moment
    from yellowgate.store.store import Store

HELP = """\
6 all, 6 12/13       all pages of 6's arrival, or so many
17 35:40:46          a time that was written down; 17 in 3:21, 17 out 3:40
33 out rtc           is out, and why; with "camp" behind it: and back in camp
33 back, 33 left     is back in camp; left for the next loop; now, or at a time
59 22                the press with the number 59 was 22
17 seen 14:02:00 at the prison
7,8,3 out rtc camp   several at once;  6 all -- counted twice: why, kept with it
grace, void, bib, tag, cw, ccw, 350m          as in: 17 grace loop 2
waiting, or Enter    what waits; ok, ok 2, ok 2b: its usual answer, or another
17, find mül         one runner;  board: who is out there
undo, undo ID        take back the last ruling of yours, or that one
by NAME              who decides from now on;  quit, or Ctrl-D"""
SHOWN_LEAST = 8
LIVE_RUNNERS_MAX = 500  # with more, what a line changes is shown when it is kept
FORMS = {
    "pages": "{bib} 12/13", "sighting": "{bib} seen 14:02:00 at PLACE", "dropout": "{bib} out rtc",
    "paper": "{bib} in 35:40:46", "assign": "press {number} WHO",
}  # fmt: skip


class Desk:
    """One person at the prompt: lines in, what is to be shown out. It knows no terminal."""

    def __init__(self, fresh: Fresh, store: Store, by: str) -> None:
        from yellowgate.desk.decide import Keeper

        self.by = by
        self.fresh = fresh
        self.store = store
        self._keeper = Keeper()
        self.failed = False
        self._choices: Sequence[str] = ()
        self._items: Sequence[Item] = ()
        self._asked: tuple[Sequence[Wanted], Sequence[str]] | None = None
        self._commands: dict[str, Callable[[str], Iterator[RenderableType]]] = {
            "waiting": self._waiting,
            "ok": self._ok,
            "find": self._find,
            "board": self._board,
            "undo": self._undo,
            "by": self._by,
            "help": self._help,
        }

    @property
    def commands(self) -> tuple[str, ...]:
        """The words that are no line about a runner."""
        return tuple(self._commands)

    def do(self, line: str) -> Iterator[RenderableType]:
        """Carry out one line, or several that were pasted.

        Raises GateError when race or store cannot be read or written.
        """
        self.failed = False
        if len(line.strip().splitlines()) > 1:
            yield from self._paste(line)
            return
        text = " ".join(line.split())
        choices, self._choices = self._choices, ()
        asked, self._asked = self._asked, None
        word, _, rest = text.partition(" ")
        if asked is not None and word.lower() in ("y", "yes"):
            yield from self._keep(*asked)
        elif choices and text.isdigit() and 1 <= int(text) <= len(choices):
            yield from self._entry(choices[int(text) - 1])
        elif not text:
            yield from self._waiting("")
        elif word.lower() in self._commands:
            yield from self._commands[word.lower()](rest)
        else:
            yield from self._entry(text)

    def live(self, text: str) -> str:
        """What a line would do, while it is typed; "" for nothing to say."""
        from yellowgate.desk.decide import preview
        from yellowgate.desk.entry import understand

        word = text.strip().partition(" ")[0].lower()
        if not text.strip() or word in self._commands:
            return ""
        moment = self.fresh.moment()
        entry = understand(text, moment, self.by)
        if not entry.is_clear:
            return clean("; ".join(entry.problems) or entry.runner)
        is_quick = len(moment.race.roster) <= LIVE_RUNNERS_MAX and not entry.already
        changes = preview(moment, entry.wanted, self.by) if is_quick else []
        return "\n".join([clean(f"{entry.says}   {entry.compare}"), *map(clean, changes[:3])])

    # One line

    def _entry(self, text: str) -> Iterator[RenderableType]:
        from yellowgate.desk.entry import understand

        moment = self.fresh.moment()
        entry = understand(text, moment, self.by)
        if entry.kind == "find" and not entry.problems:
            yield from self._find(entry.runner or text.partition(" ")[2])
        elif entry.kind == "undo" and not entry.wanted and not entry.problems:
            yield from self._undo("")
        elif not entry.is_clear:
            self.failed = True
            self._choices = [choice.line for choice in entry.choices]
            yield entry_view(entry)
        else:
            yield from self._clear(moment, entry)

    def _paste(self, text: str) -> Iterator[RenderableType]:
        """Lines that stand together: what was not understood is named, the rest kept on y."""
        from yellowgate.desk.entry import understand_all

        entries = understand_all(text, self.fresh.moment(), self.by)
        yield paste_view(entries)
        self.failed = any(entry.problems for entry in entries)
        wanted = [row for entry in entries if not entry.already for row in entry.wanted]
        if wanted:
            self._asked = (wanted, ())
            yield Text(f"y: keep {len(wanted)} ruling{'s' if len(wanted) > 1 else ''}", "bold")

    def _clear(self, moment: Moment, entry: Entry) -> Iterator[RenderableType]:

        if entry.compare:
            yield Text(clean(entry.compare), style="dim")
        if entry.already:
            yield from self._keep(entry.wanted, ())
        else:
            yield from self._decide(moment, entry.wanted)

    def _decide(self, moment: Moment, wanted: Sequence[Wanted]) -> Iterator[RenderableType]:
        """Show what it would do, and keep it; where the race speaks against it, on y."""
        from yellowgate.desk.decide import outlook

        try:
            seen = outlook(moment, wanted, self.by)
        except ValueError as error:
            raise GateError(str(error)) from error
        for line in dict.fromkeys([*seen.changes, *seen.remarks]):
            style = "yellow" if line in seen.objections else "dim"
            yield Text(f"  {clean(line)}", style=style)
        if seen.objections:
            self.failed = True
            self._asked = (wanted, ())
            yield Text("nothing was kept; y: keep it all the same", style="red")
        else:
            yield from self._keep(wanted, ())

    def _keep(self, wanted: Sequence[Wanted], seen: Sequence[str]) -> Iterator[RenderableType]:
        try:
            roster = self.fresh.moment().race.roster
            kept = self._keeper.keep(
                self.store, wanted, self.by, now_us(), seen=seen, roster=roster
            )
        except ValueError as error:
            raise GateError(str(error)) from error
        if kept.against:
            self.failed = True
            self._asked = (wanted, [*seen, *(row.id for row in kept.against)])
        yield _kept_view(kept)

    def _find(self, text: str) -> Iterator[RenderableType]:
        from yellowgate.desk.runner import find, runner_page

        moment = self.fresh.moment()
        hits = find(moment, text)
        if len(hits) == 1:
            yield runner_view(runner_page(moment, hits[0].name))
        elif hits:
            yield hits_view(hits)
        else:
            self.failed = True
            yield Text(f"nobody has {clean(text)!r} in the name, as a bib or a tag", style="yellow")

    # Commands

    def _waiting(self, rest: str) -> Iterator[RenderableType]:
        from yellowgate.desk.waiting import waiting

        self._items = waiting(self.fresh.moment())
        screen = console()
        shown = max(SHOWN_LEAST, (screen.height - 4) // 2) if screen.is_terminal else SHOWN_LEAST
        yield waiting_view(self._items, len(self._items) if rest == "all" else shown, screen.width)

    def _ok(self, rest: str) -> Iterator[RenderableType]:
        """The answer of an item by its number as it was shown, and letter."""
        from yellowgate.desk.waiting import waiting

        now = waiting(self.fresh.moment())
        shown = self._items or now
        number = rest.rstrip(LETTERS)
        at = int(number) - 1 if number.isdigit() else 0
        if (number and not number.isdigit()) or not 0 <= at < len(shown):
            self.failed = True
            yield Text(f"nothing with the number {number or 1} waits", style="yellow")
            return
        # By its key: numbers move when something comes in between.
        item = next((row for row in now if row.key == shown[at].key), None)
        if item is None:
            yield Text(f"{clean(shown[at].title)}: decided meanwhile", style="yellow")
            return
        answer = _chosen(item, rest[len(number) :])
        if answer is None or not answer.rulings:
            self.failed = True
            yield _how(item, answer)
            return
        yield from self._decide(self.fresh.moment(), answer.rulings)

    def _undo(self, rest: str) -> Iterator[RenderableType]:
        from yellowgate.desk.decide import undo_last

        if rest:
            yield from self._entry(f"undo {rest}")
            return
        moment = self.fresh.moment()
        wanted = undo_last(moment.decisions, self.by)
        if wanted is None:
            self.failed = True
            yield Text(f"no ruling of {self.by} stands: undo ID takes back another's", "yellow")
            return
        (target,) = [row for row in moment.race.rulings if row.id == wanted.data["ruling"]]
        yield Text(f"takes back: {clean(words(target.kind, target.data))}", style="dim")
        yield from self._keep([wanted], ())

    def _board(self, _rest: str) -> Iterator[RenderableType]:
        from yellowgate.race.checks.roll_call import board
        from yellowgate.report.boardtable import WIDE_LETTERS, board_view

        for moment in self.fresh.moment().events():
            sheet = board(moment.log, moment.race.file)
            yield board_view(sheet, moment.log, is_wide=console().width >= WIDE_LETTERS)

    def _by(self, rest: str) -> Iterator[RenderableType]:
        self.by = rest or self.by
        yield Text(f"{clean(self.by)} decides")

    def _help(self, _rest: str) -> Iterator[RenderableType]:
        yield Text(HELP)


def _chosen(item: Item, letter: str) -> Answer | None:
    if letter:
        at = LETTERS.index(letter[0])
        return item.answers[at] if at < len(item.answers) else None
    return next((row for row in item.answers if row.is_usual), None)


def _how(item: Item, answer: Answer | None) -> Text:
    """How an answer is typed that asks for more."""
    if answer is None:
        which = Text(f"{clean(item.title)}: which one?\n")
        return which.append_text(answer_words(item.answers))
    form = FORMS.get(answer.form, "help")
    number = item.key.rpartition(":")[2]
    line = form.format(bib=item.title.partition(" ")[0], number=number)
    return Text(f"{clean(answer.label)}: type it, like {line}", style="yellow")


def _kept_view(kept: Kept) -> Text:
    text = Text()
    for row in kept.made:
        text.append(f"{row.id} ", "cyan").append(
            f"{clean(words(row.kind, row.data))}", "bold green"
        )
        text.append(f" ({clean(row.by)})\n", "dim")
    for row in kept.already:
        text.append(f"kept before: {clean(words(row.kind, row.data))} ({clean(row.by)})\n", "dim")
    for row in kept.against:
        said = f"{clean(row.by)} decided otherwise: {clean(words(row.kind, row.data))} ({row.id})\n"
        text.append(said, "bold red")
    if kept.against:
        text.append("nothing was kept; y: keep it all the same, as a contradiction\n", "red")
    text.rstrip()
    return text


# The terminal


def fresh_of(folder: RaceFolder) -> Fresh:
    """The race of this folder as it is now."""
    from yellowgate.desk.fresh import Fresh

    return Fresh(reader(folder), lambda: _sign(folder), now_us)


def _sign(folder: RaceFolder) -> object:
    """Another one whenever the folder's files changed, by whatever program."""
    if os.environ.get(STORE_URL_VARIABLE):
        return object()
    names = (RACE_FILE, ROSTER_FILE, STORE_FILE, STORE_FILE + "-journal", STORE_FILE + "-wal")
    return tuple(_stamp(folder.path / name) for name in names)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@click.command()
@by_option
@race_option
def desk(folder: RaceFolder, by: str) -> int:
    """The race desk as a prompt: what waits, every decision in few keys.

    What a line would change is shown below it while it is typed; Enter keeps it. Lines may come
    from a pipe as well. "help" lists what can be typed.

    \b
    6 all           all pages of 6's arrival          17 35:40:46   a time that was written down
    33 out rtc      is out, and why                   59 22         the press 59 was 22
    find mül        one runner                        undo          take back the last one

    \b
    Example: gate desk --by Laz
    """
    folder.race()
    made = Desk(fresh_of(folder), folder.store(), by)
    if not sys.stdin.isatty():
        return _from_pipe(made)
    from yellowgate.cli.deskprompt import talk

    return talk(made)


def _from_pipe(made: Desk) -> int:
    """One line after the other; 1 when one was not kept."""
    out, failed = console(), 0
    for line in sys.stdin:
        if not line.strip():
            continue
        for part in made.do(line):
            out.print(part)
        if made.failed:
            echo(f"not kept: {line.strip()}", err=True)
        failed += made.failed
    return 1 if failed else 0


@click.command()
@click.argument("who", nargs=-1, required=True)
@race_option
def runner(folder: RaceFolder, who: tuple[str, ...]) -> int:
    """One runner: loops, touches with their evidence, rulings.

    Also sightings, bounds, and what can be ruled now. WHO is a part of the name, a bib of any
    loop, or a tag.

    \b
    Example: gate runner 17
             gate runner mül
    """
    from yellowgate.desk.runner import find, runner_page

    moment = fresh_of(folder).moment()
    text = " ".join(who)
    hits = find(moment, text)
    if not hits:
        raise GateError(f"nobody has {text!r} in the name, as a bib or a tag (gate roster list)")
    if len(hits) > 1:
        console().print(hits_view(hits))
        return 0
    console().print(runner_view(runner_page(moment, hits[0].name)))
    return 0
