"""Turns one registration, a rule and the handler that it names, into entry points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from discover.frameworks.brokers.channels import words
from discover.frameworks.brokers.listening import listened_channels
from discover.frameworks.entry_points.retry_policies import retry_policy
from discover.frameworks.entry_points.signal_receivers import SignalReceivers
from discover.frameworks.records import RETURNED, Dispatch, HookEdge
from discover.frameworks.records import EntryPoint as Found
from discover.model import TriggerDetail
from discover.resolve.values import InstanceValue, Value

if TYPE_CHECKING:
    from discover.catalog.spec import EntryPoint, Pick
    from discover.frameworks.routing.routes import Routes
    from discover.frameworks.rules.given import Given
    from discover.frameworks.rules.handlers import Handler
    from discover.frameworks.workbench import Workbench

_UNMOUNTED = 0.6
"""How sure a route is that nothing seen hands to an application."""
_GUESSED = 0.7
"""How sure an entry point is whose registering object is of a class that is known by its name alone."""
_FOLLOWS = 0.95


class Recording:
    """Records entry points, and what their registrations say of them."""

    def __init__(self, bench: Workbench, routes: Routes) -> None:
        self.bench = bench
        self.picker = bench.picker
        self.routes = routes
        self.signals = SignalReceivers(bench, routes)
        self._following: list[tuple[str, EntryPoint, Handler, Given]] = []

    def record(
        self,
        library: str,
        rule: EntryPoint,
        handler: Handler,
        given: Given,
        line: int,
        confidence: float,
        evidence: str,
        own_name: str = "",
    ) -> None:
        """Record the handler's entry points, unless the rule turns out not to apply to it."""
        if rule.when is not None and not self._applies(rule, rule.when, given):
            return
        rule = self._as_socket(rule, handler)
        listens = listened_channels(self.bench, rule, given)
        sure, evidence = self._certainty(rule, handler, given, confidence, evidence)
        for detail, names in self._details(rule, handler, given, own_name):
            entry = Found(
                id="",
                kind=rule.kind,
                framework=rule.framework or self._framework(library, given),
                unit=handler.unit,
                line=handler.line,
                receiver=handler.cls.id if handler.cls is not None else "",
                detail=detail,
                retry=retry_policy(self.bench, rule.retry, given),
                timeout=self.picker.number(rule.timeout, given),
                names=names,
                listens=listens,
                hears_below=rule.kind == "signal" and self.signals.hears_below(rule, given),
                given=1 if self.bench.is_bound(given.call) else 0,
                confidence=sure,
                evidence=f"{evidence} {given.scope.module.path}:{line}",
            )
            self.bench.found.entry(entry)
        if rule.success is not None or rule.failure is not None:
            self._following.append((library, rule, handler, given))

    def _as_socket(self, rule: EntryPoint, handler: Handler) -> EntryPoint:
        """The rule, for a websocket where the handler itself speaks over one."""
        if rule.socket is None or not self.routes.is_socket(rule.socket, handler):
            return rule
        detail = msgspec.structs.replace(rule.detail, methods=None)
        return msgspec.structs.replace(rule, kind="websocket", detail=detail)

    def _framework(self, library: str, given: Given) -> str:
        """The library of the object that registers, where its class extends another library's: Quart's Flask."""
        for value in given.receivers:
            levels = value.cls.mro if isinstance(value, InstanceValue) else ()
            top = next((level.path.partition(".")[0] for level in levels if not level.is_project), "")
            if top in self.bench.catalog.libraries:
                return top
        return library

    def _certainty(
        self, rule: EntryPoint, handler: Handler, given: Given, confidence: float, evidence: str
    ) -> tuple[float, str]:
        """How sure the entry point is, and the words for why."""
        sure = confidence * handler.confidence
        if self.routes.is_unmounted(rule, handler, given):
            sure, evidence = min(sure, _UNMOUNTED), f"{evidence}, in no application that is seen"
        if any(_is_guess(value) for value in given.receivers):
            sure, evidence = min(sure, _GUESSED), f"{evidence}, by the class's name"
        return sure, evidence

    def join_following(self) -> None:
        """Join what runs afterwards, which may be named by an entry point that is found last."""
        for library, rule, handler, given in self._following:
            self._afterwards(library, rule.success, "success", handler, given)
            self._afterwards(library, rule.failure, "failure", handler, given)

    def _afterwards(
        self, library: str, pick: Pick | None, moment: Literal["success", "failure"], handler: Handler, given: Given
    ) -> None:
        """What the registration says shall run after the handler."""
        if pick is None:
            return
        values = tuple(item for value in self.picker.values(pick, given) for item in self.bench.contexts.flat(value))
        units = [function.id for function in self.bench.handlers.functions(values, given.scope.module)]
        names = [] if units else self.picker.texts(pick, given)
        units += [e.unit for e in self.bench.found.entry_points.values() if e.kind == "task" and {*names} & {*e.names}]
        tasks = {e.unit for e in self.bench.found.entry_points.values() if e.kind == "task"}
        for order, unit in enumerate(dict.fromkeys(units), 1):
            if unit in tasks:
                self._sent(library, handler, unit, moment)
                continue
            self.bench.found.hook(
                HookEdge(
                    unit=handler.unit,
                    number=None,
                    line=handler.line,
                    target=unit,
                    order=order,
                    library=library,
                    moment=moment,
                    confidence=_FOLLOWS,
                    evidence=f"runs after {moment}",
                )
            )

    def _sent(self, library: str, handler: Handler, task: str, moment: Literal["success", "failure"]) -> None:
        """A task that follows gets a message of its own: it runs apart, with its own tries."""
        self.bench.found.dispatch(
            Dispatch(
                unit=handler.unit,
                number=RETURNED,
                line=handler.line,
                edge="dispatch",
                library=library,
                targets=(task,),
                outcome=moment,
                confidence=_FOLLOWS,
                evidence=f"runs after {moment}",
            )
        )

    def _applies(self, rule: EntryPoint, when: Pick, given: Given) -> bool:
        """Whether the rule's condition holds; a channel that is given but not known counts."""
        is_given = bool(rule.medium) and self.picker.expression(when, given.call) is not None
        return is_given or bool(self.picker.values(when, given))

    def _details(
        self, rule: EntryPoint, handler: Handler, given: Given, own_name: str
    ) -> list[tuple[TriggerDetail, tuple[str, ...]]]:
        spec = rule.detail
        if rule.kind == "http" or (rule.kind == "websocket" and spec.path is not None):
            return self.routes.details(rule, spec, handler, given)
        if rule.kind == "signal":
            return self.signals.details(spec, given)
        listened = words(listened_channels(self.bench, rule, given))
        in_queue = spec.queue is not None and spec.topic is None
        detail = TriggerDetail(
            name=own_name or self._named(spec.name, given) or None,
            schedule=self._joined(spec.schedule, given) or None,
            queue=(listened if in_queue and listened else self._joined(spec.queue, given)) or None,
            topic=("" if in_queue else listened or self._joined(spec.topic, given)) or None,
            command=self._joined(spec.command, given) or None,
        )
        names = [detail.name, detail.command] if rule.kind != "schedule" else []
        if handler.function is not None:
            names.append(f"{handler.function.module.name}.{handler.function.record.qualname}")
        return [(detail, tuple(dict.fromkeys(name for name in names if name)))]

    def _named(self, pick: Pick | str | None, given: Given) -> str:
        """The name, below that of the router of tasks or consumers that it is registered on."""
        name = self._joined(pick, given)
        return self.bench.routers.of_channels(given.receivers)[0] + name if name else ""

    def _joined(self, pick: Pick | str | None, given: Given) -> str:
        texts = self.picker.texts(pick, given)
        return texts[0] if texts else ""


def _is_guess(value: Value) -> bool:
    return isinstance(value, InstanceValue) and any(level.is_guess for level in value.cls.mro)
