"""Adds up bom.csv: what a button station, each group and a full station cost.

python hardware/bom.py              # the table
python hardware/bom.py --write      # puts it into README.md
"""

import csv
import sys
from pathlib import Path

HERE = Path(__file__).parent
BEGIN, END = "<!-- table: bom.py -->", "<!-- end of table -->"


def read_rows(path: Path = HERE / "bom.csv") -> list[dict[str, str]]:
    """All rows of the bill of materials, as text."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def cost_usd(rows: list[dict[str, str]]) -> float:
    """Sum of quantity times price. Raises ValueError for a price that is no number."""
    return sum(int(row["quantity"]) * float(row["usd_each"]) for row in rows)


def table() -> str:
    """Cost by group, the minimum and the whole, as Markdown."""
    rows = read_rows()
    lines = ["| group | parts | USD |", "|---|---|---|"]
    for group in dict.fromkeys(row["group"] for row in rows):
        of_group = [row for row in rows if row["group"] == group]
        names = ", ".join(row["part"] for row in of_group[:4])
        more = ", ..." if len(of_group) > 4 else ""
        lines.append(f"| {group} | {names}{more} | {cost_usd(of_group):.2f} |")
    needed = [row for row in rows if row["optional"] == "no"]
    lines.append(f"| **a button station** | group core alone | **{cost_usd(needed):.2f}** |")
    for build, title in (("board", "carrier board"), ("strip", "stripboard, plan B")):
        usd = cost_usd([row for row in rows if row["build"] in ("both", build)])
        what = f"one full station on a {title}; 50 wristbands"
        lines.append(f"| **everything** | {what} | **{usd:.2f}** |")
    return "\n".join(lines)


def put_into(text: str) -> str:
    """The page with its table made new. Raises ValueError when the marks are missing."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
    if "--write" in sys.argv:
        page = HERE / "README.md"
        page.write_text(put_into(page.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(table())
