"""One line of the desk, as it is typed from paper or the radio: what it means, before it is kept.

    17 35:40:46        a touch of bib 17 that was written down: arrival or departure is told apart
    17 in 3:21         by what the log knows; in and out say it
    6 all   6 12/13    pages of the arrival that waits for them
    33 out rtc         is out, and why; with "camp" also back; 33 back, 33 back 14:02
    59 22              the press with the number 59 was runner 22
    17 seen 14:02 at the prison
    start at=11:37     any ruling, as gate ruling add takes it

A runner is a bib, a name or a part of one. What may mean two things is asked, never guessed; a line
that means nothing says what was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from yellowgate.desk.decide import Wanted, is_said, things_said, with_rulings
from yellowgate.desk.facts import Asked, Facts, Meaning, touch_of
from yellowgate.desk.verbs import VERBS
from yellowgate.errors import GateError, nearest
from yellowgate.official import Moment
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.rulings.fields import on_one_line
from yellowgate.rulings.kinds import KINDS

LETTERS_MAX = 300  # of a line
TEXT_MAX = 1_000_000  # letters of what is pasted at once
LINES_MAX = 10_000
USUAL = ("35:40:46", "in 3:21", "all", "12/13", "out rtc", "back", "seen 14:02 at the prison")
PASSES_MAX = 6  # lines that stand on others of the same paste
WHY = re.compile(r"\s+--\s+")
_LOOP = re.compile(r"(?:loop|lap|yard|leg|l)(\d{1,4})", re.IGNORECASE)
_LOOP_WORDS = ("loop", "lap", "yard", "leg")


@dataclass(frozen=True)
class Choice:
    """One of the things that a line may mean: in words, and as a line that means it alone."""

    label: str
    line: str


@dataclass(frozen=True)
class Entry:
    """What a line means. kind: of the ruling, "find" or "undo", "" when it is not understood.

    runner: names, with commas between them. says: what would be kept; compare: how it stands to
    what the log knows. problems: why nothing can be kept. wanted: the rulings to keep; already: all
    of them are kept, so that keeping them changes nothing. choices: what else was meant, to choose.
    """

    line: str
    kind: str = ""
    runner: str = ""
    loop: int = 0
    says: str = ""
    compare: str = ""
    problems: tuple[str, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    choices: tuple[Choice, ...] = ()
    already: bool = False

    @property
    def is_clear(self) -> bool:
        """Can it be kept?"""
        return bool(self.wanted) and not self.problems


def understand(line: str, moment: Moment, by: str = "") -> Entry:
    """What this line means at this moment. by: who types it. Never raises for what is typed."""
    text = on_one_line(line)
    if len(text) > LETTERS_MAX:
        start = text[:40]
        return Entry(
            start, problems=(f"{start!r}...: {len(text)} letters are no line of the desk",)
        )
    words, *why = WHY.split(text, maxsplit=1)
    asked = Asked(tuple(_tokens(words)), why[0] if why else "")
    if not asked.tokens:
        return Entry(text, problems=("it is empty: write a bib and what is to be said of it",))
    try:
        found = _readings(asked, Facts(moment))
    except (ValueError, GateError) as error:
        return Entry(text, problems=(on_one_line(str(error)),))
    return _entry(text, found, moment, by)


def understand_all(text: str, moment: Moment, by: str = "") -> list[Entry]:
    """The lines of a paste. A line may stand on others of it: an arrival, then the departure. Two
    lines that say different things of one touch are both refused. Empty lines are left out.
    """
    if len(text) > TEXT_MAX:
        words = f"{len(text) / 1e6:.1f} million letters are too much at once: paste it in parts"
        return [Entry("", problems=(f"{words}, 1 million at most",))]
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > LINES_MAX:
        words = f"{len(lines)} lines are too many at once: paste them in parts, {LINES_MAX} at most"
        return [Entry("", problems=(words,))]
    entries = [understand(line, moment, by) for line in lines]
    for _ in range(PASSES_MAX):
        open_lines = [at for at, entry in enumerate(entries) if entry.problems]
        new = [row for entry in entries if not entry.already for row in entry.wanted]
        if not open_lines or not new:
            break
        then = with_rulings(moment, new, by or "desk")
        again = {at: understand(lines[at], then, by) for at in open_lines}
        if not any(entry.is_clear for entry in again.values()):
            break
        entries = [again.get(at, entry) for at, entry in enumerate(entries)]
    return _refuse_two(entries)


def _refuse_two(entries: Sequence[Entry]) -> list[Entry]:
    """Lines that contradict each other, all of them; a line that is there twice is kept once."""
    said: dict[object, dict[str, list[int]]] = {}
    for at, entry in enumerate(entries):
        for row in entry.wanted:
            for subject, what in things_said(row.kind, row.data):
                said.setdefault(subject, {}).setdefault(repr(what), []).append(at)
    against: dict[int, list[int]] = {}
    for ways in said.values():
        if len(ways) > 1:
            lines = sorted({at for rows in ways.values() for at in rows})
            for at in lines:
                against.setdefault(at, []).extend(other for other in lines if other != at)
    found = list(entries)
    for at, others in against.items():
        numbers = ", ".join(str(other + 1) for other in sorted(set(others)))
        words = f"line {numbers} says otherwise of the same: leave the right one"
        found[at] = replace(entries[at], problems=(words,), wanted=())
    return found


def _entry(text: str, found: Sequence[Meaning], moment: Moment, by: str) -> Entry:
    good = [row for row in found if not row.problem]
    if not good:
        words = tuple(dict.fromkeys(row.problem for row in found))
        choices = tuple(Choice(*choice) for row in found for choice in row.choices)
        first = found[0]
        return Entry(text, first.kind, first.runner, first.loop, problems=words, choices=choices)
    if len(good) > 1:
        choices = tuple(Choice(row.label or _says(row), row.line) for row in good if row.line)
        words = f"it may mean {len(good)} things: say which one"
        runners = list(dict.fromkeys(row.runner for row in good))
        kinds = list(dict.fromkeys(row.kind for row in good))
        return Entry(
            text, kinds[0] if len(kinds) == 1 else "", runners[0] if len(runners) == 1 else "",
            problems=(words,), choices=choices,
        )  # fmt: skip
    row = good[0]
    try:
        made = [ruling_kinds.make(one.kind, one.data, by or "desk", "", 0) for one in row.wanted]
    except ValueError as error:
        return Entry(text, row.kind, row.runner, row.loop, problems=(str(error),))
    before = [is_said(moment.decisions, one.kind, one.data, by) for one in made]
    already = bool(before) and all(before)
    compare = row.compare
    if already and before[0] is not None:
        compare = "; ".join(filter(None, (compare, f"{before[0].by} said so before")))
    return Entry(
        text, row.kind, row.runner, row.loop, _says(row), compare, (), row.wanted, (), already
    )


def _says(row: Meaning) -> str:
    return "; ".join(one.words for one in row.wanted) or row.label


# Who and what


def _tokens(text: str) -> list[str]:
    return [token.replace('"', "") for token in re.findall(r'(?:[^\s"]|"[^"]*"|")+', text)]


def _readings(asked: Asked, facts: Facts) -> list[Meaning]:
    """All that the line may mean. Raises ValueError when it means nothing."""
    first = asked.tokens[0].lower()
    rest = asked.tokens[1:]
    if first in KINDS and any("=" in word for word in rest):
        return [facts.ruled(first, rest, asked.why)]
    if first in ("find", "?"):
        return [Meaning("find", label=" ".join(rest))]
    if first == "undo":
        return [facts.undo(rest[0] if rest else "", asked.why)]
    if first in ("touch", "press", "record") and len(rest) > 1:
        return [touch_of(facts, rest[0], " ".join(rest[1:]), asked)]
    places = [at for at in range(1, len(asked.tokens)) if VERBS.knows(asked.tokens[at])]
    if not places:
        return [_only_who(facts, asked)]
    found = _first_good(facts, asked, places)
    if len(asked.tokens) == 2 and asked.tokens[0].isdigit() and asked.tokens[1].isdigit():
        found = _or_a_touch(facts, asked, found)
    return found


def _first_good(facts: Facts, asked: Asked, places: Sequence[int]) -> list[Meaning]:
    """The runner ends where what is said begins: at the first word that can be it (a name may have
    such a word in it).
    """
    first: list[Meaning] = []
    for at in places:
        try:
            found = _of_runners(facts, asked, at)
        except ValueError as error:
            found = [Meaning(problem=str(error))]
        if any(not row.problem for row in found):
            return found
        first = first or found
    return first


def _only_who(facts: Facts, asked: Asked) -> Meaning:
    """A runner alone is looked up; words that follow and say nothing are not understood."""
    tokens = asked.tokens
    try:
        runner = facts.people.find(" ".join(tokens))
    except ValueError:
        known = next((n for n in range(len(tokens), 0, -1) if _is_who(facts, tokens[:n])), 0)
        if not 0 < known < len(tokens):
            raise
        word = tokens[known]
        hint = nearest(word.lower(), VERBS.words)
        raise ValueError(f"{word!r} was not understood{hint} ({', '.join(USUAL)})") from None
    return Meaning("find", runner.name, label=runner.name)


def _is_who(facts: Facts, tokens: Sequence[str]) -> bool:
    return bool(facts.people.meant(" ".join(tokens)))


def _or_a_touch(facts: Facts, asked: Asked, found: list[Meaning]) -> list[Meaning]:
    """ "59 22": a press and its runner, or a bib and its pages."""
    number, who = asked.tokens
    if not facts.touches(number):
        return found
    other = touch_of(facts, number, who, asked)
    pages = [row for row in found if not row.problem]
    if other.problem and not pages:
        return [other, *found]
    return [row for row in (other, *pages) if not row.problem]


def _of_runners(facts: Facts, asked: Asked, at: int) -> list[Meaning]:
    """What is said of one runner, or of several with commas between them."""
    names = [name.strip() for name in " ".join(asked.tokens[:at]).split(",") if name.strip()]
    loop, rest = _loop_of(asked.tokens[at:])
    if not names:
        raise ValueError(f"{asked.tokens[at]!r}: of whom? write a bib or a name before it")
    each = [_of_one(facts, asked, name, rest, loop) for name in names]
    if len(each) == 1:
        return each[0]
    unclear = [rows for rows in each if len(rows) != 1 or rows[0].problem]
    if unclear:
        problem = next((row.problem for row in unclear[0] if row.problem), "")
        name = names[each.index(unclear[0])]
        raise ValueError(f"{name}: {problem or 'it may mean several things: write it alone'}")
    rows = [rows[0] for rows in each]
    if len({row.runner for row in rows}) < len(rows):
        raise ValueError("one runner is there twice")
    wanted = tuple(one for row in rows for one in row.wanted)
    compare = "; ".join(f"{row.runner}: {row.compare}" for row in rows if row.compare)
    return [Meaning(rows[0].kind, ", ".join(row.runner for row in rows), 0, wanted, compare)]


def _of_one(
    facts: Facts, asked: Asked, name: str, rest: tuple[str, ...], loop: int
) -> list[Meaning]:
    """What is said of one; of several who may be meant, those of whom it can be said by the bib
    that they wear on that loop.
    """
    runners = facts.people.meant(name, loop)
    if not runners:
        facts.people.find(name, loop)  # says who may have been meant
    found: list[Meaning] = []
    for runner in runners:
        one = replace(asked, who=name if len(runners) == 1 else runner.name, loop=loop)
        found += VERBS.read(facts, one, runner, rest, facts.loops_of_bib(runner, name))
    good = [row for row in found if not row.problem]
    if len(runners) == 1 or (len({row.runner for row in good}) == 1 and _is_bib(facts, name)):
        return good or found
    names = ", ".join(runner.name for runner in runners[:5])
    problem = f"{len(runners)} runners may be meant by {name!r}: {names}"
    choices = tuple((f"{row.runner}: {_says(row)}", row.line) for row in good if row.line)
    return [Meaning("", problem=problem, choices=choices)]


def _is_bib(facts: Facts, name: str) -> bool:
    return bool(facts.people.of_bib(name))


def _loop_of(given: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """The loop that is said, 0 for none, and the other words."""
    rest: list[str] = []
    loop = 0
    at = 0
    while at < len(given):
        word = given[at]
        match = _LOOP.fullmatch(word)
        if match and not loop and at:
            loop = int(match[1])
        elif word.lower() in _LOOP_WORDS and at + 1 < len(given) and given[at + 1].isdigit():
            loop, at = int(given[at + 1][:4]), at + 1
        else:
            rest.append(word)
        at += 1
    return loop, tuple(rest)
