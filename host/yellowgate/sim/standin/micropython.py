"""MicroPython's `micropython` for CPython; the VM has its own."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def const(value: object) -> object:
    """The value itself."""
    return value


def native(function: "Callable[..., object]") -> "Callable[..., object]":
    """The function itself."""
    return function


viper = native


def kbd_intr(character: int) -> None:
    """Which byte interrupts; no console here does."""


def alloc_emergency_exception_buf(size: int) -> None:
    """CPython needs none."""


def schedule(function: "Callable[[object], object]", argument: object) -> None:
    """At once: there are no interrupts that this would have to wait for."""
    function(argument)


def opt_level(level: int | None = None) -> int:
    """No optimisation."""
    return 0
