"""Rulings on names that runners had before: a corrected name takes along what was ruled on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from yellowgate.model import Ruling, Runner


def of_current_names(rulings: Iterable[Ruling], roster: Sequence[Runner]) -> list[Ruling]:
    """The rulings with the names that the roster has now. Each keeps its identity, which is made
    from what was ruled then: an undo, a merge and the store know it by that.

    A name that two runners had, or that somebody has now, stays as it was ruled.
    """
    names = [runner.name for runner in roster]
    before: dict[str, list[str]] = {}
    for runner in roster:
        for name in runner.formerly:
            before.setdefault(name, []).append(runner.name)
    now = {old: new[0] for old, new in before.items() if len(new) == 1 and old not in names}
    return [_renamed(ruling, now.get(str(ruling.data.get("runner")))) for ruling in rulings]


def _renamed(ruling: Ruling, name: str | None) -> Ruling:
    if name is None:
        return ruling
    made = replace(ruling, data={**ruling.data, "runner": name})
    made.__dict__["id"] = ruling.id  # the cached property, of the content as it was ruled
    return made
