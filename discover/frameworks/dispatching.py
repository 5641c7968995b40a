"""Applies the catalog's dispatch, callback, emission and hook rules to every call site."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from discover.catalog import spec
from discover.facts import records as ir
from discover.frameworks.picks import Given
from discover.frameworks.records import Callback, Dispatch, EntryPoint, HookEdge
from discover.frameworks.render import render
from discover.frameworks.schedules import duration_of
from discover.frameworks.signals import identify
from discover.resolve.values import NOTHING, ClassValue, InstanceValue, SuperValue, Value, Values, join

if TYPE_CHECKING:
    from discover.frameworks.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Function

ANY_SENDER_CONFIDENCE = 0.7
_RECEIVERS = 400


class Dispatching:
    """Needs all entry points, since names and signals are joined with them."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self._by_name: dict[str, list[EntryPoint]] = {}
        self._receivers: dict[str, list[EntryPoint]] = {}
        for entry in bench.found.entry_points.values():
            table = self._receivers if entry.kind == "signal" else self._by_name
            for name in entry.names:
                table.setdefault(name, []).append(entry)

    def apply(self) -> None:
        """Apply every rule of the catalog."""
        for library, rule in self.bench.catalog.dispatches:
            for match in self.bench.index.calls(rule.call):
                if rule.edge == "signal":
                    self._send(library, rule, match)
                else:
                    self._dispatch(library, rule, match)
        for library, emit in self.bench.catalog.emits:
            if any(name in self._receivers for name in emit.signals):
                for match in self.bench.index.calls(emit.call):
                    self._emit(library, emit, match)
        for library, callback in self.bench.catalog.callbacks:
            for match in self.bench.index.calls(callback.call):
                self._callback(library, callback, match)
        for library, hook in self.bench.catalog.hooks:
            if hook.call is not None:
                for match in self.bench.index.calls(hook.call):
                    self._hook_of_call(library, hook, match)
            else:
                self._hook_of_class(library, hook)

    # --- dispatches -----------------------------------------------------------------------------------------------

    def _dispatch(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        site = match.site
        given = Given(site.call, site.function, None, match.receivers)
        values: Values = NOTHING
        for spread in self.picker.spreads(given) or [None]:
            given.spread = spread
            values = join(values, self.picker.values(rule.to, given))
        targets = [function.id for function in self._targets(rule, values, match)]
        confidence = 0.95 if len(targets) <= 1 else 0.8
        name = ""
        if not targets:
            named = self.picker.texts(rule.to, given) if rule.to.argument is not None or rule.to.keyword else []
            for text in named:
                found, how_sure = self.addressed(text)
                targets += [unit for unit in found if unit not in targets]
                confidence = min(confidence, how_sure)
            name = named[0] if named else ""
        if not targets and not name and rule.stage:
            return
        self.bench.found.dispatch(
            Dispatch(
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
                arguments=self.arguments(rule.arguments, site.call),
                inline=rule.inline,
                stage=rule.stage,
                outcome=rule.outcome,
                confidence=confidence,
                evidence=match.path,
            )
        )

    def _targets(self, rule: spec.Dispatch, values: Values, match: Match) -> list[Function]:
        found = self.bench.handlers.functions(values, match.site.function.module)
        if not found and rule.to.method is not None:
            for value in match.receivers:
                cls = value.cls if isinstance(value, InstanceValue | ClassValue | SuperValue) else None
                for name in [rule.to.method] if isinstance(rule.to.method, str) else rule.to.method:
                    method = self.program.find_method(cls, name) if cls is not None else None
                    if method is not None and method.is_project:
                        found.append(method)
        return found

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

    # --- signals --------------------------------------------------------------------------------------------------

    def _send(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        site = match.site
        signals = identify(self.program, match.receivers)
        given = Given(site.call, site.function, None, match.receivers)
        senders = self._sender_classes(rule.sender, given)
        for key, name in signals:
            self._sent(library, match, key, name, senders, rule.inline, self.arguments(rule.arguments, site.call))

    def _emit(self, library: str, rule: spec.Emit, match: Match) -> None:
        given = Given(match.site.call, match.site.function, None, match.receivers)
        senders = self._sender_classes(rule.sender, given)
        for name in rule.signals:
            if name in self._receivers:
                self._sent(library, match, name, name.rpartition(".")[2], senders, inline=True, arguments=())

    def _sent(
        self,
        library: str,
        match: Match,
        key: str,
        name: str,
        senders: list[str],
        inline: bool,
        arguments: tuple[str, ...],
    ) -> None:
        units: list[str] = []
        confidence = 0.9
        for entry in self._receivers.get(key, ()):
            wanted = entry.detail.sender
            if wanted and senders and wanted not in senders:
                continue
            if wanted and not senders:
                confidence = ANY_SENDER_CONFIDENCE
            units.append(entry.unit)
        self._own_send(match, units, library)
        self.bench.found.dispatch(
            Dispatch(
                unit=match.site.function.id,
                number=match.site.call.number,
                line=match.site.line,
                edge="signal",
                library=library,
                targets=tuple(dict.fromkeys(units)),
                name=key,
                channel=name,
                sender=senders[0] if senders else "",
                arguments=arguments,
                inline=inline,
                confidence=confidence,
                evidence=match.path,
            )
        )

    def _own_send(self, match: Match, units: list[str], library: str) -> None:
        """A project's own way to send, which this call goes through, leads to the receivers."""
        for target in match.site.targets:
            if match.path not in self.bench.index.overridden(target.function):
                continue
            for unit in units:
                self.bench.found.hook(
                    HookEdge(
                        unit=target.function.id,
                        number=None,
                        line=target.function.record.line,
                        target=unit,
                        order=0,
                        library=library,
                        moment="entry",
                        confidence=0.6,
                        evidence=match.path,
                    )
                )

    def _sender_classes(self, pick: spec.Pick | None, given: Given) -> list[str]:
        if pick is None:
            return []
        found: dict[str, None] = {}
        for value in self.picker.values(pick, given):
            for cls in self._models(value):
                found[cls.id] = None
                found.update((below.id, None) for below in cls.mro if below.is_project)
        return list(found)

    def _models(self, value: Value) -> list[Class]:
        """The classes that a sender stands for: a model, a model's instance, or what a manager manages."""
        if isinstance(value, ClassValue):
            return [value.cls]
        if isinstance(value, InstanceValue):
            if value.cls.is_project and not value.bindings:
                return [value.cls]
            environment = self.program.engine.hierarchy.environment(value.cls, value.bindings)
            inner = [v for v in environment.get("M", NOTHING) if isinstance(v, InstanceValue)]
            return [v.cls for v in inner] or ([value.cls] if value.cls.is_project else [])
        return []

    # --- callbacks ------------------------------------------------------------------------------------------------

    def _callback(self, library: str, rule: spec.Callback, match: Match) -> None:
        site = match.site
        given = Given(site.call, site.function, None, match.receivers)
        targets = self.bench.handlers.functions(self.picker.values(rule.to, given), site.function.module)
        if not targets:
            return
        each = self.picker.expression(rule.each, site.call) if rule.each is not None else None
        self.bench.found.callback(
            Callback(
                unit=site.function.id,
                number=site.call.number,
                line=site.line,
                library=library,
                targets=tuple(function.id for function in targets),
                runs=rule.runs,
                each=render(each) if each is not None else "",
                arguments=self.arguments(rule.arguments, site.call),
                confidence=0.95 if len(targets) == 1 else 0.8,
                evidence=match.path,
            )
        )

    # --- hooks ----------------------------------------------------------------------------------------------------

    def _hook_of_call(self, library: str, rule: spec.Hook, match: Match) -> None:
        receivers = match.receivers
        if rule.type_argument is not None:
            pick = spec.Pick(type_argument=rule.type_argument)
            receivers = self.picker.values(pick, Given(match.site.call, match.site.function, None, receivers))
        for value in receivers[:_RECEIVERS]:
            self._hooks_at(library, rule, match, value)

    def _hooks_at(self, library: str, rule: spec.Hook, match: Match, value: Value) -> None:
        cls = value.cls if isinstance(value, InstanceValue | ClassValue | SuperValue) else None
        if cls is None:
            return
        if isinstance(value, SuperValue) and isinstance(value.receiver, InstanceValue):
            cls = value.receiver.cls
        site = match.site
        exact = isinstance(value, InstanceValue) and value.exact
        classes = [cls] if exact else [cls, *(below for below in cls.subclasses if below.is_project)][:40]
        order = 0
        for one in classes:
            for method in self.methods(one, rule.methods):
                if method is site.function:
                    continue
                order += 1
                self.bench.found.hook(
                    HookEdge(
                        unit=site.function.id,
                        number=site.call.number,
                        line=site.line,
                        target=method.id,
                        order=order,
                        library=library,
                        moment=rule.moment,
                        confidence=0.9 if one is cls else 0.6,
                        evidence=match.path,
                    )
                )

    def _hook_of_class(self, library: str, rule: spec.Hook) -> None:
        paths = [rule.cls] if isinstance(rule.cls, str) else list(rule.cls or ())
        names = [rule.on] if isinstance(rule.on, str) else list(rule.on or ())
        for path in paths:
            for cls in self.program.subclasses_of(path):
                self._hooks_on(library, rule, cls, names)

    def _hooks_on(self, library: str, rule: spec.Hook, cls: Class, names: list[str]) -> None:
        by_framework = False
        own: dict[Function, None] = {}
        for name in names:
            method = self.program.find_method(cls, name)
            if method is not None and method.is_project:
                own[method] = None
            elif method is not None:
                by_framework = True
        units = [(cls.id, cls.record.line)] if by_framework else []
        if rule.moment == "before":
            units += [(method.id, method.record.line) for method in own]
        for unit, line in units:
            for order, method in enumerate(self.methods(cls, rule.methods), 1):
                if method.id == unit:
                    continue
                self.bench.found.hook(
                    HookEdge(
                        unit=unit,
                        number=None,
                        line=line,
                        target=method.id,
                        order=order,
                        library=library,
                        moment=rule.moment,
                        confidence=0.9,
                        evidence=f"{library} hook",
                    )
                )

    def methods(self, cls: Class, names: list[str]) -> list[Function]:
        """The project's own methods of these names; `*` fits several."""
        found: dict[Function, None] = {}
        for name in names:
            known = [name]
            if "*" in name:
                known = sorted(
                    {n for level in cls.mro if level.is_project for n in level.names if fnmatchcase(n, name)}
                )
            for one in known:
                method = self.program.find_method(cls, one)
                if method is not None and method.is_project:
                    found[method] = None
        return list(found)

    # --- parts ----------------------------------------------------------------------------------------------------

    def arguments(self, rule: spec.Arguments, call: ir.Call) -> tuple[str, ...]:
        """The arguments that travel, as text."""
        found: list[str] = []
        if rule.start is not None:
            found += [render(argument) for argument in call.arguments[rule.start :]]
            found += [
                f"{k.name}={render(k.value)}" if k.name else f"**{render(k.value)}"
                for k in call.keywords
                if k.name not in rule.skip
            ]
            return tuple(found)
        for place, mark in ((rule.args, "*"), (rule.kwargs, "**")):
            expression = self._place(place, "args" if mark == "*" else "kwargs", call)
            if isinstance(expression, ir.Sequence):
                found += [render(item) for item in expression.items]
            elif isinstance(expression, ir.Mapping):
                pairs = zip(expression.keys, expression.values, strict=True)
                found += [f"{_key(k)}={render(v)}" if k is not None else f"**{render(v)}" for k, v in pairs]
            elif expression is not None:
                found.append(mark + render(expression))
        return tuple(found)

    @staticmethod
    def _place(place: str | int | None, keyword: str, call: ir.Call) -> ir.Expr | None:
        name = place if isinstance(place, str) else keyword
        for given in call.keywords:
            if place is not None and given.name == name:
                return given.value
        if isinstance(place, int) and place < len(call.arguments):
            return call.arguments[place]
        return None

    def _text(self, pick: spec.Pick | str | None, given: Given) -> str:
        return next(iter(self.picker.texts(pick, given)), "")

    def _delay(self, pick: spec.Pick | float | None, given: Given) -> float | None:
        if pick is None or isinstance(pick, int | float):
            return pick
        expression = self.picker.expression(pick, given.call)
        if expression is None:
            return None
        return duration_of(self.program, given.scope, expression)

    def _delay_text(self, pick: spec.Pick | float | None, given: Given) -> str:
        if pick is None or isinstance(pick, int | float):
            return ""
        expression = self.picker.expression(pick, given.call)
        return render(expression) if expression is not None else ""


def _key(key: ir.Expr) -> str:
    return str(key.value) if isinstance(key, ir.Constant) else render(key)
