"""Applies the catalog's entry point rules: decorators, registering calls, subclasses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick, paths_of
from discover.facts import records as ir
from discover.frameworks.brokers.listening import each_keyword
from discover.frameworks.entry_points.recording import Recording
from discover.frameworks.entry_points.tables import rows
from discover.frameworks.reading.branches import Guard, guards_in, is_left_out
from discover.frameworks.records import EntryPoint as Found
from discover.frameworks.records import Problem
from discover.frameworks.routing.routes import Routes, methods_of
from discover.frameworks.routing.wrapped_views import Wrapped
from discover.frameworks.rules.applied import applications
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.given_methods import asked_method, receivers_given
from discover.frameworks.rules.handed_decorators import decorated_through
from discover.frameworks.rules.handlers import Handler
from discover.frameworks.rules.made_closures import handlers_behind
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Class, Function
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ContainerValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.catalog.spec import Detail, EntryPoint
    from discover.frameworks.reading.contexts import Frame
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.symbols import Scope

Place = tuple[Function, int]
"""A function and the number of a call in it."""

_RUNNERS = frozenset({"apply_async", "apply", "submit", "spawn", "run_in_executor", "create_task"})
"""Methods of pools and loops that run the function which they are given."""


class Registrations:
    """Turns rules and the places where they apply into entry points."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self.routes = Routes(bench)
        self._calling = {path for _, rule in bench.catalog.entry_points for path in paths_of(rule.call)}
        """What registers when it is called, whatever else it may decorate."""
        self.recording = Recording(bench, self.routes)
        self._around = Wrapped()
        self._told: set[Place] = set()
        """Calls of the project's own functions of which it is told, where those register, what route they make."""
        self._guards: dict[Function, dict[int, tuple[Guard, ...]]] = {}
        """The tests that the calls of a function stand behind."""

    def apply(self) -> None:
        """Apply every rule of the catalog."""
        for library, rule in self.bench.catalog.entry_points:
            if rule.decorator is not None:
                for decoration, receiver in self.bench.index.decorations(rule.decorator):
                    self._decorated(library, rule, decoration, receiver)
                self._applied_in_code(library, rule)
            elif rule.call is not None:
                # What a project's override hands on to the library's method is told there, as the override has it.
                for match in sorted(self.bench.index.calls(rule.call), key=_is_by_override):
                    if rule.each_keyword:
                        self._keywords(library, rule, match.site, match.receivers)
                    elif rule.served_by:
                        self._served(library, rule, match.site, match.receivers)
                    elif rule.handler is not None:
                        self._called(library, rule, rule.handler, match)
            elif rule.subclass is not None:
                self._subclassed(library, rule)
            elif rule.table is not None:
                self._tabled(library, rule)
        self._assigned()
        self._around.tell(self.bench.found)
        self.recording.join_following()

    # --- the ways to register ------------------------------------------------------------------------------------

    def _decorated(self, library: str, rule: EntryPoint, decoration: Decoration, receiver: Value | None) -> None:
        definition = decoration.definition
        if isinstance(definition, Function):
            owner = definition.owner
            handlers = [Handler(definition, cls) for cls in self.routes.serving(rule, owner)]
        else:
            handlers = self.bench.handlers.methods(definition, methods_of(rule))
            owner = definition
        call, scope = decoration.call, decoration.scope
        for handler in handlers:
            given = Given(
                call,
                scope,
                None,
                (receiver,) if receiver is not None else NOTHING,
                handler.function,
                self._options_owner(rule, call, scope, owner),
            )
            self.recording.record(library, rule, handler, given, decoration.line, 1.0, "decorator")

    def _applied_in_code(self, library: str, rule: EntryPoint) -> None:
        for match in self.bench.index.calls(rule.decorator):
            if self.bench.is_decorator(match.site):
                continue
            is_applied = any(
                isinstance(value, FunctionValue) for values in match.site.arguments[:1] for value in values
            )
            if not is_applied and self._handed_back(library, rule, match):
                continue
            if match.path in self._calling and self.bench.call_of_result(match.site) is None:
                continue
            for given, function in applications(self.bench, match, [*_picks(rule.detail), rule.when]):
                handler = Handler(function, function.owner)
                self.recording.record(library, rule, handler, given, match.site.line, 0.9, "decorator called in code")

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
                self.recording.record(library, rule, handler, given, user.line, 0.9, "decorator handed back")
        return found

    def _called(self, library: str, rule: EntryPoint, handler: Pick, match: Match) -> None:
        if _is_by_override(match) and (match.site.function, match.site.call.number) in self._told:
            return
        picks = [handler, *_picks(rule.detail), rule.exchange, rule.key]
        handed = _handed(handler, match.site)
        picks += [handed] if handed is not None else []
        for given in self.bench.seen(match.site, picks, match.receivers, asked_method(match)):
            receivers = receivers_given(self.bench, match, given.frame)
            if receivers is None or self._is_left_out(match.site, given):
                continue
            given.receivers = receivers
            for spread in self.picker.spreads(given) or [None]:
                given.spread = spread
                self._called_once(library, rule, handed or handler, match.site, given)

    def _is_left_out(self, site: CallSite, given: Given) -> bool:
        """Whether the caller does not come to the call: `if self.prefix: super().add(self.prefix + rule)`."""
        if given.frame is None or given.frame.function is not site.function:
            return False
        seen = partial(self.bench.contexts.values, site.function, frame=given.frame)
        if site.function not in self._guards:
            self._guards[site.function] = dict(guards_in(site.function.record.body))
        tests = self._guards[site.function].get(site.call.number, ())
        return is_left_out(self.bench.contexts, given.frame, tests, seen)

    def _keywords(self, library: str, rule: EntryPoint, site: CallSite, receivers: Values) -> None:
        """`subscribe(**{"orders": handle})`: one entry point for each keyword."""
        given = Given(site.call, site.function, None, receivers)
        for name, values in each_keyword(self.program, site):
            named = msgspec.structs.replace(rule, detail=msgspec.structs.replace(rule.detail, topic=name))
            for handler in self.bench.handlers.find(values, methods_of(rule), site.function.module):
                given.handler = handler.function
                self.recording.record(library, named, handler, given, site.line, 0.95, "registering call")

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

    def _called_once(self, library: str, rule: EntryPoint, place: Pick, site: CallSite, given: Given) -> None:
        values = self._opened(self.picker.values(place, given))
        methods = methods_of(rule, self.routes.suffix(rule, given))
        expression = self.picker.expression(place, given.call)
        behind, ruled_out = self.bench.closures.look(given.scope, expression, given.frame)
        handlers = handlers_behind(self.bench.found, library, behind)
        values = tuple(v for v in values if not isinstance(v, FunctionValue) or v.function not in ruled_out)
        handlers = handlers or self._in_wrapper(expression, given, values, methods)
        handlers = handlers or self.bench.handlers.find(values, methods, site.function.module)
        for handler in handlers if rule.kind == "http" else ():
            self._around.note(library, handler, next(iter(self.picker.texts(rule.detail.path, given)), ""))
        if handlers and rule.kind == "http":
            self._told.update(_calls_of(given.frame))
        for handler in handlers:
            given.handler = handler.function
            given.owner = handler.cls
            confidence = 0.95 if given.frame is None else 0.9
            self.recording.record(library, rule, handler, given, site.line, confidence, "registering call")
        if not handlers and not _foreign(values) and self._may_hide(rule, place, given, values):
            what = f"{rule.kind} registered"
            self.bench.found.problem(
                Problem(unit=site.function.id, line=site.line, what=what, reason="handler not known")
            )

    def _in_wrapper(
        self, expression: ir.Expr | None, given: Given, values: Values, methods: list[str]
    ) -> list[Handler]:
        """The methods of a class's view that a wrapper of the project is given: `counted(Show.as_view("show"))`."""
        site = given.scope.unit.sites.get(expression.number) if isinstance(expression, ir.Call) else None
        wrappers = self.bench.handlers.wrappers(values) if site is not None and site.targets else []
        views = [v for each in site.arguments for v in each if isinstance(v, InstanceValue)] if site is not None else []
        classes = self.bench.handlers.classes(tuple(v for v in views if not v.cls.is_project)) if wrappers else []
        handlers = [handler for cls in classes for handler in self.bench.handlers.methods(cls, methods)]
        for handler in handlers:
            handler.around = tuple(wrappers)
        return handlers

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

    def _may_hide(self, rule: EntryPoint, place: Pick, given: Given, values: Values) -> bool:
        """Whether a handler that was not found may be a function of the project: something was given, and no object."""
        call = given.call
        is_asked = rule.kind == "hook" or rule.method is not None
        if call is None or (is_asked and any(isinstance(v, InstanceValue) for v in values)):
            return False
        expression = self.picker.expression(place, call)
        if expression is None:
            return any(isinstance(a, ir.Starred) for a in call.arguments) or any(k.name is None for k in call.keywords)
        is_empty = isinstance(expression, ir.Sequence) and not expression.items
        return not (is_empty or (isinstance(expression, ir.Constant) and expression.value is None))

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
                            self.recording.record(library, rule, handler, given, target.line, 0.95, "set attribute")

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
                given = Given(_class_call(cls), cls.module.body, None, NOTHING, method, cls)
                self.recording.record(library, rule, Handler(method, cls), given, cls.record.line, 0.95, "subclass")

    def _tabled(self, library: str, rule: EntryPoint) -> None:
        for row in rows(self.bench, rule):
            for handler in self.bench.handlers.find(row.values, methods_of(rule), row.scope.module):
                given = Given(None, row.scope, None, NOTHING, handler.function, row.owner)
                self.recording.record(library, rule, handler, given, row.line, 0.95, "table", row.name)

    def _options_owner(self, rule: EntryPoint, call: ir.Call | None, scope: Scope, owner: Class | None) -> Class | None:
        """The class whose attributes hold options: a task's `base=`, else the class around the handler."""
        if rule.kind == "task" and call is not None:
            for keyword in call.keywords:
                if keyword.name == "base":
                    classes = self.bench.handlers.classes(self.program.values_of(scope, keyword.value))
                    return classes[0] if classes else owner
        return owner


def _is_by_override(match: Match) -> bool:
    """Whether the call runs a project's method that overrides the library's."""
    return all(external.path != match.path for external in match.site.externals)


def _calls_of(frame: Frame | None) -> Iterator[Place]:
    """The calls by which a frame is reached."""
    while frame is not None:
        if frame.site is not None:
            yield frame.site.function, frame.site.call.number
        frame = frame.outer


def _class_call(cls: Class) -> ir.Call | None:
    """The options that stand in the class statement, as its base class is given them: `class Orders(View, uri="/")`."""
    record = cls.record
    if not record.keywords or not record.bases:
        return None
    return ir.Call(-1, record.line, record.line, record.bases[0], [], record.keywords)


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
