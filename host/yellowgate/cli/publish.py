"""gate publish: a static site of what everybody may see, in a folder or in a web space."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from yellowgate.cli.context import (
    RACE_FILE,
    STORE_FILE,
    RaceFolder,
    echo,
    now_us,
    race_option,
    write_whole,
)
from yellowgate.errors import GateError
from yellowgate.event.race_toml import PUBLISH, RaceFile
from yellowgate.publish.space import IN_CLEAR, Space, access, address, is_url, open_space
from yellowgate.times import local, zone

if TYPE_CHECKING:
    from yellowgate.race.official_log import OfficialLog

EVERY_S_MIN = 1


@click.command()
@click.argument("where", metavar="DIR|URL")
@click.option(
    "--every",
    "every_s",
    type=click.IntRange(min=EVERY_S_MIN),
    metavar="SECONDS",
    help="Go on until Ctrl-C: look so often, and publish what changed.",
)
@click.option("--close", is_flag=True, help="Put a page there that shows nothing, and stop.")
@race_option
def publish(folder: RaceFolder, where: str, every_s: int | None, close: bool) -> None:
    """Publish a site of what everybody may see: into DIR, or straight into a web space.

    race.toml says what is open: publish = "nothing" (as gate init has it), "names and loops", or
    "all". Never shown: tags, rulings, reasons, records, and who is looked for.

    URL is sftp://user@host/path (/~/path: below the user's own folder), https://host/path for
    WebDAV, or ftps://user@host/path for FTP over TLS. Keys are those of ssh; a password stands in
    ~/.netrc or in YELLOWGATE_PUBLISH_PASSWORD, never in the URL. Whoever looks sees the old page
    or the new one, whole. A link that breaks is said once, and tried again.

    \b
    Example: gate publish site
             gate publish sftp://me@example.org/srv/www/race --every 30
             gate publish https://dav.example.org/race --close
    """
    there = publication(where)
    if close:
        echo(there.take_down() or f"{where}: nothing was open")
        return
    echo(publish_once(folder, there) or f"{where}: nothing changed")
    if every_s is None:
        return
    try:
        follow(lambda: publish_once(folder, there), lambda: time.sleep(every_s))
    except KeyboardInterrupt:
        return


class Publication:
    """A place for the site, and what is there by what this command has seen of it.

    where: in words. space: puts files there. there: the texts of the files that are there.
    """

    def __init__(self, where: str, space: Space, there: Mapping[str, str] | None = None) -> None:
        self.where = where
        self.space = space
        self._there = dict(there or {})

    @property
    def is_there(self) -> bool:
        """Is a page of ours there?"""
        return bool(self._there)

    def put(self, texts: Mapping[str, str]) -> str:
        """Put there what changed. Returns what was done, "" for nothing. Raises GateError."""
        changed = {name: text for name, text in texts.items() if self._there.get(name) != text}
        if not changed:
            return ""
        self.space.put({name: text.encode() for name, text in changed.items()})
        self._there |= changed
        return f"{self.where}: {' and '.join(changed)} published"

    def take_down(self) -> str:
        """Put a page there that shows nothing. Returns what was done. Raises GateError."""
        from yellowgate.report import site

        return self.put(site.files((), "nothing")) and f"{self.where}: taken down"


class Folder:
    """A folder on this computer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if any((path / name).exists() for name in (RACE_FILE, STORE_FILE)):
            raise GateError(f"{path} is a race folder: everybody would read it; name another DIR")

    def put(self, files: Mapping[str, bytes]) -> None:
        """See Space."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GateError(f"{self.path}: cannot be made ({error.strerror})") from error
        for name, data in files.items():
            write_whole(self.path / name, data)


def publication(where: str) -> Publication:
    """What the words mean. Raises click.UsageError and GateError."""
    from yellowgate.report import site

    if not is_url(where):
        path = Path(where)
        there = {name: text for name in site.NAMES if (text := _read(path / name))}
        return Publication(where, Folder(path), there)
    try:
        at = address(where)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    keys = access(at, os.environ, Path.home())
    if at.kind in IN_CLEAR and keys.password:
        better = "https" if at.kind == "http" else "ftps"
        echo(
            f"{at.kind}:// is not encrypted: whoever is on the way reads the password; "
            f"{better}:// is, where the server has it",
            err=True,
        )
    return Publication(str(at), open_space(at, keys))


def follow(step: Callable[[], str], wait: Callable[[], None]) -> None:
    """Again and again; a race that cannot be read, or a link that is down, ends nothing, and is
    said when it begins and when it has passed.
    """
    trouble = ""
    while True:
        wait()
        try:
            said = step()
        except GateError as error:
            if str(error) != trouble:
                echo(f"{error}; going on", err=True)
            trouble = str(error)
            continue
        if said or trouble:
            echo(said or "it goes again; nothing has changed in between")
        trouble = ""


def publish_once(folder: RaceFolder, there: Publication) -> str:
    """Publish what changed. Returns what was done and when, "" for nothing.

    Raises GateError when nothing is open. What is closed while it was open here is taken down.
    """
    from yellowgate.report import site

    race, at_us = folder.race(), now_us()
    if race.publish in PUBLISH[1:]:
        said = there.put(site.files(_logs(folder, race, at_us), race.publish))
    elif there.is_there:
        said = there.take_down()
    else:
        raise GateError(
            f"{folder.path / RACE_FILE} opens nothing to the public: write publish = "
            '"names and loops" or "all" into [race]'
        )
    return said and f"{local(at_us, zone(race.zone)):%H:%M:%S} {said}"


def _logs(folder: RaceFolder, race: RaceFile, at_us: int) -> list[OfficialLog]:
    from yellowgate.official import Race

    store = folder.store()
    try:
        return [one.log(at_us) for one in Race.read(race, folder.roster(), store).events()]
    finally:
        store.close()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeError):
        return ""
