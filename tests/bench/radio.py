"""The radio in figures and ratios: bytes and airtime for an arrival, time to the host, the law.

    python tests/bench/radio.py [--quick] [--json]

Protocol in virtual time (tests/radio/airsim.py) on CPython: firmware outbox, ledger and base, host
ears; the air loses, collides, delays. Latency: 3 ms from the chip, 8 ms USB, 25 ms for a commit.
"""

import argparse
import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "radio"))

from airsim import Host, Sim, Station, uid_of
from gate_station.core import airtime, regions
from gate_wire import bodies, kinds, packet, record

UIDS = [uid_of(runner) for runner in range(40)]
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
TOLD = (packet.NEWS, packet.ARRIVALS)

# Bytes around a payload. Meshtastic: 16 of header (to, from, id, flags, hash, next hop, relay) and
# 4 of protobuf (portnum, length); no MAC on a channel. LoRaWAN 1.0.4: MHDR 1, DevAddr 4, FCtrl 1,
# FCnt 2, FPort 1, MIC 4. Both would carry the same compressed arrival, or the record as it is.
MESHTASTIC_BYTES = 20
LORAWAN_BYTES = 13


class World:
    """Stations, a base and nothing else on a clean or lossy air."""

    def __init__(
        self,
        seed: int,
        stations: int = 3,
        region: regions.Region = regions.US915,
        beat_s: int = 300,
        loss: float = 0.0,
    ) -> None:
        self.sim = Sim(seed, airtime.Modem(9), region)
        self.stations = [Station(self.sim, at + 1, UIDS, beat_s) for at in range(stations)]
        self.host = Host(self.sim, self.stations, UIDS)
        self.sim.run(2 * MINUTE_MS)
        assert self.host.has_all()
        self.sim.loss = loss

    def delays_ms(self) -> list[int]:
        """From each tap to the row on the host's disk, sorted."""
        delays: list[int] = []
        for one in self.stations:
            name = one.log.log_id.hex()
            for seq, raw in enumerate(one.log.raws):
                if raw[1] == kinds.TAG:
                    delays.append(self.host.arrived_ms[name, seq] - one.stored_ms[seq])
        return sorted(delays)


def entry_bytes() -> dict[str, float]:
    """One arrival alone, and ten that waited, on air with everything."""
    world = World(1, 1, regions.EU868)
    station, sim = world.stations[0], world.sim
    sim.recorded = []
    chance = random.Random(3)
    for runner in range(30):
        station.tap(UIDS[runner])
        sim.run(sim.now_ms + chance.randrange(1, 30) * MINUTE_MS)
    single = max(len(data) for data in sim.recorded if data[3] & 0x0F in TOLD)
    world.host.set_on(False)
    for runner in range(10):
        station.tap(UIDS[runner])
        sim.run(sim.now_ms + chance.randrange(20, 300) * 1000)
    sim.recorded.clear()
    before = len(world.host.rows)
    world.host.set_on(True)
    sim.run(sim.now_ms + 10 * MINUTE_MS, lambda: len(world.host.rows) == before + 10)
    assert len(world.host.rows) == before + 10
    batch = [len(data) for data in sim.recorded if data[3] & 0x0F in TOLD][-1]
    content = single - packet.FIXED_BYTES - 1  # less a check byte, which others do not have
    raw = record.RECORD_BYTES_MIN
    return {
        "bytes_single": single,
        "bytes_per_arrival_batch10": batch / 10,
        "bytes_single_meshtastic": content + MESHTASTIC_BYTES,
        "bytes_single_lorawan": content + LORAWAN_BYTES,
        "bytes_raw_record_meshtastic": raw + MESHTASTIC_BYTES,
        "bytes_raw_record_lorawan": raw + LORAWAN_BYTES,
        "ratio_single_meshtastic": single / (content + MESHTASTIC_BYTES),
        "ratio_single_lorawan": single / (content + LORAWAN_BYTES),
    }


def delay_s(loss: float, taps: int) -> tuple[float, float]:
    """(median, 95th percentile) from tap to the host's disk, in seconds."""
    world = World(2, loss=loss)
    sim = world.sim
    for at in range(taps):
        world.stations[at % 3].tap(UIDS[at % 40])
        sim.run(sim.now_ms + sim.random.randrange(500, 60_000))
    sim.loss = 0.0
    sim.run(sim.now_ms + HOUR_MS, world.host.has_all)
    delays = world.delays_ms()
    return delays[len(delays) // 2] / 1000, delays[len(delays) * 95 // 100] / 1000


def airtime_ms(loss: float, taps: int, seeds: int) -> float:
    """Airtime of stations and base for an arrival, without heartbeats."""
    spent_us = 0
    for seed in range(seeds):
        world = World(seed, loss=loss, beat_s=86_400)
        sim = world.sim
        before_us = sim.airtime_us
        for at in range(taps):
            world.stations[at % 3].tap(UIDS[at % 40])
            sim.run(sim.now_ms + sim.random.randrange(500, 60_000))
        sim.run(sim.now_ms + HOUR_MS, world.host.has_all)
        assert world.host.has_all()
        spent_us += sim.airtime_us - before_us
    return spent_us / 1000 / (taps * seeds)


def busiest_hour_us(spent: list[tuple[int, int]]) -> int:
    """The most airtime in any sliding hour; (start in ms, us) each."""
    best, within, first = 0, 0, 0
    for at_ms, us in spent:
        within += us
        while spent[first][0] <= at_ms - HOUR_MS:
            within -= spent[first][1]
            first += 1
        best = max(best, within)
    return best


def whole_race(hours: int) -> dict[str, float]:
    """40 runners, gate, tower and a checkpoint under EU868's 1 %, one packet in five lost."""
    world = World(5, 3, regions.EU868, loss=0.2)
    sim = world.sim
    end_ms = sim.now_ms + hours * HOUR_MS
    chance = random.Random(11)
    gate, tower, third = world.stations
    for uid in UIDS:
        at_ms = sim.now_ms + chance.randrange(MINUTE_MS)
        while at_ms < end_ms:
            loop_ms = chance.randrange(8 * HOUR_MS, 13 * HOUR_MS)
            sim.at(at_ms, lambda u=uid: gate.tap(u))
            sim.at(at_ms + loop_ms * 2 // 5, lambda u=uid: tower.tap(u))
            sim.at(at_ms + loop_ms * 3 // 4, lambda u=uid: third.tap(u))
            sim.at(at_ms + loop_ms, lambda u=uid: gate.tap(u))
            at_ms += loop_ms + chance.randrange(5, 60) * MINUTE_MS
            if chance.random() < 0.3:
                break
    health = bodies.pack_health(bodies.Health(4012, -3, 17, 2, 0, 0, 0, 0))
    for at_ms in range(sim.now_ms, end_ms, 15 * MINUTE_MS):
        for one in world.stations:
            sim.at(at_ms, lambda s=one: s.store(kinds.HEALTH, health))
    for at_ms in (end_ms // 3, end_ms // 2):  # two power cuts
        sim.at(at_ms, tower.restart)
    sim.run(end_ms)
    sim.run(end_ms + 2 * HOUR_MS, world.host.has_all)
    world.host.check_exact()
    limit_us = regions.EU868.duty_us
    busiest = [busiest_hour_us(one.airtime) / limit_us for one in sim.nodes]
    delays = world.delays_ms()
    records = sum(len(one.log.raws) for one in world.stations)
    return {
        "race_hours": hours,
        "race_records": records,
        "race_arrivals": len(delays),
        "delivered": len(world.host.rows) / records,
        "duty_max": max(busiest),
        "race_tap_to_host_p50_s": delays[len(delays) // 2] / 1000,
        "race_tap_to_host_p99_s": delays[len(delays) * 99 // 100] / 1000,
    }


def measure(quick: bool) -> dict[str, float]:
    """All figures; quick: fewer of the same."""
    taps, seeds = (60, 2) if quick else (300, 10)
    figures: dict[str, float] = dict(entry_bytes())
    figures["tap_to_host_p50_s"], figures["tap_to_host_p95_s"] = delay_s(0.0, taps)
    median_s, late_s = delay_s(0.3, taps)
    figures["tap_to_host_loss30_p50_s"], figures["tap_to_host_loss30_p95_s"] = median_s, late_s
    clean_ms = airtime_ms(0.0, taps, seeds)
    figures["airtime_ms_per_arrival"] = clean_ms
    for loss in (0.3, 0.6):
        ideal_ms = clean_ms / (1 - loss)
        figures[f"airtime_ratio_loss{loss * 100:.0f}"] = airtime_ms(loss, taps, seeds) / ideal_ms
    figures.update(whole_race(8 if quick else 60))
    return figures


GOALS = {
    "bytes_single": "<= 22",
    "bytes_per_arrival_batch10": "<= 7",
    "tap_to_host_p50_s": "< 1",
    "airtime_ratio_loss30": "<= 1.5",
    "duty_max": "<= 1 of the limit",
    "delivered": "1",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer taps, a race of 8 h")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    figures = measure(options.quick)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:34} {value:10.3f}  {GOALS.get(name, '')}")


if __name__ == "__main__":
    main()
