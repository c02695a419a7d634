"""What `gate listen` shows: arrivals as lines, the stations as a table below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gate_wire import kinds, packet
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from yellowgate.event.race_toml import RaceFile
from yellowgate.link.listener import News
from yellowgate.link.radio import TWICE, UNREBUILT
from yellowgate.link.service import utc_text
from yellowgate.records import Observation
from yellowgate.store.numbers import doubled_text

SHOWN = (kinds.TAG, kinds.PRESS, kinds.START, kinds.TAPS)
LATE_US = 60_000_000  # what comes so long after its touch is said to be late
HARMLESS = (TWICE, UNREBUILT)  # happen without anybody's fault or malice
CABLE = "cable"  # in the place of a signal
BACKLOG_MAX = 0xFF  # of a heartbeat: so many, or more
COLUMNS = ("station", "last word", "signal", "battery", "log", "backlog", "new")  # 80 letters


@dataclass
class Word:
    """The last word of a station, and what it last said of itself (beat: its radio's)."""

    at_us: int
    signal: str
    is_relayed: bool = False
    beat: packet.Beat | None = None
    records: int = 0


class View:
    """Lines go above the table, which shows who spoke when.

    names: of runners by tag; may be filled later. now_us: UTC since 1970.
    """

    def __init__(self, race: RaceFile, out: Console, now_us: Callable[[], int]) -> None:
        self.names: dict[str, str] = {}
        self._race = race
        self._out = out
        self._now_us = now_us
        self._words: dict[int, Word] = {}
        self._refused: Counter[str] = Counter()
        self._doubled: set[int] = set()  # numbers that two stations have
        self._gone_us = 0  # since when nobody is there to be listened to; 0: somebody is

    def live(self, what: str) -> Live:
        """The view on the terminal, as a context; in a pipe the table comes at the end. what: is
        listened to.
        """
        self._out.print(Text(f"Listening to {what}; Ctrl-C ends it.", style="dim"))
        return Live(get_renderable=self.view, console=self._out, refresh_per_second=1)

    # What happens

    def radio(self, news: News, rssi_dbm: int, snr_db: int) -> None:
        """A packet was taken."""
        heard = news.heard
        word = self._word(heard.address)
        word.signal = f"{rssi_dbm} dBm, {snr_db} dB"
        word.is_relayed = heard.hops > 0
        word.beat = heard.beat or word.beat
        for row in news.observations:
            self._record(heard.address, row)
        if news.twin and heard.address not in self._doubled:
            self._doubled.add(heard.address)
            self.trouble(doubled_text(heard.address, *sorted((heard.log_id, news.twin))))

    def cable(self, station_id: int, row: Observation) -> None:
        """A record came over the cable."""
        self._record(station_id, row)

    def meet(self, station_id: int) -> None:
        """A station is on the cable."""
        self._word(station_id).signal = CABLE

    def refused(self, counts: Mapping[str, int]) -> None:
        """How many packets were refused for which reason, since the start."""
        self._refused = Counter(counts)

    def trouble(self, text: str) -> None:
        """Something that does not end the listening."""
        self._out.print(Text(text, style="bold red"))

    def gone(self, text: str) -> None:
        """Nobody is there any more: said loudly, and shown until back()."""
        self._gone_us = self._now_us()
        if self._out.is_terminal:
            self._out.bell()
        self.trouble(text)

    def back(self, url: str) -> None:
        """Somebody is there again."""
        away_us, self._gone_us = self._now_us() - self._gone_us, 0
        text = f"{url}: back after {span(away_us)}; going on"
        self._out.print(Text(text, style="bold green"))

    def _word(self, station_id: int) -> Word:
        word = self._words.setdefault(station_id, Word(0, ""))
        word.at_us = self._now_us()
        return word

    def _record(self, station_id: int, row: Observation) -> None:
        self._word(station_id).records += 1
        if row.kind not in SHOWN:
            return
        tag = row.body.hex()
        parts = [
            utc_text(row.station_utc_us),
            self._name(station_id),
            row.kind_name,
            self.names.get(tag, tag),
            self._late(row.station_utc_us),
        ]
        self._out.print(Text("  ".join(part for part in parts if part)))

    def _name(self, station_id: int) -> str:
        entry = self._race.station(station_id)
        return f"{entry.name if entry else 'station'} ({station_id})"

    def _late(self, utc_us: int | None) -> str:
        late_us = self._now_us() - utc_us if utc_us is not None else 0
        return f"({span(late_us)} late)" if late_us > LATE_US else ""

    # The table

    def view(self) -> RenderableType:
        """As of now."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in COLUMNS:
            table.add_column(name, justify="left" if name == "station" else "right")
        of_race = {entry.id for entry in self._race.stations if entry.role != "base"}
        for station_id in sorted(of_race | set(self._words)):
            table.add_row(Text(self._name(station_id)), *self._cells(self._words.get(station_id)))
        parts: list[RenderableType] = ["", table]
        if self._gone_us:
            away = span(self._now_us() - self._gone_us)
            parts.append(Text(f"NO CONNECTION for {away}", style="bold white on red"))
        refusals = self._refusals()
        if refusals:
            parts.append(Text(refusals, style="yellow"))
        return Group(*parts)

    def _cells(self, word: Word | None) -> list[str | Text]:
        if word is None:
            return [Text("not yet", style="dim")]
        age_us = max(0, self._now_us() - word.at_us)
        # Whoever is on the cable speaks only when somebody taps.
        is_silent = word.signal != CABLE and age_us > self._race.rules.silent_s * 1_000_000
        age = f"{span(age_us)}, relayed" if word.is_relayed else f"{span(age_us)} ago"
        silent = Text(f"silent {span(age_us)}", style="bold red")
        cells: list[str | Text] = [silent if is_silent else age, word.signal]
        beat = word.beat
        if beat is None:
            return [*cells, "", "", "", str(word.records)]
        backlog = f"{beat.backlog}{'+' if beat.backlog == BACKLOG_MAX else ''}"
        battery = f"{beat.battery_mv / 1000:.2f} V" if beat.battery_mv else "unknown"
        full = f"{beat.fill_permille / 10:.0f} %"
        return [*cells, battery, full, backlog, str(word.records)]

    def _refusals(self) -> str:
        found = [
            f"{count} {why}"
            for why, count in sorted(self._refused.items())
            if count and why not in HARMLESS
        ]
        return f"packets refused: {', '.join(found)}" if found else ""


def span(us: int) -> str:
    """A span of time for people, in whole units: "7 s", "12 min", "3 h"."""
    seconds = us // 1_000_000
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
