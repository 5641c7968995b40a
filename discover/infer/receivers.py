"""What `self` is: a method that several classes inherit runs differently in each, and a workflow knows which one it is.

Resolving joins what all classes below do; here a method is opened *for* the class that the trigger names, so that
`self.hook()` and `super().dispatch()` lead to that class's methods only. Unit and class are written as one *key*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from discover.infer.keys import key_of
from discover.link.channels import last_name
from discover.link.records import MORE, EffectAt, Linked, OwnRun, Receiver, Target
from discover.resolve.symbols import CONSTRUCTORS

_MEANT = 0.8
"""How certain a method that a library calls is at least, where the class of the object is known."""
_TOLD, _EVIDENCE = 0.9, "type argument of the object"


class _Hooks:
    """The methods that a library calls at one place, by the class of the own object with which it does."""

    def __init__(self, targets: list[Target]) -> None:
        self._targets = targets
        self._named: defaultdict[str, list[int]] = defaultdict(list)
        self._others: list[tuple[int, frozenset[str]]] = []
        """Those for whichever class, with the classes of which it is known that they are not for them."""
        self.told: set[str] = set()
        """The classes of which it is known which methods are called for them."""
        self.kept: dict[str, list[Target]] = {}
        """By class: what was told of it."""
        for number, target in enumerate(targets):
            self.told.update(target.among)
            for cls in target.on:
                self._named[cls].append(number)
            if not target.on:
                self._others.append((number, frozenset(target.among)))

    def of(self, cls: str) -> list[tuple[Target, bool]]:
        """The methods that may be called for a class, and whether the class is named as one of theirs."""
        named = self._named.get(cls, ())
        numbers = dict.fromkeys(named, True) | {number: False for number, but in self._others if cls not in but}
        if not numbers and cls not in self.told:
            return [(target, False) for target in self._targets]
        return [(self._targets[number], numbers[number]) for number in sorted(numbers)]


class Receivers:
    """Looks methods up in the order in which a class inherits them."""

    def __init__(self, linked: Linked) -> None:
        self._orders = linked.orders
        self._arguments = linked.arguments
        self._methods = linked.methods
        self._owners = {unit: cls for cls, named in linked.methods.items() for unit in named.values()}
        """Method -> the class that defines it."""
        self._named: defaultdict[str, set[str]] = defaultdict(set)
        """Name -> the methods of this name in all classes."""
        for named in linked.methods.values():
            for name, unit in named.items():
                self._named[name].add(unit)
        self._known_hooks: dict[int, _Hooks] = {}
        """By the identity of the list that was asked for, which it holds."""
        self._extended = frozenset(above for order in linked.orders.values() for above in order[1:])
        self._orders_of: dict[str, tuple[str, ...]] = {}
        """By receiver: the order of its class."""
        self._tables: dict[tuple[str, ...], dict[str, str]] = {}
        """By order: the methods that its first class has, its own and inherited ones."""

    def entry_key(self, unit: str, receiver: str = "") -> str:
        """The key of a triggered unit: a class is opened for itself, a method for the receiver or its own class."""
        if unit in self._orders:
            return key_of(unit, unit)
        owner = self._owners.get(unit, "")
        if owner and owner in self._order(receiver):
            return key_of(unit, receiver)
        return key_of(unit, owner)

    def inherits(self, receiver: str, unit: str) -> bool:
        """Whether a unit is a method that an object has, of its own class or from above."""
        owner = self._owners.get(unit, "")
        return bool(owner) and (owner in self._order(receiver) or not Receiver.of(receiver).cls)

    def meant(self, receiver: str, by_class: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
        """What a table says of the object's class."""
        return by_class.get(Receiver.of(receiver).cls)

    def run(self, receiver: str, by_own: Mapping[str, OwnRun]) -> OwnRun | None:
        """What a table of the runs of a call says of the object's class."""
        return by_own.get(Receiver.of(receiver).cls)

    def narrowed(
        self, unit: str, receiver: str, name: str, targets: tuple[Target, ...], *, after: bool
    ) -> tuple[Target, ...]:
        """Of the targets of `self.name()` (or, `after`, `super().name()`) those that the class really has there."""
        order = self._order(receiver)
        if not order:
            return targets
        chosen = self._found(order, name, self._owners.get(unit, "") if after else "")
        methods = self._named[name]  # the look-up decides about those
        free = tuple([target for target in targets if target.unit not in methods])
        if chosen is None:
            return free
        known = max((target.confidence for target in targets if target.unit == chosen), default=0.9)
        return (Target(chosen, max(known, 0.9), "method of the class"), *free)

    def hooked(self, receiver: str, targets: list[Target]) -> list[Target]:
        """Of the methods that a library calls on behalf of an object, those that it calls for the class."""
        order = self._order(receiver)
        if not order:
            return _once(targets)
        hooks = self._hooks(targets)
        cls = Receiver.of(receiver).cls
        if cls not in hooks.kept:
            hooks.kept[cls] = self._kept(order, hooks.of(cls))
        return hooks.kept[cls]

    def _kept(self, order: tuple[str, ...], called: list[tuple[Target, bool]]) -> list[Target]:
        """Without the methods of the object itself that a class before theirs overrides."""
        kept: dict[tuple[object, ...], Target] = {}
        found: dict[str, str | None] = {}
        for target, is_named in called:
            is_method = target.on_itself and target.unit in self._owners
            name = target.unit.rpartition(".")[2] if is_method else ""
            if is_method and name not in found:
                found[name] = self._found(order, name, "")
            if not is_method or found[name] == target.unit:
                is_surer = is_named and target.confidence < _MEANT
                meant_one = target._replace(confidence=_MEANT) if is_surer else target
                kept[target.unit, target.receiver, target.ways] = meant_one
        return _once(kept.values())

    def is_told(self, receiver: str, targets: list[Target]) -> bool:
        """Whether it is known which of the methods are run with an own object of the class."""
        return Receiver.of(receiver).cls in self._hooks(targets).told

    def _hooks(self, targets: list[Target]) -> _Hooks:
        known = self._known_hooks.get(id(targets))
        if known is None:
            known = self._known_hooks[id(targets)] = _Hooks(targets)
        return known

    def by_arguments(
        self, receiver: str, by_class: Mapping[str, tuple[str, ...]], targets: tuple[Target, ...]
    ) -> tuple[Target, ...]:
        """Of the targets of `self.model()`, by class, those of the class that the object's type argument is."""
        arguments = self._arguments_of(receiver)
        meant = [by_class[cls] for cls in arguments if cls in by_class]
        if not meant and MORE in by_class:
            meant = [constructors for cls in arguments if (constructors := self._constructors(cls))]
        if not meant:
            return targets
        known = {target.unit: target for target in targets}
        units = dict.fromkeys(unit for each in meant for unit in each)
        kept = tuple(known.get(unit) or Target(unit, _TOLD, _EVIDENCE) for unit in units)
        return (kept[0]._replace(confidence=_TOLD, evidence=_EVIDENCE),) if len(kept) == 1 < len(targets) else kept

    def _constructors(self, cls: str) -> tuple[str, ...]:
        found = (self._found(self._orders.get(cls, ()), name, "") for name in CONSTRUCTORS)
        return tuple(unit for unit in found if unit is not None)

    def of_arguments(self, receiver: str, at: EffectAt) -> EffectAt:
        """An effect on one of several classes' rows, on those of the class that the object's type argument is."""
        if at.of_itself:
            return self._of_itself(Receiver.of(receiver).cls, at)
        targets = at.among or at.effect.target.split(", ")
        arguments = self._arguments_of(receiver) if len(targets) > 1 else ()
        names = set(map(last_name, arguments))
        kept = [target for target in targets if target in names]
        return _told_of(kept, at) if kept else at

    def _of_itself(self, cls: str, at: EffectAt) -> EffectAt:
        """What is done to the own object is done to its class's rows, where no class below may be meant."""
        is_certain = cls in self._orders and cls not in self._extended
        return _told_of([last_name(cls)], at) if is_certain else at

    def _arguments_of(self, receiver: str) -> tuple[str, ...]:
        """The classes that an object is for: by what it was made with, else by what its class says."""
        found = Receiver.of(receiver)
        return found.arguments or self._arguments.get(found.cls, ())

    def _order(self, receiver: str) -> tuple[str, ...]:
        found = self._orders_of.get(receiver)
        if found is None:
            found = self._orders_of[receiver] = self._orders.get(Receiver.of(receiver).cls, ())
        return found

    def _found(self, order: tuple[str, ...], name: str, after: str) -> str | None:
        if after not in order:
            return self._table(order).get(name)
        for cls in order[order.index(after) + 1 :]:
            unit = self._methods.get(cls, {}).get(name)
            if unit is not None:
                return unit
        return None

    def _table(self, order: tuple[str, ...]) -> dict[str, str]:
        known = self._tables.get(order)
        if known is None:
            known = self._tables[order] = {}
            for cls in reversed(order):
                known.update(self._methods.get(cls, ()))
        return known


def _told_of(names: list[str], at: EffectAt) -> EffectAt:
    """The effect on the rows of these classes."""
    sure = max(at.effect.confidence, _TOLD) if len(names) == 1 else at.effect.confidence
    return at._replace(effect=msgspec.structs.replace(at.effect, target=", ".join(names), confidence=sure))


def _once(targets: Iterable[Target]) -> list[Target]:
    """A method that runs, on one way, on objects of several classes, as the own class says: once, for none of them."""
    kept: dict[tuple[object, ...], Target] = {}
    for target in targets:
        key = (target.unit, target.ways) if target.among else (target.unit, target.ways, target.receiver, "")
        known = kept.setdefault(key, target)
        if known.receiver and known.receiver != target.receiver:
            kept[key] = known._replace(receiver="")
    return list(kept.values())
