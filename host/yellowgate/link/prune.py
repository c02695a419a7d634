"""What a board needs of our sources: the rest would take room in its memory.

Wire formats are shared with the host, so much of them is for the host alone. prune() leaves out
the functions, methods, classes and constants that nothing on a board names. Names alone are looked
at: a method stays when anything bears its name. Of drivers that others wrote, what stays is as
they wrote it; the rest is left out as a linker would. What code from outside needs (provisioning,
see provision.py) is handed over. Nothing is changed here, only left out, whole definitions each.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from yellowgate.link.numbers import aliases

DRIVERS = "adafruit_"
_FOR_TYPES = "TYPE_CHECKING"

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def drop_types(tree: ast.Module) -> None:
    """Leave out what is there for type checkers alone."""
    tree.body = [node for node in tree.body if not _is_for_types(node)]


def prune(
    trees: Mapping[str, ast.Module],
    others: Iterable[ast.Module],
    kept: Iterable[str],
    pruned: Collection[str],
) -> None:
    """Leave out what is not used.

    trees: by dotted name, everything that is rewritten. pruned: the names of those that something
    is left out of. others: modules that stay as they are. kept: names of definitions that stay.
    """
    kept = set(kept)
    outside = kept | {"." + name for name in kept}
    for other in others:
        outside |= _uses("", other, aliases(other))
    was_left_out = True
    while was_left_out:
        modules = [_Module(name, tree) for name, tree in trees.items()]
        used = outside.union(*(module.uses for module in modules))
        replaced = {name for module in modules for name in module.replaces()}
        of_drivers = _used_of_drivers(modules, outside)
        was_left_out = False
        for module in modules:
            needed = of_drivers if module.is_driver else used
            if module.name in pruned:
                was_left_out |= module.leave_out(needed, replaced)


def _used_of_drivers(modules: Iterable[_Module], outside: set[str]) -> set[str]:
    """What is used of drivers, which others wrote: only who imports one can name its methods."""
    used = set(outside)
    for module in modules:
        if module.is_driver or module.imports_driver:
            used |= module.uses
    return used


class _Part(NamedTuple):
    """name: of what it defines, "" for none. frame: of a class, without its methods.

    is_derived: a method of a class with a base.
    """

    name: str
    node: ast.stmt
    frame: ast.stmt
    is_method: bool = False
    is_derived: bool = False


class _Module:
    """uses: what is used here: "module:name", ".attribute". A definition does not use itself."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name = name
        self._tree = tree
        self._aliases = aliases(tree)
        self._parts = list(_parts(tree))
        self.is_driver = name.startswith(DRIVERS)
        self.imports_driver = any(module.startswith(DRIVERS) for module in self._aliases.values())
        self.uses: set[str] = set()
        for part in self._parts:
            own = {f"{name}:{part.name}", "." + part.name} if part.name else set[str]()
            self.uses |= _uses(name, part.frame, self._aliases) - own

    def replaces(self) -> set[str]:
        """ "package:method" of drivers for which a class of ours has its own, and no super()."""
        if self.is_driver or f"{self.name}:super" in self.uses:
            return set()
        found: set[str] = set()
        for node in self._tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            methods = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
            for base in node.bases:
                module = self._aliases.get(ast.unparse(base), "")
                if module.startswith(DRIVERS):
                    found |= {f"{module.split('.')[0]}:{name}" for name in methods}
        return found

    def leave_out(self, used: set[str], replaced: set[str]) -> bool:
        """Leave out the definitions that nobody uses; whether there were any."""
        if self.name + ":" in used:
            return False
        unused = [part.node for part in self._parts if not self._is_needed(part, used, replaced)]
        for body in _bodies(self._tree):
            body[:] = [node for node in body if node not in unused]
        for node in self._tree.body:
            if isinstance(node, ast.ClassDef) and not node.body:
                node.body = [ast.Pass()]
        return bool(unused)

    def _is_needed(self, part: _Part, used: set[str], replaced: set[str]) -> bool:
        if not part.name or (part.is_method and part.name.startswith("__")):
            return True
        if not part.is_method:
            return bool(used & {f"{self.name}:{part.name}", part.name})
        if f"{self.name.split('.')[0]}:{part.name}" in replaced:
            return False
        return part.is_derived or "." + part.name in used  # derived: the base may call it


def _is_for_types(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == _FOR_TYPES and not node.orelse
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == _FOR_TYPES


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    yield from (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    yield tree.body


def _parts(tree: ast.Module) -> Iterator[_Part]:
    """Statements; methods by themselves."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            rest = [part for part in node.body if part not in methods]
            frame = ast.ClassDef(node.name, node.bases, node.keywords, rest, node.decorator_list)
            yield _Part(node.name, node, frame)
            for method in methods:
                yield _Part(method.name, method, method, True, bool(node.bases))
        else:
            name = node.name if isinstance(node, _Definition) else _constant(node)
            yield _Part(name, node, node)


def _constant(node: ast.stmt) -> str:
    """The name, when the statement only gives a name to something."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return ""
    target = node.targets[0]
    calls = [part.func for part in ast.walk(node.value) if isinstance(part, ast.Call)]
    has_calls = any(ast.unparse(function) != "const" for function in calls)
    return target.id if isinstance(target, ast.Name) and not has_calls else ""


def _uses(module: str, node: ast.AST, known: Mapping[str, str]) -> set[str]:
    """What is named in it; types are not looked at on a board."""
    found: set[str] = set()
    if isinstance(node, ast.Name):
        found.add(f"{module}:{node.id}")
        found.add(known.get(node.id, "") + ":")  # a module handed on: all of it is used
    elif isinstance(node, ast.Attribute):
        found.add("." + node.attr)
        if isinstance(node.value, ast.Name):
            found.add(f"{module}:{node.value.id}")
            found.add(f"{known.get(node.value.id, '')}:{node.attr}")
            return found
    elif isinstance(node, ast.ImportFrom):
        found.update(f"{node.module}:{alias.name}" for alias in node.names)
    return found.union(*(_uses(module, part, known) for part in _run_parts(node)))


def _run_parts(node: ast.AST) -> list[ast.AST]:
    """The parts of a node but annotations."""
    types: list[object] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    return [part for part in ast.iter_child_nodes(node) if part not in types]
