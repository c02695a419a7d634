"""The [radio] section of race.toml, checked as a station checks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gate_station.core import airplan, config

from yellowgate.errors import GateError
from yellowgate.link.radiosetup import station_settings


def radio_plan(radio: Mapping[str, Any] | None) -> airplan.Plan:
    """Region, modem and law. Raises GateError where a station would refuse or change something."""
    region, _, settings = station_settings(radio, 0)
    if region == "none":
        raise GateError('race.toml, [radio]: write where this is: region = "US915" or "EU868"')
    told = json.dumps({"region": region, "radio": settings})
    plan = airplan.Plan(config.parse(told))
    if plan.problems:
        raise GateError(f"race.toml, [radio]: {plan.problems[0]}")
    return plan
