"""Shorter names for the board, where each name takes memory for as long as it runs.

Changed are names that nobody outside can have known: those with one leading underscore, functions
and numbers that no other module names, both anew in each module, and the parameters of functions
that are never handed over by name. So different modules use the same few. Names of classes stay:
they are what an exception is told by.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def shorten(
    own: Mapping[str, str], others: Iterable[str], kept: Iterable[str] = ()
) -> dict[str, str]:
    """The sources of our modules, as text without comments, with shorter names.

    others: sources of modules that stay as they are; what is named there keeps its name, since
    our classes may be derived from theirs. kept: names that stay, too.
    """
    trees = {name: ast.parse(text) for name, text in own.items()}
    foreign = set(kept)
    keywords = set(kept)
    for text in others:
        tree = ast.parse(text)
        foreign |= set(_names(tree))
        keywords |= set(_keywords(tree))
    for tree in trees.values():
        keywords |= set(_keywords(tree))
    for tree in trees.values():
        _shorten_parameters(tree, keywords)
    names = {name: set(_names(tree)) for name, tree in trees.items()}
    for name, tree in trees.items():
        elsewhere = foreign.union(*(names[other] for other in names if other != name))
        _shorten_private(tree, foreign, {own for own in _defined(tree) if own not in elsewhere})
    return {name: ast.unparse(tree) for name, tree in trees.items()}


def _keywords(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def _names(tree: ast.AST) -> Iterator[str]:
    """Everything that could be a name, in texts too (getattr)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        for field in ("id", "attr", "name", "arg", "asname"):
            found = getattr(node, field, None)
            if isinstance(found, str):
                yield found


# Parameters


def _shorten_parameters(tree: ast.Module, keywords: set[str]) -> None:
    """The outer functions first: what an inner one uses of them has its new name by then."""
    for node in ast.walk(tree):  # from the outside in
        if isinstance(node, _Function):
            _shorten_parameters_of(node, keywords)


def _shorten_parameters_of(function: _Function, keywords: set[str]) -> None:
    taken = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    taken |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    fresh = (name for name in _fresh("") if name not in taken and name not in keywords)
    for parameter in function.args.posonlyargs + function.args.args:
        if parameter.arg == "self" or parameter.arg in keywords:
            continue
        short = next(fresh)
        body = function.body if isinstance(function.body, list) else [function.body]
        for statement in cast("list[ast.AST]", body):
            _replace(statement, parameter.arg, short)
        parameter.arg = short


def _replace(node: ast.AST, name: str, short: str) -> None:
    """Within the scope of a parameter: not in functions that have one of the same name."""
    if isinstance(node, ast.Name) and node.id == name:
        node.id = short
    inner = list(ast.iter_child_nodes(node))
    if isinstance(node, _Function) and name in {
        part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)
    }:
        inner = [*node.args.defaults, *(part for part in node.args.kw_defaults if part)]
    for part in inner:
        _replace(part, name, short)


# Private names


def _defined(tree: ast.Module) -> Iterator[str]:
    """Functions and numbers of a module by name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _shorten_private(tree: ast.Module, foreign: set[str], only_here: set[str]) -> None:
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    names = set(_names(tree))
    kept = texts | foreign
    private = sorted(name for name in names if name not in kept and _is_private(name, only_here))
    fresh = (name for name in _fresh("_") if name not in foreign and name not in names)
    short = dict(zip(private, fresh, strict=False))
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg", "asname"):
            found = getattr(node, field, None)
            if isinstance(found, str) and found in short:
                setattr(node, field, short[found])


def _is_private(name: str, only_here: set[str]) -> bool:
    if len(name) <= 3 or name.startswith("__") or not name.isidentifier():
        return False
    return name[0] == "_" or name in only_here


def _fresh(prefix: str) -> Iterator[str]:
    """a, b, ... z, aa, ab, ... behind the prefix; no word of the language is that short."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    yield from (prefix + letter for letter in letters)
    for first in letters:
        yield from (prefix + first + letter for letter in letters if prefix)
