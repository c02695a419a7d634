"""Slices of the campaigns, and a proof that they see what they are to see."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "campaigns"))

import flash_cuts
import flash_images
import restarts
import tampering
from gate_station.core import log, logscan
from gate_station.ports import BlockDevice
from gate_wire import record
from yellowgate.sim.devices import nor

pytestmark = pytest.mark.slow


def test_cuts_in_every_way() -> None:
    result = flash_cuts.campaign(700, 400, seed=11)
    assert result.cases == 700
    assert result.failures == []


def test_anything_may_be_on_the_flash() -> None:
    assert flash_images.campaign(250, 250, seed=12).failures == []


def test_tampering_is_found_and_nobody_accused() -> None:
    result = tampering.campaign(60, seed=13)
    assert (result.accused, result.missed) == ([], [])


def test_restarts_fill_nothing() -> None:
    result = restarts.campaign(400, seed=7, blocks=16, touch_share=0.02)
    assert result.problems == []
    assert result.lives == 400 and result.touches >= 1 and result.row_max == restarts.ROW_MAX
    # A page for each touch, one more where it was cut, and the starts that come after it.
    assert result.pages <= result.touches + 2 * result.cuts + result.pages_without_touch
    assert result.pages_without_touch <= 2 * restarts.ROW_MAX * (1 + result.touches)


class ClosesAtTheStart(log.Log):
    """What would happen if opening closed the page, as it once did."""

    def __init__(self, device: BlockDevice, blocks: list[int], log_id: bytes) -> None:
        super().__init__(device, blocks, log_id)
        self.settle()


def test_the_campaign_sees_a_log_that_costs_a_page_a_restart() -> None:
    run = restarts.Campaign(4, seed=7)
    places = [restarts.FIRST_BLOCK + index for index in range(4)]
    log.Log(run.flash, places, restarts.LOG_ID).append(2, 1, 0, record.UTC_UNKNOWN, 0, b"")
    before = run.result.programs
    for _ in range(20):
        ClosesAtTheStart(run.flash, places, restarts.LOG_ID)
    assert run.result.programs >= before + 20


class GoesOnInTheSamePage(log.Log):
    """What would happen without the rule that a page is left after a restart."""

    def __init__(self, device: BlockDevice, blocks: list[int], log_id: bytes) -> None:
        super().__init__(device, blocks, log_id, refusal="so that nothing is settled")
        self.refusal = ""
        found = logscan.Opening(self._blocks, log_id)
        self._at = found.last_at + len(found.last)


def test_the_campaign_sees_a_log_that_breaks_the_rule() -> None:
    flash = flash_cuts.fresh()
    history = flash_cuts.History()
    writer = flash_cuts.Writer(flash, history)
    for number in range(4):
        writer.count = number
        writer.append(7)
    moments: list[flash_cuts.Moment] = []
    writer.moments = moments
    writer.append(7)
    seen = 0
    for seed in range(40):
        flash_cuts.tear(flash, moments[0], flash_cuts.Tear(nor.FAINT), seed)
        book = GoesOnInTheSamePage(flash, list(flash_cuts.PLACES), flash_cuts.LOG_ID)
        try:
            book.append(3, 1, 5, record.UTC_UNKNOWN, 0, b"another")
        except OSError:
            continue
        place = flash.weak_bits()
        seen += place > 0
    assert seen > 10  # acknowledged records that lie on weak bits
