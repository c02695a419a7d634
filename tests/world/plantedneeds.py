"""What a story must have in it for a planted fault to matter: the others need not be played.

By the plain data of the story alone. A fault without an entry may show in any story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import parts as p
from parts import Part
from rules import WAY
from story import Story
from yellowgate.sim.devices import nor

Needs = Callable[[Story], bool]
OPEN_S = 18.0  # so long the director's card is remembered, nearly
NEAR_S = (2.2, 59.0)  # past a limit, and within its minute


def some(kind: type[Part], **wanted: object) -> Needs:
    """A part of this kind whose fields are so; a tuple: one of these."""

    def fits(part: Part) -> bool:
        return isinstance(part, kind) and all(
            getattr(part, name) in (value if isinstance(value, tuple) else (value,))
            for name, value in wanted.items()
        )

    return lambda story: any(map(fits, story.parts))


def preset(*names: str) -> Needs:
    return lambda story: story.preset in names


def laptops(count: int) -> Needs:
    return lambda story: len(story.laptops) >= count


def both(*needs: Needs) -> Needs:
    return lambda story: all(one(story) for one in needs)


def either(*needs: Needs) -> Needs:
    return lambda story: any(one(story) for one in needs)


def hand(*hands: str) -> Needs:
    """Somebody touches in such a way."""
    return lambda story: any(getattr(part, "hand", "") in hands for part in story.parts)


def radios(count: int) -> Needs:
    return lambda story: story.has_base and sum(one.radio for one in story.stations) >= count


def gates(count: int) -> Needs:
    return lambda story: sum(one.place == "gate" for one in story.stations) >= count


def no_clock(story: Story) -> bool:
    return any(one.rtc != "set" for one in story.stations)


def wrong_laptop(story: Story) -> bool:
    return some(p.LaptopClock)(story) or any(one.error_ms for one in story.laptops)


def _of(story: Story, kind: type[Part]) -> Iterable[Part]:
    return (part for part in story.parts if isinstance(part, kind))


def touch_after_taps(story: Story) -> bool:
    """Another touches the gate while the director's card is remembered."""
    bugles = [part.at_s + 30 for part in story.parts if isinstance(part, p.Quit) and part.bugle]
    touches = [part.at_s for part in story.parts if isinstance(part, p.Come | p.Leave)]
    return any(2 < at_s - bugle_s < OPEN_S for bugle_s in bugles for at_s in touches)


def just_late(story: Story) -> bool:
    """Somebody comes in within the minute after a limit."""
    hour_s = 3600
    limits = {
        "barkley": [h * hour_s / story.scale for h in (13 + 1 / 3, 26 + 2 / 3, 40, 48, 60)],
        "backyard": [float(number * hour_s) for number in range(1, 7)],
        "point-to-point": [hours * hour_s for _, _, hours in WAY],
    }.get(story.preset, [])
    return any(
        NEAR_S[0] < part.at_s - limit_s < NEAR_S[1]
        for part in _of(story, p.Come)
        for limit_s in limits
    )


def late_leaving(story: Story) -> bool:
    """Somebody comes in before a limit, and leaves after it."""
    limits = [h * 3600 / story.scale for h in (13 + 1 / 3, 26 + 2 / 3, 36, 48)]
    found = False
    for runner in story.runners:
        own = [one for one in story.parts if getattr(one, "runner", "") == runner.name]
        acts = [one for one in own if isinstance(one, p.Come | p.Leave)]
        for came, left in pairwise(acts):
            is_pair = isinstance(came, p.Come) and isinstance(left, p.Leave)
            found |= is_pair and any(came.at_s < limit_s < left.at_s for limit_s in limits)
    return story.preset == "barkley" and found


def undo_dated_before(story: Story) -> bool:
    """By the clocks of two laptops an undo was before what it takes back."""
    errors = {one.name: [(-1.0, one.error_ms)] for one in story.laptops}
    for part in story.parts:
        if isinstance(part, p.LaptopClock):
            errors[part.laptop].append((part.at_s, part.error_ms))

    def shown_s(part: p.Word | p.Undo) -> float:
        error_ms = [ms for at_s, ms in errors[part.laptop] if at_s <= part.at_s][-1]
        return part.at_s + error_ms / 1000

    ruled = {part.id: part for part in story.parts if isinstance(part, p.Word | p.Undo)}
    return any(
        part.of in ruled and shown_s(part) < shown_s(ruled[part.of])
        for part in ruled.values()
        if isinstance(part, p.Undo)
    )


def undo_of_undo(story: Story) -> bool:
    undos = {part.id for part in _of(story, p.Undo)}
    return any(isinstance(part, p.Undo) and part.of in undos for part in story.parts)


def given_up_outside(story: Story) -> bool:
    """Somebody gives up on the course of a Barkley, and no bugle is played."""
    last: dict[str, Part] = {}
    found = False
    for part in story.parts:
        if isinstance(part, p.Leave | p.Come):
            last[part.runner] = part
        elif isinstance(part, p.Quit) and not part.bugle:
            outside = not isinstance(last.get(part.runner), p.Come)
            found |= outside and story.preset == "barkley"
    return found


def own_correction(story: Story) -> bool:
    """One volunteer speaks twice of the same."""
    said = [
        (part.volunteer, part.runner, part.what, part.about_s)
        for part in story.parts
        if isinstance(part, p.Word)
    ]
    return len(said) > len(set(said))


def two_presses_and_tags(story: Story) -> bool:
    """A press, and within four seconds somebody else's touch."""
    rows = sorted(part.at_s for part in story.parts if hasattr(part, "hand"))
    presses = [part.at_s for part in story.parts if getattr(part, "hand", "") == p.PRESS]
    return any(0 < abs(at_s - press_s) < 4 for at_s in rows for press_s in presses)


_TORN = some(p.PowerCut, tear=tuple(nor.TORN))
_IRQ = some(p.Wire, wire="irq")
_ONCE_MORE = both(hand(p.TWICE), lambda story: story.preset != "laps")

# What people do at the end follows from what the log says then: it is played with the fault.
LIVE = ("out-is-accounted",)

NEEDS: dict[str, Needs] = {
    "ack-of-refused": lambda story: any(one.sectors for one in story.stations),
    "last-start": some(p.StartAgain),
    "no-read-back": some(p.BadSector, how=nor.PROGRAM_NOOP),
    "torn-believed": _TORN,
    "number-again": some(p.PowerCut),
    "torn-number-again": _TORN,
    "boot-not-recorded": both(
        some(p.PowerCut, tear=""),
        lambda story: not (_TORN(story) or some(p.BadSector)(story)),
    ),
    "stale-edge": _IRQ,
    "polled-as-exact": _IRQ,
    "late-not-loosened": _IRQ,
    "card-for-all": touch_after_taps,
    "any-wave-is-rtc": some(p.Wire, wire="sqw"),
    "setting-unsaid": some(p.RtcFault),
    "epoch-goes-on": either(some(p.RtcFault, value="lost"), some(p.Sync, sets=True), no_clock),
    "radio-time-exact": radios(1),
    "radio-ack-unsaid": radios(1),
    "mac-unchecked": radios(2),
    "replay-taken": both(radios(1), some(p.Loss)),
    "one-counter": both(radios(2), some(p.Asleep, dies=True)),
    "heard-is-stored": both(radios(1), either(some(p.DiskFull), some(p.DatabaseGone))),
    "place-without-check": both(radios(1), laptops(2), some(p.Sync)),
    "merge-known-logs": laptops(2),
    "merge-without-rulings": laptops(2),
    "half-kept": either(some(p.DiskFull), some(p.DatabaseGone), some(p.Asleep, dies=True)),
    "secret-in-error": some(p.DatabaseGone),
    "crystal-too-good": no_clock,
    "drift-ignored": no_clock,
    "laptop-uncovered": both(wrong_laptop, laptops(2)),
    "once-is-enough": both(wrong_laptop, laptops(2)),
    "least-met-wins": both(wrong_laptop, laptops(2)),
    "undo-by-time": undo_dated_before,
    "undo-of-undo": undo_of_undo,
    "first-word-stands": own_correction,
    "last-word-decides": some(p.Word, volunteer="Barry", wrong=True),
    "gaps-ignored": either(radios(1), some(p.Sync)),
    "nameless-ignored": both(hand(p.PRESS), preset("barkley", "backyard")),
    "press-to-nearest": two_presses_and_tags,
    "no-double-tap": _ONCE_MORE,
    "last-read-wins": _ONCE_MORE,
    "order-of-logs": both(gates(2)),
    "tower-is-gate": both(
        preset("barkley"), lambda story: any(one.role == "tower" for one in story.stations)
    ),
    "touches-after-taps": some(p.Stray),
    "whole-minutes": just_late,
    "no-doubt-at-limit": just_late,
    "late-start-unseen": late_leaving,
    "pages-not-counted": both(preset("barkley"), some(p.Come, pages=12)),
    "departure-is-arrival": preset("barkley"),
    "sighting-proves-nothing": both(preset("barkley"), some(p.Word, what="sighting")),
    "tower-proves-nothing": both(preset("barkley"), some(p.Leave, hand=p.FORGETS)),
    "out-is-accounted": given_up_outside,
    "by-the-alphabet": hand(p.PRESS),
    "paper-overrides": both(preset("barkley", "point-to-point"), some(p.Paper, errors=1)),
    "lingering-laps": both(preset("laps"), hand(p.TWICE)),
    "late-yard-goes-on": both(preset("backyard"), just_late),
    "leaving-is-coming": preset("point-to-point"),
}
