"""The command line: all groups together, and how a failure looks to a user."""

from __future__ import annotations

import gc
import logging
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import click

from yellowgate.errors import GateError
from yellowgate.files import create_private
from yellowgate.redact import plain, without_secrets

LOG = logging.getLogger("yellowgate")


class Entry(NamedTuple):
    """Where a command stands: its module in this package, the name of its click object, and the
    line about it in `gate --help`: the first sentence of what it says itself.
    """

    module: str
    name: str
    short_help: str


# A module is loaded when its command is called: `gate --help` and a misspelt command load none.
COMMANDS = {
    "demo": Entry(
        "demo",
        "demo",
        "Play the Barkley of 2025 on two virtual stations, sync them, print the official log.",
    ),
    "init": Entry("setup", "init", "Make a race folder: race.toml, roster.csv, race.db."),
    "roster": Entry("roster", "roster", "The runners: import, list, give tags."),
    "start": Entry(
        "setup", "start", "The cigarette is lit: log the start, now or at a given moment."
    ),
    "sync": Entry("sync", "sync_command", "Download from stations what is not here yet."),
    "listen": Entry(
        "listen",
        "listen",
        "Live from a base (LoRa) or from a station on the cable, until Ctrl-C.",
    ),
    "import": Entry(
        "records",
        "import_files",
        "Read station log files, raw flash images, another race.db, or a paper sheet (CSV, XLSX).",
    ),
    "merge": Entry(
        "records",
        "merge",
        "Unite the records and rulings of other laptops' races into this one, in any order.",
    ),
    "ruling": Entry(
        "dropouts",
        "ruling",
        "What the race director decides: kept with who, when and why; undone only by another.",
    ),
    "log": Entry("log", "log", "The official log, computed from all records and rulings."),
    "desk": Entry(
        "desk", "desk", "The race desk as a prompt: what waits, every decision in few keys."
    ),
    "runner": Entry("desk", "runner", "One runner: loops, touches with their evidence, rulings."),
    "board": Entry(
        "board", "board", "Who is out there, live: the most urgent first, until Ctrl-C."
    ),
    "serve": Entry("serve", "serve", "Race HQ in a browser, for several people, until Ctrl-C."),
    "print": Entry(
        "printing", "print_command", "Write a page to print: WHAT.html, which any browser prints."
    ),
    "publish": Entry(
        "publish",
        "publish",
        "Publish a site of what everybody may see: into DIR, or straight into a web space.",
    ),
    "verify": Entry(
        "verify",
        "verify",
        "Gaps, tags, clocks, doubled tags and bibs, contradictions; exit code 1 when one is wrong.",
    ),
    "clock": Entry(
        "clock",
        "clock",
        "Clocks of all stations: offset, drift, age of the last comparison, bound.",
    ),
    "station": Entry("station", "station", "Stations on the cable: make one, look after it."),
    "sim": Entry(
        "sim", "sim", "Virtual stations: the real firmware on virtual hardware and virtual time."
    ),
}


class LazyGroup(click.Group):
    """Finds its commands in COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a race, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the module of this command."""
        if cmd_name not in COMMANDS:
            return None
        entry = COMMANDS[cmd_name]
        return getattr(import_module(f"yellowgate.cli.{entry.module}"), entry.name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of all commands, without loading one."""
        room = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=entry.short_help).get_short_help_str(room))
                    for name, entry in COMMANDS.items()
                ]
            )


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", is_flag=True, help="Show every frame of a conversation.")
@click.option("--log-file", metavar="FILE", help="Add the same to a file; no key stands in it.")
@click.version_option(package_name="yellowgate")
def gate(verbose: bool, log_file: str | None) -> None:
    """Yellow Gate: from the taps at the gate to the official log.

    \b
    A first look, nothing needed:      gate demo
    A race:  gate init my-race --preset barkley && cd my-race
             gate roster import runners.csv
             gate sync --port /dev/ttyACM0
             gate log
    When something fails on the cable:  gate --log-file fault.txt sync
    """
    if verbose:
        _log_to(logging.StreamHandler())
    if log_file:
        create_private(Path(log_file))
        _log_to(logging.FileHandler(log_file, encoding="utf-8"))


class _Form(logging.Formatter):
    """A line of the log, or a traceback, without what a terminal obeys and without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """As it goes out."""
        return plain(without_secrets(super().format(record)))


def _log_to(handler: logging.Handler) -> None:
    form = _Form("%(asctime)s.%(msecs)03dZ %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    LOG.addHandler(handler)
    LOG.setLevel(logging.DEBUG)


def _end_log(kept: list[logging.Handler]) -> None:
    for handler in set(LOG.handlers) - set(kept):
        LOG.removeHandler(handler)
        handler.close()
    LOG.setLevel(logging.NOTSET)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: exit code 0, 1 for a failure, 2 for wrong use; one line says why."""
    code = run(sys.argv[1:] if arguments is None else arguments)
    gc.freeze()  # else the interpreter looks for cycles in all of it, on its way out
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    # Records and touches are millions of small tuples without a cycle: looking for cycles among
    # them again and again costs more than the rules do.
    gc.set_threshold(200_000, 50, 1_000)
    kept = list(LOG.handlers)
    try:
        return _run(arguments)
    finally:
        _end_log(kept)


def _run(arguments: list[str]) -> int:
    try:
        result: object = gate.main(arguments, "gate", standalone_mode=False)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "gate"
        return _fail(f"{error.format_message()} ({path} --help shows how)", 2)
    except click.ClickException as error:
        return _fail(error.format_message(), 1)
    except GateError as error:
        LOG.debug("failed", exc_info=error)
        return _fail(str(error), 1)
    except (click.Abort, KeyboardInterrupt):
        return _fail("stopped; what was stored is safe", 1)
    except BrokenPipeError:
        return 0  # the reader of our output had enough
    except OSError as error:
        return _fail(f"{error.filename or 'system'}: {error.strerror or error}", 1)
    return result if isinstance(result, int) else 0


def _fail(text: str, code: int) -> int:
    said = plain(without_secrets(" ".join(text.split())))
    click.echo(click.style("gate:", fg="red", bold=True) + " " + said, err=True)
    return code
