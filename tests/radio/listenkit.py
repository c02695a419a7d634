"""`gate listen` as its user starts it: a process, its lines, Ctrl-C."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parents[1]
LINE_TIMEOUT_S = 60.0


def command(*arguments: str) -> list[str]:
    """gate, of this Python, whatever is installed."""
    return [sys.executable, "-c", "from yellowgate.cli.main import main; main()", *arguments]


def environment(more: Mapping[str, str], path: Sequence[Path] = ()) -> dict[str, str]:
    """Of a process: these variables, and these folders first on Python's path."""
    found = {**os.environ, "PYTHONUNBUFFERED": "1", **more}
    if path:
        before = [found["PYTHONPATH"]] if found.get("PYTHONPATH") else []
        found["PYTHONPATH"] = os.pathsep.join([*map(str, path), *before])
    return found


class Gate:
    """A gate command that goes on until it is stopped."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        self._lines: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self._lines.put(line.rstrip())
        self._lines.put("")

    def line(self, part: str) -> str:
        """Wait for a line that has this in it."""
        while True:
            line = self._lines.get(timeout=LINE_TIMEOUT_S)
            self.seen.append(line)
            if part in line:
                return line
            if self._lines.empty() and self.popen.poll() is not None:
                raise AssertionError(f"no line with {part!r}: {self.seen}")

    def type(self, line: str) -> None:
        """A line on its input."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()

    def stop(self) -> int:
        """Ctrl-C; returns the exit code, what it still printed is in seen."""
        self.popen.send_signal(signal.SIGINT)
        code = self.popen.wait(30)
        while (line := self._lines.get(timeout=LINE_TIMEOUT_S)) or not self._lines.empty():
            self.seen.append(line)
        return code


@contextmanager
def gate(
    *arguments: str, more: Mapping[str, str] | None = None, path: Sequence[Path] = ()
) -> Generator[Gate]:
    """Run it until the end of the block at the latest."""
    popen = subprocess.Popen(
        command(*arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(more or {}, path),
    )
    try:
        yield Gate(popen)
    finally:
        popen.kill()
        popen.wait()
