"""The command line: all groups together, and how a failure looks to a user."""

from __future__ import annotations

import gc
import logging
import sys
import time
from importlib import import_module

import click

from yellowgate.errors import GateError

LOG = logging.getLogger("yellowgate")
COMMANDS = {
    # Name of the command -> module in this package and the name of its click object. Modules are
    # loaded when their command is called, so that `gate --help` is there at once.
    "demo": ("demo", "demo"),
    "init": ("setup", "init"),
    "roster": ("roster", "roster"),
    "start": ("setup", "start"),
    "sync": ("sync", "sync_command"),
    "listen": ("listen", "listen"),
    "import": ("records", "import_files"),
    "merge": ("records", "merge"),
    "ruling": ("dropouts", "ruling"),
    "log": ("log", "log"),
    "board": ("board", "board"),
    "serve": ("serve", "serve"),
    "publish": ("publish", "publish"),
    "verify": ("verify", "verify"),
    "clock": ("clock", "clock"),
    "station": ("station", "station"),
    "sim": ("sim", "sim"),
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
        module, name = COMMANDS[cmd_name]
        return getattr(import_module(f"yellowgate.cli.{module}"), name)


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
        _log_to(logging.FileHandler(log_file, encoding="utf-8"))


def _log_to(handler: logging.Handler) -> None:
    form = logging.Formatter("%(asctime)s.%(msecs)03dZ %(message)s", "%Y-%m-%dT%H:%M:%S")
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
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


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
    click.echo(click.style("gate:", fg="red", bold=True) + " " + " ".join(text.split()), err=True)
    return code
