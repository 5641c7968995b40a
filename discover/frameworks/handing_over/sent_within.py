"""Where a signal that a library sends on its own is told: once, at the call that comes to the library.

`order.save()` runs the project's `Order.save`, which goes on to the library's by `super().save()`: the library sends
there. So does `Order.objects.create()`, which makes an object and saves it. The hop stands at the `super()` call; at
the outer call it stands only where the method of the project does not go on, as far as that can be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import paths_of
from discover.facts import records as ir
from discover.facts.source_text import is_super
from discover.resolve.symbols import Class

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.catalog import spec
    from discover.frameworks.records import HookEdge
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function


class SentWithin:
    """The project's methods that override one which sends, and go on to it."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self.program = bench.program
        self._index = bench.index
        self._hooks: dict[tuple[str, int], list[HookEdge]] = {}
        for hook in bench.found.hooks.values():
            if hook.number is not None:
                self._hooks.setdefault((hook.unit, hook.number), []).append(hook)
        self._going_on: dict[Function, set[str]] = {}
        """Method of the project -> the signals that are sent within it."""
        for _, rule in bench.catalog.emits:
            for match in self._index.calls(rule.call):
                function = match.site.function
                if _goes_on(function, match.site.call) and self._overrides(function, set(paths_of(rule.call))):
                    self._going_on.setdefault(function, set()).update(rule.signals)
        self._spread()

    def _overrides(self, function: Function, paths: set[str]) -> bool:
        """Whether a method stands before one of the library's: in its own class, or a mixin's in one that takes it."""
        if not paths.isdisjoint(self._index.overridden(function)):
            return True
        levels = (level for cls in self.program.running(function) for level in cls.mro if not level.is_project)
        return any(f"{level.path}.{function.record.name}" in paths for level in levels)

    def _spread(self) -> None:
        """Find the methods that go on to a mixin's, which goes on to the library's."""
        names = {function.record.name for function in self._going_on}
        calls = [
            (function, [target.function for target in site.targets])
            for function in (self.program.all_functions if names else ())
            if function.record.name in names and function.owner is not None
            for site in self.program.sites(function)
            if _goes_on(function, site.call)
        ]
        has_grown = True
        while has_grown:
            has_grown = False
            for function, targets in calls:
                sent = {signal for target in targets for signal in self._going_on.get(target, ())}
                known = self._going_on.get(function, set())
                if not sent <= known:
                    self._going_on[function] = known | sent
                    has_grown = True

    def tells(self, rule: spec.Emit, match: Match, senders: Iterable[Class]) -> bool:
        """Whether a call leads to the project's methods alone, which send what it would send."""
        site = match.site
        if any(external.path == match.path for external in site.externals):
            if is_of_super(site.call) and site.targets:
                return not self.at_last(site.function, site.call, rule)
            return self._is_saved_by_own(rule, match, senders)
        over = [t.function for t in match.site.targets if match.path in self._index.overridden(t.function)]
        return bool(over) and all(self._sends(function, rule) for function in over)

    def at_last(self, function: Function, call: ir.Call, rule: spec.Emit) -> list[Class]:
        """The classes of whose objects a `super()` call comes to the library, and to no further method that sends."""
        objects = [cls for cls in self.program.running(function) if not self._is_only_base(cls)]
        return [cls for cls in objects if not self.leads_on(cls, function, call, rule)]

    def leads_on(self, cls: Class, function: Function, call: ir.Call, rule: spec.Emit) -> bool:
        """Whether a call on the own object leads, in an object of this class, to a further method that sends it."""
        called = call.function
        if function.owner is None or not isinstance(called, ir.Attribute):
            return False
        after = function.owner if is_of_super(call) else None
        method = self.program.engine.hierarchy.method(cls, called.name, after=after)
        return method is not None and method.is_project and self._sends(method, rule)

    def _is_only_base(self, cls: Class) -> bool:
        """Whether there are no objects of the class itself: a mixin below nothing, or one that its `Meta` calls so."""
        meta = next((one for one in cls.children.values() if one.record.name == "Meta"), None)
        is_mixin = all(level.is_project for level in cls.mro if level.path != "builtins.object")
        return is_mixin or (isinstance(meta, Class) and self._bench.is_abstract(meta))

    def _sends(self, function: Function, rule: spec.Emit) -> bool:
        return self._going_on.get(function, set()).issuperset(rule.signals)

    def _is_saved_by_own(self, rule: spec.Emit, match: Match, senders: Iterable[Class]) -> bool:
        """Whether the library saves by methods of the project: `create` calls each sender's own `save`."""
        classes = list(senders)
        if not classes:
            return False
        hooks = self._hooks.get((match.site.function.id, match.site.call.number), ())
        functions = self.program.functions
        names = {
            function.record.name
            for hook in hooks
            if (function := functions.get(hook.target)) is not None and self._sends(function, rule)
        }
        return any(all(self._has(cls, name, rule) for cls in classes) for name in sorted(names))

    def _has(self, cls: Class, name: str, rule: spec.Emit) -> bool:
        method = self.program.find_method(cls, name)
        return method is not None and method.is_project and self._sends(method, rule)


def _goes_on(function: Function, call: ir.Call) -> bool:
    """Whether a call in a method is that of the method it overrides."""
    return isinstance(call.function, ir.Attribute) and call.function.name == function.record.name and is_of_super(call)


def is_of_super(call: ir.Call) -> bool:
    """`super().save()`: an object of the class in which it stands."""
    return isinstance(call.function, ir.Attribute) and is_super(call.function.value)
