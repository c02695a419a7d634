"""What a hand on the button did stands in the log, and `gate verify` says it."""

from __future__ import annotations

from gate_wire import kinds, message, permit, record
from yellowgate.records import by_log, observation
from yellowgate.store import services

LOG_ID = bytes(range(8))


def test_a_hand_is_named_and_the_key_is_not() -> None:
    done = [
        (message.NEW_LOG, permit.BY_HAND),
        (message.SET_CLOCK, permit.BY_KEY),
        (message.REPL, permit.BY_HAND),
        (0x77, permit.BY_HAND),
    ]
    rows = [
        record.Record(kinds.SERVICE, seq, 1, 5, record.UTC_UNKNOWN, 0, permit.pack_service(*what))
        for seq, what in enumerate(done)
    ]
    rows.append(record.Record(kinds.SERVICE, 9, 1, 5, record.UTC_UNKNOWN, 0, b"later"))
    (log,) = by_log(observation(record.pack(row, LOG_ID), LOG_ID.hex()) for row in rows).values()
    begun, left, unknown = services.by_hand(log)
    assert begun.startswith("record 0: ") and "log was begun" in begun
    assert left.startswith("record 2: ") and "REPL" in left
    assert unknown.startswith("record 3: ") and "0x77" in unknown
