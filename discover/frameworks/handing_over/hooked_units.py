"""Applies the catalog's hook rules to whole units: what a framework runs on behalf of a class, or around a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog import spec
from discover.frameworks.handing_over.hook_walk import OWN, Reached
from discover.frameworks.handing_over.hooked_objects import Object, certain_class
from discover.frameworks.records import HookEdge, Way
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from discover.frameworks.handing_over.hook_walk import HookWalks
    from discover.frameworks.handing_over.library_work import LibraryWorks
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Class
    from discover.resolve.values import InstanceValue, Value

_AROUND = ("before", "success", "failure")
"""When what a rule names runs besides a unit, and not in it."""
_ANY = "*"
_VERBS = frozenset(["get", "post", "put", "patch", "delete", "head", "options"])


class HookedUnits:
    """Joins units with the methods that a framework runs for them."""

    def __init__(self, bench: Workbench, walks: HookWalks, work: LibraryWorks) -> None:
        self.bench = bench
        self.program = bench.program
        self.walks = walks
        self.work = work
        self._handled: dict[str, dict[Function, None]] | None = None
        self._methods: dict[str, set[str]] | None = None

    def of_decoration(self, library: str, rule: spec.Hook, decoration: Decoration, receiver: Value | None) -> None:
        """Note the methods of a decorating class that run around what it decorates."""
        function = decoration.definition
        if not isinstance(function, Function) or not isinstance(receiver, Object):
            return
        place = _place(library, rule, function.id, decoration.line)
        methods = (method for method in self.walks.named(receiver.cls, rule.methods) if method.is_project)
        for order, method in enumerate(methods, 1):
            self._note(place, Reached(method, receiver, OWN), order, receiver)

    def of_class(self, library: str, rule: spec.Hook) -> None:
        """Note what a framework calls on behalf of the classes that it runs."""
        names = [rule.on] if isinstance(rule.on, str) else list(rule.on or ())
        for path in spec.paths_of(rule.cls):
            for cls in self.program.subclasses_of(path):
                self._hooks_on(library, rule, cls, names)

    def _hooks_on(self, library: str, rule: spec.Hook, cls: Class, names: list[str]) -> None:
        methods = [method for name in names if (method := self.program.find_method(cls, name)) is not None]
        by_framework = [method for method in methods if not method.is_project]
        itself = self.program.engine.intern.instance(cls)
        units = [(cls.id, cls.record.line, itself)] if by_framework else []
        if rule.moment in _AROUND:
            own = [method for method in methods if method.is_project]
            own += self._handlers(cls) if rule.handlers else []
            units += [
                (method.id, method.record.line, self.program.in_handler(cls, method.record.name))
                for method in dict.fromkeys(own)
            ]
        for unit, line, value in units:
            targets = self._targets(rule, by_framework, value, (unit, line))
            place = _place(library, rule, unit, line, (cls.id,) if unit != cls.id else ())
            for order, one in enumerate(targets, self.walks.order_of(rule) + 1):
                if one.function.is_project and one.function.id != unit:
                    self._note(place, one, order, value)
                elif not one.function.is_project and unit == cls.id and (key := self.work.of_unit(cls, one)):
                    self._note(place, one, order, value, key)

    def _targets(
        self, rule: spec.Hook, by_framework: list[Function], value: InstanceValue, at: tuple[str, int]
    ) -> tuple[Reached, ...]:
        """What a rule runs on an object: the methods that it names, or what the framework's own methods do."""
        if rule.moment in _AROUND and not rule.follows:
            named = self.walks.named(value.cls, rule.methods)
            return tuple(Reached(method, value, OWN) for method in named if method.is_project)
        if rule.methods or rule.moment in _AROUND:
            return self.walks.followed(at, tuple(rule.methods), value, "")
        answered = self._answered(value.cls)
        return self._run_by([one for one in by_framework if _is_answered(one.record.name, answered)], value, at)

    def _run_by(self, methods: list[Function], value: InstanceValue, at: tuple[str, int]) -> tuple[Reached, ...]:
        """What the library's own entry methods of a class do: one of them runs, each for another request."""
        telling = [method.record.name for method in methods if self.walks.rules_of(method)[1]]
        found: list[Reached] = []
        for name in telling:
            way = (Way("method", name, len(telling)),) if len(telling) > 1 else ()
            handling = self.program.in_handler(value.cls, name)
            found += [one._replace(ways=(*way, *one.ways)) for one in self.walks.followed(at, (name,), handling, "")]
        return tuple(found)

    def _handlers(self, cls: Class) -> list[Function]:
        """The methods that entry points run on objects of a class, whatever they are called."""
        if self._handled is None:
            self._handled = {}
            for entry in self.bench.found.entry_points.values():
                handler = self.program.functions.get(entry.unit) if entry.receiver else None
                if handler is not None:
                    self._handled.setdefault(entry.receiver, {})[handler] = None
        return list(self._handled.get(cls.id, ()))

    def _answered(self, cls: Class) -> frozenset[str]:
        """The HTTP methods that the routes of a class answer; nothing where one of them does not say which."""
        if self._methods is None:
            self._methods = {}
            for entry in self.bench.found.entry_points.values():
                known = self._methods.setdefault(entry.unit, set())
                known.update(method.lower() for method in entry.detail.methods or (_ANY,))
        methods = self._methods.get(cls.id, {_ANY})
        return frozenset() if _ANY in methods else frozenset(methods)

    def _note(self, place: HookEdge, one: Reached, order: int, own: Object, key: str = "") -> None:
        is_own = isinstance(one.value, type(own)) and one.value.cls is own.cls
        self.bench.found.hook(
            msgspec.structs.replace(
                place,
                target=key or one.function.id,
                receiver="" if is_own else certain_class(one.value),
                is_own=is_own,
                ways=one.ways,
                order=order,
                confidence=one.confidence,
            )
        )


def _is_answered(name: str, answered: frozenset[str]) -> bool:
    """Whether a request may lead to a class's method of this name: `post` only where a route answers POST."""
    return not answered or name in answered or name not in _VERBS


def _place(library: str, rule: spec.Hook, unit: str, line: int, on: tuple[str, ...] = ()) -> HookEdge:
    """A unit's hook, its target left open."""
    return HookEdge(
        unit=unit,
        number=None,
        line=line,
        target="",
        on=on,
        order=0,
        library=library,
        moment=rule.moment,
        evidence=f"{library} hook",
    )
