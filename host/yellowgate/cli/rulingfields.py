"""The FIELD=VALUE words of `gate ruling add`, and who and what they may mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import click

from yellowgate.cli.context import RaceFolder, now_us
from yellowgate.event.who import People
from yellowgate.model import Ruling, Runner
from yellowgate.rulings.decisions import Decisions, evaluate
from yellowgate.rulings.fields import Field
from yellowgate.rulings.kinds import words as words_of
from yellowgate.rulings.names import of_current_names
from yellowgate.times import Said, TimeReader, zone

if TYPE_CHECKING:
    from yellowgate.official import Moment
    from yellowgate.store.store import Store


def wrong_use(text: str) -> NoReturn:
    """Say that the words of this command were wrong: exit code 2, and where its help is."""
    raise click.UsageError(text, click.get_current_context(silent=True))


def typed_words(names: Iterable[Field]) -> str:
    """The words that give these fields, with a space between them."""
    return " ".join(dict.fromkeys(field.word for field in names))


@dataclass(frozen=True)
class Known:
    """What the words may speak of. Each is read when it is asked for, and once."""

    folder: RaceFolder
    store: Store

    @cached_property
    def roster(self) -> list[Runner]:
        """The runners."""
        return self.folder.roster()

    @cached_property
    def decisions(self) -> Decisions:
        """What is ruled by now: bibs and tags may have changed hands."""
        rulings = of_current_names(self.store.rulings(), self.roster)
        return evaluate(rulings, now_us(), (runner.name for runner in self.roster))

    @property
    def people(self) -> People:
        """The runners as they may be called."""
        return self._people

    @cached_property
    def _people(self) -> People:
        return People(self.roster, self.decisions)

    @cached_property
    def moment(self) -> Moment:
        """The race now."""
        from yellowgate.official import Race

        return Race.read(self.folder.race(), self.roster, self.store).at(now_us())

    @cached_property
    def starts_us(self) -> dict[str, int | None]:
        """From when each runner's times count, by name (UTC)."""
        logs = [one.log for one in self.moment.events()]
        return {line.name: line.start_us for log in logs for line in log.runners}

    def said_back(self, made: Ruling) -> str:
        """What was ruled, and its moments in full."""
        from yellowgate.official import said_back

        start_us = self.starts_us.get(made.data.get("runner", ""))
        moments = "; ".join(said_back(made.data, start_us, self.folder.race().zone))
        return words_of(made.kind, made.data) + (f": {moments}" if moments else "")

    @property
    def log_ids(self) -> Collection[str]:
        """The logs of which records are here."""
        return self.store.counts()

    @property
    def ruling_ids(self) -> Collection[str]:
        """The rulings that are here."""
        return [row.id for row in self.store.rulings()]

    @property
    def reader(self) -> TimeReader:
        """How times of this race are read."""
        return self.times()

    def times(self, said: Said = "") -> TimeReader:
        """How times of this race are read."""
        where = zone(self.folder.race().zone)
        return TimeReader(where, now_us(), self._race_us, said)

    def _race_us(self) -> tuple[int, int] | None:
        from yellowgate.race.checks.idle_rulings import last_us

        log = self.moment.log
        return None if log.start_us is None else (log.start_us, last_us(self.folder.race(), log))


def parse_each(folder: RaceFolder, kind: str, fields: Sequence[str]) -> list[dict[str, Any]]:
    """The data of one ruling for each runner of runner=7,8,3; of all before any is made.

    Raises click.UsageError for what is written wrongly, GateError for what is not there.
    """
    from yellowgate.desk import fieldwords

    try:
        return fieldwords.each_of(kind, fields, Known(folder, folder.store()))
    except ValueError as error:
        wrong_use(str(error))
