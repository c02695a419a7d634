"""What can go wrong for a user: one line that says what, and what to do."""

from __future__ import annotations

from collections.abc import Iterable


class GateError(Exception):
    """A failure that the user can do something about. The command line prints it, exit code 1."""


class StoreError(GateError):
    """The race's records cannot be read or written."""


class Meanwhile(StoreError):
    """Others stored rulings since one looked: look again. Nothing was stored."""


class PortError(GateError):
    """No way to a station, or the way broke off."""


class StationError(GateError):
    """The station answered that it will not or cannot."""


class NotPermitted(StationError):
    """The station does that for whoever has its race's key, or a hand on its button."""


def nearest(word: str, known: Iterable[str]) -> str:
    """What may have been meant by a word that is none of these, for the end of an error's line."""
    words = list(known)
    close = closest(word, words, 0.5)
    return f" (known: {', '.join(words)})" if close is None else f": did you mean {close!r}?"


def closest(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The known word that is most like this one, None when none is so much alike (0 to 1)."""
    import difflib  # noqa: PLC0415 - for what was mistyped; it takes as long as all of this package

    return next(iter(difflib.get_close_matches(word, list(known), 1, alike)), None)
