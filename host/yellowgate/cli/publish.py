"""gate publish: a static site of what everybody may see."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

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
from yellowgate.event.race_toml import PUBLISH
from yellowgate.official import Race
from yellowgate.report import site

EVERY_S_MIN = 1


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--every",
    "every_s",
    type=click.IntRange(min=EVERY_S_MIN),
    metavar="SECONDS",
    help="Go on until Ctrl-C: look so often, and write what changed.",
)
@race_option
def publish(folder: RaceFolder, directory: Path, every_s: int | None) -> None:
    """Write a site of what everybody may see into DIR, for any web space.

    race.toml says what is open: publish = "nothing" (as gate init has it), "names and loops", or
    "all". Never shown: tags, rulings, reasons, records, and who is looked for. Nothing is sent:
    put DIR where people can see it (rsync, a shared folder, a web server on it).

    \b
    Example: gate publish site
             gate publish /srv/www/race --every 30
    """
    said = write_site(folder, directory, now_us())
    echo(said or f"{directory}: nothing changed")
    if every_s is None:
        return
    try:
        follow(lambda: write_site(folder, directory, now_us()), lambda: time.sleep(every_s))
    except KeyboardInterrupt:
        return


def follow(write: Callable[[], str], wait: Callable[[], None]) -> None:
    """Again and again; a race that cannot be read for a moment ends nothing."""
    while True:
        wait()
        try:
            said = write()
        except GateError as error:
            echo(f"{error}; what was written before stays", err=True)
            continue
        if said:
            echo(said)


def write_site(folder: RaceFolder, directory: Path, as_of_us: int) -> str:
    """Write each file that changed, whole. Returns what was done, "" for nothing.

    Raises GateError when nothing is open, or when DIR would show the race folder itself.
    """
    race = folder.race()
    if race.publish not in PUBLISH[1:]:
        raise GateError(
            f"{folder.path / RACE_FILE} opens nothing to the public: write publish = "
            '"names and loops" or "all" into [race]'
            + (f"; {directory} has pages of before" if (directory / "index.html").exists() else "")
        )
    if any((directory / name).exists() for name in (RACE_FILE, STORE_FILE)):
        raise GateError(f"{directory} is a race folder: everybody would read it; name another DIR")
    logs = [one.log(as_of_us) for one in Race.read(race, folder.roster(), folder.store()).events()]
    texts = site.files(logs, race.publish)
    changed = [name for name, text in texts.items() if _read(directory / name) != text]
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GateError(f"{directory}: cannot be made ({error.strerror})") from error
    for name in changed:
        write_whole(directory / name, texts[name])
    return f"{directory}: {' and '.join(changed)} written" if changed else ""


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeError):
        return ""
