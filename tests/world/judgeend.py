"""When all faults are over, all has been synced, merged and ruled: everything is everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from complaint import Complaint
from held import Held
from judgelists import difference

# What nobody may have to decide any more when all is here.
SETTLED = (
    "contradiction",
    "doubled number",
    "not of the chain",
    "two first keys",
    "unknown station",
    "foreign log",
)


def all_records_everywhere(held: Held) -> Iterator[Complaint]:
    """Each record of each station is in each store."""
    for laptop in held.laptops:
        for log_id, rows in held.everywhere.items():
            here = {row.raw for row in laptop.rows.get(log_id, ())}
            missing = sorted(row.seq for row in rows if row.raw not in here)
            if missing:
                text = f"{len(missing)} records of log {log_id[:8]} are not here: {missing[:5]}"
                yield Complaint("records missing", laptop.name, held.moment.at_s, text)


def all_rulings_everywhere(held: Held) -> Iterator[Complaint]:
    """Each ruling that anybody kept is in each store."""
    every = {one.id: one for laptop in held.laptops for one in laptop.rulings}
    for laptop in held.laptops:
        missing = every.keys() - {one.id for one in laptop.rulings}
        if missing:
            one = every[min(missing)]
            text = f"{len(missing)} rulings are not here, one is {one.kind} by {one.by} ({one.id})"
            yield Complaint("rulings missing", laptop.name, held.moment.at_s, text)


def same_bytes(held: Held) -> Iterator[Complaint]:
    """The official log is the same on every laptop."""
    first, *others = held.laptops
    for other in others:
        if other.view.log_json != first.view.log_json:
            where = difference(first.view.log_json, other.view.log_json)
            text = f"its log is not that of {first.name}: {where}"
            yield Complaint("logs differ", other.name, held.moment.at_s, text)


def nothing_contradicts(held: Held) -> Iterator[Complaint]:
    """Nothing is left that only contradictions would leave to a person."""
    for laptop in held.laptops:
        race = laptop.view.race
        for row in race.log.problems if race else ():
            if row.level == "decide" and row.kind in SETTLED:
                yield Complaint(
                    "left open", laptop.name, held.moment.at_s, f"{row.kind}: {row.text}"
                )
                break


def all_accounted_for(held: Held) -> Iterator[Complaint]:
    """Nobody who is in camp stays on the search list: people have said what no evidence says."""
    for laptop in held.laptops:
        race = laptop.view.race
        for line in race.log.runners if race else ():
            life = held.moment.truth.lives[line.name]
            if not line.accounted and not life.is_out:
                text = f"{line.status}, {line.reason}, and on the search list, though in camp"
                yield Complaint("not accounted for", line.name, held.moment.at_s, text)
