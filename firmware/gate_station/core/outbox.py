"""The station's side of the radio: what to send when. No radio here: packets out, packets in.

- A record of a runner goes out at once, with whatever newer ones wait for an answer.
- The base answers each packet with what the host durably has; what it lacks is told again.
- No answer: again after airtime x 2.5 x 1.3^n and jitter, up to a limit. The older backlog is
  told only while somebody answers, the newest first.
- Heartbeats carry the tip of the log and health, and ask for the host's state after a start.
- The airtime ledger is asked before every packet; what it refuses waits.
"""

from gate_wire import packet

from gate_station.core import airtime

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from collections.abc import Callable

    from gate_station.core.airtime import Settings
    from gate_station.core.backlog import Backlog
    from gate_station.core.duty import Duty

LATE_US = 3000  # an edge is captured so much late while a page is programmed (W25Q: at most 3 ms)
SILENT_TRIES = 6  # after so many packets without an answer nobody listens
URGENT_MAX = 48
FRESH_PERCENT = 100  # of the airtime allowed: for what nobody has heard yet
AGAIN_PERCENT = 80  # ... for repetitions and heartbeats
BACKLOG_PERCENT = 60  # ... for the older backlog


class Outbox:
    """lacking: core.backlog.Backlog. duty: core.duty.Duty. key: packet.air_key of this log.

    address: of this station. session: higher than any that this key was used with: the number
    of the boot, once a record of this boot is in flash (nothing is sent before). seed: for the
    jitter, differing between stations. health(): (battery_mv, temperature_c, fill_permille).
    """

    def __init__(
        self,
        lacking: "Backlog",
        duty: "Duty",
        settings: "Settings",
        key: bytes,
        address: int,
        session: int,
        seed: int,
        health: "Callable[[], tuple[int, int, int]]",
    ) -> None:
        self.backlog = lacking
        self.duty = duty
        self.settings = settings
        self.address = address
        self.session = session
        self.wants_time = False
        self.heard_ms = -1  # when the base last answered
        self.rejected = 0  # packets that are no answer to us
        self._key = key
        self._health = health
        self._random = seed * 2654435761 & 0x3FFFFFFF
        self._number = 0
        self._answered = 0
        self._first_seq = -1  # of this life; -1: closed, nothing was stored yet
        self._urgent: list[int] = []
        self._choice: list[int] = []  # numbers in the packet being made
        self._told: list[int] = []  # ... in the last one sent
        self._is_fresh = False
        self._is_idle = False  # all is told: nothing to look for before the next beat
        self._is_synced = False
        self._wait_ms = 0  # an answer may come until then
        self._is_waiting = False
        self._tries = 0
        self._again_ms = 0
        self._beat_ms = 0
        self._refused_ms = 0  # the ledger says: not before
        self._airtime_us = 0
        self._done = (0, -1)  # number of the last packet, uptime at which it was out
        self._clock: tuple[int, int, int, int] | None = None

    # What happens

    def count_from(self, number: int) -> None:
        """Before the first packet: begin with this number (see airdesk.first_number)."""
        if self._number == 0 and 0 <= number < packet.NUMBER_MAX:
            self._number = self._answered = number

    def appended(self, seq: int, kind: int) -> None:
        """This record is safe in flash."""
        if self._first_seq < 0:
            self._first_seq = seq
        self._is_idle = False
        if self.backlog.appended(seq, kind):
            self._urgent.append(seq)
            if len(self._urgent) > URGENT_MAX:
                self._urgent.pop(0)
            self._is_fresh = True
            self._refused_ms = 0

    def sent(self, now_ms: int, uptime_us: int) -> None:
        """The transmission of the packet from poll() has ended, at uptime_us after the start."""
        self._done = (self._number, uptime_us)
        self._is_waiting = True
        self._wait_ms = now_ms + self.settings.answer_ms

    def heard(self, data: bytes, _rssi_dbm: int, _snr_db: int, uptime_us: int, now_ms: int) -> None:
        """As receive(), for the desk."""
        self.receive(data, now_ms, uptime_us)

    def receive(self, data: bytes, now_ms: int, uptime_us: int = -1) -> bool:
        """A packet was heard, its end at uptime_us (-1: nobody knows); True when it is an answer
        to this station, and new.

        It must name a packet of this session, later than any answered before: an old answer
        is worthless, whoever sends it.
        """
        part = packet.parse(data)
        if part is None or part.kind != packet.ANSWER or part.to != self.address:
            return False
        is_new = self._answered < part.number <= self._number
        if not is_new or not packet.verify(data, self.session, self._key):
            self.rejected += 1
            return False
        answer = packet.unpack_answer(part.body)
        if answer is None:
            self.rejected += 1
            return False
        self._answered = part.number
        self._take(answer, part.number, now_ms)
        if answer.utc_ms is not None and self._done[0] == part.number:
            lasts_us = airtime.airtime_us(self.settings.modem, len(data))
            self._take_time(answer, answer.utc_ms * 1000, uptime_us - lasts_us)
        return True

    def _take(self, answer: packet.Answer, number: int, now_ms: int) -> None:
        self.backlog.apply(answer, self._told if number == self._number else [])
        had = self.backlog.had
        self._urgent = [seq for seq in self._urgent if not had.has(seq)]
        self._is_fresh = self._is_fresh and bool(self._urgent)
        self._is_synced = True
        self._is_idle = False
        self.heard_ms = now_ms
        if number == self._number:
            self._is_waiting = False
            self._tries = 0
            self._again_ms = now_ms + self._jitter(self._airtime_us // 4000 + 20)

    def _take_time(self, answer: packet.Answer, utc_us: int, latest_us: int) -> None:
        """The base had our packet at utc_us: after it was out, and before the answer began. A
        relay, or somebody who keeps packets back, may have it anywhere between; all of that is
        the bound.
        """
        out_us = self._done[1]
        if out_us < 0 or latest_us < out_us:
            return
        half_us = (latest_us - out_us + 1) // 2
        bound_us = half_us + answer.bound_ms * 1000 + LATE_US
        self._clock = (out_us + half_us, utc_us, bound_us, answer.reference_id)
        self.wants_time = False

    def take_clock(self) -> tuple[int, int, int, int] | None:
        """(uptime_us, utc_us since 2020, bound_us, reference id) told by the base since the last
        call.
        """
        clock, self._clock = self._clock, None
        return clock

    # What to send

    def poll(self, now_ms: int) -> bytes:
        """The packet to transmit now, b"" for none. sent() must follow when it is out."""
        if self._first_seq < 0 or now_ms < self._refused_ms:
            return b""
        if self._is_waiting:
            if now_ms < self._wait_ms:
                return b""
            self._give_up_waiting(now_ms)
        self._choice = []
        made = self._choose(now_ms)
        if made is None:
            return b""
        kind, body, percent = made
        return self._seal(kind, body, percent, now_ms)

    def _choose(self, now_ms: int) -> tuple[int, bytes, int] | None:
        if self._is_fresh:
            return self._tell(self._urgent[::-1], FRESH_PERCENT)
        if now_ms >= self._beat_ms:
            return self._beat()
        if self._is_idle or now_ms < self._again_ms:
            return None
        if self._urgent:
            return self._tell(self._urgent[::-1], AGAIN_PERCENT)
        if self._is_synced and self._tries < SILENT_TRIES:
            if self.backlog.learn():
                return None
            waiting = self.backlog.waiting()
            if waiting:
                return self._tell(waiting, BACKLOG_PERCENT)
        if self._tries:
            return self._beat()  # does anybody listen?
        self._is_idle = True
        return None

    def due_ms(self, now_ms: int) -> int:
        """When poll() may next have a packet, if nothing happens until then."""
        if self._first_seq < 0:
            return now_ms + 1000
        if self._is_waiting:
            due_ms = self._wait_ms
        elif self._is_fresh:
            due_ms = now_ms
        elif self._is_idle:
            due_ms = self._beat_ms
        else:
            due_ms = min(self._beat_ms, self._again_ms)
        return max(due_ms, self._refused_ms, now_ms)

    def _tell(self, newest_first: list[int], percent: int) -> tuple[int, bytes, int]:
        room = self.settings.packet_bytes_max - packet.FIXED_BYTES
        kind, body, told = self.backlog.tell(newest_first, room)
        self._choice = told
        return kind, body, percent

    def _beat(self) -> tuple[int, bytes, int]:
        next_seq, tag = self.backlog.log.tip()
        battery_mv, temperature_c, fill_permille = self._health()
        asks = packet.ASK_TIME if self.wants_time else 0
        if not self._is_synced:
            asks |= packet.ASK_STATUS
        count = self.backlog.count()
        beat = packet.Beat(next_seq, tag, battery_mv, temperature_c, fill_permille, count, asks)
        return packet.BEAT, packet.pack_beat(beat, self.session), AGAIN_PERCENT

    def _seal(self, kind: int, body: bytes, percent: int, now_ms: int) -> bytes:
        length = packet.FIXED_BYTES + len(body)
        airtime_us = airtime.airtime_us(self.settings.modem, length)
        wait_ms = self.duty.wait_ms(airtime_us, now_ms, percent)
        if wait_ms or self._number >= packet.NUMBER_MAX:
            self._refused_ms = now_ms + max(wait_ms, 1)
            return b""
        self.duty.book(airtime_us, now_ms)
        self._number += 1
        self._told = self._choice
        self._airtime_us = airtime_us
        self._is_fresh = False
        self._is_waiting = True
        self._wait_ms = now_ms + airtime_us // 1000 + self.settings.answer_ms
        if kind == packet.BEAT:
            self._beat_ms = now_ms + self.settings.beat_ms * (90 + self._jitter(20)) // 100
        return packet.seal(
            packet.BASE_ADDRESS, self.address, kind, self.session, self._number, body, self._key
        )

    def _give_up_waiting(self, now_ms: int) -> None:
        self._is_waiting = False
        backoff_ms = self._airtime_us * 5 // 2000
        for _ in range(min(self._tries, 40)):
            if backoff_ms < self.settings.retry_max_ms:
                backoff_ms = backoff_ms * 13 // 10
        backoff_ms = min(backoff_ms, self.settings.retry_max_ms)
        self._tries += 1
        self._again_ms = now_ms + self._jitter(backoff_ms) + backoff_ms // 2

    def _jitter(self, span: int) -> int:
        # A linear congruential generator (Numerical Recipes), kept small for small integers.
        self._random = (self._random * 1664525 + 1013904223) & 0x3FFFFFFF
        return (self._random >> 8) % max(span, 1)
