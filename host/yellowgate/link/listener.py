"""Ears and store together: what is heard becomes durable, then it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gate_wire import bodies, kinds, packet

from yellowgate.link.base import Moment
from yellowgate.link.hostclock import can_be_told
from yellowgate.link.radio import Ears, Heard, TimeTold, counter_name, refused_name
from yellowgate.link.trace import log
from yellowgate.records import EPOCH_2020_US, Observation, observation
from yellowgate.store.store import Store

TIME_AGAIN_US = 1_800_000_000  # a station is told the time so often,
TIME_RETRY_US = 20_000_000  # or after so long, until its log shows that it took it
LATE_US = 3_000  # the base captures an edge so much late while it programs a page of its flash


class News(NamedTuple):
    """A packet that was taken: its new observations and the answer to transmit. twin: another log
    that a station of the same number writes at the same time.
    """

    heard: Heard
    observations: list[Observation]
    answer: bytes
    twin: str = ""


class Listener:
    """ears know what the store has. reference_id: of the clock that stations are told."""

    def __init__(self, store: Store, ears: Ears, reference_id: int = 0) -> None:
        self._store = store
        self._ears = ears
        self._reference_id = reference_id
        self._counted: dict[str, int] = {}
        self._told_us: dict[str, int] = {}
        self._met: set[tuple[str, int]] = set()  # logs and stations that the store knows together
        self._in_turn: dict[int, list[str]] = {}  # logs heard of each number, the last one last
        self._taken: set[str] = set()  # logs that have a pair of what they were told last

    def hear(self, data: bytes, now_us: int, received: Callable[[], Moment | None]) -> News | None:
        """Take a packet; None when it was refused (and counted).

        now_us: UTC since 1970. received: see base.Reception; asked only when a station shall be
        told the time. Raises StoreError: then nothing was acknowledged, and the station tells it
        again.
        """
        heard = self._ears.hear(data)
        why = self._count()
        if heard is None:
            log.debug("radio < %s: %s", data.hex(), why or "an answer")
            return None
        log.debug(
            "radio < %s: log %s, %d records %s", data.hex(), heard.log_id, len(heard.rows), why
        )
        new = [row for row in heard.rows if not self._ears.has(*row)]
        if (heard.log_id, heard.address) not in self._met:
            self._store.add_log_stations([(heard.log_id, heard.address)])
            self._met.add((heard.log_id, heard.address))
        self._store.add_observations(heard.rows)
        self._store.raise_counter(counter_name(heard.log_id), heard.counter)
        if heard.beat is not None:
            self._store.add_tip(heard.log_id, heard.beat.next_seq, heard.beat.tip_tag)
        self._ears.stored(heard.rows)
        observations = [observation(raw, log_id) for log_id, raw in new]
        if any(self._is_pair(row) for row in observations):
            self._taken.add(heard.log_id)
        answer = self._ears.answer(heard, self._time(heard, now_us, received))
        log.debug("radio > %s", answer.hex())
        return News(heard, observations, answer, self._twin(heard))

    def _twin(self, heard: Heard) -> str:
        """Logs of one number in turn: two stations. One that begins a new log ends the old one."""
        logs = self._in_turn.setdefault(heard.address, [])
        if heard.log_id in logs[-1:]:
            return ""
        twin = logs[-1] if heard.log_id in logs else ""
        self._in_turn[heard.address] = [log for log in logs if log != heard.log_id]
        self._in_turn[heard.address].append(heard.log_id)
        return twin

    def _is_pair(self, row: Observation) -> bool:
        """Did a station take the time from here?"""
        body = bodies.unpack_clock(row.body) if row.kind == kinds.CLOCK else None
        return (
            body is not None
            and body.reference == bodies.REFERENCE_RADIO
            and body.reference_id == self._reference_id
        )

    def _time(
        self, heard: Heard, now_us: int, received: Callable[[], Moment | None]
    ) -> TimeTold | None:
        """What the station is told of the time, if it asks or was not told for long."""
        asks = heard.beat is not None and heard.beat.asks & packet.ASK_TIME
        last_us = self._told_us.get(heard.log_id)
        again_us = TIME_AGAIN_US if heard.log_id in self._taken else TIME_RETRY_US
        # This laptop's clock may have been set back since.
        if not asks and last_us is not None and 0 <= now_us - last_us < again_us:
            return None
        moment = received()
        if moment is None or not can_be_told(moment[0]):
            return None
        utc_us, bound_us = moment
        # Whole milliseconds on air: half of one is added to the bound.
        bound_ms = (bound_us + LATE_US + 1499) // 1000
        if bound_ms > packet.BOUND_MS_MAX:
            return None
        self._told_us[heard.log_id] = now_us
        self._taken.discard(heard.log_id)
        return TimeTold((utc_us - EPOCH_2020_US + 500) // 1000, bound_ms, self._reference_id)

    def _count(self) -> str:
        """Keep how many were refused; why the last one was."""
        last = ""
        for why, count in self._ears.refused.items():
            before = self._counted.get(why, 0)
            if count > before:
                self._store.count_up(refused_name(why), count - before)
                self._counted[why] = count
                last = why
        return last
