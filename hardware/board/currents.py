"""What flows where on the board, how warm it gets and how many volts are lost on the way.

    python -m hardware.board.currents            # the tables
    python -m hardware.board.currents --write    # puts them into README.md

Tracks are measured from tracks.csv. Copper 35 um: 0.49 mOhm a square at 20 C. Warming by IPC-2221,
outer layers: I = 0.048 dT^0.44 A^0.725, A in square mils. Nothing here was measured on a board.
"""

import math
import sys
from dataclasses import dataclass

from hardware.board import layout

SQUARE_OHM = 0.00049
COPPER_MM = 0.035
BEGIN, END = "<!-- tables: currents.py -->", "<!-- end of tables -->"
CONVERTER = 0.85  # of the Pico's RT6150, as in power.py
REGULATOR_MAX_MA = 800  # RT6150B-33GQW at 3.3 V (its datasheet); the Pico's own part comes off it
REGULATOR_TOLD_MA = 300  # what the Pico datasheet (2.1) asks to draw from 3V3(OUT) at most


@dataclass(frozen=True)
class Load:
    """What a part draws from 3.3 V, mA: at its peak, and in a usual moment."""

    name: str
    peak_ma: float
    usual_ma: float
    source: str


LOADS = (
    Load("Radio sending at 20 dBm", 120, 12, "SX1276 datasheet 2.5.1: 120 sending, 12 listening"),
    Load("Reader, antenna on", 100, 45, "PN532 datasheet: 150 at most into the antenna, 60 usual; "
         "field 35 to 60"),
    Load("Clock module", 1, 0.2, "DS3231 datasheet: 0.65 while it measures; pull-ups"),
    Load("Two lights", 11, 0.1, "220 ohm: (3.3 - 2.1) V / 220 each"),
    Load("Sounder, push-pull", 8, 0.1, "24 nF at 6.6 V and 2.7 kHz, and R9's 1k: 3.3 mA"),
)  # fmt: skip
PICO_MA = 26.0  # RP2040 and flash at 3.3 V: 21 mA at 5 V through the converter

# The battery's way: ohms of what is not track. F1: TECHFUSE nSMD050, after soldering at most.
CELLS = (("3 AA lithium, half empty, -10 C", 4.3, 0.9),
         ("3 AA alkaline, half empty, 0 C", 3.75, 1.2),
         ("1 x 18650, nearly empty, -10 C", 3.3, 0.25))  # fmt: skip
WIRE_OHM = 2 * 0.12 * 0.078  # 0.12 m there and back of 0.25 mm2
CONTACT_OHM = 2 * 0.01  # JST XH: 10 mOhm a contact
FUSE_OHM = 1.0
DIODE_V = 0.38  # SS14 at 0.2 to 0.3 A and 0 C


def length_mm(net: str) -> float:
    """All tracks of a net together: more than any current goes."""
    return sum(math.hypot(t.x2 - t.x1, t.y2 - t.y1) for t in layout.tracks() if t.net == net)


def warmer_k(current_a: float, width_mm: float) -> float:
    """How much warmer a track gets. IPC-2221, outer layer."""
    square_mils = width_mm * COPPER_MM / 0.0254**2
    return (current_a / (0.048 * square_mils**0.725)) ** (1 / 0.44)


def carries_a(width_mm: float, kelvin: float = 10) -> float:
    """What a track carries for so many kelvin. IPC-2221, outer layer."""
    return 0.048 * kelvin**0.44 * (width_mm * COPPER_MM / 0.0254**2) ** 0.725


def peak_3v3_ma() -> float:
    """All loads at their peak at once, without the Pico."""
    return sum(load.peak_ma for load in LOADS)


def supply_a(volts: float) -> float:
    """What the Pico takes from VSYS at the peak."""
    return (peak_3v3_ma() + PICO_MA) / 1000 * 3.3 / CONVERTER / volts


def line_ohm(
    width_mm: float, gap_mm: float = 0.25, height_mm: float = 1.51, er: float = 4.5
) -> float:
    """Impedance of a line between two pours over ground (Wadell, 3.4.3), thin copper."""
    a, b = width_mm, width_mm + 2 * gap_mm
    k, k3 = a / b, math.tanh(math.pi * a / 4 / height_mm) / math.tanh(math.pi * b / 4 / height_mm)
    ratio, ratio3 = _k_ratio(k), _k_ratio(k3)
    effective = (1 + er * ratio3 / ratio) / (1 + ratio3 / ratio)
    return 60 * math.pi / math.sqrt(effective) / (ratio + ratio3)


def _k_ratio(k: float) -> float:
    """K(k) / K'(k), complete elliptic integrals, by the arithmetic-geometric mean."""
    return _mean(1, k) / _mean(1, math.sqrt(1 - k * k))


def _mean(a: float, b: float) -> float:
    while abs(a - b) > 1e-12:
        a, b = (a + b) / 2, math.sqrt(a * b)
    return a


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _loads_table() -> list[str]:
    lines = [_row("part on 3.3 V", "mA at its peak", "usual", "from"), "|---|---|---|---|"]
    lines += [
        _row(load.name, "%g" % load.peak_ma, "%g" % load.usual_ma, load.source) for load in LOADS
    ]
    peak = peak_3v3_ma()
    usual = sum(load.usual_ma for load in LOADS)
    left = REGULATOR_TOLD_MA - peak
    lines.append(_row("**all at once**", "**%g**" % peak, "**%g**" % usual,
                      "%g mA below the %d that the Pico's datasheet allows; with its own "
                      "%g a third of the regulator's %d" % (left, REGULATOR_TOLD_MA, PICO_MA,
                                                            REGULATOR_MAX_MA)))  # fmt: skip
    return lines


def _tracks_table() -> list[str]:
    supply = supply_a(2.7)
    flows = (
        ("3V3", peak_3v3_ma() / 1000, "all loads"), ("VSYS", supply, "at 2.7 V, the lowest"),
        ("FUSED", supply, "the same"), ("BAT", supply, "the same; F1 opens at 1 A"),
        ("VBUS", 0.0005, "test point and D3 only: USB feeds the Pico on its own board"),
        ("LED_G", 0.0055, ""), ("BUZ", 0.008, ""),
    )  # fmt: skip
    lines = [
        _row("net", "A", "mm wide", "carries for +10 K", "warmer", "mm of track", "ohm", "mV lost",
             "what"),
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for net, current_a, what in flows:
        width, length = layout.net_class(net)[1], length_mm(net)
        ohm = SQUARE_OHM * length / width
        lines.append(
            _row(net, "%.3f" % current_a, "%g" % width, "%.1f A" % carries_a(width),
                 "%.1f K" % warmer_k(current_a, width), "%.0f" % length, "%.3f" % ohm,
                 "%.0f" % (ohm * current_a * 1000), what)
        )  # fmt: skip
    return lines


def drops_v(volts: float, inner_ohm: float) -> tuple[float, float]:
    """(amperes, volts at VSYS) at 20 dBm with the reader on; the current grows as volts fall."""
    tracks = sum(
        SQUARE_OHM * length_mm(net) / layout.net_class(net)[1] for net in ("BAT", "FUSED", "VSYS")
    )
    ohm = inner_ohm + WIRE_OHM + CONTACT_OHM + FUSE_OHM + tracks
    at_vsys = volts
    for _ in range(60):
        at_vsys = volts - DIODE_V - ohm * supply_a(at_vsys)
    return supply_a(at_vsys), at_vsys


def _drops_table() -> list[str]:
    lines = [
        _row("cells", "V at rest", "ohm of the cells", "A", "V at VSYS while it sends",
             "above the 1.8 V the converter needs"),
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, volts, ohm in CELLS:
        current, left = drops_v(volts, ohm)
        lines.append(_row(name, "%g" % volts, "%g" % ohm, "%.2f" % current, "%.2f" % left,
                          "%.2f" % (left - 1.8)))  # fmt: skip
    at_radio = peak_3v3_ma() / 1000 * SQUARE_OHM * length_mm("3V3") / layout.POWER_MM
    wires = 0.120 * (2 * 0.15 * 0.13 + 2 * CONTACT_OHM / 2)
    lines += [
        "",
        "At the radio's own pins while it sends: 3.3 V less at most %.0f mV on the board and "
        "%.0f mV on 15 cm of 0.14 mm2 and its plug. C5 and C6 give the first millisecond."
        % (at_radio * 1000, wires * 1000),
        "",
        "The line to the antenna: %.1f mm wide with %.2f mm to the pours is %.0f ohm; it is 13 mm "
        "long, a fifteenth of a wave at 915 MHz." % (layout.RF_MM, 0.25, line_ohm(layout.RF_MM)),
    ]
    return lines


def tables() -> str:
    """All of them, as Markdown."""
    return "\n\n".join(
        "\n".join(table) for table in (_loads_table(), _tracks_table(), _drops_table())
    )


def put_into(text: str) -> str:
    """The page with its tables made new. Raises ValueError when the marks are missing."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + tables() + "\n" + END + rest.split(END)[1]


if __name__ == "__main__":
    if "--write" in sys.argv:
        page = layout.HERE / "README.md"
        page.write_text(put_into(page.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(tables())
