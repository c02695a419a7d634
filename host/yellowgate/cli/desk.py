"""gate desk, gate runner: the race in few keys, without a start of the program for each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from yellowgate.cli.context import RaceFolder, console, echo, now_us, race_option
from yellowgate.cli.ruling import by_option
from yellowgate.errors import GateError

if TYPE_CHECKING:
    from yellowgate.cli.desksession import Desk


@click.command()
@by_option
@race_option
def desk(folder: RaceFolder, by: str) -> int:
    """The race desk as a prompt: what waits, every decision in few keys.

    What a line would change is shown below it while it is typed; Enter keeps it. Lines may come
    from a pipe as well. "help" lists what can be typed.

    \b
    6 all           all pages of 6's arrival          17 35:40:46   a time that was written down
    33 out rtc      is out, and why                   59 22         the press 59 was 22
    find mül        one runner                        undo          take back the last one

    \b
    Example: gate desk --by Laz
    """
    from yellowgate.cli.desksession import open_desk

    folder.race()
    made = open_desk(folder, by)
    if not sys.stdin.isatty():
        return _from_pipe(made)
    from yellowgate.cli.deskprompt import talk

    return talk(made)


def _from_pipe(made: Desk) -> int:
    """One line after the other; 1 when one was not kept."""
    out, failed = console(), 0
    for line in sys.stdin:
        if not line.strip():
            continue
        for part in made.do(line):
            out.print(part)
        if made.failed:
            echo(f"not kept: {line.strip()}", err=True)
        failed += made.failed
    return 1 if failed else 0


@click.command()
@click.argument("who", nargs=-1, required=True)
@race_option
def runner(folder: RaceFolder, who: tuple[str, ...]) -> int:
    """One runner: loops, touches with their evidence, rulings.

    Also sightings, bounds, and what can be ruled now. WHO is a part of the name, a bib of any
    loop, or a tag.

    \b
    Example: gate runner 17
             gate runner mül
    """
    from yellowgate.cli.deskview import hits_view, runner_view
    from yellowgate.desk.runner import find, runner_page
    from yellowgate.official import Race

    race = Race.read(folder.race(), folder.roster(), folder.store())
    moment = race.at(now_us(), is_now=True)
    text = " ".join(who)
    hits = find(moment, text)
    if not hits:
        raise GateError(f"nobody has {text!r} in the name, as a bib or a tag (gate roster list)")
    if len(hits) > 1:
        console().print(hits_view(hits))
        return 0
    console().print(runner_view(runner_page(moment, hits[0].name)))
    return 0
