"""Graphene's schema: fields are class attributes, their resolvers methods that only a name joins with them.

Which classes are root types stands in the call that makes the schema, types refer to one another by classes, lambdas
and strings inside field calls, and a mutation is mounted by `X.Field()`, where the class before the dot counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.routing.graphql import OPERATIONS, add_field, camel_case
from discover.frameworks.rules.template_methods import worker_of
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, FunctionValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench

_SCHEMA = "graphene.types.schema.Schema"
_OBJECT = "graphene.types.objecttype.ObjectType"
_INTERFACE = "graphene.types.interface.Interface"
_UNION = "graphene.types.union.Union"
_MUTATION = "graphene.types.mutation.Mutation"
_DJANGO = "graphene_django.types.DjangoObjectType"
_DJANGO_FIELDS = ("graphene_django.fields.DjangoConnectionField", "graphene_django.fields.DjangoListField")
_ENTRIES = ("mutate", "mutate_and_get_payload")
_MEMBERS = ("Output", "Meta", "Arguments", "Input")
_META = ("node", "interfaces", "types", "output", "possible_types")
_LIBRARY = "graphene"


def register(bench: Workbench) -> None:
    """Find the root fields of every schema, and the resolvers of the types that they lead to."""
    Schema(bench).read()


class Schema:
    """All schemas of a program, read together."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.reached: dict[Class, None] = {}
        self.camel = True

    def read(self) -> None:
        """Roots first, then what they reach, each class once."""
        roots = self._roots()
        for operation, classes in roots.items():
            for cls in classes:
                self._root(operation, cls)
        below: list[Class] = self.program.subclasses_of(_DJANGO) if roots else []
        self.reached.update(dict.fromkeys(below))
        done: set[Class] = {cls for classes in roots.values() for cls in classes}
        implementers = self._implementers()
        while True:
            waiting = [cls for cls in self.reached if cls not in done]
            if not waiting:
                return
            for cls in waiting:
                done.add(cls)
                self._type(cls)
                self.reached.update(dict.fromkeys(implementers.get(cls, ())))

    # --- what the schema names ------------------------------------------------------------------------------------

    def _roots(self) -> dict[str, list[Class]]:
        """Root types by operation; classes named like them where no call names any."""
        found: dict[str, dict[Class, None]] = {}
        for match in self.bench.index.calls(_SCHEMA):
            site = match.site
            for position, operation in enumerate(OPERATIONS):
                given = site.keywords.get(operation, ())
                if not given and position < len(site.arguments):
                    given = site.arguments[position]
                for cls in self._classes(given):
                    found.setdefault(operation, {})[cls] = None
            for cls in self._classes(site.keywords.get("types", ())):
                self.reached[cls] = None
            flag = next((k.value for k in site.call.keywords if k.name == "auto_camelcase"), None)
            if isinstance(flag, ir.Constant) and flag.value is False:
                self.camel = False
        if not found:
            for cls in self.program.subclasses_of(_OBJECT):
                operation = cls.record.name.lower()
                if operation in OPERATIONS:
                    found.setdefault(operation, {})[cls] = None
        return {operation: list(classes) for operation, classes in found.items()}

    def _implementers(self) -> dict[Class, list[Class]]:
        """Object types by the interfaces that they say they have."""
        found: dict[Class, list[Class]] = {}
        for cls in self.program.subclasses_of(_OBJECT):
            for interface in self._classes(self._meta(cls, "interfaces")):
                found.setdefault(interface, []).append(cls)
        return found

    # --- fields ---------------------------------------------------------------------------------------------------

    def _root(self, operation: str, root: Class) -> None:
        for name, value, level in self._fields(root):
            shown = f"{operation} {self._shown(name, value)}"
            self._refer(value, level)
            mutation = self._mutation(value, level)
            if mutation is not None:
                self._mutate(shown, mutation, level, value)
                continue
            for function in self._resolvers(root, name, value, level):
                self._emit(shown, function, root, level, value)

    def _type(self, cls: Class) -> None:
        """The resolvers of one object type or interface, and the types that its fields lead to."""
        for name, value, level in self._fields(cls):
            self._refer(value, level)
            if self.program.is_below(cls, _UNION):
                continue
            mutation = self._mutation(value, level)
            if mutation is not None:
                self._mutate(f"{cls.record.name}.{self._shown(name, value)}", mutation, level, value)
                continue
            for function in self._resolvers(cls, name, value, level):
                self._emit(f"{cls.record.name}.{self._shown(name, value)}", function, cls, level, value)
        for name in _META:
            self.reached.update(dict.fromkeys(self._classes(self._meta(cls, name))))
        if "Output" in cls.names:
            self.reached.update(dict.fromkeys(self._classes(self.program.class_attribute(cls, "Output"))))

    def _fields(self, cls: Class) -> Iterator[tuple[str, ir.Expr | None, Class]]:
        """The attributes of a class and its bases, a later definition in place of an earlier one.

        A model's own fields stand in no class body, but a resolver for one does.
        """
        seen: dict[str, tuple[ir.Expr | None, Class]] = {}
        for level in reversed(cls.mro):
            if not level.is_project:
                continue
            for statement in level.record.body:
                if isinstance(statement, ir.Assign) and statement.value is not None:
                    for target in statement.targets:
                        if isinstance(target, ir.Name) and not target.id.startswith("__"):
                            seen[target.id] = statement.value, level
            if self.program.is_below(cls, _DJANGO):
                for method in level.methods():
                    field = method.record.name.removeprefix("resolve_")
                    if field != method.record.name:
                        seen.setdefault(field, (None, level))
        for name, (value, level) in seen.items():
            if name not in _MEMBERS:
                yield name, value, level

    def _mutation(self, value: ir.Expr | None, level: Class) -> Class | None:
        """The mutation class of `X.Field()`."""
        called = value.function if isinstance(value, ir.Call) else None
        if not isinstance(called, ir.Attribute):
            return None
        for base in self.program.values_of(level, called.value):
            if isinstance(base, ClassValue) and base.cls.is_project and self.program.is_below(base.cls, _MUTATION):
                return base.cls
        return None

    def _mutate(self, shown: str, mutation: Class, level: Class, value: ir.Expr | None) -> None:
        self.reached[mutation] = None
        for name in _ENTRIES:
            entry = self.program.find_method(mutation, name)
            if entry is not None and entry.is_project:
                self._emit(shown, worker_of(self.program, mutation, entry), mutation, level, value)
                return
        for name in ("perform_mutate", "get_form", "get_serializer_kwargs"):
            entry = self.program.find_method(mutation, name)
            if entry is not None and entry.is_project:
                self._emit(shown, entry, mutation, level, value)
                return

    def _resolvers(self, cls: Class, name: str, value: ir.Expr | None, level: Class) -> list[Function]:
        """The functions that answer a field: given in its call, or methods of the type or its interfaces."""
        keywords = value.keywords if isinstance(value, ir.Call) else []
        for keyword in keywords:
            if keyword.name in ("resolver", "resolve"):
                return self.bench.handlers.functions(self.program.values_of(level, keyword.value))
        found: list[Function] = []
        interfaces = self._classes(self._meta(cls, "interfaces"))
        for method_name in (f"resolve_{name}", f"subscribe_{name}"):
            for holder in (cls, *interfaces):
                method = self.program.find_method(holder, method_name)
                if method is not None and method.is_project:
                    found.append(method)
                    break
        return found or self._by_queryset(value, level)

    def _by_queryset(self, value: ir.Expr | None, level: Class) -> list[Function]:
        """A connection or list without a resolver asks its type for the rows, when that says which."""
        if not isinstance(value, ir.Call) or not value.arguments:
            return []
        called = self.program.values_of(level, value.function)
        fields = [v.cls for v in called if isinstance(v, ClassValue)]
        if not any(self.program.is_below(cls, field) for cls in fields for field in _DJANGO_FIELDS):
            return []
        methods = [self.program.find_method(cls, "get_queryset") for cls in self._named(value.arguments[0], level)]
        return [method for method in methods if method is not None and method.is_project]

    # --- names and types ------------------------------------------------------------------------------------------

    def _shown(self, name: str, value: ir.Expr | None) -> str:
        for keyword in value.keywords if isinstance(value, ir.Call) else ():
            if keyword.name == "name" and isinstance(keyword.value, ir.Constant) and keyword.value.value:
                return str(keyword.value.value)
        return camel_case(name) if self.camel else name

    def _refer(self, value: ir.Expr | None, level: Class) -> None:
        """Note the types that a field's call names, at any depth of lists and lambdas."""
        if isinstance(value, ir.Call):
            for argument in [*value.arguments, *(k.value for k in value.keywords if k.name in ("type_", "type"))]:
                for cls in self._named(argument, level):
                    self.reached[cls] = None

    def _named(self, expression: ir.Expr, level: Class) -> list[Class]:
        if isinstance(expression, ir.Call):
            return [cls for argument in expression.arguments for cls in self._named(argument, level)]
        if isinstance(expression, ir.Lambda):
            results = [s.value for s in expression.function.body if isinstance(s, ir.Return) and s.value is not None]
            return [cls for result in results for cls in self._named(result, level)]
        if isinstance(expression, ir.Constant) and isinstance(expression.value, str):
            if "." not in expression.value:
                return []
            return self._classes(self.program.named(expression.value, level.module))
        if isinstance(expression, ir.Name | ir.Attribute):
            return self._classes(self.program.values_of(level, expression))
        return []

    def _meta(self, cls: Class, name: str) -> Values:
        """An option of the class's own `Meta`."""
        for value in self.program.class_attribute(cls, "Meta"):
            if isinstance(value, ClassValue) and value.cls.is_project:
                return self.program.class_attribute(value.cls, name)
        return ()

    def _classes(self, values: Values) -> list[Class]:
        """The project's GraphQL types among the values, those in lists and behind lambdas too."""
        found: dict[Class, None] = {}
        for value in values:
            if isinstance(value, ClassValue) and value.cls.is_project:
                if any(self.program.is_below(value.cls, base) for base in (_OBJECT, _INTERFACE, _UNION)):
                    found[value.cls] = None
            elif isinstance(value, ContainerValue):
                items = [v for slot in value.items.values() for v in slot.values]
                found.update(dict.fromkeys(self._classes((*value.element.values, *items))))
            elif isinstance(value, FunctionValue) and value.function.record.name == "<lambda>":
                found.update(dict.fromkeys(self._classes(value.function.returns.values)))
            elif isinstance(value, ConstantValue) and isinstance(value.value, str) and "." in value.value:
                found.update(dict.fromkeys(self._classes(self.program.named(value.value))))
        return list(found)

    def _emit(self, shown: str, function: Function, receiver: Class, level: Class, value: ir.Expr | None) -> None:
        line = value.line if isinstance(value, ir.Call) else function.record.line
        place = f"{level.module.path}:{line}"
        add_field(self.bench, _LIBRARY, shown, function, receiver, evidence=f"field {place}")
