"""What can be ruled: one record for each kind. A new kind is one entry of KINDS.

A ruling's data holds only text, whole numbers, numbers and booleans (fields.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from yellowgate.errors import nearest
from yellowgate.model import Ruling
from yellowgate.redact import on_one_line
from yellowgate.rulings import fields
from yellowgate.rulings.fields import Field
from yellowgate.times import hms, iso, to_us

Data = Mapping[str, Any]
Subject = tuple[Any, ...]
Said = list[tuple[Subject, object]]
Fields = tuple[Field, ...]

ALL_PRESETS = ("barkley", "backyard", "laps", "point-to-point")


def _decides_nothing(_data: Data) -> Said:
    """It speaks of a touch, or of a sighting: which one, only the rules of the race know."""
    return []


def _no_fault(_data: Data) -> str:
    return ""


@dataclass(frozen=True)
class Kind:
    """A kind of ruling.

    what: the sentence that it says. needs: the fields it must have, may: those it may have,
    one_of: groups of which exactly one is given. words: what was ruled, for people. decides: the
    things that it decides, and what it says of each; of two rulings on one thing the later one
    stands, or they contradict each other. fault: what is wrong with data whose fields are right
    one by one, in words. presets: those whose rules ask for it. moment: its time is one of the
    race, of any day, or the one from which the race counts. loop: it speaks of a loop that the
    runner is on or has run ("run"), has ended ("ended"), or that may still come ("ahead").
    of_records: it may say which records count, or when they were: times follow from it.
    """

    name: str
    what: str
    words: Callable[[Data], str]
    needs: Fields = ()
    may: Fields = ()
    one_of: tuple[Fields, ...] = ()
    decides: Callable[[Data], Said] = _decides_nothing
    fault: Callable[[Data], str] = _no_fault
    presets: tuple[str, ...] = ALL_PRESETS
    moment: Literal["", "race", "day", "start"] = ""
    loop: Literal["", "run", "ended", "ahead"] = ""
    of_records: bool = False

    @cached_property
    def fields(self) -> Fields:
        """All that it may have."""
        return (*self.needs, *self.may, *(field for group in self.one_of for field in group))

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The same, by name."""
        return {field.name: field for field in self.fields}


def _moment(data: Data) -> object:
    return data.get("at", data.get("at_s"))


def _when(data: Data) -> str:
    if "at" in data:
        return f" at {iso(data['at'])}"
    return f" at {hms(to_us(data['at_s']))}" if "at_s" in data else ""


def _of(data: Data) -> str:
    return f"{data.get('runner', '')}, loop {data['loop']}" if "loop" in data else data["runner"]


def _read(data: Data) -> str:
    return f"record {data['seq']} of {data['log_id'][:8]}"


def _void(data: Data) -> str:
    return f"{_read(data) if 'seq' in data else _of(data)} is void"


def _void_decides(data: Data) -> Said:
    if "seq" in data:
        return [(("read", data["log_id"], data["seq"]), ("void",))]
    return [(("void", data["runner"], data["loop"]), True)]


def _assign(data: Data) -> str:
    return f"{_read(data)} is {data['runner']}" + (f" ({data['use']})" if "use" in data else "")


def _assign_decides(data: Data) -> Said:
    says = ("assign", data["runner"], data.get("use", ""))
    return [(("read", data["log_id"], data["seq"]), says)]


def _pages_fault(data: Data) -> str:
    if data["have"] > data["of"]:
        return f"{data['have']} of {data['of']} is more than there are"
    return ""


def _side(data: Data) -> str:
    if "direction" in data:
        return f"{_of(data)}: {data['direction']}"
    return f"{_of(data)}: from the {'right' if data['right'] else 'wrong'} direction"


def _way(data: Data) -> Said:
    if "direction" not in data:
        return []
    return [(("way", data["runner"], data["loop"]), data["direction"])]


def _dropout_decides(data: Data) -> Said:
    """Two may agree on the reason and not on the moment, which decides what still counts."""
    said: Said = [(("dropout", data["runner"]), data["reason"].casefold())]
    when = _moment(data)
    return said if when is None else [*said, (("dropout at", data["runner"]), when)]


def _sighting(data: Data) -> str:
    parts = (f"{data['runner']} was seen{_when(data)}", data.get("place", ""), data.get("text", ""))
    return " ".join(part for part in parts if part)


def _grace(data: Data) -> str:
    limit = f", up to {hms(to_us(data['seconds']))}" if "seconds" in data else ""
    return f"{_of(data)}: grace for the {data.get('for', 'cutoff')}{limit}"


def _grace_decides(data: Data) -> Said:
    subject = ("grace", data["runner"], data["loop"], data.get("for", "cutoff"))
    return [(subject, data.get("seconds"))]


def _start(data: Data) -> str:
    names = [f"{what} {data[what]}" for what in ("event", "wave") if what in data]
    whose = f" of {', '.join(names)}" if names else ""
    return f"the start{whose} was{_when(data)}"


def _paper(data: Data) -> str:
    parts = [f"{key} {hms(to_us(data[key + '_s']))}" for key in ("in", "out") if key + "_s" in data]
    parts += [f"{key} {iso(data[key + '_at'])}" for key in ("in", "out") if key + "_at" in data]
    if data.get("remark"):
        parts.append(f"\u201c{data['remark']}\u201d")
    wins = ", and wins" if data.get("wins") else ""
    return f"{_of(data)}: paper says {', '.join(parts)}{wins}"


_PAPER_TIMES = ("in_s", "in_at", "out_s", "out_at")


def _paper_decides(data: Data) -> Said:
    who = (data["runner"], data["loop"])
    return [
        (("paper", *who, name.partition("_")[0]), (name[-2:], data[name]))
        for name in _PAPER_TIMES
        if name in data
    ]


def _paper_fault(data: Data) -> str:
    if not (set(_PAPER_TIMES) & set(data) or data.get("remark")):
        return "needs in=TIME or out=TIME, or a remark"
    for side in ("in", "out"):
        if {f"{side}_s", f"{side}_at"} <= set(data):
            return f"{side}= is there twice, by the clock and since the start"
    return ""


def _clock_decides(data: Data) -> Said:
    """Each clock is a thing of its own: that one is right does not say that another is wrong."""
    return [(("clock", data.get("log_id", ""), data["reference_id"]), True)]


def _tag(data: Data) -> str:
    return f"{data['runner']} wears the tag {data['tag']}" + (
        _when(data) and f" from{_when(data)[3:]}"
    )


_ANY_TIME = ((fields.AT,), (fields.AT_S,))
_RUNNER, _RUNNER_LOOP = (fields.RUNNER,), (fields.RUNNER, fields.LOOP)

_ALL = (
    Kind(
        "assign", "this read is that runner's", _assign,
        needs=(*fields.RECORD, fields.RUNNER), may=(fields.USE,), decides=_assign_decides,
    ),
    Kind(
        "void", "this read, or this loop, does not count", _void,
        one_of=(fields.RECORD, _RUNNER_LOOP), decides=_void_decides, loop="run",
    ),
    Kind(
        "pages", "so many pages of so many",
        lambda d: f"{_of(d)}: {d['have']} of {d['of']} pages",
        needs=(*_RUNNER_LOOP, *fields.PAGES), may=fields.RECORD, fault=_pages_fault,
        presets=("barkley",), loop="ended",
    ),
    Kind(
        "direction", "touched from the right or the wrong side, or: runs in this direction",
        _side,
        needs=_RUNNER_LOOP, may=fields.RECORD, one_of=((fields.RIGHT,), (fields.DIRECTION,)),
        decides=_way, presets=("barkley",), loop="run",
    ),
    Kind(
        "departure", "left camp for this loop", lambda d: f"{_of(d)}: left{_when(d)}",
        needs=_RUNNER_LOOP, one_of=_ANY_TIME, moment="race", loop="run",
        decides=lambda d: [(("departure", d["runner"], d["loop"]), _moment(d))],
    ),
    Kind(
        "dropout", "is out, and why", lambda d: f"{d['runner']} is out{_when(d)}: {d['reason']}",
        needs=(fields.RUNNER, fields.REASON), may=(fields.AT, fields.AT_S, fields.PLACE),
        decides=_dropout_decides, moment="race",
    ),
    Kind(
        "return", "is back in camp", lambda d: f"{d['runner']} is back{_when(d)}",
        needs=_RUNNER, one_of=_ANY_TIME, moment="race",
        decides=lambda d: [(("return", d["runner"]), _moment(d))],
    ),
    Kind(
        "sighting", "was seen", _sighting,
        needs=_RUNNER, may=(fields.PLACE, fields.TEXT), one_of=_ANY_TIME, moment="race",

    ),
    Kind(
        "grace", "counts in spite of", _grace,
        needs=_RUNNER_LOOP, may=(fields.LIMIT, fields.SECONDS), decides=_grace_decides,
        loop="ahead",
    ),
    Kind(
        "start", "the start was at", _start,
        needs=(fields.AT,), may=(fields.EVENT, fields.WAVE), moment="start",
        decides=lambda d: [(("start", d.get("event", ""), d.get("wave", "")), d["at"])],
    ),
    Kind(
        "conch", "the conch was blown at", lambda d: f"the conch was blown{_when(d)}",
        needs=(fields.AT,), moment="start", decides=lambda d: [(("conch",), d["at"])],
        presets=("barkley",),
    ),
    Kind(
        "paper", "the paper sheet says", _paper,
        needs=_RUNNER_LOOP, may=(*fields.PAPER_TIMES, fields.REMARK, fields.WINS),
        decides=_paper_decides, fault=_paper_fault, moment="race", loop="run",
    ),
    Kind(
        "clock", "this reference clock is right",
        lambda d: f"reference clock {d['reference_id']:08x} is right",
        needs=(fields.REFERENCE,), may=(fields.LOG,), decides=_clock_decides, of_records=True,
    ),
    Kind(
        "log", "this log is, or is not, of the station that it says",
        lambda d: f"log {d['log_id'][:8]} is {'' if d['right'] else 'not '}of its station",
        needs=(fields.LOG, fields.RIGHT),
        decides=lambda d: [(("log", d["log_id"]), d["right"])], of_records=True,
    ),
    Kind(
        "version", "of several records of one number, this one is right",
        lambda d: f"{_read(d)} is the version {d['version']}",
        needs=(*fields.RECORD, fields.VERSION),
        decides=lambda d: [(("version", d["log_id"], d["seq"]), d["version"])], of_records=True,
    ),
    Kind(
        "key", "of several first keys of a log, this one is right",
        lambda d: f"the first key of log {d['log_id'][:8]} is {d['key']}",
        needs=(fields.LOG, fields.KEY),
        decides=lambda d: [(("key", d["log_id"]), d["key"])], of_records=True,
    ),
    Kind(
        "tag", "wears this tag (from then on)", _tag,
        needs=(fields.RUNNER, fields.TAG), may=(fields.AT,), moment="day",
        decides=lambda d: [(("tag", d["tag"], d.get("at")), d["runner"])],
    ),
    Kind(
        "bib", "wears this bib on this loop", lambda d: f"{_of(d)}: bib {d['bib']}",
        needs=(*_RUNNER_LOOP, fields.BIB), loop="ahead",
        decides=lambda d: [(("bib", d["runner"], d["loop"]), d["bib"])],
    ),
    Kind(
        "partial", "partial last lap",
        lambda d: f"{d['runner']}: {d['distance_m']:g} m of the last lap",
        needs=(fields.RUNNER, fields.DISTANCE), presets=("laps",),
        decides=lambda d: [(("partial", d["runner"]), d["distance_m"])],
    ),
    Kind(
        "undo", "takes back a ruling", lambda d: f"takes back {d['ruling']}",
        needs=(fields.RULING,), of_records=True,
    ),
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}


def make(kind: str, data: Data, by: str, why: str, at_us: int) -> Ruling:
    """A valid ruling. by, why: who and for what reason; at_us: when it is made (UTC).

    Raises ValueError with one clear line.
    """
    by, why = on_one_line(by), on_one_line(why)
    if not by:
        raise ValueError("a ruling needs to say who made it")
    known: Mapping[str, Field] = KINDS[kind].by_name if kind in KINDS else {}
    tidied = {
        name: known[name].tidy(value) if name in known else value for name, value in data.items()
    }
    check(kind, tidied)
    return Ruling(at_us, by, why, kind, tidied)


def check(kind: str, data: Data) -> None:
    """Raise ValueError (one line) when no ruling can be like this. The line names the fields by
    the words with which they are typed.
    """
    shape = kind_of(kind)
    known = shape.by_name
    for name in data:
        if name not in known:
            words = tuple(dict.fromkeys(field.word for field in known.values()))
            raise ValueError(f"{kind}: unknown {name!r}{nearest(name, words)}")
    for field in shape.needs:
        if field.name not in data:
            raise ValueError(f"{kind}: {field.typed} is missing ({field.what})")
    _check_groups(shape, data)
    for name, value in data.items():
        field = known[name]
        if not field.is_valid(value):
            raise ValueError(f"{kind}: {field.word} {value!r} is not {field.what}")
    fault = shape.fault(data)
    if fault:
        raise ValueError(f"{kind}: {fault}")


def kind_of(name: str) -> Kind:
    """The kind of this name. Raises ValueError with one clear line."""
    found = KINDS.get(name)
    if found is None:
        raise ValueError(f"no ruling is called {name!r}{nearest(name, KINDS)}")
    return found


def _check_groups(shape: Kind, data: Data) -> None:
    if "at" in data and "at_s" in data:
        raise ValueError(f"{shape.name}: at= is there twice, by the clock and since the start")
    if ("log_id" in data) != ("seq" in data) and "seq" in shape.by_name:
        raise ValueError(f"{shape.name}: {fields.RECORD[0].typed} needs both, log and number")
    given = [group for group in shape.one_of if all(field.name in data for field in group)]
    some = {field for group in shape.one_of for field in group if field.name in data}
    if shape.one_of and (len(given) != 1 or some != set(given[0])):
        ways = list(dict.fromkeys(" and ".join(_typed(group)) for group in shape.one_of))
        if len(ways) == 1:
            raise ValueError(f"{shape.name}: {ways[0]} is missing")
        raise ValueError(f"{shape.name}: give exactly one of {' or '.join(ways)}")


def _typed(group: Iterable[Field]) -> list[str]:
    return list(dict.fromkeys(field.typed for field in group))


def words(kind: str, data: Data) -> str:
    """What was ruled, in one line for people; also of a later version, or damaged."""
    try:
        text = KINDS[kind].words(data)
    except (KeyError, TypeError, ValueError, OverflowError):
        text = f"{kind} {dict(data)}"
    return text if text.isprintable() else on_one_line(text)
