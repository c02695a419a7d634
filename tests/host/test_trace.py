"""The log of a conversation: every frame, both ways, and no key."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from fake_station import FakeClock, FakeStation, Line, tap_record
from gate_wire import frame, message
from yellowgate.cli.main import run
from yellowgate.link.session import Session
from yellowgate.link.sync import sync
from yellowgate.link.trace import CAME, SENT, Frames
from yellowgate.store.store import Store


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "yellowgate.link"]


def test_every_frame_of_a_sync_is_there_in_hex(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG, "yellowgate")
    line = Line(FakeStation([tap_record(seq) for seq in range(40)]), piece=7)
    sync(line, Store.file(tmp_path / "race.db"), FakeClock(line))
    told = lines(caplog)
    asked = [text.split()[2] for text in told if f" {SENT} " in text]
    came = [text.split()[2] for text in told if f" {CAME} " in text]
    assert asked[0] == "HELLO" and "READ" in asked and "PAIR" in asked
    assert came[0] == "WELCOME" and came.count("RECORDS") == 3
    assert any(tap_record(3).hex() in text for text in told)


def test_what_arrives_damaged_is_there_as_well(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "yellowgate")
    Frames("port").saw(CAME, b"\0noise\0" + frame.FrameWriter().frame(message.OK, 3, b""))
    assert len(lines(caplog)) == 2 and "1 damaged" in lines(caplog)[1]


def test_no_key_stands_in_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "yellowgate")
    line = Line(FakeStation([]))
    session = Session(line, line.monotonic_us, b"the race's key..")
    key = b"sixteen secrets."
    asked = message.pack_new_log(b"old log.", 5, b"new log.", key)
    with pytest.raises(Exception, match="what"):
        session.permitted(session.hello(), message.NEW_LOG, asked, message.OK)
    assert any("NEW_LOG" in text and b"new log.".hex() in text for text in lines(caplog))
    for secret in (key, b"the race's key.."):
        assert secret.hex() not in caplog.text and secret.decode() not in caplog.text


def test_nothing_is_said_when_nobody_asked(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "yellowgate")
    Frames("port").saw(CAME, frame.FrameWriter().frame(message.OK, 3, b""))
    assert lines(caplog) == []


def test_options_show_it_and_end_with_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "fault.txt"
    logger = logging.getLogger("yellowgate")
    before = list(logger.handlers)
    # Nobody is there: the reason is in the file in full, on the terminal in one line.
    arguments = ["station", "info", "--port", "socket://127.0.0.1:1"]
    assert run(["--log-file", str(file), *arguments]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert "Traceback" in file.read_text() and "Connection refused" in file.read_text()
    assert run(["-v", *arguments]) == 1
    assert capsys.readouterr().err.count("\n") > 1
    assert logger.handlers == before
    assert run(["--log-file", str(tmp_path), *arguments]) == 1
    assert capsys.readouterr().err.count("\n") == 1
