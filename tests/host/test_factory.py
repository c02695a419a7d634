"""The end-of-line test of a station: what it lets pass, what it prints."""

from pathlib import Path

import pytest
from fake_station import LOG_ID, FakeStation, Line, tap_record
from gate_wire import kinds, link, message, record
from yellowgate.cli import factory
from yellowgate.errors import GateError
from yellowgate.link.service import Finding
from yellowgate.link.session import Session

WELL = "\n".join(f"{part}\tok\tfine" for part in factory.PARTS)


class OnTheTable(FakeStation):
    """Answers the doctor and hands over some records when it is asked for new ones."""

    def __init__(self, findings: str = WELL, rows: tuple[bytes, ...] = ()) -> None:
        super().__init__([])
        self.findings = findings
        self.rows = rows

    def _answer(self, event: link.Event, uptime_us: int) -> bytes:
        if event.kind == message.DOCTOR:
            payload = self.findings.encode()
            return self.link.answer(message.DOCTOR_IS, event.reference, payload)
        if event.kind == message.TAIL:
            out = self.link.answer(message.OK, event.reference, b"")
            for row in self.rows:
                head = bytearray(message.RECORDS_HEAD_BYTES)
                message.pack_records_head_into(memoryview(head), 0, 1)
                out += self.link.answer(message.RECORDS, 0, bytes(head) + row)
            return out
        return super()._answer(event, uptime_us)


def press_record(seq: int) -> bytes:
    row = record.Record(kinds.PRESS, seq, 1, seq * 1000, record.UTC_UNKNOWN, 0, b"")
    return record.pack(row, LOG_ID)


BOTH = (press_record(1), tap_record(2))


def run_on(station: FakeStation, seen: bool = True) -> tuple[factory.Report, list[str]]:
    line = Line(station)
    told: list[str] = []
    session = Session(line, line.monotonic_us)
    report = factory.run(session, told.append, lambda _: seen, lambda: line.now_us / 1e6)
    return report, told


def test_a_whole_station_passes_when_a_press_and_a_tag_came():
    report, told = run_on(OnTheTable(rows=BOTH))
    assert report.failed() == []
    assert told == ["press the button", "hold a tag to the ring"]
    assert "PASSED 2026-11-28" in factory.label(report, "2026-11-28")


@pytest.mark.parametrize(
    ("rows", "missing"), [((), {"button", "reader"}), (BOTH[:1], {"reader"})]
)  # fmt: skip
def test_what_does_not_come_within_a_minute_fails(rows: tuple[bytes, ...], missing: set[str]):
    report, _ = run_on(OnTheTable(rows=rows))
    assert set(report.failed()) == missing


def test_what_nobody_saw_or_heard_fails():
    report, _ = run_on(OnTheTable(rows=BOTH), seen=False)
    assert set(report.failed()) == {"leds", "buzzer"}


@pytest.mark.parametrize("part", factory.PARTS)
def test_a_part_that_is_not_looked_for_fails(part: str):
    findings = [line for line in WELL.split("\n") if not line.startswith(part + "\t")]
    found = factory.judge([Finding(*line.split("\t")) for line in findings], kinds.GATE)
    assert [finding.part for finding in found if finding.state != "ok"] == [part]


def test_switched_off_is_not_there():
    found = factory.judge([Finding("rtc", "ok", "switched off in the configuration")], kinds.GATE)
    (rtc,) = (finding for finding in found if finding.part == "rtc")
    assert rtc.state == "missing" and "--on rtc" in rtc.text


def test_a_base_needs_no_reader_and_a_task_that_failed_is_kept():
    findings = [Finding(*line.split("\t")) for line in WELL.split("\n")]
    found = factory.judge([*findings, Finding("firmware", "warning", "oops")], kinds.BASE)
    assert "reader" not in {f.part for f in found if f.state != "ok"}
    assert [f.part for f in found if f.state != "ok"] == ["firmware"]


def test_labels_fill_a_sheet(tmp_path: Path):
    report, _ = run_on(OnTheTable(WELL.replace("battery\tok", "battery\twarning"), BOTH))
    lines = factory.label(report, "2026-11-28")
    assert lines[-1] == "FAILED 2026-11-28: battery" and LOG_ID.hex() in lines[3]
    sheet = tmp_path / "labels.html"
    assert [factory.add_label(sheet, [*lines, "<b>&"]) for _ in range(3)] == [1, 2, 3]
    text = sheet.read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp;" in text and text.count("</main>") == 1


def test_another_file_is_left_alone(tmp_path: Path):
    other = tmp_path / "notes.html"
    other.write_text("mine")
    with pytest.raises(GateError, match="no sheet of labels"):
        factory.add_label(other, ["a", "b"])
    assert other.read_text() == "mine"
