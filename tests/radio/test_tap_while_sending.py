"""A whole station in the middle of transmissions at SF12: touches are stored as ever."""

from __future__ import annotations

from gate_wire import kinds, record
from yellowgate.sim import image
from yellowgate.sim.devices import nor
from yellowgate.sim.devices.setup import Setup
from yellowgate.sim.devices.station import VirtualStation
from yellowgate.sim.devices.sx1276 import TX

LOG_ID = b"sendinG0"
SECOND_US = 1_000_000
# Twice each time: the second runner comes while the first one's packet is on air.
TOUCH_S = [at_s + behind_s for at_s in range(40, 1240, 120) for behind_s in (0.0, 0.9)]
READ_MS = 32  # of the PN532, see tests/both/test_station_pico.py


def station() -> VirtualStation:
    """EU868 at SF12: a packet of one tag is on air for over a second."""
    setup = Setup()
    setup.with_radio = True
    setup.utc_us = 164_000_000 * SECOND_US
    setup.settings = {
        "id": 1, "role": "gate", "region": "EU868", "keys": {"radio": "00" * 16},
        "radio": {"spreading_factor": 12, "frequency_khz": 869525},
    }  # fmt: skip
    chip = nor.Nor(image.BLOCKS)
    chip.backing.write(0, image.new_image(LOG_ID, bytes(16)))
    steps = [
        (int(at_s * SECOND_US), "tag", f"04a1{number:010x}") for number, at_s in enumerate(TOUCH_S)
    ]
    return VirtualStation(setup, chip, steps)


def test_a_touch_during_a_transmission_is_stamped_stored_and_acknowledged() -> None:
    made = station()
    assert made.radio is not None
    sending_at_touch = 0
    acknowledged_ms: list[float] = []
    for at_s in TOUCH_S:
        touched_us = int(at_s * SECOND_US)
        made.advance_to(touched_us + 1)
        sending_at_touch += made.radio.mode == TX
        made.board.sounds = []
        made.advance_to(touched_us + SECOND_US * 4 // 5)
        beep = next(sound for sound in made.board.sounds if sound.hz)
        acknowledged_ms.append((beep.at_us - touched_us) / 1000)
    assert sending_at_touch >= 3
    assert max(acknowledged_ms) < 100
    assert made.pico is not None
    log = made.pico.log
    buf = bytearray(record.RECORD_BYTES_MAX)
    uptimes_ms: list[int] = []
    for seq in range(log.tip()[0]):
        log.read(seq, buf)
        row = record.unpack(buf)
        if row.kind == kinds.TAG:
            uptimes_ms.append(row.uptime_ms)
    late_ms = [
        uptime_ms - round(1000 * at_s) for uptime_ms, at_s in zip(uptimes_ms, TOUCH_S, strict=True)
    ]
    assert max(late_ms) - min(late_ms) <= READ_MS
