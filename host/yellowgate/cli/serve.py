"""gate serve: race HQ in a browser."""

from __future__ import annotations

import io
import os
import platform
import socket
import sqlite3
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yellowgate.cli.board import latest
from yellowgate.cli.context import (
    RACE_FILE,
    ROSTER_FILE,
    STORE_FILE,
    TIME,
    RaceFolder,
    echo,
    event_option,
    now_us,
    race_option,
)
from yellowgate.cli.log import FORMATS
from yellowgate.errors import GateError
from yellowgate.redact import shown_url, without_secrets

if TYPE_CHECKING:
    from yellowgate.official import Moment
    from yellowgate.store.changes import Bell
    from yellowgate.store.store import Store
    from yellowgate.web.headquarters import Headquarters
    from yellowgate.web.roles import Role

PORT = 8642
LOOPBACK = ("127.0.0.1", "::1", "localhost")
ACCESS_FILE = ".headquarters.json"
SHARED_LOOK_S = 0.25  # so often without a word from a shared database, for the files beside it
AWAY_LOOK_S = 1.0


@click.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option("--new-codes", is_flag=True, help="Other codes: who came by an old one is out.")
@click.option("--tls", is_flag=True, help="Encrypted, by a certificate made for this race.")
@click.option(
    "--listen", "ports", multiple=True, metavar="URL", help="A port that cannot be found by itself."
)
@click.option(
    "--unite", "unites", multiple=True, metavar="ADDRESS", help="Another HQ, with the code in it."
)
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
    ports: tuple[str, ...],
    unites: tuple[str, ...],
    browser: bool,
    as_of_us: int | None,
    event: str,
) -> int:
    """Race HQ in a browser, for several people, until Ctrl-C.

    Prints an address and a code for each role: director (everything), volunteer (rulings and
    entries), viewer (what race.toml has opened: publish). Whoever has no code sees nothing.
    Nothing is sent anywhere else. A station or a base that is plugged in is noticed: a station is
    synced and listened to, as gate sync and gate listen do. May be stopped and started at any
    moment; the other commands go on working beside it.

    \b
    Example: gate serve
             gate serve --host 127.0.0.1      (this laptop alone)
             gate serve --tls                 (others on the Wi-Fi cannot read along)
             gate serve --listen socket://192.168.1.9:7001
    """
    from yellowgate.web.access import Access
    from yellowgate.web.headquarters import Headquarters

    newest = latest(folder, as_of_us, event, stamp_of(folder), hider(folder))
    access = Access(folder.path / ACCESS_FILE)
    if new_codes:
        access.renew()
    listening = _listening(host, port)
    here = own_address() if host in ("0.0.0.0", "::") else host
    address = f"{'https' if tls else 'http'}://{here}:{listening.getsockname()[1]}"
    hq = Headquarters(
        folder, newest, access, address=address,
        is_still=as_of_us is not None, hide=hider(folder), forms=FORMATS, make_file=results_file,
    )  # fmt: skip
    for line in _addresses(host, address, access.codes):
        echo(line)
    _run(folder, hq, listening, tls, ports, unites, browser)
    return 0


def _run(
    folder: RaceFolder,
    hq: Headquarters,
    listening: socket.socket,
    tls: bool,
    ports: tuple[str, ...],
    unites: tuple[str, ...],
    browser: bool,
) -> None:
    """Until Ctrl-C."""
    from yellowgate.cli.attend import attendant
    from yellowgate.web.app import create_app
    from yellowgate.web.certificate import certificate, fingerprint
    from yellowgate.web.known import KNOWN_FILE, Known
    from yellowgate.web.laptops import Laptops, Line
    from yellowgate.web.pulse import Pulse
    from yellowgate.web.serving import make_server, more_files

    more_files()
    files = None
    if tls:
        names = [hq.address.partition("://")[2].rpartition(":")[0], "localhost", "127.0.0.1"]
        files = certificate(folder.path, names)
        echo(f"Its certificate, as browsers show it (SHA-256): {fingerprint(files[0])}")
    pulse = Pulse(hq, wait=waker(folder))
    if not hq.is_still:
        attends = attendant(
            folder, ports, lambda _, tag: hq.enrolment.tap(hq, tag), lambda: hq.touched("stations")
        )
        hq.ports = attends
        known = Known(folder.path / KNOWN_FILE)
        hq.others = laptops = Laptops(
            folder.store, lambda address: Line(address, platform.node(), known), now_us, known,
            lambda: hq.touched("stations"),
        )  # fmt: skip
        for address in unites:
            laptops.know(address)
        threading.Thread(target=laptops.run, daemon=True).start()
        threading.Thread(target=attends.run, daemon=True).start()
    threading.Thread(target=pulse.run, daemon=True).start()
    ready = lambda: _ready(hq.address, hq.access.codes, browser)  # noqa: E731
    server = make_server(create_app(hq), certificate=files, on_ready=ready, on_end=hq.hub.close)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        pulse.end()
        listening.close()


def results_file(moment: Moment, form: str) -> tuple[str | bytes, list[str]]:
    """A file of results and what to know of it, as `gate log` writes and says it."""
    from yellowgate.cli.forms import remarks, render

    return render(moment, form), remarks(moment, form)


def stamp_of(folder: RaceFolder) -> Callable[[], object]:
    """What differs when somebody wrote into the race folder, or into a shared database."""
    from yellowgate.store.changes import FileMark

    file = FileMark(folder.path / STORE_FILE)
    shared: list[Store] = []

    def stamp() -> object:
        written = tuple(_written(folder.path / name) for name in (RACE_FILE, ROSTER_FILE))
        return written, of_file(), version()

    def of_file() -> object:
        try:
            return file.mark()
        except (OSError, sqlite3.Error) as error:
            return str(error)  # whoever reads it then hears of it

    def version() -> object:
        try:
            if not shared and folder.shared_url():
                shared.append(folder.store())
            return shared[0].version() if shared else None
        except GateError as error:
            return str(error)  # whoever reads it then hears of it

    return stamp


def waker(folder: RaceFolder) -> Callable[[], object] | None:
    """Waits until a database that laptops share says that something was stored, or for a moment: a
    look at it goes over the network. None where there is none.
    """
    kept: list[Bell] = []

    def wait() -> None:
        try:
            if not kept:
                kept.append(folder.store().bell())
            kept[0].wait(SHARED_LOOK_S)
        except GateError:
            time.sleep(AWAY_LOOK_S)

    try:
        return wait if folder.shared_url() else None
    except GateError:
        return None


def hider(folder: RaceFolder) -> Callable[[str], str]:
    """Takes the address of a shared database out of what pages show."""

    def hide(text: str) -> str:
        try:
            url = folder.shared_url()
        except GateError:
            return text
        if url:
            for name in (url, shown_url(url)):
                text = text.replace(name, "the race's database")
        return without_secrets(text)

    return hide


def _written(file: Path) -> object:
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()  # whoever comes before all is ready waits a moment
    except OSError as error:
        listening.close()
        raise GateError(
            f"{host}:{port} cannot be used ({error.strerror}): another program has it? try --port"
        ) from error
    return listening


def _ready(address: str, codes: dict[Role, str], browser: bool) -> None:
    """The browser of this laptop opens as director."""
    from yellowgate.web.roles import Role, way_in

    has_screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY")
    if browser and has_screen and sys.stdout.isatty():
        threading.Thread(
            target=webbrowser.open, args=(way_in(address, codes[Role.DIRECTOR]),), daemon=True
        ).start()


def _addresses(host: str, address: str, codes: dict[Role, str]) -> list[str]:
    """Where it is, and the code and QR code of each role."""
    from yellowgate.web.roles import ROLES, way_in

    lines = [f"Race HQ: {address}/  (Ctrl-C ends it)"]
    if host in LOOPBACK:
        lines[0] = f"Race HQ: {address}/  (only on this laptop; Ctrl-C ends it)"
    for role in ROLES:
        lines.append(f"{role.word:>9}: {codes[role]}   {way_in(address, codes[role])}")
        if sys.stdout.isatty():
            import segno

            picture = io.StringIO()
            segno.make(way_in(address, codes[role]), error="m").terminal(picture, compact=True)
            lines.append(picture.getvalue())
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
