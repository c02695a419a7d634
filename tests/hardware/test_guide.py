"""The guide and the card know every signal of the firmware, and no other."""

from xml.etree import ElementTree

import pytest
from gate_station.core import config, signals
from netlist import HARDWARE

from hardware import card, sound

ROWS = {row["name"]: row for row in card.read_rows()}


def test_signals_listed_are_the_firmwares():
    assert set(ROWS) == set(signals.PATTERNS)


@pytest.mark.parametrize("name", sorted(signals.PATTERNS))
def test_lights_named_are_the_lights_lit(name: str):
    lights = 0
    for _, lit, _ in signals.steps(name):
        lights |= lit
    words = ROWS[name]["short"].replace("both", "green red")
    assert ("green" in words) == bool(lights & signals.GREEN)
    assert ("red" in words.replace("three", "")) == bool(lights & signals.RED)


def test_three_long_low_beeps_are_what_the_guide_says():
    tones = [step for step in signals.steps(signals.REFUSED) if step[0]]
    assert len(tones) == 3 and all(ms >= 500 and hz < 1500 for hz, _, ms in tones)


def test_silence_is_called_silence():
    for name, row in ROWS.items():
        sounds = any(step[0] for step in signals.steps(name))
        assert ("no sound" in row["short"]) != sounds, name


def test_seconds_in_words_are_the_firmwares():
    defaults = config.parse("{}")
    assert f"within {defaults.director_ms // 1000} s" in ROWS[signals.DIRECTOR]["do"]
    assert f"every {defaults.blink_s} s" in ROWS[signals.ALL_WELL]["short"]


def test_guide_holds_the_table():
    page = (HARDWARE / "field-guide.md").read_text(encoding="utf-8")
    assert card.put_into(page) == page, "python hardware/card.py"


@pytest.mark.parametrize(("name", "draw"), [("card.svg", card.card), ("sheet.svg", card.sheet)])
def test_sheet_is_drawn_of_these_signals(name: str, draw: "card.Draw"):
    assert (HARDWARE / name).read_text(encoding="utf-8") == draw(), "python hardware/card.py"


@pytest.mark.parametrize("name", ["card.svg", "sheet.svg"])
def test_everything_lies_on_one_a4_page(name: str):
    root = ElementTree.parse(HARDWARE / name).getroot()
    assert root.get("width") == "210mm" and root.get("height") == "297mm"
    for node in root.iter():
        if node.get("y"):
            bottom_mm = float(node.get("y", "0")) + float(node.get("height", "0").rstrip("m"))
            right_mm = float(node.get("x", "0")) + float(node.get("width", "0").rstrip("m"))
            assert bottom_mm <= 297 and right_mm <= 210, ElementTree.tostring(node)


def test_texts_do_not_run_into_the_next_column():
    """DejaVu Sans is about 0.58 em wide on the mean, bold 0.68."""
    root = ElementTree.fromstring(card.card())
    columns = ((card.NAME_X_MM, card.MEANING_X_MM), (card.MEANING_X_MM, card.DO_X_MM),
               (card.DO_X_MM, 202))  # fmt: skip
    for x_mm, next_mm in columns:
        for node in root.iter("{http://www.w3.org/2000/svg}text"):
            if float(node.get("x", "0")) == x_mm:
                em = 0.68 if node.get("font-weight") else 0.58
                width_mm = em * float(node.get("font-size", "0")) * len(node.text or "")
                assert x_mm + width_mm <= next_mm + 0.5, node.text


def test_what_needs_an_act_at_once_is_on_top_and_large():
    root = ElementTree.fromstring(card.card())
    texts = list(root.iter("{http://www.w3.org/2000/svg}text"))
    at = {node.text: float(node.get("y", "0")) for node in texts if node.get("font-weight")}
    urgent = [at[name] for name in card.URGENT]
    others = [at[name] for name in signals.PATTERNS if name not in card.URGENT]
    assert max(urgent) < min(others)
    assert all("NOT" in ROWS[name]["meaning"] or "Nothing more" in ROWS[name]["meaning"]
               for name in card.URGENT)  # fmt: skip
    smallest = min(float(node.get("font-size", "0")) for node in texts)
    assert smallest >= 2.8  # 8 points


def test_guide_holds_the_loudness():
    page = (HARDWARE / "field-guide.md").read_text(encoding="utf-8")
    assert sound.put_into(page) == page, "python -m hardware.sound --write"
    assert f"{sound.level_db(5):.0f} dB" in page


def test_push_pull_is_six_decibels_more_and_distance_takes_its_share():
    assert sound.level_db(1) - sound.level_db(1, False) == pytest.approx(6.02, abs=0.01)
    assert sound.level_db(0.5) - sound.level_db(5) == pytest.approx(20)
    assert sound.level_db(0.1) == pytest.approx(70 + 6.85 - 3, abs=0.01)
