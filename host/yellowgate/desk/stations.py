"""What waits at the stations: silence, a log that is nearly full, clocks that nobody can trust."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from gate_station.core.health import LOG_NEARLY_FULL_PERMILLE
from gate_wire import bodies, kinds

from yellowgate.clock.report import WIDE_BOUND_US, bound_now_us, contradictions
from yellowgate.desk.decide import Wanted
from yellowgate.desk.items import CLASH, STATION, Answer, Item
from yellowgate.official import Moment
from yellowgate.race.checks.roll_call import StationState
from yellowgate.records import Records
from yellowgate.report.board import station_words
from yellowgate.report.words import bound

FOREIGN, KEYS = "foreign log", "two first keys"
OF_LOGS = (FOREIGN, KEYS)  # kinds of problems that have items of their own here


def of_stations(moment: Moment) -> Iterator[Item]:
    """All of them, of the stations of this event."""
    names = {log_id: row.name for log_id, row in moment.stations().items()}
    for state in moment.board.stations:
        if state.is_silent:
            yield _silent(state)
    for log_id, records in moment.race.logs.items():
        yield from _full(names.get(log_id, log_id[:8]), log_id, records)
    yield from _clocks(moment, names)
    yield from _logs(moment)


def _silent(state: StationState) -> Item:
    words = station_words(state, rings=False)
    return Item(
        f"silent:{state.name}:{state.log_id}", STATION, f"{state.name} is silent",
        f"{words}: gate sync, or look at its battery",
    )  # fmt: skip


def _full(name: str, log_id: str, records: Records) -> Iterator[Item]:
    """By its last health record."""
    found = np.flatnonzero(records.of_kind == kinds.HEALTH)
    last = bodies.unpack_health(records.bodies[int(found[-1])]) if found.size else None
    if last is None or last.fill_permille < LOG_NEARLY_FULL_PERMILLE:
        return
    how = "full" if last.fill_permille >= 1000 else f"{last.fill_permille // 10} % full"
    yield Item(
        f"full:{log_id}", STATION, f"{name} is {how}",
        "download it (gate sync), then give it an empty log (gate station new-log)",
    )  # fmt: skip


def _clocks(moment: Moment, names: dict[str, str]) -> Iterator[Item]:
    """Clocks that contradict each other, until somebody rules which is right; and stations whose
    next touch nobody could time well.
    """
    for log_id, log in moment.corrected.logs.items():
        name = names.get(log_id, log_id[:8])
        said = contradictions(log)
        if said:
            answers = tuple(
                Answer(
                    f"Clock {row.reference.name} is right",
                    (Wanted("clock", {"reference_id": row.reference.reference_id}),),
                )
                for row in log.verdicts
            )
            title = f"{name}: clocks contradict each other"
            yield Item(f"clock:{log_id}", CLASH, title, " ".join(said), "", answers)
        elif (now_us := bound_now_us(log, moment.as_of_us)) > WIDE_BOUND_US:
            words = f"a touch made now is known to {bound(now_us)}: sync it before a cutoff"
            yield Item(f"wide:{log_id}", STATION, f"{name}: its clock is not sure", words)


def _logs(moment: Moment) -> Iterator[Item]:
    """Logs that claim a station whose log is another one here; logs with more than one first key.
    Their words are the log's own.
    """
    texts = {row.kind: row.text for row in moment.log.problems if row.kind in OF_LOGS}
    for log_id, told in moment.told.items():
        if told.rival and told.is_right is None and FOREIGN in texts:
            answers = tuple(
                Answer(label, (Wanted("log", {"log_id": log_id, "right": right}),))
                for label, right in (("It is ours", True), ("It is not", False))
            )
            words = f"a log of the same station as {told.rival[:8]}, which this laptop never met"
            yield Item(f"log:{log_id}", CLASH, f"Whose log is {log_id[:8]}?", words, "", answers)
    for log_id, proof in moment.race.proofs.items():
        keys = list(dict.fromkeys(key.name for key in proof.keys))
        if len(keys) < 2 or moment.decisions.ruling("key", log_id) or KEYS not in texts:
            continue
        answers = tuple(
            Answer(f"{name} is right", (Wanted("key", {"log_id": log_id, "key": name}),))
            for name in keys
        )
        title = f"Log {log_id[:8]} has {len(keys)} first keys"
        yield Item(f"key:{log_id}", CLASH, title, texts[KEYS], "", answers)
