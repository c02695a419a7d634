"""Rulings that were typed wrongly: they stand, and yet mean nothing here, or not what they say.

A ruling is never refused for what the race looks like just now: records and rulings of another
laptop may still come. So what a ruling lacks is shown, and a person takes it back or waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from yellowgate.event.race_toml import RaceFile
from yellowgate.event.roster import doubles
from yellowgate.event.rules import BarkleyRules, PointToPointRules
from yellowgate.model import Problem, Ruling, Runner
from yellowgate.rulings import kinds as ruling_kinds
from yellowgate.rulings.decisions import Decisions
from yellowgate.rulings.kinds import KINDS
from yellowgate.times import hms, to_us

GRACES = {
    "barkley": ("cutoff", "start", "pages"),
    "backyard": ("cutoff", "start"),
    "laps": ("cutoff",),
    "point-to-point": ("cutoff", "start"),
}


def idle_rulings(
    race: RaceFile,
    roster: Sequence[Runner],
    decisions: Decisions,
    start_us: int | None,
    now_us: int,
) -> list[Problem]:
    """Of the rulings in force, those that a person should look at again. Moments: UTC."""
    found: list[Problem] = []
    for ruling in decisions.active:
        text = _meaning(race, ruling) or _loop(race, ruling) or _pages(race, ruling)
        text = text or _moment(ruling, start_us, now_us)
        if text:
            words = f"{ruling_kinds.words(ruling.kind, ruling.data)}: {text}"
            found.append(_of("ruling without effect", words, [ruling]))
    return found + list(_bibs(roster, decisions))


def _of(kind: str, text: str, about: Sequence[Ruling]) -> Problem:
    data, ids = about[0].data, tuple(ruling.id for ruling in about)
    return Problem(kind, "look", text, data.get("runner", ""), data.get("loop", 0), rulings=ids)


def _meaning(race: RaceFile, ruling: Ruling) -> str:
    """Words when the race does not ask for this at all, "" when it does."""
    if race.preset not in KINDS[ruling.kind].presets:
        return f"means nothing in a race of the preset {race.preset}"
    what = ruling.data.get("for", "cutoff")
    if ruling.kind == "grace" and what not in GRACES[race.preset]:
        known = " or ".join(GRACES[race.preset])
        return f"a race of the preset {race.preset} has grace for the {known} alone"
    return ""


def _loop(race: RaceFile, ruling: Ruling) -> str:
    """Words when the race has no such loop. Of the other kinds the log itself says that."""
    if KINDS[ruling.kind].loop != "ahead":
        return ""
    rules, loop = race.rules, ruling.data["loop"]
    if isinstance(rules, BarkleyRules) and loop > rules.loops:
        return f"the race has {rules.loops} loops"
    if isinstance(rules, PointToPointRules) and loop > len(rules.checkpoint):
        return f"the course has {len(rules.checkpoint)} stations"
    return ""


def _pages(race: RaceFile, ruling: Ruling) -> str:
    """Words when the books are not as many as race.toml says."""
    rules = race.rules
    if ruling.kind != "pages" or not isinstance(rules, BarkleyRules) or not rules.pages:
        return ""
    return "" if ruling.data["of"] == rules.pages else f"race.toml says {rules.pages} pages"


def _moment(ruling: Ruling, start_us: int | None, now_us: int) -> str:
    """Words when it speaks of a moment that is not in the race so far."""
    data = ruling.data
    moments = [data[name] for name in ("at", "in_at", "out_at") if name in data]
    if start_us is not None:
        spans = [data[name] for name in ("at_s", "in_s", "out_s") if name in data]
        moments += [start_us + to_us(span_s) for span_s in spans]
    kind = KINDS[ruling.kind]
    if not moments or kind.moment in ("", "start"):
        return ""
    if ruling.kind == "paper" and data["loop"] == 1 and (data.get("out_s") or "out_at" in data):
        return "the first loop begins with the start: its out is not used"
    if max(moments) > now_us:
        return f"that is {hms(max(moments) - now_us)} ahead: it does not count before"
    is_dns = data.get("reason") == "did not start"
    if kind.moment == "day" or is_dns or start_us is None or min(moments) >= start_us:
        return ""
    return f"that is {hms(start_us - min(moments))} before the start"


def _bibs(roster: Sequence[Runner], decisions: Decisions) -> Iterator[Problem]:
    """Bibs that two wear since a ruling changed one."""
    ruled = [ruling for ruling in decisions.active if ruling.kind == "bib"]
    if not ruled:
        return
    before = set(doubles(roster))
    for text in doubles(roster, decisions.bib, {ruling.data["loop"] for ruling in ruled}):
        if text not in before:
            about = [row for row in ruled if text.startswith(f"bib {row.data['bib']} ")]
            yield _of("double-booked", f"{text}, since a ruling changed it", about or ruled)
