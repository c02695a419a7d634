"""What can go wrong for a user: one line that says what, and what to do."""


class GateError(Exception):
    """A failure that the user can do something about. The command line prints it, exit code 1."""


class StoreError(GateError):
    """The race's records cannot be read or written."""


class PortError(GateError):
    """No way to a station, or the way broke off."""


class StationError(GateError):
    """The station answered that it will not or cannot."""
