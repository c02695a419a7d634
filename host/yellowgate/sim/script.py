"""What happens to a virtual station: a CSV file with the header `at_s,input,value`.

| input | value | what happens |
|---|---|---|
| `tag` | UID in hex: 4, 7 or 10 bytes | the tag is held to the reader for a moment |
| `press` | | the button is pressed |
| `start` | | the director's card, then the button: the press is at at_s |
| `taps` | UID in hex | the director's card, then this tag at at_s |
| `power` | `off`, `on` | cut, or back again; `on` while it is on only passes the time |
| `rtc` | `lost`, or whole seconds | the RTC's battery was out; its time jumps by so many |

at_s are seconds on the true clock, rising or equal; the station was switched on LEAD_US before 0.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from yellowgate.errors import GateError

HEADER = ["at_s", "input", "value"]
LEAD_US = 5_000_000  # the station is up and listening when the script begins
AT_S_MAX = 366 * 86400.0
UID_BYTES = (4, 7, 10)


@dataclass(frozen=True)
class Step:
    """One row: at_us microseconds after the script's beginning."""

    at_us: int
    input: str
    value: str


class ScriptError(GateError):
    """The script is not one: names the file, the line, and what is wrong."""


def load(path: Path) -> list[Step]:
    """The steps of a script file. Raises ScriptError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ScriptError(f"{path}: there is no such file") from error
    except (OSError, UnicodeError) as error:
        raise ScriptError(f"{path}: cannot be read ({error})") from error
    return parse(text, str(path))


def parse(text: str, name: str = "script") -> list[Step]:
    """The steps of a script's text; name is for the error. Raises ScriptError."""
    rows = csv.reader(io.StringIO(text))
    header = next(rows, None)
    if header is None or [cell.strip() for cell in header] != HEADER:
        raise ScriptError(f"{name}, line 1: the header must be {','.join(HEADER)}")
    steps: list[Step] = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        try:
            step = _step(cells)
            if steps and step.at_us < steps[-1].at_us:
                raise ValueError("at_s is before the line above: sort the rows by time")
        except ValueError as error:
            raise ScriptError(f"{name}, line {rows.line_num}: {error}") from error
        steps.append(step)
    return steps


def _step(cells: list[str]) -> Step:
    if len(cells) not in (2, 3):
        raise ValueError(f"{len(cells)} columns, expected 3: {','.join(HEADER)}")
    at_s, name = cells[0], cells[1]
    value = cells[2] if len(cells) == len(HEADER) else ""
    try:
        seconds = float(at_s)
    except ValueError:
        raise ValueError(f"at_s {at_s!r} is not a number of seconds") from None
    if not isfinite(seconds) or not 0 <= seconds <= AT_S_MAX:
        raise ValueError(f"at_s {at_s} must lie between 0 and {AT_S_MAX:.0f}")
    return Step(round(seconds * 1_000_000), name, checked(name, value))


def checked(name: str, value: str) -> str:
    """The value of an input as it is used. Raises ValueError: no such input, or not its value."""
    checks = {
        "tag": _uid,
        "taps": _uid,
        "press": _nothing,
        "start": _nothing,
        "power": _power,
        "rtc": _rtc,
    }
    if name not in checks:
        raise ValueError(f"unknown input {name!r}; there are {', '.join(checks)}")
    return checks[name](value)


def _uid(value: str) -> str:
    try:
        uid = bytes.fromhex(value)
    except ValueError:
        uid = b""
    if len(uid) not in UID_BYTES:
        raise ValueError(f"{value!r} is not a UID: 4, 7 or 10 bytes in hex")
    return uid.hex()


def _nothing(value: str) -> str:
    if value:
        raise ValueError(f"this input takes no value, {value!r} was given")
    return ""


def _power(value: str) -> str:
    if value not in ("on", "off"):
        raise ValueError(f"power is on or off, not {value!r}")
    return value


def _rtc(value: str) -> str:
    """`lost`, or whole seconds as text."""
    if value == "lost":
        return value
    try:
        seconds = int(value)
    except ValueError:
        raise ValueError(f"rtc is lost, or whole seconds to jump by, not {value!r}") from None
    if abs(seconds) > AT_S_MAX:
        raise ValueError(f"rtc jumps by {AT_S_MAX:.0f} seconds at most, not {value}")
    return str(seconds)
