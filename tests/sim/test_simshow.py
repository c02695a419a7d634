"""How far a script is, to who comes to a port meanwhile."""

from yellowgate.cli.simshow import playing

HOUR_US = 3_600_000_000


def test_who_comes_while_it_plays_is_told_how_far_it_is() -> None:
    told: list[str] = []
    with playing(60 * HOUR_US, told.append) as show:
        show(0)
        show(15 * HOUR_US)
    assert [words.partition(":")[0] for words in told] == [
        "playing, 0 % (0.0 of 60.0 hours)",
        "playing, 25 % (15.0 of 60.0 hours)",
    ]
    assert all(words.endswith("the port answers when the script has been played") for words in told)
