"""Feeds rubbish to the station's server: nothing is raised, and the next whole frame is answered.

    python tests/campaigns/server_fuzz.py --cases 100000 [--seed 1]

A case is one of: noise, a whole frame of any kind and content, a frame with a flipped bit, a
piece cut out of a frame, two frames run into each other. After each the station is greeted, and
must answer just that greeting.
"""

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "both"))

from gate_wire import frame, message
from stationkit import Kit

QUESTIONS = tuple(kind for kind in range(256) if kind not in (message.REPL,))


def rubbish(dice: random.Random, writer: frame.FrameWriter) -> bytes:
    """One case."""
    kind = dice.choice(QUESTIONS)
    whole = writer.frame(kind, dice.randrange(256), dice.randbytes(dice.choice((0, 1, 7, 40, 300))))
    choice = dice.randrange(5)
    if choice == 0:
        return dice.randbytes(dice.randrange(1, 3000))
    if choice == 1:
        return whole
    if choice == 2:
        at = dice.randrange(len(whole))
        return whole[:at] + bytes((whole[at] ^ 1 << dice.randrange(8),)) + whole[at + 1 :]
    start = dice.randrange(len(whole))
    if choice == 3:
        return whole[:start] + whole[start + dice.randrange(1, 20) :]
    return whole[:start] + whole


def run(cases: int, seed: int) -> int:
    """Returns how many cases were fed. Raises AssertionError with the case's number and bytes."""
    dice = random.Random(seed)
    writer = frame.FrameWriter()
    kit = Kit()
    greeting = writer.frame(message.HELLO, 77, b"\x01")
    for number in range(cases):
        case = rubbish(dice, writer)
        kit.server.receive(case, kit.clock.now_uptime_us())
        _drain(kit)
        kit.server.receive(b"\0" + greeting, kit.clock.now_uptime_us())
        answers = [answer for answer in _drain(kit) if answer == (message.WELCOME, 77)]
        assert len(answers) == 1, (seed, number, case.hex())
        if len(kit.log.rows) > 5000:
            kit = Kit()
    return cases


def _drain(kit: Kit) -> list[tuple[int, int]]:
    reader = frame.FrameReader()
    found: list[tuple[int, int]] = []
    data = kit.server.next_frame()
    while data is not None:
        found += [(kind, reference) for kind, reference, _ in reader.feed(data)]
        data = kit.server.next_frame()
    assert reader.damaged == 0
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{run(options.cases, options.seed)} cases, no exception, each frame after them answered")
