"""Annotations to values, and type variables bound from arguments (PEP 484, 585, 604; the subset that names things)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.named_members import member
from discover.resolve.protocols import is_callback
from discover.resolve.symbols import Scope
from discover.resolve.type_variables import TYPE_VARIABLE
from discover.resolve.values import (
    NOTHING,
    CallableValue,
    ClassValue,
    ConstantValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discover.resolve.engine import Engine

Environment = "Mapping[str, Values]"

_TRANSPARENT = frozenset(
    {
        "Optional",
        "Union",
        "Annotated",
        "ClassVar",
        "Final",
        "Required",
        "NotRequired",
        "ReadOnly",
        "TypeGuard",
        "Unpack",
        "InitVar",
    }
)
_AWAITED = frozenset({"Awaitable", "Coroutine", "Future", "Task_"})
_CLASS = frozenset({"type", "Type"})
_UNKNOWN = frozenset({"Any", "object", "NoReturn", "Never", "Hashable", "AnyStr", "TypeVar", "Generic", "Protocol"})
_BUILTIN = {
    "List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "DefaultDict": "dict",
    "OrderedDict": "dict", "Mapping": "dict", "MutableMapping": "dict", "Sequence": "list", "MutableSequence": "list",
    "Collection": "list", "AbstractSet": "set", "MutableSet": "set", "Deque": "list", "deque": "list",
    "defaultdict": "dict",
    "Iterable": "Iterator", "AsyncIterable": "Iterator", "AsyncIterator": "Iterator", "Generator": "Iterator",
    "AsyncGenerator": "Iterator", "Iterator": "Iterator", "Text": "str",
}  # fmt: skip


class Annotations:
    """Turns annotations into values, for the project's code and for stubs alike."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._of_stubs: dict[tuple[Scope, str], Values] = {}
        """What names stand for in stubs, which bind each of them once."""

    def values(self, scope: Scope, expression: ir.Expr, environment: Mapping[str, Values]) -> Values:
        """What a thing annotated so can be. Nothing, when the annotation says nothing that helps."""
        if isinstance(expression, ir.Name):
            return self._name(scope, expression, environment)
        if isinstance(expression, ir.Subscript):
            return self._subscript(scope, expression, environment)
        if isinstance(expression, ir.Attribute):
            return self._instances(self.engine.evaluate(scope, expression))
        if isinstance(expression, ir.Binary) and expression.operator == "|":
            left = self.values(scope, expression.left, environment)
            return join(left, self.values(scope, expression.right, environment))
        return NOTHING

    def _name(self, scope: Scope, expression: ir.Name, environment: Mapping[str, Values]) -> Values:
        name = expression.id
        bound = environment.get(name)
        if bound is not None:
            return bound
        if scope.module.is_project:
            return self._named(scope, expression)
        known = self._of_stubs.get((scope, name))
        if known is None:
            known = self._named(scope, expression)
            if known:
                self._of_stubs[scope, name] = known
        return known

    def _named(self, scope: Scope, expression: ir.Name) -> Values:
        """What a name stands for that is no type variable of the environment."""
        name = expression.id
        slot = self.engine.names.lookup(scope, name)
        if slot is None:
            mapped = _BUILTIN.get(name)
            return self._builtin(mapped, NOTHING) if mapped else NOTHING
        values = self.engine.evaluate(scope, expression)
        outer = scope.outer
        if (
            outer is not None
            and values
            and type(values[0]) is FunctionValue
            and all(isinstance(v, FunctionValue) for v in values)
        ):
            # A method named as a class, `def dict(self) -> dict[…]`: the annotation means the class.
            values = self.engine.evaluate(outer, expression)
        return self._instances(values)

    def _instances(self, values: Values) -> Values:
        intern = self.engine.intern
        found: Values = NOTHING
        for value in values:
            if isinstance(value, ClassValue):
                is_named = value.cls.record.name not in _UNKNOWN or value.cls.is_project
                if is_named and not is_callback(value.cls):
                    found = (*found, intern.instance(value.cls, value.bindings))
            elif isinstance(value, ExternalValue):
                name = value.path.rpartition(".")[2]
                mapped = _BUILTIN.get(name) if value.path.startswith(("typing", "collections")) else None
                if mapped:
                    found = join(found, self._builtin(mapped, NOTHING))
                elif (
                    not value.path.startswith(("typing.", "typing_extensions.", "collections.abc."))
                    and name not in _UNKNOWN
                ):
                    found = (*found, intern.external(value.path + "()"))
            elif isinstance(value, (InstanceValue, CallableValue)):
                found = (*found, value)  # a type alias: `Alias = list[X]` was evaluated as an annotation
        return found

    def _builtin(self, name: str, element: Values, key: Values = NOTHING) -> Values:
        cls = self.engine.builtin_class(name)
        if cls is None:
            return NOTHING
        bindings = (("K", key), ("V", element)) if name == "dict" else (("T", element),)
        return (self.engine.intern.instance(cls, bindings if element or key else ()),)

    def _subscript(self, scope: Scope, expression: ir.Subscript, environment: Mapping[str, Values]) -> Values:
        head = expression.value
        name = head.id if isinstance(head, ir.Name) else head.name if isinstance(head, ir.Attribute) else ""
        index = expression.index
        arguments = index.items if isinstance(index, ir.Sequence) and index.kind == "tuple" else [index]
        if name in _TRANSPARENT:
            arguments = arguments[:1] if name == "Annotated" else arguments
            found: Values = NOTHING
            for argument in arguments:
                found = join(found, self.values(scope, argument, environment))
            return found
        if name in _CLASS:
            return self._class_objects(scope, self.values(scope, arguments[0], environment))
        if name == "Callable" and len(arguments) == 2:
            taken = arguments[0].items if isinstance(arguments[0], ir.Sequence) else []
            bindings = tuple(sorted((k, v) for k, v in environment.items()))
            return (self.engine.intern.callable(tuple(taken), arguments[1], scope, bindings),)
        if name == "Literal":
            return tuple(self.engine.intern.constant(a.value) for a in arguments if isinstance(a, ir.Constant))
        if name in _AWAITED:
            return self.values(scope, arguments[-1], environment)
        if name == "Setting" and isinstance(arguments[0], ir.Constant | ir.Name):
            setting = arguments[0]  # a quoted annotation is read as the name that it quotes
            named = setting.id if isinstance(setting, ir.Name) else str(setting.value)
            return self._instances(self.engine.setting_class(named))
        if name == "Member" and not scope.module.is_project:
            return member(self.engine, arguments, environment)
        if name in ("tuple", "Tuple"):
            return self._tuple(scope, arguments, environment)
        return self._generic(scope, head, name, arguments, environment)

    def _class_objects(self, scope: Scope, instances: Values) -> Values:
        """The classes of objects; what the project's own code says may be any class below, as with its objects."""
        intern, is_project = self.engine.intern, scope.module.is_project
        return tuple(
            intern.class_(v.cls, v.bindings, open_=is_project and v.cls.is_project and not v.exact)
            for v in instances
            if isinstance(v, InstanceValue)
        )

    def _tuple(self, scope: Scope, arguments: list[ir.Expr], environment: Mapping[str, Values]) -> Values:
        cls = self.engine.builtin_class("tuple")
        if cls is None:
            return NOTHING
        items = [self.values(scope, argument, environment) for argument in arguments]
        union: Values = NOTHING
        for item in items:
            union = join(union, item)
        told = items if not _is_of_any_length(arguments) else []
        places = tuple((f"#{number}", item) for number, item in enumerate(told) if item)
        return (self.engine.intern.instance(cls, (("T", union), *places)),)

    def _generic(
        self, scope: Scope, head: ir.Expr, name: str, arguments: list[ir.Expr], environment: Mapping[str, Values]
    ) -> Values:
        given = [self.values(scope, argument, environment) for argument in arguments]
        mapped = _BUILTIN.get(name)
        own = self.engine.names.lookup(scope, name) if mapped and isinstance(head, ir.Name) else None
        if own is not None and any(isinstance(v, ClassValue) and v.cls.is_project for v in own.values):
            mapped = None
        if mapped == "dict" and len(given) == 2:
            return self._builtin("dict", given[1], given[0])
        if mapped:
            return self._builtin(mapped, given[0])
        found: Values = NOTHING
        bound = environment.get(name) if isinstance(head, ir.Name) else None
        for value in bound or self._instances(self.engine.evaluate(scope, head)):
            if isinstance(value, InstanceValue):
                self.engine.hierarchy.resolve(value.cls)
                bindings = tuple((p, v) for p, v in zip(value.cls.parameters, given, strict=False) if v)
                value = self.engine.intern.instance(value.cls, bindings)
            found = (*found, value)
        return found

    def bind(
        self, scope: Scope, annotation: ir.Expr, given: Values, environment: dict[str, Values], *, depth: int = 0
    ) -> None:
        """Bind the type variables in a parameter's annotation from what is given for the parameter."""
        if not given or depth > 4:
            return
        if isinstance(annotation, ir.Name):
            name = annotation.id
            if (name in environment or TYPE_VARIABLE.match(name)) and self._is_variable(scope, name):
                environment[name] = join(environment.get(name, NOTHING), given)
        elif isinstance(annotation, ir.Binary):
            self.bind(scope, annotation.left, given, environment, depth=depth + 1)
            self.bind(scope, annotation.right, given, environment, depth=depth + 1)
        elif isinstance(annotation, ir.Subscript):
            self._bind_subscript(scope, annotation, given, environment, depth)

    def _is_variable(self, scope: Scope, name: str) -> bool:
        slot = self.engine.names.lookup(scope, name)
        return slot is None or not any(isinstance(v, ClassValue) for v in slot.values)

    def _bind_subscript(
        self, scope: Scope, annotation: ir.Subscript, given: Values, environment: dict[str, Values], depth: int
    ) -> None:
        head = annotation.value
        name = head.id if isinstance(head, ir.Name) else head.name if isinstance(head, ir.Attribute) else ""
        index = annotation.index
        arguments = index.items if isinstance(index, ir.Sequence) and index.kind == "tuple" else [index]
        if name in _TRANSPARENT:
            for argument in arguments:
                self.bind(scope, argument, given, environment, depth=depth + 1)
        elif name in _CLASS:
            self.bind(scope, arguments[0], self._named_instances(scope, given), environment, depth=depth + 1)
        elif name == "Callable" and len(arguments) == 2:
            self.bind(scope, arguments[1], self.engine.results_of(given), environment, depth=depth + 1)
        elif name in _BUILTIN or name in ("list", "tuple", "set", "Iterator"):
            elements = self.engine.elements_of(given)
            self.bind(
                scope,
                arguments[-1 if name in ("Dict", "dict", "Mapping") else 0],
                elements,
                environment,
                depth=depth + 1,
            )
        else:
            for value in given:
                if isinstance(value, InstanceValue):
                    self.engine.hierarchy.resolve(value.cls)
                    known = self.engine.hierarchy.environment(value.cls, value.bindings)
                    for parameter, argument in zip(value.cls.parameters, arguments, strict=False):
                        self.bind(scope, argument, known.get(parameter, NOTHING), environment, depth=depth + 1)

    def _named_instances(self, scope: Scope, given: Values) -> Values:
        intern = self.engine.intern
        found: Values = NOTHING
        for value in given:
            if isinstance(value, ClassValue):
                found = join(found, (intern.instance(value.cls, value.bindings),))
            elif isinstance(value, ConstantValue) and isinstance(value.value, str):
                found = join(found, self.engine.class_by_label(value.value))
            elif isinstance(value, (FunctionValue, PartialValue)):
                named = tuple(v for v in self.engine.results_of((value,)) if isinstance(v, ClassValue))
                found = join(found, self._named_instances(scope, named))
            elif isinstance(value, ExternalValue) and _names_class(value.path):
                found = join(found, (intern.external(f"{value.path}()"),))
        return found


def _is_of_any_length(arguments: list[ir.Expr]) -> bool:
    """Whether no place of a tuple is told apart: `tuple[Order, ...]`; the facts have `None` for the dots."""
    has_dots = len(arguments) == 2 and arguments[1] == ir.Constant(None)
    return has_dots or any(isinstance(one, ir.Starred) for one in arguments)


def _names_class(path: str) -> bool:
    """Whether a path is a class's by the way it is written: `crm.models.Contact`, not `settings.USER_MODEL`."""
    name = path.rpartition(".")[2]
    return name.isidentifier() and name[:1].isupper() and not name.isupper()
