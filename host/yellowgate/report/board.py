"""The board as people read it, the same in the terminal and in the browser: cards by urgency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from yellowgate.race.checks.roll_call import Board, StationState, Whereabouts
from yellowgate.race.official_log import Laps, Loop, OfficialLog
from yellowgate.report.words import brief, span, unit_of

NAMES_SHOWN = 3  # of those for whom a station stays open
GENDERS = {"F": "women", "M": "men"}


class Card(NamedTuple):
    """One runner. where: doing what since when; seen: last seen where and when, without how
    long ago (seen_age_us). left_us: to the next cutoff, negative when past it; left: what it is to.
    done: how many yards, where that is the result.
    """

    name: str
    bib: str
    gender: str
    where: str
    seen: str
    seen_age_us: int | None
    left_us: int | None
    left: str
    cutoff: str
    done: str = ""


class Group(NamedTuple):
    """Cards of one urgency. kind: a word for style sheets. is_loud: in red, also when read.
    until_us, until: the time that all of them have left, and to what; None where it is not one.
    """

    kind: str
    title: str
    cards: tuple[Card, ...]
    is_loud: bool = False
    is_quiet: bool = False
    until_us: int | None = None
    until: str = ""


class LapShown(NamedTuple):
    """A loop in one line. doubtful: the log says why."""

    loop: int
    out_us: int | None
    in_us: int | None
    verdict: str
    note: str = ""
    doubtful: bool = False


def last_laps(loops: Sequence[Loop], count: int) -> tuple[LapShown, ...]:
    """The last so many; of thousands of runners no more is made than is shown."""
    first = max(0, len(loops) - count)
    return tuple(_shown(loops, at) for at in range(first, len(loops)))


def _shown(loops: Sequence[Loop], at: int) -> LapShown:
    if isinstance(loops, Laps) and at not in loops.odd:
        return LapShown(at + 1, *loops.span(at), "counted")
    row = loops[at]
    return LapShown(row.loop, row.out_us, row.in_us, row.verdict, row.note, row.doubtful)


def groups(board: Board, log: OfficialLog, gender: str = "") -> list[Group]:
    """Who is where, the most urgent first; groups without anybody are left out.

    gender: "F" or "M" for these alone, "" for all.
    """

    yards = {line.name: line.loops_counted for line in log.runners if log.preset == "backyard"}

    def group(
        kind: str, title: str, rows: Sequence[Whereabouts], loud: bool = False, quiet: bool = False
    ) -> Group:
        chosen = (row for row in rows if not gender or row.gender == gender)
        made = sorted((_card(row, board, log, yards) for row in chosen), key=_urgency)
        return Group(kind, title, tuple(made), loud, quiet, *_shared(made))

    all_groups = [
        group("missing", "Not accounted for", board.missing, loud=True),
        group("overdue", "Overdue", board.overdue, loud=True),
        group("on-course", "On course", board.on_course),
        group("in-camp", "In camp", board.in_camp),
        group("done", "Finished or out", board.done, quiet=True),
        group("not-started", "Not started", board.not_started, quiet=True),
    ]
    return [one for one in all_groups if one.cards]


def _urgency(card: Card) -> tuple[bool, int, int, str]:
    """Who has least time left comes first; of several, who was not seen for longest."""
    return card.left_us is None, card.left_us or 0, -(card.seen_age_us or 0), card.name


def _shared(cards: Sequence[Card]) -> tuple[int | None, str]:
    """The countdown of all of them, and to what; None when it is not one."""
    if len(cards) < 2 or len({(card.left_us, card.left) for card in cards}) > 1:
        return None, ""
    return cards[0].left_us, cards[0].left


def _card(row: Whereabouts, board: Board, log: OfficialLog, yards: Mapping[str, int]) -> Card:
    age_us = None
    if row.last_seen_us is not None and board.elapsed_us is not None:
        age_us = board.elapsed_us - row.last_seen_us
    return Card(
        name=row.name,
        bib=row.bib,
        gender=row.gender,
        where=_where(row, unit_of(log)),
        seen=_seen(row),
        seen_age_us=age_us,
        left_us=row.left_us,
        left="" if row.left_us is None else _left(row, log),
        cutoff=span(row.next_cutoff_us),
        done=yards_words(yards[row.name]) if row.name in yards else "",
    )


def yards_words(count: int) -> str:
    """How many yards somebody has."""
    return f"{count} yard{'' if count == 1 else 's'}"


def _where(row: Whereabouts, unit: str) -> str:
    since = "" if row.since_us is None else f" since {span(row.since_us)}"
    if row.status in ("on course", "overdue"):
        return f"on {unit} {row.loop}{since}"
    if row.status == "in camp":
        return f"in camp{since}"
    return f"{row.status}: {row.reason}" if row.reason else row.status


def _seen(row: Whereabouts) -> str:
    """Also what the runner may still do, where in camp for that alone (go back for a page)."""
    known = f"; {row.known}" if row.known else ""
    if row.last_seen_us is None:
        return f"not seen since the start{known}" if row.status in ("on course", "overdue") else ""
    place = f" at {row.last_seen_place}" if row.last_seen_place else ""
    chance = f"{row.reason}; " if row.reason and row.status == "in camp" else ""
    return f"{chance}last seen {span(row.last_seen_us)}{place}{known}"


def _left(row: Whereabouts, log: OfficialLog) -> str:
    if row.left_us is not None and row.left_us < 0:
        return "over the bell" if log.preset == "backyard" else "over cutoff"
    if log.preset == "backyard":
        return "to the bell"
    if log.preset == "laps":
        return "to the end"
    if row.status == "in camp":
        return "to touch again" if row.reason else "to leave"
    return "to the cutoff"


def station_words(state: StationState, rings: bool = True) -> str:
    """How a station is; a silent one is said in capitals, for screens without colour."""
    if state.age_us is not None:
        words = f"last record {brief(state.age_us)} ago"
    elif state.log_id:
        words = "heard of, nothing with a time yet"
    else:
        words = "never heard of"
        words += f", unless it is {' or '.join(state.unless)}" if state.unless else ""
    if state.is_silent and rings:
        words = f"SILENT: {words}"
    return words


def closing_words(state: StationState) -> str:
    """For whom a station stays open, or that it may close; "" where that is no question."""
    if state.waits_for is None:
        return ""
    if not state.waits_for:
        return "may close"
    more = len(state.waits_for) - NAMES_SHOWN
    names = ", ".join(state.waits_for[:NAMES_SHOWN])
    return f"open for {names}" + (f" and {more} more" if more > 0 else "")


def to_do(board: Board) -> list[str]:
    """What waits for the director."""
    rows: list[str] = []
    if board.unassigned:
        many = board.unassigned != 1
        rows.append(f"{board.unassigned} touch{'es wait' if many else ' waits'} for a name")
    if board.to_decide:
        many = board.to_decide != 1
        rows.append(f"{board.to_decide} thing{'s wait' if many else ' waits'} for a decision")
    if board.known:
        rows.append(board.known)
    return rows


def countdown_words(board: Board) -> str:
    """What everybody waits for, without the time: "to the start", "to the bell"; "" for nothing."""
    return "" if board.countdown is None else f"to the {board.countdown.what}"
