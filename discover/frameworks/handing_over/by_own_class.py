"""On which objects a library's method works for each class of the caller's own object.

`form.save()` in a mixin's `form_valid` saves, in each view, that view's form; so does `super().form_valid(form)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from discover.facts import records as ir
from discover.frameworks.handing_over.hook_walk import OWN
from discover.frameworks.handing_over.hooked_objects import Meant, Object
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.catalog import spec
    from discover.frameworks.records import HookEdge
    from discover.frameworks.rules.given import Given
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

Start = tuple[Meant | None, float]
"""An object that a call may be made on, with how sure that is."""


class ByClass(NamedTuple):
    """The objects that a call may be made on, by the class of the caller's own object."""

    classes: dict[Meant, tuple[str, ...]]
    """Object -> the classes with which it is the one."""
    known: tuple[str, ...]
    """The classes of which that is known."""

    def placed(self, place: HookEdge, start: Meant | None) -> HookEdge:
        """The hook's place for one of the objects."""
        on = self.classes.get(start, ()) if start is not None else ()
        return msgspec.structs.replace(place, on=on, among=self.known)


def on_itself(starts: Iterable[Start]) -> ByClass | None:
    """The own object is of its own class; nothing where it can only be of one."""
    found: dict[Meant, tuple[str, ...]] = {
        start: (start.cls.id,) for start, _ in starts if isinstance(start, InstanceValue | ClassValue)
    }
    known = tuple(dict.fromkeys(cls for classes in found.values() for cls in classes))
    return ByClass(found, known) if len(known) > 1 else None


class ByOwnClass:
    """Tells what the own class says of the objects that a call works with."""

    def __init__(self, bench: Workbench) -> None:
        self._program = bench.program
        self._picker = bench.picker

    def starts(self, site: CallSite, given: Given, place: HookEdge) -> ByClass | None:
        """The objects that a library's method is called on, where the own class says which."""
        called = site.call.function
        if place.is_own or not given.receivers or not isinstance(called, ir.Attribute):
            return None
        by_class = self._program.own_values.by_class(site.function, called.value)
        found: dict[Meant, list[str]] = {}
        for cls, values in by_class.items():
            for value in values:
                if isinstance(value, InstanceValue) and self._is_the_librarys(value, called.name):
                    found.setdefault(value, []).append(cls.id)
        if not by_class:
            return None
        return ByClass({value: tuple(ids) for value, ids in found.items()}, tuple(cls.id for cls in by_class))

    def _is_the_librarys(self, value: InstanceValue, name: str) -> bool:
        method = self._program.find_method(value.cls, name)
        return method is not None and not method.is_project

    @staticmethod
    def all_of(own: ByClass, starts: Iterable[Start]) -> list[Start]:
        """What the classes say, and then what else the call may be made on."""
        told: list[Start] = [(value, OWN) for value in own.classes]
        return told + [(value, sure) for value, sure in starts if value not in own.classes]

    def argument(self, rule: spec.Hook, given: Given, start: Meant | None, place: HookEdge) -> list[Object]:
        """The objects that a call on the own object is given, where the own class says which; else nothing."""
        function, pick = given.scope, rule.of
        if not place.is_own or pick is None or given.call is None or not isinstance(start, InstanceValue):
            return []
        expression = self._picker.expression(pick, given.call)
        if expression is None or not isinstance(function, Function):
            return []
        values = self._program.own_values.of(function, expression, start.cls)
        return [value for value in values if isinstance(value, InstanceValue)]
