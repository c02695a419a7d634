"""Forms for what can be ruled now: which fields they ask for, and what stands in them already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from yellowgate.desk.decide import Wanted
from yellowgate.desk.facts import Facts
from yellowgate.official import Moment

FieldForm = Literal["text", "time", "number", "choice", "pages", "yes or no"]


@dataclass(frozen=True)
class FormField:
    """One field of a form. name: the word of `gate ruling add` that it fills ("at", "reason");
    form: how it is written; value: what stands there; choices: (value, label) of a choice.
    """

    name: str
    label: str
    form: FieldForm = "text"
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_needed: bool = False


@dataclass(frozen=True)
class FormSpec:
    """A form that makes one ruling. given: fields that are settled, by name, as they are typed;
    typed: the same as a line of the desk.
    """

    kind: str
    title: str
    fields: tuple[FormField, ...]
    given: Mapping[str, str] = field(default_factory=dict[str, str])
    typed: str = ""


def wanted(
    kind: str, values: Mapping[str, str], moment: Moment, why: str = ""
) -> tuple[Wanted, ...]:
    """The rulings that a form makes, one for each runner of runner=7,8,3. values: by the fields'
    names, as they were typed; empty ones say nothing.

    Raises ValueError for what is written wrongly, GateError for what is not there.
    """
    given = [f"{name}={value}" for name, value in values.items() if value.strip()]
    return Facts(moment).ruled(kind, given, why).wanted
