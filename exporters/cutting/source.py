"""The backend's source as syntax: functions and classes by unit, and what a name in a module stands for."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper

from exporters.base import Sources

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_MOST_REEXPORTS = 5


@dataclass(frozen=True, slots=True)
class File:
    """One file that could be parsed."""

    path: str
    module: str
    tree: ast.Module
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the backend that stands at the top of its module, or a method of a class there."""

    file: File
    node: FunctionNode
    owner: ast.ClassDef | None = None
    text: str = ""
    """The source, where it is not as it stands in the file."""
    around: str = ""
    """What tells it from others, where it stands inside of another function: a wrapper that a decorator makes."""

    @property
    def unit(self) -> str:
        """Its id in the model."""
        if self.around:
            return f"{self.file.path}::{self.around}"
        owner = f"{self.owner.name}." if self.owner else ""
        return f"{self.file.path}::{owner}{self.node.name}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all plain parameters."""
        given = self.node.args
        return tuple(a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs))

    @property
    def all_parameters(self) -> tuple[str, ...]:
        """The same, and those that take what is left over."""
        given = self.node.args
        rest = tuple(one.arg for one in (given.vararg, given.kwarg) if one is not None)
        return self.parameters + rest

    @property
    def defaults(self) -> dict[str, ast.expr]:
        """The default of each parameter that has one, by its name."""
        given = self.node.args
        positional = [a.arg for a in (*given.posonlyargs, *given.args)]
        found = dict(zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True))
        named = zip(given.kwonlyargs, given.kw_defaults, strict=True)
        return found | {a.arg: default for a, default in named if default is not None}

    @property
    def first_line(self) -> int:
        """Where it begins, decorators included."""
        return min((d.lineno for d in self.node.decorator_list), default=self.node.lineno)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the backend that stands at the top of its module."""

    file: File
    node: ast.ClassDef


@dataclass(frozen=True, slots=True)
class Constant:
    """A name that a module binds once, to an expression."""

    file: File
    value: ast.expr


Named = Function | Class | Constant | File | str
NO_PATHS: Mapping[str, str] = {}
"""What a name stands for; a text is the dotted path of something outside the backend."""


class Code:
    """Reads each file once."""

    def __init__(self, sources: Sources, roots: Sequence[str]) -> None:
        self._sources = sources
        self._roots = roots
        self._files: dict[str, File | None] = {}
        self._names: dict[str, dict[str, ast.stmt]] = {}
        self._syntax: dict[str, MetadataWrapper] = {}
        self._meanings: dict[tuple[str, str], Named | None] = {}
        self._constants: dict[ast.ClassDef, dict[str, ast.expr]] = {}

    def syntax(self, function: Function) -> MetadataWrapper:
        """The function alone as a concrete syntax tree: comments and layout are in it."""
        if function.unit not in self._syntax:
            end = function.node.end_lineno or function.node.lineno
            lines = function.text.split("\n") if function.text else function.file.lines[function.first_line - 1 : end]
            # A method keeps its indent: taking it away would change the texts that go over several lines.
            head = ["class _:"] if lines[0][:1].isspace() else []
            module = cst.parse_module("\n".join([*head, *lines]) + "\n")
            self._syntax[function.unit] = MetadataWrapper(module, unsafe_skip_copy=True)
        return self._syntax[function.unit]

    def function(self, unit: str) -> Function | None:
        """The function or method of that unit; None for nested ones, and where the file can't be read."""
        path, _, name = unit.partition("::")
        file = self.file(path)
        if file is None or "<locals>" in name or "#" in name:
            return None
        owner, _, last = name.rpartition(".")
        if not owner:
            found = self._bindings(file).get(name)
            return Function(file, found) if isinstance(found, FunctionNode) else None
        holder = self._bindings(file).get(owner)
        return self.method(Class(file, holder), last) if isinstance(holder, ast.ClassDef) else None

    def method(self, holder: Class, name: str) -> Function | None:
        """The method that the class's own body defines."""
        for node in holder.node.body:
            if isinstance(node, FunctionNode) and node.name == name:
                return Function(holder.file, node, holder.node)
        return None

    def file(self, path: str) -> File | None:
        """The parsed file; None where there is none, or where its syntax is newer than this Python's."""
        if path not in self._files:
            text = self._sources(path)
            try:
                tree = None if text is None else ast.parse(text)
            except (SyntaxError, ValueError, RecursionError):
                tree = None
            self._files[path] = tree and File(path, self.module(path), tree, tuple((text or "").split("\n")))
        return self._files[path]

    def module(self, path: str) -> str:
        """The dotted name under which the file is imported."""
        root = max((r for r in self._roots if r != "." and path.startswith(f"{r}/")), key=len, default="")
        return path.removeprefix(f"{root}/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def meant(
        self, node: ast.expr, file: File | None, own: Collection[str] = (), paths: Mapping[str, str] = NO_PATHS
    ) -> Named | None:
        """What a dotted name stands for where it is written; None for anything else, and for what is bound there.

        `own` are the local names of that place, `paths` the dotted paths of what is imported there.
        """
        dotted = dotted_name(node)
        if not dotted or file is None or dotted.partition(".")[0] in own:
            return None
        return self.named(file, dotted, paths)

    def named(self, file: File, dotted: str, local: Mapping[str, str] = NO_PATHS) -> Named | None:
        """What a dotted name in the file stands for; `local` are the dotted paths that a function imports itself."""
        if dotted.partition(".")[0] in local:
            return self._named(file, dotted, local)
        key = (file.path, dotted)
        if key not in self._meanings:
            self._meanings[key] = self._named(file, dotted, NO_PATHS)
        return self._meanings[key]

    def _named(self, file: File, dotted: str, local: Mapping[str, str]) -> Named | None:
        first, _, rest = dotted.partition(".")
        found = self._path(local[first]) if first in local else self._own(file, first, 0)
        for part in rest.split(".") if rest else ():
            found = self._member(found, part, 0)
        return found

    def _own(self, file: File, name: str, depth: int) -> Named | None:
        statement = self._bindings(file).get(name)
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return Function(file, statement)
            case ast.ClassDef():
                return Class(file, statement)
            case ast.Assign() | ast.AnnAssign():
                value = dict(given_in(statement)).get(name, statement.value)
                return Constant(file, value) if value else None
            case ast.Import() | ast.ImportFrom() if depth < _MOST_REEXPORTS:
                path = imports_of(statement, file).get(name)
                return self._path(path, depth + 1) if path else None
            case _:
                return None

    def _member(self, holder: Named | None, name: str, depth: int) -> Named | None:
        match holder:
            case File():
                found = self._own(holder, name, depth)
                return found if found is not None else self._path(f"{holder.module}.{name}", depth)
            case Class():
                method = self.method(holder, name)
                return method if method is not None else self._class_constant(holder, name)
            case str():
                return f"{holder}.{name}"
            case _:
                return None

    def _class_constant(self, holder: Class, name: str) -> Named | None:
        if holder.node not in self._constants:
            found = self._constants[holder.node] = dict[str, ast.expr]()
            for statement in holder.node.body:
                if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
                    for own in _bound(statement):
                        found.setdefault(own, statement.value)
        value = self._constants[holder.node].get(name)
        return Constant(holder.file, value) if value is not None else None

    def _path(self, dotted: str, depth: int = 0) -> Named | None:
        """The module of that dotted path, else what its longest known module holds; a text where it is not ours."""
        parts = dotted.split(".")
        for size in range(len(parts), 0, -1):
            file = self._module_file(".".join(parts[:size]))
            if file is None:
                continue
            found: Named | None = file
            for part in parts[size:]:
                found = self._own(found, part, depth) if isinstance(found, File) else self._member(found, part, depth)
            return found
        return dotted

    def module_at(self, dotted: str) -> File | None:
        """The backend's module of that dotted name."""
        return self._module_file(dotted) if dotted else None

    def _module_file(self, module: str) -> File | None:
        path = module.replace(".", "/")
        for root in self._roots:
            prefix = "" if root == "." else f"{root}/"
            for name in (f"{prefix}{path}.py", f"{prefix}{path}/__init__.py"):
                if (found := self.file(name)) is not None:
                    return found
        return None

    def _bindings(self, file: File) -> dict[str, ast.stmt]:
        """The statement that binds each name of the module; names that are bound twice are left out."""
        known = self._names.get(file.path)
        if known is None:
            known = self._names[file.path] = dict(_unique_bindings(file.tree.body))
        return known


def _unique_bindings(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    found: dict[str, list[ast.stmt]] = {}
    for statement in _flat(body):
        for name in _bound(statement):
            found.setdefault(name, []).append(statement)
    for name, statements in found.items():
        if len(statements) == 1:
            yield name, statements[0]


def _flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The module's statements, those under its own conditions and tries included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            for field in ("body", "orelse", "finalbody"):
                yield from _flat(getattr(statement, field, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from _flat(handler.body)


def given_in(statement: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, ast.expr]]:
    """Each name that an assignment binds to a value that stands there: `a, b = 1, 2` are two."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        match target, statement.value:
            case ast.Name(id=name), ast.expr() as value:
                yield name, value
            case ((ast.Tuple(elts=names) | ast.List(elts=names)), (ast.Tuple(elts=values) | ast.List(elts=values))):
                if len(names) == len(values) and not any(isinstance(one, ast.Starred) for one in (*names, *values)):
                    pairs = zip(names, values, strict=True)
                    yield from ((one.id, value) for one, value in pairs if isinstance(one, ast.Name))
            case _:
                pass


def _bound(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Import() | ast.ImportFrom():
            for alias in statement.names:
                yield alias.asname or alias.name.partition(".")[0]
        case ast.Assign():
            for target in statement.targets:
                yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
        case ast.AnnAssign() | ast.AugAssign():
            if isinstance(statement.target, ast.Name):
                yield statement.target.id
        case _:
            pass


def imports_of(statement: ast.Import | ast.ImportFrom, file: File) -> dict[str, str]:
    """The dotted path that each name of an import statement stands for."""
    if isinstance(statement, ast.Import):
        return {a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                for a in statement.names}  # fmt: skip
    base = statement.module or ""
    if statement.level:
        parts = file.module.split(".")
        keep = len(parts) - statement.level + file.path.endswith("/__init__.py")
        base = ".".join([*parts[:keep], *([base] if base else [])])
    return {a.asname or a.name: f"{base}.{a.name}" for a in statement.names}


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` as text; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])
