"""A Pico on the cable: from whatever runs on it to the REPL, what it is, and back to a station.

A station leaves its binary protocol when asked by a frame: it restarts without its watchdog and
without the station. A board that does not answer is taken by Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from gate_wire import message

from yellowgate.errors import GateError, NotPermitted, PortError
from yellowgate.link.port import Port
from yellowgate.link.repl import BoardError, Repl
from yellowgate.link.session import Session, patience
from yellowgate.link.trace import log

OPEN_WAIT_S = 20.0  # a board is back on USB in two seconds; Windows takes longer to see it
OPEN_PAUSE_S = 0.25
PROMPT_WAIT_US = 700_000

# Restarts into the REPL when the watchdog runs: nobody can stop it, and it would bite in the
# middle of the work. The word in scratch register 0 is the one of drivers/resets.py. A Ctrl-C
# may come before main.py has looked at it: it is taken back, or the next start leads here again.
_STOP_WATCHDOG = """
import machine, sys
_at = 0x400D8000 if 'RP2350' in sys.implementation._machine else 0x40058000
_runs = machine.mem32[_at] >> 30 & 1
machine.mem32[_at + 12] = 0x5E2A11CE if _runs else 0
if _runs:
    print('restart')
"""
_FACTS = """
import os, sys, machine
from binascii import hexlify
_u = sys.implementation
_v = os.statvfs('/')
_facts = (_u.name, '.'.join([str(n) for n in _u.version[:3]]), getattr(_u, '_machine', ''),
    getattr(_u, '_mpy', 0), str(hexlify(machine.unique_id()), 'ascii'), _v[0] * _v[3])
"""


@dataclass(frozen=True)
class BoardFacts:
    """What a board is. mpy: version and sub-version of the .mpy files it loads."""

    name: str
    micropython: str
    machine: str
    mpy: tuple[int, int]
    unique_id: str
    free_bytes: int


class Cable:
    """Opens the port of a board again and again, since a restart makes it vanish.

    opener: opens the port, raises PortError. monotonic_us: a clock that only goes forward.
    pause: waits for so many seconds. wait_s: the patience with a restart. race_key: see Session.
    """

    def __init__(
        self,
        opener: Callable[[], Port],
        monotonic_us: Callable[[], int],
        pause: Callable[[float], None],
        wait_s: float = OPEN_WAIT_S,
        race_key: bytes = b"",
    ) -> None:
        self._opener = opener
        self._monotonic_us = monotonic_us
        self._pause = pause
        self._wait_us = int(wait_s * 1e6 * patience())
        self._race_key = race_key
        self._port: Port | None = None

    def open(self) -> Port:
        """The port, opened now if it is not open. Raises PortError at once when it cannot."""
        if self._port is None:
            self._port = self._opener()
        return self._port

    def close(self) -> None:
        """Give the port back."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def session(self) -> Session:
        """A conversation over the port. Raises PortError when it cannot be opened."""
        return Session(self.open(), self._monotonic_us, self._race_key)

    def welcome(self) -> message.Welcome | None:
        """What the station says of itself; None when there is no station, or of another time."""
        try:
            return self.session().hello()
        except PortError:
            return None

    def repl(self) -> Repl:
        """The REPL of the board, whatever runs on it. Raises PortError when nobody answers,
        NotPermitted when a station does not make room for it.
        """
        self.open()
        if self._station_leaves():
            self._reopen()
        repl = self._entered()
        if b"restart" in repl.run(_STOP_WATCHDOG):
            repl.leave("machine.reset()")
            self._reopen()
            repl = self._entered()
            repl.run(_STOP_WATCHDOG)
        return repl

    def restart(self, repl: Repl) -> message.Welcome:
        """Restart the board as a station; its greeting. Raises PortError when it does not come."""
        log.debug("the board is restarted as a station")
        repl.leave("import machine\nmachine.reset()")
        return self.after_restart()

    def after_restart(self) -> message.Welcome:
        """The greeting of a station that restarts just now. Raises PortError without one.

        One that has given up its log and still greets has not restarted yet.
        """
        self._reopen()
        deadline_us = self._deadline_us()
        while True:
            try:
                welcome = self.session().hello()
                if any(welcome.log_id) or self._monotonic_us() > deadline_us:
                    return welcome
            except PortError:
                if self._monotonic_us() > deadline_us:
                    raise
            self.close()
            self._pause(OPEN_PAUSE_S)
            self._reopen()

    def _station_leaves(self) -> bool:
        """Ask a station, if there is one, to make room for the REPL; did it?"""
        if self._is_prompt():
            return False
        session = self.session()
        try:
            session.permitted(session.hello(), message.REPL, b"", message.OK)
        except NotPermitted:
            raise
        except GateError:
            return False
        return True

    def _is_prompt(self) -> bool:
        """Is it MicroPython's prompt that answers? To a station these bytes are noise."""
        port = self.open()
        port.write(b"\r\x03\x02\r\n")  # interrupt, out of the raw REPL, a line
        said = b""
        deadline_us = self._monotonic_us() + int(PROMPT_WAIT_US * patience())
        while b">>>" not in said and self._monotonic_us() < deadline_us:
            said += port.read()
        return b">>>" in said

    def _entered(self) -> Repl:
        deadline_us = self._deadline_us()
        while True:
            repl = Repl(self.open())
            try:
                repl.enter()
                return repl
            except PortError:
                # The port may have been the one from before the restart.
                if self._monotonic_us() > deadline_us:
                    raise
                self.close()
                self._pause(OPEN_PAUSE_S)
                self._reopen()

    def _reopen(self) -> None:
        """Wait for the port to go and to come back."""
        self.close()
        self._pause(OPEN_PAUSE_S)
        deadline_us = self._deadline_us()
        while True:
            try:
                self.open()
                return
            except PortError:
                if self._monotonic_us() > deadline_us:
                    raise
                self._pause(OPEN_PAUSE_S)

    def _deadline_us(self) -> int:
        return self._monotonic_us() + self._wait_us


def facts(repl: Repl) -> BoardFacts:
    """What the board is. Raises BoardError when it is not one that a station can be made of."""
    repl.run(_FACTS)
    value = repl.value("_facts")
    if not isinstance(value, tuple) or len(cast("tuple[object, ...]", value)) != 6:
        raise PortError(f"{repl.port.url}: the board's answer is garbled; repeat")
    name, version, machine, mpy, unique_id, free_bytes = cast("tuple[str | int, ...]", value)
    found = BoardFacts(
        str(name),
        str(version),
        str(machine),
        (int(mpy) & 0xFF, int(mpy) >> 8 & 3),
        str(unique_id),
        int(free_bytes),
    )
    if found.name != "micropython" or "RP2" not in found.machine:
        raise BoardError(
            f"{repl.port.url}: this is {found.name} on {found.machine or 'an unknown board'}: a "
            "station wants a Raspberry Pi Pico with MicroPython"
        )
    return found
