"""One person at the desk's prompt: lines in, what is to be shown out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from yellowgate.cli.context import RaceFolder, console, now_us
from yellowgate.cli.deskview import (
    LETTERS,
    answer_words,
    entry_view,
    hits_view,
    paste_view,
    runner_view,
    waiting_view,
)
from yellowgate.desk.decide import Keeper, Kept, Wanted, outlook, preview, undo_last
from yellowgate.desk.entry import Entry, understand, understand_all
from yellowgate.desk.fresh import Fresh
from yellowgate.desk.items import Answer, Item
from yellowgate.desk.runner import find, runner_page
from yellowgate.desk.waiting import waiting
from yellowgate.errors import GateError
from yellowgate.live import Live
from yellowgate.official import Moment
from yellowgate.report.boardtable import WIDE_LETTERS, board_view
from yellowgate.report.words import clean
from yellowgate.rulings.kinds import words
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


class Desk:
    """One person at the prompt: lines in, what is to be shown out. It knows no terminal.

    by: who decides; now_us: the moment now (UTC).
    """

    def __init__(
        self, fresh: Fresh, store: Store, by: str, now_us: Callable[[], int] = now_us
    ) -> None:
        self._now_us = now_us
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
                self.store, wanted, self.by, self._now_us(), seen=seen, roster=roster
            )
        except ValueError as error:
            raise GateError(str(error)) from error
        if kept.against:
            self.failed = True
            self._asked = (wanted, [*seen, *(row.id for row in kept.against)])
        yield _kept_view(kept)

    def _find(self, text: str) -> Iterator[RenderableType]:
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
        self._items = waiting(self.fresh.moment())
        screen = console()
        shown = max(SHOWN_LEAST, (screen.height - 4) // 2) if screen.is_terminal else SHOWN_LEAST
        yield waiting_view(self._items, len(self._items) if rest == "all" else shown, screen.width)

    def _ok(self, rest: str) -> Iterator[RenderableType]:
        """The answer of an item by its number as it was shown, and letter."""
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
        for moment in self.fresh.moment().events():
            yield board_view(moment.board, moment.log, is_wide=console().width >= WIDE_LETTERS)

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
    return Text(f"{clean(answer.label)}: type it, like {answer.typed}", style="yellow")


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


def open_desk(folder: RaceFolder, by: str) -> Desk:
    """The desk of this race folder."""
    store = folder.store()
    return Desk(fresh_of(folder, store), store, by)


def fresh_of(folder: RaceFolder, store: Store) -> Fresh:
    """The race of this folder as it is now."""
    live = Live(store)
    return Fresh(lambda: live.race(folder.race(), folder.roster()), now_us)
