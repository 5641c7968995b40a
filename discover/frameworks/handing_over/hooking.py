"""Applies the catalog's hook rules at calls and reads: methods of the project that a library method calls.

A rule says what one library method calls. Where that is again the library's own method, because the project's class
does not override it, the rules of that method are followed in turn: `super().dispatch()` leads over `View.dispatch` and
`ProcessFormView.post` to the class's `form_valid`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from discover.facts import records as ir
from discover.frameworks.handing_over.by_own_class import ByOwnClass, on_itself
from discover.frameworks.handing_over.hook_walk import (
    OWN,
    Reached,
    choice_of,
    name_of,
    once,
    parted,
    told_apart,
)
from discover.frameworks.handing_over.hooked_objects import Meant, certain_class, objects
from discover.frameworks.handing_over.library_work import Manner
from discover.frameworks.reading.own_objects import is_through_class, works_on_itself
from discover.frameworks.records import HookEdge, called_at
from discover.frameworks.rules.given import Given
from discover.resolve.values import ClassValue, InstanceValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.catalog import spec
    from discover.frameworks.handing_over.hook_walk import HookWalks
    from discover.frameworks.handing_over.library_work import LibraryWorks
    from discover.frameworks.rules.matching import Match, Read
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_RECEIVERS = 400
_SUBCLASSES = 40
"""So many classes below the receiver's are followed where the framework runs one of them within the call; of those that
it only leads to (`entry`), as many as there may be receivers."""
_BELOW = 0.6
"""How certain a method of a class below the receiver's is."""


class Hooking:
    """Joins library methods with the methods that they call."""

    def __init__(self, bench: Workbench, walks: HookWalks, work: LibraryWorks) -> None:
        self.bench = bench
        self.work = work
        self.program = bench.program
        self.picker = bench.picker
        self.objects = walks.objects
        self.walks = walks
        self.by_own_class = ByOwnClass(bench)

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
        starts = list(self._starts(rule, given, place))
        own = self.by_own_class.starts(site, given, place) if site is not None else None
        if own is not None:
            starts = self.by_own_class.all_of(own, starts)
        if len(starts) > _RECEIVERS:
            self.walks.cut((place.unit, place.line), place.evidence)
        starts = starts[:_RECEIVERS]
        found: list[tuple[str, list[Reached]]] = []
        for start, certain in starts:
            seen = given if start is None else Given(given.call, given.scope, given.frame, (start,))
            found.append((name_of(start), self._reached(rule, seen, start, certain, place)))
        every = told_apart(found, "object")
        own = own if own is not None or not place.is_own else on_itself(starts)
        is_mixed = any(one.function.is_project for reached in every for one in reached)
        for (start, _), reached in zip(starts, every, strict=True):
            edge = place if own is None else own.placed(place, start)
            for number, one in enumerate(reached, 1):
                if one.function.is_project:
                    if one.function.id != place.unit:
                        self._edge(rule, start, one, number, edge)
                elif site is not None:
                    manner = Manner(
                        is_certain=not one.ways and not edge.among,
                        is_of_member=self._is_of_member(rule, one),
                        tells_writes=bool(edge.on) or is_mixed,
                    )
                    key = self.work.at_call(site, one, place.evidence, manner)
                    if key:
                        self._edge(rule, start, one, number, edge, key)

    def _edge(
        self, rule: spec.Hook, start: Meant | None, one: Reached, number: int, place: HookEdge, key: str = ""
    ) -> None:
        self.bench.found.hook(
            msgspec.structs.replace(
                place,
                target=key or one.function.id,
                receiver=self._receiver(start, one, place),
                is_own=place.is_own and one.value is start,
                ways=one.ways,
                is_of_member=self._is_of_member(rule, one),
                order=self.walks.order_of(rule) + number,
                confidence=one.confidence,
            )
        )

    def _is_of_member(self, rule: spec.Hook, one: Reached) -> bool:
        return rule.members is not None or one.function.path in self.walks.of_members

    @staticmethod
    def _receiver(start: Meant | None, one: Reached, place: HookEdge) -> str:
        """The class of the object that a method runs on, where no other one can be meant."""
        if one.value is start and not _is_exact(start):
            return start.cls.id if place.on and not place.is_own and isinstance(start, InstanceValue) else ""
        return certain_class(one.value)

    def _starts(self, rule: spec.Hook, given: Given, place: HookEdge) -> Iterator[tuple[Meant | None, float]]:
        """The objects that a call may be made on, with how sure that is; None where it is made on none.

        Objects of classes below count where the methods are their own, and where what they hold is asked for by a
        method that runs on them itself.
        """
        limit, at = _limit(rule), (place.unit, place.line)
        own = list(dict.fromkeys(value for receiver in given.receivers for value in objects(receiver)))
        if not own:
            yield None, OWN
        for value in own:
            if place.is_own or (rule.of is None and rule.members is None):
                yield from self._or_below(value, limit, at)
            else:
                yield value, OWN

    def _reached(
        self, rule: spec.Hook, given: Given, start: Meant | None, certain: float, place: HookEdge
    ) -> list[Reached]:
        """What a rule leads to for one object, in order."""
        path, at = place.evidence, (place.unit, place.line)
        through = (self._through(given) if rule.either else frozenset[str]()) | {path}
        found: list[tuple[str, list[Reached]]] = []
        own = self.by_own_class.argument(rule, given, start, place)
        meant = self.objects.meant(rule, given) if not own else [(one, tuple(rule.methods)) for one in own]
        for value, names in meant:
            is_one = value is start or rule.exact or bool(own)
            ones = [(value, certain)] if is_one else list(self._or_below(value, _limit(rule), at))
            each: list[tuple[str, list[Reached]]] = []
            for one, sure in ones:
                reached = [
                    seen._replace(confidence=min(seen.confidence, sure, certain), ways=(*way, *seen.ways))
                    for some, way in parted(rule, names, path, through, self._told(rule, given))
                    for running in self.objects.running(rule, given, one)
                    for seen in self.walks.followed(at, some, running, path, through)
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

    def _or_below(self, value: Meant, limit: int, at: tuple[str, int]) -> Iterator[tuple[Meant, float]]:
        """The object itself, and where a subclass may be meant, the project's classes below."""
        yield value, OWN
        if isinstance(value, InstanceValue) and not value.exact:
            below = self.objects.below(value)
            if len(below) > limit:
                self.walks.cut(at, value.cls.record.name)
            for cls in below[:limit]:
                yield self.program.as_handling(cls, value), _BELOW


def _limit(rule: spec.Hook) -> int:
    return _RECEIVERS if rule.moment == "entry" else _SUBCLASSES


def _is_exact(value: Meant | None) -> bool:
    return isinstance(value, InstanceValue) and value.exact
