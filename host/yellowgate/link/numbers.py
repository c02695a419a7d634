"""Whole numbers as digits where they are used: MicroPython keeps a name in memory, and a look-up.

A constant of a module is NAME = expression, in capitals, given once, of whole numbers and other
constants alone. Its expression is put where it is used, in its own module and in others; the
compiler for the board reckons it out. What then nobody names, prune.py leaves out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_OPERATORS = (
    ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod,
    ast.LShift, ast.RShift, ast.BitOr, ast.BitAnd, ast.BitXor,
)  # fmt: skip
_NAMED = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler


class _Number(NamedTuple):
    """Where a constant is given."""

    module: str
    name: str


def put_in_place(trees: Mapping[str, ast.Module]) -> None:
    """Change these modules, by dotted name, so that constants stand as digits."""
    known = _Known(trees)
    for name, tree in trees.items():
        _InPlace(known, name).visit(tree)
        tree.body = [part for part in tree.body if not _is_empty_import(part)]


def aliases(tree: ast.Module) -> dict[str, str]:
    """Names of modules, and of what is in them, as this module knows them."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = alias.name
    return found


class _Known:
    """The constants of all modules, and what each module means by a name."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self._given: dict[_Number, ast.expr] = {}
        self._meant: dict[tuple[str, str], str] = {}
        self._values: dict[_Number, ast.expr | None] = {}
        for module, tree in trees.items():
            given = list(bound(tree))
            for node in tree.body:
                name = _constant_name(node)
                if isinstance(node, ast.Assign) and given.count(name) == 1:
                    self._given[_Number(module, name)] = node.value
            for alias, target in aliases(tree).items():
                if given.count(alias) == 1:
                    self._meant[module, alias] = target

    def value(self, module: str, node: ast.expr) -> ast.expr | None:
        """What this name or attribute stands for, without names; None: not for a number."""
        number = self._number(module, node)
        if number is None:
            return None
        if number not in self._values:
            self._values[number] = None  # one that is made of itself is none
            self._values[number] = self._without_names(number.module, self._given[number])
        return self._values[number]

    def is_number(self, module: str, name: str) -> bool:
        """Whether a module gives a number this name."""
        return self.value(module, ast.Name(name)) is not None

    def _number(self, module: str, node: ast.expr) -> _Number | None:
        if isinstance(node, ast.Name):
            own = _Number(module, node.id)
            if own in self._given:
                return own
            source, _, name = self._meant.get((module, node.id), "").rpartition(".")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source, name = self._meant.get((module, node.value.id), ""), node.attr
        else:
            return None
        return _Number(source, name) if (source, name) in self._given else None

    def _without_names(self, module: str, node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.Constant):
            return node if type(node.value) is int else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
            operand = self._without_names(module, node.operand)
            return operand and ast.UnaryOp(node.op, operand)
        if isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
            left = self._without_names(module, node.left)
            right = self._without_names(module, node.right)
            return left and right and ast.BinOp(left, node.op, right)
        return self.value(module, node)


class _InPlace(ast.NodeTransformer):
    def __init__(self, known: _Known, module: str) -> None:
        self._known = known
        self._module = module

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A constant of this module, or imported by its name."""
        value = self._known.value(self._module, node)
        return node if value is None or not isinstance(node.ctx, ast.Load) else value

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """A constant of a module that is known by a name here."""
        value = self._known.value(self._module, node)
        if value is None:
            self.generic_visit(node)
            return node
        return value

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        """What stands as digits need not be imported."""
        if node.module:
            known, module = self._known, node.module
            node.names = [one for one in node.names if not known.is_number(module, one.name)]
        return node


def _is_empty_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and not node.names


def _constant_name(node: ast.stmt) -> str:
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return ""
    target = node.targets[0]
    return target.id if isinstance(target, ast.Name) and target.id.isupper() else ""


def bound(tree: ast.Module) -> Iterator[str]:
    """Each name as often as it is given to something, anywhere in the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, _NAMED):
            yield node.name or ""
