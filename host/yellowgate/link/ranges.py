"""Which numbers are here: sorted ranges, and how an answer to a station tells them."""

from __future__ import annotations

from bisect import bisect_right


class Ranges:
    """A set of numbers as sorted ranges [first, end)."""

    def __init__(self) -> None:
        self.firsts: list[int] = []
        self.ends: list[int] = []

    @property
    def top(self) -> int:
        """The number above the highest, 0 when there is none."""
        return self.ends[-1] if self.ends else 0

    def add(self, value: int) -> None:
        """Put a number in."""
        at = bisect_right(self.firsts, value)
        if at and value < self.ends[at - 1]:
            return
        joins_left = at > 0 and self.ends[at - 1] == value
        joins_right = at < len(self.firsts) and self.firsts[at] == value + 1
        if joins_left and joins_right:
            self.ends[at - 1] = self.ends.pop(at)
            self.firsts.pop(at)
        elif joins_left:
            self.ends[at - 1] = value + 1
        elif joins_right:
            self.firsts[at] = value
        else:
            self.firsts.insert(at, value)
            self.ends.insert(at, value + 1)

    def runs(self, room: int) -> tuple[list[int], bool]:
        """Runs from the top downwards as in an answer, in at most room bytes, and whether
        everything below them is here.
        """
        runs: list[int] = []
        for at in range(len(self.firsts) - 1, -1, -1):
            below = self.ends[at - 1] if at else 0
            gap = self.firsts[at] - below
            if gap == 0:
                break
            pair = [self.ends[at] - self.firsts[at], gap]
            room -= sum(_varint_bytes(run) for run in pair)
            if room < 0:
                return runs, False
            runs += pair
        return runs, True


def _varint_bytes(value: int) -> int:
    return max(1, (value.bit_length() + 6) // 7)
