"""The wires of wiring.yml and the parts on the carrier as one net of names.

A terminal is "CONNECTOR:label". Series parts of carrier.csv join two strips, because a signal
goes on behind them; pull-ups, dividers and capacitors do not.
"""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

HARDWARE = Path(__file__).parents[2] / "hardware"
SIGNAL_ROLES = ("series",)
Wiring = dict[str, Any]


def read_wiring() -> Wiring:
    """The YAML document."""
    return yaml.safe_load((HARDWARE / "wiring.yml").read_text(encoding="utf-8"))


def read_carrier() -> list[dict[str, str]]:
    """The rows of carrier.csv."""
    with (HARDWARE / "carrier.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def terminals(wiring: Wiring, name: str, pins: list[object]) -> list[str]:
    """Terminals by label; a number is a pin of the connector, as WireViz reads it."""
    labels = wiring["connectors"][name]["pinlabels"]
    return [f"{name}:{pin if pin in labels else labels[int(str(pin)) - 1]}" for pin in pins]


def wires(wiring: Wiring) -> list[tuple[str, str, str]]:
    """(terminal, terminal, colour) of every wire. Raises ValueError for wrong counts."""
    out: list[tuple[str, str, str]] = []
    for left, cable, right in wiring["connections"]:
        (name, pins), (other, other_pins) = next(iter(left.items())), next(iter(right.items()))
        (bundle,) = cable
        ends = terminals(wiring, name, pins), terminals(wiring, other, other_pins)
        out += zip(*ends, wiring["cables"][bundle]["colors"], strict=True)
    return out


def reached(start: str, wiring: Wiring, carrier: list[dict[str, str]]) -> set[str]:
    """All terminals that a signal at start gets to, start not among them."""
    links: defaultdict[str, set[str]] = defaultdict(set)
    pairs = [(a, b) for a, b, _ in wires(wiring)]
    pairs += [
        (f"CARRIER:{part['from']}", f"CARRIER:{part['to']}")
        for part in carrier
        if part["role"] in SIGNAL_ROLES
    ]
    for a, b in pairs:
        links[a].add(b)
        links[b].add(a)
    seen, todo = {start}, [start]
    while todo:
        for terminal in links[todo.pop()] - seen:
            seen.add(terminal)
            todo.append(terminal)
    return seen - {start}
