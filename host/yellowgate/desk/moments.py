"""Times as people type them at the desk: of the race, or as the camp's clock shows them.

How a time is written is decided in times.py; here is asked which of the two may be meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yellowgate.times import US, TimeReader, hms, is_clock, local, to_us

# Numbers with a colon between them were meant as a time, right or wrong.
_LIKE = re.compile(r"\d+:[\d:.]*|\d{4}-\d\d-\d\d(T.*)?", re.IGNORECASE)
_DAY = re.compile(
    r"(clock|today|tomorrow|yesterday|(mon|tue|wed|thu|fri|sat|sun)[a-z]*)\.?,?", re.IGNORECASE
)
_HALF = re.compile(r"[ap]\.?m\.?", re.IGNORECASE)
NOW = "now"


@dataclass(frozen=True)
class When:
    """One meaning of a typed time. field: "s" when it counts since the start, "at" by the clock;
    value: as a ruling has it (seconds, or UTC microseconds). typed: how to write it so that
    nothing else can be meant. words: for people.
    """

    field: str
    value: float
    utc_us: int
    typed: str
    words: str

    def data(self, name: str = "at") -> dict[str, float]:
        """As the field of a ruling: at or at_s, in_at or in_s."""
        if name == "at":
            return {"at" if self.field == "at" else "at_s": self.value}
        return {f"{name}_{self.field}": self.value}


@dataclass(frozen=True)
class Clock:
    """What the times of one runner are read against. start_us: the runner's own (UTC)."""

    start_us: int | None
    reader: TimeReader

    def read(self, text: str) -> list[When]:
        """All that this time may mean, and that has been by now since the start.

        Raises ValueError (one line) when it means nothing that has been.
        """
        if text.strip().lower() == NOW:
            now_us = self.reader.now_us
            return [self._when({"at": now_us - now_us % US}, NOW)]
        found = [self._when(data, text.strip()) for data in self.reader.meanings(text)]
        troubles = [self._trouble(when) for when in found]
        usable = [when for when, bad in zip(found, troubles, strict=True) if not bad]
        if usable:
            return usable
        raise ValueError(f"{text}: " + "; ".join(dict.fromkeys(troubles)))

    def _when(self, data: Mapping[str, Any], text: str) -> When:
        if "at" in data:
            utc_us = int(data["at"])
            typed = text if is_clock(text) or text == NOW else f"clock {text}"
            return When("at", utc_us, utc_us, typed, self._words(utc_us))
        if self.start_us is None:
            raise ValueError(f"{text}: no start is known yet that it could count from")
        span_us = to_us(data["at_s"])
        utc_us = self.start_us + span_us
        return When("s", data["at_s"], utc_us, hms(span_us), self._words(utc_us))

    def _words(self, utc_us: int) -> str:
        wall = f"{local(utc_us, self.reader.where):%a %H:%M:%S} by the clock"
        if self.start_us is None or utc_us < self.start_us:
            return wall
        return f"{hms(utc_us - self.start_us)} of the race ({wall})"

    def _trouble(self, when: When) -> str:
        now_us = self.reader.now_us
        if when.utc_us >= now_us + US:  # what is shown is cut to the second
            return f"{when.words} is {hms(when.utc_us - now_us)} ahead of now"
        if self.start_us is not None and when.utc_us < self.start_us:
            return f"{when.words} is {hms(self.start_us - when.utc_us)} before the start"
        return ""


def take(tokens: Sequence[str]) -> tuple[str, list[str]]:
    """The time among these words ("" for none), and the other words."""
    for at, token in enumerate(tokens):
        if token.lower() == NOW:
            return NOW, [*tokens[:at], *tokens[at + 1 :]]
        if not _LIKE.fullmatch(token) and not _glued(token):
            continue
        first, last = at, at + 1
        if at and _DAY.fullmatch(tokens[at - 1]):
            first = at - 1
        if last < len(tokens) and (
            _HALF.fullmatch(tokens[last])
            or (re.fullmatch(r"\d{4}-\d\d-\d\d", token) and _LIKE.fullmatch(tokens[last]))
        ):
            last += 1
        return " ".join(tokens[first:last]), [*tokens[:first], *tokens[last:]]
    return "", list(tokens)


def is_like(token: str) -> bool:
    """Was this word, or what begins with it, meant as a time?"""
    return bool(
        token.lower() == NOW or _LIKE.fullmatch(token) or _glued(token) or _DAY.fullmatch(token)
    )


def _glued(token: str) -> bool:
    """3:21am"""
    return bool(re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?[ap]\.?m\.?", token, re.IGNORECASE))
