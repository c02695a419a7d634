"""From a story that breaks a rule to the smallest that still does: delta debugging.

What is left out, one kind after the other, as long as the same rule is broken: the last hours,
looks of the judge, runners, laptops, stations, parts (Zeller and Hildebrandt, "Simplifying and
Isolating Failure-Inducing Input", 2002: halves first, then quarters, down to single ones). Any of
that leaves a story (story.py), so nothing has to be repaired; and a part draws its chances from
its own id, so the others stay what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from complaint import Complaint
from story import Story

T = TypeVar("T")
Plays = Callable[[Story], Sequence[Complaint]]
PLAYS_MAX = 300
HOURS_MIN = 0.05


@dataclass
class Shrunk:
    """story: the smallest found. complaint: the first of the rule that it breaks. plays: how many
    it took. is_done: nothing more can be left out; else the plays were at their end.
    """

    story: Story
    complaint: Complaint
    plays: int
    is_done: bool

    def __str__(self) -> str:
        story = self.story
        end = (
            "nothing more can be left out" if self.is_done else "more plays may find a smaller one"
        )
        return (
            f"{len(story.parts)} parts, {len(story.runners)} runners, {len(story.stations)} "
            f"stations, {len(story.laptops)} laptops, {story.hours:.2f} h, after {self.plays} "
            f"plays; {end}"
        )


class _OutOfPlays(Exception):
    pass


class _Shrinker:
    def __init__(self, story: Story, found: Complaint, plays: Plays, plays_max: int) -> None:
        self.story = story
        self.complaint = found
        self.count = 0
        self._plays = plays
        self._plays_max = plays_max

    def _takes(self, smaller: Story) -> bool:
        """Does it still break the rule? Then it is the story from now on."""
        if smaller == self.story:
            return False
        if self.count >= self._plays_max:
            raise _OutOfPlays
        self.count += 1
        found = [one for one in self._plays(smaller) if one.rule == self.complaint.rule]
        if found:
            self.story, self.complaint = smaller, found[0]
        return bool(found)

    def run(self) -> bool:
        """True: nothing more can be left out."""
        try:
            before = None
            while before != self.story:
                before = self.story
                self._fewer_hours()
                self._fewer(lambda story: story.checks, _with_checks)
                self._fewer(lambda story: [one.name for one in story.runners], _with_runners)
                self._fewer(lambda story: [one.name for one in story.laptops], _with_laptops)
                self._fewer(lambda story: [one.number for one in story.stations], _with_stations)
                self._fewer(lambda story: [one.id for one in story.parts], Story.only)
        except _OutOfPlays:
            return False
        return True

    def _fewer_hours(self) -> None:
        """To just after the complaint; and from there by halves of what is left of the way."""
        low, high = 0.0, min(self.story.hours, self.complaint.at_s / 3600 + 0.01)
        if not self._takes(self.story.until(high)):
            high = self.story.hours
        while high - low > max(HOURS_MIN, high / 20):
            middle = (low + high) / 2
            if self._takes(self.story.until(middle)):
                high = middle
            else:
                low = middle

    def _fewer(
        self,
        of: Callable[[Story], Iterable[T]],
        keeping: Callable[[Story, Sequence[T]], Story],
    ) -> None:
        """Keep as few of these as will do."""
        if self._takes(keeping(self.story, [])):
            return
        grain = 2
        while len(whole := list(of(self.story))) >= 2:
            size = -(-len(whole) // grain)
            pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
            for piece in pieces:
                left = [one for one in whole if one not in piece]
                if left and self._takes(keeping(self.story, left)):
                    grain = max(2, grain - 1)
                    break
            else:
                if size == 1:
                    return
                grain = min(len(whole), grain * 2)


def _with_checks(story: Story, kept: Sequence[float]) -> Story:
    return replace(story, checks=tuple(kept))


def _with_runners(story: Story, kept: Sequence[str]) -> Story:
    return story.without_runners({one.name for one in story.runners} - set(kept))


def _with_laptops(story: Story, kept: Sequence[str]) -> Story:
    return story.without_laptops({one.name for one in story.laptops} - set(kept))


def _with_stations(story: Story, kept: Sequence[int]) -> Story:
    return story.without_stations({one.number for one in story.stations} - set(kept))


def shrink(story: Story, found: Complaint, plays: Plays, plays_max: int = PLAYS_MAX) -> Shrunk:
    """The smallest story that breaks the rule that this complaint of it names, as far as so many
    plays show. plays: what the judge says of a story.
    """
    work = _Shrinker(story, found, plays, plays_max)
    is_done = work.run()
    return Shrunk(work.story, work.complaint, work.count, is_done)
