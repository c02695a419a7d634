"""What people decide: shown before it is kept, kept once, taken back by a ruling.

The command line, the prompt and the pages all keep rulings here, so the same decisions are the
same rows of the store whoever takes them in.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from yellowgate.errors import GateError, Meanwhile
from yellowgate.model import Ruling, Runner
from yellowgate.official import Moment
from yellowgate.race.diff import Change, diff
from yellowgate.rulings.decisions import Decisions, evaluate
from yellowgate.rulings.fields import MOMENT_MAX_US
from yellowgate.rulings.kinds import KINDS, Said, Subject, make, words
from yellowgate.rulings.names import of_current_names
from yellowgate.store.store import Store
from yellowgate.weigh import objections_to

T = TypeVar("T")

TOKENS_MAX = 10_000
TRIES = 100  # each that fails is a decision of somebody else that was kept
PLACES = ("place", "place_gender", "doubtful")  # what moves because another's result turned
TURNS = ("status", "reason", "loops_counted", "verdict", "accounted", "in_us", "out_us")
OF_A_LOOP = ("pages", "direction")  # kinds of which only the rules know which touch is meant


@dataclass(frozen=True)
class Wanted:
    """A ruling that somebody wants to make: kind and data as in rulings/kinds.py, and why."""

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    why: str = ""

    @property
    def words(self) -> str:
        """What would be ruled, in one line."""
        return words(self.kind, self.data)


@dataclass(frozen=True)
class Kept:
    """What became of a decision.

    made: the rulings that are stored now. already: those that said so before, so that nothing was
    added. against: rulings of others that say otherwise and that the person has not seen: then
    nothing was kept.
    """

    made: tuple[Ruling, ...] = ()
    already: tuple[Ruling, ...] = ()
    against: tuple[Ruling, ...] = ()


def rule(store: Store, wanted: Sequence[Wanted], by: str, when_us: int) -> tuple[Ruling, ...]:
    """Make these rulings and store them, all or none.

    Raises ValueError when no ruling can be like this, GateError when one takes back what is taken
    back already: that would have to be undone twice.
    """
    return _alone(store, lambda known: _rule(store, wanted, by, when_us, known))


def _alone(store: Store, decide: Callable[[int], T]) -> T:
    """Decide on the rulings of a version, and anew when others stored some meanwhile: two who do so
    in the same instant, in two processes or on two laptops, do it one after the other.
    """
    for _ in range(TRIES):
        with suppress(Meanwhile):
            return decide(store.rulings_version())
    raise Meanwhile("others decide all the time: nothing was kept; repeat it")


def _rule(
    store: Store, wanted: Sequence[Wanted], by: str, when_us: int, known: int
) -> tuple[Ruling, ...]:
    made = tuple(make(row.kind, row.data, by, row.why, when_us) for row in wanted)
    undos = [row.data["ruling"] for row in made if row.kind == "undo"]
    if undos:
        taken_back = evaluate(store.rulings(), when_us, ()).taken_back
        for target in undos:
            before = taken_back.get(target)
            if before is not None:
                raise GateError(
                    f"{target} is taken back already, by {before.id} of {before.by}; "
                    f"so that it stands again: gate ruling undo {before.id}"
                )
    store.add_rulings(made, known)
    return made


def keep(
    store: Store,
    wanted: Sequence[Wanted],
    by: str,
    when_us: int,
    seen: Collection[str] = (),
    roster: Sequence[Runner] = (),
) -> Kept:
    """Keep a decision, unless it is kept already, or somebody else decided otherwise meanwhile.

    when_us: the moment at which the person decided. seen: ids of the rulings of others that the
    person has seen and decides against. roster: for names that runners had before.
    Raises as rule().
    """
    return _alone(store, lambda known: _keep(store, wanted, by, when_us, seen, roster, known))


def _keep(
    store: Store,
    wanted: Sequence[Wanted],
    by: str,
    when_us: int,
    seen: Collection[str],
    roster: Sequence[Runner],
    known: int,
) -> Kept:
    drafts = [make(row.kind, row.data, by, row.why, when_us) for row in wanted]
    rulings = of_current_names(store.rulings(), roster)
    names = {str(row.data["runner"]) for row in rulings if "runner" in row.data}
    decisions = evaluate(rulings, MOMENT_MAX_US, names)
    already = [is_said(decisions, row.kind, row.data, by) for row in drafts]
    new = [row for row, before in zip(wanted, already, strict=True) if before is None]
    against = {
        row.id: row
        for one in drafts
        for row in others_against(decisions, one.kind, one.data, by)
        if row.id not in seen
    }
    if new and against:
        return Kept(against=tuple(against.values()))
    made = _rule(store, new, by, when_us, known) if new else ()
    return Kept(made, tuple(row for row in already if row is not None))


def is_said(decisions: Decisions, kind: str, data: Mapping[str, Any], by: str) -> Ruling | None:
    """The ruling that says just this already, and that its maker has not replaced since: of this
    person, or, where the person said nothing of it, of another.
    """
    if kind == "undo":
        return decisions.taken_back.get(str(data.get("ruling")))
    rows = _on_the_same(decisions, data)
    says = dict(things_said(kind, data))
    same = [row for row in rows if row.kind == kind and dict(row.data) == dict(data)]
    is_own = any(_is_by(row, by) and _speaks_of(row, says) for row in rows)
    for row in reversed(same):
        later = rows[rows.index(row) + 1 :]
        is_replaced = any(_is_by(one, row.by) and _contradicts(one, says) for one in later)
        if not is_replaced and (_is_by(row, by) or not is_own):
            return row
    return None


def others_against(
    decisions: Decisions, kind: str, data: Mapping[str, Any], by: str
) -> list[Ruling]:
    """The last words of others that say otherwise of the same things."""
    says = dict(things_said(kind, data))
    latest: dict[tuple[str, Subject], Ruling] = {}
    for row in _on_the_same(decisions, data):
        for subject, _ in things_said(row.kind, row.data):
            if subject in says and not _is_by(row, by):
                latest[row.by.strip().casefold(), subject] = row
    found = {row.id: row for row in latest.values() if _contradicts(row, says)}
    return list(found.values())


class Keeper:
    """Keeps decisions for several people at once; a form that is sent twice is kept once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def keep(
        self,
        store: Store,
        wanted: Sequence[Wanted],
        by: str,
        when_us: int,
        token: str = "",
        seen: Collection[str] = (),
        roster: Sequence[Runner] = (),
    ) -> Kept:
        """As keep(). token: of the form; the second time it is answered as the first time."""
        with self._lock:
            before = self._kept.get(token) if token else None
            if before is not None:
                return before
            kept = keep(store, wanted, by, when_us, seen, roster)
            if token and not kept.against:  # what was not kept may be sent again, having seen why
                self._kept[token] = kept
                while len(self._kept) > TOKENS_MAX:
                    self._kept.popitem(last=False)
            return kept


def with_rulings(moment: Moment, wanted: Iterable[Wanted], by: str) -> Moment:
    """The race as it would be, had this been ruled. Raises ValueError when no ruling can be so."""
    return _after(moment, _made(moment, wanted, by))


class Outlook(NamedTuple):
    """A decision before it is kept. changes: in the log; remarks: what the person should know;
    objections: those of them that speak against it, so that the person must confirm it.
    """

    changes: list[str]
    remarks: list[str]
    objections: list[str]


def outlook(moment: Moment, wanted: Sequence[Wanted], by: str) -> Outlook:
    """What this decision would do. Raises ValueError when no ruling can be like this."""
    made = _made(moment, wanted, by)
    after = _after(moment, made)
    named = {str(row.data["runner"]) for row in made if "runner" in row.data}
    changes = [
        line
        for old, new in zip(moment.events(), after.events(), strict=True)
        for line in _changes(diff(old.log, new.log), named)
    ]
    remarks = [line for row in made for line in after.remarks(row)]
    objections = [line for row in made for line in objections_to(after, row)]
    return Outlook(*(list(dict.fromkeys(lines)) for lines in (changes, remarks, objections)))


def preview(moment: Moment, wanted: Sequence[Wanted], by: str) -> list[str]:
    """What this decision changes in the log, and what the person should know, in lines; empty
    when nothing changes. Raises ValueError when no ruling can be like this.
    """
    seen = outlook(moment, wanted, by)
    return list(dict.fromkeys([*seen.changes, *seen.remarks, *seen.objections]))


def _changes(rows: Sequence[Change], named: Collection[str]) -> Iterator[str]:
    """A line for each runner who is named, and for all others whose result turns; that others move
    a place is one line.
    """
    moved: set[str] = set()
    for runner, of_runner in groupby(rows, lambda row: row.runner):
        changes = list(of_runner)
        if not runner or runner in named or any(row.what in TURNS for row in changes):
            hidden = PLACES[1:] if runner in named else PLACES
            text = ", ".join(_words(row) for row in changes if row.what not in hidden)
            yield f"{runner}: {text}" if runner else text
        else:
            moved.add(runner)
    if moved:
        yield f"{len(moved)} other runner{'s move' if len(moved) > 1 else ' moves'} a place"


def _words(row: Change) -> str:
    what = row.what.removesuffix("_us").replace("_", " ")
    loop = f"loop {row.loop} " if row.loop else ""
    return f"{loop}{what} {row.before or '-'} -> {row.after or '-'}"


def _made(moment: Moment, wanted: Iterable[Wanted], by: str) -> list[Ruling]:
    return [make(row.kind, row.data, by, row.why, moment.as_of_us) for row in wanted]


def _after(moment: Moment, made: Sequence[Ruling]) -> Moment:
    race = replace(moment.race, rulings=[*moment.race.rulings, *made])
    if any(KINDS[row.kind].of_records for row in made):
        return race.at(moment.as_of_us, moment.is_now)
    decisions = evaluate(race.rulings, moment.as_of_us, (row.name for row in race.roster))
    return replace(moment, race=race, decisions=decisions)


def undo_last(decisions: Decisions, by: str) -> Wanted | None:
    """What takes back this person's last ruling that stands; None when there is none."""
    own = [row for row in decisions.active if _is_by(row, by)]
    return Wanted("undo", {"ruling": own[-1].id}) if own else None


def _is_by(row: Ruling, by: str) -> bool:
    return row.by.strip().casefold() == by.strip().casefold()


def _on_the_same(decisions: Decisions, data: Mapping[str, Any]) -> Sequence[Ruling]:
    """The rulings in force that may be on the same thing, by the moment they were made."""
    if "runner" in data and not {"seq", "tag"} & data.keys():
        return decisions.by_runner.get(str(data["runner"]), [])
    return decisions.active


def _speaks_of(row: Ruling, says: Mapping[Subject, object]) -> bool:
    return any(subject in says for subject, _ in things_said(row.kind, row.data))


def _contradicts(row: Ruling, says: Mapping[Subject, object]) -> bool:
    said = things_said(row.kind, row.data)
    return any(subject in says and says[subject] != what for subject, what in said)


def things_said(kind: str, data: Mapping[str, Any]) -> Said:
    """What a ruling decides; of the kinds that speak of a touch also of which loop."""
    said = list(KINDS[kind].decides(data))
    loop = data.get("runner"), data.get("loop")
    if kind in OF_A_LOOP and "direction" not in data:
        touch = kind, *loop, data.get("log_id"), data.get("seq")
        said.append((touch, (data.get("have"), data.get("of"), data.get("right"))))
    if kind == "grace" or (kind == "void" and "loop" in data):
        said.append((("counts", *loop), kind == "grace"))
    return said
