"""KiCad's files are S-expressions: written here from nested lists, always the same way."""

import uuid

Node = str | int | float | list["Node"]
_SPACE = uuid.UUID("9b1c2a64-6d41-4a0e-9d0f-2b6c1f0a7e55")  # of this project


class Word(str):
    """A word without quotes."""


def mm(value: float) -> Word:
    """A length of the file: millimetres to a tenth of a micrometre, without trailing zeros."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return Word("0" if text in ("-0", "") else text)


def identity(*words: object) -> list[Node]:
    """A uuid that is the same whenever the same thing is written."""
    return [Word("uuid"), str(uuid.uuid5(_SPACE, " ".join(map(str, words))))]


def w(name: str, *rest: Node) -> list[Node]:
    """A list that begins with a word."""
    return [Word(name), *rest]


def at(x: float, y: float, angle: float | None = None) -> list[Node]:
    """A place."""
    return w("at", mm(x), mm(y)) if angle is None else w("at", mm(x), mm(y), mm(angle))


def xy(name: str, x: float, y: float) -> list[Node]:
    """A named point."""
    return w(name, mm(x), mm(y))


def dump(node: Node, depth: int = 0) -> str:
    """The text; a short list is one line."""
    if not isinstance(node, list):
        return _atom(node)
    flat = "(" + " ".join(dump(item) for item in node) + ")"
    if len(flat) + 2 * depth <= 98:
        return flat
    words = next((at for at, item in enumerate(node) if isinstance(item, list)), len(node))
    head = " ".join(dump(item) for item in node[:words])
    inside = "\n".join("\t" * (depth + 1) + dump(item, depth + 1) for item in node[words:])
    return f"({head}\n{inside}\n" + "\t" * depth + ")"


def _atom(value: Node) -> str:
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return mm(value) if isinstance(value, float) else str(value)
