"""The FIELD=VALUE words of `gate ruling add`, and who and what they may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, NoReturn

import click

from yellowgate.cli.context import RaceFolder, now_us
from yellowgate.errors import GateError
from yellowgate.event.who import People
from yellowgate.model import Ruling, Runner
from yellowgate.official import Moment, Race, said_back
from yellowgate.race.checks.idle_rulings import last_us
from yellowgate.rulings.decisions import Decisions, evaluate
from yellowgate.rulings.fields import Field, Form
from yellowgate.rulings.kinds import Kind, kind_of
from yellowgate.rulings.kinds import words as words_of
from yellowgate.rulings.names import of_current_names
from yellowgate.store.store import Store
from yellowgate.times import Said, TimeReader, clock_us, zone


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

    @cached_property
    def people(self) -> People:
        """The runners as they may be called."""
        return People(self.roster, self.decisions)

    @cached_property
    def moment(self) -> Moment:
        """The race now."""
        return Race.read(self.folder.race(), self.roster, self.store).at(now_us())

    @cached_property
    def starts_us(self) -> dict[str, int | None]:
        """From when each runner's times count, by name (UTC)."""
        logs = [one.log for one in self.moment.events()]
        return {line.name: line.start_us for log in logs for line in log.runners}

    def said_back(self, made: Ruling) -> str:
        """What was ruled, and its moments in full."""
        start_us = self.starts_us.get(made.data.get("runner", ""))
        moments = "; ".join(said_back(made.data, start_us, self.folder.race().zone))
        return words_of(made.kind, made.data) + (f": {moments}" if moments else "")

    def times(self, said: Said = "") -> TimeReader:
        """How times of this race are read."""
        where = zone(self.folder.race().zone)
        return TimeReader(where, now_us(), self._race_us, said)

    def _race_us(self) -> tuple[int, int] | None:
        log = self.moment.log
        return None if log.start_us is None else (log.start_us, last_us(self.folder.race(), log))


def parse_fields(folder: RaceFolder, kind: str, words: Sequence[str]) -> dict[str, Any]:
    """The data of a ruling from FIELD=VALUE words.

    Raises click.UsageError for what is written wrongly, GateError for what is not there.
    """
    shape = _known_kind(kind)
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            wrong_use(f"{word!r}: write FIELD=VALUE, like loop=3")
        if name in values:
            wrong_use(f"{name} is there twice: {values[name]!r} and {value!r}")
        values[name] = value
    forms: dict[str, Form] = {field.word: field.form for field in shape.fields}
    typed = Typed(Known(folder, folder.store()), shape.moment in ("day", "start"), values)
    data: dict[str, Any] = {}
    for name, value in values.items():
        try:
            # What is no field of this kind is refused when the ruling is made.
            read = _READERS[forms.get(name, "text")]
            data.update(read(typed, name, value.strip()))
        except ValueError as error:
            wrong_use(f"{name}: {error}")
        except GateError as error:
            raise GateError(f"{name}: {error}") from error
    return data


def parse_each(folder: RaceFolder, kind: str, fields: Sequence[str]) -> list[dict[str, Any]]:
    """The data of one ruling for each runner of runner=7,8,3; of all before any is made.

    Raises as parse_fields().
    """
    given = [field for field in fields if field.startswith("runner=") and "," in field]
    others = [field for field in fields if field not in given]
    if len(given) != 1:
        return [parse_fields(folder, kind, fields)]
    names = [name.strip() for name in given[0].removeprefix("runner=").split(",")]
    made = [parse_fields(folder, kind, [f"runner={name}", *others]) for name in names]
    doubled = [name for name, data in zip(names, made, strict=True) if made.count(data) > 1]
    if doubled:
        wrong_use(f"runner: {' and '.join(doubled)} are the same runner")
    return made


def _known_kind(name: str) -> Kind:
    try:
        return kind_of(name)
    except ValueError as error:
        wrong_use(str(error))


class Typed(NamedTuple):
    """The words of one ruling: what they may speak of, whether times are those of a day."""

    known: Known
    is_on_a_day: bool
    values: Mapping[str, str]


Data = dict[str, Any]
_YES, _NO = ("yes", "true", "1", "right"), ("no", "false", "0", "wrong")


def _text(_typed: Typed, name: str, value: str) -> Data:
    return {name: value}


def _number(_typed: Typed, name: str, value: str) -> Data:
    return {name: _of_text(value)}


def _of_text(text: str) -> int | float:
    """A whole number where it is one."""
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a number") from error


def _yes_or_no(_typed: Typed, name: str, value: str) -> Data:
    if value.lower() not in _YES + _NO:
        raise ValueError(f"{value!r}: write yes or no")
    return {name: value.lower() in _YES}


def _uid(_typed: Typed, name: str, value: str) -> Data:
    return {name: re.sub(r"[\s:-]", "", value).lower()}


def _pages(_typed: Typed, _name: str, value: str) -> Data:
    have, slash, of = value.partition("/")
    if not slash:
        raise ValueError(f"{value!r}: write 12/13, twelve of thirteen")
    return {"have": _of_text(have), "of": _of_text(of)}


def _clock(_typed: Typed, _name: str, value: str) -> Data:
    """A reference clock as `gate clock` names it: eight hex digits."""
    if not re.fullmatch(r"[0-9a-fA-F]{1,8}", value):
        raise ValueError(f"{value!r} is not eight hex digits, as gate clock shows them")
    return {"reference_id": int(value, 16)}


def _time(typed: Typed, name: str, value: str) -> Data:
    times = typed.known.times()
    if typed.is_on_a_day:
        return {name: clock_us(value, times.where, times.now_us, may_come=True)}
    return times.read(value, name)


def _record(typed: Typed, _name: str, text: str) -> Data:
    """LOG:NUMBER; the log by the beginning of its id. A whole id may be of a log that no sync has
    brought yet.
    """
    log_id, colon, seq = text.lower().partition(":")
    if not (log_id and colon and seq.isascii() and seq.isdigit()):
        raise ValueError(f"{text!r}: write LOG:NUMBER, like a1b2c3:88 (gate ruling proposals)")
    found = [known for known in typed.known.store.counts() if known.startswith(log_id)]
    if len(found) == 1:
        return {"log_id": found[0], "seq": int(seq)}
    if re.fullmatch(r"[0-9a-f]{16}", log_id):
        return {"log_id": log_id, "seq": int(seq)}
    if not found:
        raise GateError(
            f"no log here begins with {log_id!r}: sync its station, or write all 16 digits"
        )
    raise GateError(f"{len(found)} logs begin with {log_id!r}: {', '.join(sorted(found))}")


def _ruling(typed: Typed, name: str, text: str) -> Data:
    return {name: find_ruling(typed.known.store, text)}


def find_ruling(store: Store, text: str) -> str:
    """The id of the ruling that begins so. Raises GateError."""
    known = [row.id for row in store.rulings()]
    found = [number for number in known if number.startswith(text.lower())] if text else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise GateError(f"no ruling begins with {text!r} (gate ruling list)")
    more = ", ..." if len(found) > 4 else ""
    raise GateError(f"{len(found)} rulings begin with {text!r}: {', '.join(found[:4])}{more}")


def _runner(typed: Typed, name: str, text: str) -> Data:
    loop = typed.values.get("loop", "")
    number = int(loop) if loop.isascii() and loop.isdigit() else 0
    known = typed.known
    try:
        return {name: known.people.find(text, number).name}
    except ValueError as error:
        raise GateError(str(error)) from error


_READERS: Mapping[Form, Callable[[Typed, str, str], Data]] = {
    "text": _text,
    "number": _number,
    "yes or no": _yes_or_no,
    "uid": _uid,
    "clock": _clock,
    "ruling": _ruling,
    "runner": _runner,
    "record": _record,
    "pages": _pages,
    "time": _time,
}
