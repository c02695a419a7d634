"""CSV for spreadsheets: the log a line a loop, every touch, and the paper sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from yellowgate.race.officiallog import Evidence, OfficialLog, RunnerLog, iso
from yellowgate.report.people import hhmmss

LOG_HEADER = (
    "place,name,gender,status,reason,result,loop,bib,out,in,elapsed,cutoff,margin_s,pages,verdict,"
    "note,uncertainty_ms,doubtful,station,log_id,seq"
)
TOUCH_HEADER = "station,log_id,seq,kind,runner,tag,bib,loop,use,utc,elapsed,bound_ms,basis"
PAPER_HEADER = "bib,loop,in,out,remark"


def log_csv(log: OfficialLog) -> str:
    """The official log, a line a loop; a runner without a loop has one line without loop."""
    return _csv(LOG_HEADER, (row for line in log.runners for row in _log_rows(line)))


def touches_csv(log: OfficialLog) -> str:
    """Every touch that the log knows, used or not, and the signals (start, taps), in the order of
    time.
    """
    rows = sorted(_all_touches(log), key=lambda row: (row[0].utc_us, row[0].log_id, row[0].seq))
    return _csv(TOUCH_HEADER, (_touch_row(*row) for row in rows))


def paper_csv(log: OfficialLog) -> str:
    """The sheet as a volunteer keeps it; `gate import` reads it back."""
    return _csv(PAPER_HEADER, (row for line in log.runners for row in _paper_rows(line)))


def _csv(header: str, rows: Iterator[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return out.getvalue()


def _time(at_s: float | None) -> str:
    return "" if at_s is None else hhmmss(at_s) if at_s >= 0 else "-" + hhmmss(-at_s)


def _log_rows(line: RunnerLog) -> Iterator[list[object]]:
    head = [line.place or "", line.name, line.gender, line.status, line.reason, line.result]
    if not line.loops:
        yield [*head, *[""] * (len(LOG_HEADER.split(",")) - len(head))]
    for loop in line.loops:
        pages = ""
        if loop.pages is not None:
            pages = f"{'?' if loop.pages.have is None else loop.pages.have}/{loop.pages.of}"
        arrival = next((row for row in loop.evidence if row.use == "in"), None)
        yield [
            *head,
            loop.loop,
            loop.bib,
            _time(loop.out_s),
            _time(loop.in_s),
            loop.elapsed,
            _time(loop.cutoff_s),
            "" if loop.margin_s is None else f"{loop.margin_s:.3f}",
            pages,
            loop.verdict,
            loop.note,
            "" if loop.uncertainty_ms is None else f"{loop.uncertainty_ms:.1f}",
            "yes" if loop.doubtful else "",
            arrival.station if arrival else "",
            arrival.log_id if arrival else "",
            arrival.seq if arrival else "",
        ]


_Touch = tuple[Evidence, str, str, str, int]


def _all_touches(log: OfficialLog) -> Iterator[_Touch]:
    """(evidence, runner, tag, bib, loop) of each."""
    for line in log.runners:
        for loop in line.loops:
            yield from ((row, line.name, line.tag, loop.bib, loop.loop) for row in loop.evidence)
        for seen in line.sightings:
            yield from ((row, line.name, line.tag, line.bib, seen.loop) for row in seen.evidence)
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
        row.seq,
        row.kind,
        runner,
        tag,
        bib,
        loop or "",
        row.use,
        iso(row.utc_us),
        _time(row.at_s),
        f"{row.uncertainty_ms:.1f}",
        row.basis,
    ]


def _paper_rows(line: RunnerLog) -> Iterator[list[object]]:
    for loop in line.loops:
        remark = loop.note or ("" if loop.verdict == "counted" else loop.verdict)
        out = _time(loop.out_s) if loop.loop > 1 else ""
        yield [loop.bib, loop.loop, _time(loop.in_s), out, remark]
