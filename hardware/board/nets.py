"""The nets of the board, from wiring.yml and carrier.csv, the same truth as the wires'.

A terminal is (connector or part, label): ("READER", "SCK"), ("PICO", "GP10"), ("R1", "from").
A net is what wires tie together; carrier.csv puts its parts between nets.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HARDWARE = Path(__file__).parents[1]
GROUNDS = ("GND", "AGND")  # Pico datasheet 2.1: AGND to ground where no analog part needs its own
Terminal = tuple[str, str]


@dataclass(frozen=True)
class CarrierPart:
    """A row of carrier.csv. ends: leg name -> net as carrier.csv writes it."""

    name: str
    value: str
    ends: dict[str, str]
    role: str
    build: str  # both, board, strip
    why: str


def read_carrier(build: str, path: Path = HARDWARE / "carrier.csv") -> list[CarrierPart]:
    """The parts of one build, "board" or "strip". Raises KeyError on a damaged table."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["build"] in ("both", build)]
    return [
        CarrierPart(
            row["part"],
            row["value"],
            {leg: row[leg] for leg in ("from", "to", "third") if row[leg]},
            row["role"],
            row["build"],
            row["why"],
        )
        for row in rows
    ]


def read_wiring(path: Path = HARDWARE / "wiring.yml") -> dict[str, Any]:
    """The document as WireViz reads it."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def pico_labels(wiring: dict[str, Any]) -> list[str]:
    """What the Pico's pins 1 to 40 are called."""
    return [str(label) for label in wiring["connectors"]["PICO"]["pinlabels"]]


def nets(wiring: dict[str, Any], parts: list[CarrierPart]) -> dict[Terminal, str]:
    """The net of every terminal that has one. Raises ValueError when two nets are tied together.

    A net is called as on the carrier; a wire that passes it by is called as the Pico's pin.
    """
    groups = _tied(wiring)
    out: dict[Terminal, str] = {}
    for group in groups:
        carrier = sorted(label for name, label in group if name == "CARRIER")
        pico = sorted(label for name, label in group if name == "PICO")
        if len(carrier) > 1:
            raise ValueError(f"wires tie {' and '.join(carrier)} together")
        net = (carrier or pico)[0]
        out |= {terminal: net for terminal in group if terminal[0] != "CARRIER"}
    for label in GROUNDS:
        out["PICO", label] = "GND"
    for part in parts:
        out |= {(part.name, leg): net for leg, net in part.ends.items()}
    return out


def _tied(wiring: dict[str, Any]) -> list[set[Terminal]]:
    """Terminals in groups that wires join."""
    groups: list[set[Terminal]] = []
    for left, _, right in wiring["connections"]:
        for pair in zip(_ends(wiring, left), _ends(wiring, right), strict=True):
            touched = [group for group in groups if group & set(pair)]
            groups = [group for group in groups if group not in touched]
            groups.append(set(pair).union(*touched))
    return groups


def _ends(wiring: dict[str, Any], end: dict[str, list[Any]]) -> list[Terminal]:
    """Terminals of one end of a cable; a number is a pin of the connector."""
    ((name, pins),) = end.items()
    labels = wiring["connectors"][name]["pinlabels"]
    return [(name, str(pin if pin in labels else labels[int(pin) - 1])) for pin in pins]
