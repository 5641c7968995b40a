"""What stands before the paths that a function adds: the prefixes of the calls that include it, one in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.rules.given import Given
from discover.resolve.values import ConstantValue, FunctionValue, ModuleValue, Value

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function, Module

_DEPTH = 8
_LIMIT = 24


class RoutePrefixes:
    """Prefixes by function, for libraries that hand a configurator from function to function.

    Args:
        bench: The workbench.
        include: Path of the call that runs another function (or a module's `entry`) below a prefix.
        entry: Name of the function that is run of an included module.
        context: Path of the call whose `with` block puts a prefix before all that is added in it.
    """

    def __init__(self, bench: Workbench, include: str, entry: str, context: str) -> None:
        self.bench = bench
        self.entry = entry
        self.context = context
        self._included: dict[Function, list[tuple[Function, int, list[str]]]] = {}
        self._known: dict[Function, list[str]] = {}
        for match in bench.index.calls(include):
            site = match.site
            given = Given(site.call, site.function)
            prefixes = bench.picker.texts(Pick(argument=1, keyword="route_prefix"), given)
            for value in bench.picker.values(Pick(argument=0, keyword="callable"), given):
                for target in self._targets(value, site.function.module):
                    self._included.setdefault(target, []).append((site.function, site.line, prefixes))

    def before(self, function: Function, line: int) -> list[str]:
        """Every text that stands before the path of a route that is added at this line of the function."""
        return [_joined(head, tail) for head in self._of(function, ()) for tail in self._around(function, line)]

    def _of(self, function: Function, open_: tuple[Function, ...]) -> list[str]:
        known = self._known.get(function)
        if known is not None:
            return known
        if function in open_ or len(open_) > _DEPTH:
            return [""]
        inner = (*open_, function)
        found: dict[str, None] = {}
        for caller, line, prefixes in self._included.get(function, ()):
            for head in self._of(caller, inner):
                for middle in self._around(caller, line):
                    for tail in prefixes or [""]:
                        found[_joined(_joined(head, middle), tail)] = None
        if not found:
            for site in self.bench.contexts.callers(function):
                for head in self._of(site.function, inner):
                    for tail in self._around(site.function, site.line):
                        found[_joined(head, tail)] = None
        result = list(found)[:_LIMIT] or [""]
        if not open_:
            self._known[function] = result
        return result

    def _targets(self, value: Value, near: Module) -> list[Function]:
        if isinstance(value, ConstantValue) and isinstance(value.value, str):
            named = self.bench.program.named(_absolute(value.value, near), near)
            return [t for v in named if not isinstance(v, ConstantValue) for t in self._targets(v, near)]
        if isinstance(value, ModuleValue):
            slot = value.module.body.names.get(self.entry)
            return [v.function for v in slot.values if isinstance(v, FunctionValue)] if slot is not None else []
        return [value.function] if isinstance(value, FunctionValue) and value.function.is_project else []

    def _around(self, function: Function, line: int) -> list[str]:
        """The prefixes of the `with` blocks around a line, put together."""
        found = [""]
        for item in _managers(function.record.body, line):
            site = function.sites.get(item.number)
            if site is not None and any(external.path == self.context for external in site.externals):
                texts = self.bench.picker.texts(Pick(argument=0, keyword="route_prefix"), Given(item, function))
                found = [_joined(head, tail) for head in found for tail in texts or [""]]
        return found


def _managers(body: list[ir.Stmt], line: int) -> list[ir.Call]:
    """The calls of the `with` statements around a line, the outer ones first."""
    for statement in body:
        if not isinstance(statement, ir.With | ir.If | ir.ForLoop | ir.Try):
            continue
        if not statement.line <= line <= statement.end_line:
            continue
        items = statement.items if isinstance(statement, ir.With) else []
        blocks = [statement.body, statement.otherwise] if isinstance(statement, ir.If) else [statement.body]
        inner = [call for block in blocks for call in _managers(block, line)]
        return [*(item.value for item in items if isinstance(item.value, ir.Call)), *inner]
    return []


def _absolute(dotted: str, near: Module) -> str:
    """A name that begins with dots is relative to the package of the module that says it."""
    name = dotted.lstrip(".")
    up = len(dotted) - len(name)
    if not up:
        return dotted
    package = near.name if near.path.endswith("__init__.py") else near.name.rpartition(".")[0]
    for _ in range(up - 1):
        package = package.rpartition(".")[0]
    return f"{package}.{name}" if name and package else package or name


def _joined(head: str, tail: str) -> str:
    if not head or not tail:
        return head or tail
    return f"{head.rstrip('/')}/{tail.lstrip('/')}"
