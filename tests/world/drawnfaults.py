"""What goes wrong in a drawn story, what is done about it, and when the judge looks."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

import parts
from parts import Part, Word
from yellowgate.sim.devices import nor

if TYPE_CHECKING:
    from drawn import Drawing

# tests/both/faultkit.py has the whole list; a flicker of 1 kHz is thousands of events a second.
WIRES = ("irq", "dio0", "sqw", "button", "sda", "scl", "nfc miso", "nfc reset", "radio miso")
WAYS = ("low", "high", "floating", "1 Hz", "10 Hz", "cut")

Make = Callable[["Drawing", float], Callable[[int], Part]]


def doubt_a_word(drawing: Drawing, word: Part) -> None:
    """Now and then what was ruled is contradicted, or taken back, and that taken back."""
    assert isinstance(word, Word)
    rng = drawing.rng
    if word.wrong or rng.random() < drawing.odd / 4:
        _undo(drawing, word, 0.8 if word.wrong else 0.3)
    elif rng.random() < drawing.odd / 3:  # somebody else says so, too, or says otherwise
        laptop = rng.choice(drawing.laptops).name
        at_s = round(word.at_s + rng.uniform(10, 2_000), 3)
        is_wrong = rng.random() < 0.4
        who = "Barry" if round(at_s * 1000) % 3 else word.volunteer
        again = drawing.add(
            lambda id_: Word(id_, at_s, laptop, who, word.runner, word.what, word.about_s, is_wrong)
        )
        if is_wrong:
            _undo(drawing, again, 0.8)


def _undo(drawing: Drawing, word: Part, share: float) -> None:
    rng = drawing.rng
    if rng.random() > share:
        return
    laptop = rng.choice(drawing.laptops).name
    at_s = round(word.at_s + rng.uniform(10, 3_000), 3)
    undo = drawing.add(lambda id_: parts.Undo(id_, at_s, laptop, "Laz", word.id))
    if rng.random() < 0.15:
        again_s = round(at_s + rng.uniform(10, 600), 3)
        drawing.add(lambda id_: parts.Undo(id_, again_s, laptop, "Carla", undo.id))


def _span(rng: Random) -> float:
    """Mostly minutes, seldom hours."""
    return round(rng.choice((5, 60, 600, 3_000, 7_000)) * (0.2 + rng.random()), 3)


def _station(drawing: Drawing) -> int:
    return drawing.rng.choice(drawing.stations).number


def _laptop(drawing: Drawing) -> str:
    return drawing.rng.choice(drawing.laptops).name


def _power_cut(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    station, off_s = _station(drawing), _span(rng)
    tear = rng.choice(("", *nor.TORN))
    position = rng.randrange(nor.PAGE_BYTES)
    touches = [part.at_s for part in drawing.parts if isinstance(part, parts.Come)]
    if touches and rng.random() < 0.6:  # while somebody touches
        at_s = max(0.0, rng.choice(touches) + rng.choice((-0.5, 0.01, 0.03, 0.05, 0.3)))
    return lambda id_: parts.PowerCut(id_, round(at_s, 3), station, off_s, tear, position)


def _bad_sector(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    station, how = _station(drawing), rng.choice((nor.PROGRAM_ERROR, nor.PROGRAM_NOOP))
    block = rng.randrange(2)
    return lambda id_: parts.BadSector(id_, at_s, station, how, block)


def _wire(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    station, wire, way = _station(drawing), rng.choice(WIRES), rng.choice(WAYS)
    lasts_s = rng.uniform(1, 20) if way == "10 Hz" else min(_span(rng), 900)
    return lambda id_: parts.Wire(id_, at_s, station, wire, way, round(lasts_s, 3))


def _rtc(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    station = _station(drawing)
    value = drawing.rng.choice(("lost", "1", "-2", "37", "-3600", "86400"))
    return lambda id_: parts.RtcFault(id_, at_s, station, value)


def _drift(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    """As warm days and cold nights make it: see yellowgate.clock.drift."""
    station = drawing.rng.choice(drawing.stations)
    number, ppb = station.number, station.drift_ppb + drawing.rng.randint(-4_000, 4_000)
    return lambda id_: parts.Drift(id_, at_s, number, ppb)


def _battery(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    station, mv = _station(drawing), drawing.rng.choice((3_650, 3_400, 3_100, 4_100))
    return lambda id_: parts.Battery(id_, at_s, station, mv)


def _loss(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    permille, twice, lasts_s = rng.choice((100, 300, 700)), rng.choice((0, 100, 300)), _span(rng)
    return lambda id_: parts.Loss(id_, at_s, permille, twice, lasts_s)


def _jam(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    lasts_s = _span(drawing.rng)
    return lambda id_: parts.Jam(id_, at_s, lasts_s)


def _base_away(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    lasts_s = _span(drawing.rng)
    return lambda id_: parts.BaseAway(id_, at_s, lasts_s)


def _sync(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    laptop, station = _laptop(drawing), _station(drawing)
    pulled_s = rng.choice((0, 0, 0, round(rng.uniform(0.01, 1.5), 3)))
    sets = rng.random() < 0.1
    return lambda id_: parts.Sync(id_, at_s, laptop, station, pulled_s, sets)


def _asleep(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    laptop, lasts_s, dies = _laptop(drawing), _span(rng), rng.random() < 0.6
    after = rng.choice((-1, rng.randrange(40))) if dies else -1
    return lambda id_: parts.Asleep(id_, at_s, laptop, lasts_s, dies, after)


def _laptop_clock(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    laptop = _laptop(drawing)
    error_ms = rng.choice((0, 1_300, -2_100, 3_000, -65_000, 3_600_000, -7_200_000))
    return lambda id_: parts.LaptopClock(id_, at_s, laptop, error_ms)


def _merge(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    laptop, source = drawing.rng.sample([one.name for one in drawing.laptops], 2)
    how = drawing.rng.choice(("file", "file", "hq"))
    return lambda id_: parts.Merge(id_, at_s, laptop, source, how)


def _database_gone(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    laptop, lasts_s = _laptop(drawing), _span(drawing.rng)
    return lambda id_: parts.DatabaseGone(id_, at_s, laptop, lasts_s)


def _disk_full(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    laptop, lasts_s, pages = _laptop(drawing), _span(rng), rng.choice((0, 0, 1, 3))
    return lambda id_: parts.DiskFull(id_, at_s, laptop, lasts_s, pages)


def _paper(drawing: Drawing, at_s: float) -> Callable[[int], Part]:
    rng = drawing.rng
    laptop, errors = _laptop(drawing), rng.choice((0, 0, 1))
    since_s = max(0.0, at_s - rng.choice((1_800, 7_200, 1e6)))
    return lambda id_: parts.Paper(id_, at_s, laptop, since_s, errors)


FAULTS: tuple[tuple[Make, int], ...] = (
    (_power_cut, 3), (_bad_sector, 1), (_wire, 2), (_rtc, 2), (_drift, 1), (_battery, 1),
    (_loss, 2), (_jam, 1), (_base_away, 1),
    (_asleep, 2), (_laptop_clock, 2), (_database_gone, 1), (_disk_full, 1), (_paper, 1),
)  # fmt: skip
OF_AIR = (_loss, _jam, _base_away)


def add(drawing: Drawing) -> None:
    """Faults of some kinds, and the cables and merges of a working day."""
    rng = drawing.rng
    until_s = drawing.hours * 3600
    has_air = any(one.radio for one in drawing.stations)
    known = [row for row in FAULTS if has_air or row[0] not in OF_AIR]
    taken = [row for row in known if rng.random() < 0.45]
    count = rng.choice((0, 2, 4, 8)) * (4 if drawing.is_whole else 1)
    makes = [rng.choices(taken, [weight for _, weight in taken])[0][0] for _ in range(count)] \
        if taken else []  # fmt: skip
    makes += [_sync] * rng.choice((1, 3, 6)) * (2 if drawing.is_whole else 1)
    if len(drawing.laptops) > 1:
        makes += [_merge] * rng.choice((0, 2, 4))
    for make in makes:
        at_s = round(rng.uniform(0, until_s), 3)
        drawing.add(make(drawing, at_s))


def checks(drawing: Drawing) -> tuple[float, ...]:
    """Some moments: after faults, and any."""
    rng = drawing.rng
    until_s = drawing.hours * 3600
    after = [part.at_s for part in drawing.parts if not hasattr(part, "runner")]
    found = [rng.uniform(0, until_s) for _ in range(2)]
    found += [one + rng.uniform(1, 600) for one in rng.sample(after, min(3, len(after)))]
    return tuple(sorted(round(one, 3) for one in found if one < until_s))
