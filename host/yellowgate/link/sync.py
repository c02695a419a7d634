"""The sync: compare clocks, fetch what is missing, keep the tip. Safe to repeat and to break off.

Each chunk is in the store before the next is read, and what to ask for is computed from the store
alone: so a sync that was killed goes on where it was, and two at once bring each record once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gate_wire import bodies, kinds, message, permit

from yellowgate.clock import laptops
from yellowgate.clock.sampling import SAMPLES, Pair, Sample, best_pair, needs_setting
from yellowgate.errors import NotPermitted, StationError
from yellowgate.link.hostclock import HostClock, can_be_told
from yellowgate.link.port import Port
from yellowgate.link.session import Session
from yellowgate.model import Runner
from yellowgate.records import EPOCH_2020_US, Observation
from yellowgate.store import numbers
from yellowgate.store.store import Store

PAIR_AGE_MIN_US = 600_000_000  # a pair of the same laptop younger than this is not repeated
RECORDS_PER_COMMIT = 500
ASKED_BYTES_MAX = 256  # a station takes no longer request
SETTLED_US = 4_500_000  # after a clock was set, until its 1 Hz edges are tied to ticks again

Progress = Callable[[int, int], None]
"""Called with (numbers looked at, numbers to look at)."""


@dataclass
class SyncResult:
    """What a sync of one station brought."""

    url: str
    station_id: int
    role: str
    name: str
    log_id: str
    new: int = 0
    next_seq: int = 0
    lost: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    fill_permille: int = 0
    damaged_frames: int = 0
    clock_bound_us: int | None = None
    clock_ahead_us: int | None = None  # the station's clock less this laptop's, before it was set
    clock_was_set: bool = False
    clock_problem: str = ""  # why the clocks were not compared, or nothing was recorded of it
    clock_locked: bool = False  # it should be set, and the station asks for a key for that


def sync(
    port: Port,
    store: Store,
    clock: HostClock,
    progress: Progress = lambda _done, _total: None,
    set_clock: bool = False,
    tags: Sequence[bytes] = (),
    race_key: bytes = b"",
) -> SyncResult:
    """Download from the station behind this port. Raises GateError; what arrived stays stored.

    Downloading depends on nobody's clock: what keeps the clocks from being compared is told in
    the result. set_clock: set the station's clock even when it is about right; one that is unset
    or far off is set anyway. race_key: who has it may set clocks; the time of others is recorded
    and sets nothing. tags: UIDs of the roster, for the station to know.
    """
    session = Session(port, clock.monotonic_us, race_key)
    welcome = session.hello()
    log_id = welcome.log_id.hex()
    numbers.met(store, log_id, welcome.station_id, welcome.role)
    result = SyncResult(
        port.url,
        welcome.station_id,
        kinds.ROLE_NAMES.get(welcome.role, "?"),
        welcome.name,
        log_id,
        fill_permille=welcome.fill_permille,
    )
    try:
        _compare_clocks(session, store, clock, welcome, result, set_clock)
    except StationError as error:  # its log is full, its battery empty: records come all the more
        result.clock_problem = str(error).removeprefix(f"{port.url}: ")
    next_seq, tag = session.tip()
    _download(session, store, welcome.log_id, next_seq, result, progress)
    if result.clock_was_set and not result.clock_problem:
        _wait(session, clock, SETTLED_US)
        try:
            _store_pair(session, store, clock, log_id, _pair(session, clock)[0])
        except StationError as error:
            result.clock_problem = str(error).removeprefix(f"{port.url}: ")
        next_seq, tag = session.tip()
        _download(session, store, welcome.log_id, next_seq, result, progress)
    # The numbers below the tip were asked for; what still is not here, the station itself lost.
    store.add_tip(log_id, next_seq, tag)
    result.next_seq = next_seq
    result.lost = store.missing(log_id, next_seq)
    result.damaged_frames = session.damaged_frames
    if tags and welcome.role != kinds.BASE:
        tell_tags(session, tags)
    return result


def known_tags(roster: Iterable[Runner]) -> list[bytes]:
    """The tags of a roster in the order in which stations are told them: by radio, the place of
    a tag in it stands for the tag. Raises ValueError when one is no hexadecimal number.
    """
    return [bytes.fromhex(tag) for runner in roster for tag in runner.tags]


def tell_tags(session: Session, tags: Sequence[bytes]) -> None:
    """Let the station know these UIDs in place of all before, until it is switched off: it greets
    them as known, and by radio their places in this order stand for them.
    """
    payload = bytearray((1,))
    for uid in tags:
        if len(payload) + 1 + len(uid) > ASKED_BYTES_MAX:
            session.ask(message.KNOWN_TAGS, bytes(payload), message.OK)
            payload = bytearray(1)
        payload.append(len(uid))
        payload += uid
    session.ask(message.KNOWN_TAGS, bytes(payload), message.OK)


def _download(
    session: Session,
    store: Store,
    log_id: bytes,
    next_seq: int,
    result: SyncResult,
    progress: Progress,
) -> None:
    """Each number once. What comes may show that what was here is none of the station's: then it
    is asked for, too.
    """
    asked: set[int] = set()
    done = 0
    while ranges := _not_in(asked, store.wanted(log_id.hex(), next_seq)):
        total = done + sum(end - start for start, end in ranges)
        progress(done, total)
        for batch, looked_at in _batches(session, ranges, log_id):
            result.new += store.add_observations((log_id.hex(), raw) for raw in batch)
            done += looked_at
            progress(done, total)
        asked.update(seq for start, end in ranges for seq in range(start, end))
    if not done:
        progress(0, 0)


def _not_in(asked: set[int], ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges without those that were asked for whole."""
    return [(start, end) for start, end in ranges if not asked.issuperset(range(start, end))]


def _batches(
    session: Session, ranges: list[tuple[int, int]], log_id: bytes
) -> Iterator[tuple[list[bytes], int]]:
    """Records in lots of about RECORDS_PER_COMMIT, each with how many numbers it settles.

    What has arrived is handed over also when the line breaks: nothing is fetched twice.
    """
    batch: list[bytes] = []
    looked_at = 0
    try:
        for start, end in ranges:
            for chunk in session.read(start, end, log_id):
                batch += [raw for _, raw in chunk.records]
                looked_at += chunk.next_seq - chunk.first_seq
                if len(batch) >= RECORDS_PER_COMMIT:
                    yield batch, looked_at
                    batch, looked_at = [], 0
    except Exception:
        yield batch, looked_at
        raise
    yield batch, looked_at


def _compare_clocks(
    session: Session,
    store: Store,
    clock: HostClock,
    welcome: message.Welcome,
    result: SyncResult,
    set_clock: bool,
) -> None:
    """Take samples, have the best pair written into the station's log, set an unset clock. Raises
    StationError.
    """
    now_us = clock.utc_us()
    if not can_be_told(now_us):
        year = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now_us)).year
        result.clock_problem = f"this laptop's clock says {year}: set it, then sync again"
        return
    pair, station_utc_us = _pair(session, clock)
    result.clock_bound_us = pair.bound_us
    if station_utc_us is not None:
        result.clock_ahead_us = station_utc_us - pair.utc_us
    if set_clock or needs_setting(station_utc_us, pair):
        result.clock_locked = not set_clock and session.lacks_key()
    refusal: NotPermitted | None = None
    if (set_clock or needs_setting(station_utc_us, pair)) and not result.clock_locked:
        try:
            session.set_clock(_body(bodies.CLOCK_SET, clock, pair), welcome)
            result.clock_was_set = True
        except NotPermitted as error:  # its time is recorded all the same
            refusal = error
    if result.clock_was_set or not _has_fresh_pair(store, clock, welcome, pair.uptime_us):
        _store_pair(session, store, clock, result.log_id, pair)
    if refusal is not None:
        raise refusal


def _store_pair(session: Session, store: Store, clock: HostClock, log_id: str, pair: Pair) -> None:
    name = _name_to_tell(store, clock, log_id)
    session.store_pair(_body(bodies.CLOCK_PAIR, clock, pair), name)


def _name_to_tell(store: Store, clock: HostClock, log_id: str) -> bytes:
    """This laptop's name as a station takes it, b"" where its log has it already, as far as is
    known here.
    """
    name = clock.name.encode()[: permit.LAPTOP_NAME_BYTES_MAX].decode(errors="ignore").encode()
    log = store.log(log_id)
    is_known = log is not None and name in laptops.names_in(log).get(clock.reference_id, ())
    return b"" if is_known or not name else name


def _body(what: int, clock: HostClock, pair: Pair) -> bodies.Clock:
    return bodies.Clock(
        what,
        clock.reference,
        clock.reference_id,
        pair.uptime_us,
        pair.utc_us - EPOCH_2020_US,
        pair.bound_us,
    )


def _wait(session: Session, clock: HostClock, span_us: int) -> None:
    """Let the station's clock run on, listening."""
    until_us = clock.monotonic_us() + span_us
    while clock.monotonic_us() < until_us:
        session.news()


def _pair(session: Session, clock: HostClock) -> tuple[Pair, int | None]:
    """The best pair of several samples, and what the station's clock shows then (since 1970)."""
    samples: list[Sample] = []
    station_utc_us: dict[int, int | None] = {}
    for _ in range(SAMPLES):
        utc_of_zero_us = clock.utc_us() - clock.monotonic_us()
        asked_us, answered_us, uptime_us, utc_us, _quality = session.time_sample()
        samples.append(Sample(asked_us + utc_of_zero_us, uptime_us, answered_us + utc_of_zero_us))
        known = utc_us != message.UTC_US_UNKNOWN
        station_utc_us[uptime_us] = utc_us + EPOCH_2020_US if known else None
    try:
        pair = best_pair(samples)
    except ValueError as error:
        raise StationError(f"{session.port.url}: clocks cannot be compared ({error})") from error
    return pair, station_utc_us[pair.uptime_us]


def _has_fresh_pair(
    store: Store, clock: HostClock, welcome: message.Welcome, uptime_us: int
) -> bool:
    """Did this laptop write a pair into this boot of this log a moment ago?"""

    def is_ours(row: Observation) -> bool:
        body = bodies.unpack_clock(row.body) if row.kind == kinds.CLOCK else None
        return (
            body is not None
            and body.what == bodies.CLOCK_PAIR
            and body.reference == clock.reference  # by radio it is far less exact
            and body.reference_id == clock.reference_id
            and 0 <= uptime_us - body.uptime_us < PAIR_AGE_MIN_US
        )

    return any(is_ours(row) for row in store.boot_observations(welcome.log_id.hex(), welcome.boot))
