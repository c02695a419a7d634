"""gate listen: what stations say, as they say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click
from gate_wire import kinds, message, packet

from yellowgate.cli.context import RaceFolder, console, race_option
from yellowgate.errors import GateError, PortError, StoreError
from yellowgate.event.race_toml import RaceFile
from yellowgate.link.radio import Ears, air_keys
from yellowgate.link.radiosetup import race_key

if TYPE_CHECKING:
    from yellowgate.cli.listenview import View
    from yellowgate.link.base import Base
    from yellowgate.link.hostclock import HostClock
    from yellowgate.link.line import Tail
    from yellowgate.link.session import Session
    from yellowgate.records import Records
    from yellowgate.store.store import Store

LOOK_US = 10_000_000  # so often it is looked what other programs stored


@click.command()
@click.option(
    "--port",
    "url",
    metavar="URL",
    help="A base or a station (default: the one on USB); blinka: for a radio of this computer.",
)
@race_option
def listen(folder: RaceFolder, url: str | None) -> int:
    """Live from a base (LoRa) or from a station on the cable, until Ctrl-C.

    Everything is stored at once, and only then acknowledged. May run beside gate sync, be stopped
    and started at will. A port that goes is waited for, and it goes on by itself.

    A radio that hangs on this computer itself needs the extra lora. It is `blinka:` with Adafruit's
    LoRa bonnet 4074 on a Raspberry Pi; else its pins are named as Blinka names them, of cs, reset,
    sck, mosi and miso those that differ: `blinka:cs=C0,reset=C1` behind an FT232H, with
    BLINKA_FT232H=1 in the environment.

    \b
    Example: gate listen --port /dev/ttyACM0
             gate listen --port blinka:
             BLINKA_FT232H=1 gate listen --port blinka:cs=C0,reset=C1
    """
    from yellowgate.cli.listenview import View
    from yellowgate.cli.station import the_port
    from yellowgate.link.blinka import SCHEME
    from yellowgate.link.hostclock import this_laptop

    clock = this_laptop()
    race = folder.race()
    view = View(race, console(), clock.utc_us)
    try:
        if url is not None and url.startswith(SCHEME):
            from yellowgate.cli.ownbase import own_base  # Blinka takes a while to load

            room = Room(folder, race, clock)
            base = own_base(url, race.radio, clock)
            with view.live(f"the radio of this computer, {url}"):
                room.follow(base, view)
        else:
            _on_cable(folder, race, the_port(url), clock, view)
    except KeyboardInterrupt:
        pass
    return 0


def _on_cable(folder: RaceFolder, race: RaceFile, url: str, clock: HostClock, view: View) -> None:
    """Without end: a port that goes is waited for, under any name."""
    from yellowgate.cli.station import gone_text, standing_line
    from yellowgate.link.base import UsbBase
    from yellowgate.link.line import Tail
    from yellowgate.store import numbers

    line = standing_line(url)
    try:
        session, welcome = line.connect()
        store = folder.store()
        numbers.met(store, welcome.log_id.hex(), welcome.station_id, welcome.role)
        is_base = welcome.role == kinds.BASE
        room = Room(folder, race, clock) if is_base else None
        follower = Tail()
        view.names = _names(folder)
        with view.live(f"{welcome.name or ('a base' if is_base else 'a station')} on {url}"):
            while True:
                try:
                    if room is not None:
                        room.follow(UsbBase(session, clock), view)
                    else:
                        _follow(follower, session, welcome, store, view)
                except PortError as error:
                    view.gone(gone_text(error))
                    session, welcome = line.again()
                    numbers.met(store, welcome.log_id.hex(), welcome.station_id, welcome.role)
                    view.back(line.url)
    finally:
        line.close()


def _follow(
    follower: Tail, session: Session, welcome: message.Welcome, store: Store, view: View
) -> None:
    """A station on the cable, until it goes (PortError)."""
    view.meet(welcome.station_id)
    for row in follower.rows(session, welcome):
        if row is not None:
            store.add_observations([(row.log_id, row.raw)])
            view.cable(welcome.station_id, row)


def _names(folder: RaceFolder) -> dict[str, str]:
    return {tag: runner.name for runner in folder.roster() for tag in runner.tags}


class Room:
    """What the laptop knows of the race, kept up with what other programs store meanwhile.

    Raises GateError when there is nothing to listen for.
    """

    def __init__(self, folder: RaceFolder, race: RaceFile, clock: HostClock) -> None:
        from yellowgate.link.listener import Listener

        self._folder = folder
        self._clock = clock
        self._key = race_key(race.radio)
        self._store = folder.store()
        stations = [station.id for station in race.stations]
        self._ears = Ears([], {}, [], expected=stations or range(packet.STATION_ADDRESS_MAX + 1))
        self._listener = Listener(self._store, self._ears, clock.reference_id)
        self._look_us = 0
        self._version = 0  # of the store, when it was looked at last
        self._look()
        if not self._ears.records():
            raise GateError(
                "no station's log is known: gate station flash prepares one, gate sync meets it"
            )

    def follow(self, base: Base, view: View) -> None:
        """Until the base goes (PortError)."""
        while True:
            self.step(base, view)

    def step(self, base: Base, view: View) -> None:
        """Take what the base hears within a moment, and answer it."""
        if self._clock.monotonic_us() >= self._look_us:
            self._look_us = self._clock.monotonic_us() + LOOK_US
            self._keep_up(view)
        for came in base.hear():
            try:
                news = self._listener.hear(came.data, self._clock.utc_us(), came.received)
            except StoreError as error:
                view.trouble(f"{error}; not acknowledged: the station will tell it again")
                continue
            if news is not None:
                base.say(news.answer)
                view.radio(news, came.rssi_dbm, came.snr_db)
            view.refused(self._ears.refused)

    def _keep_up(self, view: View) -> None:
        try:
            self._look()
            view.names = _names(self._folder)
        except GateError as error:
            view.trouble(str(error))

    def _look(self) -> None:
        """What gate sync brought need not be told by radio; new logs and tags come in, too. Only
        what changed since the last look is read.
        """
        from yellowgate.link.sync import known_tags

        version, changed = self._store.newer(self._version)
        if version != self._version or not self._ears.records():
            self._know(self._logs(changed))
            self._version = version
        self._ears.know_roster(known_tags(self._folder.roster()))

    def _logs(self, changed: set[str]) -> Mapping[str, Records]:
        from yellowgate.store.changes import RULINGS
        from yellowgate.store.versions import Proof, proved

        if not self._version:
            found = dict(self._store.logs())
        else:
            read = ((log_id, self._store.log(log_id)) for log_id in changed - {RULINGS})
            found = {log_id: log for log_id, log in read if log is not None}
        # What anybody may have written must not be acknowledged in a station's place.
        proofs = self._store.proofs()
        return {log_id: proved(log, proofs.get(log_id, Proof())) for log_id, log in found.items()}

    def _know(self, logs: Mapping[str, Records]) -> None:
        first_keys = self._store.first_keys()
        new = (first_keys.keys() | logs.keys()) - self._ears.records().keys()
        if new:
            keys = air_keys(self._key, range(packet.STATION_ADDRESS_MAX + 1), sorted(new))
            self._ears.know_logs(keys, first_keys, self._store.counters())
        records = self._ears.records()
        for log_id, log in logs.items():
            known = records[log_id]
            rows = zip(log.seqs.tolist(), log.raws, strict=True)
            self._ears.stored((log_id, raw) for seq, raw in rows if known.get(seq) != raw)
