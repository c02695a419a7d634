"""Who is meant by a name, a part of one, a bib or a tag."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence, Set
from functools import cached_property

from yellowgate.event.person import same_bib
from yellowgate.model import Runner
from yellowgate.rulings.decisions import Decisions

NAMES_SAID = 5
CLOSE = 0.7  # how alike a word must be to a name that was perhaps meant


class People:
    """The runners, made ready for many questions. decisions: bibs and tags that were ruled."""

    def __init__(self, roster: Sequence[Runner], decisions: Decisions | None = None) -> None:
        self.roster = roster
        self.decisions = decisions or Decisions()

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
        hint = _names_like(text, [runner.name for runner in self.roster])
        raise ValueError(f"nobody has the name, bib or tag {text!r}{hint} (gate roster list)")

    def meant(self, text: str, loop: int = 0) -> list[Runner]:
        """All who may be meant: those of the surest way in which anybody is."""
        uid, low = re.sub(r"[\s:-]", "", text).lower(), plain(text)
        if not low:
            return []
        row = self._by_name.get(text)
        if row is not None:
            return [row]
        bib_of = self.decisions.bib
        ways: tuple[Callable[[Runner], bool], ...] = (
            lambda row: low == self._plain[row.name],
            lambda row: low in map(plain, row.formerly),
            lambda row: bool(loop) and bib_of(row, loop) == text,
            lambda row: bool({text, uid} & self.worn[row.name]),
            lambda row: bool(loop) and same_bib(text, [bib_of(row, loop)]),
            lambda row: same_bib(text, self.bibs[row.name]),
            lambda row: low in self._plain[row.name],
        )
        for is_meant in ways:
            found = self._all(is_meant)
            if found:
                return found
        return []

    def of_bib(self, text: str) -> list[Runner]:
        """All who wear this bib, on whatever loop."""
        found = self._all(lambda row: text in self.bibs[row.name])
        return found or self._all(lambda row: same_bib(text, self.bibs[row.name]))

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
        return self._all(lambda row: bool(low) and low in self._plain[row.name])

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

    @cached_property
    def worn(self) -> dict[str, Set[str]]:
        """Bibs and tags of each runner, by name."""
        found: dict[str, Set[str]] = {}
        for runner in self.roster:
            tags = {str(row.data["tag"]) for row in self.decisions.of(runner.name, "tag")}
            found[runner.name] = {*self.bibs[runner.name], *runner.tags, *tags} - {""}
        return found

    def _all(self, is_meant: Callable[[Runner], bool]) -> list[Runner]:
        return [row for row in self.roster if is_meant(row)]

    @cached_property
    def _by_name(self) -> dict[str, Runner]:
        return {runner.name: runner for runner in self.roster}

    @cached_property
    def _plain(self) -> dict[str, str]:
        return {runner.name: plain(runner.name) for runner in self.roster}


def plain(text: str) -> str:
    """Without capitals, accents and doubled spaces."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in parts if not unicodedata.combining(sign)).split())


def _names(found: Sequence[Runner]) -> str:
    return ", ".join(runner.name for runner in found[:NAMES_SAID])


def _names_like(text: str, names: Iterable[str]) -> str:
    by_plain = {plain(part): name for name in names for part in (name, *name.split())}
    close = difflib.get_close_matches(plain(text), by_plain, 1, CLOSE)
    return f", did you mean {by_plain[close[0]]}?" if close else ""
