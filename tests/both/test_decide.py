"""What a touch means."""

from gate_station.core.decide import DIRECTOR, SAME_TOUCH, UNREADABLE, Decide
from gate_wire import kinds

CARD = b"\xde\xad\xbe\xef"
ANN = b"\x04\x01\x02\x03\x04\x05\x06"
BEN = b"\x04\x11\x12\x13\x14\x15\x16"


def decide():
    return Decide((CARD,), 3000, 20_000)


def test_a_tag_is_a_tag_and_a_press_a_press():
    d = decide()
    assert d.tag(ANN, 0) == kinds.TAG
    assert d.press(10) == kinds.PRESS
    assert d.press(20) == kinds.PRESS


def test_a_tag_that_is_held_there_is_one_touch():
    d = decide()
    assert d.tag(ANN, 1000) == kinds.TAG
    for at_ms in range(1050, 60_000, 50):
        assert d.tag(ANN, at_ms) == SAME_TOUCH
    assert d.tag(ANN, 59_950 + 3001) == kinds.TAG


def test_two_tags_held_together_are_two_touches():
    d = decide()
    answers = [d.tag(ANN if turn % 2 else BEN, 1000 + 40 * turn) for turn in range(100)]
    assert answers.count(kinds.TAG) == 2
    assert answers.count(SAME_TOUCH) == 98


def test_a_phone_that_shows_another_uid_each_time_is_one_visitor():
    d = decide()
    answers = [
        d.tag(b"\x08" + bytes((0, turn // 256, turn % 256)), 1000 + 30 * turn)
        for turn in range(2000)
    ]
    assert answers == [kinds.TAG] + 1999 * [SAME_TOUCH]
    assert d.tag(ANN, 61_000) == kinds.TAG  # who comes beside it is read
    assert d.tag(b"\x08\x01\x02\x03", 61_030) == SAME_TOUCH
    assert d.tag(b"\x08\x01\x02\x03", 70_000) == kinds.TAG
    seven = b"\x08\x01\x02\x03\x04\x05\x06"
    assert d.tag(seven, 70_010) == kinds.TAG  # only those of four bytes are made up


def test_what_cannot_be_read_is_said_once():
    d = decide()
    assert d.tag(CARD, 0) == DIRECTOR
    assert [d.tag(b"", 500 + 50 * turn) for turn in range(100)] == [UNREADABLE] + 99 * [SAME_TOUCH]
    assert d.tag(b"", 60_000) == UNREADABLE
    d.tag(CARD, 70_000)
    d.tag(b"", 70_100)
    assert d.tag(ANN, 70_200) == kinds.TAPS  # it announces nothing and ends nothing


def test_a_crowd_of_tags_is_forgotten_from_the_oldest_on():
    d = decide()
    crowd = [bytes((4, 0, 0, number)) for number in range(20)]
    for number, uid in enumerate(crowd):
        assert d.tag(uid, 1000 + number) == kinds.TAG
    assert d.tag(crowd[19], 1100) == SAME_TOUCH
    assert d.tag(crowd[0], 1101) == kinds.TAG  # too many held there: rather twice than never


def test_the_directors_card_and_a_tag_are_taps():
    d = decide()
    assert d.tag(CARD, 1000) == DIRECTOR
    assert d.tag(CARD, 1050) == SAME_TOUCH
    assert d.tag(ANN, 5000) == kinds.TAPS
    assert d.tag(BEN, 6000) == kinds.TAG


def test_the_directors_card_and_a_press_are_the_start():
    d = decide()
    assert d.tag(CARD, 1000) == DIRECTOR
    assert d.press(21_000) == kinds.START
    assert d.press(21_500) == kinds.PRESS


def test_the_announcement_ends_after_a_while():
    d = decide()
    d.tag(CARD, 1000)
    assert d.press(21_001) == kinds.PRESS
    d.tag(CARD, 60_000)
    assert d.tag(ANN, 80_001) == kinds.TAG
    assert d.tag(BEN, 80_002) == kinds.TAG


def test_who_just_touched_can_be_tapped_out_at_once():
    d = decide()
    assert d.tag(ANN, 1000) == kinds.TAG
    assert d.tag(CARD, 1500) == DIRECTOR
    assert d.tag(ANN, 2000) == kinds.TAPS
    assert d.tag(ANN, 2100) == SAME_TOUCH


def test_without_a_directors_card_there_is_no_start():
    d = Decide((), 3000, 20_000)
    assert d.tag(CARD, 0) == kinds.TAG
    assert d.press(10) == kinds.PRESS
