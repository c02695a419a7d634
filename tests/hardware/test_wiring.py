"""Firmware and wiring say the same: every pin of the pin map has its wire, every wire its pin."""

import re
from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="PyYAML is missing (it comes with wireviz): pip install wireviz")

from gate_station.board import pins
from netlist import reached, read_carrier, read_wiring, terminals, wires

HARDWARE = Path(__file__).parents[2] / "hardware"
WIRING, CARRIER = read_wiring(), read_carrier()
# Constant of the pin map: the terminal at which its wire must end.
ENDS = {
    "BUTTON": "BUTTON:1",
    "NFC_SCK": "READER:SCK",
    "NFC_MOSI": "READER:MOSI",
    "NFC_MISO": "READER:MISO",
    "NFC_CS": "READER:SS",
    "NFC_IRQ": "READER:IRQ",
    "NFC_RSTPD": "READER:RSTPD",
    "RADIO_SCK": "RADIO:SCK",
    "RADIO_MOSI": "RADIO:MOSI",
    "RADIO_MISO": "RADIO:MISO",
    "RADIO_CS": "RADIO:CS",
    "RADIO_RST": "RADIO:RST",
    "RADIO_DIO0": "RADIO:G0",
    "RTC_SDA": "RTC:SDA",
    "RTC_SCL": "RTC:SCL",
    "RTC_SQW": "RTC:SQW",
    "LED_GREEN": "GREEN:anode",
    "LED_RED": "RED:anode",
    "BUZZER": "BUZZER:1",
    "BUZZER_INVERTED": "BUZZER:2",
    "BATTERY": "CARRIER:GP26",
}
ENDS_OF_PARTS = ("from", "to", "third")
BUSES = {"NFC_SPI", "RADIO_SPI", "RTC_I2C"}
PIN_MAP = {name: value for name, value in vars(pins).items() if name.isupper()}
# RP2040 datasheet 1.4.3, functions of GPIO: what the pin's number says about bus and role.
SPI_ROLES = {"MISO": 0, "CS": 1, "SCK": 2, "MOSI": 3}
I2C_ROLES = {"SDA": 0, "SCL": 1}
# Raspberry Pi Pico datasheet 2.1, pinout: GPIO of the pins 1 to 40.
# fmt: off
PICO_PINS = [
    "GP0", "GP1", "GND", "GP2", "GP3", "GP4", "GP5", "GND", "GP6", "GP7",
    "GP8", "GP9", "GND", "GP10", "GP11", "GP12", "GP13", "GND", "GP14", "GP15",
    "GP16", "GP17", "GND", "GP18", "GP19", "GP20", "GP21", "GND", "GP22", "RUN",
    "GP26", "GP27", "AGND", "GP28", "ADC_VREF", "3V3", "3V3_EN", "GND", "VSYS", "VBUS",
]
# fmt: on


def _used_gpios() -> set[int]:
    ends = [end for wire in wires(WIRING) for end in wire[:2]]
    return {int(end[7:]) for end in ends if re.fullmatch(r"PICO:GP\d+", end)}


def test_every_name_of_the_pin_map_is_known_here():
    assert set(PIN_MAP) == set(ENDS) | BUSES


@pytest.mark.parametrize("name", sorted(ENDS))
def test_pin_of_the_firmware_is_wired_to_its_part(name: str):
    assert ENDS[name] in reached(f"PICO:GP{PIN_MAP[name]}", WIRING, CARRIER)


def test_pin_reaches_nothing_but_its_part():
    for name, end in ENDS.items():
        got = reached(f"PICO:GP{PIN_MAP[name]}", WIRING, CARRIER)
        assert {t for t in got if not t.startswith("CARRIER:")} <= {end}, name


def test_every_wired_gpio_is_in_the_pin_map():
    assert _used_gpios() == {PIN_MAP[name] for name in ENDS}


def test_no_gpio_serves_two():
    assert len({PIN_MAP[name] for name in ENDS}) == len(ENDS)


@pytest.mark.parametrize("prefix", ["NFC", "RADIO"])
@pytest.mark.parametrize("role", ["SCK", "MOSI", "MISO"])
def test_spi_pins_can_do_spi(prefix: str, role: str):
    gpio = PIN_MAP[f"{prefix}_{role}"]
    assert gpio % 4 == SPI_ROLES[role] and gpio // 8 % 2 == PIN_MAP[f"{prefix}_SPI"]


@pytest.mark.parametrize("role", ["SDA", "SCL"])
def test_i2c_pins_can_do_i2c(role: str):
    gpio = PIN_MAP[f"RTC_{role}"]
    assert gpio % 2 == I2C_ROLES[role] and gpio // 2 % 2 == PIN_MAP["RTC_I2C"]


def test_battery_pin_has_a_converter_and_a_divider_of_two():
    assert 26 <= PIN_MAP["BATTERY"] <= 28
    halves = {(p["from"], p["to"]): p["value"] for p in CARRIER if p["role"] == "divider"}
    assert set(halves) == {("VSYS", "GP26"), ("GP26", "GND")}
    assert len(set(halves.values())) == 1


def test_pico_is_numbered_as_printed():
    assert WIRING["connectors"]["PICO"]["pinlabels"] == PICO_PINS


@pytest.mark.parametrize(
    ("terminal", "rail"),
    [
        ("READER:VCC", "PICO:3V3"),
        ("RADIO:VIN", "PICO:3V3"),
        ("RTC:VCC", "PICO:3V3"),
        ("BATTERY:plus", "PICO:VSYS"),
        ("READER:GND", "PICO:GND"),
        ("RADIO:GND", "PICO:GND"),
        ("RTC:GND", "PICO:GND"),
        ("BUTTON:2", "PICO:GND"),
        ("BATTERY:minus", "PICO:GND"),
        ("RADIO:SHIELD", "PICO:GND"),
        ("ANTENNA:shield", "PICO:GND"),
        ("ANTENNA:centre", "RADIO:ANT"),
    ],
)
def test_power_arrives(terminal: str, rail: str):
    assert rail in reached(terminal, WIRING, CARRIER)


def test_rails_do_not_meet():
    for rail, others in (
        ("PICO:3V3", "VSYS GND RUN"),
        ("PICO:VSYS", "GND RUN"),
        ("PICO:GND", "RUN"),
    ):
        got = reached(rail, WIRING, CARRIER)
        assert not got & {f"PICO:{other}" for other in others.split()}, rail


def test_every_terminal_of_a_part_is_connected():
    connected = {end for wire in wires(WIRING) for end in wire[:2]}
    for name, connector in WIRING["connectors"].items():
        if name not in ("PICO", "CARRIER"):
            assert set(terminals(WIRING, name, connector["pinlabels"])) <= connected, name


def test_carrier_drawn_is_the_carrier_listed():
    listed = [
        f"{p['part']} {p['value']} " + " - ".join(p[end] for end in ENDS_OF_PARTS if p[end])
        for p in CARRIER
    ]
    drawn = WIRING["connectors"]["CARRIER"]["notes"].strip().splitlines()
    assert [re.sub(r" \((board|strip)\)$", "", line) for line in drawn] == listed
    builds = [found[1] if (found := re.search(r" \((\w+)\)$", line)) else "both" for line in drawn]
    assert builds == [p["build"] for p in CARRIER]
    strips = {p[end] for p in CARRIER for end in ENDS_OF_PARTS} - {""}
    assert strips <= set(WIRING["connectors"]["CARRIER"]["pinlabels"])


def test_both_builds_have_the_same_parts_between_the_same_nets():
    """What only one build has is a capacitor, a protection or a test point: no signal."""
    for part in CARRIER:
        if part["build"] != "both":
            assert part["role"] in ("reserve", "local", "tvs", "bleed", "test"), part["part"]


def test_ground_is_black_and_no_ground_elsewhere():
    for a, b, colour in wires(WIRING):
        grounded = a.endswith(":GND") or b.endswith(":GND")
        if "BUTTON" not in b:  # the bought cable has its own colours
            assert (colour == "BK") == grounded, (a, b)
