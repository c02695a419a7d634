"""The official log on the terminal. What a colour says, a word says too: pipes lose colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from yellowgate.race.checks.known import known_less, known_until
from yellowgate.race.checks.problems import CLOCKS, WAITING
from yellowgate.race.official_log import Loop, OfficialLog, RunnerLog
from yellowgate.report.words import (
    class_words,
    clean,
    place_of_loop,
    short,
    span,
    uncertain,
    unit_of,
)
from yellowgate.times import hms, iso

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
ABOVE = (CLOCKS, WAITING)


Row = list[Text]
Known = Mapping[str, str]  # of whom the log knows less than of others, in words


def log_view(log: OfficialLog, width: int) -> RenderableType:
    """Everything a director wants on the screen, which is so many columns wide: ranking, why it
    is doubtful, what waits for a ruling.
    """
    return Group(*_parts(log, width))


def _parts(log: OfficialLog, width: int) -> Iterator[RenderableType]:
    yield _title(log)
    yield from _clocks(log)
    if known := known_until(log):
        yield Text(known, style="yellow")
    yield ranking(log, width)
    if log.preset != "laps" and any(loop.margin_us for line in log.runners for loop in line.loops):
        yield Text("+ is the time that was left to the cutoff", style="dim")
    yield from _doubts(log)
    if log.unassigned:
        yield _unassigned(log)
    problems = [row for row in log.problems if row.level in LEVELS_SHOWN and row.kind not in ABOVE]
    if problems:
        table = Table(title="To look at", title_justify="left", title_style="bold")
        table.add_column("what to do")
        table.add_column("runner", overflow="fold")
        table.add_column("text", overflow="fold")
        for row in problems:
            level = Text(row.level, style=LEVEL_STYLES[row.level])
            table.add_row(level, _words(row.runner), _words(row.text))
        yield table
    notes = sum(row.level not in LEVELS_SHOWN for row in log.problems)
    if notes:
        yield Text(f"and {notes} note{'s' if notes > 1 else ''} in the JSON log", style="dim")


def _words(text: str, style: str = "") -> Text:
    """What somebody wrote, as it stands: no markup, and no codes that a terminal obeys."""
    return Text(clean(text), style=style)


def _title(log: OfficialLog) -> Text:
    start = "start not logged yet"
    if log.start_us is not None:
        start = f"start {_moment(log.start_us)}{uncertain(log.start_uncertainty_us)}"
    return Text.assemble(
        (clean(log.race), "bold"),
        f"  {start}  as of {_moment(log.as_of_us)}",
        (f"  {log.state}", "dim"),
    )


def _clocks(log: OfficialLog) -> Iterator[Text]:
    """What all times below depend on: clocks that contradict each other."""
    for row in log.problems:
        if row.kind in ABOVE and row.level in LEVELS_SHOWN:
            yield Text.assemble((f"{row.level} ", LEVEL_STYLES[row.level]), clean(row.text))


def _moment(utc_us: int) -> str:
    return iso(utc_us - utc_us % 1_000_000).replace("T", " ")


LOOP_COLUMNS_MAX = 6
NAME_LETTERS, STATUS_LETTERS = 24, 24  # what these need at least; longer ones wrap
PLACE_LETTERS = 16
GAP = 2  # between columns
RIGHT = ("#", "bib", "loops", "laps", "yards", "legs", "km", "result")


def ranking(log: OfficialLog, width: int) -> Table:
    """A runner a line, a loop a column; where there is no room for that, the last loop."""
    loops = max((len(line.loops) for line in log.runners), default=0)
    unit, known = unit_of(log), known_less(log)
    if loops <= LOOP_COLUMNS_MAX:
        names = [_column(log, number) for number in range(1, loops + 1)]
        head = ("#", "bib", "runner", "", *names, "result", "status")
        rows = [_wide_row(line, loops, known) for line in log.runners]
        if _letters(head, rows) <= width:
            return _table(head, rows)
    if log.preset in ("laps", "backyard"):
        row_of = _lap_row if log.preset == "laps" else _yard_row
        head = ("#", "bib", "runner", "", f"{unit}s", "km", f"last {unit}", "status")
        return _table(head, [row_of(line, known) for line in log.runners], gap=1)
    rows = [_narrow_row(line, known) for line in log.runners]
    return _table(("#", "bib", "runner", "", f"{unit}s", f"last {unit}", "status"), rows, gap=1)


def _column(log: OfficialLog, number: int) -> str:
    """A leg goes to a place; loops have their number."""
    is_between_places = log.preset == "point-to-point"
    place = place_of_loop(log, number) if is_between_places else ""
    return short(place, PLACE_LETTERS) or f"{unit_of(log)} {number}"


def _letters(head: Sequence[str], rows: Sequence[Row]) -> int:
    """Columns of the terminal that a table takes in which only names and statuses wrap."""
    most = {"runner": NAME_LETTERS, "status": STATUS_LETTERS}
    columns = zip(*([Text(name) for name in head], *rows), strict=True)
    widths = [
        min(max(cell.cell_len for cell in cells), most.get(name, 1 << 30))
        for name, cells in zip(head, columns, strict=True)
    ]
    return sum(widths) + GAP * len(widths)


def _table(names: Sequence[str], rows: Sequence[Row], gap: int = GAP) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, gap, 0, 0))
    for name in names:
        may_wrap = name in ("runner", "status") or name.startswith("last ")
        justify = "right" if name in RIGHT else "left"
        table.add_column(Text(name), justify=justify, no_wrap=not may_wrap, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _wide_row(line: RunnerLog, loops: int, known: Known) -> Row:
    cells = [loop_text(loop, is_short=True) for loop in line.loops]
    cells += [Text("")] * (loops - len(cells))
    return [*_who(line), *cells, Text(line.result), status_text(line, known)]


def _narrow_row(line: RunnerLog, known: Known) -> Row:
    """For a terminal of 80 columns: the last loop that says something."""
    return [*_who(line), Text(str(line.loops_counted)), _last(line), status_text(line, known)]


def _yard_row(line: RunnerLog, known: Known) -> Row:
    """For races of many yards: how many, how far, how the last one ended."""
    count = Text(str(line.loops_counted))
    return [*_who(line), count, _km(line), _last(line), status_text(line, known)]


def _lap_row(line: RunnerLog, known: Known) -> Row:
    """The same of laps: when the last one that counts ended, and how many do not."""
    last = Text(span(line.result_us))
    others = sum(loop.verdict not in ("counted", "open") for loop in line.loops)
    if others:
        last.append(f" {others} more {'do' if others > 1 else 'does'} not count", style="red")
    count = Text(str(line.loops_counted))
    return [*_who(line), count, _km(line), last, status_text(line, known)]


def _km(line: RunnerLog) -> Text:
    return Text("" if line.distance_km is None else f"{line.distance_km:.3f}")


def _who(line: RunnerLog) -> Row:
    """Place, bib, name, and the place among women or men."""
    among = "" if line.place_gender is None else f" {line.place_gender}"
    place = "" if line.place is None else str(line.place)
    classes = "".join(f" · {clean(row)}" for row in class_words(line))
    who = (_words(line.bib), _words(line.name), Text(f"{line.gender}{among}{classes}"))
    return [Text(place), *who]


def _last(line: RunnerLog) -> Text:
    """The last loop that ended, or that was begun too late."""
    told = [loop for loop in line.loops if loop.in_us is not None or _says_why(loop)]
    return Text.assemble(f"{told[-1].loop}: ", loop_text(told[-1])) if told else Text("")


def _says_why(loop: Loop) -> bool:
    """Words without which the verdict cannot be understood."""
    is_graced = loop.verdict == "counted" and loop.note.endswith("grace")
    return is_graced or (loop.verdict == "open" and loop.note.startswith("left"))


def loop_text(loop: Loop, is_short: bool = False) -> Text:
    """The loop's time with what decides: the margin to its cutoff, over, pages, grace, doubt.

    is_short: without what the runner's status says again.
    """
    style = VERDICT_STYLES[loop.verdict]
    text = Text()
    if loop.in_us is not None:
        text.append(span(loop.in_us), style=style)
    elif loop.verdict != "open":
        text.append("no touch", style=style)
    elif loop.out_us is not None:
        text.append("out", style=style)
    if loop.direction:
        text.append(f" {WHEEL.get(loop.direction, loop.direction)}", style="dim")
    if loop.verdict == "counted" and loop.margin_us is not None and loop.margin_us >= 0:
        text.append(f" +{span(loop.margin_us)}", style="dim")
    words = _verdict_words(loop, is_short)
    if words:
        text.append(f" {words}", style=style)
    if loop.doubtful:
        text.append(" doubtful", style="bold magenta")
    return text


def _verdict_words(loop: Loop, is_short: bool) -> str:
    """Why it counts or not, where its time alone does not say so."""
    if loop.verdict == "over cutoff" or _says_why(loop):
        late = [words for words in loop.note.split("; ") if words.startswith(("over by", "left"))]
        words = late[0] if late else loop.verdict
        return words.replace(" after the last moment", " too late")
    if loop.verdict == "pages missing" and loop.pages is not None:
        return f"{loop.verdict} ({loop.pages.have}/{loop.pages.of})"
    if loop.verdict in ("void", "provisional"):
        is_told = is_short or not loop.note or loop.in_us is None
        return loop.verdict if is_told else f"{loop.verdict}: {loop.note}"
    return ""


DOUBTS_SHOWN = 12


def _doubts(log: OfficialLog) -> Iterator[Text]:
    """Why each doubtful line is doubtful."""
    doubtful = [line for line in log.runners if line.doubtful]
    for line in doubtful[:DOUBTS_SHOWN]:
        yield Text.assemble(
            ("doubtful ", "bold magenta"), f"{clean(line.name)}: {clean(line.doubt)}"
        )
    if len(doubtful) > DOUBTS_SHOWN:
        more = len(doubtful) - DOUBTS_SHOWN
        yield Text(f"and {more} more doubtful, in the JSON log", style="magenta")


def status_text(line: RunnerLog, known: Known) -> Text:
    """What became of the runner, with the reason, and whether somebody must search; and where less
    is known than of others, until when.
    """
    words = f"{line.status}: {line.reason}" if line.reason else line.status
    text = _words(words, STATUS_STYLES[line.status])
    if not line.accounted:
        text.append(" NOT ACCOUNTED FOR", style="bold red")
    if line.doubtful:
        text.append(" doubtful", style="bold magenta")
    if line.name in known:
        text.append(f" {known[line.name]}", style="yellow")
    return text


def _unassigned(log: OfficialLog) -> Table:
    """With the number that `gate ruling accept` takes."""
    title = "Whose touch was this? (gate ruling proposals, gate ruling accept NUMBER)"
    table = Table(title=title, title_justify="left", title_style="bold red")
    table.add_column("number", justify="right")
    table.add_column("when", justify="right")
    table.add_column("where")
    table.add_column("what")
    table.add_column("may be")
    for number, row in enumerate(log.unassigned, 1):
        first = row.evidence[0]
        names = [f"{who.name} ({who.why})" for who in row.proposals[:3]]
        more = len(row.proposals) - len(names)
        what = "button" if first.kind == "press" else f"{first.kind} {row.uid}"
        table.add_row(
            str(number),
            "" if row.at_us is None else hms(row.at_us),
            _words(first.station),
            what,
            _words("; ".join(names) + (f"; {more} more" if more else "")),
        )
    return table
