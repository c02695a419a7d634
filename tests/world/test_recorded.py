"""Moments that were kept are judged again as they were."""

from pathlib import Path

from judge import judge
from recorded import again, record, seeds_in
from test_judge import STORY


def test_moments_are_as_they_were(tmp_path: Path) -> None:
    assert record(STORY, tmp_path) == []
    assert seeds_in(tmp_path) == [STORY.seed]
    moments = list(again(tmp_path, STORY.seed))
    assert [moment.at_s for moment in moments[:2]] == list(STORY.checks)
    assert moments[-1].is_end
    for moment in again(tmp_path, STORY.seed):
        camp = moment.laptops[0]
        assert camp.race is not None
        assert [line.name for line in camp.race.log.runners][:1] == ["Nora"]
        assert judge(moment) == []
        moment.truth.lives["Nora"].trips[0].in_s = 2_000.0
        assert [one.rule for one in judge(moment)][:1] == ["loop"]
