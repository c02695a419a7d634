"""Radio settings of a station, the relay, and the base."""

from check import raises, some
from gate_station.core import airdesk, airplan, airtime, base, config, duty, regions, relay
from gate_wire import packet, record

KEY = bytes(16)


def settings():
    return regions.settings(airtime.Modem(9), regions.US915)


def plan(radio, region="US915", number=7):
    told = config.parse("{}")
    told.radio, told.region, told.id = radio, region, number
    return airplan.Plan(told)


def news(sender=3, number=1):
    return packet.seal(packet.BASE_ADDRESS, sender, packet.NEWS, 1, number, b"body", KEY)


def answer(to=3, number=1):
    return packet.seal(to, packet.BASE_ADDRESS, packet.ANSWER, 1, number, bytes(4), KEY)


def test_defaults():
    made = plan({})
    assert made.problems == []
    assert made.settings.packet_bytes_max == 66
    assert (made.settings.modem.spreading_factor, made.power_dbm) == (9, 20)


def test_what_cannot_be_is_named():
    for radio in (
        {"spreading_factor": 10},
        {"spreading_factor": "9"},
        {"power_dbm": 21},
        {"frequency_khz": 868_300},
        {"relay_for": 3},
        {"hops": 4},
    ):
        assert len(plan(radio).problems) == 1, radio
    assert len(plan({}, number=254).problems) == 1
    assert plan({"spreading_factor": 12}, "EU868").problems == []
    assert plan({}, "EU868").power_dbm == 14


def test_relay_says_once_what_it_serves():
    one = relay.Relay(settings(), duty.Duty(0), (3,), 3, 1)
    for _ in range(3):
        one.heard(news(), -90, 5, 0, 1000)
    one.heard(news(4), -90, 5, 0, 1000)
    one.heard(b"rubbish of a sort", -90, 5, 0, 1000)
    assert one.poll(1000) == b""
    said = one.poll(1300)
    assert some(packet.parse(said)).hops == 1
    assert packet.verify(said, 1, KEY)
    assert one.poll(9999) == b""
    one.heard(answer(), -90, 5, 0, 10_000)
    assert some(packet.parse(one.poll(10_300))).kind == packet.ANSWER


def test_relay_keeps_what_the_base_answered_by_itself():
    one = relay.Relay(settings(), duty.Duty(0), (3,), 3, 1)
    one.heard(news(), -90, 5, 0, 1000)
    one.heard(answer(), -90, 5, 0, 1100)
    assert some(packet.parse(one.poll(2000))).kind == packet.ANSWER
    assert one.poll(3000) == b""


def test_relay_goes_no_further_than_its_hops():
    one = relay.Relay(settings(), duty.Duty(0), (3,), 1, 1)
    one.heard(packet.hopped(news()), -90, 5, 0, 1000)
    assert one.poll(2000) == b""


def test_base_forwards_all_and_says_what_the_host_wants():
    heard = []
    one = base.Base(settings(), duty.Duty(0), lambda *told: heard.append(told))
    one.heard(b"anything", -90, 5, 77, 1000)
    one.heard(b"more", -90, 5, -1, 1000)  # DIO0 did not say when
    assert heard == [(b"anything", -90, 5, 77), (b"more", -90, 5, 0)]
    assert one.poll(1000) == b""
    one.say(answer(3, 1))
    one.say(answer(4, 9))
    one.say(answer(3, 2))  # takes the place of the first
    said = [some(packet.parse(one.poll(1000))) for _ in range(2)]
    assert [(part.to, part.number) for part in said] == [(4, 9), (3, 2)]
    assert one.poll(1000) == b""
    raises(ValueError, one.say, news())


def test_base_waits_for_the_law():
    one = base.Base(settings(), duty.Duty(1_000_000, -1), lambda *told: None)
    sent = 0
    for number in range(1, 30):
        one.say(answer(3, number))
        if one.poll(0):
            sent += 1
    assert 0 < sent < 10
    assert one.poll(3_900_000) != b""


def test_numbers_begin_above_utc():
    assert airdesk.first_number(record.UTC_UNKNOWN) == 0
    assert airdesk.first_number(164_000_004_000) == airdesk.first_number(164_000_000_000) + 1
