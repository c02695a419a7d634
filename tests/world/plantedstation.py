"""Faults to plant: in the station's firmware, its formats, and the ways to the laptop.

Each is a small change at the place where a rule stands, of a kind that was really found somewhere:
here, or in the reports about other systems that this one was tried on.
"""

from __future__ import annotations

from typing import NamedTuple


class Planted(NamedTuple):
    """A fault. file: from the root of the repository; before: text that stands in it once; after:
    what stands there instead. what: what it does, kind: of which mistakes it is one.
    """

    id: str
    kind: str
    file: str
    before: str
    after: str
    what: str


CORE = "firmware/gate_station/core"
DRIVERS = "firmware/gate_station/drivers"

STATION = (
    Planted(
        "ack-before-flash",
        "ack before the page is programmed",
        "firmware/gate_station/tasks.py",
        "        if self.station.pending():\n            self.flags.write.set()\n\n    async",
        "        if self.station.pending():\n            self.play(signals.ACCEPTED)\n"
        "            self.flags.write.set()\n\n    async",
        "a touch sounds as accepted when it was noticed, not when it is in flash",
    ),
    Planted(
        "ack-of-refused",
        "ack of what is not stored",
        f"{CORE}/station.py",
        "            return signals.LOG_FULL if self.is_full(error) else signals.REFUSED\n"
        "        self._pending.pop(0)",
        "        self._pending.pop(0)",
        "a touch that the flash refused is acknowledged and forgotten",
    ),
    Planted(
        "no-read-back",
        "skipped read-back",
        f"{CORE}/blocks.py",
        "        if self._reads_back(index, page, at, start, length):\n            return True\n",
        "        if page:\n            return True\n",
        "a page counts as programmed without having been read back",
    ),
    Planted(
        "torn-believed",
        "torn record believed",
        "firmware/gate_wire/record.py",
        '    return length if struct.unpack_from("<I", buf, crc_at)[0] == crc else 0',
        "    return length if crc_at else crc",
        "a record is taken as whole whatever its CRC says",
    ),
    Planted(
        "number-again",
        "sequence number reused after a restart",
        f"{CORE}/logscan.py",
        "            self.next_seq += row.seq + 1\n",
        "            self.next_seq += row.seq\n",
        "after a restart the last record's number is given once more",
    ),
    Planted(
        "torn-number-again",
        "sequence number reused after a torn write",
        f"{CORE}/logscan.py",
        "                count += 2 if is_one else sector.PAGE_BYTES // record.RECORD_BYTES_MIN\n",
        "                count += 0 if is_one else sector.PAGE_BYTES // record.RECORD_BYTES_MIN\n",
        "the number of a torn record is given once more",
    ),
    Planted(
        "boot-not-recorded",
        "a start that leaves no record",
        f"{CORE}/station.py",
        "    def _append(self, kind: int, stamp: tuple[int, int, int], body: bytes) -> int:\n"
        "        self.store_boot()\n",
        "    def _append(self, kind: int, stamp: tuple[int, int, int], body: bytes) -> int:\n"
        "        self._boot_written = True\n",
        "a life that begins with a touch has no boot record",
    ),
    Planted(
        "stale-edge",
        "stale edge takes the time of a new touch",
        f"{DRIVERS}/pn532_reader.py",
        "        if is_one and not self.polled and self._irq.value() == 0:\n",
        "        if is_one or self._irq.value() == 0:\n",
        "a tag that is found by asking gets the time of the IRQ line's last edge",
    ),
    Planted(
        "polled-as-exact",
        "a bound too narrow",
        f"{DRIVERS}/pn532_reader.py",
        "        return now_us, self._passed_ms(self._heard_us) + 1\n",
        "        return now_us, 0\n",
        "a tag that was found by asking is stamped as if an interrupt had caught it",
    ),
    Planted(
        "card-for-all",
        "an announcement that does not end",
        f"{CORE}/decide.py",
        "        announced_ms, self._announced_ms = self._announced_ms, -1\n",
        "        announced_ms = self._announced_ms\n",
        "after the director's card all that come within its time are tapped out",
    ),
    Planted(
        "any-wave-is-rtc",
        "noise taken for a clock",
        f"{CORE}/clock.py",
        "            if seconds > 0 and abs(passed - seconds * SECOND_US) "
        "<= self._edge_limit(passed):\n",
        "            if seconds > 0:\n",
        "any edge on the 1 Hz line counts as the clock chip's",
    ),
    Planted(
        "setting-unsaid",
        "a setting of the clock that leaves no record",
        f"{CORE}/clock.py",
        "        what, reference = bodies.CLOCK_SET, bodies.REFERENCE_UNKNOWN\n"
        "        return bodies.Clock(what, reference, 0, self._uptime, utc, BOUND_UNKNOWN_US, "
        "step_ms)",
        "        return None if step_ms or True else None",
        "the station sets its clock chip anew, and no record tells of it",
    ),
    Planted(
        "radio-time-exact",
        "a bound too narrow",
        f"{CORE}/outbox.py",
        "        bound_us = half_us + answer.bound_ms * 1000 + LATE_US\n",
        "        bound_us = answer.bound_ms * 1000 + LATE_US\n",
        "time by radio is believed to the millisecond, however long the packet was on its way",
    ),
    Planted(
        "radio-ack-unsaid",
        "radio ack for what was not stored",
        f"{CORE}/backlog.py",
        "            if seq < self._unknown_below and not (answer.whole or answer.tags):\n",
        "            if seq < next_seq:\n",
        "whatever was in an answered packet counts as had, also what the base could not read",
    ),
)

WAYS = (
    Planted(
        "mac-unchecked",
        "a forged packet accepted",
        "firmware/gate_wire/packet.py",
        "    return differing == 0\n",
        "    return differing >= 0\n",
        "a packet is genuine whatever its MAC: it goes to the first log that may be its",
    ),
    Planted(
        "replay-taken",
        "radio replay accepted",
        "host/yellowgate/link/radio.py",
        "        return (session, number) > (self.session, self.highest)\n",
        "        return session >= 0 and number >= 0\n",
        "a packet that was heard before is taken once more, and the counter goes back",
    ),
    Planted(
        "one-counter",
        "merged counters: two logs into one",
        "host/yellowgate/link/radio.py",
        '    return f"radio {log_id} counter"\n',
        '    return f"radio {log_id[:0]} counter"\n',
        "all stations share one counter: after a restart of the listener the slower are refused",
    ),
    Planted(
        "heard-is-stored",
        "radio ack for what was not stored",
        "host/yellowgate/link/listener.py",
        "        self._store.add_observations(heard.rows)\n        self._store.raise_counter",
        "        self._ears.stored(heard.rows)\n"
        "        self._store.add_observations(heard.rows)\n"
        "        self._store.raise_counter",
        "what came by radio is had before the disk took it, and acknowledged with the next packet",
    ),
    Planted(
        "place-without-check",
        "index of the roster without the hash agreed",
        "host/yellowgate/link/radio.py",
        "                if _is_checked(raws, body[:check_bytes]):\n",
        "                if raws or check_bytes:\n",
        "a place in the roster names a runner by whichever roster the laptop has now",
    ),
    Planted(
        "last-not-asked",
        "off by one",
        "host/yellowgate/store/store.py",
        "    if expected < next_seq:\n        gaps.append((expected, next_seq))\n",
        "    if expected + 1 < next_seq:\n        gaps.append((expected, next_seq - 1))\n",
        "a download never asks for the last record",
    ),
    Planted(
        "batch-dropped",
        "what came before the line broke is thrown away",
        "host/yellowgate/link/sync.py",
        "    except Exception:\n        yield batch, looked_at\n        raise\n"
        "    yield batch, looked_at\n",
        "    except Exception:\n        raise\n    yield batch[:-1], looked_at\n",
        "of each lot of a download the last record is dropped, and all where the line breaks",
    ),
    Planted(
        "sample-too-good",
        "a bound too narrow",
        "host/yellowgate/clock/sampling.py",
        "    half_us = (high_us - low_us + 1) // 2 + 1\n"
        "    return Pair(best.uptime_us, best.uptime_us + (low_us + high_us) // 2, half_us)",
        "    return Pair(best.uptime_us, best.uptime_us + high_us + 500_000, 1_000)",
        "a comparison of clocks is off by half a second and says that it is good to 1 ms",
    ),
)

STORE = (
    Planted(
        "merge-known-logs",
        "rows dropped on a conflict",
        "host/yellowgate/store/rows.py",
        '        f"SELECT log_id, seq, raw FROM {name}.observations" for name in names\n',
        '        f"SELECT log_id, seq, raw FROM {name}.observations WHERE log_id NOT IN "\n'
        '        "(SELECT log_id FROM main.observations)" for name in names\n',
        "a merge leaves out the records of logs of which it has some already",
    ),
    Planted(
        "merge-without-rulings",
        "rows dropped in a merge",
        "host/yellowgate/store/merging.py",
        "    if schema.rulings.name in there:\n",
        "    if schema.rulings.name in there and not any(values.values()):\n",
        "a merge leaves out the rulings where anything else is to be taken over",
    ),
    Planted(
        "one-more-unnoticed",
        "stale page of the log's cache after one more record",
        "host/yellowgate/store/store.py",
        "            if new:\n                changes.note(",
        "            if new > 1:\n                changes.note(",
        "one record or one ruling alone does not raise the store's version",
    ),
    Planted(
        "kept-for-ever",
        "stale page of the log's cache",
        "host/yellowgate/official.py",
        "        if found is None or found[0] != parts:\n",
        "        if found is None:\n",
        "what was reckoned once from a log or the rulings is never reckoned anew",
    ),
    Planted(
        "half-kept",
        "half of a disk-full write kept",
        "host/yellowgate/store/work.py",
        '                connection.execute("ROLLBACK")\n            raise\n'
        '        connection.execute("COMMIT")\n',
        '                connection.execute("COMMIT")\n'
        '        connection.execute("COMMIT") if connection.in_transaction else None\n',
        "a write that the disk or the database broke off counts as done",
    ),
    Planted(
        "secret-in-error",
        "a secret in an error line",
        "host/yellowgate/store/faults.py",
        "    name, text = shown_url(url), on_one_line(without_secrets(text))\n",
        "    name, text = url, on_one_line(str(cause))\n",
        "an error of the database shows its address and what the driver says, passwords and all",
    ),
)
