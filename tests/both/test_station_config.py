"""station.json: what can be used is used, the rest is named and left at its default."""

from gate_station.core import config
from gate_wire import kinds

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import Any


def test_a_whole_file():
    told = config.parse(
        '{"id": 7, "role": "tower", "name": "Frozen Head", "region": "EU868",'
        ' "keys": {"radio": "000102030405060708090a0b0c0d0e0f"},'
        ' "director": ["DEADBEEF", "04010203040506"], "parts": {"reader": false, "rtc": true},'
        ' "radio": {"spreading_factor": 9}, "touch_ms": 5000, "low_power": true}'
    )
    assert told.problems == []
    assert (told.id, told.role, told.name) == (7, kinds.TOWER, "Frozen Head")
    assert told.region == "EU868"
    assert told.radio_key == bytes(range(16))
    assert told.director == (b"\xde\xad\xbe\xef", b"\x04\x01\x02\x03\x04\x05\x06")
    assert told.off == ("reader",)
    assert told.radio == {"spreading_factor": 9}
    assert (told.touch_ms, told.low_power) == (5000, 1)


def test_no_file_or_rubbish_gives_a_station_all_the_same():
    texts: Any = ("", "{", "[]", "null", "17", '"x"', "\0\0\0", b"\xff\xfe", '{"id": 1', None)
    for text in texts:
        told = config.parse(text)
        assert told.problems
        assert (told.id, told.role, told.radio_key) == (0, kinds.GATE, b"")
        assert told.touch_ms == 3000


def test_what_cannot_be_used_is_named_and_the_rest_taken():
    told = config.parse(
        '{"id": 70000, "role": "fence", "name": 5, "region": "MARS", "keys": {"radio": "abc"},'
        ' "director": ["zz", "deadbeef"], "parts": {"engine": false}, "touch_ms": -1,'
        ' "debounce_ms": "fast", "colour": "yellow", "battery_min_mv": 3100}'
    )
    assert told.battery_min_mv == 3100
    assert told.director == (b"\xde\xad\xbe\xef",)
    assert (told.id, told.role, told.name, told.radio_key) == (0, kinds.GATE, "", b"")
    named = " ".join(told.problems)
    for word in (
        "id", "role", "name", "region", "keys", "director", "parts", "touch_ms", "debounce_ms",
        "colour",
    ):  # fmt: skip
        assert word in named, word
    assert len(told.problems) == 10


def test_every_cut_and_every_changed_byte_is_survived():
    text = '{"id": 7, "role": "gate", "keys": {"radio": "%s"}, "director": ["deadbeef"]}' % (
        "0f" * 16
    )
    for length in range(len(text)):
        config.parse(text[:length])
    for at in range(len(text)):
        for character in '0"{}[],:x\x00':
            config.parse(text[:at] + character + text[at + 1 :])


class File:
    def __init__(self, content) -> None:
        self.content = content
        self.closed = False

    def read(self):
        if isinstance(self.content, Exception):
            raise self.content
        return self.content

    def close(self):
        self.closed = True


def test_a_file_that_cannot_be_read():
    def missing(_name):
        raise OSError(2)

    assert config.load(missing).problems
    for content in (OSError(5), ValueError("no UTF-8"), '{"id": 3}'):
        file: Any = File(content)
        told = config.load(lambda name, file=file: file)
        assert file.closed
        assert told.id == (3 if content == '{"id": 3}' else 0)


def test_hex_is_taken_strictly():
    assert config.from_hex("00FFa1") == b"\x00\xff\xa1"
    for text in ("0", "0x", "zz", " 00", "0 0", None, 5, "é0"):
        assert config.from_hex(text) is None
