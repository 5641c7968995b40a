"""The backend's source as text and syntax: functions by unit, and what a called name leads to."""

from __future__ import annotations

import ast
import builtins
import symtable
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from exporters.base import Sources

_BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the backend that stands at the top of its module."""

    file: str
    module: str
    node: ast.FunctionDef
    lines: tuple[str, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all plain parameters."""
        given = self.node.args
        return tuple(a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs))

    @property
    def is_bound_task(self) -> bool:
        """Whether a queue hands the task itself over as the first argument."""
        for decorator in self.node.decorator_list:
            if isinstance(decorator, ast.Call):
                for keyword in decorator.keywords:
                    if keyword.arg == "bind" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                        return True
        return False

    def text(self, statement: ast.stmt) -> str:
        """The statement as it is written, comments within it included, from the first column."""
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        lines = self.lines[first:last]
        alone = lines[0][: statement.col_offset].strip() == "" and ";" not in lines[-1]
        if alone and not _has_long_string(statement):
            return textwrap.dedent("\n".join(lines))
        return ast.unparse(statement)


def _has_long_string(statement: ast.stmt) -> bool:
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno:
            return True
    return False


class Code:
    """Reads each file once."""

    def __init__(self, sources: Sources, roots: Sequence[str]) -> None:
        self._sources = sources
        self._roots = roots
        self._trees: dict[str, tuple[ast.Module, tuple[str, ...]] | None] = {}

    def function(self, unit: str) -> Function | None:
        """A plain function at the top of its module; None for methods, nested and async ones, and unread files."""
        file, _, name = unit.partition("::")
        tree = self._tree(file)
        if tree is None:
            return None
        for node in tree[0].body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return Function(file, self.module(file), node, tree[1])
        return None

    def module(self, file: str) -> str:
        """The dotted name under which the file is imported."""
        root = max((r for r in self._roots if r != "." and file.startswith(f"{r}/")), key=len, default="")
        return file.removeprefix(f"{root}/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def called(self, function: Function, call: ast.expr) -> Function | None:
        """The project's function that a call by name (`f(…)`, `module.f(…)`) leads to through the file's imports."""
        if not isinstance(call, ast.Call):
            return None
        tree = self._tree(function.file)
        if tree is None:
            return None
        if isinstance(call.func, ast.Name):
            return self._named(tree[0], function, call.func.id)
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            module = self._imported(tree[0], function, call.func.value.id)
            return self._in_module(module, call.func.attr) if module else None
        return None

    def _named(self, tree: ast.Module, function: Function, name: str) -> Function | None:
        own = self.function(f"{function.file}::{name}")
        if own is not None:
            return own
        dotted = self._imported(tree, function, name)
        return self._in_module(*dotted.rsplit(".", 1)) if dotted and "." in dotted else None

    def _imported(self, tree: ast.Module, function: Function, name: str) -> str | None:
        """The dotted path that an import of the file, or of the function, binds to the name."""
        for node in (*tree.body, *ast.walk(function.node)):
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname == name or (alias.asname is None and alias.name == name):
                        return alias.name
        return None

    def _in_module(self, module: str, name: str) -> Function | None:
        path = module.replace(".", "/")
        for root in self._roots:
            prefix = "" if root == "." else f"{root}/"
            for file in (f"{prefix}{path}.py", f"{prefix}{path}/__init__.py"):
                found = self.function(f"{file}::{name}")
                if found is not None:
                    return found
        return None

    def _tree(self, file: str) -> tuple[ast.Module, tuple[str, ...]] | None:
        if file not in self._trees:
            text = self._sources(file)
            try:
                self._trees[file] = None if text is None else (ast.parse(text), tuple(text.split("\n")))
            except (SyntaxError, ValueError, RecursionError):
                self._trees[file] = None
        return self._trees[file]


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a piece of code binds, and those that it takes from around it."""

    bound: frozenset[str]
    needed: frozenset[str]


def names_of(code: str) -> Names:
    """What Python itself says of the names in some statements."""
    body = textwrap.indent(code, "    ") if code.strip() else "    pass"
    table = symtable.symtable(f"def piece():\n{body}\n", "piece", "exec").get_children()[0]
    bound = frozenset(symbol.get_name() for symbol in table.get_symbols() if symbol.is_local())
    needed: set[str] = set()
    tables = [table]
    while tables:
        scope = tables.pop()
        needed.update(symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global())
        tables.extend(scope.get_children())
    return Names(bound, frozenset(needed))


def loads(statements: Sequence[ast.stmt]) -> frozenset[str]:
    """All names that the statements read anywhere."""
    found: set[str] = set()
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.add(node.id)
    return frozenset(found)


def is_builtin(name: str) -> bool:
    """Whether the name needs no import."""
    return name in _BUILTINS
