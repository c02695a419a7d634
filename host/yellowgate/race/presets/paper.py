"""Times said by hand: departures that were ruled, and the paper sheet.

A station's time stands before the paper's; where both are, a difference is shown for decision.
Where no station saw a touch, the paper fills in. A paper time that was ruled to win, and a ruled
departure, take the place of what stations saw.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping

from yellowgate.event.rules import LapsRules
from yellowgate.model import Ruling
from yellowgate.race.drafts import Context, Draft, LoopDraft
from yellowgate.race.intake.touches import Touch
from yellowgate.times import hms, to_us

Key = tuple[int, str]  # (loop, "in" or "out")


def ruled(ctx: Context, name: str) -> dict[Key, Touch]:
    """Ruled departures and paper times that win."""
    result: dict[Key, Touch] = {}
    for ruling in ctx.decisions.of(name, "departure"):
        loop = ruling.data["loop"]
        stands = ctx.decisions.ruling("departure", name, loop)
        moment = None if stands is None else ctx.moment_us(stands.data)
        if moment is not None and ctx.start_us <= moment <= ctx.now_us:
            lines = ctx.decisions.lines("departure", name, loop)
            result[loop, "out"] = Touch(moment, 0, "gate", "gate", (), "out", loop, lines, "ruling")
    for key, (touch, wins) in _sheet(ctx, name).items():
        if wins and key not in result:
            result[key] = touch
    return result


def written(ctx: Context, name: str, used: Mapping[Key, Touch]) -> dict[Key, Touch]:
    """Paper times that do not win, or whose place a ruled departure took. used: of ruled()."""
    sheet = _sheet(ctx, name)
    return {
        key: touch
        for key, (touch, wins) in sheet.items()
        if not (wins and used[key].source == "paper")
    }


def _sheet(ctx: Context, name: str) -> dict[Key, tuple[Touch, bool]]:
    result: dict[Key, tuple[Touch, bool]] = {}
    for ruling in ctx.decisions.of(name, "paper"):
        for side in ("in", "out"):
            loop = ruling.data["loop"]
            stands = ctx.decisions.ruling("paper", name, loop, side)
            moment = None if stands is None else _moment_us(ctx, stands, side)
            if stands is None or moment is None:
                continue
            if side == "out" and loop == 1:
                continue  # the first loop begins with the start
            if ctx.start_us <= moment <= ctx.now_us:
                lines = ctx.decisions.lines("paper", name, loop, side)
                touch = Touch(moment, 0, "gate", "gate", (), side, loop, lines, "paper")
                result[loop, side] = (touch, bool(stands.data.get("wins", False)))
    return result


def _moment_us(ctx: Context, ruling: Ruling, side: str) -> int | None:
    """UTC of the paper's time for this side: since the start, or as a time of day; None: none."""
    if f"{side}_s" in ruling.data:
        return ctx.start_us + to_us(ruling.data[f"{side}_s"])
    return ruling.data.get(f"{side}_at")


def missing(ctx: Context, draft: Draft, sheet: dict[Key, Touch]) -> dict[Key, Touch]:
    """The paper times for which no station has one."""
    if isinstance(ctx.race.rules, LapsRules):
        return _missing_laps(ctx, draft, sheet)
    spans = {row.loop: (row.out_us, row.in_us) for row in draft.loops}
    result: dict[Key, Touch] = {}
    for (loop, side), touch in sheet.items():
        out_us, in_us = spans.get(loop, (None, None))
        if (in_us if side == "in" else out_us) is None:
            result[loop, side] = touch
    return result


def _missing_laps(ctx: Context, draft: Draft, sheet: dict[Key, Touch]) -> dict[Key, Touch]:
    """Laps are counted, so that those after a lap that was not seen have a number too low. A lap
    of the paper was not seen where the stations have none of its number, or one that the paper
    has under a higher number. Any other difference is for a person to decide.
    """
    tolerance_us = to_us(ctx.race.rules.paper_tolerance_s)
    said_us = {key[0]: ctx.elapsed_us(row.utc_us) for key, row in sheet.items() if key[1] == "in"}
    times = [] if draft.laps is None else list(draft.laps.ins_us)
    result: dict[Key, Touch] = {}
    for lap in sorted(said_us):
        have_us = times[lap - 1] if lap <= len(times) else None
        is_later_one = have_us is not None and any(
            abs(at_us - have_us) <= tolerance_us for other, at_us in said_us.items() if other > lap
        )
        is_seen = any(abs(said_us[lap] - at_us) <= tolerance_us for at_us in times)
        if not is_seen and (have_us is None or is_later_one):
            result[lap, "in"] = sheet[lap, "in"]
            insort(times, said_us[lap])
    return result


def compare(ctx: Context, draft: Draft, sheet: dict[Key, Touch]) -> None:
    """Show where paper and stations differ."""
    tolerance_us = to_us(ctx.race.rules.paper_tolerance_s)
    for at, row in enumerate(draft.ways):
        for side, have_us in (("out", row.out_us), ("in", row.in_us)):
            touch = sheet.get((row.loop, side))
            if touch is None or have_us is None:
                continue
            if isinstance(row, LoopDraft):
                row.rule(touch.rulings)
            elif draft.laps is not None:
                shown = draft.laps[at].rulings
                lines = [line for line in touch.rulings if line not in shown]
                draft.laps.change(at, row._replace(rulings=(*shown, *lines)))
            said_us = ctx.elapsed_us(touch.utc_us)
            if abs(said_us - have_us) > tolerance_us:
                text = f"loop {row.loop} {side}: paper {hms(said_us)}, station {hms(have_us)}"
                ids = tuple(line.id for line in touch.rulings)
                draft.problem("paper differs", "decide", text, row.loop, have_us, (), ids)
