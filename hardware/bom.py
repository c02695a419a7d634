"""Adds up bom.csv: what a button station, each group and a full station cost.

    python hardware/bom.py
"""

import csv
from pathlib import Path

HERE = Path(__file__).parent


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
    lines.append(f"| **everything** | one full station and 50 wristbands | **{cost_usd(rows):.2f}** |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
