"""Tags by tapping: the page calls a runner, a station on the cable says which tag was tapped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from starlette.responses import JSONResponse, Response

from yellowgate.errors import GateError
from yellowgate.event.enrolment import QUIT, Enrolment
from yellowgate.web.asked import Asked, Refused, Spec
from yellowgate.web.ports import Folder
from yellowgate.web.roles import Role


class HQ(Protocol):
    """What an enrolment needs of the HQ."""

    folder: Folder

    def touched(self, page: str) -> None:
        """This page has something new to show."""
        ...


Call = Callable[[Enrolment], str]


class Enrolling:
    """One enrolment at a time, for all who look at the page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: Enrolment | None = None
        self._last = ""  # held a moment too long, it is not the next runner's
        self.said = ""

    @property
    def is_on(self) -> bool:
        """Is somebody called?"""
        return self._now is not None

    @property
    def call(self) -> str:
        """Whose turn it is."""
        runner = self._now.called() if self._now else None
        if runner is None:
            return "All have a tag; a bib or a name calls another." if self._now else ""
        return f"{runner.bib(1)} {runner.name}: tap the tag".strip()

    def do(self, hq: HQ, what: str, words: str) -> str:
        """Begin, end, or a line as at the prompt of `gate roster enrol`. Returns what to say."""
        with self._lock:
            if what == "begin":
                roster = hq.folder.roster()
                if not roster:
                    raise Refused("The roster is empty: take in a list first.")
                self._now, self._last, self.said = Enrolment.begin(roster), "", ""
            elif what == "end" or words.lower() == QUIT:
                self._now, self.said = None, ""
            elif self._now is not None:
                self._last = ""
                self._change(hq, self._now, lambda now: now.typed(words) if words else now.skip())
            return self.said or self.call

    def tap(self, hq: HQ, tag: str) -> None:
        """A tag was held to a station on the cable."""
        with self._lock:
            now = self._now
            if now is None or tag == self._last:
                return
            self._last = tag
            try:
                self._change(hq, now, lambda now: now.tap(tag))
            except GateError as error:
                self.said = str(error)
        hq.touched("race")

    def _change(self, hq: HQ, now: Enrolment, call: Call) -> None:
        before = list(now.runners)
        self.said = call(now)
        if now.runners != before:
            hq.folder.write_roster(now.runners)


def enrol(asked: Asked) -> Response:
    """A button or a line of the page."""
    words = " ".join(asked.text("words").split())
    said = asked.hq.enrolment.do(asked.hq, asked.text("do"), words)
    asked.hq.changed()
    return JSONResponse({"said": [said or "The enrolment has ended."]})


ROUTES = (Spec("/enrol", Role.DIRECTOR, enrol, "POST"),)
