"""A slice of the fault bench (all of it: tests/campaigns/faults.py), and what it is worth."""

from faultkit import ENDS, WAYS, WIRES, Case


def test_every_wire_in_every_way():
    seed = 0
    for wire in sorted(WIRES):
        for way in WAYS:
            seed += 1
            # Each wire once in the slice; the campaign has them all.
            if seed % len(WAYS) == len(wire) % len(WAYS):
                case = Case(seed, wire, way)
                case.until_us = min(case.until_us, case.from_us + 20_000_000)
                assert case.run() == []
                assert case.stored > 2


def test_what_lasts_ends_all_well():
    for wire, way in (("irq", "low"), ("nfc miso", "high"), ("sqw", "cut"), ("button", "low")):
        case = Case(7, wire, way)
        case.until_us = case.from_us + 90_000_000
        assert case.run() == []


def test_counters_near_their_ends():
    for end in ("ticks", "boot"):  # the others: see the campaign
        assert end in ENDS
        case = Case(3, "irq", "10 Hz", end)
        case.until_us = min(case.until_us, case.from_us + 9_000_000)
        assert case.run() == []


def test_the_bench_sees_what_it_is_to_see():
    case = Case(5, "irq", "cut")
    case.from_us, case.until_us = 5_000_000, 8_000_000
    wrong = []
    check = case._check_moment

    def shifted(row):
        row.uptime_ms -= 60
        check(row)
        wrong.append(row)

    case._check_moment = shifted
    assert len(case.run()) >= len(wrong) > 0
