"""Applies the catalog's dispatch, callback, emission and hook rules to every call site."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from discover.catalog import spec
from discover.facts import records as ir
from discover.frameworks.brokers.dead_letters import set_aside
from discover.frameworks.brokers.publishing import applies, bind, publish, publish_returned
from discover.frameworks.handing_over.hooking import Hooking
from discover.frameworks.handing_over.lookups import Lookups
from discover.frameworks.handing_over.sending import Sending
from discover.frameworks.reading.arguments import travelling
from discover.frameworks.reading.passing import Passages
from discover.frameworks.reading.render import render
from discover.frameworks.reading.schedules import duration_of
from discover.frameworks.reading.setting_names import setting_name
from discover.frameworks.records import Callback, Dispatch, EntryPoint
from discover.frameworks.rules.given import Given
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    SuperValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discover.frameworks.reading.frames import Frame
    from discover.frameworks.reading.passing import Passage
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.selections import Selection
    from discover.resolve.symbols import Function


_LOOSE = 0.6
"""How sure a hand-over is whose object is not known, and whose name is a task's."""
_NAMES = ("name", "actor_name", "task_name", "func_name")
_AGAIN = 40
_AGAIN_DEPTH = 4
"""A function that asks for another try belongs to the tasks that many calls away, when they are not more."""


class Dispatching:
    """Needs all entry points, since names and signals are joined with them."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self._by_name: dict[str, list[EntryPoint]] = {}
        self._sending = Sending(bench)
        self._hooking = Hooking(bench)
        self._passages = Passages(bench.contexts)
        self._lookups = Lookups(bench)
        self._planned: set[tuple[Function, int]] | None = None
        self._tasks = {entry.unit for entry in bench.found.entry_points.values() if entry.kind == "task"}
        for entry in bench.found.entry_points.values():
            for name in entry.names if entry.kind != "signal" else ():
                self._by_name.setdefault(name, []).append(entry)

    def apply(self) -> None:
        """Apply every rule of the catalog."""
        for library, rule in self.bench.catalog.dispatches:
            for decoration, receiver in self.bench.index.decorations(rule.decorator):
                publish_returned(self.bench, library, rule, decoration, receiver)
            for match in self.bench.index.calls(rule.call):
                if rule.when is not None and not applies(self.bench, rule, rule.when, match):
                    continue
                if rule.edge == "signal":
                    self._sending.send(library, rule, match)
                elif rule.medium:
                    publish(self.bench, library, rule, match)
                elif rule.again:
                    self._again(library, rule, match)
                else:
                    self._dispatch(library, rule, match)
            for match in self.bench.index.unknown(rule.methods) if rule.methods else ():
                self._by_method(library, rule, match)
        for _, binding in self.bench.catalog.bindings:
            for match in self.bench.index.calls(binding.call):
                bind(self.bench, binding, match)
        for _, dead_letter in self.bench.catalog.dead_letters:
            for match in self.bench.index.calls(dead_letter.call):
                set_aside(self.bench, dead_letter, match)
        sending = frozenset(path for _, emit in self.bench.catalog.emits for path in spec.paths_of(emit.call))
        for library, emit in self.bench.catalog.emits:
            if self._sending.has_receiver(emit.signals):
                for match in self.bench.index.calls(emit.call) + self.bench.index.calls_of_decorated(emit.decorated):
                    if not self.bench.index.is_shadowed(match, sending):
                        self._sending.emit(library, emit, match)
        for library, callback in self.bench.catalog.callbacks:
            for match in self.bench.index.calls(callback.call):
                self._callback(library, callback, match)
        for library, hook in self.bench.catalog.hooks:
            if hook.call is not None:
                for match in self.bench.index.calls(hook.call):
                    self._hooking.of_call(library, hook, match)
                for read in self.bench.index.reads(hook.call):
                    self._hooking.of_read(library, hook, read)
            elif hook.decorator is not None:
                for decoration, receiver in self.bench.index.decorations(hook.decorator):
                    self._hooking.of_decoration(library, hook, decoration, receiver)
            else:
                self._hooking.of_class(library, hook)

    def _dispatch(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        if _is_handed(match) and self._is_planned(match):
            return
        here = self._found(library, rule, match, None)
        passages = [] if _is_handed(match) else self._passages.to(match.site, self.chosen(rule.to, match))
        seen = [self._found(library, rule, match, passage) for passage in passages]
        # A caller that chooses nothing which is known hands over what this function says, or nothing.
        found = [one for one in seen if one is not None and (one.targets or one.name)]
        is_passed_on = _differ([(one.targets, one.name) for one in found], (here.targets, here.name) if here else None)
        if here is not None:
            self.bench.found.dispatch(msgspec.structs.replace(here, is_passed_on=is_passed_on))
        for dispatch in found if is_passed_on else ():
            self.bench.found.dispatch(dispatch)
        if rule.edge == "schedule":
            self._rows(library, rule, match)

    def _rows(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        """A table's rows that one call schedules: each is an edge from the function that makes the row, too."""
        site = match.site
        for row in self.picker.spreads(Given(site.call, site.function, None, match.receivers)):
            if row.place is None or row.place[0].unit is site.function:
                continue
            scope, display = row.place
            for name in [rule.to.keyword] if isinstance(rule.to.keyword, str) else rule.to.keyword or []:
                slot = row.items.get(name)
                targets = self.bench.handlers.functions(slot.values, scope.module) if slot is not None else []
                if targets:
                    self.bench.found.dispatch(
                        Dispatch(
                            unit=scope.unit.id,
                            number=-_line_of(display, name),
                            line=_line_of(display, name),
                            edge=rule.edge,
                            library=library,
                            targets=tuple(function.id for function in targets),
                            is_passed_on=True,
                            confidence=0.9,
                            evidence=f"row that {site.function.id} schedules",
                        )
                    )

    def _is_planned(self, match: Match) -> bool:
        """Whether the call that the library's method is handed to is a scheduler's: `add_job(task.send, "cron")`."""
        if self._planned is None:
            rules = [rule.call for _, rule in self.bench.catalog.dispatches if rule.edge == "schedule"]
            sites = [planned.site for call in rules for planned in self.bench.index.calls(call)]
            self._planned = {(site.function, site.call.number) for site in sites}
        return (match.site.function, match.site.call.number) in self._planned

    def _by_method(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        """A method of an object of which nothing is known: a name that it is given must be that of a task."""
        passages = self._passages.to(match.site, self.chosen(rule.to, match))
        for passage in [None, *passages]:
            found = self._found(library, rule, match, passage)
            if found is not None and found.name and found.targets and found.confidence > _LOOSE:
                self.bench.found.dispatch(
                    msgspec.structs.replace(found, confidence=_LOOSE, is_passed_on=passage is None and bool(passages))
                )

    def _again(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        """The task that runs goes back to the queue."""
        site = match.site
        tasks = self._running(site.function)
        if not tasks:
            return
        given = Given(site.call, site.function, None, match.receivers)
        self.bench.found.dispatch(
            Dispatch(
                unit=site.function.id,
                number=site.call.number,
                line=site.line,
                edge=rule.edge,
                library=library,
                targets=tuple(tasks),
                channel="retry",
                delay=self._delay(rule.delay, given),
                delay_text=self._delay_text(rule.delay, given),
                confidence=0.95 if len(tasks) == 1 else 0.8,
                evidence=match.path,
            )
        )

    def _running(self, function: Function) -> list[str]:
        """The tasks that run a function: itself, or the nearest that call it."""
        level = {function: None}
        for _ in range(_AGAIN_DEPTH):
            found = [f.id for f in level if f.id in self._tasks]
            if found:
                return found if len(found) <= _AGAIN else []
            level = {site.function: None for f in level for site in self.bench.contexts.callers(f)}
        return []

    def chosen(self, to: spec.Pick, match: Match) -> list[ir.Expr]:
        """The expressions that say to whom: an argument, or the object before the dot."""
        call = match.site.call
        wanted = self.picker.wanted([to], call)
        if to.type_argument is not None and isinstance(call.function, ir.Attribute):
            wanted.append(call.function.value)
        return wanted

    def _found(self, library: str, rule: spec.Dispatch, match: Match, passage: Passage | None) -> Dispatch | None:
        """The dispatch as it is seen from its own function, or from a caller that chooses the receiver."""
        site, frame = match.site, None
        given = Given(site.call, site.function, None, match.receivers, None, site.function.unit.owner)
        if passage is not None:
            frame = given.frame = passage.frame
            site = passage.site
            if rule.to.type_argument is not None:
                given.receivers = self.picker.base(given)
        values: Values = NOTHING
        for spread in self.picker.spreads(given) or [None]:
            given.spread = spread
            values = join(values, self.picker.values(rule.to, given))
        targets = [function.id for function in self._targets(rule, values, match, given)]
        picked = self._picked(self.chosen(rule.to, match), match.site.function) if len(targets) > 1 else None
        confidence = picked.confidence if picked is not None else 0.95 if len(targets) <= 1 else 0.8
        name = ""
        if not targets:
            named = self._names(rule.to, given)
            for text in named:
                found, how_sure = self.addressed(text)
                targets += [unit for unit in found if unit not in targets]
                confidence = min(confidence, how_sure)
            name = named[0] if named else ""
        if not targets and not name and (rule.stage or not self._may_name(rule.to, given, values)):
            return None
        return Dispatch(
            unit=site.function.id,
            number=site.call.number,
            line=site.line,
            edge=rule.edge,
            library=library,
            targets=tuple(targets),
            name=name,
            channel=self._text(rule.channel, given),
            delay=self._delay(rule.delay, given),
            delay_text=self._delay_text(rule.delay, given),
            arguments=_arguments(rule, match, frame),
            inline=rule.inline,
            stage=rule.stage,
            outcome=rule.outcome,
            each=self._each(rule.each, given),
            is_picked=picked is not None,
            confidence=confidence,
            evidence=_evidence(match, passage, picked, len(targets)),
        )

    def _picked(self, chosen: list[ir.Expr], function: Function) -> Selection | None:
        """What picks one of several receivers by data."""
        found = (self.program.selections.of(function, expression) for expression in chosen)
        return next((one for one in found if one is not None), None)

    def _may_name(self, to: spec.Pick, given: Given, values: Values) -> bool:
        """Whether a call whose target is not known says one: not when it says none, or gives a job made elsewhere."""
        if to.argument is None and to.keyword is None:
            return True
        call = given.call
        if call is None or (values and all(isinstance(v, InstanceValue) and not v.cls.is_project for v in values)):
            return False
        is_open = any(isinstance(a, ir.Starred) for a in call.arguments) or any(k.name is None for k in call.keywords)
        return is_open or (self.picker.expression(to, call) is not None and (values != NOTHING or to.key is None))

    def _names(self, to: spec.Pick, given: Given) -> list[str]:
        """What the call names its target by: an argument, or what the object before the dot was looked up by."""
        if to.argument is not None or to.keyword or to.parts:
            return self.picker.texts(to, given) or self._setting(to, given)
        called = given.call.function if given.call is not None else None
        if to.type_argument is None or not isinstance(called, ir.Attribute):
            return []
        return self._lookups.names(called.value, given.scope, given.frame)

    def _setting(self, to: spec.Pick, given: Given) -> list[str]:
        """The setting that holds the name, where its value is not known: `$REPORT_FUNCTION`."""
        expression = self.picker.expression(to, given.call)
        name = setting_name(self.bench, given.scope, expression, given.frame) if expression is not None else ""
        return [name] if name in self._by_name else []

    def _targets(self, rule: spec.Dispatch, values: Values, match: Match, given: Given) -> list[Function]:
        found = self.bench.handlers.functions(values, match.site.function.module)
        if not found:
            found = self._of_name(rule.to, given)
        if not found and rule.to.method is not None:
            for value in given.receivers:
                cls = value.cls if isinstance(value, InstanceValue | ClassValue | SuperValue) else None
                for name in [rule.to.method] if isinstance(rule.to.method, str) else rule.to.method:
                    method = self.program.find_method(cls, name) if cls is not None else None
                    if method is not None and method.is_project:
                        found.append(method)
        return found

    def _of_name(self, to: spec.Pick, given: Given) -> list[Function]:
        """`send_task(bill.name)`: the task whose name is given."""
        expression = self.picker.expression(to, given.call)
        if not isinstance(expression, ir.Attribute) or expression.name not in _NAMES:
            return []
        holders = self.bench.contexts.values(given.scope, expression.value, given.frame)
        return [f for f in self.bench.handlers.functions(holders) if f.id in self._tasks]

    def addressed(self, text: str) -> tuple[list[str], float]:
        """The units that a name means: registered under it, named like it, or fitting its pattern."""
        entries = self._by_name.get(text)
        if entries:
            return list(dict.fromkeys(e.unit for e in entries)), 0.9
        if "{}" in text and text != "{}" and len(text) > 6:
            fitting = [
                e for name, known in self._by_name.items() if fnmatchcase(name, text.replace("{}", "*")) for e in known
            ]
            return list(dict.fromkeys(e.unit for e in fitting)), 0.5
        if "." in text and "{}" not in text:
            functions = self.bench.handlers.functions(self.program.named(text.replace(":", ".")))
            if functions:
                return [function.id for function in functions], 0.85
        last = [e for name, known in self._by_name.items() if name.rpartition(".")[2] == text for e in known]
        units = list(dict.fromkeys(e.unit for e in last))
        return (units, 0.6) if len(units) == 1 else ([], 0.5)

    def _callback(self, library: str, rule: spec.Callback, match: Match) -> None:
        here = self._handed(library, rule, match, None)
        passages = self._passages.to(match.site, self.picker.wanted([rule.to], match.site.call))
        found = [seen for passage in passages if (seen := self._handed(library, rule, match, passage)) is not None]
        is_passed_on = _differ([one.targets for one in found], here.targets if here else None)
        if here is not None:
            self.bench.found.callback(msgspec.structs.replace(here, is_passed_on=is_passed_on))
        for callback in found if is_passed_on else ():
            self.bench.found.callback(callback)

    def _handed(self, library: str, rule: spec.Callback, match: Match, passage: Passage | None) -> Callback | None:
        site = match.site
        frame = passage.frame if passage is not None else None
        given = Given(site.call, site.function, frame, match.receivers)
        called = tuple(value for value in self.picker.values(rule.to, given) if not _is_library(value))
        targets = self.bench.handlers.functions(called, site.function.module)
        if not targets:
            return None
        each = self.picker.expression(rule.each, site.call) if rule.each is not None else None
        picked = self._picked(self.picker.wanted([rule.to], site.call), site.function) if len(targets) > 1 else None
        place = passage.site if passage is not None else site
        return Callback(
            unit=place.function.id,
            number=place.call.number,
            line=place.line,
            library=library,
            targets=tuple(function.id for function in targets),
            runs=rule.runs,
            each=render(each) if each is not None else "",
            arguments=travelling(rule.arguments, site.call, frame),
            is_picked=picked is not None,
            confidence=picked.confidence if picked is not None else 0.95 if len(targets) == 1 else 0.8,
            evidence=_evidence(match, passage, picked, len(targets)),
        )

    def _text(self, pick: spec.Pick | str | None, given: Given) -> str:
        return next(iter(self.picker.texts(pick, given)), "")

    def _delay(self, pick: spec.Pick | float | None, given: Given) -> float | None:
        if pick is None or isinstance(pick, int | float):
            return pick
        expression = self._expression(pick, given)
        seconds = duration_of(self.program, given.scope, expression) if expression is not None else None
        return None if seconds is None else seconds * pick.times

    def _delay_text(self, pick: spec.Pick | float | None, given: Given) -> str:
        if pick is None or isinstance(pick, int | float):
            return ""
        expression = self._expression(pick, given)
        return render(expression) if expression is not None else ""

    def _expression(self, pick: spec.Pick, given: Given) -> ir.Expr | None:
        """Where a delay stands: in the call, or in the one that made the receiver."""
        if pick.receiver == "call" and pick.inner is not None:
            return self.picker.expression(pick.inner, self.picker.creations.making(given))
        return self.picker.expression(pick, given.call)

    def _each(self, pick: spec.Pick | None, given: Given) -> str:
        expression = self.picker.expression(pick, given.call) if pick is not None else None
        return render(expression) if expression is not None else ""


def _is_library(value: Value) -> bool:
    """A library's own method, such as `task.delay`: calling it is that library's affair, and has rules of its own."""
    functions = value.functions if isinstance(value, PartialValue) else (value,)
    return all(isinstance(one, FunctionValue) and not one.function.is_project for one in functions)


def _line_of(display: ir.Mapping, name: str) -> int:
    """The line of a key in a dict display."""
    for key, line in zip(display.keys, display.lines, strict=False):
        if isinstance(key, ir.Constant) and key.value == name:
            return line
    return display.lines[0] if display.lines else 0


def _differ(seen: Sequence[object], here: object) -> bool:
    """Whether callers choose the receivers: they are not the same from everywhere."""
    return any(one != here for one in seen)


def _is_handed(match: Match) -> bool:
    """Whether the call only hands the library's method over: `submit(task.delay, 1)`."""
    return any(e.path == match.path and e.handed is not None for e in match.site.externals)


def _evidence(match: Match, passage: Passage | None, picked: Selection | None, count: int) -> str:
    """The call that hands over, the wrapper that holds it, and why it may be one of several."""
    said = match.path if passage is None else f"{match.path} through {match.site.function.id}"
    return said if picked is None else f"{said}, {picked.evidence(count)}"


def _arguments(rule: spec.Dispatch, match: Match, frame: Frame | None) -> tuple[str, ...]:
    """The travelling arguments; those behind the method where a call only hands it over: `submit(task.delay, 1)`."""
    call = match.site.call
    for external in match.site.externals:
        if external.path == match.path and external.handed is not None:
            if external.handed < 0:
                return ()
            handed = call.arguments[external.handed]
            behind = handed.arguments[1:] if isinstance(handed, ir.Call) else call.arguments[external.handed + 1 :]
            return tuple(render(argument) for argument in behind)
    return travelling(rule.arguments, call, frame)
