"""A slice of the radio campaigns, and the ledger of a whole day; all seeds by their scripts."""

import sys
from pathlib import Path

import pytest
from gate_station.core import airtime, regions

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))

import radio_faults
import radio_forgery
from airsim import Host, Sim, Station, uid_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(40))
def test_every_record_arrives_once_after_the_faults(seed: int) -> None:
    radio_faults.Case(seed).run()


def test_nothing_forged_or_replayed_is_believed() -> None:
    refused = radio_forgery.run(5000)
    assert refused["forged or damaged"] > 1000


def test_a_station_that_restarts_all_day_stays_within_one_percent() -> None:
    uids = [uid_of(runner) for runner in range(40)]
    sim = Sim(3, airtime.Modem(9), regions.EU868)
    station = Station(sim, 1, uids)
    Host(sim, [station], uids)
    sim.loss = 0.9
    for minute in range(0, 600, 2):
        sim.at(minute * 60_000, lambda m=minute: station.tap(uids[m % 40]))
        if minute % 14 == 0:
            sim.at(minute * 60_000, station.restart)
    sim.run(600 * 60_000)
    for first_ms, _ in station.airtime:
        hour = [us for at_ms, us in station.airtime if first_ms <= at_ms < first_ms + 3_600_000]
        assert sum(hour) <= 36_000_000


def test_a_new_laptop_without_records_gets_them_all_again() -> None:
    uids = [uid_of(runner) for runner in range(40)]
    sim = Sim(4, airtime.Modem(9), regions.US915)
    station = Station(sim, 1, uids)
    host = Host(sim, [station], uids)
    for runner in range(20):
        station.tap(uids[runner])
        sim.run(sim.now_ms + 20_000)
    assert host.has_all()
    host.rows.clear()
    host.counters.clear()
    host.restart()
    sim.run(sim.now_ms + 1_200_000, host.has_all)
    host.check_exact()


def test_a_lost_record_does_not_stop_the_others() -> None:
    uids = [uid_of(runner) for runner in range(40)]
    sim = Sim(5, airtime.Modem(9), regions.US915)
    station = Station(sim, 1, uids)
    host = Host(sim, [station], uids)
    host.set_on(False)
    for runner in range(20):
        station.tap(uids[runner])
    whole = station.log.read
    station.log.read = lambda seq, buf: 0 if seq in (5, 6, 17) else whole(seq, buf)
    host.set_on(True)
    sim.run(sim.now_ms + 1_200_000, lambda: len(host.rows) == 18)
    assert {seq for _, seq in host.rows} == set(range(21)) - {5, 6, 17}
    sim.run(sim.now_ms + 60_000)
    assert station.box.backlog.count() == 0
