"""gate station doctor --factory: the end-of-line test of a whole station, and its label.

The doctor passes a station that does without parts; here every part must be there, a press and a
tag must arrive, and a person must have seen and heard it.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gate_wire import kinds, message

from yellowgate.errors import GateError
from yellowgate.link import service
from yellowgate.link.service import Finding
from yellowgate.link.session import Session
from yellowgate.records import Observation

PARTS = (
    "config", "button", "reader", "rtc", "rtc edge", "radio", "flash", "battery", "buzzer", "leds",
)  # fmt: skip
NOT_A_BASES = ("reader",)
WAIT_S = 60.0
LABELS_A_SHEET = 24
_SHEET = """<!doctype html>
<meta charset="utf-8"><title>Labels</title>
<style>
@page {{ size: A4; margin: 13mm 6.5mm }}
main {{ display: grid; grid-template-columns: repeat(3, 63.5mm); column-gap: 2.5mm }}
section {{ height: 33.9mm; box-sizing: border-box; padding: 2mm; font: 8pt sans-serif;
  overflow: hidden; break-inside: avoid; white-space: pre-line }}
b {{ font-size: 11pt }}
</style>
<main>
{labels}</main>
"""
_END = "</main>"


@dataclass(frozen=True)
class Report:
    """What was found, part by part, and of which station."""

    welcome: message.Welcome
    findings: list[Finding]

    def failed(self) -> list[str]:
        """The parts that are not well."""
        return [finding.part for finding in self.findings if finding.state != "ok"]


def run(
    session: Session,
    say: Callable[[str], None],
    confirm: Callable[[str], bool],
    now_s: Callable[[], float],
) -> Report:
    """The whole test. say: tells a person what to do. confirm: asks for yes or no."""
    welcome = session.hello()
    findings = judge(service.doctor(session), welcome.role)
    rows = service.written(session, welcome.log_id)
    by_part = {finding.part: finding for finding in findings}
    if by_part["button"].state != "missing":
        say("press the button")
        by_part["button"] = _await(rows, "button", kinds.PRESS, now_s)
    if "reader" in by_part and by_part["reader"].state == "ok":
        say("hold a tag to the ring")
        by_part["reader"] = _await(rows, "reader", kinds.TAG, now_s)
    for part, question in (("leds", "green and red lit"), ("buzzer", "loud, from arm's length")):
        if by_part[part].state == "ok" and not confirm(f"{part}: {question}?"):
            by_part[part] = Finding(part, "missing", f"not {question}")
    return Report(welcome, list(by_part.values()))


def judge(findings: list[Finding], role: int) -> list[Finding]:
    """The doctor's findings as a factory reads them: nothing is switched off or left out."""
    found = {finding.part: finding for finding in findings}
    out: list[Finding] = []
    for part in PARTS:
        if role == kinds.BASE and part in NOT_A_BASES:
            continue
        finding = found.pop(part, None)
        if finding is None:
            finding = Finding(part, "missing", "was not looked for: set it up, then again")
        elif finding.state == "ok" and "switched off" in finding.text:
            finding = Finding(part, "missing", f"{finding.text}: gate station flash --on {part}")
        out.append(finding)
    return out + list(found.values())


def _await(
    rows: Iterator[Observation | None], part: str, kind: int, now_s: Callable[[], float]
) -> Finding:
    """The first record of this kind within WAIT_S."""
    end_s = now_s() + WAIT_S
    for row in rows:
        if row is not None and row.kind == kind:
            return Finding(part, "ok", f"record {row.seq} arrived")
        if now_s() > end_s:
            break
    return Finding(part, "missing", f"nothing came within {WAIT_S:.0f} s")


def label(report: Report, day: str) -> list[str]:
    """The lines of the station's label; day: the date of the test."""
    welcome, failed = report.welcome, report.failed()
    verdict = f"FAILED {day}: {', '.join(failed)}" if failed else f"PASSED {day}"
    return [
        f"YELLOW GATE {welcome.station_id} {kinds.ROLE_NAMES.get(welcome.role, '?')}",
        welcome.name,
        f"board {welcome.unique_id.hex()}",
        f"log {welcome.log_id.hex()}",
        "firmware " + ".".join(map(str, welcome.version)),
        verdict,
    ]


def add_label(path: Path, lines: list[str]) -> int:
    """Put a label onto the sheet; how many are on it now. Raises GateError for another file."""
    first, *rest = (html.escape(line) for line in lines)
    text = "<section><b>" + first + "</b>\n" + "\n".join(rest) + "</section>\n"
    if path.exists():
        before, end, after = path.read_text(encoding="utf-8").partition(_END)
        if not end:
            raise GateError(f"{path} is no sheet of labels: name another file")
        sheet = before + text + end + after
    else:
        sheet = _SHEET.format(labels=text)
    path.write_text(sheet, encoding="utf-8")
    return sheet.count("<section>")
