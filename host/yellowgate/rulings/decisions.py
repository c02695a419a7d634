"""The rulings in force at a moment, and where they contradict each other.

Clocks, rules, lists and checks all ask the Decisions of one evaluation. Undone rulings are gone
as if they had never been (the store keeps them). A ruling that this version does not understand
(of a later one, or damaged) is shown, and means nothing, also when it is an undo. Nothing here
goes by the order in which laptops dated the rulings, but this: of two rulings of one
person on the same thing the later one stands: he corrected himself. Different persons who rule
differently on the same thing decide nothing: the thing stays as it was, and a problem says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from yellowgate.model import Problem, Ruling, RulingLine, Runner
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.rulings.kinds import KINDS, Subject


class Decided(NamedTuple):
    """What stands on one thing: the ruling (None when persons contradict each other), and all
    rulings that speak of it, by the moment they were made.
    """

    ruling: Ruling | None
    spoken: tuple[Ruling, ...]

    @property
    def lines(self) -> tuple[RulingLine, ...]:
        """All of them as the log shows them."""
        return tuple(line(ruling) for ruling in self.spoken)


@dataclass
class Decisions:
    """The rulings in force, by the thing they decide. problems: contradictions and the like.

    taken_back: the undo that took a ruling back (the earliest of several), by the ruling's id.
    """

    active: tuple[Ruling, ...] = ()
    taken_back: Mapping[str, Ruling] = field(default_factory=dict[str, Ruling])
    by_subject: dict[Subject, Decided] = field(default_factory=dict[Subject, Decided])
    by_runner: dict[str, list[Ruling]] = field(default_factory=dict[str, list[Ruling]])
    problems: list[Problem] = field(default_factory=list[Problem])

    def ruling(self, *subject: object) -> Ruling | None:
        """The ruling that decides this, None when there is none or they contradict each other."""
        decided = self.by_subject.get(subject)
        return None if decided is None else decided.ruling

    def spoken(self, *subject: object) -> tuple[Ruling, ...]:
        """All rulings on this."""
        decided = self.by_subject.get(subject)
        return () if decided is None else decided.spoken

    def lines(self, *subject: object) -> tuple[RulingLine, ...]:
        """All that was said on this."""
        decided = self.by_subject.get(subject)
        return () if decided is None else decided.lines

    def bib(self, runner: Runner, loop: int) -> str:
        """What he wears on this loop, by the roster or by a ruling."""
        ruled = self.ruling("bib", runner.name, loop)
        return runner.bib(loop) if ruled is None else ruled.data["bib"]

    def of(self, runner: str, *wanted: str) -> list[Ruling]:
        """The rulings of these kinds on this runner, by the moment they were made."""
        return [ruling for ruling in self.by_runner.get(runner, ()) if ruling.kind in wanted]


def line(ruling: Ruling) -> RulingLine:
    """The ruling as the log shows it."""
    text = ruling_kinds.words(ruling.kind, ruling.data)
    return RulingLine(ruling.id, ruling.at_us, ruling.by, ruling.kind, ruling.why, text)


def evaluate(rulings: Iterable[Ruling], as_of_us: int, names: Iterable[str]) -> Decisions:
    """What is ruled at this moment. names: of the roster."""
    known = set(names)
    made = {ruling.id: ruling for ruling in rulings if ruling.at_us <= as_of_us}
    wrong = {key: words for key, ruling in made.items() if (words := _wrong(ruling, known))}
    undos = [row for key, row in made.items() if row.kind == "undo" and key not in wrong]
    taken_back = undone(undos)
    decisions = Decisions(taken_back=taken_back)
    active: list[Ruling] = []
    for ruling in sorted(made.values(), key=_order):
        if ruling.id in taken_back:
            continue
        if ruling.id in wrong:
            decisions.problems.append(_of(*wrong[ruling.id], [ruling]))
        elif ruling.kind == "undo":
            if ruling.data["ruling"] not in made:
                text = f"there is no ruling {ruling.data['ruling']} to take back"
                decisions.problems.append(_of("ruling points nowhere", text, [ruling]))
        else:
            active.append(ruling)
            if "runner" in ruling.data:
                decisions.by_runner.setdefault(ruling.data["runner"], []).append(ruling)
    decisions.active = tuple(active)
    _decide(decisions)
    return decisions


def _order(ruling: Ruling) -> tuple[int, str]:
    return ruling.at_us, ruling.id


def undone(undos: Iterable[Ruling]) -> dict[str, Ruling]:
    """What these undos take back, by id, with the undo that does (the earliest of several).

    An undo can be taken back too; then what it took back stands again. When each was made decides
    nothing: the clocks of two laptops differ.
    """
    of_target: dict[str, list[Ruling]] = {}
    for undo in undos:
        of_target.setdefault(undo.data["ruling"], []).append(undo)
    found: dict[str, Ruling] = {}
    settled: set[str] = set()
    for first in of_target:
        stack = [first]  # depth first without recursion: chains may be long
        while stack:
            target = stack[-1]
            own = of_target.get(target, [])
            waiting = [undo.id for undo in own if undo.id not in settled]
            if waiting:
                stack += waiting
                continue
            standing = [undo for undo in own if undo.id not in found]
            if standing:
                found[target] = min(standing, key=_order)
            settled.add(target)
            stack.pop()
    return found


def _wrong(ruling: Ruling, names: set[str]) -> tuple[str, str] | None:
    """(kind of problem, text) when the ruling cannot mean anything here."""
    try:
        ruling_kinds.check(ruling.kind, ruling.data)
    except ValueError as error:
        return "ruling not understood", str(error)
    runner = ruling.data.get("runner")
    if runner is not None and runner not in names:
        return "ruling points nowhere", f"nobody in the roster is called {runner!r}"
    return None


def _of(kind: str, text: str, about: Sequence[Ruling]) -> Problem:
    data = about[0].data
    runner, loop = data.get("runner"), data.get("loop")  # of any type: what came may be damaged
    name = runner if isinstance(runner, str) else ""
    number = loop if isinstance(loop, int) else 0
    ids = tuple(ruling.id for ruling in about)
    return Problem(kind, "decide", text, name, number, rulings=ids)


def _decide(decisions: Decisions) -> None:
    spoken: dict[Subject, list[tuple[Ruling, object]]] = {}
    for ruling in decisions.active:
        for subject, says in KINDS[ruling.kind].decides(ruling.data):
            spoken.setdefault(subject, []).append((ruling, says))
    for subject, said in spoken.items():
        saying = {ruling.id: says for ruling, says in said}
        decided = settle([ruling for ruling, _ in said], lambda r, s=saying: s[r.id])
        decisions.by_subject[subject] = decided
        if decided.ruling is None:
            decisions.problems.append(contradiction(decided.spoken))
    _void_or_grace(decisions)


def _void_or_grace(decisions: Decisions) -> None:
    """Void says that a loop does not count, grace that it does in spite of something: of one
    person's words the later stands, and different persons decide nothing.
    """
    for subject, void in list(decisions.by_subject.items()):
        if subject[0] != "void":
            continue
        graces = [("grace", *subject[1:], what) for what in ("cutoff", "pages")]
        said = {"void": [subject], "grace": [one for one in graces if decisions.ruling(*one)]}
        if void.ruling is None or not said["grace"]:
            continue
        spoken = [row for one in (subject, *said["grace"]) for row in decisions.spoken(*one)]
        stands = settle(sorted(spoken, key=_order), lambda ruling: ruling.kind)
        if stands.ruling is None:
            decisions.problems.append(contradiction(stands.spoken))
        for kind, subjects in said.items():
            if stands.ruling is None or stands.ruling.kind != kind:
                for one in subjects:
                    decisions.by_subject[one] = Decided(None, decisions.spoken(*one))


def settle(rulings: Sequence[Ruling], says: Callable[[Ruling], object]) -> Decided:
    """What stands, given the rulings on one thing (one at least) in the order they were made."""
    if len(rulings) == 1:
        return Decided(rulings[0], tuple(rulings))
    latest = {ruling.by.strip().casefold(): ruling for ruling in rulings}
    different = {repr(says(ruling)) for ruling in latest.values()}
    standing = max(latest.values(), key=_order) if len(different) == 1 else None
    return Decided(standing, tuple(rulings))


def contradiction(spoken: Sequence[Ruling]) -> Problem:
    """The problem that persons ruled differently."""
    latest = {ruling.by.strip().casefold(): ruling for ruling in spoken}
    said = [f"{r.by}: {ruling_kinds.words(r.kind, r.data)} ({r.id})" for r in latest.values()]
    text = "ruled differently, so nothing is decided until one is taken back: " + "; ".join(said)
    return _of("contradiction", text, list(latest.values()))
