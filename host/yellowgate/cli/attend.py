"""What `gate serve` does with who is plugged in: a station is synced and then listened to, a base
is listened to, as `gate sync` and `gate listen` do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from gate_wire import kinds, message

from yellowgate.cli.context import RaceFolder, Screen
from yellowgate.cli.listen import Room
from yellowgate.cli.listenview import View
from yellowgate.errors import GateError
from yellowgate.link.attend import Attendant, Report, plugged_in
from yellowgate.link.base import UsbBase
from yellowgate.link.hostclock import HostClock, this_laptop
from yellowgate.link.line import Tail
from yellowgate.link.listener import News
from yellowgate.link.port import Port, SerialPort
from yellowgate.link.session import Session
from yellowgate.link.sync import SyncResult, known_tags, sync
from yellowgate.records import Observation
from yellowgate.store import numbers

AGAIN_US = 1_800_000_000  # a station on the cable is synced anew so often: its clock is compared
SEEN = (kinds.TAG, kinds.TAPS)

Tapped = Callable[[str, str], None]
"""A tag was held to a station on the cable: (the station's name, UID in hex)."""


class Quiet(View):
    """`gate listen`'s view of the radio, for a page: what it says becomes the port's text."""

    def __init__(self, folder: RaceFolder, clock: HostClock, report: Report, name: str) -> None:
        super().__init__(folder.race(), Screen(quiet=True), clock.utc_us)
        self._report = report
        self._about = name
        self._packets = 0
        self._trouble = ""

    def radio(self, news: News, rssi_dbm: int, snr_db: int) -> None:
        """A packet was taken."""
        super().radio(news, rssi_dbm, snr_db)
        self._packets += 1
        self._trouble = ""
        self._say(f"last packet {rssi_dbm} dBm, {snr_db} dB")

    def trouble(self, text: str) -> None:
        """Something that does not end the listening."""
        self._trouble = text
        self._say("")

    def _say(self, text: str) -> None:
        words = f"{self._packets} packets" + (f", {text}" if text else "")
        self._report("listening", f"{self._trouble} ({words})" if self._trouble else words)


class Desk:
    """Serves one station after the other greets. on_tap: see Tapped."""

    def __init__(self, folder: RaceFolder, clock: HostClock, on_tap: Tapped) -> None:
        self._folder = folder
        self._clock = clock
        self._on_tap = on_tap

    def serve(self, port: Port, session: Session, welcome: message.Welcome, report: Report) -> None:
        """Until the line breaks."""
        if welcome.role == kinds.BASE:
            self._base(session, welcome, report)
        else:
            self._station(port, session, welcome, report)

    def _base(self, session: Session, welcome: message.Welcome, report: Report) -> None:
        store = self._folder.store()
        numbers.met(store, welcome.log_id.hex(), welcome.station_id, welcome.role)
        store.close()
        report("listening", "no packet yet")
        room = Room(self._folder, self._folder.race(), self._clock)
        view = Quiet(self._folder, self._clock, report, welcome.name)
        room.follow(UsbBase(session, self._clock), view)

    def _station(
        self, port: Port, session: Session, welcome: message.Welcome, report: Report
    ) -> None:
        store = self._folder.store()
        try:
            tail = Tail()
            while True:
                said = self._sync(port, report)
                report("listening", said)
                again_us = self._clock.monotonic_us() + AGAIN_US
                for row in tail.rows(session, welcome):
                    if row is not None:
                        store.add_observations([(row.log_id, row.raw)])
                        self._tapped(welcome, row)
                    if self._clock.monotonic_us() >= again_us:
                        break
        finally:
            store.close()

    def _sync(self, port: Port, report: Report) -> str:
        store = self._folder.store()
        try:
            tags, trouble = known_tags(self._folder.roster()), ""
        except GateError as error:  # records come first
            tags, trouble = [], f"; {error}; it was not told who is on the roster"
        report("syncing")

        def progress(done: int, total: int) -> None:
            report("syncing", "", done, total)

        try:
            key = self._folder.race_key()
            result = sync(port, store, self._clock, progress, False, tags, key)
            return sync_words(result) + trouble
        finally:
            store.close()

    def _tapped(self, welcome: message.Welcome, row: Observation) -> None:
        if row.kind in SEEN:
            self._on_tap(welcome.name or f"station {welcome.station_id}", row.body.hex())


def sync_words(result: SyncResult) -> str:
    """What a sync brought, in one line."""
    words = f"{result.new} new records of {result.next_seq}"
    lost = sum(end - start for start, end in result.lost)
    if lost:
        words += f", {lost} lost on the station"
    if result.fill_permille >= 800:  # as the station itself begins to say it
        words += f", its log is {result.fill_permille / 10:.0f} % full"
    if result.clock_problem:
        words += f"; clock not compared: {result.clock_problem}"
    return words


def attendant(
    folder: RaceFolder,
    urls: Iterable[str],
    on_tap: Tapped,
    on_change: Callable[[], None],
    look: Callable[[], Mapping[str, str]] = plugged_in,
) -> Attendant:
    """Attends to what is plugged in, and to these URLs."""
    clock = this_laptop()
    return Attendant(
        look, SerialPort, Desk(folder, clock, on_tap).serve, clock.utc_us, time.monotonic,
        tuple(urls), on_change,
    )  # fmt: skip
