"""The board on the terminal. What a colour says, a word says too: pipes lose colours."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import set_cell_size
from rich.console import Group, RenderableType
from rich.text import Text

from yellowgate.race.checks.roll_call import Board
from yellowgate.race.official_log import OfficialLog
from yellowgate.report import board as cards
from yellowgate.report.words import brief, clean, local, short, span
from yellowgate.times import US

STYLES = {
    "missing": "bold red",
    "overdue": "red",
    "on-course": "cyan",
    "in-camp": "green",
    "done": "dim",
    "not-started": "dim",
}
SOON_US = 1800 * US  # so short before a cutoff it is shown in yellow
WIDE_LETTERS = 130  # from here on everything of a runner has room on one line
NAME_LETTERS, WHERE_LETTERS, LEFT_LETTERS, LEFT_WORDS = 20, 24, 8, 14


def board_view(
    board: Board,
    log: OfficialLog,
    trouble: str = "",
    gender: str = "",
    everyone: bool = False,
    is_wide: bool = False,
) -> RenderableType:
    """Everything at a glance. trouble: why this is not the newest. gender: "F" or "M" for these
    alone. everyone: a line also for each who is out, and who has not started. is_wide: there is
    room for WIDE_LETTERS.
    """
    return Group(*_parts(board, log, trouble, gender, everyone, is_wide))


def _parts(
    board: Board, log: OfficialLog, trouble: str, gender: str, everyone: bool, is_wide: bool
) -> Iterator[RenderableType]:
    if trouble:
        yield Text(f"NOT THE NEWEST: {trouble}", style="bold white on red")
    yield _title(board, log)
    yield _counts(board)
    yield _stations(board)
    for words in cards.to_do(board):
        yield Text(f"{words}: gate log", style="bold magenta")
    for group in cards.groups(board, log, gender):
        yield Text()
        if group.is_quiet and not everyone:
            yield _names(group)
        else:
            yield from _lines(group, is_wide)


def _title(board: Board, log: OfficialLog) -> Text:
    text = Text.assemble((clean(log.race), "bold"), f"   {local(log.as_of_us, log.zone)}   ")
    if board.countdown is not None:
        text.append(
            f"{span(board.countdown.left_us)} {cards.countdown_words(board)}", "bold yellow"
        )
        if board.countdown.warning_us:
            text.append(f" (next whistle {brief(board.countdown.warning_us)} before)", "yellow")
        text.append("   ")
    if board.elapsed_us is None:
        how = "gate start --conch now" if log.preset == "barkley" else "gate start"
        text.append(f"start not known yet: {how}", "yellow")
    elif board.elapsed_us >= 0:
        text.append(f"elapsed {span(board.elapsed_us)}", "bold")
    return text


def _counts(board: Board) -> Text:
    rows = (
        (len(board.missing), "not accounted for", "bold red"),
        (len(board.overdue), "overdue", "red"),
        (len(board.on_course), "on course", "cyan"),
        (len(board.in_camp), "in camp", "green"),
        (len(board.done), "finished or out", "dim"),
    )
    text = Text()
    for count, words, style in rows:
        text.append(f"{count} {words}", style if count else "dim").append("   ")
    return text.append(f"in the race: {board.women} women, {board.men} men", "dim")


def _lines(group: cards.Group, is_wide: bool) -> Iterator[Text]:
    """A line each; where the screen is narrow, what was seen stands on a second one."""
    style = STYLES[group.kind]
    title = group.title.upper() if group.is_loud else group.title
    yield Text(f"{title} ({len(group.cards)})", style=style)
    where = max(WHERE_LETTERS, *(len(card.where) for card in group.cards))
    for card in group.cards:
        text = Text.assemble(
            f"{clean(card.bib):>5}  ",
            (_name(card.name), "" if group.is_quiet else "bold"),
            f" {card.gender:<1}  ",
            (f"{card.where:<{where}}", style),
            no_wrap=True,
            overflow="ellipsis",
        )
        if card.left_us is not None or is_wide:
            text.append(" ").append(_left(card)).append(f" {card.left}", "dim")
        seen = _seen(card)
        if is_wide:
            text.pad_right(max(0, LEFT_WORDS - len(card.left)))
            text.append("  ").append(seen)
        yield text
        if not is_wide and seen:
            yield Text(" " * 7).append(seen)


def _name(name: str) -> str:
    """In a column of its own, however long it is: what comes after must not leave the screen."""
    return set_cell_size(short(clean(name), NAME_LETTERS), NAME_LETTERS)


def _names(group: cards.Group) -> Text:
    """Those whom nobody waits for, in as little room as it takes."""
    text = Text(f"{group.title} ({len(group.cards)})  ", style=STYLES[group.kind])
    return text.append(", ".join(clean(card.name) for card in group.cards))


def _left(card: cards.Card) -> Text:
    if card.left_us is None:
        return Text(" " * LEFT_LETTERS)
    style = "bold red" if card.left_us < 0 else "bold yellow" if card.left_us < SOON_US else "bold"
    return Text(f"{span(abs(card.left_us)):>{LEFT_LETTERS}}", style=style)


def _seen(card: cards.Card) -> Text:
    text = Text(clean(card.seen))
    if card.seen_age_us is not None:
        text.append(f", {brief(card.seen_age_us)} ago", "dim")
    return text


def _stations(board: Board) -> Text:
    """Those that are well on one line; one that is silent, or that waits, on a line of its own."""
    alone: list[Text] = []
    well = Text()
    for state in board.stations:
        closing = cards.closing_words(state)
        style = "bold red" if state.is_silent else "green"
        text = Text.assemble(
            (f"{clean(state.name)}  ", style if state.is_silent else "bold"),
            (cards.station_words(state), style),
            clean(f", {closing}") if closing else "",
        )
        if state.is_silent or closing:
            alone.append(text)
        else:
            well.append("   " if well else "").append(text)
    return Text("\n").join([*alone, *([well] if well else [])])
