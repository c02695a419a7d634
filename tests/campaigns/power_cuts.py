"""Whole stations whose power is cut at any moment of a touch: what was acknowledged is there.

python tests/campaigns/power_cuts.py --cases 2000
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass

from gate_wire import kinds, record
from yellowgate.sim.devices.flash import BLOCKS
from yellowgate.sim.devices.nor import Nor
from yellowgate.sim.devices.setup import Setup
from yellowgate.sim.devices.station import VirtualStation
from yellowgate.sim.image import new_image

TOUCHES = 4
FIRST_US = 6_000_000
BACK_US = 500_000  # how long the power is away
SETTLED_US = 3_000_000  # the station is up again
WINDOW_US = 200_000  # from the touch to well after its sound began; half of the cuts fall into
WRITING_US = 24_000, 36_000  # the time in which the tag is read and its record is written
_IMAGE = new_image(b"powercut", bytes(16))


@dataclass
class Outcome:
    """Of one case. acknowledged, stored: UIDs in hex."""

    acknowledged: set[str]
    stored: list[str]
    operations: int


def play(seed: int) -> Outcome:
    """Some touches, each followed by a cut at a random moment, each on the same flash."""
    rng = random.Random(seed)
    chip = Nor(BLOCKS, seed=seed + 1)
    chip.backing.write(0, _IMAGE)
    steps: list[tuple[int, str, str]] = []
    uids: list[tuple[int, str]] = []
    at_us = FIRST_US
    for number in range(TOUCHES):
        uid = f"04a2{number:02x}{seed & 0xFF:02x}"
        uids.append((at_us, uid))
        late_us = rng.randrange(WINDOW_US) if rng.random() < 0.5 else rng.randrange(*WRITING_US)
        cut_us = at_us + late_us
        steps += [(at_us, "tag", uid), (cut_us, "power", "off")]
        steps.append((cut_us + BACK_US, "power", "on"))
        at_us = cut_us + BACK_US + SETTLED_US
    setup = Setup()
    setup.seed = seed + 1
    station = VirtualStation(setup, chip, steps)
    station.advance_to(at_us)
    return Outcome(_acknowledged(station, uids, steps), _stored(station), chip.operations)


def _acknowledged(
    station: VirtualStation, uids: list[tuple[int, str]], steps: list[tuple[int, str, str]]
) -> set[str]:
    """The touches after which a sound was heard before the power went."""
    cuts_us = [us for us, name, value in steps if (name, value) == ("power", "off")]
    return {
        uid
        for (touch_us, uid), cut_us in zip(uids, cuts_us, strict=True)
        if any(sound.hz and touch_us <= sound.at_us <= cut_us for sound in station.board.sounds)
    }


def _stored(station: VirtualStation) -> list[str]:
    """UIDs in the log as the firmware reads it after the last start."""
    assert station.pico is not None
    log = station.pico.log
    buf = bytearray(record.RECORD_BYTES_MAX)
    found: list[str] = []
    for seq in range(log.tip()[0]):
        length = log.read(seq, buf)
        if length and record.unpack(buf).kind == kinds.TAG:
            found.append(record.unpack(buf).body.hex())
    return found


def check(seed: int) -> Outcome:
    """play(); fails with the seed when a promise was broken."""
    outcome = play(seed)
    missing = outcome.acknowledged - set(outcome.stored)
    assert not missing, f"seed {seed}: acknowledged and lost: {missing}"
    assert len(outcome.stored) == len(set(outcome.stored)), f"seed {seed}: doubled"
    return outcome


def main() -> None:
    """Prints how many cases of each kind there were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    acknowledged = stored = 0
    for seed in range(arguments.seed, arguments.seed + arguments.cases):
        outcome = check(seed)
        acknowledged += len(outcome.acknowledged)
        stored += len(outcome.stored)
    touches = arguments.cases * TOUCHES
    print(f"{touches} touches cut: {acknowledged} acknowledged, {stored} stored, 0 lost, 0 doubled")


if __name__ == "__main__":
    main()
