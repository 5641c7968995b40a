"""Strawberry's schema: types are decorated classes, fields methods or attributes, joined by their annotations.

Root types stand in the call that makes the schema, may be merged from others by a call, and a type is reached through
the annotation of another type's field, which may be a string or a lazy reference to another module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.routing.graphql import OPERATIONS, add_field, camel_case
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ClassValue, ContainerValue, ExternalValue, FunctionValue, InstanceValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Scope

_SCHEMA = ["strawberry.schema.Schema", "strawberry.federation.schema.Schema"]
_PACKAGES = ("strawberry.", "strawberry_django.", "strawberry_sqlalchemy_mapper.")
_FIELDS = frozenset({"field", "mutation", "subscription", "input_mutation", "connection", "node", "offset_paginated"})
_TYPES = frozenset({"type", "interface", "input", "partial"})
_MADE = ("strawberry.tools.merge_types", "strawberry.tools.create_type")
_PARTS = Pick(argument=1, keyword=["types", "fields"])


def register(bench: Workbench) -> None:
    """Find the root fields of every schema, and the resolvers of the types that they lead to."""
    Schema(bench).read()


class Schema:
    """All schemas of a program, read together."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.camel = True
        self.reached: dict[Class, None] = {}
        self._fields_of: dict[Function, Decoration] = {}
        self._types: dict[Class, None] = {}
        for decoration in self.program.decorations:
            self._note(decoration)

    def read(self) -> None:
        """Roots first, then what they reach, each class once."""
        roots = self._roots()
        done: set[Class] = set()
        for operation, classes in roots.items():
            for cls in classes:
                done.add(cls)
                self._type(cls, f"{operation} ")
        while True:
            waiting = [cls for cls in self.reached if cls not in done]
            if not waiting:
                return
            for cls in waiting:
                done.add(cls)
                self._type(cls, f"{cls.record.name}.")

    # --- what the code says of itself -----------------------------------------------------------------------------

    def _note(self, decoration: Decoration) -> None:
        """Remember what decorates: the library's own decorators, and the project's that end in one of these."""
        paths = [external.path for external in decoration.externals]
        paths += [value.path for value in decoration.values if isinstance(value, ExternalValue)]
        called = [value.function for value in decoration.values if isinstance(value, FunctionValue)]
        definition = decoration.definition
        if isinstance(definition, Class):
            if any(_is(path, _TYPES) for path in paths):
                self._types[definition] = None
        elif any(_is(path, _FIELDS) for path in paths) or any(self._makes_field(one) for one in called):
            self._fields_of[definition] = decoration

    def _makes_field(self, function: Function) -> bool:
        """Whether a decorator of the project is made of one of the library's."""
        return function.is_project and any(
            _is(external.path, _FIELDS) for site in self.program.sites(function) for external in site.externals
        )

    def _roots(self) -> dict[str, list[Class]]:
        found: dict[str, dict[Class, None]] = {}
        for match in self.bench.index.calls(_SCHEMA):
            site = match.site
            for position, operation in enumerate(OPERATIONS):
                keyword = next((k.value for k in site.call.keywords if k.name == operation), None)
                if keyword is None and position < len(site.call.arguments):
                    keyword = site.call.arguments[position]
                if keyword is None:
                    continue
                values = site.keywords.get(operation) or self.program.values_of(site.function, keyword)
                for cls in [*self._classes(values), *self._made(values, f"{operation} ")]:
                    found.setdefault(operation, {})[cls] = None
            self.reached.update(dict.fromkeys(self._classes(site.keywords.get("types", ()))))
            self._configured(site.call)
        if not found:
            for cls in self._types:
                operation = cls.record.name.lower()
                if operation in OPERATIONS:
                    found.setdefault(operation, {})[cls] = None
        return {operation: list(classes) for operation, classes in found.items()}

    def _configured(self, call: ir.Call) -> None:
        config = next((k.value for k in call.keywords if k.name == "config"), None)
        for keyword in config.keywords if isinstance(config, ir.Call) else ():
            off = isinstance(keyword.value, ir.Constant) and keyword.value.value is False
            if keyword.name == "auto_camel_case" and off:
                self.camel = False

    def _made(self, values: Values, owner: str) -> list[Class]:
        """The classes that `merge_types("Query", (A, B))` puts together; `create_type` gives functions."""
        found: list[Class] = []
        for value in values:
            if isinstance(value, InstanceValue) and value.cls.path in _MADE:
                for scope, call in self.bench.picker.creations.made(value):
                    for item in self.bench.contexts.split(self.bench.picker.values(_PARTS, Given(call, scope))):
                        found += [*self._classes(item), *self._made(item, owner)]
                        for one in item:
                            if isinstance(one, FunctionValue) and one.function in self._fields_of:
                                self._add(owner, one.function.record.name, one.function, None)
                                self._refer(one.function.record.returns, one.function.module.body)
        return found

    # --- fields ---------------------------------------------------------------------------------------------------

    def _type(self, cls: Class, owner: str) -> None:
        seen: set[str] = set()
        for level in cls.mro:
            if not level.is_project:
                continue
            for method in level.methods():
                if method in self._fields_of and method.record.name not in seen:
                    seen.add(method.record.name)
                    self._add(owner, method.record.name, method, cls)
                    self._refer(method.record.returns, level)
            for base in level.record.bases:
                made = self.program.values_of(level.outer or level.module.body, base)
                for part in self._made(made, owner):
                    self._type(part, owner)
            for name, statement in _attributes(level):
                if name not in seen:
                    seen.add(name)
                    self._attribute(owner, name, statement, level, cls)

    def _attribute(self, owner: str, name: str, statement: ir.Assign, level: Class, cls: Class) -> None:
        """`name: T = strawberry.field(resolver=f)`, and plain attributes, which only lead to other types."""
        self._refer(statement.annotation, level)
        call = statement.value
        if not isinstance(call, ir.Call):
            return
        site = level.unit.sites.get(call.number)
        if site is None or not any(_is(external.path, _FIELDS) for external in site.externals):
            return
        resolver = next((k.value for k in call.keywords if k.name == "resolver"), None)
        given = resolver or (call.arguments[0] if call.arguments else None)
        if given is not None:
            for function in self.bench.handlers.functions(self.program.values_of(level, given), level.module):
                self._refer(function.record.returns, function.outer or function.module.body)
                self._add(owner, _named(call) or name, function, cls, raw=bool(_named(call)), line=call.line)

    def _add(
        self, owner: str, name: str, function: Function, cls: Class | None, *, raw: bool = False, line: int = 0
    ) -> None:
        decoration = self._fields_of.get(function)
        given = _named(decoration.call) if decoration is not None and not line else ""
        shown = given or (name if raw or not self.camel else camel_case(name))
        place = f"{function.module.path}:{line or function.record.line}"
        add_field(self.bench, "strawberry", owner + shown, function, cls, evidence=f"field {place}")

    # --- types ----------------------------------------------------------------------------------------------------

    def _refer(self, annotation: ir.Expr | None, scope: Scope) -> None:
        """Note the types that an annotation names, at any depth, lazily or not."""
        if annotation is None:
            return
        if isinstance(annotation, ir.Name | ir.Attribute):
            self.reached.update(dict.fromkeys(self._classes(self.program.values_of(scope, annotation))))
        elif isinstance(annotation, ir.Subscript):
            lazy = _lazy(annotation)
            if lazy is not None:
                package = scope.module.package(len(lazy[0]) - len(lazy[0].lstrip("."))) if lazy[0][:1] == "." else ""
                dotted = ".".join(filter(None, (package, lazy[0].lstrip("."), lazy[1])))
                self.reached.update(dict.fromkeys(self._classes(self.program.named(dotted))))
            else:
                self._refer(annotation.value, scope)
                self._refer(annotation.index, scope)
        elif isinstance(annotation, ir.Sequence):
            for item in annotation.items:
                self._refer(item, scope)
        elif isinstance(annotation, ir.Binary):
            self._refer(annotation.left, scope)
            self._refer(annotation.right, scope)
        elif isinstance(annotation, ir.Constant) and str(annotation.value).isidentifier():
            self._refer(ir.Name(str(annotation.value)), scope)

    def _classes(self, values: Values) -> list[Class]:
        found: dict[Class, None] = {}
        for value in values:
            if isinstance(value, ClassValue) and value.cls.is_project:
                found[value.cls] = None
            elif isinstance(value, ContainerValue):
                for item in self.bench.contexts.split((value,)):
                    found.update(dict.fromkeys(self._classes(item)))
        return list(found)


def _is(path: str, names: frozenset[str]) -> bool:
    return path.startswith(_PACKAGES) and path.removesuffix("()").rpartition(".")[2] in names


def _attributes(cls: Class) -> Iterator[tuple[str, ir.Assign]]:
    for statement in cls.record.body:
        if isinstance(statement, ir.Assign):
            for target in statement.targets:
                if isinstance(target, ir.Name):
                    yield target.id, statement


def _named(call: ir.Call | None) -> str:
    """The name that a field is given in its call."""
    for keyword in call.keywords if call is not None else ():
        if keyword.name == "name" and isinstance(keyword.value, ir.Constant) and isinstance(keyword.value.value, str):
            return keyword.value.value
    return ""


def _lazy(annotation: ir.Subscript) -> tuple[str, str] | None:
    """Module and name of `Annotated["User", strawberry.lazy("users.types")]`."""
    items = annotation.index.items if isinstance(annotation.index, ir.Sequence) else []
    names = [i.value for i in items if isinstance(i, ir.Constant)] + [i.id for i in items if isinstance(i, ir.Name)]
    for item in items:
        if isinstance(item, ir.Call) and item.arguments and isinstance(item.arguments[0], ir.Constant):
            called = item.function
            last = called.name if isinstance(called, ir.Attribute) else called.id if isinstance(called, ir.Name) else ""
            if last == "lazy" and names:
                return str(item.arguments[0].value), str(names[0])
    return None
