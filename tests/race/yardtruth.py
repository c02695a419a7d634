"""Backyards of which the truth is known: see barkleytruth.py. Seconds since the start."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from racekit import RaceKit, line

HOUR = 3600
NAMES = ("Ann", "Bob", "Cid")


@dataclass
class Life:
    """yards: seconds after the bell at which each yard was done, the last one perhaps late or
    never (None). out_s: when the bugle was played or the director said that he is out.
    """

    name: str
    yards: list[int | None] = field(default_factory=list["int | None"])
    out_s: int | None = None
    is_bugled: bool = False


def counted(life: Life, now_s: int) -> int:
    done = 0
    for number, after_s in enumerate(life.yards):
        if after_s is None or after_s > HOUR or number * HOUR + after_s > now_s:
            break
        done += 1
    return done


def status(life: Life, now_s: int) -> tuple[str, str]:
    """Without regard to the others."""
    done = counted(life, now_s)
    if life.out_s is not None and life.out_s <= now_s:
        return "out", "tapped out" if life.is_bugled else "injured"
    after_s = life.yards[done] if done < len(life.yards) else None
    if after_s is not None and after_s > HOUR and done * HOUR + after_s <= now_s:
        return "out", "missed cutoff"
    if now_s > (done + 1) * HOUR:
        return "out", "missed cutoff"
    is_at_rest = done > 0 and now_s < done * HOUR
    return ("in camp" if is_at_rest else "on course"), ""


def expected(race: list[Life], now_s: int) -> dict[str, tuple[str, str, int]]:
    """(status, reason, yards counted) by name."""
    found = {life.name: (*status(life, now_s), counted(life, now_s)) for life in race}
    most = max(counted for _, _, counted in found.values())
    first = [name for name, row in found.items() if row[2] == most]
    is_on = {name: row[0] in ("on course", "in camp") for name, row in found.items()}
    if not most or any(is_on[name] for name in found if name not in first):
        return found
    if len(first) == 1:
        found[first[0]] = ("finished", "last one standing", most)
    elif not any(is_on[name] for name in first):
        for name in first:
            was, reason, _ = found[name]
            found[name] = (was, f"{reason}; no winner: nobody did one more", most)
    return found


@st.composite
def lives(draw: st.DrawFn, name: str) -> Life:
    """Some yards in time, and then an end."""
    life = Life(name)
    for _ in range(draw(st.integers(0, 5))):
        life.yards.append(draw(st.sampled_from([1200, 2700, 3000, HOUR - 1, HOUR])))
    end = draw(st.sampled_from(["never", "late", "told", "bugled"]))
    if end == "late":
        life.yards.append(draw(st.sampled_from([HOUR + 1, HOUR + 100, HOUR + 900])))
    elif end != "never":
        done = len(life.yards)
        in_s = (done - 1) * HOUR + (life.yards[-1] or 0) if done else 0
        life.out_s = draw(st.sampled_from([in_s + 1, done * HOUR + 1, done * HOUR + 1800]))
        life.is_bugled = end == "bugled"
    return life


@st.composite
def races(draw: st.DrawFn) -> tuple[list[Life], int]:
    """A few runners and a moment."""
    race = [draw(lives(name)) for name in NAMES]
    known = [n * HOUR for n in range(8)]
    known += [
        number * HOUR + after_s
        for life in race
        for number, after_s in enumerate(life.yards)
        if after_s is not None
    ]
    known += [life.out_s for life in race if life.out_s is not None]
    return race, draw(st.sampled_from(sorted(known))) + draw(st.sampled_from([0, 1, 5, 1700]))


def observed(race: list[Life]) -> RaceKit:
    """What the station at the corral sees, and what is ruled."""
    kit = RaceKit("backyard")
    kit.runners(*(life.name for life in race))
    for life in race:
        for number, after_s in enumerate(life.yards):
            if after_s is not None:
                kit.tag(life.name, number * HOUR + after_s, bound_us=0)
        if life.out_s is not None and life.is_bugled:
            kit.taps(life.name, life.out_s)
        elif life.out_s is not None:
            kit.rule("dropout", life.out_s, runner=life.name, reason="injured")
    return kit


def check(race: list[Life], now_s: int) -> None:
    """The log at this moment says of everybody what is true, and ranks them so."""
    log = observed(race).log(now_s)
    true = expected(race, now_s)
    for life in race:
        shown = line(log, life.name)
        assert (shown.status, shown.reason, shown.loops_counted) == true[life.name], (life, now_s)
    yards = [true[shown.name][2] for shown in log.runners]
    assert yards == sorted(yards, reverse=True)
