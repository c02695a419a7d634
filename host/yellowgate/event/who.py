"""Who is meant by a name, a part of one, a bib or a tag."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from yellowgate.errors import closest
from yellowgate.event.person import bib_parts, same_bib
from yellowgate.model import Runner
from yellowgate.rulings.decisions import Decisions

NAMES_SAID = 5
HINTS_MAX = 100
CLOSE = 0.7  # how alike a word must be to a name that was perhaps meant


class People:
    """The runners, made ready for many questions. decisions: bibs and tags that were ruled."""

    def __init__(self, roster: Sequence[Runner], decisions: Decisions | None = None) -> None:
        self.roster = roster
        self.decisions = decisions or Decisions()
        self._hints = 0

    def find(self, text: str, loop: int = 0) -> Runner:
        """The runner with this name, bib, tag, or the only one whose name has this in it.

        loop: a bib is first looked for among those of this loop. Raises ValueError (one line).
        """
        if not plain(text):
            raise ValueError("it is empty: write a name, a part of it, or a bib")
        found = self.meant(text, loop)
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(f"{len(found)} runners may be meant by {text!r}: {_names(found)}")
        hint = self._hint(text)
        raise ValueError(f"nobody has the name, bib or tag {text!r}{hint} (gate roster list)")

    def meant(self, text: str, loop: int = 0) -> list[Runner]:
        """All who may be meant: those of the surest way in which anybody is."""
        uid, low = re.sub(r"[\s:-]", "", text).lower(), plain(text)
        if not low:
            return []
        worn = self._by_bib.get(bib_parts(text)[1], [])
        bib_of = self.decisions.bib
        ways: tuple[Callable[[], list[Runner]], ...] = (
            lambda: self._by_name.get(text, []),
            lambda: self._by_plain.get(low, []),
            lambda: self._formerly.get(low, []),
            lambda: [row for row in worn if loop and bib_of(row, loop) == text],
            lambda: self._wearing(text, uid, worn),
            lambda: [row for row in worn if loop and same_bib(text, [bib_of(row, loop)])],
            lambda: [row for row in worn if same_bib(text, self.bibs[row.name])],
            lambda: self.like(text),
        )
        for way in ways:
            found = way()
            if found:
                return found
        return []

    def of_bib(self, text: str) -> list[Runner]:
        """All who wear this bib, on whatever loop."""
        worn = self._by_bib.get(bib_parts(text)[1], [])
        found = [row for row in worn if text in self.bibs[row.name]]
        return found or [row for row in worn if same_bib(text, self.bibs[row.name])]

    def find_bib(self, text: str) -> Runner:
        """The runner who wears this bib, on whatever loop. Raises ValueError (one line)."""
        found = self.of_bib(text)
        if len(found) == 1:
            return found[0]
        raise ValueError(
            f"{len(found)} runners wear the bib {text!r}: {_names(found)}"
            if found
            else f"nobody wears the bib {text!r}"
        )

    def like(self, text: str) -> list[Runner]:
        """All whose name has this in it, in the order of the roster."""
        low = plain(text)
        return [row for row in self.roster if low in self._plain[row.name]] if low else []

    @cached_property
    def bibs(self) -> dict[str, list[str]]:
        """All bibs of each runner, by the roster or by a ruling, by name."""
        return {
            runner.name: [
                *runner.bibs.values(),
                *(str(row.data["bib"]) for row in self.decisions.of(runner.name, "bib")),
            ]
            for runner in self.roster
        }

    def _wearing(self, text: str, uid: str, worn: Sequence[Runner]) -> list[Runner]:
        """By just this bib, or this tag."""
        tagged = self._by_tag.get(uid, [])
        return [
            *tagged,
            *(row for row in worn if text in self.bibs[row.name] and row not in tagged),
        ]

    @cached_property
    def _by_name(self) -> dict[str, list[Runner]]:
        return _index(self.roster, lambda row: [row.name])

    @cached_property
    def _by_plain(self) -> dict[str, list[Runner]]:
        return _index(self.roster, lambda row: [self._plain[row.name]])

    @cached_property
    def _formerly(self) -> dict[str, list[Runner]]:
        return _index(self.roster, lambda row: map(plain, row.formerly))

    @cached_property
    def _by_bib(self) -> dict[str, list[Runner]]:
        """By the number of the bib, without letters and leading zeros."""
        return _index(self.roster, lambda row: (bib_parts(bib)[1] for bib in self.bibs[row.name]))

    @cached_property
    def _by_tag(self) -> dict[str, list[Runner]]:
        def tags(row: Runner) -> Iterable[str]:
            return *row.tags, *(str(one.data["tag"]) for one in self.decisions.of(row.name, "tag"))

        return _index(self.roster, tags)

    @cached_property
    def _plain(self) -> dict[str, str]:
        return {runner.name: plain(runner.name) for runner in self.roster}

    @cached_property
    def _parts(self) -> dict[str, str]:
        """Names and their parts as they may be typed, and whose they are."""
        names = [runner.name for runner in self.roster]
        return {plain(part): name for name in names for part in (name, *name.split())}

    def _hint(self, text: str) -> str:
        """Who was perhaps meant. Of a long list with many faults only the first get one: nobody
        reads more, and each costs a look at all names.
        """
        self._hints += 1
        if self._hints > HINTS_MAX:
            return ""
        close = closest(plain(text), self._parts, CLOSE)
        return f", did you mean {self._parts[close]}?" if close else ""


def _index(
    roster: Sequence[Runner], keys: Callable[[Runner], Iterable[str]]
) -> dict[str, list[Runner]]:
    found: dict[str, list[Runner]] = {}
    for row in roster:
        for key in dict.fromkeys(keys(row)):
            if key:
                found.setdefault(key, []).append(row)
    return found


def plain(text: str) -> str:
    """Without capitals, accents and doubled spaces."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in parts if not unicodedata.combining(sign)).split())


def _names(found: Sequence[Runner]) -> str:
    return ", ".join(runner.name for runner in found[:NAMES_SAID])
