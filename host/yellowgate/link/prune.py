"""What a board needs of our sources: the rest would take room in its memory.

Wire formats are shared with the host, so much of them is for the host alone. prune() leaves out
the functions, methods, classes and numbers that nothing on a board names; whole numbers of the
kind NAME = 5 are put where they are used. Names alone are looked at: a method stays when anything
bears its name. Of drivers that others wrote, what stays is as they wrote it; the rest is left out
as a linker would. What code from outside needs (provisioning, see provision.py) is handed over.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

_PRUNED = ("gate_wire.", "gate_station.", "adafruit_", "busio", "digitalio", "supervisor", "time")
_DRIVERS = "adafruit_"
_FOR_TYPES = "TYPE_CHECKING"


def prune(
    own: Mapping[str, str], others: Iterable[str] = (), kept: Iterable[str] = ()
) -> dict[str, str]:
    """The sources of our modules by dotted name, without what is not used.

    others: sources of modules that stay as they are. kept: names of definitions that stay.
    """
    kept = set(kept)
    outside = set(kept) | {"." + name for name in kept}
    for other in others:
        tree = ast.parse(other)
        outside |= _uses("", tree, _aliases(tree))
    texts = _inlined({name: _without_types(text) for name, text in own.items()})
    while True:
        modules = [_Module(name, text) for name, text in texts.items()]
        used = outside.union(*(module.uses() for module in modules))
        replaced = {name for module in modules for name in module.replaces()}
        of_drivers = _used_of_drivers(modules, outside)
        pruned = {
            module.name: module.without_unused(of_drivers if module.is_driver else used, replaced)
            for module in modules
        }
        if pruned == texts:
            found: dict[str, str] = {}
            for one in modules:
                found[one.name] = one.with_private_numbers(_of_others(one, modules, outside))
            return found
        texts = pruned


def _used_of_drivers(modules: Iterable[_Module], outside: set[str]) -> set[str]:
    """What is used of drivers, which others wrote: only who imports one can name its methods."""
    used = set(outside)
    for module in modules:
        if module.is_driver or module.imports_driver:
            used |= module.uses()
    return used


def _of_others(one: _Module, modules: Iterable[_Module], outside: set[str]) -> set[str]:
    return outside.union(*(module.uses() for module in modules if module is not one))


class _Part(NamedTuple):
    """name: of what it defines, "" for none. is_derived: a method of a class with a base."""

    name: str
    node: ast.AST
    is_method: bool = False
    is_derived: bool = False


class _Module:
    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._text = text
        self._tree = ast.parse(text)
        self._aliases = _aliases(self._tree)
        self._parts = list(_parts(self._tree))

        self._uses: set[str] | None = None
        self.is_driver = name.startswith(_DRIVERS)
        self.imports_driver = any(module.startswith(_DRIVERS) for module in self._aliases.values())

    def replaces(self) -> set[str]:
        """ "package:method" of drivers for which a class of ours has its own, and no super()."""
        if self.is_driver or "super()" in self._text:
            return set()
        found: set[str] = set()
        for node in self._tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            methods = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
            for base in node.bases:
                module = self._aliases.get(ast.unparse(base), "")
                if module.startswith(_DRIVERS):
                    found |= {f"{module.split('.')[0]}:{name}" for name in methods}
        return found

    def uses(self) -> set[str]:
        """What is used here: "module:name", ".attribute". A definition does not use itself."""
        if self._uses is None:
            self._uses = self._find_uses()
        return self._uses

    def _find_uses(self) -> set[str]:
        found: set[str] = set()
        for part in self._parts:
            own = {f"{self.name}:{part.name}", "." + part.name} if part.name else set[str]()
            found |= _uses(self.name, part.node, self._aliases) - own
        return found

    def without_unused(self, used: set[str], replaced: set[str]) -> str:
        """The text without definitions that nobody uses; blank lines take their place."""
        if not self._is_pruned(used):
            return self._text
        lines = self._text.split("\n")
        for part in self._parts:
            if self._is_needed(part, used, replaced):
                continue
            for at in range(_first_line(part.node) - 1, getattr(part.node, "end_lineno", 0)):
                lines[at] = ""
        return "\n".join(lines)

    def _is_needed(self, part: _Part, used: set[str], replaced: set[str]) -> bool:
        if not part.name or (part.is_method and part.name.startswith("__")):
            return True
        if not part.is_method:
            return bool(used & {f"{self.name}:{part.name}", part.name})
        if f"{self.name.split('.')[0]}:{part.name}" in replaced:
            return False
        return part.is_derived or "." + part.name in used  # derived: the base may call it

    def _is_pruned(self, used: set[str]) -> bool:
        return self.name.startswith(_PRUNED) and self.name + ":" not in used

    def with_private_numbers(self, used: set[str]) -> str:
        """Numbers that no name from outside leads to, as constants of the compiler."""
        values = _numbers(self._tree)
        text = self._text
        for name in values:
            if used & {name, "." + name, f"{self.name}:{name}"}:
                continue
            if not name.startswith("_") and not self._is_pruned(used):
                continue
            first = re.search(rf"(?<![.\w]){name}(?!\w)", self._text)
            if first is None or not re.match(rf"{name} = ", self._text[first.start() :]):
                continue  # used above where it is given: the compiler would not know it there
            private = name if name.startswith("_") else "_" + name
            if private != name:
                if re.search(rf"\b{private}\b", text):
                    continue
                text = re.sub(rf"(?<![.\w\"]){name}(?!\w)", private, text)
            folded = f"{private} = const({values[name]})"
            text = re.sub(rf"^{private} = .*$", folded, text, count=1, flags=re.M)
        return text


def _without_types(text: str) -> str:
    """Without what is there for type checkers alone; blank lines take its place."""
    lines = text.split("\n")
    for node in ast.parse(text).body:
        if _is_for_types(node):
            for at in range(node.lineno - 1, getattr(node, "end_lineno", 0)):
                lines[at] = ""
    return "\n".join(lines)


def _is_for_types(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == _FOR_TYPES and not node.orelse
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == _FOR_TYPES


def _inlined(own: Mapping[str, str]) -> dict[str, str]:
    """Numbers of other modules as digits."""
    texts = dict(own)
    for _ in range(3):  # numbers may be made of other modules' numbers
        trees = {name: ast.parse(text) for name, text in texts.items()}
        numbers = {name: _numbers(tree) for name, tree in trees.items()}
        for name, tree in trees.items():
            for alias, target in _aliases(tree).items():
                for number, value in numbers.get(target, {}).items():
                    written = rf"(?<![.\w]){alias}\.{number}(?!\w)"
                    texts[name] = re.sub(written, f"({value})", texts[name])
            texts[name] = _with_imported_numbers(texts[name], numbers)
    return texts


def _with_imported_numbers(text: str, numbers: Mapping[str, Mapping[str, int]]) -> str:
    """The numbers of `from module import NUMBER` as digits, and no longer imported."""
    lines = text.split("\n")
    digits: dict[str, int] = {}
    for node in ast.parse(text).body:
        if not isinstance(node, ast.ImportFrom):
            continue
        known = numbers.get(node.module or "")
        if not known:
            continue
        digits |= {alias.name: known[alias.name] for alias in node.names if alias.name in known}
        node.names = [alias for alias in node.names if alias.name not in known]
        for at in range(node.lineno - 1, getattr(node, "end_lineno", 0)):
            lines[at] = ""
        lines[node.lineno - 1] = ast.unparse(node) if node.names else ""
    text = "\n".join(lines)
    for name, value in digits.items():
        text = re.sub(rf"(?<![.\w\"]){name}(?!\w)", f"({value})", text)
    return text


def _numbers(tree: ast.Module) -> dict[str, int]:
    """The whole numbers that a module's constants of one line stand for."""
    found: dict[str, int] = {}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = [node.id for node in names if isinstance(node.ctx, ast.Store)]
    for node in tree.body:
        if not isinstance(node, ast.Assign) or node.lineno != node.end_lineno:
            continue
        target = node.targets[0]
        if not isinstance(target, ast.Name) or not re.fullmatch(r"_?[A-Z][A-Z0-9_]*", target.id):
            continue
        if bound.count(target.id) != 1:
            continue
        try:
            value = eval(ast.unparse(node.value), {"__builtins__": {}}, dict(found))
        except (NameError, TypeError, AttributeError):
            continue
        if type(value) is int:
            found[target.id] = value
    return found


def _aliases(tree: ast.Module) -> dict[str, str]:
    """Names of modules, as this one knows them."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = alias.name
    return found


def _parts(tree: ast.Module) -> Iterator[_Part]:
    """Statements; methods by themselves."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _Part(node.name, node)
        elif isinstance(node, ast.ClassDef):
            methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
            rest = [part for part in node.body if part not in methods]
            frame = ast.ClassDef(node.name, node.bases, node.keywords, rest, node.decorator_list)
            yield _Part(node.name, ast.copy_location(frame, node))
            for method in methods:
                yield _Part(method.name, method, True, bool(node.bases))
        else:
            yield _Part(_constant(node), node)


def _constant(node: ast.stmt) -> str:
    """The name, when the statement only gives a name to something."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return ""
    target = node.targets[0]
    calls = [part.func for part in ast.walk(node.value) if isinstance(part, ast.Call)]
    has_calls = any(ast.unparse(function) != "const" for function in calls)
    return target.id if isinstance(target, ast.Name) and not has_calls else ""


def _first_line(node: ast.AST) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([getattr(node, "lineno", 1), *(decorator.lineno for decorator in decorators)])


def _uses(module: str, node: ast.AST, aliases: Mapping[str, str]) -> set[str]:
    """What is named in it; types are not looked at on a board."""
    found: set[str] = set()
    if isinstance(node, ast.Name):
        found.add(f"{module}:{node.id}")
        found.add(aliases.get(node.id, "") + ":")  # a module handed on: all of it is used
    elif isinstance(node, ast.Attribute):
        found.add("." + node.attr)
        if isinstance(node.value, ast.Name):
            found.add(f"{module}:{node.value.id}")
            found.add(f"{aliases.get(node.value.id, '')}:{node.attr}")
            return found
    elif isinstance(node, ast.ImportFrom):
        found.update(f"{node.module}:{alias.name}" for alias in node.names)
    return found.union(*(_uses(module, part, aliases) for part in _run_parts(node)))


def _run_parts(node: ast.AST) -> list[ast.AST]:
    """The parts of a node but annotations."""
    types: list[object] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    return [part for part in ast.iter_child_nodes(node) if part not in types]
