"""What a class says of the objects that its methods work with: a view's form, an API view's serializer or model.

A method that several classes inherit is evaluated once for all of them: `form` in a mixin's `form_valid(self, form)`
holds the forms of every view that takes the mixin. Where the library says that such a value is a type variable of the
class, as it calls the method (`form: FM`) or gives it back (`get_form() -> FM`), each class tells which it is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import is_super
from discover.resolve.handlers import as_handler, in_handler, leading_to
from discover.resolve.handlers import running as handling
from discover.resolve.inherited_annotations import annotated, is_variable, names_library_class
from discover.resolve.overrides import running
from discover.resolve.values import NOTHING, InstanceValue, Values, join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from discover.resolve.bodies import Bodies
    from discover.resolve.engine import Engine
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function
    from discover.resolve.values import Bindings

_FOLLOWED = 3
"""Through so many names is a value followed."""

_Source = tuple[str, str]
"""A method of the own object, and of its parameters the one that the value is; empty: the value is what it gives."""


class OwnValues:
    """Tells by class what an expression in a method is."""

    def __init__(
        self, engine: Engine, bodies: Bodies, callers: Callable[[], Mapping[Function, Sequence[CallSite]]]
    ) -> None:
        self._engine = engine
        self._bodies = bodies
        self._callers = callers
        self._running: dict[Function, list[Class]] = {}
        self._otherwise: dict[Function, frozenset[Class]] = {}

    def by_class(self, function: Function, expression: ir.Expr) -> dict[Class, Values]:
        """What an expression is for each class whose objects run the method, as far as the class says so."""
        source = self._source(function, expression, 0)
        if source is None:
            return {}
        found: dict[Class, Values] = {}
        for cls in self._classes(function):
            values = self._for(function, source, cls)
            if values:
                found[cls] = values
        return found

    def of(self, function: Function, expression: ir.Expr, cls: Class) -> Values:
        """What an expression in a method is on an object of this class; nothing where the class does not say so."""
        source = self._source(function, expression, 0)
        return self._for(function, source, cls) if source is not None else NOTHING

    def _classes(self, function: Function) -> list[Class]:
        known = self._running.get(function)
        if known is None:
            known = self._running[function] = running(self._engine, function)
        return known

    def _source(self, function: Function, expression: ir.Expr, depth: int) -> _Source | None:
        parameters = function.record.parameters
        if function.owner is None or function.is_static or function.is_classmethod or not parameters:
            return None
        if isinstance(expression, ir.Name):
            assigned = self._bodies.assignments(function).get(expression.id, [])
            parameter = next((one for one in parameters[1:] if one.name == expression.id), None)
            if parameter is not None:
                is_open = parameter.annotation is None or names_library_class(self._engine, function, parameter)
                is_plain = is_open and parameter.kind in ("positional", "normal")
                return (function.record.name, parameter.name) if is_plain and not assigned else None
            return self._source(function, assigned[0], depth + 1) if len(assigned) == 1 and depth < _FOLLOWED else None
        called = expression.function if isinstance(expression, ir.Call) else None
        if isinstance(called, ir.Attribute):
            base = called.value
            is_own = is_super(base) or (isinstance(base, ir.Name) and base.id == parameters[0].name)
            return (called.name, "") if is_own else None
        return None

    def _for(self, function: Function, source: _Source, cls: Class) -> Values:
        name, parameter = source
        variable = self._variable(cls, function, name, parameter)
        if not variable or (parameter and cls in self._called_otherwise(function, variable)):
            return NOTHING
        found: Values = NOTHING
        for handler in self._handlers(function, cls):
            found = join(found, self._engine.hierarchy.environment(cls, handler).get(variable, NOTHING))
        return found if all(isinstance(value, InstanceValue) for value in found) else NOTHING

    def _variable(self, cls: Class, function: Function, name: str, parameter: str) -> str:
        """The type variable that the nearest of the library's methods of this name says a value is."""
        for level in cls.mro:
            stub = None
            if not level.is_project and name in level.names:
                stub = next((method for method in level.methods() if method.record.name == name), None)
            if stub is None:
                continue
            given = next((one for one in function.record.parameters if one.name == parameter), None)
            said = stub.record.returns if given is None else annotated(stub, function, given)
            if said is not None:
                return said.id if is_variable(said) else ""
        return ""

    def _handlers(self, function: Function, cls: Class) -> list[Bindings]:
        """What binds the object while the method runs: each handler of the class that leads to it."""
        own = in_handler(self._engine, function)
        names = leading_to(cls, function.record.name) if not own else ()
        return [own] if own or not names else [as_handler(self._engine, name) for name in names]

    def _called_otherwise(self, function: Function, variable: str) -> frozenset[Class]:
        """The classes whose own code calls the method with what may be something else."""
        known = self._otherwise.get(function)
        if known is None:
            self._otherwise[function] = frozenset()
            found = [
                cls
                for site in self._callers().get(function, ())
                if site.function.record.name != function.record.name and not self._passes(site, function, variable)
                for cls in (site.function.owner, *(site.function.owner.subclasses if site.function.owner else ()))
                if cls is not None
            ]
            known = self._otherwise[function] = frozenset(found)
        return known

    def _passes(self, site: CallSite, function: Function, variable: str) -> bool:
        """Whether a call gives the method what the library would: what the own class says."""
        given = [*site.call.arguments, *(keyword.value for keyword in site.call.keywords)]
        owner = site.function.owner
        handler = handling(in_handler(self._engine, site.function))
        if owner is None or (handler and handler not in (leading_to(owner, function.record.name) or (handler,))):
            return False
        sources = [self._source(site.function, one, 0) for one in given]
        return any(
            source is not None and self._variable(cls, site.function, *source) == variable
            for source in sources
            for cls in (owner, *owner.subclasses)
        )
