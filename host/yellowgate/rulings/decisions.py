"""The rulings in force at a moment, and where they contradict each other.

Undone rulings are gone as if they had never been (the store keeps them). Of two rulings of one
person on the same thing the later one stands: he corrected himself. Different persons who rule
differently on the same thing decide nothing: the thing stays as it was, and a problem says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from yellowgate.model import Problem, Ruling, RulingLine, Runner
from yellowgate.rulings import kinds as ruling_kinds

Subject = tuple[Any, ...]


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
    """The rulings in force, by the thing they decide. problems: contradictions and the like."""

    active: tuple[Ruling, ...] = ()
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
    decisions = Decisions()
    in_force = _not_undone(made, decisions.problems)
    active: list[Ruling] = []
    for ruling in sorted(in_force, key=_order):
        wrong = _wrong(ruling, known)
        if wrong:
            decisions.problems.append(_problem(*wrong, [ruling]))
            continue
        active.append(ruling)
        if "runner" in ruling.data:
            decisions.by_runner.setdefault(ruling.data["runner"], []).append(ruling)
    decisions.active = tuple(active)
    _decide(decisions)
    return decisions


def _order(ruling: Ruling) -> tuple[int, str]:
    return ruling.at_us, ruling.id


def _not_undone(made: Mapping[str, Ruling], problems: list[Problem]) -> list[Ruling]:
    """Rulings without the undone ones and without the undoing. An undo can be undone."""
    undos: dict[str, list[Ruling]] = {}
    for ruling in made.values():
        if ruling.kind == "undo":
            undos.setdefault(str(ruling.data.get("ruling")), []).append(ruling)
    states: dict[str, bool] = {}

    def stands(start: str) -> bool:
        """Depth first without recursion: chains may be long."""
        stack = [start]
        while stack:
            top = stack[-1]
            waiting = [undo.id for undo in undos.get(top, ()) if undo.id not in states]
            if waiting:
                stack += waiting
            else:
                states[top] = not any(states[undo.id] for undo in undos.get(top, ()))
                stack.pop()
        return states[start]

    for target in sorted(undos):
        standing = [undo for undo in undos[target] if stands(undo.id)]
        if target not in made and standing:
            text = f"there is no ruling {target} to take back"
            problems.append(_problem("ruling points nowhere", text, sorted(standing, key=_order)))
    return [r for r in made.values() if r.kind != "undo" and stands(r.id)]


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


def _problem(kind: str, text: str, about: Sequence[Ruling]) -> Problem:
    data = about[0].data
    runner, loop = data.get("runner"), data.get("loop")  # of any type: what came may be damaged
    name, number = (
        runner if isinstance(runner, str) else "",
        loop if isinstance(loop, int) else 0,
    )
    return Problem(kind, "decide", text, name, number, None, (), tuple(r.id for r in about))


def _subjects(ruling: Ruling) -> list[tuple[Subject, object]]:
    """The things that the ruling decides, and what it says of each.

    Pages, the side of a touch and sightings have none: they speak of a touch, which only the
    rules of the race know.
    """
    return _SUBJECTS[ruling.kind](ruling.data, ruling.data.get("at", ruling.data.get("at_s")))


Said = list[tuple[Subject, object]]
Data = Mapping[str, Any]


def _void(data: Data, _when: object) -> Said:
    if "seq" in data:
        return [(("read", data["log_id"], data["seq"]), ("void",))]
    return [(("void", data["runner"], data["loop"]), True)]


def _assign(data: Data, _when: object) -> Said:
    says = ("assign", data["runner"], data.get("use", ""))
    return [(("read", data["log_id"], data["seq"]), says)]


def _way(data: Data, _when: object) -> Said:
    if "direction" not in data:
        return []
    return [(("way", data["runner"], data["loop"]), data["direction"])]


def _paper(data: Data, _when: object) -> Said:
    who = (data["runner"], data["loop"])
    return [
        (("paper", *who, name.partition("_")[0]), (name[-2:], data[name]))
        for name in ("in_s", "in_at", "out_s", "out_at")
        if name in data
    ]


def _dropout(data: Data, when: object) -> Said:
    """Two may agree on the reason and not on the moment, which decides what still counts."""
    said: Said = [(("dropout", data["runner"]), data["reason"].casefold())]
    return said if when is None else [*said, (("dropout at", data["runner"]), when)]


def _grace(data: Data, _when: object) -> Said:
    subject = ("grace", data["runner"], data["loop"], data.get("for", "cutoff"))
    return [(subject, data.get("seconds"))]


_SUBJECTS: dict[str, Callable[[Data, object], Said]] = {
    "assign": _assign,
    "void": _void,
    "pages": lambda _data, _when: [],
    "direction": _way,
    "departure": lambda d, when: [(("departure", d["runner"], d["loop"]), when)],
    "dropout": _dropout,
    "return": lambda d, when: [(("return", d["runner"]), when)],
    "sighting": lambda _data, _when: [],
    "grace": _grace,
    "start": lambda d, when: [(("start", d.get("event", ""), d.get("wave", "")), when)],
    "conch": lambda _data, when: [(("conch",), when)],
    "paper": _paper,
    "clock": lambda d, _when: [(("clock", d.get("log_id", "")), d["reference_id"])],
    "tag": lambda d, when: [(("tag", d["tag"], when), d["runner"])],
    "bib": lambda d, _when: [(("bib", d["runner"], d["loop"]), d["bib"])],
    "partial": lambda d, _when: [(("partial", d["runner"]), d["distance_m"])],
}


def _decide(decisions: Decisions) -> None:
    spoken: dict[Subject, list[tuple[Ruling, object]]] = {}
    for ruling in decisions.active:
        for subject, says in _subjects(ruling):
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
    return _problem("contradiction", text, list(latest.values()))
