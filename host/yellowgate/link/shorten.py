"""Shorter names for the board, where each name takes memory for as long as it runs.

Changed are names that nobody outside can have known: what one module defines and no other names,
and parameters that are never handed over by name, both by python-minifier, which knows Python's
scopes; and attributes with one leading underscore, here. Each module's anew, so that different
modules use the same few. Names of derived classes stay: an exception is told by them.
"""

from __future__ import annotations

import ast
import builtins
import string
from collections.abc import Collection, Iterable, Iterator, Mapping

import python_minifier
from python_minifier import RemoveAnnotationsOptions

from yellowgate.link.numbers import aliases

_LETTERS = string.ascii_uppercase + string.ascii_lowercase
_FIELDS = ("id", "attr", "name", "arg", "asname")


def shorten(
    own: Mapping[str, ast.Module],
    others: Iterable[ast.Module],
    kept: Iterable[str] = (),
    ways: Collection[str] = ("parameters", "functions", "attributes"),
) -> dict[str, str]:
    """The sources of our modules, by dotted name, with shorter names.

    others: modules that stay as they are; what is named there keeps its name, since our classes
    may be derived from theirs. kept: names that stay, too. ways: whose names are shortened.
    Changes the trees of `own`.
    """
    others = list(others)
    foreign = {*kept, *(name for tree in others for name in _names(tree))}
    by_name = {name for tree in [*others, *own.values()] for name in _keywords(tree)} | set(kept)
    names = {module: set(_names(tree)) for module, tree in own.items()}
    families = _families(own)
    found: dict[str, str] = {}
    for module, tree in own.items():
        elsewhere = foreign.union(*(names[other] for other in own if other != module))
        if "parameters" in ways:
            _make_positional(tree, by_name)
        if "attributes" in ways and module not in families:
            _shorten_attributes(tree, foreign)
        found[module] = _minified(tree, elsewhere, "functions" in ways)
    return found


def _names(tree: ast.AST) -> Iterator[str]:
    """Everything that could be a name, in texts too (getattr)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        for field in _FIELDS:
            found = getattr(node, field, None)
            if isinstance(found, str):
                yield found


def _keywords(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def _minified(tree: ast.Module, kept: set[str], has_short_functions: bool) -> str:
    derived = [
        node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.bases
    ]
    return python_minifier.minify(
        ast.unparse(tree),
        rename_locals=True,
        rename_globals=has_short_functions,
        preserve_globals=[*kept, *derived, *dir(builtins), "const"],
        hoist_literals=False,  # a name more in memory for each
        remove_annotations=RemoveAnnotationsOptions(remove_class_attribute_annotations=True),
        constant_folding=False,  # the compiler for the board does
    )


def _make_positional(tree: ast.Module, by_name: set[str]) -> None:
    """Parameters that are never handed over by name, as such; python-minifier shortens them, and
    takes away the sign, which MicroPython does not know."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            place = node.args
            while place.args and place.args[0].arg not in by_name:
                place.posonlyargs.append(place.args.pop(0))


def _families(own: Mapping[str, ast.Module]) -> set[str]:
    """Modules with a class that is derived from another module's, and those: they share private
    attributes.
    """
    found: set[str] = set()
    for module, tree in own.items():
        known = aliases(tree)
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        for base in (base for node in classes for base in node.bases):
            target = known.get(ast.unparse(base).partition(".")[0], "")
            source = target if target in own else target.rpartition(".")[0]
            if source in own:
                found |= {module, source}
    return found


def _shorten_attributes(tree: ast.Module, foreign: set[str]) -> None:
    """Those with one leading underscore, of this module's own classes."""
    names = set(_names(tree))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    private = sorted(name for name in attributes - texts - foreign if _is_private(name))
    fresh = (name for name in _fresh() if name not in names | foreign)
    short = dict(zip(private, fresh, strict=False))
    for node in ast.walk(tree):
        for field in _FIELDS:
            found = getattr(node, field, None)
            if isinstance(found, str) and found in short:
                setattr(node, field, short[found])


def _is_private(name: str) -> bool:
    return name[0] == "_" and not name.startswith("__") and len(name) > 3


def _fresh() -> Iterator[str]:
    """A, B, ... z, AA, AB, ...: those that python-minifier takes, too."""
    yield from _LETTERS
    yield from (first + second for first in _LETTERS for second in _LETTERS)
