"""The race folder that a command works on: race.toml, roster.csv, race.db."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from yellowgate import files
from yellowgate.errors import GateError
from yellowgate.event import race_toml
from yellowgate.event import roster as rosters
from yellowgate.event.opened import with_publish
from yellowgate.model import Runner
from yellowgate.redact import plain
from yellowgate.times import clock_us, zone

if TYPE_CHECKING:  # they bring numpy and SQLAlchemy, which help and roster do not need
    from yellowgate.official import Race
    from yellowgate.store.store import Store
P = ParamSpec("P")
R = TypeVar("R")

RACE_FILE = "race.toml"
ROSTER_FILE = "roster.csv"
STORE_FILE = "race.db"
STORE_URL_VARIABLE = "YELLOWGATE_STORE"  # stands above [store] url of race.toml


@dataclass(frozen=True)
class RaceFolder:
    """A race on disk. Every method raises GateError with one line about the file."""

    path: Path

    def too_open(self) -> list[str]:
        """One line for each file with secrets that others on this computer may read."""
        return files.too_open([self.path / RACE_FILE, self.path / STORE_FILE])

    def race(self) -> race_toml.RaceFile:
        """The rules and settings of race.toml."""
        text = _read(self.path / RACE_FILE, "make a race folder: gate init DIR --preset barkley")
        try:
            return _race_of(text)
        except ValueError as error:
            raise GateError(f"{self.path}: {error}") from error

    def race_key(self) -> bytes:
        """The race's key, b"" where there is no race.toml, or no key in it. Raises GateError for
        one that cannot be read.
        """
        if not (self.path / RACE_FILE).exists():
            return b""
        from yellowgate.link.radiosetup import key_if_any

        return key_if_any(self.race().radio)

    def roster(self) -> list[Runner]:
        """The runners of roster.csv; none when there is no such file yet."""
        path = self.path / ROSTER_FILE
        if not path.exists():
            return []
        try:
            return list(_roster_of(_read(path, "gate roster import FILE"), self.race().classes))
        except ValueError as error:
            raise GateError(f"{path}: {error}") from error

    def write_roster(self, runners: Iterable[Runner]) -> None:
        """Put a new roster in the place of the old one, whole or not at all."""
        write_whole(self.path / ROSTER_FILE, rosters.to_csv(list(runners)))

    def open_to_all(self, opened: str) -> None:
        """Write what everybody may see into race.toml, as publish of [race]."""
        text = _read(self.path / RACE_FILE, "make a race folder: gate init DIR --preset barkley")
        write_whole(self.path / RACE_FILE, with_publish(text, opened))

    def store(self) -> Store:
        """The records."""
        from yellowgate.store.store import Store

        url = self.shared_url()
        return Store(url) if url else Store.file(self.path / STORE_FILE)

    def read(self, store: Store | None = None) -> Race:
        """Everything that the log is made from, as it stands now."""
        from yellowgate.official import Race

        return Race.read(self.race(), self.roster(), store or self.store())

    def shared_url(self) -> str:
        """Of the database that laptops share: as the environment says, else as race.toml does; ""
        where the records are in race.db. A folder without race.toml is no race: none is made there.
        """
        of_race = self.race().store_url
        return os.environ.get(STORE_URL_VARIABLE) or of_race


# A server asks for them at every look, and they hardly change.
_race_of = functools.lru_cache(maxsize=4)(race_toml.parse)


@functools.lru_cache(maxsize=4)
def _roster_of(text: str, classes: tuple[str, ...]) -> tuple[Runner, ...]:
    return tuple(rosters.parse(text, classes))


def write_whole(path: Path, text: str | bytes, private: bool = False) -> None:
    """Write a file so that a full disk or a power cut leaves the old one or the new one. private:
    a new one is for its owner alone. Raises GateError.
    """
    try:
        files.write_whole(path, text.encode() if isinstance(text, str) else text, private)
    except OSError as error:
        raise GateError(f"{path}: cannot be written ({error.strerror}); nothing changed") from error


def _read(path: Path, advice: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise GateError(f"{path}: there is no such file; {advice}") from error
    except (OSError, UnicodeError) as error:
        raise GateError(f"{path}: cannot be read ({error})") from error


def race_option(
    command: Callable[Concatenate[RaceFolder, P], R],
) -> Callable[P, R]:
    """Adds `--race DIR` to a command, which gets the RaceFolder as its first argument."""

    @click.option(
        "--race",
        "race_dir",
        metavar="DIR",
        default=".",
        is_eager=True,  # times are read by its zone
        type=click.Path(path_type=Path),
        help="The race folder (default: this folder).",
    )
    @functools.wraps(command)
    def with_race(*args: Any, race_dir: Path, **kwargs: Any) -> R:  # noqa: ANN401 - click's call
        folder = RaceFolder(race_dir)
        for line in folder.too_open():
            echo(line, err=True)
        return command(folder, *args, **kwargs)

    return with_race


def event_option(command: Callable[P, R]) -> Callable[P, R]:
    """Adds `--event NAME`, for folders with several races."""
    return click.option(
        "--event", metavar="NAME", default="", help="One of several races over the same stations."
    )(command)


def of_event(race: Race, name: str) -> Race:
    """The race that --event names. Raises GateError."""
    try:
        return race.of_event(name)
    except ValueError as error:
        raise GateError(str(error)) from error


def now_us() -> int:
    """The moment now, UTC microseconds since 1970. Commands that depend on it take --as-of."""
    return int(datetime.now(UTC).timestamp() * 1_000_000)


def _zone(ctx: click.Context | None) -> tzinfo:
    """The zone of the race that the command is run in; UTC where there is none."""
    folder = None if ctx is None else ctx.params.get("race_dir")
    if not isinstance(folder, Path) or not (folder / RACE_FILE).exists():
        return UTC
    return zone(RaceFolder(folder).race().zone)


if TYPE_CHECKING:
    _MomentType = click.ParamType[int]
else:
    _MomentType = click.ParamType  # no parameters in click 8.1


class TimeType(_MomentType):
    """A click type for moments: UTC microseconds. See times.clock_us().

    may_come: the moment may as well be still to come.
    """

    name = "time"

    def __init__(self, may_come: bool = False) -> None:
        self._may_come = may_come

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        """By the clock of the race's zone."""
        if isinstance(value, int):
            return value
        try:
            return clock_us(str(value), _zone(ctx), now_us(), self._may_come)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from error


TIME, START_TIME = TimeType(), TimeType(may_come=True)


PIPE_WIDTH = 170  # where no terminal says how wide it is


def echo(text: str | bytes = "", err: bool = False, nl: bool = True, head: str = "") -> None:
    """Print text as a terminal shows it and does not obey it, whoever wrote it. head: a word of
    ours before it, in red.
    """
    shown = plain(text) if isinstance(text, str) else text
    if head and isinstance(shown, str):
        shown = f"{click.style(head, fg='red', bold=True)} {shown}"
    click.echo(shown, err=err, nl=nl)


class Screen(Console):
    """A console that shows everything, and obeys only what this program says."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Every text passes here on its way out."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            if control or text == "\n" or text.isprintable():
                yield segment
            else:
                yield Segment(plain(text), style)


def console(to_error: bool = False) -> Console:
    """Where tables go; progress and remarks go to the error stream, so that pipes stay clean. Text
    is shown as it stands: a name with brackets is a name.
    """
    made = Screen(stderr=to_error, markup=False, emoji=False)
    is_pipe = not (made.file.isatty() or "COLUMNS" in os.environ)
    return Screen(stderr=to_error, markup=False, emoji=False, width=PIPE_WIDTH) if is_pipe else made
