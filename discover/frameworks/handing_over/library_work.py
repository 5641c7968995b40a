"""What a library's own code does for the project behind a call: it writes rows, and tells others of it.

A serializer's `save` that the project leaves as it is saves the model, whose receivers hear of it although no line of
the project says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog import spec
from discover.frameworks.records import WORK, LibraryWork, Place
from discover.resolve.picking import names_in, type_argument
from discover.resolve.values import FunctionValue, InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.handing_over.hook_walk import Reached
    from discover.frameworks.handing_over.hooked_objects import HookedObjects, Meant
    from discover.frameworks.handing_over.sending import Sending
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Scope

_ONLY = 0
"""In place of a call's number: the one thing that a library does."""
_VAGUE = frozenset({"SAVE", ""})
"""Verbs that leave open what happens to a row."""


class Manner(NamedTuple):
    """How a call comes to what a library does."""

    is_certain: bool
    """It does so in any case."""
    is_of_member: bool
    """It does so on behalf of an object that the called one's class holds."""
    tells_writes: bool
    """On other ways something else may be done, so that what is written on this one must be told apart."""


class LibraryWorks:
    """Tells what a library does at a call of its methods, and for a unit that it runs by itself."""

    def __init__(self, bench: Workbench, objects: HookedObjects) -> None:
        self._bench = bench
        self._objects = objects
        self._sent: list[tuple[Reached, Place, Scope]] = []
        self._emits: dict[str, list[tuple[str, spec.Emit]]] = {}
        for library, emit in bench.catalog.emits:
            for path in spec.paths_of(emit.call):
                self._emits.setdefault(path, []).append((library, emit))
        self._effects: dict[str, spec.Effect] = {}
        for _, effect in bench.catalog.effects:
            for path in spec.paths_of(effect.call):
                self._effects.setdefault(path, effect)
        self._counts: dict[str, int] = {}

    def at_call(self, site: CallSite, one: Reached, path: str, manner: Manner) -> str:
        """Note the signals behind a call; what is written there the call's own rule says, but of a member's object.

        Args:
            site: The call.
            one: What the library does.
            path: The library's method that is called.
            manner: How it comes to that.

        Returns:
            What a hook calls it, where it must be told by itself: as one way of several, or of a member.
        """
        if isinstance(one.value, FunctionValue):
            return ""
        if manner.is_of_member:
            return self._by_itself(site.function.id, site.line, one, site.function)
        key = "" if manner.is_certain else self._key(site.function.id)
        number = site.call.number if manner.is_certain else _ONLY
        place = Place(unit=key or site.function.id, number=number, line=site.line)
        if key and manner.tells_writes:
            self._one_way(
                Place(unit=site.function.id, number=number, line=site.line), key, one, self._effects.get(path)
            )
        self._sent.append((one, place, site.function))
        return key

    def send(self, sending: Sending) -> None:
        """Send all signals, once it is known who sends what by itself."""
        for one, place, scope in self._sent:
            for library, rule in self._emits.get(one.function.path, ()):
                sending.emit_behind(library, rule, one, place, scope)

    def _key(self, unit: str) -> str:
        number = self._counts[unit] = self._counts.get(unit, 0) + 1
        return f"{unit}{WORK}{number}"

    def of_unit(self, cls: Class, one: Reached) -> str:
        """Note what the library does for a class; the answer is what a hook calls it, empty where it does nothing."""
        return self._by_itself(cls.id, cls.record.line, one, cls)

    def _by_itself(self, unit: str, line: int, one: Reached, scope: Scope) -> str:
        path = one.function.path
        effect = self._effects.get(path)
        target = self._target(effect, one.value) if effect is not None else ""
        if target is None:
            return ""
        key = self._key(unit)
        if effect is not None and not isinstance(one.value, FunctionValue):
            self._work(Place(unit=unit, number=_ONLY, line=line), key, one, effect, target)
        self._sent.append((one, Place(unit=key, number=_ONLY, line=line), scope))
        return key

    def _one_way(self, place: Place, key: str, one: Reached, said: spec.Effect | None) -> None:
        """Note what one way of several writes, where the call's own rule says that something is written."""
        effect = self._effects.get(one.function.path)
        target = self._target(effect, one.value) if effect is not None else None
        if effect is not None and target is not None and said is not None and said.kind == effect.kind:
            self._work(place, key, one, effect, target)

    def _work(self, place: Place, key: str, one: Reached, effect: spec.Effect, target: str) -> None:
        self._bench.found.works[key] = LibraryWork(
            key=key,
            unit=place["unit"],
            line=place["line"],
            kind=effect.kind,
            detail=self._verb(effect, one),
            target=target,
            confidence=one.confidence,
            evidence=one.function.path,
        )

    def _target(self, effect: spec.Effect, value: Meant) -> str | None:
        """What the library works on: the object's class, or what an attribute names; None where that is nothing."""
        if isinstance(value, FunctionValue):
            return ""
        pick = effect.target if isinstance(effect.target, spec.Pick) else spec.Pick()
        names = names_in(pick.attribute)
        variable = pick.type_argument
        generic = type_argument(self._bench.program, value, variable) if isinstance(variable, str) else ()
        if len(generic) == 1 and isinstance(one := generic[0], InstanceValue) and one.cls.is_project:
            return pick.before + one.cls.record.name
        for dotted in names:
            for named in self._objects.attribute(value, dotted):
                if not isinstance(named, FunctionValue) and named.cls.is_project:
                    return named.cls.record.name
        return None if names else value.cls.record.name if value.cls.is_project else ""

    def _verb(self, effect: spec.Effect, one: Reached) -> str:
        """The verb, as the library's methods that led there say it more exactly."""
        verb = effect.detail if isinstance(effect.detail, str) else ""
        rules = [rule for path in sorted(one.through) if (rule := self._effects.get(path)) is not None]
        said = {rule.detail for rule in rules if isinstance(rule.detail, str) and rule.kind == effect.kind} - _VAGUE
        return said.pop() if verb in _VAGUE and len(said) == 1 else verb
