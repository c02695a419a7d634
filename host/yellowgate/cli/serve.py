"""gate serve: race HQ in a browser."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from yellowgate.cli.board import latest
from yellowgate.cli.context import (
    RACE_FILE,
    ROSTER_FILE,
    STORE_FILE,
    STORE_URL_VARIABLE,
    TIME,
    RaceFolder,
    event_option,
    race_option,
)
from yellowgate.cli.rulingfields import parse_each
from yellowgate.errors import GateError
from yellowgate.web.roles import ROLES, Role

PORT = 8642
LOOPBACK = ("127.0.0.1", "::1", "localhost")
ACCESS_FILE = ".headquarters.json"
SQLITE_HEAD_BYTES = 100  # its change counter stands in it


@click.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option("--new-codes", is_flag=True, help="Other codes: who came by an old one is out.")
@click.option("--tls", is_flag=True, help="Encrypted, by a certificate made for this race.")
@click.option("--browser/--no-browser", default=True, help="Open a browser here, as director.")
@click.option("--as-of", "as_of_us", type=TIME, help="The race as it was at this moment.")
@event_option
@race_option
def serve(
    folder: RaceFolder,
    host: str,
    port: int,
    new_codes: bool,
    tls: bool,
    browser: bool,
    as_of_us: int | None,
    event: str,
) -> int:
    """Race HQ in a browser, for several people, until Ctrl-C.

    Prints an address and a code for each role: director (everything), volunteer (rulings and
    entries), viewer (what race.toml has opened: publish). Whoever has no code sees nothing.
    Nothing is sent anywhere else. May be stopped and started at any moment.

    \b
    Example: gate serve
             gate serve --host 127.0.0.1      (this laptop alone)
             gate serve --tls                 (others on the Wi-Fi cannot read along)
    """
    # A second that others need not wait.
    from yellowgate.web.access import Access  # noqa: PLC0415
    from yellowgate.web.app import create_app  # noqa: PLC0415
    from yellowgate.web.certificate import certificate  # noqa: PLC0415
    from yellowgate.web.headquarters import Headquarters  # noqa: PLC0415
    from yellowgate.web.pulse import Pulse  # noqa: PLC0415
    from yellowgate.web.serving import make_server, more_files  # noqa: PLC0415

    newest = latest(folder, as_of_us, event, stamp_of(folder))
    access = Access(folder.path / ACCESS_FILE)
    if new_codes:
        access.renew()
    more_files()
    listening = _listening(host, port)
    port = listening.getsockname()[1]
    shown = own_address() if host in ("0.0.0.0", "::") else host
    files = certificate(folder.path, [shown, "localhost", "127.0.0.1"]) if tls else None
    address = f"{'https' if tls else 'http'}://{shown}:{port}"
    hq = Headquarters(
        folder, newest, access, form_reader(folder), address=address, is_still=as_of_us is not None
    )
    pulse = Pulse(hq)
    server = make_server(
        create_app(hq), certificate=files, on_ready=lambda: _ready(hq.address, access.codes, browser)
    )
    threading.Thread(target=pulse.run, daemon=True).start()
    for line in _addresses(host, address, access.codes):
        click.echo(line)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        pulse.end()
        listening.close()
    return 0


def form_reader(folder: RaceFolder) -> Callable[[str, Mapping[str, str]], list[dict[str, Any]]]:
    """Reads forms as `gate ruling add` reads its words."""

    def read(kind: str, fields: Mapping[str, str]) -> list[dict[str, Any]]:
        try:
            return parse_each(folder, kind, [f"{name}={value}" for name, value in fields.items()])
        except click.UsageError as error:
            raise ValueError(error.format_message()) from error

    return read


def stamp_of(folder: RaceFolder) -> Callable[[], object]:
    """What differs when somebody wrote into the race folder, also another program."""
    names = (RACE_FILE, ROSTER_FILE, STORE_FILE, f"{STORE_FILE}-wal")

    def stamp() -> object:
        if os.environ.get(STORE_URL_VARIABLE):
            return object()  # nobody can tell: look each time
        return tuple(_mark(folder.path / name) for name in names)

    return stamp


def _mark(file: Path) -> object:
    try:
        state = file.stat()
        with file.open("rb") as opened:
            head = opened.read(SQLITE_HEAD_BYTES)
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, head


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise GateError(
            f"{host}:{port} cannot be used ({error.strerror}): another program has it? try --port"
        ) from error
    return listening


def _ready(address: str, codes: dict[Role, str], browser: bool) -> None:
    """The browser of this laptop opens as director."""
    has_screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY")
    if browser and has_screen and sys.stdout.isatty():
        threading.Thread(
            target=webbrowser.open, args=(way_in(address, codes[Role.DIRECTOR]),), daemon=True
        ).start()


def way_in(address: str, code: str) -> str:
    """The address that has the code in it, where no server writes it down."""
    return f"{address}/in#{code}"


def _addresses(host: str, address: str, codes: dict[Role, str]) -> list[str]:
    """Where it is, and the code and QR code of each role."""
    lines = [f"Race HQ: {address}/  (Ctrl-C ends it)"]
    if host in LOOPBACK:
        lines[0] = f"Race HQ: {address}/  (only on this laptop; Ctrl-C ends it)"
    for role in ROLES:
        lines.append(f"{role.word:>9}: {codes[role]}   {way_in(address, codes[role])}")
        if sys.stdout.isatty():
            import segno  # noqa: PLC0415

            lines.append(qr_lines(segno.make(way_in(address, codes[role]), error="m")))
    if host not in LOOPBACK and address.startswith("http:"):
        lines.append(
            "Not encrypted: somebody on the same Wi-Fi could read names, places, times and codes. "
            "Use a network of your own, or --tls."
        )
    return lines


def own_address() -> str:
    """The address that others in the network reach this laptop by. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of documentation: only the route is asked
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
