"""A base in this computer: the base's own code and law on a radio that hangs on Blinka."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gate_station.core import airdesk, base, duty

from yellowgate.cli.context import write_whole
from yellowgate.cli.radioplan import radio_plan
from yellowgate.errors import GateError
from yellowgate.link.blinka import Built, Forward, OwnBase, open_radio, pins_of
from yellowgate.link.hostclock import HostClock

SPENT_FILE = "radio-airtime.json"
_MINUTE_S = 60
_KEPT_S = 2 * 3600


def own_base(url: str, radio: Mapping[str, Any] | None, clock: HostClock) -> OwnBase:
    """url: blinka:..., see blinka.pins_of. radio: of race.toml. Raises GateError."""
    pins = pins_of(url)
    plan = radio_plan(radio)
    modem = plan.settings.modem
    chip = open_radio(
        pins, plan.region.frequency_khz, modem.spreading_factor, plan.power_dbm, clock.monotonic_us
    )
    ledger = Ledger(plan.region.duty_us, clock.monotonic_us() // 1000, time.time)

    def build(forward: Forward) -> Built:
        speaker = base.Base(plan.settings, ledger, forward)
        desk = airdesk.AirDesk(chip, [speaker], plan.settings, lambda tick: tick)
        return desk.step, speaker.say

    return OwnBase(chip, clock, build)


class Ledger(duty.Duty):
    """Airtime of this computer's radio, kept in a file of its user: the law asks for any sliding
    hour, however often the program is started.

    now_ms: of the clock by which it will be asked, at this moment. utc_s: of the wall's. Raises
    GateError when the file cannot be written. Where the law knows no limit, nothing is kept.
    """

    def __init__(
        self,
        limit_us: int,
        now_ms: int,
        utc_s: Callable[[], float],
        path: Path | None = None,
    ) -> None:
        super().__init__(limit_us, -1)
        self._utc_s = utc_s
        self._path = path or _folder() / SPENT_FILE
        self._spent = _load(self._path) if limit_us else {}
        # A clock that was set back makes what was sent look later than now: it counts as now.
        utc_minute = int(utc_s()) // _MINUTE_S
        for minute in sorted(self._spent):
            age_ms = max(0, utc_minute - minute) * _MINUTE_S * 1000
            super().book(self._spent[minute], max(0, now_ms - age_ms))

    def book(self, airtime_us: int, now_ms: int) -> None:
        """See Duty: on disk before it is on air."""
        super().book(airtime_us, now_ms)
        if self.limits():
            now_s = int(self._utc_s())
            minute = now_s // _MINUTE_S
            self._spent[minute] = self._spent.get(minute, 0) + airtime_us
            oldest = (now_s - _KEPT_S) // _MINUTE_S
            self._spent = {at: us for at, us in self._spent.items() if at >= oldest}
            self._keep()

    def _keep(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GateError(f"{self._path.parent}: cannot be made ({error.strerror})") from error
        write_whole(self._path, json.dumps(self._spent))

    def limits(self) -> bool:
        """Does the law set a limit at all?"""
        return self.allowed_us(0) > 0


def _folder() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "yellowgate"


def _load(path: Path) -> dict[int, int]:
    """Microseconds by minute since 1970; nothing where the file is not there or no such thing."""
    try:
        kept: Any = json.loads(path.read_text())
        return {int(minute): int(us) for minute, us in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
