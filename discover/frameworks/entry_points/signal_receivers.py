"""What a receiver of signals is registered for: which signals, from which senders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.catalog.spec import Pick, paths_of
from discover.facts import records as ir
from discover.frameworks.entry_points.relations import relations_of
from discover.frameworks.entry_points.sender_guards import accepted_senders
from discover.frameworks.entry_points.signals import event_keys, identify
from discover.frameworks.records import Problem
from discover.frameworks.routing.routers import site_keys
from discover.model import TriggerDetail
from discover.resolve.values import NOTHING, ClassValue, ConstantValue, ExternalValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.catalog.spec import Detail, EntryPoint
    from discover.frameworks.routing.routes import Routes
    from discover.frameworks.rules.given import Given
    from discover.frameworks.workbench import Workbench

_PART = re.compile(r"(?<=\.)<(?!locals>)[^<>]*>")
"""A part of an event's name that the receiver takes as an argument: `order.lifecycle.<step>`."""
UNKNOWN_SENDER = "{}"
"""Of a receiver that wants one sender which is not known: it hears nothing that can be told."""


class SignalReceivers:
    """Reads what registrations say of signals and senders."""

    def __init__(self, bench: Workbench, routes: Routes) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self.routes = routes

    def details(self, spec: Detail, given: Given) -> list[tuple[TriggerDetail, tuple[str, ...]]]:
        """One detail for each signal and each sender that the receiver wants, with the names it is reached by."""
        signals = self._signal_values(spec.signal, given)
        senders = self._senders(spec.sender, given)
        if senders in ([], [UNKNOWN_SENDER]) and given.handler is not None:
            senders = [cls.id for cls in accepted_senders(self.program, given.handler)] or senders
        if senders == [UNKNOWN_SENDER]:
            self._tell_unknown_sender(given)
        places = site_keys(given.receivers) if isinstance(spec.signal, Pick) and spec.signal.receiver is None else []
        return [
            (TriggerDetail(signal=name, sender=sender or None), (key, *(f"{key}@{place}" for place in places)))
            for key, name in signals
            for sender in senders or [""]
        ]

    def _tell_unknown_sender(self, given: Given) -> None:
        line = given.call.line if given.call is not None else 0
        problem = Problem(unit=given.scope.unit.id, line=line, what="signal's receiver", reason="sender not known")
        self.bench.found.problem(problem)

    def _signal_values(self, pick: Pick | str | None, given: Given) -> list[tuple[str, str]]:
        if isinstance(pick, Pick) and pick.receiver is not None:
            values: Values = self.routes.receivers(given)
        else:
            values = self.picker.values(pick, given) if isinstance(pick, Pick) else NOTHING
        flat = [item for value in values for item in self.bench.contexts.flat(value)]
        found = identify(self.program, tuple(flat))
        if not found:
            named = [event_keys(self.program, value) for value in flat]
            found = [(keys[0], keys[0]) for keys in named if keys]
        if not found:
            texts = self.picker.texts(pick, given)
            found = [(text, text) for text in texts]
        return [(_PART.sub("*", key), name) for key, name in found]

    def _senders(self, pick: Pick | str | None, given: Given) -> list[str]:
        if not isinstance(pick, Pick):
            return []
        if pick.receiver == "class" and not given.receivers and given.owner is not None:
            return [given.owner.id]
        expression = self.picker.expression(pick, given.call)
        if pick.member and isinstance(expression, ir.Attribute):
            members = self._members(expression, given)
            if members:
                return members
        found: list[str] = []
        values = self.picker.values(pick, given)
        if not values and isinstance(expression, ir.Attribute):
            name = expression.name
            values = self.program.setting(name) or self.program.engine.setting_class(name)
        for value in [item for one in values for item in self.bench.contexts.flat(one)]:
            if isinstance(value, ClassValue | InstanceValue):
                if any(level.path in paths_of(pick.anything) for level in value.cls.mro):
                    return []
                found.append(value.cls.id)
            elif isinstance(value, ExternalValue):
                if value.path in paths_of(pick.anything):
                    return []
                of_object = isinstance(value.receiver, InstanceValue)
                found += self._of_relation(expression, given) or [UNKNOWN_SENDER if of_object else value.path]
            elif isinstance(value, ConstantValue) and isinstance(value.value, str) and value.value.count(".") == 1:
                labelled = self.program.engine.class_by_label(value.value)
                found += [one.cls.id for one in labelled if isinstance(one, ClassValue | InstanceValue)]
        found = found or [text for text in self.picker.texts(pick, given) if text]
        is_open = not found and not values and expression is not None and not isinstance(expression, ir.Constant)
        return [UNKNOWN_SENDER] if is_open else found

    def _members(self, expression: ir.Attribute, given: Given) -> list[str]:
        """`Order.status`: the attribute of a class."""
        holders = self.bench.contexts.values(given.scope, expression.value, given.frame)
        classes = [value.cls for value in holders if isinstance(value, ClassValue) and value.cls.is_project]
        return [f"{cls.id}.{expression.name}" for cls in classes]

    def _of_relation(self, expression: ir.Expr | None, given: Given) -> list[str]:
        """`Order.labels.through`: a part of a library's object that stands in a class."""
        if not isinstance(expression, ir.Attribute):
            return []
        relations = relations_of(self.program, given.scope, expression.value)
        return [f"{relation}.{expression.name}" for relation in relations]

    def hears_below(self, rule: EntryPoint, given: Given) -> bool:
        """Whether classes below the sender's are heard: by the library's rule, or as the receiver itself tests it."""
        pick = rule.hears_below
        if isinstance(pick, Pick):
            return any(isinstance(v, ConstantValue) and v.value is True for v in self.picker.values(pick, given))
        return pick or not self._senders(rule.detail.sender, given)
