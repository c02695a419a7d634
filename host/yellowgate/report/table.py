"""The official log on the terminal. What a colour says, a word says too: pipes lose colours."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from yellowgate.race.officiallog import Loop, OfficialLog, RunnerLog, hms, iso
from yellowgate.report.people import hhmmss

VERDICT_STYLES = {
    "counted": "green",
    "provisional": "yellow",
    "over cutoff": "red",
    "pages missing": "red",
    "void": "dim",
    "open": "cyan",
}
STATUS_STYLES = {
    "finished": "bold green",
    "fun run": "bold yellow",
    "on course": "cyan",
    "in camp": "cyan",
    "overdue": "bold red",
    "out": "",
    "not started": "dim",
}
WHEEL = {"clockwise": "↻", "counter-clockwise": "↺"}
LEVEL_STYLES = {"decide": "bold red", "look": "yellow", "note": "dim"}
LEVELS_SHOWN = ("decide", "look")


def log_view(log: OfficialLog, width: int) -> RenderableType:
    """Everything a director wants on the screen, which is so many columns wide: ranking, what
    waits for a ruling.
    """
    return Group(*_parts(log, width))


def _parts(log: OfficialLog, width: int) -> Iterator[RenderableType]:
    yield _title(log)
    yield ranking(log, width)
    if log.unassigned:
        yield _unassigned(log)
    problems = [row for row in log.problems if row.level in LEVELS_SHOWN]
    if problems:
        table = Table(title="To look at", title_justify="left", title_style="bold")
        table.add_column("what to do")
        table.add_column("runner")
        table.add_column("text", overflow="fold")
        for row in problems:
            level = Text(row.level, style=LEVEL_STYLES[row.level])
            table.add_row(level, row.runner, row.text)
        yield table
    notes = len(log.problems) - len(problems)
    if notes:
        yield Text(f"and {notes} notes in the JSON log", style="dim")


def _title(log: OfficialLog) -> Text:
    start = "start not logged yet" if log.start_us is None else f"start {_moment(log.start_us)}"
    return Text.assemble(
        (log.race, "bold"), f"  {start}  as of {_moment(log.as_of_us)}", (f"  {log.state}", "dim")
    )


def _moment(utc_us: int) -> str:
    return iso(utc_us - utc_us % 1_000_000).replace("T", " ")


def ranking(log: OfficialLog, width: int) -> Table:
    """A runner a line, a loop a column; where there is no room for that, the last loop."""
    loops = max((len(line.loops) for line in log.runners), default=0)
    if loops > LOOP_COLUMNS_MAX:
        return _short_ranking(log)
    if width < WIDE_COLUMNS + LOOP_COLUMNS * loops:
        return _narrow_ranking(log)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("runner", no_wrap=True)
    table.add_column("")
    for number in range(1, loops + 1):
        table.add_column(f"loop {number}", no_wrap=True)
    table.add_column("result", justify="right")
    table.add_column("status")
    for line in log.runners:
        cells = [loop_text(loop) for loop in line.loops]
        cells += [Text("")] * (loops - len(cells))
        table.add_row(
            "" if line.place is None else str(line.place),
            line.name,
            line.gender,
            *cells,
            line.result,
            status_text(line),
        )
    return table


LOOP_COLUMNS_MAX = 6
WIDE_COLUMNS = 70  # of the terminal, without the loops
LOOP_COLUMNS = 22


def _narrow_ranking(log: OfficialLog) -> Table:
    """For a terminal of 80 columns: the last loop that ended, and what became of the runner."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("runner", overflow="fold")
    table.add_column("loops", justify="right")
    table.add_column("last", overflow="fold")
    table.add_column("status", overflow="fold")
    for line in log.runners:
        last = next((loop for loop in reversed(line.loops) if loop.in_s is not None), None)
        table.add_row(
            "" if line.place is None else str(line.place),
            f"{line.name} {line.gender}",
            str(line.loops_counted),
            "" if last is None else Text.assemble(f"{last.loop}: ", loop_text(last)),
            status_text(line),
        )
    return table


def _short_ranking(log: OfficialLog) -> Table:
    """For races of many laps: how many, how far, when the last one ended."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("#", "runner", "", "loops", "km", "last in", "result", "status"):
        table.add_column(name, justify="left" if name in ("runner", "status") else "right")
    for line in log.runners:
        last = next((loop for loop in reversed(line.loops) if loop.in_s is not None), None)
        table.add_row(
            "" if line.place is None else str(line.place),
            line.name,
            line.gender,
            str(line.loops_counted),
            "" if line.distance_km is None else f"{line.distance_km:.3f}",
            "" if last is None or last.in_s is None else hhmmss(last.in_s),
            line.result,
            status_text(line),
        )
    return table


def loop_text(loop: Loop) -> Text:
    """The loop's time with what is to be said of it: over, pages, doubt."""
    style = VERDICT_STYLES[loop.verdict]
    text = Text()
    if loop.in_s is None:
        text.append("out" if loop.out_s is not None else "", style=style)
    else:
        text.append(hhmmss(loop.in_s).lstrip("0"), style=style)
    if loop.direction:
        text.append(f" {WHEEL.get(loop.direction, loop.direction)}", style="dim")
    if loop.verdict == "over cutoff":
        late = [words for words in loop.note.split("; ") if words.startswith(("over by", "left"))]
        text.append(f" {late[0] if late else loop.verdict}", style="red")
    elif loop.verdict not in ("counted", "open"):
        text.append(f" {loop.verdict}", style=style)
    if loop.verdict == "pages missing" and loop.pages is not None:
        text.append(f" ({loop.pages.have}/{loop.pages.of})", style=style)
    if loop.doubtful:
        text.append(" doubtful", style="bold magenta")
    return text


def status_text(line: RunnerLog) -> Text:
    """What became of the runner, with the reason, and whether somebody must look for him."""
    words = f"{line.status}: {line.reason}" if line.reason else line.status
    text = Text(words, style=STATUS_STYLES[line.status])
    if not line.accounted:
        text.append(" NOT ACCOUNTED FOR", style="bold red")
    if line.doubtful:
        text.append(" doubtful", style="bold magenta")
    return text


def _unassigned(log: OfficialLog) -> Table:
    table = Table(title="Whose touch was this?", title_justify="left", title_style="bold red")
    table.add_column("when", justify="right")
    table.add_column("where")
    table.add_column("what")
    table.add_column("may be")
    for row in log.unassigned:
        first = row.evidence[0]
        names = [f"{who.name} ({who.why})" for who in row.proposals[:3]]
        more = len(row.proposals) - len(names)
        table.add_row(
            "" if row.at_s is None else hms(round(row.at_s * 1_000_000)),
            first.station,
            f"tag {row.uid}" if row.uid else "button",
            "; ".join(names) + (f"; {more} more" if more else ""),
        )
    return table
