"""The forms of gate log --format, but for the table: what makes each, checks it, remarks on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from yellowgate.errors import GateError
from yellowgate.model import Runner
from yellowgate.official import Moment
from yellowgate.race.log_json import to_json
from yellowgate.race.official_log import OfficialLog, schema
from yellowgate.report import handin, html, iof, itra, opensplittime, tables, touches, ultrasignup
from yellowgate.report.clocks import clock_points
from yellowgate.report.people import ExportError, is_fixed_time

FORMATS: dict[str, Callable[[Moment], str | bytes]] = {
    "csv": lambda made: touches.log_csv(made.log),
    "json": lambda made: to_json(made.log),
    "json-schema": lambda _: json.dumps(schema(), ensure_ascii=False, indent=1) + "\n",
    "html": lambda made: html.page(made.log, clock_points(made.corrected, made.log)),
    "touches": lambda made: touches.touches_csv(made.log),
    "paper": lambda made: touches.paper_csv(made.log),
    "ultrasignup": lambda made: ultrasignup.to_csv(made.log, made.race.roster),
    "itra": lambda made: itra.to_xlsx(made.log, made.race.roster),
    "iof-xml": lambda made: iof.to_xml(made.log, made.race.roster),
    "opensplittime": lambda made: opensplittime.to_json(made.log),
    "duv": lambda made: tables.duv(made.log, made.race.roster),
    "runsignup": lambda made: tables.runsignup(made.log, made.race.roster),
    "excel": lambda made: tables.excel(made.log, made.race.roster),
}

# What others would refuse in the file, in words; asked of every file before it is handed out.
CHECKS: dict[str, Callable[[Moment, Any], list[str]]] = {
    "ultrasignup": lambda made, text: ultrasignup.check(text, is_fixed_time(made.log)),
    "itra": lambda _, data: itra.check(data),
    "opensplittime": lambda _, text: opensplittime.check(text),
}
HANDED_IN = ("ultrasignup", "itra", "iof-xml", "opensplittime", "duv", "runsignup")
REMARKS: dict[str, Callable[[OfficialLog, Sequence[Runner]], list[str]]] = {
    "ultrasignup": ultrasignup.remarks,
    "itra": itra.remarks,
    "duv": tables.duv_remarks,
}


def remarks(made: Moment, form: str) -> list[str]:
    """What the sender of a file should know before it goes."""
    rows = handin.remarks(made.log) if form in HANDED_IN else []
    return rows + (REMARKS[form](made.log, made.race.roster) if form in REMARKS else [])


def render(made: Moment, form: str) -> str | bytes:
    """The log in a format of FORMATS. Raises GateError when the log has not what it wants."""
    try:
        data = FORMATS[form](made)
    except ExportError as error:
        raise GateError(str(error)) from error
    faults = CHECKS[form](made, data) if form in CHECKS else []
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise GateError(f"{form} would be refused: {faults[0]}{more}; nothing was written")
    return data
