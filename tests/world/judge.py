"""The judge: the truth is known, and what the product did and says is held to it.

At every moment: nothing that was acknowledged is lost, nothing is invented, each bound holds the
true moment, what the log states without doubt is so, and whoever is outside is on the list. When
all faults are over: everything is everywhere, and all say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import judgeend
import judgelists
import judgerace
import judgerecords
from complaint import Complaint
from held import Held
from truth import Moment

Rule = Callable[[Held], Iterator[Complaint]]

ALWAYS: tuple[Rule, ...] = (
    judgerecords.no_failure,
    judgerecords.no_secret,
    judgerecords.nothing_lost,
    judgerecords.one_record_a_number,
    judgerecords.nothing_invented,
    judgerecords.stores_say_what_the_flash_says,
    judgerecords.what_is_acked_by_radio_is_stored,
    judgerecords.each_life_begins_with_its_start,
    judgerecords.bounds_hold,
    judgelists.no_ruling_lost,
    judgelists.rulings_stand_as_ruled,
    judgelists.the_log_is_of_what_is_there,
    judgelists.proposals_are_fair,
    judgerace.start_is_true,
    judgerace.loops_are_true,
    judgerace.states_are_true,
    judgerace.places_are_true,
    judgerace.who_is_outside_is_listed,
)
AT_THE_END: tuple[Rule, ...] = (
    judgeend.all_records_everywhere,
    judgeend.all_rulings_everywhere,
    judgeend.same_bytes,
    judgeend.nothing_contradicts,
    judgeend.all_accounted_for,
)
RULES = (*ALWAYS, *AT_THE_END)


def judge(moment: Moment) -> list[Complaint]:
    """What is wrong at this moment, by every rule."""
    held = Held(moment)
    rules = RULES if moment.is_end else ALWAYS
    return [complaint for rule in rules for complaint in rule(held)]
