"""Tables that people hand in: read from the disk, and what is said when one is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from yellowgate.cli.context import echo
from yellowgate.errors import GateError
from yellowgate.event import table_file
from yellowgate.event.runner_list import Faults
from yellowgate.times import EITHER, Said

BYTES_MAX = 256 << 20  # the largest flash of a board has 16 MB


def read_bytes(file: Path) -> bytes:
    """The file's content. Raises GateError."""
    try:
        if not file.is_file():
            raise GateError(f"{file}: is no file")
        if file.stat().st_size > BYTES_MAX:
            raise GateError(f"{file}: is larger than any of ours ({BYTES_MAX >> 20} MB)")
        return file.read_bytes()
    except OSError as error:
        raise GateError(f"{file}: cannot be read ({error.strerror})") from error


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--encoding` and `--sheet`, for tables that ask for them."""
    command = click.option("--sheet", default="", help="Which sheet of a workbook, if several.")(
        command
    )
    return click.option(
        "--encoding", default="", help="The file's letters, like cp1252, where it asks."
    )(command)


def times_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--times`: what times without seconds are, where their column does not say."""
    return click.option(
        "--times",
        "said",
        type=click.Choice(["clock", "race clock"]),
        help='What "03:21" is: the time of day, or the race clock (since the start).',
    )(command)


def told_apart(error: ValueError, said: Said | None) -> Said:
    """What the times of a table are that may be both: asked on a terminal. Raises the error when
    that is not what is wrong, or nobody can be asked.
    """
    lines = error.lines if isinstance(error, Faults) else [str(error)]
    if said or not all(EITHER in line for line in lines) or not sys.stdin.isatty():
        raise error
    echo(f"  {lines[0]}", err=True)
    return click.prompt(
        "What are the times without seconds?",
        type=click.Choice(["clock", "race clock"]),
        err=True,
    )


def read_table(file: Path, encoding: str, sheet: str) -> table_file.Table:
    """The table in this file. Raises GateError, and ValueError when it is none."""
    return table_file.read(read_bytes(file), encoding, sheet)


def refuse(file: Path, error: ValueError, end: str) -> NoReturn:
    """Say all that is wrong, and raise GateError. end: what became of it, in words."""
    if not isinstance(error, Faults) or len(error.lines) == 1:
        raise GateError(f"{file}: {error}; {end}") from error
    for line in error.lines:
        echo(f"  {line}", err=True)
    if any(EITHER in line for line in error.lines):
        end += "; --times clock or --times 'race clock' says it of all times without seconds"
    raise GateError(f"{file}: {len(error.lines)} things are wrong; {end}") from error


def say_notes(file: Path, notes: list[str]) -> None:
    """How the file was read, beside the answer."""
    for note in notes:
        echo(f"{file}: {note}", err=True)
