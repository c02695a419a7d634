"""What the pages need of the rest, handed to them by whoever wires."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from yellowgate.event.race_toml import RaceFile
from yellowgate.model import Runner
from yellowgate.official import Moment
from yellowgate.store.store import Store

ReadFile = Callable[[Moment, str], tuple[str | bytes, Sequence[str]]]
"""A file of results in this form, and what whoever sends it should know, as `gate log` writes and
says it. Raises GateError (one line).
"""


class Folder(Protocol):
    """The race folder. Every method raises GateError with one line about the file."""

    def race(self) -> RaceFile:
        """The rules and settings of race.toml."""
        ...

    def roster(self) -> list[Runner]:
        """The runners."""
        ...

    def write_roster(self, runners: list[Runner]) -> None:
        """Put a new roster in the place of the old one."""
        ...

    def open_to_all(self, opened: str) -> None:
        """Write what viewers may see, one of PUBLISH, into race.toml."""
        ...

    def store(self) -> Store:
        """The records, opened anew."""
        ...


class PortShown(Protocol):
    """A port: see link/attend.py."""

    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def what(self) -> str: ...  # noqa: D102
    @property
    def since_us(self) -> int: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def role(self) -> str: ...  # noqa: D102
    @property
    def done(self) -> int: ...  # noqa: D102
    @property
    def total(self) -> int: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


class LaptopShown(Protocol):
    """Another laptop that records and rulings are united with."""

    @property
    def address(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def at_us(self) -> int: ...  # noqa: D102


class Ports(Protocol):
    """What is plugged in here. Raises GateError (one line)."""

    def states(self) -> Sequence[PortShown]:
        """All ports."""
        ...

    def let_go(self, url: str) -> str:
        """Leave a port to other programs for a while. Returns what to say."""
        ...


class Others(Protocol):
    """The other laptops. Raises GateError (one line)."""

    def states(self) -> Sequence[LaptopShown]:
        """All of them, and how it goes."""
        ...

    def unite(self, address: str, certificate: str = "") -> str:
        """Unite with the HQ at this address now, and again and again. Returns what it brought.
        certificate: its fingerprint, where somebody compared it now. Raises known.Unseen where
        nobody has.
        """
        ...


class Nobody:
    """No port, no other laptop, and none to be asked for."""

    def states(self) -> list[Any]:
        """None."""
        return []

    def let_go(self, url: str) -> str:
        """Not here."""
        raise ValueError(f"{url}: this HQ shows a moment of the past, and holds no port")

    def unite(self, address: str, certificate: str = "") -> str:
        """Not here."""
        raise ValueError(f"{address}: this HQ shows a moment of the past, and unites with nobody")
