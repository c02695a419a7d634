"""How long a station lives: power.csv and batteries.csv made into hours.

    python hardware/power.py            # the tables
    python hardware/power.py --write    # puts them into power.md

Each state of power.csv draws current_ma at volts for a share of the time; shares are numbers or
the words reader_on and reader_off, which follow the reader's turns in low power. Current at 3.3 V
comes through the Pico's converter and costs 1 / CONVERTER as much. No state was measured on a
station of this design: the sources stand in the tables.
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CONVERTER = 0.85  # RT6150 of the Pico at 10 to 100 mA, datasheet figure of efficiency
READER_ON_MS = 60  # the station's defaults; a test compares them with its configuration
READER_OFF_MS = 190
RACE_H = 60
MODES = {"always_on": "always on", "reader_naps": "reader naps", "all_naps": "all naps (not built)"}
BEGIN, END = "<!-- tables: power.py --write -->", "<!-- end of tables -->"


@dataclass(frozen=True)
class State:
    """A row of power.csv; shares by mode, as written there."""

    name: str
    power_mw: float
    shares: dict[str, str]


@dataclass(frozen=True)
class Battery:
    """A row of batteries.csv. usable_mwh: at the Pico's VSYS, at 20 C; cold: what -10 C leaves."""

    name: str
    usable_mwh: float
    cold: float
    low_mv: int
    stop_mv: int


def read_states(path: Path = HERE / "power.csv") -> list[State]:
    """All states. Raises KeyError or ValueError on a damaged table."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_state(row) for row in csv.DictReader(file)]


def _state(row: dict[str, str]) -> State:
    volts = float(row["volts"])
    efficiency = CONVERTER if volts == 3.3 else 1.0
    power_mw = float(row["current_ma"]) * volts / efficiency
    return State(row["state"], power_mw, {mode: row[mode] for mode in MODES})


def read_batteries(path: Path = HERE / "batteries.csv") -> list[Battery]:
    """All batteries. Raises KeyError or ValueError on a damaged table."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_battery(row) for row in csv.DictReader(file)]


def _battery(row: dict[str, str]) -> Battery:
    usable_mwh = float(row["capacity_mah"]) * float(row["volts"]) * float(row["path"])
    return Battery(
        row["battery"], usable_mwh, float(row["cold"]), int(row["low_mv"]), int(row["stop_mv"])
    )


def share_of(word: str, on_ms: int, off_ms: int) -> float:
    """0..1 for a number or one of the two words. Raises ValueError for anything else."""
    if word == "reader_on":
        return on_ms / (on_ms + off_ms)
    if word == "reader_off":
        return off_ms / (on_ms + off_ms)
    return float(word)


def mean_mw(
    states: list[State], mode: str, on_ms: int = READER_ON_MS, off_ms: int = READER_OFF_MS
) -> float:
    """Mean power in milliwatts at VSYS."""
    return sum(state.power_mw * share_of(state.shares[mode], on_ms, off_ms) for state in states)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _head(*cells: str) -> list[str]:
    return [_row(*cells), "|" + "---|" * len(cells)]


def states_table(states: list[State]) -> list[str]:
    """Where the power goes."""
    lines = _head("State", "mW while in it", *(f"{title}: mW" for title in MODES.values()))
    for state in states:
        means = [
            "%.1f" % (state.power_mw * share_of(state.shares[mode], READER_ON_MS, READER_OFF_MS))
            for mode in MODES
        ]
        lines.append(_row(state.name, "%.1f" % state.power_mw, *means))
    totals = ["**%.0f**" % mean_mw(states, mode) for mode in MODES]
    energy = ["**%.1f Wh**" % (mean_mw(states, mode) * RACE_H / 1000) for mode in MODES]
    return [*lines, _row("**Mean**", "", *totals), _row("**Energy of %d h**" % RACE_H, "", *energy)]


def hours_table(states: list[State], batteries: list[Battery]) -> list[str]:
    """Hours on each battery, warm and cold; the settings that go with it."""
    lines = _head(
        "Battery", "usable Wh", *(f"{title}, 20 / -10 C" for title in MODES.values()),
        "`battery_low_mv`", "`battery_min_mv`",
    )  # fmt: skip
    for battery in batteries:
        hours: list[str] = []
        for mode in MODES:
            warm_h = battery.usable_mwh / mean_mw(states, mode)
            hours.append("%.0f / %.0f h" % (warm_h, warm_h * battery.cold))
        settings = (str(battery.low_mv), str(battery.stop_mv))
        lines.append(_row(battery.name, "%.1f" % (battery.usable_mwh / 1000), *hours, *settings))
    return lines


def turns_table(states: list[State], battery: Battery) -> list[str]:
    """What a longer sleep of the reader buys, on one battery."""
    napping = [mode for mode in MODES if mode != "always_on"]
    titles = [f"{MODES[mode]}: mW, {battery.name} at -10 C" for mode in napping]
    lines = _head("`reader_off_ms`", "a tag waits at most", *titles)
    for off_ms in (90, READER_OFF_MS, 440, 940):
        cells = [str(off_ms), "%.2f s" % ((off_ms + 2 * READER_ON_MS) / 1000)]
        for mode in napping:
            power_mw = mean_mw(states, mode, READER_ON_MS, off_ms)
            hours = battery.usable_mwh * battery.cold / power_mw
            cells.append("%.0f, %.0f h" % (power_mw, hours))
        lines.append(_row(*cells))
    return lines


def tables() -> str:
    """All three, as they stand in power.md."""
    states, batteries = read_states(), read_batteries()
    parts = [
        hours_table(states, batteries), turns_table(states, batteries[0]), states_table(states)
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts)


def put_into(text: str) -> str:
    """The page with its tables made new. Raises ValueError when the marks are missing."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + tables() + "\n" + END + rest.split(END)[1]


def main() -> None:
    """Print the tables, or write them into power.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true", help="put them into power.md")
    if parser.parse_args().write:
        page = HERE / "power.md"
        page.write_text(put_into(page.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(tables())


if __name__ == "__main__":
    main()
