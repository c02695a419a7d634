"""A slice of the two campaigns; the whole of each by its script."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))

import listen_attacks
import mutations
from attackkit import RADIO, SENDER, Attack, attacks

LISTEN = ("replays", "flipped bits", "forged acknowledgements", "packets of another race")


@attacks(
    [
        Attack(
            "gate listen", RADIO, f"{name}, both ends restarted, the base lost", "no effect", name
        )
        for name in LISTEN
    ]
)
def test_the_loop_of_gate_listen_believes_none(attack: Attack) -> None:
    told = listen_attacks.run(60, only=attack.do)
    assert told[attack.do] == 60 and told["control: packets answered"] > 50


@attacks(
    [
        Attack(
            "files of others", SENDER, f"{name}, changed at random", "one line, or harmless", name
        )
        for name in mutations.KINDS
    ]
)
def test_what_was_changed_is_refused_or_harmless(attack: Attack) -> None:
    told = mutations.run(400, 7, only=attack.do)
    assert told[f"{attack.do}: taken"] and told[f"{attack.do}: refused"]
