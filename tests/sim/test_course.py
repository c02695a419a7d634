"""A script that was broken off goes on where it was: no step is played twice, none is left out."""

from __future__ import annotations

import json
from pathlib import Path

from gate_wire import kinds, record
from yellowgate.sim import script
from yellowgate.sim.script import LEAD_US
from yellowgate.sim.station import EPOCH_2020_UNIX_US, Plan, Running

STEPS = script.parse(
    "at_s,input,value\n1,tag,04000001\n20,tag,04000002\n40,power,off\n50,tag,04000003\n"
    "60,power,on\n80,tag,04000004\n100,press,\n"
)
NOON_US = 1_742_472_000_000_000 - EPOCH_2020_UNIX_US  # 2025-03-20 12:00 UTC
WRITE_US = 1000  # a record that is being written at the last instant is written to its end
BOOT_US = 100_000


class Room:
    """A clock on the wall."""

    def __init__(self) -> None:
        self.utc_us = NOON_US

    def __call__(self) -> int:
        return self.utc_us


def plan(tmp_path: Path) -> Plan:
    return Plan(STEPS, tmp_path / "gate.img", log_id=b"coursekt", first_key=bytes(16))


def tags(running: Running) -> list[str]:
    assert running.station.pico is not None
    log = running.station.pico.log
    buf = bytearray(record.RECORD_BYTES_MAX)
    found: list[str] = []
    for seq in range(log.tip()[0]):
        log.read(seq, buf)
        row = record.unpack(buf)
        if row.kind in (kinds.TAG, kinds.PRESS):
            found.append(row.body.hex())
    return found


def test_broken_off_after_each_step(tmp_path: Path) -> None:
    room = Room()
    for until_s in (0, 2, 21, 45, 51, 61, 90):
        running = Running(plan(tmp_path), room)
        running.play(LEAD_US + until_s * 1_000_000)
        running.close()
        room.utc_us += 3_600_000_000
    running = Running(plan(tmp_path), room)
    running.play()
    # What was touched while the power was away is not there; everything else is, once.
    assert tags(running) == ["04000001", "04000002", "04000004", ""]
    assert 0 <= running.utc_us() - room.utc_us < WRITE_US  # served in step with the room
    running.close()


def test_what_was_served_goes_on_with_the_room(tmp_path: Path) -> None:
    room = Room()
    running = Running(plan(tmp_path), room)
    running.play()
    running.close()
    room.utc_us += 7_200_000_000
    again = Running(plan(tmp_path), room)
    again.play()
    again.advance_to(again.now_us + 5_000_000)
    assert 0 <= again.utc_us() - (NOON_US + 7_205_000_000) < BOOT_US
    assert tags(again) == ["04000001", "04000002", "04000004", ""]
    again.close()


def test_another_script_begins_anew_on_the_same_flash(tmp_path: Path) -> None:
    room = Room()
    first = Running(plan(tmp_path), room)
    first.play()
    first.close()
    other = plan(tmp_path)
    other.steps = script.parse("at_s,input,value\n5,tag,04000009\n10,power,on\n")
    second = Running(other, room)
    second.play()
    assert tags(second) == ["04000001", "04000002", "04000004", "", "04000009"]
    second.close()


def test_a_damaged_note_is_no_reason_to_stop(tmp_path: Path) -> None:
    for text in ("", "{", '{"script": 1}', json.dumps([1])):
        (tmp_path / "gate.img.world").write_text(text)
        running = Running(plan(tmp_path), Room())
        running.play(LEAD_US + 2_000_000)
        running.close()
        (tmp_path / "gate.img").unlink()


def test_the_last_instant_is_when_the_plan_says(tmp_path: Path) -> None:
    made = plan(tmp_path)
    made.ends_utc_us = NOON_US + 123
    running = Running(made, Room())
    running.play()
    assert 123 <= running.utc_us() - NOON_US < 123 + WRITE_US
    running.close()


def test_power_that_was_off_stays_off(tmp_path: Path) -> None:
    room = Room()
    running = Running(plan(tmp_path), room)
    running.play(LEAD_US + 45_000_000)
    running.close()
    running = Running(plan(tmp_path), room)
    running.play(LEAD_US + 55_000_000)
    assert running.station.pico is None
    running.close()
