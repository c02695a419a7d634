"""A byte stream to a station: any pySerial URL."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import Protocol

import serial
from serial.tools import list_ports
from serial.urlhandler import protocol_socket

from yellowgate.errors import PortError
from yellowgate.link.trace import log

PICO_USB_VENDOR = 0x2E8A  # Raspberry Pi Ltd
READ_TIMEOUT_S = 0.02
WRITE_TIMEOUT_S = 5.0
READ_BYTES_MAX = 65536  # at once


class Port(Protocol):
    """What a session needs of a byte stream."""

    url: str

    def read(self) -> bytes:
        """What arrived; waits a moment when there is nothing. Raises PortError when broken off."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of it. Raises PortError when broken off."""
        ...

    def close(self) -> None:
        """Give the port back."""
        ...


class SerialPort:
    """A port opened by pySerial. Raises PortError with one clear line when it cannot."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._serial = _closed(url)
            if "://" not in url:
                self._serial.exclusive = True  # a second laptop program would steal our bytes
            self._serial.open()
            log.debug("%s open", url)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise PortError(
                f"{url}: cannot be opened ({reason(error, _unknown(url))}); {_advice(url)}"
            ) from error

    def read(self) -> bytes:
        """See Port."""
        try:
            return bytes(self._serial.read(max(1, min(READ_BYTES_MAX, self._serial.in_waiting))))
        except (OSError, TypeError) as error:  # TypeError: pySerial, when closed under its feet
            raise PortError(self._broken(error)) from error

    def write(self, data: bytes) -> None:
        """See Port."""
        try:
            self._serial.write(data)
        except (OSError, TypeError) as error:
            raise PortError(self._broken(error)) from error

    def close(self) -> None:
        """See Port."""
        self._serial.close()
        log.debug("%s closed", self.url)

    def _broken(self, error: BaseException) -> str:
        return (
            f"{self.url}: the connection broke off ({reason(error)}); "
            "what arrived is stored: check the cable and repeat"
        )


class _Socket(protocol_socket.Serial):
    """A virtual station's port. pySerial reads from a socket byte by byte, and pauses for 0.3 s
    when it is closed.
    """

    _socket: socket.socket | None

    @property
    def in_waiting(self) -> int:
        """How many bytes are there to be read. Raises OSError when the connection is gone."""
        if self._socket is None:
            return 0
        try:
            return len(self._socket.recv(READ_BYTES_MAX, socket.MSG_PEEK))
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """At once."""
        self.is_open = False
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._socket = None


def _closed(url: str) -> serial.Serial | _Socket:
    """The port of this URL, not open yet. Raises ValueError when it is none."""
    if url.lower().startswith("socket://"):
        made = _Socket()
        made.port = url
    else:
        made = serial.serial_for_url(url, do_not_open=True)
    made.timeout = READ_TIMEOUT_S
    made.write_timeout = WRITE_TIMEOUT_S
    made.baudrate = 115200  # of no meaning on USB; a UART adapter wants a number
    return made


def find_stations() -> list[str]:
    """Ports that look like a Pico on USB."""
    return sorted(port.device for port in list_ports.comports() if port.vid == PICO_USB_VENDOR)


def reason(error: BaseException, otherwise: str = "the other end has gone") -> str:
    """What happened, in the system's words or ours: a library's are for its programmers, and go to
    the log. otherwise: where neither knows.
    """
    log.debug("%s: %s", type(error).__name__, error)
    if isinstance(error, serial.SerialTimeoutException):
        return f"it takes nothing for {WRITE_TIMEOUT_S:.0f} s"
    cause: BaseException | None = error
    while cause is not None:
        number = cause.errno if isinstance(cause, OSError) else None
        if number in (errno.EAGAIN, errno.EBUSY):
            return "another program has it"
        if number:
            return os.strerror(number)
        cause = cause.__cause__ or cause.__context__
    return otherwise


def _unknown(url: str) -> str:
    if "://" in url:
        return "it is no address like socket://HOST:PORT, or nobody is there"
    return "there is no such port, or another program has it"


def _advice(url: str) -> str:
    if "://" in url:
        return "is the station running and the address right?"
    return "is the cable in, is another program using it, is the name right?"
