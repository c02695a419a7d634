"""Forms for what can be ruled now: which fields they ask for, and what stands in them already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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
    """A form that makes one ruling. given: fields that are settled, by name, as they are typed."""

    kind: str
    title: str
    fields: tuple[FormField, ...]
    given: Mapping[str, str] = field(default_factory=dict[str, str])
