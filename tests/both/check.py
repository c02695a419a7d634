"""What the tests of both Pythons need and neither has in common."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # MicroPython never looks at annotations
    from typing import TypeVar

    T = TypeVar("T")


def some(value: "T | None") -> "T":
    """The value; fails when it is None."""
    assert value is not None
    return value


def raises(exception, function, *args):
    """Calls function(*args); returns the exception, fails when none of this kind is raised."""
    try:
        function(*args)
    except exception as error:
        return error
    raise AssertionError("did not raise")
