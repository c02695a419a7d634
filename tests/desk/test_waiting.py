"""What waits for a decision, in which order, and what its answers rule."""

from __future__ import annotations

from dataclasses import replace

from deskkit import GATE, START_US, Play
from gate_wire import bodies, kinds, record
from yellowgate.desk.decide import with_rulings
from yellowgate.desk.waiting import waiting
from yellowgate.model import Told
from yellowgate.official import Moment
from yellowgate.records import records


def answered(moment: Moment, key: str, label: str = "") -> Moment:
    """The race once this item has its usual answer, or the one that begins so."""
    (item,) = [row for row in waiting(moment) if row.key == key]
    (answer,) = [
        row for row in item.answers if (row.label.startswith(label) if label else row.is_usual)
    ]
    return with_rulings(moment, answer.rulings, "Ann")


def test_pages_of_an_arrival_wait_and_all_is_usual() -> None:
    play = Play().touch(1, "9:37:11")
    moment = play.at("10:00:00")
    (item,) = waiting(moment)
    assert item.title == "1 Ada Ashdown: how many pages?"
    assert item.detail.startswith("loop 1 in 9:37:11")
    assert [row.label for row in item.answers] == ["All 13 pages", "Fewer"]
    after = answered(moment, item.key)
    assert after.log.runners[0].loops[0].verdict == "counted"
    assert waiting(after) == []


def test_a_press_asks_whose_it_was_and_proposes() -> None:
    play = Play().touch(1, "9:37:11").touch(2, "9:40:00").press("10:12:00")
    moment = play.at("10:30:00")
    (item,) = [row for row in waiting(moment) if row.key.startswith("touch:")]
    number = play.number("10:12:00")
    assert item.key == f"touch:{GATE}:{number}"
    assert "3 may be meant" in item.detail
    assert not any(row.is_usual for row in item.answers), "equally good ones are not told apart"
    after = answered(moment, item.key, "3 Jürgen Müller")
    line = next(row for row in after.log.runners if row.name == "Jürgen Müller")
    assert line.loops[0].in_us == moment.log.unassigned[0].at_us


def test_an_unknown_tag_waits_for_its_runner() -> None:
    moment = Play().tag("04deadbeefcafe", "9:50:00").at("10:00:00")
    (item,) = waiting(moment)
    assert "tag 04deadbeefcafe" in item.detail
    after = answered(moment, item.key, "Nobody")
    assert waiting(after) == []


def test_who_is_overdue_or_missing_stands_on_top() -> None:
    play = Play().touch(1, "9:37:11")
    items = waiting(play.at("14:00:00"))
    lost = [row for row in items if row.key.startswith("lost:")]
    assert items[: len(lost)] == lost and len(lost) == 4
    moment = play.at("14:00:00")
    after = answered(moment, "lost:Paul Smith")
    line = next(row for row in after.log.runners if row.name == "Paul Smith")
    assert (line.status, line.reason, line.accounted) == ("out", "missed cutoff", True)


def test_who_is_out_and_nowhere_is_back_by_one_answer() -> None:
    play = Play()
    play.rule("5:00:00", "dropout", runner="Bram Birch", reason="lost")
    moment = play.at("6:00:00")
    (item,) = [row for row in waiting(moment) if row.runner == "Bram Birch"]
    (usual,) = [row for row in item.answers if row.is_usual]
    assert [row.kind for row in usual.rulings] == ["return"]
    assert usual.rulings[0].data["at"] == START_US + 6 * 3600 * 1_000_000
    assert waiting(answered(moment, item.key)) == []


def test_two_people_disagree_and_one_of_them_is_taken_back() -> None:
    play = Play().touch(1, "9:37:11")
    play.rule("9:40:00", "pages", runner="Ada Ashdown", loop=1, have=13, of=13)
    play.rule("9:41:00", "pages", "Ann", runner="Ada Ashdown", loop=1, have=12, of=13)
    moment = play.at("10:00:00")
    clash = waiting(moment)[0]
    assert "contradiction" in clash.title
    after = answered(moment, clash.key, "Laz is right")
    assert after.log.runners[0].loops[0].verdict == "counted"


def test_paper_that_differs_is_asked_and_either_may_win() -> None:
    play = Play().touch(1, "9:37:11")
    play.rule("9:40:00", "pages", runner="Ada Ashdown", loop=1, have=13, of=13)
    play.rule("9:45:00", "paper", runner="Ada Ashdown", loop=1, in_s=9 * 3600)
    moment = play.at("10:00:00")
    (item,) = waiting(moment)
    station = answered(moment, item.key, "The station").log.runners[0].loops[0].in_us
    paper = answered(moment, item.key, "The paper").log.runners[0].loops[0].in_us
    assert station is not None and station // 1_000_000 in (34_630, 34_631)
    assert paper is not None and abs(paper - 9 * 3600 * 1_000_000) < 1_000_000
    assert waiting(answered(moment, item.key, "The paper")) == []


def test_a_silent_station_waits_too() -> None:
    moment = Play().at("1:00:00").race.at(START_US + 3 * 3600 * 1_000_000, is_now=True)
    titles = [row.title for row in waiting(moment)]
    assert any("yellow gate is silent" in title for title in titles)


def test_keys_stay_while_the_race_goes_on() -> None:
    play = Play().touch(1, "9:37:11").press("10:12:00")
    keys = [{row.key for row in waiting(play.at(at))} for at in ("10:15:00", "11:00:00")]
    assert keys[0] <= keys[1]


def test_a_cutoff_within_the_bounds_is_asked_once() -> None:
    play = Play().touch(1, "13:20:00")
    play.rule("13:21:00", "pages", runner="Ada Ashdown", loop=1, have=13, of=13)
    moment = play.at("13:30:00")
    (item,) = [row for row in waiting(moment) if row.key.startswith("doubt:")]
    assert "the cutoff at 13:20:00 is within" in item.detail
    for label, verdict in (("It counts", "counted"), ("It does not", "void")):
        after = answered(moment, item.key, label)
        assert after.lines["Ada Ashdown"].loops[0].verdict == verdict
        assert item.key not in [row.key for row in waiting(after)]


def test_a_log_that_is_nearly_full_waits() -> None:
    race = Play().race("3:00:00")
    rows = list(race.logs[GATE])
    full = bodies.pack_health(bodies.Health(3900, 6, 870, 2, 0, 0, 0, 0))
    last = rows[-1]
    made = record.Record(kinds.HEALTH, last.seq + 1, 1, last.uptime_ms + 1, 0, 0, full)
    raws = [row.raw for row in rows] + [record.pack(made, bytes.fromhex(GATE))]
    moment = replace(race, logs={**race.logs, GATE: records(raws, GATE)}).at(
        START_US + 3 * 3_600_000_000, is_now=True
    )
    (item,) = [row for row in waiting(moment) if row.key.startswith("full:")]
    assert item.title == "yellow gate is 87 % full" and "gate sync" in item.detail


def test_a_log_of_another_laptop_that_nobody_met_is_asked() -> None:
    race = Play().race("3:00:00")
    told = {GATE: Told(frozenset({1}), rival="c3" * 8)}
    moment = replace(race, told=told).at(START_US + 3 * 3_600_000_000, is_now=True)
    (item,) = [row for row in waiting(moment) if row.key.startswith("log:")]
    assert [row.rulings[0].data["right"] for row in item.answers] == [True, False]
