"""Patterns are told apart by ear and by eye, and answers go before news."""

from gate_station.core import signals
from gate_station.core.signals import PATTERNS, Player, steps


def _rhythm(pattern):
    """Lengths of sounds and silences without their pitch, for ears that cannot tell tones."""
    lengths = []
    for hz, _, ms in pattern:
        sounds = hz != 0
        if lengths and lengths[-1][0] == sounds and not sounds:
            lengths[-1] = (sounds, lengths[-1][1] + ms)
        else:
            lengths.append((sounds, ms))
    while lengths and not lengths[0][0]:
        lengths.pop(0)
    while lengths and not lengths[-1][0]:
        lengths.pop()
    return lengths


def _lights(pattern):
    shown = []
    for _, lights, ms in pattern:
        if shown and shown[-1][0] == lights:
            shown[-1] = (lights, shown[-1][1] + ms)
        else:
            shown.append((lights, ms))
    return shown


def _differ(a, b):
    """Not of the same number of parts, or one of them half again as long as the other."""
    if len(a) != len(b):
        return True
    for one, two in zip(a, b):  # noqa: B905 - MicroPython knows no strict
        if one[0] != two[0] or max(one[1], two[1]) * 2 >= min(one[1], two[1]) * 3:
            return True
    return False


def _each_pair(names):
    names = sorted(names)
    for at in range(len(names)):
        for other in names[at + 1 :]:
            yield names[at], other


def test_told_apart_by_ear():
    audible = [name for name in PATTERNS if _rhythm(steps(name))]
    for one, two in _each_pair(audible):
        assert _differ(_rhythm(steps(one)), _rhythm(steps(two))), (one, two)


def test_told_apart_by_eye():
    for one, two in _each_pair(list(PATTERNS)):
        assert _differ(_lights(steps(one)), _lights(steps(two))), (one, two)


def test_steps_are_what_parts_can_do():
    for name in PATTERNS:
        for hz, lights, ms in steps(name):
            assert hz == 0 or 700 <= hz <= 4000
            assert 0 <= lights <= 3
            assert 20 <= ms <= 3000


def test_only_the_green_light_says_accepted():
    assert all(lights == signals.GREEN for _, lights, _ in steps(signals.ACCEPTED))
    assert steps(signals.ACCEPTED)[0][0] > 0


def test_taps_has_its_24_notes():
    assert len([step for step in steps(signals.TAPS) if step[0]]) == 24


def _play_all(player):
    played = []
    duration_ms = player.step()
    while duration_ms:
        played.append((player.hz, player.lights, duration_ms))
        duration_ms = player.step()
    return played


def test_plays_to_the_end_and_falls_silent():
    player = Player()
    player.play(signals.ACCEPTED)
    assert player.busy()
    assert _play_all(player) == list(steps(signals.ACCEPTED))
    assert (player.hz, player.lights) == (0, 0)
    assert not player.busy()


def test_an_answer_interrupts_news_which_go_on_afterwards():
    player = Player()
    player.play(signals.TAPS)
    player.step()
    player.step()
    player.play(signals.ACCEPTED)
    played = _play_all(player)
    accepted = list(steps(signals.ACCEPTED))
    assert played[: len(accepted)] == accepted
    assert played[len(accepted) :] == list(steps(signals.TAPS)[2:])


def test_two_answers_in_a_row_are_heard_as_two():
    player = Player()
    player.play(signals.ACCEPTED)
    player.step()
    player.play(signals.ACCEPTED)
    played = _play_all(player)
    assert [step[0] for step in played] == [0, 2700, 0]


def test_news_wait_for_each_other_and_are_not_doubled():
    player = Player()
    player.play(signals.CLOCK_UNSET)
    player.play(signals.CLOCK_UNSET)
    player.play(signals.BATTERY_LOW)
    expected = list(steps(signals.CLOCK_UNSET)) + list(steps(signals.BATTERY_LOW))
    assert _play_all(player) == expected


def test_too_many_news_are_bounded():
    player = Player()
    for name in PATTERNS:
        player.play(name)
    assert len(player._waiting) <= 6
