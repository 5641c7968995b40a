"""Tasks that are looked up by name: `app.tasks["mail"].delay()`, also behind a function that returns what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import paths_of
from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame, completed
from discover.frameworks.rules.given import Given
from discover.resolve.values import FunctionValue, InstanceValue

if TYPE_CHECKING:
    from discover.catalog.spec import Lookup
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Scope

_DEPTH = 6
_TARGETS = 3
_SUBSCRIPT = ".__getitem__"


class Lookups:
    """Reads the names by which an expression looks its task up."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self._rules: dict[str, Lookup] = {
            path: rule for _, rule in bench.catalog.lookups for path in paths_of(rule.call)
        }

    def names(self, expression: ir.Expr, scope: Scope, frame: Frame | None, depth: int = _DEPTH) -> list[str]:
        """The names, as the frame's caller sees them; none when the expression looks nothing up."""
        if not self._rules or depth == 0:
            return []
        if isinstance(expression, ir.Await):
            return self.names(expression.value, scope, frame, depth)
        if isinstance(expression, ir.Name):
            return self._named(expression, scope, frame, depth - 1)
        if isinstance(expression, ir.Subscript):
            return self._subscripted(expression, scope, frame)
        if isinstance(expression, ir.Call):
            return self._called(expression, scope, frame, depth - 1)
        if isinstance(expression, ir.Attribute):
            return self._read(expression, scope, depth - 1)
        return []

    def _read(self, attribute: ir.Attribute, scope: Scope, depth: int) -> list[str]:
        """The names by which a property looks up what it gives."""
        _, _, functions = scope.unit.reads.get(id(attribute), (None, 0, ()))
        found = [
            text
            for function in functions[:_TARGETS]
            for returned in self.bench.contexts.returned(function)
            for text in self.names(returned, function, None, depth)
        ]
        return list(dict.fromkeys(found))

    def _named(self, name: ir.Name, scope: Scope, frame: Frame | None, depth: int) -> list[str]:
        unit = scope.unit
        assigned = self.bench.contexts.assignments(unit).get(name.id, [])
        if assigned:
            return [text for value in assigned for text in self.names(value, unit, frame, depth)]
        return []

    def _subscripted(self, expression: ir.Subscript, scope: Scope, frame: Frame | None) -> list[str]:
        for value in self.bench.program.values_of(scope, expression.value):
            if isinstance(value, InstanceValue) and any(
                f"{level.path}{_SUBSCRIPT}" in self._rules for level in value.cls.mro if not level.is_project
            ):
                texts = self.bench.program.texts_of(self.bench.contexts.values(scope, expression.index, frame))
                known = [text for text in texts if "{}" not in text]
                return known or self._of_function(expression.index, scope, frame, _DEPTH) or texts
        return []

    def _of_function(self, name: ir.Expr, scope: Scope, frame: Frame | None, depth: int) -> list[str]:
        """The functions whose own name a name is made of: `gen_task_name(function.__name__, function.__module__)`."""
        if depth == 0:
            return []
        parts: list[ir.Expr] = []
        if isinstance(name, ir.Attribute) and name.name in ("__name__", "__qualname__"):
            values = self.bench.contexts.values(scope, name.value, frame)
            functions = [v.function for v in values if isinstance(v, FunctionValue) and v.function.is_project]
            return [f"{one.module.name}.{one.record.qualname}" for one in functions]
        if isinstance(name, ir.Name):
            parts += self.bench.contexts.assignments(scope.unit).get(name.id, [])
        elif isinstance(name, ir.Call):
            parts += name.arguments
        elif isinstance(name, ir.FString):
            parts += name.parts
        elif isinstance(name, ir.Binary):
            parts += [name.left, name.right]
        found = [text for part in parts for text in self._of_function(part, scope, frame, depth - 1)]
        return list(dict.fromkeys(found))

    def _called(self, call: ir.Call, scope: Scope, frame: Frame | None, depth: int) -> list[str]:
        site = scope.unit.sites.get(call.number)
        if site is None:
            return []
        for external in site.externals:
            rule = self._rules.get(external.path)
            if rule is not None:
                return self.bench.picker.texts(rule.name, Given(call, scope, frame))
        found: list[str] = []
        for target in site.targets[:_TARGETS]:
            inner = Frame(target.function, completed(site), frame)
            for returned in self.bench.contexts.returned(target.function):
                found += self.names(returned, target.function, inner, depth)
        return list(dict.fromkeys(found))
