"""Applies the catalog's hook rules: methods of the project that a library method calls, or that a framework runs.

A rule says what one library method calls. Where that is again the library's own method, because the project's class
does not override it, the rules of that method are followed in turn: `super().dispatch()` leads over `View.dispatch` and
`ProcessFormView.post` to the class's `form_valid`.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from discover.catalog import spec
from discover.frameworks.records import HookEdge, called_at
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import (
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
    from collections.abc import Iterable, Iterator

    from discover.frameworks.rules.matching import Match, Read
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Class

_RECEIVERS = 400
_SUBCLASSES = 40
"""So many classes below the receiver's are followed where the framework runs one of them within the call; of those that
it only leads to (`entry`), as many as there may be receivers."""
_REACHED = 120
"""So many methods are followed from one library method of one class."""
_OWN, _OTHER, _BELOW = 0.9, 0.8, 0.6
"""How certain a method of the receiver's class is, one of an object that it holds, and one of a class below it."""

SUPER = "super()"
"""In a rule's methods: the next method of the library method's own name."""

MEMBER = "{member}"
"""In a rule's methods: the name of an attribute of the receiver's class."""

_Object = InstanceValue | ClassValue
_Meant = _Object | FunctionValue


class Hooking:
    """Joins library methods with the methods that they call."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self._rules: dict[str, list[spec.Hook]] = {}
        self._reached: dict[tuple[tuple[str, ...], _Meant, str], tuple[tuple[Function, float], ...]] = {}
        self._settings: dict[str, list[_Meant]] = {}
        self._members: dict[tuple[Class, str], dict[str, InstanceValue]] = {}
        for _, rule in bench.catalog.hooks:
            for path in spec.paths_of(rule.call) if rule.moment == "in" else ():
                self._rules.setdefault(path, []).append(rule)

    # --- at calls -------------------------------------------------------------------------------------------------

    def of_call(self, library: str, rule: spec.Hook, match: Match) -> None:
        """Note what the called library method calls."""
        site = match.site
        if site.function.module.is_migration:
            return  # its models are those of that time, without the project's methods
        # an override of the project's is no call of the library: it says itself whether it calls `super()`
        called = [external for external in site.externals if external.path == match.path]
        receivers = tuple(dict.fromkeys(e.receiver for e in called if e.receiver is not None))
        given = Given(site.call, site.function, None, receivers)
        place = HookEdge(
            **called_at(site),
            target="",
            order=0,
            library=library,
            moment=rule.moment,
            evidence=match.path,
        )
        if rule.when is None or self._applies(rule, given):
            self._note(rule, given, place)

    def _applies(self, rule: spec.Hook, given: Given) -> bool:
        texts = self.picker.texts(rule.when, given)
        if rule.matches is not None:
            return any(re.search(rule.matches, text) for text in texts)
        return bool(texts) or (rule.when is not None and self.picker.expression(rule.when, given.call) is not None)

    def of_read(self, library: str, rule: spec.Hook, read: Read) -> None:
        """Note what the library's property calls where it is read."""
        place = HookEdge(
            unit=read.function.id,
            number=None,
            read=read.identity,
            line=read.line,
            target="",
            order=0,
            library=library,
            evidence=read.path,
        )
        self._note(rule, Given(None, read.function, None, read.receivers), place)

    def _note(self, rule: spec.Hook, given: Given, place: HookEdge) -> None:
        order = 0
        for value, names in self.meant(rule, given)[:_RECEIVERS]:
            for one, certain in self._or_below(value, _RECEIVERS if rule.moment == "entry" else _SUBCLASSES):
                for method, confidence in self._followed(names, one, place.evidence):
                    if method.id != place.unit:
                        order += 1
                        sure = min(confidence, certain)
                        cls = one.cls.id if isinstance(one, InstanceValue) and one.exact else ""
                        edge = msgspec.structs.replace(
                            place, target=method.id, receiver=cls, order=order, confidence=sure
                        )
                        self.bench.found.hook(edge)

    def meant(self, rule: spec.Hook, given: Given) -> list[tuple[_Meant, tuple[str, ...]]]:
        """The objects whose methods are called, each with the methods' names."""
        names = tuple(rule.methods)
        found = self._meant(rule, given, names)
        if found or rule.setting is None:
            return list(found)
        return [(value, names) for value in self._set(rule.setting)]

    def _set(self, dotted: str) -> list[_Meant]:
        """What the project's settings name at these keys."""
        known = self._settings.get(dotted)
        if known is None:
            first, *keys = dotted.split(".")
            values = self._opened(self.program.setting(first))
            for key in keys:
                values = self._opened(_at_key(values, key))
            texts = [v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str)]
            named = [value for text in dict.fromkeys(texts) if "." in text for value in self.program.named(text)]
            known = self._settings[dotted] = [v for v in named if isinstance(v, _Meant)]
        return known

    def _opened(self, values: Values) -> Values:
        """The values with lists opened."""
        lists = tuple(v for v in values if isinstance(v, ContainerValue) and v.kind != "dict")
        return tuple(dict.fromkeys((*(v for v in values if v not in lists), *self.program.elements_of(lists))))

    def _meant(self, rule: spec.Hook, given: Given, names: tuple[str, ...]) -> list[tuple[_Meant, tuple[str, ...]]]:
        own = [value for receiver in given.receivers for value in _objects(receiver)]
        if rule.members is not None:
            if any(MEMBER in name for name in names):
                return [(holder, self._by_member(holder.cls, rule.members, names)) for holder in own]
            held = [member for holder in own for member in self._held(holder.cls, rule.members).values()]
            return [(member, names) for member in held]
        if rule.of is None:
            return [(value, names) for value in own] if rule.setting is None else []
        if rule.of.attribute is not None:
            dotted = [rule.of.attribute] if isinstance(rule.of.attribute, str) else rule.of.attribute
            found = dict.fromkeys(one for name in dotted for one in self._attribute(given, name))
            return [(one, names) for one in found]
        return [(one, names) for value in self.picker.values(rule.of, given) for one in _objects(value)]

    def _attribute(self, given: Given, dotted: str) -> Iterator[_Meant]:
        """What a class attribute of the receiver names; `Meta.model` is one of a nested class, or a mapping's item."""
        for receiver in given.receivers:
            for value in _objects(receiver):
                first, *rest = dotted.split(".")
                found = self.program.class_attribute(value.cls, first)
                for name in rest:
                    found = (*self.program.attribute(found, name, value.cls), *_at_key(found, name))
                held = tuple(one for one in found if isinstance(one, ContainerValue))
                for one in (*found, *self.program.elements_of(held)):
                    yield from (one,) if isinstance(one, FunctionValue) else _objects(one)

    def _held(self, cls: Class, path: str) -> dict[str, InstanceValue]:
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
        return tuple(name.replace(MEMBER, member) for member in self._held(cls, path) for name in names)

    def _or_below(self, value: _Meant, limit: int) -> Iterator[tuple[_Meant, float]]:
        """The object itself, and where a subclass may be meant, the project's classes below."""
        yield value, _OWN
        if isinstance(value, InstanceValue) and not value.exact:
            for cls in self._below(value)[:limit]:
                yield self.program.engine.intern.instance(cls), _BELOW

    def _below(self, value: InstanceValue) -> list[Class]:
        """The project's classes of which an object may be; of one that a known model lends, those standing in that."""
        lenders = self.program.lenders(value)
        if not lenders:
            return [cls for cls in value.cls.subclasses if cls.is_project]
        held = [one.cls for lender in lenders for one in self._held(lender, value.cls.path).values()]
        return [cls for cls in dict.fromkeys(held) if cls.is_project and cls is not value.cls]

    def _followed(self, names: tuple[str, ...], value: _Meant, path: str) -> tuple[tuple[Function, float], ...]:
        key = (names, value, path)
        known = self._reached.get(key)
        if known is None:
            walk = _Walk(self)
            walk.follow(names, value, path, _OWN)
            known = self._reached[key] = tuple(walk.found.items())
        return known

    def rules_of(self, method: Function) -> tuple[str, list[spec.Hook]]:
        """What is known of a library's method, or else of the nearest one that it overrides; with that one's path."""
        name = method.record.name
        for level in method.owner.mro if method.owner is not None else ():
            path = f"{level.path}.{name}"
            rules = self._rules.get(path)
            if rules is not None:
                return path, rules
        return "", []

    # --- on behalf of whole units ---------------------------------------------------------------------------------

    def of_decoration(self, library: str, rule: spec.Hook, decoration: Decoration, receiver: Value | None) -> None:
        """Note the methods of a decorating class that run around what it decorates."""
        function = decoration.definition
        if not isinstance(function, Function) or not isinstance(receiver, ClassValue | InstanceValue):
            return
        methods = (method for method in self.named(receiver.cls, rule.methods) if method.is_project)
        for order, method in enumerate(methods, 1):
            self._around(library, rule, function.id, decoration.line, method, order, _OWN)

    def of_class(self, library: str, rule: spec.Hook) -> None:
        """Note what a framework calls on behalf of the classes that it runs."""
        names = [rule.on] if isinstance(rule.on, str) else list(rule.on or ())
        for path in spec.paths_of(rule.cls):
            for cls in self.program.subclasses_of(path):
                self._hooks_on(library, rule, cls, names)

    def _hooks_on(self, library: str, rule: spec.Hook, cls: Class, names: list[str]) -> None:
        methods = [method for name in names if (method := self.program.find_method(cls, name)) is not None]
        by_framework = tuple(method.record.name for method in methods if not method.is_project)
        units = [(cls.id, cls.record.line)] if by_framework else []
        if rule.moment in ("before", "success", "failure"):
            units += [(method.id, method.record.line) for method in dict.fromkeys(methods) if method.is_project]
            targets = [(method, _OWN) for method in self.named(cls, rule.methods) if method.is_project]
        else:
            value = self.program.engine.intern.instance(cls)
            targets = list(self._followed(tuple(rule.methods) or by_framework, value, ""))
        for unit, line in units:
            for order, (method, confidence) in enumerate(targets, 1):
                if method.id == unit:
                    continue
                self._around(library, rule, unit, line, method, order, confidence)

    def _around(
        self, library: str, rule: spec.Hook, unit: str, line: int, method: Function, order: int, confidence: float
    ) -> None:
        self.bench.found.hook(
            HookEdge(
                unit=unit,
                number=None,
                line=line,
                target=method.id,
                order=order,
                library=library,
                moment=rule.moment,
                confidence=confidence,
                evidence=f"{library} hook",
            )
        )

    def named(self, cls: Class, names: Iterable[str]) -> list[Function]:
        """The methods of these names, the library's own too; `*` fits several of the project's."""
        found: dict[Function, None] = {}
        for name in names:
            known = [name]
            if "*" in name:
                known = sorted(
                    {n for level in cls.mro if level.is_project for n in level.names if fnmatchcase(n, name)}
                )
            for one in known:
                method = self.program.find_method(cls, one)
                if method is not None:
                    found[method] = None
        return list(found)


class _Walk:
    """The way from one library method of one object over the library's own methods to the project's."""

    def __init__(self, hooking: Hooking) -> None:
        self._hooking = hooking
        self._seen: set[tuple[Function, Class]] = set()
        self.found: dict[Function, float] = {}

    def follow(self, names: tuple[str, ...], value: _Meant, path: str, certain: float) -> None:
        """Gather the project's methods of these names, and what the library's own methods of these names call."""
        if isinstance(value, FunctionValue):
            if value.function.is_project:
                self.found.setdefault(value.function, certain)
            return
        for method in self._hooking.named(value.cls, names):
            self._enter(method, value, certain)
        if SUPER in names:
            owner, _, name = path.rpartition(".")
            after = next((level for level in value.cls.mro if level.path == owner), None)
            above = self._hooking.program.engine.hierarchy.method(value.cls, name, after=after) if after else None
            if above is not None:
                self._enter(above, value, certain)

    def _enter(self, method: Function, value: _Object, certain: float) -> None:
        if method.is_project:
            self.found.setdefault(method, certain)
            return
        key = (method, value.cls)
        if key in self._seen or len(self.found) >= _REACHED:
            return
        self._seen.add(key)
        path, rules = self._hooking.rules_of(method)
        for rule in rules:
            sure = certain if rule.of is None and rule.members is None else min(certain, _OTHER)
            for one, names in self._hooking.meant(rule, Given(None, value.cls, None, (value,))):
                self.follow(names, one, path, sure)


def _at_key(values: Values, key: str) -> Values:
    """What mappings hold at a key; `*` for all that they hold."""
    found: dict[Value, None] = {}
    for value in values:
        if isinstance(value, ContainerValue):
            slots = list(value.items.values()) if key == "*" else [value.items[key]] if key in value.items else []
            found.update((one, None) for slot in slots for one in slot.values)
    return tuple(found)


def _objects(value: Value) -> tuple[_Object, ...]:
    if isinstance(value, SuperValue) and isinstance(value.receiver, _Object):
        return (value.receiver,)
    return (value,) if isinstance(value, _Object) else ()
