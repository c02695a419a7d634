"""Time by cable: who has the plug can say any time, and it is seen."""

from __future__ import annotations

from attackkit import (
    LAPTOP_ID,
    LOG,
    NOBODY,
    STATION,
    TRUE_LAPS,
    TRUE_ROWS,
    Attack,
    Row,
    Scene,
    attacks,
    chained,
    change,
    pair,
    tag_of,
)
from gate_wire import bodies

DAY_S = 86_400
GPS, LAPTOP, NTP = bodies.REFERENCE_GPS, bodies.REFERENCE_LAPTOP, bodies.REFERENCE_NTP
SEEN = "the times that are known stay; it stands on top, verify fails"


def moved(by: str, how: str, *rows: Row) -> Attack:
    """Clock pairs in the station's own log."""
    return Attack("time by cable", by, how, SEEN, rows)


@attacks(
    [
        moved(STATION, 'a pair "GPS" of ten minutes ahead', pair(5000, 600, GPS, 0x666, 1)),
        moved(STATION, 'a pair "GPS" of ten minutes behind', pair(5000, -600, GPS, 0x666, 1)),
        moved(STATION, 'a pair "GPS" of a day ahead', pair(5000, DAY_S, GPS, 0x666, 1)),
        moved(
            STATION,
            "five false GPS against one true laptop",
            *(pair(5000 + at, 600, GPS, 0x666 + at, 1) for at in range(5)),
        ),
        moved(NOBODY, "a laptop with a wrong date", pair(5000, DAY_S, LAPTOP, 0xBC614E, 1_000_000)),
        moved(NOBODY, "a laptop of last year", pair(5000, -365 * DAY_S, LAPTOP, 0xBC614E)),
    ]
)
def test_a_false_clock_is_seen_and_moves_nothing(scene: Scene, attack: Attack) -> None:
    _written(scene, *attack.do)
    assert scene.laps() == TRUE_LAPS
    log = scene.here("log")
    assert log.code == 0 and "one of the two is wrong" in log.out + log.err
    ran = scene.verify()
    assert ran.code == 1 and "one of the two is wrong" in ran.out


@attacks(
    [
        Attack(
            "time by cable", NOBODY, "a laptop whose clock is set between two syncs",
            "the bounds reach both; verify fails",
        )
    ]
)  # fmt: skip
def test_a_clock_that_contradicts_itself_is_seen(scene: Scene, attack: Attack) -> None:
    _written(scene, pair(5000, 600, NTP, LAPTOP_ID, 1_000))
    ran = scene.verify()
    assert ran.code == 1 and "contradicts itself" in ran.out


def _written(scene: Scene, *more: Row) -> None:
    """The station has these records, too: its chain is whole."""
    raws = chained((*TRUE_ROWS[:-1], *more, TRUE_ROWS[-1]))
    change(scene.race / "race.db", "DELETE FROM observations", "DELETE FROM tips")
    with scene.store() as store:
        store.add_observations((LOG, raw) for raw in raws)
        store.add_tip(LOG, len(raws), tag_of(raws[-1]))
