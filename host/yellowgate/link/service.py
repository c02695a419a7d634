"""Service of a station on the cable: what it is, how it feels, a new log."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from gate_wire import bodies, chain, kinds, message, record

from yellowgate.errors import PortError, StationError
from yellowgate.link import board, rawflash
from yellowgate.link.board import Cable
from yellowgate.link.line import Tail
from yellowgate.link.provision import Tell
from yellowgate.link.session import Session
from yellowgate.records import EPOCH_2020_US, Observation, observation
from yellowgate.store import numbers
from yellowgate.store.store import Store

NEW_LOG_WAIT_MS = 240_000  # erasing 512 KiB: 6 s typical, 53 s at worst
DOCTOR_WAIT_MS = 20_000
_PARTS = (
    (bodies.PART_BUTTON, "button"),
    (bodies.PART_READER, "reader"),
    (bodies.PART_RTC, "clock chip"),
    (bodies.PART_RTC_EDGE, "1 Hz edge"),
    (bodies.PART_RADIO, "radio"),
    (bodies.PART_BUZZER, "buzzer"),
    (bodies.PART_BATTERY, "battery sense"),
)


class Finding(NamedTuple):
    """What the doctor found at one part; state: ok, warning or missing."""

    part: str
    state: str
    text: str


def about(welcome: message.Welcome) -> list[tuple[str, str]]:
    """A greeting as names and values."""
    role = kinds.ROLE_NAMES.get(welcome.role, "?")
    parts = [name for bit, name in _PARTS if welcome.parts & bit]
    return [
        ("station", f"{welcome.station_id} {welcome.name}".strip() + f", {role}"),
        ("board", welcome.unique_id.hex()),
        ("firmware", ".".join(map(str, welcome.version)) + f", wire version {welcome.wire}"),
        ("parts", ", ".join(parts) or "none"),
        ("log", f"{welcome.log_id.hex()}, number {welcome.generation} of this board"),
        (
            "records",
            f"{welcome.next_seq}, {welcome.fill_permille / 10:.1f} % full, last tag "
            f"{welcome.tip_tag.hex()}",
        ),
        ("up", f"{welcome.uptime_ms / 1000:.0f} s since start {welcome.boot}"),
    ]


def info(session: Session) -> list[tuple[str, str]]:
    """All that a station says of itself, as names and values."""
    rows = about(session.hello())
    _, _, _, utc_us, quality = session.time_sample()
    known = utc_us != message.UTC_US_UNKNOWN
    when = utc_text(utc_us + EPOCH_2020_US) if known else "not set: gate sync sets it"
    runs_on = "DS3231" if quality & kinds.UTC_RTC else "the board's crystal"
    rows.append(("clock", f"{when}, on {runs_on}"))
    try:
        health = bodies.unpack_health(session.ask(message.HEALTH, b"", message.HEALTH_IS))
    except StationError as error:
        rows.append(("health", str(error)))
        return rows
    if health is not None:
        battery = f"{health.battery_mv / 1000:.2f} V" if health.battery_mv else "not measured"
        rows.append(("battery", f"{battery}, {health.temperature_c} °C"))
        rows.append(
            (
                "counters",
                f"{health.reader_resets} reader resets, {health.flash_retries} flash retries, "
                f"{health.radio_backlog} waiting for the radio, {health.line_errors} line errors",
            )
        )
    return rows


def doctor(session: Session) -> list[Finding]:
    """Ask the station to look at all its parts; takes a second or two."""
    session.hello()
    payload = session.ask(message.DOCTOR, b"", message.DOCTOR_IS, DOCTOR_WAIT_MS)
    findings: list[Finding] = []
    for line in payload.decode(errors="replace").splitlines():
        part, _, rest = line.partition("\t")
        state, _, text = rest.partition("\t")
        if state:
            findings.append(Finding(part, state, text))
    return findings


def tags(session: Session, welcome: message.Welcome) -> Iterator[str]:
    """The tags that are tapped from this call on, in hex, and "" again and again while there is
    none.
    """
    return (
        "" if row is None else row.body.hex()
        for row in Tail().rows(session, welcome)
        if row is None or row.kind in (kinds.TAG, kinds.TAPS)
    )


def written(session: Session, log_id: bytes) -> Iterator[Observation | None]:
    """Records as they are written from this call on; None again and again while there is none."""
    session.ask(message.TAIL, b"\x01", message.OK)
    return _written(session, log_id)


def _written(session: Session, log_id: bytes) -> Iterator[Observation | None]:
    """Each record that is written; None after each look at the line."""
    while True:
        for event in session.news():
            at = message.RECORDS_HEAD_BYTES
            while event.kind == message.RECORDS and at < len(event.payload):
                length = record.check(event.payload, at, log_id)
                if not length:
                    break
                yield observation(event.payload[at : at + length], log_id.hex())
                at += length
        yield None


def utc_text(utc_us: int | None) -> str:
    """A moment for people, "without a clock" when it is not known."""
    if utc_us is None:
        return "without a clock    "
    return datetime.fromtimestamp(utc_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


# A new log


def only_on_station(
    session: Session, store: Store, welcome: message.Welcome
) -> list[tuple[int, int]]:
    """Ranges [first, next) of records that the station has and this store has not.

    The station is asked for each number that is missing here, or of which only what anybody may
    have written is here: what it has lost itself is no reason to keep its log.
    """
    ranges: list[tuple[int, int]] = []
    log = store.log(welcome.log_id.hex())
    here = set(log.raws) if log is not None else set[bytes]()
    for first, end in store.wanted(welcome.log_id.hex(), welcome.next_seq):
        for chunk in session.read(first, end, welcome.log_id):
            for seq, raw in chunk.records:
                if raw in here:
                    continue
                if ranges and ranges[-1][1] == seq:
                    ranges[-1] = (ranges[-1][0], seq + 1)
                else:
                    ranges.append((seq, seq + 1))
    return ranges


def ranges_text(ranges: list[tuple[int, int]]) -> str:
    """Like "12, 40 to 44"."""
    return ", ".join(f"{at}" if end == at + 1 else f"{at} to {end - 1}" for at, end in ranges)


def new_log(
    cable: Cable, session: Session, store: Store, welcome: message.Welcome
) -> message.Welcome:
    """Begin a new log in the place of that of the welcome; what the station says after its restart.

    The key is in the store first. session: over the cable's port. Raises PortError when the
    station does not come back with this log, StationError when it refuses.
    """
    log_id = secrets.token_bytes(record.LOG_ID_BYTES)
    key = secrets.token_bytes(chain.KEY_BYTES)
    store.add_first_key(log_id.hex(), key)
    asked = message.pack_new_log(welcome.log_id, welcome.next_seq, log_id, key)
    with contextlib.suppress(PortError):  # the answer lost: after the restart its log tells
        session.permitted(welcome, message.NEW_LOG, asked, message.OK, NEW_LOG_WAIT_MS)
    try:
        found = cable.after_restart()
    except PortError as error:
        raise PortError(
            f"{error}; nothing that was stored is lost: gate station info shows which log it has"
        ) from error
    if found.log_id != log_id:
        raise PortError(f"{session.port.url}: no new log was begun, nothing changed; repeat")
    numbers.met(store, log_id.hex(), found.station_id, found.role)
    return found


# Rescue


def rescue(cable: Cable, keep: Callable[[str, bytes], int], tell: Tell) -> int:
    """Download the raw flash of a board and hand it over; how many records it held."""
    tell.step("looking for the board")
    repl = cable.repl()
    facts = board.facts(repl)
    tell.step("downloading the raw flash")
    image = rawflash.download(repl, rawflash.survey(repl), tell.progress)
    return keep(facts.unique_id, image)
