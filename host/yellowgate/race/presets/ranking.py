"""Places, among all and among women and men, and the runners' lines as the log shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from yellowgate.event.age import age_group
from yellowgate.event.race_toml import AGE_GROUP
from yellowgate.race.drafts import Context, Draft
from yellowgate.race.official_log import ClassLine, Loop, RunnerLog, not_plain
from yellowgate.race.presets.lines import NO_RANK
from yellowgate.times import iso


def ranked(ctx: Context, drafts: Sequence[Draft]) -> list[RunnerLog]:
    """The runners by place, then by name. Equal ranks share a place. A draft whose line was made
    before keeps it, but for the place and what known_us says.
    """
    ordered = sorted(drafts, key=lambda draft: (draft.rank, draft.runner.name))
    classes = _classes(ctx, ordered)
    made: list[RunnerLog] = []
    for draft, place, among in zip(ordered, _places(ordered), _among(ordered), strict=True):
        its = classes.get(id(draft), ())
        line = draft.line or _line(ctx, draft, place, among, its)
        is_so = line.place == place and line.place_gender == among and line.classes == its
        if not is_so or line.known_us != draft.known_us:
            changed = {"place": place, "place_gender": among, "classes": its}
            line = replace(line, known_us=draft.known_us, **changed)
        draft.line = line
        made.append(line)
    return made


def _among(ordered: Sequence[Draft]) -> list[int | None]:
    """The place of each among the women, or the men."""
    groups: dict[str, list[int]] = {}
    for at, draft in enumerate(ordered):
        groups.setdefault(draft.runner.gender, []).append(at)
    among: list[int | None] = [None] * len(ordered)
    for group in groups.values():
        places = _places([ordered[at] for at in group])
        for at, place in zip(group, places, strict=True):
            among[at] = place
    return among


def _classes(ctx: Context, ordered: Sequence[Draft]) -> dict[int, tuple[ClassLine, ...]]:
    """The places in the classes that race.toml names, each by the id of the draft."""
    found: dict[int, tuple[ClassLine, ...]] = {}
    for name in (*ctx.race.classes, *([AGE_GROUP] if ctx.race.age_groups else [])):
        groups: dict[str, list[Draft]] = {}
        for draft in ordered:
            value = _class(ctx, draft, name)
            if value:
                groups.setdefault(value, []).append(draft)
        for value, group in groups.items():
            for draft, place in zip(group, _places(group), strict=True):
                found[id(draft)] = (*found.get(id(draft), ()), ClassLine(name, value, place))
    return found


def _class(ctx: Context, draft: Draft, name: str) -> str:
    if name != AGE_GROUP:
        return draft.runner.classes.get(name, "")
    day = iso(draft.start_us if draft.start_us is not None else ctx.now_us)[:10]
    return age_group(draft.runner.birthdate, day, ctx.race.age_groups)


def _places(ordered: Sequence[Draft]) -> list[int | None]:
    """Place of each draft: the number of better ones and one."""
    places: list[int | None] = []
    last: tuple[Any, ...] | None = None
    place = 0
    for number, draft in enumerate(ordered, 1):
        if draft.rank != last:
            place, last = number, draft.rank
        is_ranked = draft.status != "not started" and draft.rank[:1] != (NO_RANK,)
        places.append(place if is_ranked else None)
    return places


def _line(
    ctx: Context,
    draft: Draft,
    place: int | None,
    place_gender: int | None,
    classes: tuple[ClassLine, ...],
) -> RunnerLog:
    loops = draft.laps or tuple(row.frozen() for row in draft.loops)
    doubts = [f"loop {row.loop}: {row.doubt}" for row in not_plain(loops) if row.doubtful]
    doubts += draft.doubts
    doubts += [draft.order_doubt] if draft.order_doubt else []
    last_seen = draft.seen[-1] if draft.seen else (None, "")
    return RunnerLog(
        name=draft.runner.name,
        gender=draft.runner.gender,
        status=draft.status,
        reason=draft.reason,
        place=place,
        place_gender=place_gender,
        bib=_bib(draft, loops),
        tag=" ".join(draft.runner.tags),
        loops_counted=draft.counted,
        result_us=draft.result_us,
        result=draft.result,
        distance_km=draft.km,
        loop_now=draft.loop_now,
        since_us=draft.since_us,
        last_seen_us=last_seen[0],
        last_seen_place=last_seen[1],
        next_cutoff_us=draft.next_cutoff_us,
        taps_us=draft.taps_us,
        returned_us=draft.returned_us,
        known_us=draft.known_us,
        accounted=draft.accounted,
        doubtful=bool(doubts),
        doubt="; ".join(doubts[:20]),
        loops=loops,
        sightings=tuple(draft.sightings),
        rulings=tuple(draft.rulings),
        signals=tuple(draft.signals),
        classes=classes,
        wave=ctx.race.wave_of(draft.runner),
        start_us=draft.start_us,
    )


def _bib(draft: Draft, loops: Sequence[Loop]) -> str:
    if draft.laps and len(loops) - 1 not in draft.laps.odd:
        return draft.runner.bib(len(loops))
    return loops[-1].bib if loops else draft.runner.bib(1)
