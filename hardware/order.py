"""The order list for one station or ten: quantities, spares, prices; and the hours they take.

    python -m hardware.order            # the table
    python -m hardware.order --write    # order-ten-*.csv, and the table into ten.md

Prices are those of bom.csv, without discount for ten; hours.csv says how long each step takes.
"""

import csv
import io
import sys
from dataclasses import dataclass
from pathlib import Path

from hardware import bom

HERE = Path(__file__).parent
BEGIN, END = "<!-- table: order.py -->", "<!-- end of table -->"
BUILDS = {"board": "carrier board", "strip": "stripboard, plan B"}
HEAD = (
    "quantity", "of_that_spares", "part", "manufacturer", "part_number", "mouser", "lcsc",
    "usd_each", "usd", "second_source", "alternatives",
)  # fmt: skip
ASSEMBLY_USD = {1: 45.0, 10: 90.0}  # a house's set-up, stencil and feeders; five boards at least


@dataclass(frozen=True)
class Row:
    """A row of the bill, times stations. each: pieces a station."""

    part: dict[str, str]
    each: int
    spares: int
    pieces: int

    @property
    def usd(self) -> float:
        """All pieces."""
        return self.pieces * float(self.part["usd_each"])


def rows(stations: int, build: str) -> list[Row]:
    """What to buy. Spares are for ten and more; a single station gets none."""
    out: list[Row] = []
    for part in bom.read_rows():
        if part["build"] in ("both", build):
            each = int(part["quantity"])
            spares = int(part["spares_of_ten"]) * stations // 10
            out.append(Row(part, each, spares, each * stations + spares))
    return out


def order_list(stations: int, build: str) -> str:
    """A file for a distributor's basket: quantity and numbers first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    for row in rows(stations, build):
        part = row.part
        writer.writerow(
            (row.pieces, row.spares, part["part"], part["manufacturer"], part["part_number"],
             part["mouser"], part["lcsc"], part["usd_each"], "%.2f" % row.usd,
             part["second_source"], part["alternatives"])
        )  # fmt: skip
    return out.getvalue()


def usd(stations: int, build: str) -> float:
    """Parts with spares, and the assembly house's share."""
    house = ASSEMBLY_USD[1 if stations < 5 else 10] if build == "board" else 0.0
    return sum(row.usd for row in rows(stations, build)) + house


def _steps(build: str) -> list[dict[str, str]]:
    with (HERE / "hours.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["build"] in ("both", build)]


def minutes(stations: int, build: str) -> float:
    """Hands on, without the printer's and the burn-in's own time."""
    return sum(
        float(row["once_min"]) + stations * float(row["each_min"]) for row in _steps(build)
    )  # fmt: skip


def table() -> str:
    """Price and hours for one and for ten; the steps."""
    lines = ["| | one | ten | each of ten |", "|---|---|---|---|"]
    for build, title in BUILDS.items():
        for what, one, ten, unit in (
            ("parts", usd(1, build), usd(10, build), "%.0f USD"),
            ("hands on", minutes(1, build) / 60, minutes(10, build) / 60, "%.1f h"),
        ):
            cells = (unit % value for value in (one, ten, ten / 10))
            lines.append(f"| {title}: {what} | " + " | ".join(cells) + " |")
    lines += ["", "| step | build | once, min | each, min |", "|---|---|---|---|"]
    seen: set[str] = set()
    for build in BUILDS:
        for row in _steps(build):
            if row["step"] not in seen:
                seen.add(row["step"])
                lines.append("| {step} | {build} | {once_min} | {each_min} |".format(**row))
    return "\n".join(lines)


def put_into(text: str) -> str:
    """The page with its table made new. Raises ValueError when the marks are missing."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1]


def main() -> None:
    """Print the table, or write lists and page."""
    if "--write" not in sys.argv:
        print(table())
        return
    for build in BUILDS:
        (HERE / f"order-ten-{build}.csv").write_text(order_list(10, build), encoding="utf-8")
    page = HERE / "ten.md"
    page.write_text(put_into(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
