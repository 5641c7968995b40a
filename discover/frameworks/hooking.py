"""Applies the catalog's hook rules: methods of the project that a library method calls, or that a framework runs."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from discover.catalog import spec
from discover.frameworks.picks import Given
from discover.frameworks.records import HookEdge
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, InstanceValue, SuperValue, Value

if TYPE_CHECKING:
    from discover.frameworks.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Class

_RECEIVERS = 400


class Hooking:
    """Joins library methods with the methods that they call."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker

    def of_call(self, library: str, rule: spec.Hook, match: Match) -> None:
        receivers = match.receivers
        if rule.type_argument is not None:
            pick = spec.Pick(type_argument=rule.type_argument)
            receivers = self.picker.values(pick, Given(match.site.call, match.site.function, None, receivers))
        for value in receivers[:_RECEIVERS]:
            self._hooks_at(library, rule, match, value)

    def _hooks_at(self, library: str, rule: spec.Hook, match: Match, value: Value) -> None:
        cls = value.cls if isinstance(value, InstanceValue | ClassValue | SuperValue) else None
        if cls is None:
            return
        if isinstance(value, SuperValue) and isinstance(value.receiver, InstanceValue):
            cls = value.receiver.cls
        site = match.site
        exact = isinstance(value, InstanceValue) and value.exact
        classes = [cls] if exact else [cls, *(below for below in cls.subclasses if below.is_project)][:40]
        order = 0
        for one in classes:
            for method in self.methods(one, rule.methods):
                if method is site.function:
                    continue
                order += 1
                self.bench.found.hook(
                    HookEdge(
                        unit=site.function.id,
                        number=site.call.number,
                        line=site.line,
                        target=method.id,
                        order=order,
                        library=library,
                        moment=rule.moment,
                        confidence=0.9 if one is cls else 0.6,
                        evidence=match.path,
                    )
                )

    def of_decoration(self, library: str, rule: spec.Hook, decoration: Decoration, receiver: Value | None) -> None:
        function = decoration.definition
        if not isinstance(function, Function) or not isinstance(receiver, ClassValue | InstanceValue):
            return
        for order, method in enumerate(self.methods(receiver.cls, rule.methods), 1):
            self._around(library, rule, function.id, decoration.line, method, order)

    def of_class(self, library: str, rule: spec.Hook) -> None:
        paths = [rule.cls] if isinstance(rule.cls, str) else list(rule.cls or ())
        names = [rule.on] if isinstance(rule.on, str) else list(rule.on or ())
        for path in paths:
            for cls in self.program.subclasses_of(path):
                self._hooks_on(library, rule, cls, names)

    def _hooks_on(self, library: str, rule: spec.Hook, cls: Class, names: list[str]) -> None:
        by_framework = False
        own: dict[Function, None] = {}
        for name in names:
            method = self.program.find_method(cls, name)
            if method is not None and method.is_project:
                own[method] = None
            elif method is not None:
                by_framework = True
        units = [(cls.id, cls.record.line)] if by_framework else []
        if rule.moment == "before":
            units += [(method.id, method.record.line) for method in own]
        for unit, line in units:
            for order, method in enumerate(self.methods(cls, rule.methods), 1):
                if method.id == unit:
                    continue
                self._around(library, rule, unit, line, method, order)

    def _around(self, library: str, rule: spec.Hook, unit: str, line: int, method: Function, order: int) -> None:
        self.bench.found.hook(
            HookEdge(
                unit=unit,
                number=None,
                line=line,
                target=method.id,
                order=order,
                library=library,
                moment=rule.moment,
                confidence=0.9,
                evidence=f"{library} hook",
            )
        )

    def methods(self, cls: Class, names: list[str]) -> list[Function]:
        """The project's own methods of these names; `*` fits several."""
        found: dict[Function, None] = {}
        for name in names:
            known = [name]
            if "*" in name:
                known = sorted(
                    {n for level in cls.mro if level.is_project for n in level.names if fnmatchcase(n, name)}
                )
            for one in known:
                method = self.program.find_method(cls, one)
                if method is not None and method.is_project:
                    found[method] = None
        return list(found)
