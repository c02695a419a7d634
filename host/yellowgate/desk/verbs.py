"""What can be said of a runner at the desk, word by word: each word makes the ruling it stands for.

What may be meant in several ways comes back as several meanings; what cannot be as one with a
problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from yellowgate.desk import written
from yellowgate.desk.facts import Asked, Facts, Meaning, Said
from yellowgate.desk.moments import is_like, take
from yellowgate.event.rules import BarkleyRules
from yellowgate.model import Runner
from yellowgate.race.official_log import Loop
from yellowgate.report.words import span
from yellowgate.rulings.fields import REASONS, SHORT_REASONS

EVERY = ("all", "full", "complete")
_PAGES = re.compile(r"p?(\d{1,4})(?:/(\d{1,4}))?", re.IGNORECASE)
_METRES = re.compile(r"(\d+(?:\.\d+)?)m", re.IGNORECASE)
_CAMP = ("camp", "back")
_WAYS = {
    "clockwise": "clockwise", "cw": "clockwise",
    "counter-clockwise": "counter-clockwise", "ccw": "counter-clockwise",
}  # fmt: skip


Handler = Callable[[Said], list[Meaning]]


# Pages


def _pages(said: Said) -> list[Meaning]:
    """All, or so many, of the arrival that waits for them."""
    rules = said.moment.race.file.rules
    if not isinstance(rules, BarkleyRules):
        return said.no("this race counts no pages", "pages")
    if said.rest:
        return said.no(f"{' '.join(said.rest)!r} was not understood", "pages")
    have, of = _have(said.verb, rules.pages)
    if not of:
        return said.no("of how many pages? write it like 12/13", "pages")
    if have > of:
        return said.no(f"{have} of {of} pages is more than there are", "pages")
    rows = _ended(said)
    if isinstance(rows, str):
        return said.no(rows, "pages")
    return [
        said.meaning(
            "pages", {"loop": row.loop, "have": have, "of": of},
            f"{said.unit} {row.loop} in {span(row.in_us)}{_counted(row)}",
            label=f"{said.unit} {row.loop}, in {span(row.in_us)}",
            line=replace(said.asked, loop=row.loop).line(f"{have}/{of}"),
        )
        for row in rows
    ]  # fmt: skip


def _have(word: str, of: int) -> tuple[int, int]:
    match = _PAGES.fullmatch(word)
    if match is None:  # all
        return of, of
    return int(match[1]), int(match[2] or of)


def _counted(row: Loop) -> str:
    if row.pages is None or row.pages.have is None:
        return ""
    return f", {row.pages.have}/{row.pages.of} so far"


def _ended(said: Said) -> list[Loop] | str:
    """The loops whose pages may be meant: those that wait for them, else the last one; why not."""
    rows = [row for row in said.line.loops if row.in_us is not None]
    if said.asked.loop:
        of_loop = [row for row in rows if row.loop == said.asked.loop]
        return of_loop or f"has not ended {said.unit} {said.asked.loop}"
    if said.loops:
        rows = [row for row in rows if row.loop in said.loops]
    if not rows:
        on = f"is still out on {said.unit} {said.line.loop_now}" if said.line.loop_now else ""
        return on or "has not come in yet"
    return [row for row in rows if row.pages is not None and row.pages.have is None] or rows[-1:]


# Out, back, seen


def _out(said: Said) -> list[Meaning]:
    """With a reason: is out of the race; with a time alone: left for the next loop."""
    text, others = take(said.rest)
    if not others or others == ["wins"] or said.stop(others):
        if not text:
            return said.no(f"out: write why ({', '.join(SHORT_REASONS)}, lost, ...), or at what "
                           "time the runner left", "dropout")  # fmt: skip
        return written.paper(said, "out", said.rest)
    return _dropout(said)


def _dropout(said: Said) -> list[Meaning]:
    text, others = take(said.rest if said.verb.lower() not in SHORT_REASONS else said.words)
    is_back = [word for word in others if word.lower() in _CAMP]
    reason = _reason(" ".join(w for w in others if w.lower() not in (*_CAMP, "in", "at")))
    if not reason:
        return said.no(
            f"{' '.join(others)!r} is none of the usual reasons: {', '.join(SHORT_REASONS)}, "
            f"{', '.join(REASONS)}", "dropout",
        )  # fmt: skip
    data: dict[str, Any] = {"reason": reason}
    if is_back:
        data["place"] = "camp"
    if not text:
        return [said.meaning("dropout", data, _now(said))]
    return _at_each(said, "dropout", data, text, f"out {reason}", "camp" if is_back else "")


def _reason(text: str) -> str:
    """The usual reason that is meant, also by its beginning; "" for none or several."""
    low = text.casefold().strip()
    if low in SHORT_REASONS:
        return SHORT_REASONS[low]
    found = [reason for reason in REASONS if reason == low] or [
        reason for reason in REASONS if low and reason.startswith(low)
    ]
    return found[0] if len(found) == 1 else ""


def _back(said: Said) -> list[Meaning]:
    text, others = take(said.rest)
    others = [word for word in others if word.lower() not in ("in", "at", "camp")]
    if others:
        return said.no(f"{' '.join(others)!r} was not understood", "return")
    return _at_each(said, "return", {}, text, "back")


def _seen(said: Said) -> list[Meaning]:
    text, others = take(said.rest)
    if others and others[0].lower() in ("at", "near"):
        others = others[1:]
    place = " ".join(others)
    return _at_each(
        said, "sighting", {"place": place} if place else {}, text, f"seen {place}".strip()
    )


def _at_each(
    said: Said, kind: str, data: Mapping[str, Any], text: str, verb: str, after: str = ""
) -> list[Meaning]:
    """The ruling at each moment that the time may mean."""
    return [
        said.meaning(
            kind, {**data, **when.data()}, f"{when.words}; {_now(said)}",
            label=when.words, line=said.asked.line(verb, when.typed, after),
        )
        for when in said.whens(text)
    ]  # fmt: skip


def _now(said: Said) -> str:
    """Where the runner is, as the log has it."""
    line = said.line
    at = f"{line.status} {said.unit} {line.loop_now}" if line.loop_now else line.status
    reason = f" ({line.reason})" if line.reason else ""
    return f"{at}{reason}"


# The rest


def _grace(said: Said) -> list[Meaning]:
    what = [word.lower() for word in said.rest]
    if what and (len(what) > 1 or what[0] not in ("cutoff", "start", "pages")):
        return said.no(f"{' '.join(what)!r}: grace for the cutoff, start or pages?", "grace")
    rows = [row.loop for row in said.line.loops if row.verdict in ("over cutoff", "pages missing")]
    loops = [said.asked.loop] if said.asked.loop else rows
    if len(loops) != 1:
        return said.no(f"grace for which {said.unit}? write {said.unit} and its number", "grace")
    more = {"for": what[0]} if what else {}
    return [said.meaning("grace", {"loop": loops[0], **more}, _verdict(said, loops[0]))]


def _void(said: Said) -> list[Meaning]:
    if not said.asked.loop or said.rest:
        return said.no(f"void: which {said.unit}? write {said.unit} and its number", "void")
    return [said.meaning("void", {"loop": said.asked.loop}, _verdict(said, said.asked.loop))]


def _verdict(said: Said, loop: int) -> str:
    row = next((row for row in said.line.loops if row.loop == loop), None)
    if row is None:
        return f"has no {said.unit} {loop} yet"
    note = f" ({row.note})" if row.note else ""
    return f"{said.unit} {loop} is {row.verdict}{note}"


def _bib(said: Said) -> list[Meaning]:
    if len(said.rest) != 1 or not said.asked.loop:
        return said.no(f"bib: write bib, its number, {said.unit} and its number", "bib")
    loop = said.asked.loop
    other = said.facts.people.meant(said.rest[0], loop)
    worn = ", ".join(row.name for row in other if row.name != said.name)
    compare = f"{worn} wears {said.rest[0]}" if worn else ""
    return [said.meaning("bib", {"loop": loop, "bib": said.rest[0]}, compare)]


def _tag(said: Said) -> list[Meaning]:
    text, others = take(said.rest)
    uid = re.sub(r"[\s:-]", "", "".join(others)).lower()
    if not uid:
        return said.no("tag: write its UID in hex", "tag")
    owner = [row.name for row in said.facts.people.roster if uid in row.tags]
    compare = f"the roster has it as {', '.join(owner)}'s" if owner else "nobody has it yet"
    if not text:
        return [said.meaning("tag", {"tag": uid}, compare)]
    whens = [when for when in said.whens(text) if when.field == "at"]
    return [
        said.meaning("tag", {"tag": uid, **when.data()}, f"from {when.words}; {compare}")
        for when in whens
    ] or said.no(f"{text}: write clock before it: a tag is worn from a time of day", "tag")


def _way(said: Said) -> list[Meaning]:
    loop = (
        said.asked.loop or said.line.loop_now or max((r.loop for r in said.line.loops), default=0)
    )
    if not loop or said.rest:
        return said.no(f"which {said.unit}? write {said.unit} and its number", "direction")
    data = {"loop": loop, "direction": _WAYS[said.verb.lower()]}
    return [said.meaning("direction", data, f"{said.unit} {loop}")]


def _metres(said: Said) -> list[Meaning]:
    match = _METRES.fullmatch("".join(said.words))
    if match is None:
        return said.no(f"{' '.join(said.words)!r} was not understood", "partial")
    metres = float(match[1])
    value = int(metres) if metres.is_integer() else metres
    return [said.meaning("partial", {"distance_m": value})]


@dataclass(frozen=True)
class Verbs:
    """The words, and who reads what stands behind them."""

    by_word: Mapping[str, Handler] = field(default_factory=dict[str, Handler])

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(self.by_word)

    def knows(self, word: str) -> bool:
        """Can this be what is said of a runner?"""
        return self._handler(word) is not None

    def read(
        self,
        facts: Facts,
        asked: Asked,
        runner: Runner,
        rest: tuple[str, ...],
        loops: Collection[int],
    ) -> list[Meaning]:
        """What these words say of this runner. Never empty."""
        handler = self._handler(rest[0])
        if handler is None:
            raise ValueError(f"{rest[0]!r} was not understood")
        moment, line = facts.of(runner.name)
        said = Said(facts, asked, moment, line, rest, loops)
        try:
            return handler(said)
        except ValueError as error:
            return said.no(str(error))

    def _handler(self, word: str) -> Handler | None:
        found = self.by_word.get(word.lower())
        return found or next((handler for is_it, handler in _SHAPES if is_it(word)), None)


def _is_pages(word: str) -> bool:
    return _PAGES.fullmatch(word) is not None


def _is_metres(word: str) -> bool:
    return _METRES.fullmatch(word) is not None


_SHAPES: Sequence[tuple[Callable[[str], bool], Handler]] = (
    (is_like, written.either),
    (_is_pages, _pages),
    (_is_metres, _metres),
)


def _words() -> Iterator[tuple[str, Handler]]:
    yield from ((word, _pages) for word in EVERY)
    yield from (
        ("in", written.arrival),
        ("out", _out),
        ("back", _back),
        ("return", _back),
        ("seen", _seen),
    )
    yield from ((word, _dropout) for word in (*SHORT_REASONS, "drop", "dropout", "dnf"))
    yield from (
        ("left", written.left),
        ("grace", _grace),
        ("void", _void),
        ("bib", _bib),
        ("tag", _tag),
    )
    yield from ((word, _way) for word in _WAYS)


VERBS = Verbs(dict(_words()))
