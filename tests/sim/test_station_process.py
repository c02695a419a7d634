"""Whole stations on both runtimes: scripts, sync over their port, kill -9, second clients."""

import socket
import subprocess
from pathlib import Path

import pytest
from gate_wire import kinds
from simkit import RUNTIMES, Process, boots, command, rows, running, sync_from, touches
from yellowgate.sim.image import new_image

pytestmark = pytest.mark.slow

SCRIPT = """at_s,input,value
0,start,
5,tag,04a2b3c4
5,tag,04a2b3c5
6,press,
7,taps,04a2b3c4
100,power,off
101,power,on
200,tag,04a2b3c4d5e6f7
300,power,on
"""
TOUCHES = [
    (kinds.START, ""),
    (kinds.TAG, "04a2b3c4"),
    (kinds.TAG, "04a2b3c5"),
    (kinds.PRESS, ""),
    (kinds.TAPS, "04a2b3c4"),
    (kinds.TAG, "04a2b3c4d5e6f7"),
]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.csv"
    path.write_text(SCRIPT)
    return path


def connect(process: Process) -> socket.socket:
    connected = socket.create_connection(("127.0.0.1", int(process.url.rsplit(":", 1)[1])), 10)
    connected.settimeout(10)
    return connected


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_what_a_script_does_is_synced_once(runtime: str, script: Path, tmp_path: Path) -> None:
    store = tmp_path / "race.db"
    arguments = ("--script", str(script), "--runtime", runtime, "--id", "7", "--role", "tower")
    with running(*arguments) as process:
        result = sync_from(process.url, store)
        assert (result.station_id, result.role, result.lost) == (7, "tower", [])
        assert sync_from(process.url, store).new == 0
        assert process.stop() == 0
    found = rows(store)
    assert touches(found) == TOUCHES
    assert len(boots(found)) == 2


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_killed_and_started_again_on_its_image(runtime: str, script: Path, tmp_path: Path) -> None:
    image = tmp_path / "gate.img"
    arguments = ("--script", str(script), "--runtime", runtime, "--image", str(image))
    with running(*arguments) as process:
        sync_from(process.url, tmp_path / "before.db")
        process.kill()
    with running(*arguments) as process:
        sync_from(process.url, tmp_path / "after.db")
        assert process.stop() == 0
    before, after = rows(tmp_path / "before.db"), rows(tmp_path / "after.db")
    assert [vars(row) for row in after[: len(before)]] == [vars(row) for row in before]
    assert touches(after) == TOUCHES  # what was played is not played again


def test_an_image_moves_between_the_runtimes(script: Path, tmp_path: Path) -> None:
    image = tmp_path / "gate.img"
    with running("--script", str(script), "--runtime", "micropython", "--image", str(image)) as one:
        sync_from(one.url, tmp_path / "race.db")
    with running("--image", str(image)) as other:
        assert sync_from(other.url, tmp_path / "race.db").lost == []
    assert touches(rows(tmp_path / "race.db")) == TOUCHES


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_second_on_a_port_is_turned_away_and_the_first_not_disturbed(
    runtime: str, script: Path, tmp_path: Path
) -> None:
    with running("--script", str(script), "--runtime", runtime) as process:
        first = connect(process)
        second = connect(process)
        assert second.recv(1) == b""
        second.close()
        first.sendall(b"\x00noise\xff" * 100)
        first.close()
        # The one after it finds the port free, and the noise has hurt nobody.
        sync_from(process.url, tmp_path / "race.db")
    assert touches(rows(tmp_path / "race.db")) == TOUCHES


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_who_comes_at_once_after_one_that_hung_up_is_not_the_second(
    runtime: str, tmp_path: Path
) -> None:
    with running("--runtime", runtime) as process:
        for _ in range(10):
            first = connect(process)
            first.sendall(b"\x00noise")
            first.close()
            sync_from(process.url, tmp_path / "race.db")


def test_an_image_in_use_is_refused(script: Path, tmp_path: Path) -> None:
    image = str(tmp_path / "gate.img")
    for runtime in RUNTIMES:
        with running("--script", str(script), "--image", image, "--runtime", runtime):
            refused = subprocess.run(
                command("sim", "station", "--listen", "0", "--image", image),
                capture_output=True,
                text=True,
                check=False,
            )
        assert refused.returncode == 1
        assert "another virtual station runs on this image" in refused.stderr
        assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_port_in_use_is_one_clear_line(runtime: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = subprocess.run(
            command(
                "sim", "station", "--listen", str(taken.getsockname()[1]), "--runtime", runtime
            ),
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 1
    assert "cannot be listened on" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_wrong_use_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("at_s,input,value\n1,knock,\n")
    (tmp_path / "bad.img").write_bytes(b"x")
    for arguments, code, text in (
        (("--script", str(tmp_path / "bad.csv")), 1, "line 2: unknown input 'knock'"),
        (("--script", str(tmp_path / "none.csv")), 1, "there is no such file"),
        (("--image", str(tmp_path / "bad.img")), 1, "is no flash image"),
        (("--role", "goal"), 2, "goal"),
        (("--drift-ppm", "nan"), 2, "nan"),
    ):
        refused = subprocess.run(
            command("sim", "station", "--listen", "0", *arguments),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (refused.returncode, refused.stderr.count("\n")) == (code, 1), refused.stderr
        assert text in refused.stderr


def cut_script() -> str:
    """Touches, and cuts of the power all over the time in which a record is written."""
    lines = [SCRIPT]
    for number in range(14):
        at_s = 400 + 10 * number
        lines.append(f"{at_s},tag,0400000{number:x}\n")
        lines.append(f"{at_s + 0.0255 + 0.0004 * number:.4f},power,off\n{at_s + 1},power,on\n")
    lines.append("600,rtc,3\n700,rtc,lost\n710,press,\n720,power,off\n721,power,on\n730,press,\n")
    return "".join(lines)


def test_the_same_script_gives_the_same_flash_on_both_runtimes(tmp_path: Path) -> None:
    script = tmp_path / "script.csv"
    script.write_text(cut_script())
    images: list[bytes] = []
    for runtime in RUNTIMES:
        image = tmp_path / f"{runtime}.img"
        image.write_bytes(new_image(b"yellowgt", bytes(range(16))))
        arguments = ("--script", str(script), "--image", str(image), "--runtime", runtime)
        with running(*arguments, "--ends-at", "2025-03-20T12:00:00Z", "--drift-ppm", "20"):
            images.append(image.read_bytes())
    assert images[0] == images[1]
    assert images[0] != new_image(b"yellowgt", bytes(range(16)))
