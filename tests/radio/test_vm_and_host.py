"""A station on the MicroPython VM and the host talk through the real driver and model chips."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from vm_exchange import FIRST_KEY, KEY, LOG_ID, RUNNERS, Exchange, uid_of
from yellowgate.link.radio import Ears, air_keys
from yellowgate.sim.vm import vm

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
TAPS = 12

_CODE = """
import gc, vm_exchange
talk = vm_exchange.Exchange({answers!r})
result = talk.run({taps}, host.now_us)
result["costs"] = talk.costs(host.now_us, gc.mem_alloc)
"""


def _on_vm(answers: dict[int, str], taps: int) -> dict[str, Any]:
    files = {f"/tests/{path.name}": path for path in (HERE.parent / "both").glob("*.py")}
    files["/tests/vm_exchange.py"] = HERE / "vm_exchange.py"
    return vm.run(_CODE.format(answers=answers, taps=taps), files)


def _on_cpython(answers: dict[int, str], taps: int) -> dict[str, Any]:
    return Exchange(answers).run(taps, lambda: 0)


def _ears() -> Ears:
    log_id = LOG_ID.hex()
    uids = [uid_of(runner) for runner in range(RUNNERS)]
    return Ears(air_keys(KEY, [1], [log_id]), {log_id: FIRST_KEY}, uids)


def _answers(heard: list[str]) -> tuple[dict[int, str], list[str]]:
    """What the host says to each packet, by its number; and the records it then has."""
    ears = _ears()
    answers: dict[int, str] = {}
    raws: dict[str, None] = {}
    for data in heard:
        news = ears.hear(bytes.fromhex(data))
        if news is not None:
            ears.stored(news.rows)
            answers[news.number] = ears.answer(news).hex()
            raws.update({raw.hex(): None for _, raw in news.rows})
    return answers, list(raws)


@pytest.mark.parametrize("run", [_on_cpython, _on_vm])
def test_records_come_over_bit_for_bit_and_are_acknowledged(
    run: Callable[[dict[int, str], int], dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    # The runtime is handed the host's answers from the start: each round it gets further, and
    # what it says up to the first packet without an answer is the same as the round before.
    answers: dict[int, str] = {}
    for _ in range(4 * TAPS):
        out = run(answers, TAPS)
        more, raws = _answers(out["heard"])
        if more == answers:
            break
        answers = more
    assert raws == out["raws"]
    assert out["lacking"] == 0
    if run is _on_vm:
        with capsys.disabled():
            print(f"\nradio on the VM: {out['packets']} packets went between two boards")
            for name, (took_us, garbage_bytes) in out["costs"].items():
                print(f"  {name}: {took_us / 1000:.1f} ms, {garbage_bytes} B of garbage")
        # A Pico has some 200 KiB free, and a packet at SF9 lasts 150 ms and more.
        assert sum(garbage_bytes for _, garbage_bytes in out["costs"].values()) < 60_000
