"""gate verify: is everything there, unchanged, and without contradiction?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import click
from gate_station.core.station import RESTARTS_MAX
from gate_wire import bodies, kinds
from rich.table import Table
from rich.text import Text

from yellowgate.cli.context import TIME, RaceFolder, console, echo, now_us, race_option
from yellowgate.event.roster import doubles
from yellowgate.link.radio import refused_name
from yellowgate.model import Ruling, Station, Told
from yellowgate.rulings.kinds import words
from yellowgate.rulings.trusted import choice_of
from yellowgate.times import iso

if TYPE_CHECKING:
    from yellowgate.official import Moment, Race
    from yellowgate.store.store import Store


@dataclass(frozen=True)
class Line:
    """One thing that was found. level: how bad; about: station or runner."""

    level: str
    about: str
    text: str

    @property
    def is_wrong(self) -> bool:
        """Does it make `gate verify` fail?"""
        from yellowgate.store import evidence

        tags = (evidence.TAMPERED, evidence.DAMAGED, evidence.MISSING)
        return self.level in (*tags, "decide", "look", "double")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--as-of", "as_of_us", type=TIME, help="As of this moment.")
@race_option
def verify(folder: RaceFolder, as_json: bool, as_of_us: int | None) -> int:
    """Gaps, tags, clocks, doubled tags and bibs, contradictions; exit code 1 when one is wrong.

    "hand-in" says what those who get the results would refuse or ask for; who they are stands in
    race.toml: hand_in = ["ultrasignup"].

    \b
    Example: gate verify
    """
    from yellowgate.store import evidence

    store = folder.store()
    race = folder.read(store)
    moment_us = now_us() if as_of_us is None else as_of_us
    lines = list(findings(race, store, moment_us, is_now=as_of_us is None))
    wrong = sum(line.is_wrong for line in lines)
    if as_json:
        rows = [asdict(line) | {"wrong": line.is_wrong} for line in lines]
        echo(json.dumps({"wrong": wrong, "findings": rows}, indent=1))
        return 1 if wrong else 0
    if lines:
        styles = {evidence.DAMAGED: "red", evidence.MISSING: "red", evidence.TAMPERED: "bold red"}
        table = Table(box=None)
        for name in ("", "about", "what"):
            table.add_column(name, overflow="fold")
        for line in lines:
            style = styles.get(line.level, "yellow" if line.is_wrong else "dim")
            table.add_row(Text(line.level, style=style), line.about, line.text)
        console().print(table)
    logs = len(race.stations())
    echo(
        f"{len(race.observations)} records of {logs} stations, {len(race.rulings)} rulings: "
        + (f"{wrong} things are wrong" if wrong else "nothing is wrong")
    )
    return 1 if wrong else 0


def findings(race: Race, store: Store, as_of_us: int, is_now: bool = False) -> Iterator[Line]:
    """Everything that there is to say, the chain of evidence first. is_now: as_of_us is the
    present by this laptop's clock.
    """
    from yellowgate.official import problem_text
    from yellowgate.store import numbers, services

    moment = race.at(as_of_us, is_now)
    stations = moment.stations()
    yield from _records(race, store, stations)
    ours = {
        log_id: log
        for log_id, log in race.logs.items()
        if not moment.told.get(log_id, Told()).is_kept_out
    }
    for twins in numbers.doubled(ours, store.log_stations()):
        yield Line("look", f"station {twins[0]}", numbers.doubled_text(*twins))
    yield from _restarts(race, stations)
    for log_id, log in race.logs.items():
        for text in services.by_hand(log):
            yield Line("service", stations[log_id].name, f"{text}. Was it you?")
    yield from _clocks(moment, stations)
    doubled = doubles(race.roster)
    for text in doubled:
        yield Line("double", "roster", text)
    told = dict.fromkeys(
        row for one in moment.events() for row in one.problems
    )  # what several races say of the same stations is said once
    for problem in told:
        if problem.text not in doubled:
            yield Line(problem.level, problem.runner, problem_text(problem))
    yield from _hand_in(moment)
    yield from _ahead(race.rulings, now_us())
    for name, value in store.counters().items():
        if name.startswith(refused_name("")):
            yield Line("radio", "", f"{name}: {value}")


def _hand_in(moment: Moment) -> Iterator[Line]:
    """What the receivers of the results would refuse or ask for, of each race of the folder."""
    from yellowgate.report.receivers import of_log

    events = moment.events()
    for one in events:
        file = one.race.file
        about = f" ({file.name})" if len(events) > 1 else ""
        for wish in of_log(one.log, one.race.roster, file.hand_in, one.decisions.bib):
            yield Line("hand-in", f"{wish.receiver}{about}", wish.text)


def _ahead(rulings: Iterable[Ruling], moment_us: int) -> Iterator[Line]:
    """Rulings of a laptop whose clock is ahead: nothing else would show that they wait."""
    for ruling in rulings:
        if ruling.at_us > moment_us:
            text = (
                f"ruling {ruling.id} of {ruling.by} is dated {iso(ruling.at_us)} and counts from "
                f"then on: the clock of a laptop is wrong ({words(ruling.kind, ruling.data)})"
            )
            yield Line("look", ruling.by, text)


def _records(race: Race, store: Store, stations: Mapping[str, Station]) -> Iterator[Line]:
    """Are they all there, whole and unchanged?"""
    from yellowgate.store import evidence

    def name(log_id: str) -> str:
        return stations[log_id].name if log_id in stations else log_id

    for row in evidence.verify(race.observations, store.first_keys(), store.tips(), store.marks()):
        yield Line(row.severity, name(row.log_id), row.text)
    for number in store.spoilt_rulings():
        text = (
            f"the ruling {number} is spoilt in this store (a bad disk?): gate merge brings it anew"
        )
        yield Line(evidence.DAMAGED, "rulings", text)
    for log_id, spoilt in groupby(store.spoilt(), itemgetter(0)):
        seqs = ", ".join(str(seq) for _, seq in spoilt)
        text = (
            f"spoilt in this store (a bad disk?): records {seqs}; gate sync or gate merge "
            "brings them anew, if they are anywhere else"
        )
        yield Line(evidence.DAMAGED, name(log_id), text)


def _restarts(race: Race, stations: Mapping[str, Station]) -> Iterator[Line]:
    """Stations that their watchdog restarted again and again."""
    import numpy as np

    for log_id, log in race.logs.items():
        starts = np.flatnonzero(log.of_kind == kinds.BOOT).tolist()
        boots = [bodies.unpack_boot(log.bodies[at]) for at in starts]
        row = max((boot.restarts for boot in boots if boot is not None), default=0)
        if row > RESTARTS_MAX:
            text = (
                f"its watchdog restarted it {row} times in a row: gate station doctor, or swap it"
            )
            yield Line("restarts", stations[log_id].name, text)


def _clocks(moment: Moment, stations: Mapping[str, Station]) -> Iterator[Line]:
    """Of each station, between stations of one place, and what was ruled on them."""
    from yellowgate.clock.report import clock_reports, contradictions
    from yellowgate.race.checks.clocks_differ import disagreements

    corrected = moment.corrected
    for report in clock_reports(corrected, moment.as_of_us):
        said = contradictions(corrected.logs[report.log_id])  # among the log's problems
        for warning in report.warnings:
            if warning not in said:
                yield Line("clock", stations[report.log_id].name, warning)
    for problem in disagreements(corrected.times, stations, moment.race.file.rules.double_tap_us):
        yield Line(problem.level, "clock", problem.text)
    met = {row.reference.reference_id for log in corrected.logs.values() for row in log.verdicts}
    ruled = choice_of(moment.decisions).trusted
    for number in sorted({reference_id for reference_id, _ in ruled} - met):
        text = f"a ruling says that {number:08x} is right, but no station met that reference clock"
        yield Line("look", "clock", text)
