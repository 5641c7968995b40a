"""Which receivers hear a signal whose sender the call does not name.

What the same unit writes tells; where that is not known either, a receiver that wants one sender is heard only when
the code around the call, or around the classes that inherit it, names that sender at all.
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
from discover.resolve.symbols import Module

GUESSED = 0.4
"""Of a receiver that wants one sender, when nothing says who sends."""


class Senders:
    """What each unit writes, and what each class stands below."""

    def __init__(self, program: Program, entry_points: Iterable[EntryPoint], effects: Iterable[SiteEffect]) -> None:
        self._wanted: defaultdict[str, set[str]] = defaultdict(set)
        """Receiver -> the senders it wants; the empty one stands for any."""
        for entry in entry_points:
            if entry.kind == "signal":
                self._wanted[entry.unit].add(last_name(entry.detail.sender or ""))
        self._program = program
        self._names: dict[str, frozenset[str]] = {}
        self._written: defaultdict[str, set[str]] = defaultdict(set)
        for found in effects:
            if found.effect.kind == "db_write" and found.effect.target:
                self._written[found.unit].update(part.strip() for part in found.effect.target.split(","))
        self._above: defaultdict[str, set[str]] = defaultdict(set)
        if self._wanted:
            for cls in program.all_classes:
                self._above[cls.record.name].update(level.record.name for level in cls.mro)

    def heard(self, dispatch: Dispatch, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """The receivers that hear the signal, the guessed ones with less confidence."""
        if dispatch.edge != "signal" or dispatch.sender:
            return targets
        written = self._written.get(dispatch.unit, set())
        sent = {name for model in written for name in (model, *self._above.get(model, ()))}
        out: list[Target] = []
        for target in targets:
            wanted = self._wanted.get(target.unit, {""})
            if "" in wanted or wanted & sent:
                out.append(target)
            elif not written and wanted & self._named_around(dispatch.unit):
                out.append(target._replace(confidence=min(target.confidence, GUESSED)))
        return tuple(out)

    def _named_around(self, unit: str) -> frozenset[str]:
        """Every name in the file of the unit, and in those of the classes that inherit it."""
        known = self._names.get(unit)
        if known is None:
            function = self._program.functions.get(unit)
            found: set[str] = set()
            if function is not None:
                below = function.owner.subclasses if function.owner is not None else []
                modules = dict.fromkeys([function.module, *(cls.module for cls in below if cls.is_project)])
                for module in modules:
                    found |= self._names_in(module)
            known = self._names[unit] = frozenset(found)
        return known

    def _names_in(self, module: Module) -> frozenset[str]:
        known = self._names.get(module.path)
        if known is None:
            known = self._names[module.path] = frozenset(_names(module.facts.body))
        return known


def _names(nodes: object) -> Iterable[str]:
    """The names, attributes and texts that code mentions, imports included."""
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
            waiting += [getattr(node, name) for name in node.__struct_fields__]
