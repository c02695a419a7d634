"""The FIELD=VALUE words of a ruling, and who and what they may mean.

`gate ruling add`, the desk's prompt and the forms of the pages are all read here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from yellowgate.errors import GateError
from yellowgate.event.who import People
from yellowgate.rulings.fields import Form
from yellowgate.rulings.kinds import kind_of
from yellowgate.times import TimeReader, clock_us

Data = dict[str, Any]
_YES, _NO = ("yes", "true", "1", "right"), ("no", "false", "0", "wrong")


class Known(Protocol):
    """What the words may speak of; each is asked for only when a word needs it."""

    @property
    def people(self) -> People:
        """The runners, as they may be called."""
        ...

    @property
    def log_ids(self) -> Collection[str]:
        """The logs of which records are here."""
        ...

    @property
    def ruling_ids(self) -> Collection[str]:
        """The rulings that are here."""
        ...

    @property
    def reader(self) -> TimeReader:
        """How times of this race are read."""
        ...


def values_of(words: Sequence[str]) -> dict[str, str]:
    """The values of FIELD=VALUE words, by field. Raises ValueError for what is written wrongly."""
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r}: write FIELD=VALUE, like loop=3")
        if name in values:
            raise ValueError(f"{name} is there twice: {values[name]!r} and {value!r}")
        values[name] = value
    return values


def data_of(kind: str, values: Mapping[str, str], known: Known) -> Data:
    """The data of a ruling from what was typed for its fields.

    Raises ValueError for what is written wrongly, GateError for what is not there.
    """
    shape = kind_of(kind)
    forms: dict[str, Form] = {field.word: field.form for field in shape.fields}
    typed = Typed(known, shape.moment in ("day", "start"), values)
    data: Data = {}
    for name, value in values.items():
        try:
            # What is no field of this kind is refused when the ruling is made.
            read = _READERS[forms.get(name, "text")]
            data.update(read(typed, name, value.strip()))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        except GateError as error:
            raise GateError(f"{name}: {error}") from error
    return data


def each_of(kind: str, words: Sequence[str], known: Known) -> list[Data]:
    """The data of one ruling for each runner of runner=7,8,3. Raises as data_of()."""
    given = [word for word in words if word.startswith("runner=") and "," in word]
    others = [word for word in words if word not in given]
    if len(given) != 1:
        return [data_of(kind, values_of(words), known)]
    names = [name.strip() for name in given[0].removeprefix("runner=").split(",")]
    made = [data_of(kind, values_of([f"runner={name}", *others]), known) for name in names]
    doubled = [name for name, data in zip(names, made, strict=True) if made.count(data) > 1]
    if doubled:
        raise ValueError(f"runner: {' and '.join(doubled)} are the same runner")
    return made


def find_ruling(ids: Collection[str], text: str) -> str:
    """The id of the ruling that begins so. Raises GateError."""
    found = [number for number in ids if number.startswith(text.lower())] if text else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise GateError(f"no ruling begins with {text!r} (gate ruling list)")
    more = ", ..." if len(found) > 4 else ""
    raise GateError(f"{len(found)} rulings begin with {text!r}: {', '.join(found[:4])}{more}")


class Typed(NamedTuple):
    """The words of one ruling: what they may speak of, whether times are those of a day."""

    known: Known
    is_on_a_day: bool
    values: Mapping[str, str]


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
    times = typed.known.reader
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
    found = [known for known in typed.known.log_ids if known.startswith(log_id)]
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
    return {name: find_ruling(typed.known.ruling_ids, text)}


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
