"""gate listen: what stations say, as they say it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from gate_wire import kinds, message, record
from rich.live import Live
from rich.table import Table

from yellowgate.cli.context import RaceFolder, console, race_option
from yellowgate.errors import GateError
from yellowgate.link.hostclock import HostClock, this_laptop
from yellowgate.link.listener import Listener, News
from yellowgate.link.port import SerialPort
from yellowgate.link.radio import Ears, air_keys
from yellowgate.link.radiosetup import race_key
from yellowgate.link.session import Session
from yellowgate.model import Observation, observation
from yellowgate.store.store import Store

LOOK_US = 30_000_000  # so often another program's records are looked for


@dataclass
class Word:
    """The last word of a station."""

    at_us: int
    rssi_dbm: int
    snr_db: int
    battery_mv: int = 0
    backlog: int = 0
    records: int = 0


@click.command()
@click.option("--port", "url", required=True, metavar="URL", help="A base, or a station.")
@race_option
def listen(folder: RaceFolder, url: str) -> int:
    """Live from a base (LoRa) or from a station on the cable, until Ctrl-C.

    Everything is stored at once, and only then acknowledged. May run beside gate sync, be stopped
    and started at will.

    \b
    Example: gate listen --port /dev/ttyACM0
    """
    clock = this_laptop()
    port = SerialPort(url)
    try:
        session = Session(port, clock.monotonic_us)
        welcome = session.hello()
        store = folder.store()
        names = {runner.tag: runner.name for runner in folder.roster() if runner.tag}
        show = _Show(names)
        with Live(get_renderable=show.table, console=console(), refresh_per_second=1):
            if welcome.role == kinds.BASE:
                _from_base(session, store, _ears(folder, store), clock, show)
            else:
                _from_station(session, store, welcome, clock, show)
    finally:
        port.close()
    return 0


def _ears(folder: RaceFolder, store: Store) -> Ears:
    race = folder.race()
    ids = [station.id for station in race.stations] or list(range(1, 9))
    first_keys = store.first_keys()
    if not first_keys:
        raise GateError(
            "no station of this race is known: gate station flash prepares one, gate sync meets it"
        )
    return Ears(
        air_keys(race_key(race.radio), ids, first_keys),
        first_keys,
        [bytes.fromhex(runner.tag) for runner in folder.roster() if runner.tag],
        [(log_id, raw) for log_id, _, raw in store.raw_records()],
        store.counters(),
    )


def _from_base(session: Session, store: Store, ears: Ears, clock: HostClock, show: _Show) -> None:
    listener = Listener(store, ears)
    look_us = clock.monotonic_us() + LOOK_US
    while True:
        if clock.monotonic_us() > look_us:  # what gate sync brought need not be told by radio
            look_us = clock.monotonic_us() + LOOK_US
            ears.stored((log_id, raw) for log_id, _, raw in store.raw_records())
        for event in session.news():
            told = (
                message.unpack_radio_in(event.payload) if event.kind == message.RADIO_IN else None
            )
            if told is None:
                continue
            uptime_us, rssi_dbm, snr_db, data = told
            heard_at = _when(session, clock, uptime_us)
            news = listener.hear(data, clock.utc_us(), heard_at)
            if news is not None:
                session.say(message.RADIO_OUT, news.answer)
                show.radio(news, rssi_dbm, snr_db, clock.utc_us())


def _when(session: Session, clock: HostClock, uptime_us: int) -> Callable[[], tuple[int, int]]:
    """When the base had received a packet, by this laptop's clock; the base is asked its time."""

    def ask() -> tuple[int, int]:
        asked_us, answered_us, base_us, _, _ = session.time_sample()
        half_us = (answered_us - asked_us) // 2
        ago_us = clock.monotonic_us() - answered_us + half_us + base_us - uptime_us
        return clock.utc_us() - ago_us, half_us

    return ask


def _from_station(
    session: Session, store: Store, welcome: message.Welcome, clock: HostClock, show: _Show
) -> None:
    log_id = welcome.log_id.hex()
    session.ask(message.TAIL, b"\x01", message.OK)
    for raw in _tail(session):
        try:
            row = observation(raw, log_id)
        except ValueError:
            continue  # damaged on the way: gate sync brings it
        store.add_observations([(log_id, raw)])
        show.cable(welcome.station_id, row, clock.utc_us())


def _tail(session: Session) -> Iterator[bytes]:
    while True:
        for event in session.news():
            if event.kind != message.RECORDS:
                continue
            at = message.RECORDS_HEAD_BYTES
            while length := record.length_at(event.payload, at):
                yield event.payload[at : at + length]
                at += length


class _Show:
    """Arrivals as lines, stations as a table below them. names: of runners by tag."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._words: dict[int, Word] = {}
        self._console = console()

    def radio(self, news: News, rssi_dbm: int, snr_db: int, now_us: int) -> None:
        """A packet was taken."""
        word = self._words.setdefault(news.heard.address, Word(now_us, rssi_dbm, snr_db))
        word.at_us, word.rssi_dbm, word.snr_db = now_us, rssi_dbm, snr_db
        if news.heard.beat is not None:
            word.battery_mv, word.backlog = news.heard.beat.battery_mv, news.heard.beat.backlog
        for row in news.observations:
            self._line(news.heard.address, row, word)

    def cable(self, station_id: int, row: Observation, now_us: int) -> None:
        """A record came over the cable."""
        word = self._words.setdefault(station_id, Word(now_us, 0, 0))
        word.at_us = now_us
        self._line(station_id, row, word)

    def _line(self, station_id: int, row: Observation, word: Word) -> None:
        word.records += 1
        if row.kind not in (kinds.TAG, kinds.PRESS, kinds.START, kinds.TAPS):
            return
        when = "without a clock"
        if row.station_utc_us is not None:
            when = datetime.fromtimestamp(row.station_utc_us / 1e6, UTC).strftime("%H:%M:%S UTC")
        tag = row.body.hex()
        who = self._names.get(tag, tag) if tag else ""
        self._console.print(f"{when}  station {station_id}  {row.kind_name}  {who}")

    def table(self) -> Table:
        """Who spoke when."""
        table = Table(title="Stations", title_justify="left")
        for name in ("station", "last word", "RSSI", "SNR", "battery", "backlog", "records"):
            table.add_column(name, justify="right")
        now_us = time.time_ns() // 1000
        for station_id, word in sorted(self._words.items()):
            table.add_row(
                str(station_id),
                f"{max(0, now_us - word.at_us) // 1_000_000} s ago",
                f"{word.rssi_dbm} dBm" if word.rssi_dbm else "cable",
                f"{word.snr_db} dB" if word.rssi_dbm else "",
                f"{word.battery_mv / 1000:.2f} V" if word.battery_mv else "",
                f"{word.backlog}{'+' if word.backlog == 0xFF else ''}",
                str(word.records),
            )
        return table
