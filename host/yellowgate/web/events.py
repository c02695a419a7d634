"""Which race of several in one folder is looked at: by its name in the address, all without one."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from yellowgate.official import Moment
from yellowgate.report.board import GENDERS
from yellowgate.web.asked import Asked, Refused
from yellowgate.web.latest import View


class Chosen(NamedTuple):
    """What is asked for: one race of several, women or men; "" for all."""

    event: str = ""
    only: str = ""

    @classmethod
    def of(cls, about: str) -> Chosen:
        """As `about` writes it; what makes no sense is left out."""
        words = dict(parse_qsl(about))
        only = words.get("only", "")
        return cls(words.get("event", ""), only if only in GENDERS else "")

    @classmethod
    def asked(cls, asked: Asked) -> Chosen:
        """As it stands in the address of a page."""
        return cls.of(urlencode({"event": asked.query("event"), "only": asked.query("only")}))

    @property
    def about(self) -> str:
        """As it stands in an address, the same for the same."""
        return urlencode({name: word for name, word in self._asdict().items() if word})


class Link(NamedTuple):
    """To the same page with another choice; is_shown: it is this one."""

    name: str
    address: str
    is_shown: bool


def race_links(view: View, path: str, chosen: Chosen, everything: str = "All races") -> list[Link]:
    """A link for each race, and one for all of them; none where there is but one. everything: how
    that one is called, "" for none.
    """
    names = [part.name for part in view.parts]
    if len(names) < 2:
        return []
    shown = chosen.event if chosen.event in names else "" if everything else names[0]
    rows = [(everything, "")] if everything else []
    return [
        _link(path, name, chosen._replace(event=event), event == shown)
        for name, event in [*rows, *((name, name) for name in names)]
    ]


def only_links(path: str, chosen: Chosen) -> list[Link]:
    """Everybody, women, men."""
    rows = [("Everybody", ""), *((word.capitalize(), key) for key, word in GENDERS.items())]
    return [
        _link(path, name, chosen._replace(only=only), only == chosen.only) for name, only in rows
    ]


def _link(path: str, name: str, chosen: Chosen, is_shown: bool) -> Link:
    return Link(name, f"{path}?{chosen.about}" if chosen.about else path, is_shown)


def moment_of_race(view: View, name: str) -> Moment:
    """The race of this name, the main one without. Raises Refused when there is none."""
    if view.moment is None:
        raise Refused(view.trouble, 503)
    races = {one.race.file.name: one for one in reversed(view.moment.events())}
    if name and name not in races:
        raise Refused(f"There is no such race here: {', '.join(reversed(races))}.", 404)
    return races[name] if name else view.moment
