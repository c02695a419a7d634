"""The station's clock: microseconds since boot that never wrap, and UTC as well as it is known.

Three layers, each of which goes on without the one above it:
- uptime: the board's tick counter, extended over its wraps. Always there.
- UTC by the crystal: somebody said what time it was; from there the crystal counts.
- UTC by the DS3231: every 1 Hz edge, captured in an interrupt, ties a tick to a whole second.

Nothing here sleeps. Whoever runs the station calls poll() again after poll_after_ms(), and appends
the clock record that poll() and set_utc() return. UTC counts from 2020-01-01, to 2054.
"""

from gate_wire import bodies, kinds, record

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from gate_station import ports

TICKS_PERIOD_US = 1 << 30  # MicroPython's ticks_us and ticks_ms wrap here
TICKS_MASK = TICKS_PERIOD_US - 1
SECOND_US = 1000000
UTC_END_US = record.UTC_UNKNOWN * 1000

POLL_MS = 1000  # poll() is called at least this often while all is well,
POLL_SOON_MS = 300  # and so often while an edge is waited for: never always late in the second
EDGE_FRESH_US = 2 * SECOND_US  # an edge older than this is not fresh (kinds.UTC_EDGE)
EDGE_LOST_US = 30 * SECOND_US  # so long without a good edge: read the whole second anew
EDGE_AGE_US_MAX = 995000  # an edge older than this may be the last second's: wait for the next
# Another wave of 1 Hz is told by its phase: the registers show one second from soon after an edge
SOON_US = 15000  # until shortly
SHORTLY_US = 980000  # before the next.
# Flash work holds interrupts back by 0.4 to 3 ms, so an edge may be captured late. An edge that
# is further than this from where the one before it and a crystal of 150 ppm put it is not used.
EDGE_LATE_US = 300
EDGE_PPM_MAX = 150
CONFIRM_US_MAX = 10 * SECOND_US  # an edge confirms the one before within this
VERIFY_US = 40 * SECOND_US  # the registers are compared with the edges so often
WATCH_US = 256 * SECOND_US  # crystal against RTC: 3 ms of latency over this are 12 ppm
ALARM_PPM = 100
MISMATCHES = 3  # readings in a row: noise is no reason to set a clock
BOUND_UNKNOWN_US = 0xFFFFFFFF
RETRY_US = 10 * SECOND_US  # after a failed transfer; doubled each time, up to
RETRY_US_MAX = 40 * SECOND_US
SET_LATE_US = 2000  # a second that is written later than this after its beginning waits for the
SET_TRIES = 10  # next one, so often; then up to
SET_LATE_US_LAST = 50000  # is better than no RTC at all


class StationClock:
    """Uptime and UTC of any tick.

    rtc: None when there is none. utc_min_ms: UTC of the log's last record that has one (0: none):
    an RTC that shows less has lost the time. slow_ticks: made from the same counter; they tell
    how many wraps went by when nobody looked for long.
    Make it before interrupts are enabled: uptime 0 is now, and no tick may be older. The RTC may be
    given later.
    """

    def __init__(
        self,
        ticks: "ports.Ticks",
        rtc: "ports.Rtc | None" = None,
        utc_min_ms: int = 0,
        slow_ticks: "ports.SlowTicks | None" = None,
    ) -> None:
        self._ticks = ticks
        self.rtc = rtc
        self._utc_min_s = utc_min_ms // 1000
        self._slow_ticks = slow_ticks
        self._tick = ticks.ticks_us()
        self._tick_ms = slow_ticks.ticks_ms() if slow_ticks else 0
        self._uptime = 0  # of self._tick
        self._anchor_uptime = 0  # at this uptime it was
        self._anchor_utc = 0  # this UTC
        self._quality = 0  # UTC_SET, UTC_RTC, RTC_STOPPED, CRYSTAL_ALARM as they stand
        self._paired = False  # the anchor follows the edges
        self._edge_count = -1
        self._new_count = 0  # the edge that was new when the registers were read last,
        self._new_until = 0  # and up to which uptime it was
        self._edge_uptime = -EDGE_LOST_US
        # (uptime, second) of an edge that the next one must confirm
        self._candidate: tuple[int, int] | None = None
        self._phase = 0  # 1: it was read soon after an edge, 2: shortly before the next
        # (uptime, second): write the second to the RTC at this uptime
        self._pending: tuple[int, int] | None = None
        self._set_tries = 0
        self._verify_at = 0
        self._mismatches = 0  # readings of the RTC in a row that were wrong
        self._retry_at = 0
        self._retry_us = RETRY_US
        self._watch_uptime = 0
        self._watch_utc = -1  # -1: no watch under way
        self.drift_ppm = 0  # crystal against RTC, positive when the crystal is fast
        self.rtc_errors = 0  # transfers that failed

    # -- uptime -------------------------------------------------------------------------------

    def now_uptime_us(self) -> int:
        """Microseconds since boot, now. To be called at least every 1,073 s; with slow_ticks,
        every 12 days will do.
        """
        tick = self._ticks.ticks_us()
        passed = (tick - self._tick) & TICKS_MASK
        if self._slow_ticks:
            tick_ms = self._slow_ticks.ticks_ms()
            passed_ms = (tick_ms - self._tick_ms) & TICKS_MASK
            # Whole wraps that went by unseen: the two counters agree but for a millisecond.
            missed = passed_ms * 1000 - passed + TICKS_PERIOD_US // 2
            if missed >= TICKS_PERIOD_US:
                passed += missed // TICKS_PERIOD_US * TICKS_PERIOD_US
            self._tick_ms = tick_ms
        self._tick = tick
        self._uptime += passed
        return self._uptime

    def now_uptime_ms(self) -> int:
        """Milliseconds since boot, now."""
        return self.now_uptime_us() // 1000

    def uptime_us(self, tick: int) -> int:
        """Microseconds since boot of a tick that was captured at most 1,073 s ago."""
        now = self.now_uptime_us()
        uptime = now - ((self._tick - tick) & TICKS_MASK)
        return uptime if uptime > 0 else 0

    # -- UTC ----------------------------------------------------------------------------------

    def utc_us(self, uptime_us: int) -> int | None:
        """UTC of this uptime, in microseconds since 2020, None when it is not known."""
        if not self._quality & kinds.UTC_SET:
            return None
        return self._anchor_utc + uptime_us - self._anchor_uptime

    def stamp(self, tick: int, in_irq: bool = True) -> tuple[int, int, int]:
        """(uptime_ms, utc_ms or record.UTC_UNKNOWN, quality) of a tick, for its record."""
        uptime = self.uptime_us(tick)
        self._follow_edges()
        quality = self._quality
        if in_irq:
            quality |= kinds.TIME_IN_IRQ
        if self._paired and uptime - self._edge_uptime <= EDGE_FRESH_US:
            quality |= kinds.UTC_EDGE
        utc = self.utc_us(uptime)
        if utc is None or not 0 <= utc // 1000 < record.UTC_UNKNOWN:
            return uptime // 1000, record.UTC_UNKNOWN, quality & ~kinds.UTC_SET
        return uptime // 1000, utc // 1000, quality

    def stamp_now(self) -> tuple[int, int, int]:
        """stamp() of this moment, for records that no interrupt caused."""
        return self.stamp(self._ticks.ticks_us(), False)

    def set_utc(
        self,
        utc_us: int,
        uptime_us: int,
        bound_us: int = BOUND_UNKNOWN_US,
        reference: int = bodies.REFERENCE_UNKNOWN,
        reference_id: int = 0,
    ) -> bodies.Clock:
        """At uptime_us it was utc_us, off by at most bound_us: from now on UTC follows this.

        The RTC is written by poll() when the next second begins. Returns the body of the clock
        record; append it before poll() is called again. Raises ValueError for a UTC that no record
        can hold.
        """
        if not 0 <= utc_us < UTC_END_US:
            raise ValueError("a clock can be set to 2020 to 2054")
        old = self.utc_us(uptime_us)
        self._set_anchor(uptime_us, utc_us)
        self._quality = kinds.UTC_SET | self._quality & kinds.CRYSTAL_ALARM
        self._utc_min_s = 0
        self._plan_write()
        step_ms = (utc_us - old) // 1000 if old is not None else utc_us // 1000
        what = bodies.CLOCK_SET
        return bodies.Clock(what, reference, reference_id, uptime_us, utc_us, bound_us, step_ms)

    def poll_after_ms(self) -> int:
        """Call poll() after so many milliseconds."""
        now = self.now_uptime_us()
        if self.rtc is None or now < self._retry_at:
            return POLL_MS
        if self._pending is not None:
            wait_us = self._pending[0] - now
            return min(POLL_MS, wait_us // 1000 + 1) if wait_us > 0 else 1
        if self._paired or self._candidate is None:
            return POLL_MS if self._paired and now < self._verify_at else POLL_SOON_MS
        # Just before the next edge, and just after it.
        into_us = (now - self._candidate[0]) % SECOND_US
        aim_us = (SHORTLY_US if into_us < SHORTLY_US + 4000 else SECOND_US) + 4000
        return (aim_us - into_us) // 1000 + 1

    def poll(self) -> bodies.Clock | None:
        """Follow the wraps and the edges, watch the RTC, write it when that is due.

        Returns the body of a clock record to append, when the RTC had to be set anew.
        """
        now = self.now_uptime_us()
        self._follow_edges()
        if self.rtc is None or now < self._retry_at:
            return None
        try:
            return self._poll_rtc(self.rtc, now)
        except OSError:
            self.rtc_errors += 1
            self._candidate = None
            self._retry_at = now + self._retry_us
            self._retry_us = min(self._retry_us * 2, RETRY_US_MAX)
            return None

    # -- the RTC ------------------------------------------------------------------------------

    def _set_anchor(self, uptime: int, utc: int) -> None:
        self._anchor_uptime = uptime
        self._anchor_utc = utc
        self._paired = False
        self._candidate = None
        self._mismatches = 0
        self._watch_utc = -1

    def _poll_rtc(self, rtc: "ports.Rtc", now: int) -> bodies.Clock | None:
        if self._pending is not None:
            self._write_pending(rtc, self._pending, now)
            return None
        if self._paired and now < self._verify_at:
            return None
        uptime, second, count = self._read_at_edge(rtc)
        if self._paired:
            return self._verify(uptime, second)
        return self._pair(uptime, second, count)

    def _plan_write(self) -> None:
        """The RTC is to be written when the next second begins."""
        if self.rtc is None:
            return
        now = self.now_uptime_us()
        second = (self._anchor_utc + now - self._anchor_uptime) // SECOND_US + 1
        uptime = self._anchor_uptime + second * SECOND_US - self._anchor_utc
        self._pending = (uptime, second)
        self._paired = False
        self._candidate = None
        self._quality &= ~kinds.UTC_RTC

    def _write_pending(self, rtc: "ports.Rtc", pending: tuple[int, int], now: int) -> None:
        """The divider of the DS3231 starts anew when its seconds are written, so writing when
        the second begins puts its edge where it belongs.
        """
        uptime, second = pending
        late = now - uptime
        if late < 0:
            return
        if late > (SET_LATE_US if self._set_tries < SET_TRIES else SET_LATE_US_LAST):
            self._set_tries += 1
            self._plan_write()
            return
        rtc.write_s(second)
        self._pending = None
        self._set_tries = 0

    def _read_at_edge(self, rtc: "ports.Rtc") -> tuple[int, int | None, int]:
        """(uptime of the last edge, second that it began or None, count of edges); uptime -1
        when an edge fell into the reading, or the last one is too long ago.
        """
        count, tick = rtc.edge()
        second = rtc.read_s()
        self._retry_us = RETRY_US  # it answers
        now = self.now_uptime_us()
        count_after = rtc.edge()[0]
        age = (self._tick - tick) & TICKS_MASK
        if count != self._new_count:
            self._new_count = count
            self._new_until = now - age + EDGE_AGE_US_MAX
        # By its tick alone, an edge looks new again with every wrap.
        if count != count_after or count == 0 or age > EDGE_AGE_US_MAX or now > self._new_until:
            return -1, second, count
        return now - age, second, count

    def _pair(self, uptime: int, second: int | None, count: int) -> bodies.Clock | None:
        """Find which second began at an edge: two readings must agree with two edges."""
        knows = self._quality & kinds.UTC_SET and not self._quality & kinds.UTC_RTC
        if second is None or not self._utc_min_s <= second < UTC_END_US // SECOND_US:
            self._quality |= kinds.RTC_STOPPED
            return self._repair(second) if knows else None
        if knows and abs(second * SECOND_US - self._utc_now()) > 2 * SECOND_US:
            return self._repair(second)
        if not self._quality & kinds.UTC_SET:
            # Until an edge is paired, the middle of the second that the RTC shows.
            self._set_anchor(self._uptime, second * SECOND_US + SECOND_US // 2)
            self._quality |= kinds.UTC_SET | kinds.UTC_RTC
        self._mismatches = 0
        if uptime < 0 or not self._is_confirmed(uptime, second):
            return None
        self._set_anchor(uptime, second * SECOND_US)
        self._paired = True
        self._edge_count = count
        self._edge_uptime = uptime
        self._quality |= kinds.UTC_SET | kinds.UTC_RTC
        self._quality &= ~kinds.RTC_STOPPED
        self._verify_at = uptime + VERIFY_US
        self._watch_uptime = uptime
        self._watch_utc = second * SECOND_US
        return None

    def _is_confirmed(self, uptime: int, second: int) -> bool:
        """Do edges and readings agree that this second began at this edge?"""
        before = self._candidate or (uptime - 2 * CONFIRM_US_MAX, second)
        passed = uptime - before[0]
        off = abs(passed - (second - before[1]) * SECOND_US)
        if passed > CONFIRM_US_MAX or off > self._edge_limit(passed):
            self._candidate = before = (uptime, second)
            self._phase = 0
        age = self._uptime - uptime
        if age <= SOON_US:
            self._phase |= 1
        elif age >= SHORTLY_US:
            self._phase |= 2
        return self._phase == 3 and second != before[1]

    def _utc_now(self) -> int:
        return self._anchor_utc + self._uptime - self._anchor_uptime

    def _edge_limit(self, passed_us: int) -> int:
        return EDGE_LATE_US + passed_us * EDGE_PPM_MAX // SECOND_US

    def _follow_edges(self) -> None:
        """Move the anchor to the newest edge, if it lies where an edge can lie."""
        if self.rtc is None or not self._paired:
            return
        count, tick = self.rtc.edge()
        if count != self._edge_count:
            self._edge_count = count
            uptime = self.uptime_us(tick)
            passed = uptime - self._anchor_uptime
            seconds = (passed + SECOND_US // 2) // SECOND_US
            if seconds > 0 and abs(passed - seconds * SECOND_US) <= self._edge_limit(passed):
                self._anchor_uptime = uptime
                self._anchor_utc += seconds * SECOND_US
                self._edge_uptime = uptime
                self._watch_crystal()
        if self._uptime - self._edge_uptime > EDGE_LOST_US:
            self._paired = False  # on by the crystal, until the edges come back
            self._candidate = None
            self._watch_utc = -1
            self._quality &= ~kinds.UTC_RTC

    def _watch_crystal(self) -> None:
        by_rtc = self._anchor_utc - self._watch_utc
        if self._watch_utc < 0 or by_rtc < WATCH_US:
            return
        by_crystal = self._anchor_uptime - self._watch_uptime
        self.drift_ppm = ((by_crystal - by_rtc) * 1000000 + by_rtc // 2) // by_rtc
        if abs(self.drift_ppm) > ALARM_PPM:
            self._quality |= kinds.CRYSTAL_ALARM
        else:
            self._quality &= ~kinds.CRYSTAL_ALARM
        self._watch_uptime = self._anchor_uptime
        self._watch_utc = self._anchor_utc

    def _verify(self, uptime: int, second: int | None) -> bodies.Clock | None:
        """Do the registers still say what the edges say?"""
        if uptime < 0:
            return None  # try again at the next poll
        expected = (self._anchor_utc + uptime - self._anchor_uptime + SECOND_US // 2) // SECOND_US
        if second == expected:
            self._verify_at = uptime + VERIFY_US
            self._mismatches = 0
            return None
        return self._repair(second)

    def _repair(self, second: int | None) -> bodies.Clock | None:
        """The RTC lost its time (or its year) while this clock ran on: after so many readings
        that are wrong, it is set from this clock. The record tells by how much it was wrong.
        """
        self._mismatches += 1
        if self._mismatches < MISMATCHES:
            return None
        self._mismatches = 0
        if second is None:
            self._quality |= kinds.RTC_STOPPED
        utc = self._utc_now()
        step_ms = (utc // SECOND_US - (second if second is not None else 0)) * 1000
        self._watch_utc = -1
        self._plan_write()
        what, reference = bodies.CLOCK_SET, bodies.REFERENCE_UNKNOWN
        return bodies.Clock(what, reference, 0, self._uptime, utc, BOUND_UNKNOWN_US, step_ms)
