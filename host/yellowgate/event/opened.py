"""What race.toml opens to everybody, changed in place: all else in the file stays as it is."""

from __future__ import annotations

import re

from yellowgate.event.race_toml import PUBLISH, parse

_SECTION = re.compile(r"^\s*\[race\]\s*(#.*)?$", re.MULTILINE)
_NEXT = re.compile(r"^\s*\[", re.MULTILINE)
_LINE = re.compile(r"^(\s*publish\s*=\s*)(\"[^\"]*\"|'[^']*')", re.MULTILINE)


def with_publish(text: str, opened: str) -> str:
    """The text of race.toml with this in place of what it opened before.

    Raises ValueError (one line) when it is none of PUBLISH, or the file is not understood.
    """
    if opened not in PUBLISH:
        raise ValueError(f"publish {opened!r} is none of {', '.join(map(repr, PUBLISH))}")
    section = _SECTION.search(text)
    if section is None:
        raise ValueError("race.toml has no section [race]: write it")
    following = _NEXT.search(text, section.end())
    end = following.start() if following else len(text)
    inside = text[section.end() : end]
    if _LINE.search(inside):
        inside = _LINE.sub(lambda found: f'{found[1]}"{opened}"', inside, count=1)
    else:
        inside = f'\npublish = "{opened}"{inside}'
    changed = text[: section.end()] + inside + text[end:]
    if parse(changed).publish != opened:
        raise ValueError("race.toml is written in a way of its own: change publish in it by hand")
    return changed
