"""Simulation scripts: what is one, and what is said about the others."""

from pathlib import Path

import pytest
from yellowgate.sim import script

HEAD = "at_s,input,value\n"


def test_every_input() -> None:
    text = (
        HEAD
        + "0,start,\n1.5,tag,04A2B3C4\n1.5,press\n# a remark\n\n2,taps,04a2b3c4d5e6f7\n"
        + "3,power,off\n4,power,on\n5,rtc,lost\n6,rtc,-7\n"
    )
    assert [(step.at_us, step.input, step.value) for step in script.parse(text)] == [
        (0, "start", ""),
        (1_500_000, "tag", "04a2b3c4"),
        (1_500_000, "press", ""),
        (2_000_000, "taps", "04a2b3c4d5e6f7"),
        (3_000_000, "power", "off"),
        (4_000_000, "power", "on"),
        (5_000_000, "rtc", "lost"),
        (6_000_000, "rtc", "-7"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the header must be at_s,input,value"),
        ("at,input,value\n", "line 1: the header"),
        (HEAD + "x,press,\n", "line 2: at_s 'x' is not a number"),
        (HEAD + "nan,press,\n", "line 2: at_s nan must lie between"),
        (HEAD + "-1,press,\n", "line 2: at_s -1 must lie between"),
        (HEAD + "1e300,press,\n", "line 2: at_s 1e300 must lie between"),
        (HEAD + "2,press,\n1,press,\n", "line 3: at_s is before the line above"),
        (HEAD + "1,knock,\n", "line 2: unknown input 'knock'; there are tag, taps"),
        (HEAD + "1,tag,\n", "line 2: '' is not a UID"),
        (HEAD + "1,tag,04a2b3\n", "line 2: '04a2b3' is not a UID"),
        (HEAD + "1,taps,zz\n", "line 2: 'zz' is not a UID"),
        (HEAD + "1,press,now\n", "line 2: this input takes no value"),
        (HEAD + "1,power,maybe\n", "line 2: power is on or off"),
        (HEAD + "1,rtc,soon\n", "line 2: rtc is lost, or whole seconds"),
        (HEAD + "1,rtc,99999999\n", "line 2: rtc jumps by 31622400 seconds at most"),
        (HEAD + "1\n", "line 2: 1 columns"),
        (HEAD + "1,tag,04a2b3c4,x\n", "line 2: 4 columns"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    with pytest.raises(script.ScriptError, match=r"^script, ") as caught:
        script.parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(script.ScriptError, match="there is no such file"):
        script.load(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(script.ScriptError, match="cannot be read"):
        script.load(tmp_path / "binary.csv")
    with pytest.raises(script.ScriptError, match="cannot be read"):
        script.load(tmp_path)


def test_a_script_of_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes("\ufeffat_s,input,value\r\n1,press,\r\n".encode())
    assert script.load(path) == [script.Step(1_000_000, "press", "")]
