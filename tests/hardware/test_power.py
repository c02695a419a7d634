"""The power page says what the script computes, with the station's own settings."""

from pathlib import Path

import pytest
from gate_station.core import config

from hardware import power

HARDWARE = Path(__file__).parents[2] / "hardware"


def _state(name: str, power_mw: float, share: str) -> power.State:
    return power.State(name, power_mw, dict.fromkeys(power.MODES, share))


def test_page_holds_the_tables_of_the_script():
    page = (HARDWARE / "power.md").read_text(encoding="utf-8")
    assert power.put_into(page) == page, "python hardware/power.py --write"


def test_turns_of_the_reader_are_the_firmwares():
    defaults = config.parse("{}")
    assert defaults.reader_on_ms == power.READER_ON_MS
    assert defaults.reader_off_ms == power.READER_OFF_MS


def test_turns_and_blink_in_words_are_the_firmwares():
    text = (HARDWARE / "power.md").read_text(encoding="utf-8")
    period_ms = power.READER_ON_MS + power.READER_OFF_MS
    assert f"looks {power.READER_ON_MS} ms of every {period_ms}" in text
    assert config.parse("{}").blink_s == 10


def test_settings_of_each_battery_are_accepted_by_the_firmware():
    for battery in power.read_batteries():
        text = '{"battery_low_mv": %d, "battery_min_mv": %d}' % (battery.low_mv, battery.stop_mv)
        assert config.parse(text).problems == []
        assert 2000 < battery.stop_mv < battery.low_mv < 5500


def test_shares_of_exclusive_states_add_up_to_one():
    states = {state.name: state for state in power.read_states()}
    for names in (
        ("Pico awake", "Pico in lightsleep"),
        ("Reader looking for tags", "Reader powered down"),
        ("Radio listening", "Radio sending", "Radio asleep"),
    ):
        for mode in power.MODES:
            shares = [power.share_of(states[name].shares[mode], 60, 190) for name in names]
            assert sum(shares) == pytest.approx(1, abs=1e-3), (names, mode)


def test_mean_of_made_up_states():
    states = [_state("a", 100, "0.5"), _state("b", 10, "reader_on"), _state("c", 20, "reader_off")]
    assert power.mean_mw(states, "all_naps", 25, 75) == pytest.approx(50 + 2.5 + 15)


def test_current_at_the_rail_costs_the_converter():
    states = {state.name: state for state in power.read_states()}
    assert states["Radio listening"].power_mw == pytest.approx(12 * 3.3 / 0.85)
    assert states["Pico awake"].power_mw == pytest.approx(105)


def test_a_wrong_word_is_an_error():
    with pytest.raises(ValueError, match="sometimes"):
        power.share_of("sometimes", 60, 190)


def test_the_page_promises_sixty_hours_where_it_holds():
    states = power.read_states()
    by_name = {battery.name: battery for battery in power.read_batteries()}
    bank, lithium = by_name["USB bank 10 Ah"], by_name["3 AA lithium"]
    assert bank.usable_mwh * bank.cold / power.mean_mw(states, "always_on") > power.RACE_H
    assert lithium.usable_mwh / power.mean_mw(states, "reader_naps") > power.RACE_H
    button_h = lithium.usable_mwh / next(s.power_mw for s in states if s.name == "Pico awake")
    assert f"{button_h:.0f} h on three lithium AA" in (HARDWARE / "power.md").read_text()
