"""Times as people type them at the desk: of the race, or as the camp's clock shows them.

How a time is written is decided in times.py; here is asked which of the two may be meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from yellowgate.times import clock_us, hms, is_clock, local, span_s, to_us, zone

# Numbers with a colon between them were meant as a time, right or wrong.
_LIKE = re.compile(r"\d+:[\d:.]*|\d{4}-\d\d-\d\d(T.*)?", re.IGNORECASE)
_DAY = re.compile(
    r"(clock|race|today|yesterday|(mon|tue|wed|thu|fri|sat|sun)[a-z]*)\.?,?", re.IGNORECASE
)
_HALF = re.compile(r"[ap]\.?m\.?", re.IGNORECASE)
_MINUTES = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")  # with seconds it is of the race clock
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
    """What times are read against: the runner's start, now (UTC) and the camp's zone."""

    start_us: int | None
    now_us: int
    zone: str

    def read(self, text: str) -> list[When]:
        """All that this time may mean, and that has been by now since the start.

        Raises ValueError (one line) when it means nothing that has been.
        """
        found = self._meanings(text)
        troubles = [self._trouble(when) for when in found]
        usable = [when for when, bad in zip(found, troubles, strict=True) if not bad]
        if usable:
            return usable
        raise ValueError(f"{text}: " + "; ".join(dict.fromkeys(troubles)))

    def _meanings(self, text: str) -> list[When]:
        low = text.strip().lower()
        if low == NOW:
            return [self._at(self.now_us, NOW)]
        if low.startswith("race"):
            return [self._span(text.strip()[len("race") :].strip())]
        if is_clock(text):
            return [self._at(clock_us(text, zone(self.zone), self.now_us), text.strip())]
        found: list[When] = []
        if self.start_us is not None or not _MINUTES.fullmatch(text.strip()):
            found.append(self._span(text))
        if _MINUTES.fullmatch(text.strip()):
            us = clock_us(text, zone(self.zone), self.now_us)
            found.append(self._at(us, f"clock {text.strip()}"))
        return found

    def _span(self, text: str) -> When:
        if self.start_us is None:
            raise ValueError(f"{text}: no start is known yet that it could count from")
        span = span_s(text)
        utc_us = self.start_us + to_us(span)
        words = f"{hms(to_us(span))} of the race ({self._wall(utc_us)})"
        return When("s", span, utc_us, f"race {text}", words)

    def _at(self, utc_us: int, typed: str) -> When:
        words = self._wall(utc_us)
        if self.start_us is not None and utc_us >= self.start_us:
            words = f"{hms(utc_us - self.start_us)} of the race ({words})"
        return When("at", utc_us, utc_us, typed, words)

    def _wall(self, utc_us: int) -> str:
        return f"{local(utc_us, zone(self.zone)):%a %H:%M:%S} by the clock"

    def _trouble(self, when: When) -> str:
        if when.utc_us > self.now_us:
            return f"{when.words} is {hms(when.utc_us - self.now_us)} ahead of now"
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
