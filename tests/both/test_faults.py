"""A slice of the fault bench (all of it: tests/campaigns/faults.py), and what it is worth."""

import sys

from faultkit import ENDS, WAYS, WIRES, Case

EVERY = 4 if sys.implementation.name == "micropython" else 1  # the VM is slow


def shorten(case, us):
    """No fault lasts longer."""
    for fault in case.faults:
        fault.until_us = min(fault.until_us, fault.from_us + us)


def test_every_wire_in_every_way():
    seed = 0
    for wire in sorted(WIRES):
        for way in WAYS:
            seed += 1
            # Each wire once in the slice; the campaign has them all.
            if seed % len(WAYS) == len(wire) % len(WAYS) and seed // len(WAYS) % EVERY == 0:
                case = Case(seed, wire, way)
                shorten(case, 20_000_000)
                assert case.run() == []
                assert case.stored > 2


def test_what_lasts_ends_all_well():
    lasting = (("irq", "low"), ("nfc miso", "high"), ("sqw", "cut"), ("button", "low"))
    for wire, way in lasting[: len(lasting) // EVERY]:
        case = Case(7, wire, way)
        case.fault.until_us = case.fault.from_us + 90_000_000
        assert case.run() == []


def test_counters_near_their_ends():
    for at in range(1, len(ENDS), EVERY):
        case = Case(3, "irq", "10 Hz", ENDS[at])
        shorten(case, 9_000_000)
        assert case.run() == []


def test_three_wires_at_once():
    for seed in range(1, 9, EVERY):
        case = Case(seed, others=2)
        shorten(case, 9_000_000)
        assert case.run() == []


def test_the_bench_sees_what_it_is_to_see():
    case = Case(5, "irq", "cut")
    case.fault.from_us, case.fault.until_us = 5_000_000, 8_000_000
    wrong = []
    check = case._check_moment

    def shifted(row):
        row.uptime_ms -= 60
        check(row)
        wrong.append(row)

    case._check_moment = shifted
    assert len(case.run()) >= len(wrong) > 0
