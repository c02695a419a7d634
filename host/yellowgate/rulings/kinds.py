"""What can be ruled: the kinds, their data, and the words for them.

A ruling's data holds only text, whole numbers, numbers and booleans. Times are either `at` (UTC
microseconds since 1970) or `at_s` (seconds since the start: follows a corrected start); `in_s` and
`out_s` of paper likewise since the start. Runners are named as in the roster.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yellowgate.model import Ruling
from yellowgate.times import hms, iso, to_us

REASONS = (
    "refused to continue",
    "missed cutoff",
    "lost",
    "injured",
    "page missing",
    "not returned",
    "did not start",
    "disqualified",
    "withdrew",
)
SHORT_REASONS = {"rtc": "refused to continue", "dns": "did not start", "dq": "disqualified"}
USES = ("in", "out", "seen")
GRACES = ("cutoff", "start", "pages")
MOMENT_MAX_US = 32_503_680_000_000_000  # the year 3000: what comes later was typed wrongly


@dataclass(frozen=True)
class Kind:
    """A kind of ruling. one_of: groups of fields, of which exactly one group is given."""

    what: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()


_WHEN = (("at",), ("at_s",))
KINDS: dict[str, Kind] = {
    "assign": Kind("this read is that runner's", ("log_id", "seq", "runner"), ("use",)),
    "void": Kind(
        "this read, or this loop, does not count", (), (), (("log_id", "seq"), ("runner", "loop"))
    ),
    "pages": Kind("so many pages of so many", ("runner", "loop", "have", "of"), ("log_id", "seq")),
    "direction": Kind(
        "touched from the right or the wrong side, or: runs in this direction",
        ("runner", "loop"),
        ("log_id", "seq"),
        (("right",), ("direction",)),
    ),
    "departure": Kind("left camp for this loop", ("runner", "loop"), (), _WHEN),
    "dropout": Kind("is out, and why", ("runner", "reason"), ("at", "at_s", "place")),
    "return": Kind("is back in camp", ("runner",), (), _WHEN),
    "sighting": Kind("was seen", ("runner",), ("place", "text"), _WHEN),
    "grace": Kind("counts in spite of", ("runner", "loop"), ("for", "seconds")),
    "start": Kind("the start was at", ("at",), ("event", "wave")),
    "conch": Kind("the conch was blown at", ("at",)),
    "paper": Kind(
        "the paper sheet says",
        ("runner", "loop"),
        ("in_s", "in_at", "out_s", "out_at", "remark", "wins"),
    ),
    "clock": Kind("this reference clock is right", ("reference_id",), ("log_id",)),
    "tag": Kind("wears this tag (from then on)", ("runner", "tag"), ("at",)),
    "bib": Kind("wears this bib on this loop", ("runner", "loop", "bib")),
    "partial": Kind("partial last lap", ("runner", "distance_m")),
    "undo": Kind("takes back a ruling", ("ruling",)),
}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62


def _is_moment(value: object) -> bool:
    return isinstance(value, int) and _is_count(value) and value < MOMENT_MAX_US


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value >= 0


def _is_reference(value: object) -> bool:
    return isinstance(value, int) and _is_count(value) and value < 1 << 32


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_hex(digits: tuple[int, ...]) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        return isinstance(value, str) and bool(
            re.fullmatch(r"[0-9a-f]*", value) and len(value) in digits
        )

    return check


def _is_one(known: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: value in known


_FIELDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "runner": (_is_text, "a runner's name"),
    "log_id": (_is_hex((16,)), "a log id (16 hex digits)"),
    "seq": (_is_count, "a sequence number"),
    "use": (_is_one(USES), f"one of {', '.join(USES)}"),
    "loop": (lambda value: _is_count(value) and value != 0, "a loop number from 1"),
    "have": (_is_count, "a number of pages"),
    "of": (_is_count, "a number of pages"),
    "right": (_is_bool, "true or false"),
    "direction": (_is_one(("clockwise", "counter-clockwise")), "clockwise or counter-clockwise"),
    "at": (_is_moment, "UTC microseconds of a moment from 1970 to 2999"),
    "at_s": (_is_number, "seconds since the start"),
    "in_s": (_is_amount, "seconds since the start"),
    "out_s": (_is_amount, "seconds since the start"),
    "in_at": (_is_moment, "UTC microseconds of a moment from 1970 to 2999"),
    "out_at": (_is_moment, "UTC microseconds of a moment from 1970 to 2999"),
    "reason": (_is_text, "a reason, like rtc (refused to continue), lost, injured, dns, dq"),
    "place": (_is_text, "a place"),
    "event": (_is_text, "an event of race.toml"),
    "wave": (_is_text, "a wave of race.toml"),
    "text": (_is_text, "a text"),
    "remark": (lambda value: isinstance(value, str), "a text"),
    "for": (_is_one(GRACES), f"one of {', '.join(GRACES)}"),
    "seconds": (_is_amount, "a number of seconds"),
    "wins": (_is_bool, "true or false"),
    "reference_id": (_is_reference, "the number of a reference clock"),
    "tag": (_is_hex((8, 14, 20)), "a UID in hex"),
    "bib": (_is_text, "a bib"),
    "distance_m": (_is_amount, "a number of metres"),
    "ruling": (_is_hex((12,)), "a ruling's id (12 hex digits)"),
}


def make(kind: str, data: Mapping[str, Any], by: str, why: str, at_us: int) -> Ruling:
    """A valid ruling. by, why: who and for what reason; at_us: when it is made (UTC).

    Raises ValueError with one clear line.
    """
    by, why = _on_one_line(by), _on_one_line(why)
    if not by:
        raise ValueError("a ruling needs to say who made it")
    data = {
        name: _on_one_line(value) if name in _IN_WORDS and isinstance(value, str) else value
        for name, value in data.items()
    }
    if kind == "dropout" and isinstance(data.get("reason"), str):
        data["reason"] = _reason(data["reason"])
    check(kind, data)
    return Ruling(at_us, by, why, kind, data)


_IN_WORDS = ("reason", "place", "text", "remark")  # a runner's name stays as the roster has it
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def _on_one_line(text: str) -> str:
    """Without line ends, control codes, and the halves of characters that no store takes (of a
    file name that is not UTF-8, say).
    """
    return _CONTROL.sub(" ", text).strip()


def _reason(text: str) -> str:
    """The usual words where they are meant: the results that are handed in go by them."""
    low = text.casefold()
    usual = next((reason for reason in REASONS if reason == low), text)
    return SHORT_REASONS.get(low, usual)


def check(kind: str, data: Mapping[str, Any]) -> None:
    """Raise ValueError (one line) when no ruling can be like this."""
    shape = KINDS.get(kind)
    if shape is None:
        raise ValueError(f"no ruling is called {kind!r}{_nearest(kind, tuple(KINDS))}")
    known = (*shape.required, *shape.optional, *(name for group in shape.one_of for name in group))
    for name in data:
        if name not in known:
            raise ValueError(f"{kind}: unknown {name!r}{_nearest(name, known)}")
    for name in shape.required:
        if name not in data:
            raise ValueError(f"{kind}: {name!r} is missing ({_FIELDS[name][1]})")
    _check_groups(kind, shape, data)
    for name, value in data.items():
        test, words = _FIELDS[name]
        if not test(value):
            raise ValueError(f"{kind}: {name} {value!r} is not {words}")
    if kind == "pages" and data["have"] > data["of"]:
        raise ValueError(f"pages: {data['have']} of {data['of']} is more than there are")
    if kind == "paper":
        _check_paper(data)


def _check_paper(data: Mapping[str, Any]) -> None:
    times = {"in_s", "in_at", "out_s", "out_at"} & set(data)
    if not (times or data.get("remark")):
        raise ValueError("paper: needs in_s or out_s, or a remark")
    for side in ("in", "out"):
        if {f"{side}_s", f"{side}_at"} <= times:
            raise ValueError(f"paper: {side}_s and {side}_at say the same thing: give one")


def _check_groups(kind: str, shape: Kind, data: Mapping[str, Any]) -> None:
    if "at" in data and "at_s" in data:
        raise ValueError(f"{kind}: at and at_s say the same thing: give one")
    if ("log_id" in data) != ("seq" in data) and kind != "clock":
        raise ValueError(f"{kind}: log_id and seq name a read together: give both")
    given = [group for group in shape.one_of if all(name in data for name in group)]
    some = {name for group in shape.one_of for name in group if name in data}
    if shape.one_of and (len(given) != 1 or some != set(given[0])):
        ways = " or ".join(" + ".join(group) for group in shape.one_of)
        raise ValueError(f"{kind}: give exactly one of {ways}")


def _nearest(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, 1, 0.5)
    return f": did you mean {close[0]!r}?" if close else f" (known: {', '.join(known)})"


def _when(data: Mapping[str, Any]) -> str:
    if "at" in data:
        return f" at {iso(data['at'])}"
    return f" at {hms(to_us(data['at_s']))}" if "at_s" in data else ""


def _of(data: Mapping[str, Any]) -> str:
    return f"{data.get('runner', '')}, loop {data['loop']}" if "loop" in data else data["runner"]


def words(kind: str, data: Mapping[str, Any]) -> str:
    """What was ruled, in one line for people."""
    try:
        return _WORDS[kind](data)
    except (KeyError, TypeError, ValueError, OverflowError):
        return f"{kind} {dict(data)}"  # of a later version, or damaged


def _read(data: Mapping[str, Any]) -> str:
    return f"record {data['seq']} of {data['log_id'][:8]}"


def _paper(data: Mapping[str, Any]) -> str:
    parts = [f"{key} {hms(to_us(data[key + '_s']))}" for key in ("in", "out") if key + "_s" in data]
    parts += [f"{key} {iso(data[key + '_at'])}" for key in ("in", "out") if key + "_at" in data]
    if data.get("remark"):
        parts.append(f"\u201c{data['remark']}\u201d")
    return f"{_of(data)}: paper says {', '.join(parts)}" + (
        ", and wins" if data.get("wins") else ""
    )


def _side(data: Mapping[str, Any]) -> str:
    if "direction" in data:
        return f"{_of(data)}: {data['direction']}"
    return f"{_of(data)}: from the {'right' if data['right'] else 'wrong'} direction"


def _void(data: Mapping[str, Any]) -> str:
    return f"{_read(data) if 'seq' in data else _of(data)} is void"


def _of_whom(data: Mapping[str, Any]) -> str:
    names = [f"{what} {data[what]}" for what in ("event", "wave") if what in data]
    return f" of {', '.join(names)}" if names else ""


def _grace(data: Mapping[str, Any]) -> str:
    limit = f", up to {hms(to_us(data['seconds']))}" if "seconds" in data else ""
    return f"{_of(data)}: grace for the {data.get('for', 'cutoff')}{limit}"


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "assign": lambda d: f"{_read(d)} is {d['runner']}" + (f" ({d['use']})" if "use" in d else ""),
    "void": _void,
    "pages": lambda d: f"{_of(d)}: {d['have']} of {d['of']} pages",
    "direction": _side,
    "departure": lambda d: f"{_of(d)}: left{_when(d)}",
    "dropout": lambda d: f"{d['runner']} is out{_when(d)}: {d['reason']}",
    "return": lambda d: f"{d['runner']} is back{_when(d)}",
    "sighting": lambda d: " ".join(
        part
        for part in (f"{d['runner']} was seen{_when(d)}", d.get("place", ""), d.get("text", ""))
        if part
    ),
    "grace": _grace,
    "start": lambda d: f"the start{_of_whom(d)} was{_when(d)}",
    "conch": lambda d: f"the conch was blown{_when(d)}",
    "paper": _paper,
    "clock": lambda d: f"reference clock {d['reference_id']:08x} is right",
    "tag": lambda d: (
        f"{d['runner']} wears the tag {d['tag']}" + (_when(d) and f" from{_when(d)[3:]}")
    ),
    "bib": lambda d: f"{_of(d)}: bib {d['bib']}",
    "partial": lambda d: f"{d['runner']}: {d['distance_m']:g} m of the last lap",
    "undo": lambda d: f"takes back {d['ruling']}",
}


def taken_back(rulings: Iterable[Ruling]) -> dict[str, Ruling]:
    """The rulings that do not stand, by id, with the undo that took them back (the earliest of
    several). An undo can be taken back too: then what it took back stands again.
    """
    made = {ruling.id: ruling for ruling in rulings}
    undos: defaultdict[str, list[Ruling]] = defaultdict(list)
    for ruling in made.values():
        if ruling.kind == "undo":
            undos[str(ruling.data.get("ruling"))].append(ruling)
    unsettled = {target: len(rows) for target, rows in undos.items() if target in made}
    ready = [ruling for ruling in made.values() if ruling.id not in unsettled]
    found: dict[str, Ruling] = {}
    while ready:  # an undo is settled when all undos of itself are
        ruling = ready.pop()
        target = str(ruling.data.get("ruling"))
        if ruling.kind != "undo" or target not in unsettled:
            continue
        if ruling.id not in found:
            both = (found.get(target, ruling), ruling)
            found[target] = min(both, key=lambda row: (row.at_us, row.id))
        unsettled[target] -= 1
        if not unsettled[target]:
            ready.append(made[target])
    return found
