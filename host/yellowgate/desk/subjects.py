"""What a page to print is about: the same for the command line and the pages of headquarters."""

from __future__ import annotations

from collections.abc import Iterable

from yellowgate.official import Moment
from yellowgate.report.printing import Subject


def subjects(moments: Iterable[Moment], who: str = "", loop: int = 0) -> list[Subject]:
    """The races of which a page is wanted; who: those in which this runner is."""
    return [
        Subject(one.log, one.race.file, one.race.roster, one.decisions.bib, who, loop)
        for one in moments
        if not who or any(line.name == who for line in one.log.runners)
    ]
