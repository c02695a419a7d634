"""A packet leaves nothing on the heap, and neither does a record that nobody hears."""

import pytest
from heapkit import measure

pytestmark = pytest.mark.slow


def test_packets_and_untold_records_leave_nothing_on_the_heap() -> None:
    figures = measure(100, 1_300)
    assert figures["packets_sent"] >= 100
    assert figures["packets_taken"] >= 100
    assert figures["lacking_no_base"] == 1_300
    # One list that doubled its room is noise; a packet or a record that stays is not.
    assert figures["kept_bytes"] < 100
    assert figures["kept_bytes_no_base"] < 500
