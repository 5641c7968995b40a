"""Makes values, so that two equal ones are one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from discover.resolve.values import (
    Bindings,
    CallableValue,
    ClassValue,
    Constant,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    PartialValue,
    PropertyValue,
    SuperValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.symbols import Class, Function, Module, Scope


KEY: Final = "KeyT"
"""The type variable of a member's class that says under which other name it stands."""


class Interner:
    """Makes values, one object for equal ones."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Value] = {}
        self._classes: dict[tuple[object, ...], ClassValue] = {}
        self._instances: dict[tuple[object, ...], InstanceValue] = {}
        self._functions: dict[tuple[object, ...], FunctionValue] = {}
        self._containers: dict[tuple[object, ...], ContainerValue] = {}
        self._externals: dict[tuple[str, Value | None], ExternalValue] = {}
        self._texts: dict[str, ConstantValue] = {}
        self.keys: set[Values] = set()
        """What the type variable `KEY` is of any object."""

    def module(self, module: Module) -> Value:
        """The module as a value."""
        key = (ModuleValue, module)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = ModuleValue(module)
        return found

    def class_(self, cls: Class, bindings: Bindings = (), *, open_: bool = False) -> ClassValue:
        """The class object."""
        key = (cls, bindings, open_)
        found = self._classes.get(key)
        if found is None:
            found = self._classes[key] = ClassValue(cls, bindings, open_)
        return found

    def classes_of_instances(self) -> set[Class]:
        """The classes of which any object was seen."""
        return {value.cls for value in self._instances.values()}

    def instance(self, cls: Class, bindings: Bindings = (), *, exact: bool = False) -> InstanceValue:
        """An object of the class. Type arguments nested deeper than three levels are forgotten."""
        key = (cls, bindings, exact)
        found = self._instances.get(key)
        if found is None:
            if bindings and _depth(bindings) > 3:
                return self.instance(cls, exact=exact)
            found = self._instances[key] = InstanceValue(cls, bindings, exact)
            for name, values in bindings:
                if name == KEY:
                    self.keys.add(values)
        return found

    def function(self, function: Function, receiver: Value | None = None) -> FunctionValue:
        """The function, bound to the receiver if one is given."""
        key = (function, receiver)
        found = self._functions.get(key)
        if found is None:
            found = self._functions[key] = FunctionValue(function, receiver)
        return found

    def constant(self, value: Constant) -> Value:
        """The literal. Long strings are cut: what is that long names nothing."""
        if type(value) is str:
            text = self._texts.get(value)
            if text is None:
                text = self._texts[value] = ConstantValue(value)
            return text
        key = (ConstantValue, type(value), value)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = ConstantValue(value)
        return found

    def external(self, path: str, receiver: Value | None = None) -> Value:
        """The external thing at the path."""
        key = (path, receiver)
        found = self._externals.get(key)
        if found is None:
            found = self._externals[key] = ExternalValue(path, receiver)
        return found

    def super_(self, cls: Class, receiver: Value | None) -> Value:
        """`super()` in the class."""
        key = (SuperValue, cls, receiver)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = SuperValue(cls, receiver)
        return found

    def partial(self, functions: Values, arguments: tuple[Values, ...], keywords: Bindings) -> Value:
        """`functools.partial` of the functions."""
        key = (PartialValue, functions, arguments, keywords)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = PartialValue(functions, arguments, keywords)
        return found

    def property(self, getters: Values) -> Value:
        """A property that a call makes of these functions."""
        key = (PropertyValue, getters)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = PropertyValue(getters)
        return found

    def callable(self, parameters: tuple[ir.Expr, ...], returns: ir.Expr, scope: Scope, bindings: Bindings) -> Value:
        """A `Callable[…]` of a stub."""
        key = (CallableValue, id(returns), bindings)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = CallableValue(parameters, returns, scope, bindings)
        return found

    def container(self, record: object, kind: str, line: int = 0) -> ContainerValue:
        """The container that the record (a display, a comprehension, a call) creates; `record` must stay alive."""
        key = (id(record), kind)
        found = self._containers.get(key)
        if found is None:
            found = self._containers[key] = ContainerValue(kind, line)
        return found


def _depth(bindings: Bindings) -> int:
    inner = [getattr(value, "bindings", ()) for _, values in bindings for value in values]
    return 1 + max((_depth(one) for one in inner if one), default=0)
