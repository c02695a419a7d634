"""Draws the two sheets for the gate: card.svg (what each beep means) and sheet.svg (paper log).

    python hardware/card.py         # A4, print at 100 %

The bars are the station's own patterns (gate_station.core.signals): height is the tone, below
them the lights. The words come from signals.csv, which field-guide.md shows as well.
"""

import csv
import textwrap
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from gate_station.core import signals

HERE = Path(__file__).parent
WIDTH_MM, HEIGHT_MM = 210, 297
STRIP_X_MM, STRIP_MM, STRIP_S = 12, 33, 3.5  # where the bars are, how wide, how long that is
ROW_MM, URGENT_MM = 12.2, 18.5
NAME_X_MM, MEANING_X_MM, DO_X_MM, RIGHT_MM = 48, 92, 140, 199
EM = 0.58  # mean width of a letter of DejaVu Sans, in its size
SIZES = (4.4, 4.0, 3.6, 3.3, 3.0, 2.8)  # the largest that fits is taken
URGENT = (signals.REFUSED, signals.BATTERY_STOP, signals.LOG_FULL)  # somebody must act at once
NOTE_LINES_MAX = 5
BEGIN, END = "<!-- table: card.py -->", "<!-- end of table -->"
Step = tuple[int, int, int]  # tone in Hz, lights, duration in ms
Draw = Callable[[], str]

NOTES = (
    ("Touch", "Tag flat into the black ring until it beeps. No beep in 2 s: take it away, once "
     "more; then the button; then paper. A button press names nobody: say or write the bib."),
    ("Silent, dark", "Green or red winks every 10 s while it lives. No wink: plug in a USB bank. "
     "Still none: hang up the spare, put the dead one dry and untouched into the bag; its log is "
     "safe."),
    ("Cold, wet", "Lithium AA only below 0 C. Never open it in rain: change the power through the "
     "USB hole. Fog inside does no harm. The antenna stays on, always, before any power."),
    ("Paper", "When in doubt write: bib, loop, in, out, by a watch that was compared with the "
     "laptop. The sheet is a source like any other: `gate import sheet.csv`."),
)  # fmt: skip


def read_rows() -> list[dict[str, str]]:
    """The rows of signals.csv: name, short, meaning, do."""
    with (HERE / "signals.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def guide_table() -> str:
    """The same rows for field-guide.md."""
    lines = ["| signal | you hear and see | it means | do |", "|---|---|---|---|"]
    for row in read_rows():
        lines.append("| **{name}** | {short} | {meaning} | {do} |".format(**row))
    return "\n".join(lines)


def put_into(text: str) -> str:
    """The guide with its table made new. Raises ValueError when the marks are missing."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + guide_table() + "\n" + END + rest.split(END)[1]


def _text(x: float, y: float, size: float, words: str, extra: str = "") -> str:
    words = escape(words.replace("`", ""))
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{extra}>{words}</text>'


def _lines(x: float, y: float, size: float, words: str, columns: int, lines_max: int) -> list[str]:
    wrapped = textwrap.wrap(words.replace("`", ""), columns)
    if len(wrapped) > lines_max:
        raise ValueError(f"too long for the card: {words}")
    return [_text(x, y + at * size * 1.15, size, line) for at, line in enumerate(wrapped)]


def _block(
    x: float, y: float, width: float, height: float, words: str, largest: float
) -> list[str]:
    """Words in a rectangle, as large as they fit. Raises ValueError when no size fits."""
    for size in SIZES:
        lines_max = int((height - size) / (1.15 * size)) + 1
        columns = int(width / (EM * size))
        wrapped = textwrap.wrap(words.replace("`", ""), columns, break_long_words=False)
        if size <= largest and len(wrapped) <= lines_max:
            return _lines(x, y + size, size, words, columns, lines_max)
    raise ValueError(f"too long for the card: {words}")


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"/>'


def strip(steps: tuple[Step, ...], y: float) -> list[str]:
    """Bars of one pattern, from y down; a pattern longer than STRIP_S is squeezed to fit."""
    total_s = sum(step[2] for step in steps) / 1000
    mm_per_s = STRIP_MM / max(STRIP_S, total_s)
    out = [_rect(STRIP_X_MM, y + 6.6, STRIP_MM, 0.15, "#999")]
    x = float(STRIP_X_MM)
    for hz, lights, ms in steps:
        width = round(ms / 1000 * mm_per_s, 2)
        if hz:
            height = round(1.5 + 5 * (hz - 700) / 2000, 2)
            out.append(_rect(round(x, 2), round(y + 6.6 - height, 2), width, height, "#222"))
        if lights & signals.GREEN:
            out.append(_rect(round(x, 2), y + 7.0, width, 1.6, "#00a030"))
        if lights & signals.RED:
            out.append(_rect(round(x, 2), y + 8.8, width, 1.6, "#d00000"))
        x += width
    return out


def _row(row: dict[str, str], steps: tuple[Step, ...], y: float, is_urgent: bool) -> list[str]:
    height = URGENT_MM if is_urgent else ROW_MM
    largest, name_size = (4.4, 5.0) if is_urgent else (3.6, 4.0)
    out = [_rect(10, y - 0.6, 190, height - 0.4, "#ffd75e")] if is_urgent else []
    out += strip(steps, y + (2 if is_urgent else 0))
    out.append(_text(NAME_X_MM, y + name_size, name_size, row["name"], ' font-weight="bold"'))
    under = y + name_size + (0.8 if is_urgent else 0.3)
    room = height - name_size - 1.0
    out += _block(
        NAME_X_MM,
        under,
        MEANING_X_MM - NAME_X_MM - 2,
        room,
        row["short"],
        largest - (0.3 if is_urgent else 0.6),
    )
    for x, end, words in (
        (MEANING_X_MM, DO_X_MM, row["meaning"]), (DO_X_MM, RIGHT_MM, row["do"])
    ):  # fmt: skip
        out += _block(x, y, end - x - 2, height - 1.4, words, largest)
    return out


def _page(body: list[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {WIDTH_MM} {HEIGHT_MM}" font-family="DejaVu Sans, Verdana, sans-serif">'
    )
    return "\n".join([head, _rect(0, 0, WIDTH_MM, HEIGHT_MM, "#fff"), *body, "</svg>", ""])


def card() -> str:
    """The card of the gate, as SVG. Raises ValueError when a text is too long for its place."""
    body = [
        _text(12, 17, 9, "The gate speaks", ' font-weight="bold"'),
        _text(200, 12, 2.8, "yellow: act at once. Bars: beeps, high and low", ' text-anchor="end"'),
        _text(200, 16.5, 2.8, "below: green, red", ' text-anchor="end"'),
        _rect(10, 20, 190, 0.6, "#e8b800"),
    ]
    y = 23.0
    rows = read_rows()
    urgent = [row for name in URGENT for row in rows if row["name"] == name]
    for row in urgent + [row for row in rows if row not in urgent]:
        is_urgent = row["name"] in URGENT
        body += _row(row, signals.steps(row["name"]), y, is_urgent)
        y += URGENT_MM if is_urgent else ROW_MM
        body.append(_rect(10, y - 0.9, 190, 0.1, "#bbb"))
    for at, (title, words) in enumerate(NOTES):
        x, top = (12, 107)[at % 2], y + 23 * (at // 2)
        body.append(_text(x, top + 4, 4.2, title, ' font-weight="bold"'))
        body += _lines(x, top + 8.2, 3.1, words, 52, NOTE_LINES_MAX)
    body.append(_text(12, 291.5, 3.4, "Director: ____________________    Spare station: "
                      "____________________    Station: __________"))  # fmt: skip
    return _page(body)


def sheet() -> str:
    """The paper log, with the columns that `gate import` reads."""
    columns = (("bib", 22), ("loop", 18), ("in", 40), ("out", 40), ("remark", 70))
    body = [
        _text(10, 14, 6, "Paper log", ' font-weight="bold"'),
        _text(200, 14, 3, "Station ________  Watch of ________  off by ________ s at ________",
              ' text-anchor="end"'),
    ]  # fmt: skip
    x = 10.0
    for name, width in columns:
        body += [_text(x + 1.5, 23, 4, name), _rect(x, 18, 0.2, 264, "#444")]
        x += width
    body.append(_rect(x, 18, 0.2, 264, "#444"))
    body += [_rect(10, 18 + 8.25 * at, 190, 0.2, "#444") for at in range(33)]
    body.append(_text(10, 287, 2.8, "Times H:MM:SS of the race clock (start = 0:00:00); of day: "
                      "Sat 03:21, 3:21 am, or the heading in (clock)."))  # fmt: skip
    body.append(_text(10, 291, 2.8, "Type it in as CSV or XLSX: bib,loop,in,out,remark; then: "
                      "gate import sheet.csv"))  # fmt: skip
    return _page(body)


def main() -> None:
    """Write both sheets and the guide's table."""
    (HERE / "card.svg").write_text(card(), encoding="utf-8")
    (HERE / "sheet.svg").write_text(sheet(), encoding="utf-8")
    guide = HERE / "field-guide.md"
    guide.write_text(put_into(guide.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
