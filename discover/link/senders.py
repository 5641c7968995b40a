"""Which receivers hear a signal whose sender the call does not name.

What the same unit writes tells; where that is not known either, a receiver that wants one sender is heard only when
its own code or that of a caller names that sender, or that sender inherits it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from discover.effects.records import SiteEffect
from discover.facts import records as ir
from discover.frameworks.records import Dispatch, EntryPoint
from discover.link.channels import last_name
from discover.link.records import Target
from discover.resolve.program import Program
from discover.resolve.symbols import Function

GUESSED = 0.4
"""Of a receiver that wants one sender, when nothing says who sends."""


class Senders:
    """What each unit writes, and what each class stands below."""

    def __init__(self, program: Program, entry_points: Iterable[EntryPoint], effects: Iterable[SiteEffect]) -> None:
        self._wanted: defaultdict[str, set[str]] = defaultdict(set)
        """Receiver -> the senders it wants; the empty one stands for any."""
        self._wanted_classes: defaultdict[str, set[str]] = defaultdict(set)
        """The same by their ids."""
        for entry in entry_points:
            if entry.kind == "signal":
                sender = _class_of(program, entry.detail.sender or "")
                self._wanted[entry.unit].add(last_name(sender))
                self._wanted_classes[entry.unit].add(sender)
        self._program = program
        self._names: dict[tuple[str, bool], frozenset[str]] = {}
        self._written: defaultdict[str, dict[str, set[str]]] = defaultdict(dict)
        """Unit -> the models that it writes, each with its verbs."""
        for found in effects:
            if found.effect.kind == "db_write" and found.effect.target:
                for part in found.effect.target.split(","):
                    self._written[found.unit].setdefault(part.strip(), set()).add(found.effect.detail)
        self._above: defaultdict[str, set[str]] = defaultdict(set)
        if self._wanted:
            for cls in program.all_classes:
                self._above[cls.record.name].update(level.record.name for level in cls.mro)

    def heard(self, dispatch: Dispatch, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """The receivers that hear the signal, the guessed ones with less confidence."""
        if dispatch.edge != "signal" or dispatch.sender:
            return targets
        written = self._written.get(dispatch.unit, {})
        models = [one for one, verbs in written.items() if not dispatch.verbs or not verbs.isdisjoint(dispatch.verbs)]
        own = self._own(dispatch.unit, models)
        others = [model for model in models if model not in own]
        sent = {name for model in others for name in (model, *self._above.get(model, ()))}
        sent_classes = {level for levels in own.values() for level in levels}
        out: list[Target] = []
        for target in targets:
            wanted = self._wanted.get(target.unit, {""})
            is_own = not sent_classes.isdisjoint(self._wanted_classes.get(target.unit, ()))
            if "" in wanted or wanted & sent or is_own:
                out.append(target)
            elif not written and wanted & self._named_around(dispatch.unit, handed=dispatch.is_sender_given):
                out.append(target._replace(confidence=min(target.confidence, GUESSED)))
        return tuple(out)

    def _own(self, unit: str, models: Iterable[str]) -> dict[str, list[str]]:
        """The models that the unit's own file defines, as a migration does, each with the classes above it.

        No other class of that name is meant.
        """
        file = unit.partition("::")[0]
        classes = {model: self._program.classes.get(f"{file}::{model}") for model in models}
        return {model: [level.id for level in cls.mro] for model, cls in classes.items() if cls is not None}

    def _named_around(self, unit: str, *, handed: bool) -> frozenset[str]:
        """The names that the unit's own code mentions, that of its callers, and the classes that inherit it.

        Where the call is handed who sends, only what may be handed on counts: no class that is merely queried.
        """
        known = self._names.get((unit, handed))
        if known is None:
            function = self._program.functions.get(unit)
            found: set[str] = set()
            if function is not None:
                for near in (function, *self._callers_of(function)):
                    found.update(_names([near.record], handed=handed))
                if not handed:
                    found.update(cls.record.name for cls in self._program.running(function))
            known = self._names[unit, handed] = frozenset(found)
        return known

    def _callers_of(self, function: Function) -> Iterable[Function]:
        return dict.fromkeys(site.function for site in self._program.callers.get(function, ()))


def _class_of(program: Program, sender: str) -> str:
    """The class that a sender is, or in which the relation stands that sends: `Order` for `Order.labels.through`."""
    path, mark, name = sender.partition("::")
    parts = name.split(".")
    holder = f"{path}::{'.'.join(parts[:-2])}"
    return holder if mark and sender not in program.classes and holder in program.classes else sender


def _names(nodes: object, *, handed: bool) -> Iterable[str]:
    """The names, attributes and texts that code mentions, imports included; if handed, no name before a dot."""
    waiting: list[object] = [nodes]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, ir.Name):
            yield node.id
        elif isinstance(node, ir.ImportedName):
            yield node.name
        elif isinstance(node, msgspec.Struct):
            if isinstance(node, ir.Attribute | ir.Class):
                yield node.name
            elif isinstance(node, ir.Constant) and isinstance(node.value, str):
                yield node.value.rpartition(".")[2]
            is_read = handed and isinstance(node, ir.Attribute) and isinstance(node.value, ir.Name)
            waiting += [getattr(node, name) for name in node.__struct_fields__] if not is_read else []
