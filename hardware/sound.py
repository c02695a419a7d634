"""How loud the sounder is where somebody hears it: computed, nobody has measured it.

    python -m hardware.sound            # the table
    python -m hardware.sound --write    # puts it into field-guide.md

From the maker's level at 10 cm: 20 log of the voltage, less 20 log of the distance (free field, no
wall that helps), less what the vent and the wall's holes take.
"""

import math
import sys
from pathlib import Path

HERE = Path(__file__).parent
BEGIN, END = "<!-- table: sound.py -->", "<!-- end of sound -->"
MAKER_DB, MAKER_V, MAKER_M = 70.0, 1.5, 0.1  # Murata P37E, PKM22EPPH2001: 70 dB at least, 1.5 V0-p
PIN_V = 3.3
VENT_DB = 3.0  # an acoustic ePTFE disc takes 1 to 3 dB
DISTANCES_M = (0.5, 1.0, 5.0, 20.0)


def level_db(distance_m: float, is_push_pull: bool = True) -> float:
    """Sound pressure level at the sounder's best tone, 2 kHz; at others it is less."""
    volts = PIN_V if is_push_pull else PIN_V / 2  # zero to peak
    return (
        MAKER_DB
        + 20 * math.log10(volts / MAKER_V)
        - 20 * math.log10(distance_m / MAKER_M)
        - VENT_DB
    )


def table() -> str:
    """Both ways of driving it, at some distances, as Markdown."""
    lines = [
        "| dB at | " + " | ".join("%g m" % d for d in DISTANCES_M) + " |",
        "|---|---|---|---|---|",
    ]
    for title, is_push_pull in (("two pins, push-pull", True), ("one pin, as before", False)):
        cells = ("%.0f" % level_db(d, is_push_pull) for d in DISTANCES_M)
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def put_into(text: str) -> str:
    """The page with its table made new. Raises ValueError when the marks are missing."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
    if "--write" in sys.argv:
        page = HERE / "field-guide.md"
        page.write_text(put_into(page.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table())
