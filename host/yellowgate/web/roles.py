"""Who may do what: three roles, each of which may do what the one below may."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """NOBODY: without a code. VIEWER: what the director has opened. VOLUNTEER: sees all, rules and
    enters. DIRECTOR: also roster, start, stations, codes.
    """

    NOBODY = 0
    VIEWER = 1
    VOLUNTEER = 2
    DIRECTOR = 3

    @property
    def word(self) -> str:
        """As it is written and shown."""
        return self.name.lower()


ROLES = (Role.DIRECTOR, Role.VOLUNTEER, Role.VIEWER)


def way_in(address: str, code: str) -> str:
    """The address that has a code in it, where no server writes it down."""
    return f"{address}/in#{code}"
