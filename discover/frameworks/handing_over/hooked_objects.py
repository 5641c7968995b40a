"""Whose methods a hook rule means: the receiver's own, those of an argument, of what a class attribute names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import paths_of
from discover.frameworks.handing_over.left_out import LeftOutMembers
from discover.frameworks.rules.given import Given
from discover.resolve.handlers import handled, handler_names
from discover.resolve.picking import at_key
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    SuperValue,
    Value,
    Values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.catalog import spec
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class

MEMBER = "{member}"
"""In a rule's methods: the name of an attribute of the receiver's class."""

Object = InstanceValue | ClassValue
Meant = Object | FunctionValue


class HookedObjects:
    """Finds the objects that rules mean."""

    def __init__(self, bench: Workbench) -> None:
        self.program = bench.program
        self.picker = bench.picker
        self._index = bench.index
        self._given: dict[str, list[Meant]] = {}
        self._left_out = LeftOutMembers(bench.program)
        self._settings: dict[str, list[Meant]] = {}
        self._members: dict[tuple[Class, str], dict[str, InstanceValue]] = {}

    def meant(self, rule: spec.Hook, given: Given) -> list[tuple[Meant, tuple[str, ...]]]:
        """The objects whose methods are called, each with the methods' names."""
        names = tuple(rule.methods)
        found = self._meant(rule, given, names)
        if found or rule.setting is None:
            return list(found)
        return [(value, names) for value in self._set(rule.setting)]

    def _set(self, dotted: str) -> list[Meant]:
        """What the project's settings name at these keys."""
        known = self._settings.get(dotted)
        if known is None:
            first, *keys = dotted.split(".")
            values = self._opened(self.program.setting(first))
            for key in keys:
                values = self._opened(at_key(values, key))
            texts = [v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str)]
            named = [value for text in dict.fromkeys(texts) if "." in text for value in self.program.named(text)]
            known = self._settings[dotted] = [v for v in named if isinstance(v, Meant)]
        return known

    def _opened(self, values: Values) -> Values:
        """The values with lists opened."""
        lists = tuple(v for v in values if isinstance(v, ContainerValue) and v.kind != "dict")
        return tuple(dict.fromkeys((*(v for v in values if v not in lists), *self.program.elements_of(lists))))

    def _meant(self, rule: spec.Hook, given: Given, names: tuple[str, ...]) -> list[tuple[Meant, tuple[str, ...]]]:
        own = [value for receiver in given.receivers for value in objects(receiver)]
        if rule.given_to is not None:
            return [(one, names) for path in paths_of(rule.given_to) for one in self._given_to(path)]
        if rule.members is not None:
            if rule.of is not None:
                own = [one for value in self.picker.values(rule.of, given) for one in objects(value)]
            if any(MEMBER in name for name in names):
                return [(holder, self._by_member(holder.cls, rule.members, names)) for holder in own]
            return [(member, names) for holder in own for member in self._taking_part(rule, holder.cls, rule.members)]
        if rule.of is None and rule.left_out is not None:
            return [(value, self._left_out.without(value.cls, names, rule.left_out)) for value in own]
        if rule.of is None:
            return [(value, names) for value in own] if rule.setting is None else []
        if rule.of.attribute is not None:
            dotted = [rule.of.attribute] if isinstance(rule.of.attribute, str) else rule.of.attribute
            found = dict.fromkeys(one for name in dotted for one in self._attribute(given, name, rule.given_by))
            return [(one, names) for one in found]
        return [(one, names) for value in self.picker.values(rule.of, given) for one in objects(value)]

    def running(self, rule: spec.Hook, given: Given, value: Meant) -> list[Meant]:
        """The object as each handler runs on it that the call which made the receiver names; else as it is."""
        if rule.handling is None or not isinstance(value, InstanceValue):
            return [value]
        names: dict[str, None] = {}
        for receiver in given.receivers:
            for scope, call in self.picker.creations.made(receiver) if isinstance(receiver, InstanceValue) else ():
                named = at_key(self.picker.values(rule.handling, Given(call, scope, None, NOTHING)), "*")
                names.update(dict.fromkeys(str(one.value) for one in named if isinstance(one, ConstantValue)))
        return [self.program.in_handler(value.cls, name) for name in names] or [value]

    def _attribute(self, given: Given, dotted: str, getter: str) -> Iterator[Meant]:
        for receiver in given.receivers:
            for value in objects(receiver):
                yield from self.attribute(value, dotted, getter)

    def attribute(self, value: Object, dotted: str, getter: str = "") -> Iterator[Meant]:
        """What an attribute of an object names; `Meta.model` is one of a nested class, or a mapping's item."""
        first, *rest = dotted.split(".")
        found = self.program.object_attribute(value, first, getter)
        for name in rest:
            found = (*self.program.attribute(found, name, value.cls), *at_key(found, name))
        for one in found:
            opened = self.program.elements_of((one,)) if isinstance(one, ContainerValue) else (one,)
            for held in opened:
                yield from (held,) if isinstance(held, FunctionValue) else objects(held)

    def _given_to(self, path: str) -> list[Meant]:
        """What calls of a library's method are given first, anywhere in the project."""
        known = self._given.get(path)
        if known is None:
            values = [value for match in self._index.calls(path) for value in (match.site.arguments or [NOTHING])[0]]
            known = self._given[path] = [one for one in dict.fromkeys(values) if isinstance(one, Meant)]
        return known

    def _taking_part(self, rule: spec.Hook, cls: Class, path: str) -> list[InstanceValue]:
        held = self.held(cls, path)
        left = self._left_out.among(cls, held, rule.left_out) if rule.left_out is not None else ()
        return [member for name, member in held.items() if name not in left]

    def held(self, cls: Class, path: str) -> dict[str, InstanceValue]:
        """The objects below the class of this path that stand as attributes of a class, by name."""
        key = (cls, path)
        known = self._members.get(key)
        if known is None:
            known = self._members[key] = {}
            for name in dict.fromkeys(n for level in cls.mro if level.is_project for n in level.names):
                for value in self.program.class_attribute(cls, name):
                    if isinstance(value, InstanceValue) and self.program.is_below(value.cls, path):
                        known.setdefault(name, value)
        return known

    def _by_member(self, cls: Class, path: str, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.replace(MEMBER, member) for member in self.held(cls, path) for name in names)

    def below(self, value: InstanceValue) -> list[Class]:
        """The project's classes of which an object may be; of one that a known model lends, those standing in that."""
        lenders = self.program.lenders(value)
        if not lenders:
            return [cls for cls in value.cls.subclasses if cls.is_project]
        held = [one.cls for lender in lenders for one in self.held(lender, value.cls.path).values()]
        return [cls for cls in dict.fromkeys(held) if cls.is_project and cls is not value.cls]


def objects(value: Value) -> tuple[Object, ...]:
    """The object that a value stands for, `super()` too; none for what has no class of its own."""
    if isinstance(value, SuperValue) and isinstance(value.receiver, Object):
        return (value.receiver,)
    return (value,) if isinstance(value, Object) else ()


def only_running(value: Meant, names: tuple[str, ...]) -> tuple[str, ...]:
    """The methods of a rule; of those that are handlers only the one that runs on the object, where it is known."""
    name = handled(value)
    if not name or isinstance(value, FunctionValue):
        return names
    handlers = handler_names(value.cls)
    return tuple(dict.fromkeys(name if one in handlers else one for one in names))


def certain_class(value: Meant) -> str:
    """The class of an object, where no class below it can be meant."""
    if isinstance(value, InstanceValue) and (value.exact or not any(cls.is_project for cls in value.cls.subclasses)):
        return value.cls.id
    return ""
