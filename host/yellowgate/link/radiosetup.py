"""From the [radio] section of race.toml to what stations and host need: keys and settings.

The race's key stands there. From it come a station's keys, for its radio and for its cable.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from gate_wire import packet, permit

from yellowgate.errors import GateError

RACE_KEY_BYTES = 16
_NUMBERS = (  # in race.toml; in station.json; factor between them
    ("spreading_factor", "spreading_factor", 1),
    ("power_dbm", "power_dbm", 1),
    ("frequency_mhz", "frequency_khz", 1000),
    ("heartbeat_s", "beat_s", 1),
)


def new_race_key() -> str:
    """A fresh key for race.toml, in hex."""
    return secrets.token_hex(RACE_KEY_BYTES)


def race_key(radio: Mapping[str, Any] | None) -> bytes:
    """The race's key. Raises GateError with the line to write when there is none."""
    text = str((radio or {}).get("key", ""))
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != RACE_KEY_BYTES:
        raise GateError(
            "race.toml has no radio key: under [radio] write key = and in quotes 32 hex digits "
            "that nobody knows (openssl rand -hex 16); give it to the stations: gate station flash"
        )
    return key


def key_if_any(radio: Mapping[str, Any] | None) -> bytes:
    """The race's key, b"" where there is none: then stations obey anybody on their cable, and
    those of others do not obey here. Raises GateError for one that is no key.
    """
    return race_key(radio) if (radio or {}).get("key") else b""


def cable_key(key_of_race: bytes, station_id: int) -> str:
    """In hex, as station.json wants it: who may change this station by its cable."""
    return permit.cable_key(key_of_race, station_id).hex() if key_of_race else ""


def station_settings(
    radio: Mapping[str, Any] | None, station_id: int
) -> tuple[str, str, dict[str, Any]]:
    """(region, key in hex, radio settings) of a station, as station.json wants them.

    Raises GateError when race.toml has no key, or what it says makes no sense.
    """
    table = dict(radio or {})
    key = packet.station_key(race_key(radio), station_id).hex()
    settings: dict[str, Any] = {}
    for name, told_as, factor in _NUMBERS:
        if name in table:
            settings[told_as] = round(_number(table, name) * factor)
    relays = relays_of(table)
    if station_id in relays:
        settings["relay_for"] = relays[station_id]
    hops = sum(station_id in served for served in relays.values())
    if "hops" in table:
        hops = round(_number(table, "hops"))
    if hops:
        settings["hops"] = min(hops, packet.HOPS_MAX)
    return str(table.get("region", "US915")), key, settings


def _number(radio: Mapping[str, Any], name: str) -> float:
    value = radio[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise GateError(f"race.toml, [radio]: {name} must be a number, not {value!r}")
    return value


def relays_of(radio: Mapping[str, Any]) -> dict[int, list[int]]:
    """Which station says on what it hears of which: relay_for = { 2 = [1] } in race.toml.

    Raises GateError.
    """
    told: Any = radio.get("relay_for", {})
    relays: dict[int, list[int]] = {}
    try:
        for relay, served in told.items():
            relays[int(relay)] = [int(one) for one in served]
    except (AttributeError, TypeError, ValueError):
        relays = {-1: []}
    numbers = {*relays, *(one for served in relays.values() for one in served)}
    is_own = any(relay in served for relay, served in relays.items())
    if is_own or any(not 0 <= one <= packet.STATION_ADDRESS_MAX for one in numbers):
        raise GateError(
            "race.toml, [radio]: relay_for says which station relays for which others, by their "
            "numbers: relay_for = { 2 = [1] }"
        )
    return relays
