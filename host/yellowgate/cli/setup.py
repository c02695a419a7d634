"""gate init, gate start: a new race folder, and the moment it begins."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from yellowgate.cli.context import (
    RACE_FILE,
    ROSTER_FILE,
    START_TIME,
    RaceFolder,
    console,
    event_option,
    now_us,
    race_option,
    write_whole,
)
from yellowgate.cli.ruling import by_option, current_log
from yellowgate.cli.weighed import add_ruling, anyway_option
from yellowgate.errors import GateError
from yellowgate.event import race_toml
from yellowgate.event import roster as rosters
from yellowgate.event.preset_text import preset_toml
from yellowgate.event.rules import PRESETS, BarkleyRules
from yellowgate.link.radiosetup import new_race_key
from yellowgate.times import iso


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--preset", type=click.Choice(list(PRESETS)), default="barkley", show_default=True)
@click.option("--name", help="The race's name (default: the folder's).")
@click.option("--zone", default="UTC", help="Time zone for show, like America/New_York.")
def init(directory: Path, preset: str, name: str | None, zone: str) -> None:
    """Make a race folder: race.toml, roster.csv, race.db.

    \b
    Example: gate init barkley-2025 --preset barkley --zone America/New_York
    """
    if directory.exists() and not directory.is_dir():
        raise GateError(f"{directory}: is a file; name a folder that is to be made")
    if (directory / RACE_FILE).exists():
        raise GateError(f"{directory / RACE_FILE}: is there already; nothing changed")
    try:
        text = preset_toml(preset, name or directory.resolve().name, zone)
        text += f'key = "{new_race_key()}"  # of this race, its radio and its stations: keep it\n'
        race_toml.parse(text)
        directory.mkdir(parents=True, exist_ok=True)
    except ValueError as error:
        raise GateError(str(error)) from error
    if not (directory / ROSTER_FILE).exists():
        write_whole(directory / ROSTER_FILE, rosters.to_csv([]))
    write_whole(directory / RACE_FILE, text, private=True)
    RaceFolder(directory).store().close()
    words = (
        f" is ready ({preset}). Next: look through {RACE_FILE}, then\n"
        f"  gate roster import FILE --race {directory}"
    )
    console().print(Text.assemble((str(directory), "bold"), words))


@click.command()
@click.option(
    "--at", "at_us", type=START_TIME, help='The moment: 2025-03-18T15:37:00Z, "today 11:37", now.'
)
@click.option("--conch", "conch_us", type=START_TIME, help="The conch: the start is an hour later.")
@click.option("--wave", default="", help="Of this wave of race.toml alone.")
@event_option
@anyway_option
@by_option
@race_option
def start(
    folder: RaceFolder,
    at_us: int | None,
    conch_us: int | None,
    by: str,
    wave: str,
    event: str,
    anyway: bool,
) -> None:
    """The cigarette is lit: log the start, now or at a given moment.

    Times of day are those of the camp's clock: 05:13, "today 05:13", "Sat 05:13". A start that was
    logged wrongly is corrected by saying it again with --at: all times follow from it, and whose
    verdict turns is said.

    \b
    Example: gate start --conch 2025-03-18T14:37:00Z      (the conch was blown)
             gate start                                   (now)
             gate start --wave B                          (the second wave, now)
    """
    moment_us = now_us() if at_us is None else at_us
    if at_us is not None and conch_us is not None:
        raise click.UsageError("give --at or --conch, not both", click.get_current_context())
    if conch_us is not None:
        if not isinstance(folder.race().rules, BarkleyRules):
            raise GateError("this race has no conch: log its start with gate start --at TIME")
        add_ruling(folder, "conch", {"at": conch_us}, by, "the conch was blown", anyway)
        return
    whose = _whose(folder.race(), event, wave)
    if at_us is None:
        _refuse_second_start(folder, event, wave)
    why = "the cigarette was lit" if not whose else "the start"
    add_ruling(folder, "start", {"at": moment_us, **whose}, by, why, anyway)


def _whose(race: race_toml.RaceFile, event: str, wave: str) -> dict[str, str]:
    """The event and the wave that are started, as a ruling has them. Raises GateError."""
    try:
        race = race.of_event(event)
    except ValueError as error:
        raise GateError(str(error)) from error
    names = [row.name for row in race.waves]
    if wave and wave not in names:
        raise GateError(f"race.toml has no wave {wave!r} (known: {', '.join(names) or 'none'})")
    return {key: name for key, name in (("event", race.event), ("wave", wave)) if name}


def _refuse_second_start(folder: RaceFolder, event: str, wave: str) -> None:
    """Saying "now" once more, by mistake in the middle of a race, would move all its times."""
    try:
        log = current_log(folder, event)
    except GateError:
        return  # a torn roster, say: the moment must be logged all the same
    starts = [line.start_us for line in log.runners if line.wave == wave] if wave else []
    start_us = next((at_us for at_us in starts if at_us is not None), None)
    start_us = start_us if wave else log.start_us
    if start_us is None or start_us > log.as_of_us or log.start_by == "conch":
        return
    raise GateError(
        f"the race began at {iso(start_us)} (by {log.start_by}); nothing changed. "
        "To correct that: gate start --at TIME"
    )
