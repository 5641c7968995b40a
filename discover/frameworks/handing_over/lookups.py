"""Tasks that are looked up by name: `app.tasks["mail"].delay()`, also behind a function that returns what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import paths_of
from discover.facts import records as ir
from discover.frameworks.reading.frames import Frame
from discover.frameworks.rules.given import Given
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.catalog.spec import Lookup
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Scope

_DEPTH = 6
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
        return []

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
                return self.bench.program.texts_of(self.bench.contexts.values(scope, expression.index, frame))
        return []

    def _called(self, call: ir.Call, scope: Scope, frame: Frame | None, depth: int) -> list[str]:
        site = scope.unit.sites.get(call.number)
        if site is None:
            return []
        for external in site.externals:
            rule = self._rules.get(external.path)
            if rule is not None:
                return self.bench.picker.texts(rule.name, Given(call, scope, frame))
        found: list[str] = []
        for target in site.targets[:3]:
            inner = Frame(target.function, site, frame)
            for returned in self.bench.contexts.returned(target.function):
                found += self.names(returned, target.function, inner, depth)
        return list(dict.fromkeys(found))
