"""How the desk looks on a terminal: what waits, one runner. What a colour says, a word says too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from yellowgate.desk.entry import Entry
from yellowgate.desk.items import SAFETY, Answer, Item
from yellowgate.desk.runner import Hit, RunnerPage
from yellowgate.desk.waiting import NOT_RULED
from yellowgate.report.table import STATUS_STYLES, VERDICT_STYLES
from yellowgate.report.words import bound, clean, span, unit_of, wall

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def answer_words(answers: Sequence[Answer]) -> Text:
    """The answers by their letters, the usual one first to be seen."""
    text = Text()
    for letter, answer in zip(LETTERS, answers, strict=False):
        text.append("  " if text else "")
        text.append(letter, "bold reverse" if answer.is_usual else "bold")
        text.append(f" {clean(answer.label)}", "bold" if answer.is_usual else "")
        text.append("…" if not answer.rulings else "")
    return text


def waiting_view(items: Sequence[Item], shown: int, width: int) -> RenderableType:
    """What waits, by its numbers: so many of them, on a screen so many columns wide."""
    if not items:
        return Text("nothing waits for a decision", style="green")
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for number, item in enumerate(items[:shown], 1):
        table.add_row(Text(str(number), style="bold cyan"), _item(item, width - 5))
    parts: list[RenderableType] = [table]
    if len(items) > shown:
        parts.append(Text(f"and {len(items) - shown} more: waiting all", style="bold"))
    parts.append(Text("ok: the usual answer of 1   ok 2: of 2   ok 2b: its answer b", style="dim"))
    return Group(*parts)


def _item(item: Item, room: int) -> Text:
    """On one line where there is room."""
    style = "bold red" if item.urgency == SAFETY else "bold"
    words = Text.assemble((clean(item.title), style), "  ", (clean(item.detail), "dim"))
    answers = answer_words(item.answers)
    if answers:
        fits = words.cell_len + answers.cell_len + 2 <= room
        words.append("  " if fits else "\n").append_text(answers)
    return words


def entry_view(entry: Entry) -> RenderableType:
    """What was not kept, and why; what else was meant, by numbers."""
    text = Text("\n").join(Text(clean(row), style="yellow") for row in entry.problems)
    for number, choice in enumerate(entry.choices, 1):
        text.append(f"\n{number:>3} ", "bold cyan")
        text.append(f"{clean(choice.label)}  ").append(clean(choice.line), "dim")
    return text


def paste_view(entries: Sequence[Entry]) -> RenderableType:
    """Lines that were pasted, each with what it means."""
    table = Table.grid(padding=(0, 1))
    for number, entry in enumerate(entries, 1):
        words = Text(clean(entry.says or entry.runner), style="dim" if entry.already else "bold")
        words.append("  kept before" if entry.already else f"  {clean(entry.compare)}", "dim")
        for text in entry.problems:
            words.append(clean(text), "yellow")
        table.add_row(Text(str(number), style="bold cyan"), Text(clean(entry.line)), words)
    return table


def hits_view(hits: Sequence[Hit]) -> RenderableType:
    """Who may be meant."""
    table = Table.grid(padding=(0, 2))
    for hit in hits:
        style = STATUS_STYLES.get(hit.status, "")
        table.add_row(
            Text(hit.bib, style="bold cyan"),
            Text(clean(hit.name), style="bold"),
            Text(hit.status, style=style),
            Text(clean(hit.why), style="dim"),
        )
    return table


def runner_view(page: RunnerPage) -> RenderableType:
    """Everything of one runner, the latest state first."""
    return Group(*_parts(page))


def _parts(page: RunnerPage) -> Iterator[RenderableType]:
    yield _title(page)
    if page.where is not None:
        yield Text(clean(page.where.words), style="bold red" if not page.line.accounted else "")
    yield Text()
    yield _loops(page)
    yield _touches(page)
    for seen in page.line.sightings:
        yield Text.assemble(
            "seen ", (span(seen.at_us), "bold"), f" {clean(seen.place)} ", clean(seen.text),
            (f"  {_when(page, seen.utc_us)} {bound(seen.uncertainty_us)}", "dim"),
        )  # fmt: skip
    for text in (page.line.doubt, *(row.doubt for row in page.line.loops)):
        if text:
            yield Text(f"doubtful: {clean(text)}", style="yellow")
    if page.rulings:
        yield Text()
        yield _rulings(page)
    yield Text()
    yield Text("can be ruled: ", style="dim").append(_can(page))


def _title(page: RunnerPage) -> Text:
    line = page.line
    text = Text.assemble(
        (f"{clean(line.bib)} ", "bold cyan"), (clean(line.name), "bold"), f"  {line.gender}  ",
        (line.status, STATUS_STYLES.get(line.status, "")),
    )  # fmt: skip
    if line.reason:
        text.append(f": {clean(line.reason)}")
    others = [f"{unit_of(page.log)} {loop}: {bib}" for loop, bib in page.bibs if loop]
    if others:
        text.append(f"   bibs {', '.join(others)}", "dim")
    if line.tag:
        text.append(f"   tag {line.tag}", "dim")
    return text


def _loops(page: RunnerPage) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in (unit_of(page.log), "out", "in", "took", "cutoff", "pages", "verdict"):
        is_right = name in ("out", "in", "took", "cutoff")
        table.add_column(name, justify="right" if is_right else "left", overflow="fold")
    for row in page.line.loops:
        verdict = Text(row.verdict, style=VERDICT_STYLES.get(row.verdict, ""))
        if row.note and row.note != NOT_RULED:
            verdict.append(f"\n{clean(row.note)}", "dim")
        pages = "" if row.pages is None else f"{_or_ask(row.pages.have)}/{row.pages.of}"
        table.add_row(
            str(row.loop), span(row.out_us), Text(span(row.in_us), style="bold"), row.elapsed,
            span(row.cutoff_us), pages, verdict,
        )  # fmt: skip
    return table


def _or_ask(have: int | None) -> str:
    return "?" if have is None else str(have)


def _touches(page: RunnerPage) -> Table:
    """The evidence: each touch by the clock on the wall, its bound, who saw it, its record."""
    table = Table.grid(padding=(0, 1))
    for loop in page.line.loops:
        for row in loop.evidence:
            where = f"{row.log_id[:8]}:{row.seq}" if row.log_id else "by hand"
            table.add_row(
                Text(f"{loop.loop} {row.use}", style="dim"),
                Text(_when(page, row.utc_us)),
                Text(bound(row.uncertainty_us), style="dim"),
                Text(f"{clean(row.station)} {where} {row.kind}", style="dim"),
            )
    return table


def _when(page: RunnerPage, utc_us: int) -> str:
    return wall(utc_us, page.log.zone)


def _rulings(page: RunnerPage) -> Table:
    table = Table.grid(padding=(0, 1))
    for row in page.rulings:
        style = "" if row.stands else "dim strike"
        why = f" ({clean(row.why)})" if row.why else ""
        state = "" if row.stands else f"  {row.state}"
        table.add_row(
            Text(row.id, style="cyan"),
            Text(wall(row.at_us, page.log.zone), style="dim"),
            Text(clean(row.by)),
            Text.assemble((clean(row.text) + why, style), (state, "red")),
        )
    return table


def _can(page: RunnerPage) -> str:
    bib = page.line.bib or page.line.name
    lines = {
        "pages": f"{bib} all", "dropout": f"{bib} out rtc", "return": f"{bib} back",
        "sighting": f"{bib} seen 14:02:00 place", "paper": f"{bib} in 35:40:46",
        "grace": f"{bib} grace", "void": f"{bib} void loop 1", "bib": f"{bib} bib 217 loop 2",
        "tag": f"{bib} tag UID",
    }  # fmt: skip
    return "   ".join(lines[form.kind] for form in page.forms if form.kind in lines)
