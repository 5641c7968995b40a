"""Applies the catalog's hook rules: methods of the project that a library method calls, or that a framework runs.

A rule says what one library method calls. Where that is again the library's own method, because the project's class
does not override it, the rules of that method are followed in turn: `super().dispatch()` leads over `View.dispatch` and
`ProcessFormView.post` to the class's `form_valid`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from discover.catalog import spec
from discover.facts import records as ir
from discover.frameworks.handing_over.hook_walk import (
    OWN,
    HookWalks,
    Reached,
    choice_of,
    name_of,
    once,
    parted,
    told_apart,
)
from discover.frameworks.handing_over.hooked_objects import HookedObjects, Meant, objects
from discover.frameworks.handing_over.library_work import LibraryWorks
from discover.frameworks.reading.own_objects import is_through_class, works_on_itself
from discover.frameworks.records import HookEdge, Way, called_at
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.rules.matching import Match, Read
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite, Decoration
    from discover.resolve.symbols import Class

_RECEIVERS = 400
_SUBCLASSES = 40
"""So many classes below the receiver's are followed where the framework runs one of them within the call; of those that
it only leads to (`entry`), as many as there may be receivers."""
_BELOW = 0.6
"""How certain a method of a class below the receiver's is."""
_RULE = 1000
"""Between the places of what one rule of a call leads to and of what the next one does."""


class Hooking:
    """Joins library methods with the methods that they call."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.work = LibraryWorks(bench)
        self.program = bench.program
        self.picker = bench.picker
        self.objects = HookedObjects(bench)
        self.walks = HookWalks(bench, self.objects)
        self._handled: dict[str, dict[Function, None]] | None = None
        self._orders = {id(rule): number * _RULE for number, (_, rule) in enumerate(bench.catalog.hooks)}

    # --- at calls -------------------------------------------------------------------------------------------------

    def of_call(self, library: str, rule: spec.Hook, match: Match) -> None:
        """Note what the called library method calls."""
        site = match.site
        if site.function.module.is_migration:
            return  # its models are those of that time, without the project's methods
        # an override of the project's is no call of the library: it says itself whether it calls `super()`
        called = [external for external in site.externals if external.path == match.path]
        receivers = tuple(dict.fromkeys(e.receiver for e in called if e.receiver is not None))
        call = site.call
        if call.arguments and is_through_class(site):
            call = msgspec.structs.replace(call, arguments=call.arguments[1:])
        given = Given(call, site.function, None, receivers)
        place = HookEdge(
            **called_at(site),
            target="",
            order=0,
            library=library,
            moment=rule.moment,
            is_own=works_on_itself(site),
            evidence=match.path,
        )
        if rule.when is None or self._applies(rule, given):
            self._note(rule, given, place, site)

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

    def _note(self, rule: spec.Hook, given: Given, place: HookEdge, site: CallSite | None = None) -> None:
        """Note what a rule leads to for each object that the call may be made on."""
        starts = list(self._starts(rule, given, is_own=place.is_own))[:_RECEIVERS]
        found: list[tuple[str, list[Reached]]] = []
        for start, certain in starts:
            seen = given if start is None else Given(given.call, given.scope, given.frame, (start,))
            found.append((name_of(start), self._reached(rule, seen, start, certain, place.evidence)))
        for (start, _), reached in zip(starts, told_apart(found, "object"), strict=True):
            on: tuple[str, ...] = ()
            if place.is_own and len(starts) > 1 and isinstance(start, InstanceValue | ClassValue):
                on = (start.cls.id,)
            for number, one in enumerate(reached, 1):
                edge = msgspec.structs.replace(place, on=on)
                if one.function.is_project:
                    if one.function.id != place.unit:
                        self._edge(rule, start, one, number, edge)
                elif site is not None:
                    key = self.work.at_call(site, one, is_certain=not one.ways and not on)
                    if key:
                        self._edge(rule, start, one, number, edge, key)

    def _edge(
        self, rule: spec.Hook, start: Meant | None, one: Reached, number: int, place: HookEdge, key: str = ""
    ) -> None:
        self.bench.found.hook(
            msgspec.structs.replace(
                place,
                target=key or one.function.id,
                receiver="" if one.value is start and not _is_exact(start) else _certain(one.value),
                is_own=place.is_own and one.value is start,
                ways=one.ways,
                order=self._orders[id(rule)] + number,
                confidence=one.confidence,
            )
        )

    def _starts(self, rule: spec.Hook, given: Given, *, is_own: bool) -> Iterator[tuple[Meant | None, float]]:
        """The objects that a call may be made on, with how sure that is; None where it is made on none.

        Objects of classes below count where the methods are their own, and where what they hold is asked for by a
        method that runs on them itself.
        """
        limit = _limit(rule)
        own = list(dict.fromkeys(value for receiver in given.receivers for value in objects(receiver)))
        if not own:
            yield None, OWN
        for value in own:
            if is_own or (rule.of is None and rule.members is None):
                yield from self._or_below(value, limit)
            else:
                yield value, OWN

    def _reached(self, rule: spec.Hook, given: Given, start: Meant | None, certain: float, path: str) -> list[Reached]:
        """What a rule leads to for one object, in order."""
        through = (self._through(given) if rule.either else frozenset[str]()) | {path}
        found: list[tuple[str, list[Reached]]] = []
        for value, names in self.objects.meant(rule, given):
            is_one = value is start or rule.exact
            ones = [(value, certain)] if is_one else list(self._or_below(value, _limit(rule)))
            each: list[tuple[str, list[Reached]]] = []
            for one, sure in ones:
                reached = [
                    seen._replace(confidence=min(seen.confidence, sure, certain), ways=(*way, *seen.ways))
                    for some, way in parted(rule, names, path, through, self._told(rule, given))
                    for seen in self.walks.followed(some, one, path, through)
                ]
                each.append((name_of(one), reached))
            found.append((name_of(value), once(told_apart(each, "object"))))
        choice = choice_of(rule.of) if rule.of is not None else ""
        return once(told_apart(found, choice) if choice else [reached for _, reached in found])

    def _through(self, given: Given) -> frozenset[str]:
        """The library's methods of which the calling function is an override, in whatever class it stands."""
        function = given.scope.unit
        owner = function.owner
        if owner is None:
            return frozenset()
        name = function.record.name
        standing = (owner, *owner.subclasses[:_SUBCLASSES])
        return frozenset(
            f"{level.path}.{name}"
            for cls in standing
            for level in cls.mro
            if not level.is_project and name in level.names
        )

    def _told(self, rule: spec.Hook, given: Given) -> str:
        """Which alternative it is by what the object was made with: with the argument the first one, else the last."""
        made = self.picker.creations.making(given) if rule.by is not None else None
        if made is None or rule.by is None or not self._makes(given.scope.unit, made, given.receivers):
            return ""
        if any(isinstance(one, ir.Starred) for one in made.arguments) or any(k.name is None for k in made.keywords):
            return ""
        expression = self.picker.expression(rule.by, made)
        is_given = expression is not None and not (isinstance(expression, ir.Constant) and expression.value is None)
        return rule.methods[0 if is_given else -1]

    def _makes(self, function: Function, call: ir.Call, receivers: Values) -> bool:
        """Whether a call makes the object, by its class or by a library's method that hands on what it is given."""
        site = function.sites.get(call.number)
        if site is None or not any(one in site.result for one in receivers):
            return False
        if any(isinstance(value, ClassValue) for value in site.callee) or site.externals:
            return True
        return any(self.bench.index.overridden(target.function) for target in site.targets)

    def _or_below(self, value: Meant, limit: int) -> Iterator[tuple[Meant, float]]:
        """The object itself, and where a subclass may be meant, the project's classes below."""
        yield value, OWN
        if isinstance(value, InstanceValue) and not value.exact:
            for cls in self.objects.below(value)[:limit]:
                yield self.program.engine.intern.instance(cls), _BELOW

    # --- on behalf of whole units ---------------------------------------------------------------------------------

    def of_decoration(self, library: str, rule: spec.Hook, decoration: Decoration, receiver: Value | None) -> None:
        """Note the methods of a decorating class that run around what it decorates."""
        function = decoration.definition
        if not isinstance(function, Function) or not isinstance(receiver, ClassValue | InstanceValue):
            return
        methods = (method for method in self.walks.named(receiver.cls, rule.methods) if method.is_project)
        for order, method in enumerate(methods, 1):
            reached = Reached(method, receiver, OWN)
            self._around(library, rule, function.id, decoration.line, reached, order, receiver)

    def of_class(self, library: str, rule: spec.Hook) -> None:
        """Note what a framework calls on behalf of the classes that it runs."""
        names = [rule.on] if isinstance(rule.on, str) else list(rule.on or ())
        for path in spec.paths_of(rule.cls):
            for cls in self.program.subclasses_of(path):
                self._hooks_on(library, rule, cls, names)

    def _hooks_on(self, library: str, rule: spec.Hook, cls: Class, names: list[str]) -> None:
        methods = [method for name in names if (method := self.program.find_method(cls, name)) is not None]
        by_framework = [method for method in methods if not method.is_project]
        units = [(cls.id, cls.record.line)] if by_framework else []
        value = self.program.engine.intern.instance(cls)
        if rule.moment in ("before", "success", "failure"):
            own = [method for method in methods if method.is_project]
            own += self._handlers(cls) if rule.handlers else []
            units += [(method.id, method.record.line) for method in dict.fromkeys(own)]
            if rule.follows:
                targets = self.walks.followed(tuple(rule.methods), value, "")
            else:
                named = self.walks.named(cls, rule.methods)
                targets = [Reached(method, value, OWN) for method in named if method.is_project]
        elif rule.methods:
            targets = self.walks.followed(tuple(rule.methods), value, "")
        else:
            targets = self._run_by(by_framework, value)
        for unit, line in units:
            for order, one in enumerate(targets, self._orders[id(rule)] + 1):
                on = (cls.id,) if unit != cls.id else ()
                if one.function.is_project and one.function.id != unit:
                    self._around(library, rule, unit, line, one, order, value, on)
                elif not one.function.is_project and unit == cls.id:
                    self._around(library, rule, unit, line, one, order, value, on, self.work.of_unit(cls, one))

    def _run_by(self, methods: list[Function], value: InstanceValue) -> list[Reached]:
        """What the library's own entry methods of a class do: one of them runs, each for another request."""
        telling = [method.record.name for method in methods if self.walks.rules_of(method)[1]]
        found: list[Reached] = []
        for name in telling:
            way = (Way("method", name, len(telling)),) if len(telling) > 1 else ()
            found += [one._replace(ways=(*way, *one.ways)) for one in self.walks.followed((name,), value, "")]
        return found

    def _handlers(self, cls: Class) -> list[Function]:
        """The methods that entry points run on objects of a class, whatever they are called."""
        if self._handled is None:
            self._handled = {}
            for entry in self.bench.found.entry_points.values():
                handler = self.program.functions.get(entry.unit) if entry.receiver else None
                if handler is not None:
                    self._handled.setdefault(entry.receiver, {})[handler] = None
        return list(self._handled.get(cls.id, ()))

    def _around(
        self,
        library: str,
        rule: spec.Hook,
        unit: str,
        line: int,
        one: Reached,
        order: int,
        own: Value,
        on: tuple[str, ...] = (),
        target: str = "",
    ) -> None:
        self.bench.found.hook(
            HookEdge(
                unit=unit,
                number=None,
                line=line,
                target=target or one.function.id,
                receiver="" if one.value is own else _certain(one.value),
                on=on,
                is_own=one.value is own,
                ways=one.ways,
                order=order,
                library=library,
                moment=rule.moment,
                confidence=one.confidence,
                evidence=f"{library} hook",
            )
        )


def _limit(rule: spec.Hook) -> int:
    return _RECEIVERS if rule.moment == "entry" else _SUBCLASSES


def _is_exact(value: Meant | None) -> bool:
    return isinstance(value, InstanceValue) and value.exact


def _certain(value: Meant) -> str:
    """The class of an object, where no class below it can be meant."""
    if isinstance(value, InstanceValue) and (value.exact or not any(cls.is_project for cls in value.cls.subclasses)):
        return value.cls.id
    return ""
