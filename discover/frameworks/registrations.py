"""Applies the catalog's entry point rules: decorators, registering calls, subclasses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from discover.catalog.spec import Pick, paths_of
from discover.facts import records as ir
from discover.frameworks.applied import applications
from discover.frameworks.channels import words
from discover.frameworks.handed_decorators import decorated_through
from discover.frameworks.handlers import Handler
from discover.frameworks.listening import each_keyword, listened_channels
from discover.frameworks.picks import Given
from discover.frameworks.records import EntryPoint as Found
from discover.frameworks.records import HookEdge, Problem
from discover.frameworks.routers import site_keys
from discover.frameworks.routes import Routes, is_excluded, methods_of
from discover.frameworks.sender_guards import accepted_senders
from discover.frameworks.signals import event_keys, identify
from discover.frameworks.tables import rows
from discover.model import RetryPolicy, TriggerDetail
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Class, Function
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.catalog.spec import Detail, EntryPoint, Retry
    from discover.frameworks.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Scope

UNKNOWN_SENDER = "{}"
"""Of a receiver that wants one sender which is not known: it hears nothing that can be told."""
_UNMOUNTED = 0.6
"""How sure a route is that nothing seen hands to an application."""
_RUNNERS = frozenset({"apply_async", "apply", "submit", "spawn", "run_in_executor", "create_task"})
"""Methods of pools and loops that run the function which they are given."""
_GUESSED = 0.7
"""How sure an entry point is whose registering object is of a class that is known by its name alone."""


class Registrations:
    """Turns rules and the places where they apply into entry points."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self.routes = Routes(bench)
        self._calling = {path for _, rule in bench.catalog.entry_points for path in paths_of(rule.call)}
        """What registers when it is called, whatever else it may decorate."""
        self._following: list[tuple[str, EntryPoint, Handler, Given]] = []

    def apply(self) -> None:
        """Apply every rule of the catalog."""
        for library, rule in self.bench.catalog.entry_points:
            if rule.decorator is not None:
                for decoration, receiver in self.bench.index.decorations(rule.decorator):
                    self._decorated(library, rule, decoration, receiver)
                self._applied_in_code(library, rule)
            elif rule.call is not None:
                for match in self.bench.index.calls(rule.call):
                    if rule.each_keyword:
                        self._keywords(library, rule, match.site, match.receivers)
                        continue
                    if rule.served_by:
                        self._served(library, rule, match.site, match.receivers)
                        continue
                    self._called(library, rule, match.site, match.receivers)
            elif rule.subclass is not None:
                self._subclassed(library, rule)
            elif rule.table is not None:
                self._tabled(library, rule)
        self._assigned()
        self._join_following()

    # --- the ways to register ------------------------------------------------------------------------------------

    def _decorated(self, library: str, rule: EntryPoint, decoration: Decoration, receiver: Value | None) -> None:
        definition = decoration.definition
        if isinstance(definition, Function):
            owner = definition.owner
            handlers = [Handler(definition, cls) for cls in self.routes.serving(rule, owner)]
            scope = owner or definition.outer or definition.module.body
        else:
            handlers = self.bench.handlers.methods(definition, methods_of(rule))
            owner = definition
            scope = definition.outer or definition.module.body
        call = decoration.call
        for handler in handlers:
            given = Given(
                call,
                scope,
                None,
                (receiver,) if receiver is not None else NOTHING,
                handler.function,
                self._options_owner(rule, call, scope, owner),
            )
            self._record(library, rule, handler, given, decoration.line, 1.0, "decorator")

    def _applied_in_code(self, library: str, rule: EntryPoint) -> None:
        for match in self.bench.index.calls(rule.decorator):
            if self.bench.is_decorator(match.site):
                continue
            if self._handed_back(library, rule, match):
                continue
            if match.path in self._calling and self.bench.call_of_result(match.site) is None:
                continue
            for given, function in applications(self.bench, match, [*_picks(rule.detail), rule.when]):
                handler = Handler(function, function.owner)
                self._record(library, rule, handler, given, match.site.line, 0.9, "decorator called in code")

    def _handed_back(self, library: str, rule: EntryPoint, match: Match) -> bool:
        """Whether the call makes a decorator that its function hands back; then what that decorates is registered."""
        site, found = match.site, False
        for user, frame in decorated_through(self.bench, site):
            found = True
            if isinstance(user, CallSite):
                handlers = [
                    Handler(function, function.owner)
                    for values in user.arguments[:1]
                    for function in self.bench.handlers.functions(values, user.function.module)
                ]
            elif isinstance(user.definition, Function):
                handlers = [Handler(user.definition, user.definition.owner)]
            else:
                handlers = self.bench.handlers.methods(user.definition, methods_of(rule))
            for handler in handlers:
                given = Given(site.call, site.function, frame, match.receivers, handler.function, handler.cls)
                self._record(library, rule, handler, given, user.line, 0.9, "decorator handed back")
        return found

    def _called(self, library: str, rule: EntryPoint, site: CallSite, receivers: Values) -> None:
        assert rule.handler is not None
        picks = [rule.handler, *_picks(rule.detail), rule.exchange, rule.key] if rule.detail else [rule.handler]
        handed = _handed(rule.handler, site)
        picks += [handed] if handed is not None else []
        for given in self.bench.seen(site, picks, receivers):
            for spread in self.picker.spreads(given) or [None]:
                given.spread = spread
                self._called_once(library, rule, site, given)

    def _keywords(self, library: str, rule: EntryPoint, site: CallSite, receivers: Values) -> None:
        """`subscribe(**{"orders": handle})`: one entry point for each keyword."""
        given = Given(site.call, site.function, None, receivers)
        for name, values in each_keyword(self.program, site):
            named = msgspec.structs.replace(rule, detail=msgspec.structs.replace(rule.detail, topic=name))
            for handler in self.bench.handlers.find(values, methods_of(rule), site.function.module):
                given.handler = handler.function
                self._record(library, named, handler, given, site.line, 0.95, "registering call")

    def _served(self, library: str, rule: EntryPoint, site: CallSite, receivers: Values) -> None:
        """A route that the library itself answers: no unit of the project runs."""
        given = Given(site.call, site.function, None, receivers)
        if not self.picker.texts(rule.detail.path, given):
            return
        for detail, _ in self.routes.details(rule, rule.detail, Handler(None, None), given):
            self.bench.found.entry(
                Found(
                    id="",
                    kind=rule.kind,
                    framework=rule.framework or library,
                    unit=rule.served_by,
                    line=site.line,
                    detail=detail,
                    confidence=0.95,
                    evidence=f"registering call {site.function.module.path}:{site.line}",
                )
            )

    def _called_once(self, library: str, rule: EntryPoint, site: CallSite, given: Given) -> None:
        assert rule.handler is not None
        handed = _handed(rule.handler, site)
        values = self._opened(self.picker.values(handed or rule.handler, given))
        methods = methods_of(rule, self.routes.suffix(rule, given))
        handlers = self.bench.handlers.find(values, methods, site.function.module)
        for handler in handlers:
            given.handler = handler.function
            given.owner = handler.cls
            confidence = 0.95 if given.frame is None else 0.9
            self._record(library, rule, handler, given, site.line, confidence, "registering call")
        if not handlers and not _foreign(values) and self._may_hide(rule, given, values):
            what = f"{rule.kind} registered"
            self.bench.found.problem(
                Problem(unit=site.function.id, line=site.line, what=what, reason="handler not known")
            )

    def _opened(self, values: Values) -> Values:
        """`middleware=[A(), B]`, `exception_handlers={ValueError: handle}`: what the list or the mapping holds."""
        found: Values = NOTHING
        for value in values:
            if isinstance(value, ContainerValue) and value.kind == "dict":
                for slot in value.items.values():
                    found = join(found, slot.values)
                found = join(found, value.element.values)
            elif isinstance(value, ContainerValue):
                found = join(found, self.program.elements_of((value,)))
            else:
                found = join(found, (value,))
        return found

    def _may_hide(self, rule: EntryPoint, given: Given, values: Values) -> bool:
        """Whether a handler that was not found may be a function of the project: something was given, and no object."""
        assert rule.handler is not None
        call = given.call
        if call is None or (rule.kind == "hook" and any(isinstance(v, InstanceValue) for v in values)):
            return False
        expression = self.picker.expression(rule.handler, call)
        if expression is None:
            return any(isinstance(a, ir.Starred) for a in call.arguments) or any(k.name is None for k in call.keywords)
        return not (isinstance(expression, ir.Constant) and expression.value is None)

    def _assigned(self) -> None:
        """`client.on_message = handle`: setting a library's attribute registers."""
        rules = [
            (library, rule, path.rpartition(".")[0], path.rpartition(".")[2])
            for library, rule in self.bench.catalog.entry_points
            for path in paths_of(rule.assigns)
        ]
        names = {name for *_, name in rules}
        for function in self.program.all_functions if rules else ():
            for target, value in self.bench.contexts.attributes_set(function, names):
                objects = self.program.values_of(function, target.value)
                above = {level.path for o in objects if isinstance(o, InstanceValue) for level in o.cls.mro}
                above |= {o.path.removesuffix("()") for o in objects if isinstance(o, ExternalValue)}
                values = self._opened(self.program.values_of(function, value))
                for library, rule, path, name in rules:
                    if name == target.name and path in above:
                        for handler in self.bench.handlers.find(values, methods_of(rule), function.module):
                            at = ir.Call(-1, target.line, target.line, target, [], [])
                            given = Given(at, function, None, objects, handler.function, handler.cls)
                            self._record(library, rule, handler, given, target.line, 0.95, "set attribute")

    def _subclassed(self, library: str, rule: EntryPoint) -> None:
        paths = [rule.subclass] if isinstance(rule.subclass, str) else list(rule.subclass or ())
        seen: dict[Class, None] = {}
        for path in paths:
            seen.update(dict.fromkeys(self.program.subclasses_of(path)))
        for cls in seen:
            if self.bench.is_abstract(cls):
                continue
            for name in methods_of(rule):
                method = self.program.find_method(cls, name)
                if method is None or not method.is_project:
                    continue
                given = Given(None, cls.module.body, None, NOTHING, method, cls)
                self._record(library, rule, Handler(method, cls), given, cls.record.line, 0.95, "subclass")

    def _tabled(self, library: str, rule: EntryPoint) -> None:
        for row in rows(self.bench, rule):
            for handler in self.bench.handlers.find(row.values, methods_of(rule), row.scope.module):
                given = Given(None, row.scope, None, NOTHING, handler.function, row.owner)
                self._record(library, rule, handler, given, row.line, 0.95, "table", row.name)

    # --- one entry point ------------------------------------------------------------------------------------------

    def _record(
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
        if rule.when is not None and not self._applies(rule, rule.when, given):
            return
        if rule.socket is not None and self.routes.is_socket(rule.socket, handler):
            detail = msgspec.structs.replace(rule.detail, methods=None)
            rule = msgspec.structs.replace(rule, kind="websocket", detail=detail)
        framework = rule.framework or self._framework(library, given)
        place = f"{given.scope.module.path}:{line}"
        listens = listened_channels(self.bench, rule, given)
        if is_excluded(rule, handler):
            return
        sure, evidence = self._certainty(rule, handler, given, confidence, evidence)
        for detail, names in self._details(rule, handler, given, own_name):
            entry = Found(
                id="",
                kind=rule.kind,
                framework=framework,
                unit=handler.unit,
                line=handler.line,
                receiver=handler.cls.id if handler.cls is not None else "",
                detail=detail,
                retry=self._retry(rule.retry, given),
                timeout=self.picker.number(rule.timeout, given),
                names=names,
                listens=listens,
                hears_below=rule.kind == "signal" and self._hears_below(rule, given),
                given=1 if self.bench.is_bound(given.call) else 0,
                confidence=sure,
                evidence=f"{evidence} {place}",
            )
            self.bench.found.entry(entry)
        if rule.success is not None or rule.failure is not None:
            self._following.append((library, rule, handler, given))

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

    def _join_following(self) -> None:
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
        values = tuple(item for value in self.picker.values(pick, given) for item in self._flat(value))
        units = [function.id for function in self.bench.handlers.functions(values, given.scope.module)]
        names = [] if units else self.picker.texts(pick, given)
        units += [e.unit for e in self.bench.found.entry_points.values() if e.kind == "task" and {*names} & {*e.names}]
        for order, unit in enumerate(dict.fromkeys(units), 1):
            self.bench.found.hook(
                HookEdge(
                    unit=handler.unit,
                    number=None,
                    line=handler.line,
                    target=unit,
                    order=order,
                    library=library,
                    moment=moment,
                    confidence=0.95,
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
            return self._signals(spec, given)
        listened = words(listened_channels(self.bench, rule, given))
        in_queue = spec.queue is not None and spec.topic is None
        detail = TriggerDetail(
            name=own_name or self._joined(spec.name, given) or None,
            schedule=self._joined(spec.schedule, given) or None,
            queue=(listened if in_queue and listened else self._joined(spec.queue, given)) or None,
            topic=("" if in_queue else listened or self._joined(spec.topic, given)) or None,
            command=self._joined(spec.command, given) or None,
        )
        names = [detail.name, detail.command] if rule.kind != "schedule" else []
        if handler.function is not None:
            names.append(f"{handler.function.module.name}.{handler.function.record.qualname}")
        return [(detail, tuple(dict.fromkeys(name for name in names if name)))]

    def _signals(self, spec: Detail, given: Given) -> list[tuple[TriggerDetail, tuple[str, ...]]]:
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
        flat = [item for value in values for item in self._flat(value)]
        found = identify(self.program, tuple(flat))
        if not found:
            named = [event_keys(self.program, value) for value in flat]
            found = [(keys[0], keys[0]) for keys in named if keys]
        if not found:
            texts = self.picker.texts(pick, given)
            found = [(text, text) for text in texts]
        return found

    def _senders(self, pick: Pick | str | None, given: Given) -> list[str]:
        if not isinstance(pick, Pick):
            return []
        if pick.receiver == "class" and not given.receivers and given.owner is not None:
            return [given.owner.id]
        found: list[str] = []
        values = self.picker.values(pick, given)
        expression = self.picker.expression(pick, given.call)
        if not values and isinstance(expression, ir.Attribute):
            values = self.program.setting(expression.name)
        for value in [item for one in values for item in self._flat(one)]:
            if isinstance(value, ClassValue | InstanceValue):
                found.append(value.cls.id)
            elif isinstance(value, ExternalValue):
                if value.path in paths_of(pick.anything):
                    return []
                found.append(value.path)
            elif isinstance(value, ConstantValue) and isinstance(value.value, str) and value.value.count(".") == 1:
                labelled = self.program.engine.class_by_label(value.value)
                found += [one.cls.id for one in labelled if isinstance(one, ClassValue | InstanceValue)]
        found = found or [text for text in self.picker.texts(pick, given) if text]
        is_open = not found and not values and expression is not None and not isinstance(expression, ir.Constant)
        return [UNKNOWN_SENDER] if is_open else found

    def _hears_below(self, rule: EntryPoint, given: Given) -> bool:
        """Whether classes below the sender's are heard: by the library's rule, or as the receiver itself tests it."""
        pick = rule.hears_below
        if isinstance(pick, Pick):
            return any(isinstance(v, ConstantValue) and v.value is True for v in self.picker.values(pick, given))
        return pick or not self._senders(rule.detail.sender, given)

    def _flat(self, value: Value) -> list[Value]:
        """The items of a list; anything else as it is."""
        if not isinstance(value, ContainerValue):
            return [value]
        return [inner for item in self.bench.contexts.split((value,)) for inner in item]

    def _joined(self, pick: Pick | str | None, given: Given) -> str:
        texts = self.picker.texts(pick, given)
        return texts[0] if texts else ""

    def _retry(self, rule: Retry | None, given: Given) -> RetryPolicy | None:
        if rule is None:
            return None
        attempts = self.picker.number(rule.attempts, given)
        policy = RetryPolicy(
            attempts=int(attempts) if attempts is not None else None,
            delay=self.picker.number(rule.delay, given),
            backoff=self.picker.number(rule.backoff, given),
            max_delay=self.picker.number(rule.max_delay, given),
            on=tuple(self._exceptions(rule.on, given)),
        )
        return None if policy == RetryPolicy() else msgspec.structs.replace(policy, backoff=_factor(policy.backoff))

    def _exceptions(self, pick: Pick | str | None, given: Given) -> list[str]:
        if not isinstance(pick, Pick):
            return [pick] if pick else []
        found: list[str] = []
        for value in self.picker.values(pick, given):
            for one in self._flat(value):
                if isinstance(one, ClassValue):
                    found.append(one.cls.record.name)
                elif isinstance(one, ExternalValue):
                    found.append(one.path.rpartition(".")[2])
        return list(dict.fromkeys(found))

    def _options_owner(self, rule: EntryPoint, call: ir.Call | None, scope: Scope, owner: Class | None) -> Class | None:
        """The class whose attributes hold options: a task's `base=`, else the class around the handler."""
        if rule.kind == "task" and call is not None:
            for keyword in call.keywords:
                if keyword.name == "base":
                    classes = self.bench.handlers.classes(self.program.values_of(scope, keyword.value))
                    return classes[0] if classes else owner
        return owner


def _factor(backoff: float | None) -> float | None:
    """A library's backoff switch or seconds: growth is by two unless said otherwise."""
    if backoff is None or not backoff:
        return None
    return 2.0


def _is_guess(value: Value) -> bool:
    return isinstance(value, InstanceValue) and any(level.is_guess for level in value.cls.mro)


def _foreign(values: Values) -> bool:
    return any(
        isinstance(v, ExternalValue)
        or (isinstance(v, ClassValue) and not v.cls.is_project)
        or (isinstance(v, FunctionValue) and v.receiver is None and not v.function.is_project)
        for v in values
    )


def _picks(detail: Detail) -> list[Pick | None]:
    found: list[Pick | None] = []
    for name in ("path", "methods", "name", "schedule", "signal", "sender", "queue", "topic", "command"):
        pick = getattr(detail, name)
        if isinstance(pick, Pick):
            found.append(pick)
    return found


def _handed(handler: Pick, site: CallSite) -> Pick | None:
    """Where the function stands that a library's own method will run: the `f` of `job.do(pool.apply_async, f)`."""
    place = handler.argument
    if place is None or place + 1 >= len(site.arguments) or handler.keyword is None:
        return None
    runners = [v for v in site.arguments[place] if isinstance(v, FunctionValue | ExternalValue)]
    names = {v.function.record.name if isinstance(v, FunctionValue) else v.path.rpartition(".")[2] for v in runners}
    is_library = all(not isinstance(v, FunctionValue) or not v.function.is_project for v in runners)
    return Pick(argument=place + 1) if runners and is_library and names <= _RUNNERS else None
