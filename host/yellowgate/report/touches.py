"""CSV for spreadsheets: the log a line a loop, every touch, and the paper sheet.

A text that begins like a formula gets an apostrophe before it, by which spreadsheets know a text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from yellowgate.model import Evidence
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.redact import for_spreadsheet
from yellowgate.report.people import bib_of, hhmmss
from yellowgate.times import UNBOUNDED_US, US, iso

LOG_HEADER = (
    "place,name,gender,status,reason,result,loop,bib,out,in,elapsed,cutoff,margin_s,pages,verdict,"
    "note,uncertainty_ms,doubtful,station,log_id,seq,known_until"
)
TOUCH_HEADER = "station,log_id,seq,kind,runner,tag,bib,loop,use,utc,elapsed,bound_ms,basis"
PAPER_HEADER = "bib,loop,in,out,remark"


def log_csv(log: OfficialLog) -> str:
    """The official log, a line a loop; a runner without a loop has one line without loop. Classes
    and the place in each come behind, where the race has any.
    """
    names = list(dict.fromkeys(row.name for line in log.runners for row in line.classes))
    header = [
        *LOG_HEADER.split(","),
        *(text for name in names for text in (name, f"place in {name}")),
    ]
    return _csv(
        header, (row + _classes(line, names) for line in log.runners for row in _log_rows(line))
    )


def _classes(line: RunnerLog, names: Sequence[str]) -> list[object]:
    """The runner's class of each name, and the place in it."""
    mine = {row.name: row for row in line.classes}
    cells: list[object] = []
    for name in names:
        row = mine.get(name)
        cells += ["", ""] if row is None else [row.value, row.place or ""]
    return cells


def touches_csv(log: OfficialLog) -> str:
    """Every touch that the log knows, used or not, and the signals (start, taps), in the order of
    time.
    """
    rows = sorted(_all_touches(log), key=lambda row: (row[0].utc_us, row[0].log_id, row[0].seq))
    return _csv(TOUCH_HEADER.split(","), (_touch_row(*row) for row in rows))


def paper_csv(log: OfficialLog) -> str:
    """The sheet as a volunteer keeps it; `gate import` reads it back. Raises ExportError when a
    runner who is to stand on it has no bib.
    """
    return _csv(
        PAPER_HEADER.split(","), (row for line in log.runners for row in _paper_rows(log, line))
    )


def _csv(header: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([for_spreadsheet(cell) for cell in row] for row in (header, *rows))
    return out.getvalue()


def _time(at_us: int | None) -> str:
    return "" if at_us is None else hhmmss(at_us) if at_us >= 0 else "-" + hhmmss(-at_us)


def _log_rows(line: RunnerLog) -> Iterator[list[object]]:
    name, reason = line.name, line.reason
    head = [line.place or "", name, line.gender, line.status, reason, line.result]
    known = _time(line.known_us)
    if not line.loops:
        yield [*head, *[""] * (len(LOG_HEADER.split(",")) - len(head) - 1), known]
    for loop in line.loops:
        pages = ""
        if loop.pages is not None:
            pages = f"{'?' if loop.pages.have is None else loop.pages.have}/{loop.pages.of}"
        arrival = next((row for row in loop.evidence if row.use == "in"), None)
        yield [
            *head,
            loop.loop,
            loop.bib,
            _time(loop.out_us),
            _time(loop.in_us),
            loop.elapsed,
            _time(loop.cutoff_us),
            "" if loop.margin_us is None else f"{loop.margin_us / US:.3f}",
            pages,
            loop.verdict,
            loop.note,
            _bound(loop.uncertainty_us),
            "yes" if loop.doubtful else "",
            arrival.station if arrival else "",
            arrival.log_id if arrival else "",
            arrival.seq if arrival and arrival.log_id else "",
            known,
        ]


def _bound(bound_us: int | None) -> str:
    """Milliseconds; "unknown" where no clock was: then the time itself is only an order."""
    if bound_us is None:
        return ""
    return "unknown" if bound_us >= UNBOUNDED_US else f"{bound_us / 1000:.1f}"


_Touch = tuple[Evidence, str, str, str, int]


def _all_touches(log: OfficialLog) -> Iterator[_Touch]:
    """(evidence, runner, tag, bib, loop) of each."""
    for line in log.runners:
        for loop in line.loops:
            yield from ((row, line.name, line.tag, loop.bib, loop.loop) for row in loop.evidence)
        bibs = {loop.loop: loop.bib for loop in line.loops}
        for seen in line.sightings:
            bib = bibs.get(seen.loop, line.bib)
            yield from ((row, line.name, line.tag, bib, seen.loop) for row in seen.evidence)
        yield from ((row, line.name, line.tag, line.bib, 0) for row in line.signals)
    yield from ((row, "", "", "", 0) for row in log.signals)
    for unknown in log.unassigned:
        yield from ((row, "", unknown.uid, "", 0) for row in unknown.evidence)
    worn = {line.name: (line.tag, line.bib) for line in log.runners}
    for aside in log.set_aside:
        tag, bib = worn.get(aside.runner, ("", ""))
        yield aside.evidence, aside.runner, tag, bib, 0


def _touch_row(row: Evidence, runner: str, tag: str, bib: str, loop: int) -> list[object]:
    return [
        row.station,
        row.log_id,
        row.seq if row.log_id else "",
        row.kind,
        runner,
        tag,
        bib,
        loop or "",
        row.use,
        iso(row.utc_us),
        _time(row.at_us),
        _bound(row.uncertainty_us),
        row.basis,
    ]


def _paper_rows(log: OfficialLog, line: RunnerLog) -> Iterator[list[object]]:
    """Yards begin with the bell and laps where the last one ended: nobody saw that departure, and
    on the sheet it would become one that was seen.
    """
    has_departures = log.preset not in ("laps", "backyard")
    for loop in line.loops:
        bib = bib_of(line, loop.bib, "the sheet")
        remark = loop.note or ("" if loop.verdict == "counted" else loop.verdict)
        out = _time(loop.out_us) if loop.loop > 1 and has_departures else ""
        yield [bib, loop.loop, _paper_in(loop), out, remark]


def _paper_in(loop: Loop) -> str:
    """Whole seconds; finer where they alone would put a late arrival in time."""
    text = _time(loop.in_us)
    if loop.in_us is not None and loop.margin_us is not None and -US < loop.margin_us < 0:
        text += f".{loop.in_us % US:06}".rstrip("0").rstrip(".")
    return text
