"""Of rulings and lists: none is lost, all stand as ruled, the log is of what is there."""

from __future__ import annotations

from collections.abc import Iterator

from complaint import Complaint
from held import Held, LaptopHeld
from yellowgate.model import Ruling
from yellowgate.race.official_log import OfficialLog, Proposal, Unassigned
from yellowgate.rulings.kinds import KINDS, Subject

BOUND_TO_EACH_OTHER = ("void", "grace")  # the one decides on the other: left to the races' rules


def no_ruling_lost(held: Held) -> Iterator[Complaint]:
    """What was kept at a laptop is there."""
    for laptop in held.laptops:
        if laptop.store is None:
            continue
        have = {one.id for one in laptop.rulings}
        for said in held.moment.truth.said:
            if said.laptop == laptop.name and said.ruling.id not in have:
                text = f"the ruling {_words(said.ruling)} was kept, and is not there"
                yield Complaint("ruling lost", laptop.name, held.moment.at_s, text)


def _words(ruling: Ruling) -> str:
    return f"{ruling.kind} of {ruling.data.get('runner', 'nobody')} by {ruling.by} ({ruling.id})"


def rulings_stand_as_ruled(held: Held) -> Iterator[Complaint]:
    """What was taken back is gone, what that was taken back stands again, whenever anybody's clock
    says that it was; of one person the last word, of several who differ none.
    """
    for laptop in held.laptops:
        race = laptop.view.race
        if race is None:
            continue
        shown = {one.id for one in race.log.rulings}
        standing = {one.id: one for one in laptop.standing}
        for one in laptop.made:
            if one.kind != "undo" and (one.id in shown) != (one.id in standing):
                is_in = "is in force, and was taken back" if one.id in shown else "is not in force"
                text = f"the ruling {_words(one)} {is_in}"
                yield Complaint("undo", laptop.name, held.moment.at_s, text)
        for subject, right in decided(laptop).items():
            said = race.decisions.ruling(*subject)
            if (said.id if said else None) != right:
                text = f"on {' '.join(map(str, subject))} stands {said and said.id}, not {right}"
                yield Complaint("ruling", laptop.name, held.moment.at_s, text)


def decided(laptop: LaptopHeld) -> dict[Subject, str | None]:
    """The ruling that stands on each thing, by its id; None: persons contradict each other."""
    spoken: dict[Subject, list[tuple[Ruling, object]]] = {}
    for one in laptop.standing:
        for subject, says in KINDS[one.kind].decides(one.data):
            spoken.setdefault(subject, []).append((one, says))
    found: dict[Subject, str | None] = {}
    for subject, said in spoken.items():
        last = {one.by.casefold(): (one, says) for one, says in said}
        words = {repr(says) for _, says in last.values()}
        newest = max((one for one, _ in last.values()), key=lambda one: (one.at_us, one.id))
        if subject[0] not in BOUND_TO_EACH_OTHER:
            found[subject] = newest.id if len(words) == 1 else None
    return found


def the_log_is_of_what_is_there(held: Held) -> Iterator[Complaint]:
    """The log that was kept up to date all day is the one that is computed from the whole store."""
    for laptop in held.laptops:
        view = laptop.view
        if view.log_json != view.live_json:
            where = difference(view.live_json, view.log_json)
            text = f"the log that was kept up to date is not the one of the store: {where}"
            yield Complaint("stale log", laptop.name, held.moment.at_s, text)


def difference(one: str, two: str) -> str:
    """Where two texts part, in a few words of both."""
    at = next((at for at, pair in enumerate(zip(one, two, strict=False)) if len(set(pair)) > 1), 0)
    start = max(0, at - 60)
    return f"...{one[start : at + 40]!r} against ...{two[start : at + 40]!r}"


def proposals_are_fair(held: Held) -> Iterator[Complaint]:
    """Nobody who came in by an own touch is proposed before one who did not."""
    for laptop in held.laptops:
        race = laptop.view.race
        for row in race.unassigned if race else ():
            text = _unfair(race.log, row) if race else ""
            if text:
                yield Complaint("proposal", laptop.name, held.moment.at_s, text)


def _unfair(log: OfficialLog, row: Unassigned) -> str:
    ins = [one for one in row.proposals if one.use == "in" and "whose tag was read" not in one.why]
    owns = [one for one in ins if _has_own(log, one)]
    others = [one for one in ins if one not in owns]
    for one in owns:
        worse = [other for other in others if other.rank >= one.rank]
        if worse:
            return (
                f"{one.name}, who came in by an own touch later, is proposed before {worse[0].name}"
            )
    return ""


def _has_own(log: OfficialLog, one: Proposal) -> bool:
    line = next((line for line in log.runners if line.name == one.name), None)
    return line is not None and any(
        loop.loop == one.loop and loop.in_us is not None for loop in line.loops
    )
