"""Applies the catalog's dispatch rules: calls that hand work over to what runs later, or elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog import spec
from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.frameworks.brokers.publishing import applies, publish, publish_returned
from discover.frameworks.handing_over.choosing import evidence_of, picked_by
from discover.frameworks.handing_over.delays import delay_of, delay_text
from discover.frameworks.handing_over.failed_jobs import try_failed
from discover.frameworks.handing_over.lookups import Lookups
from discover.frameworks.handing_over.programs import Programs
from discover.frameworks.handing_over.scheduled_rows import schedule_rows
from discover.frameworks.handing_over.sending import Sending
from discover.frameworks.reading.arguments import travelling
from discover.frameworks.reading.passing import differ
from discover.frameworks.reading.setting_names import setting_name
from discover.frameworks.records import Dispatch, called_at
from discover.frameworks.routing.own_paths import Routes, own_path, path_of
from discover.frameworks.rules.given import Given
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    InstanceValue,
    SuperValue,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.frameworks.handing_over.addresses import Addresses
    from discover.frameworks.handing_over.sending import Sending
    from discover.frameworks.reading.frames import Frame
    from discover.frameworks.reading.passing import Passage, Passages
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function


_BY_ADDRESS = 0.7
"""How sure it is that a request which is made later comes to the route of its path."""
_LOOSE = 0.6
"""How sure a hand-over is whose object is not known, and whose name is a task's."""


class Dispatching:
    """Finds what calls hand over, and to whom."""

    def __init__(self, bench: Workbench, addresses: Addresses, sending: Sending, passages: Passages) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self.addresses = addresses
        self._sending = sending
        self._passages = passages
        self._lookups = Lookups(bench)
        self._programs = Programs(bench, passages)
        self._routes = Routes(bench.found.entry_points.values())
        self._planned: set[tuple[Function, int]] | None = None

    def apply(self) -> None:
        """Apply every dispatch rule of the catalog."""
        for library, rule in [*self.bench.catalog.dispatches, *self.bench.learned.dispatches]:
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
                elif rule.program:
                    self._programs.start(library, rule, match)
                elif rule.failed is not None:
                    try_failed(self.bench, library, rule.failed, match)
                else:
                    self._dispatch(library, rule, match)
            for match in self.bench.index.unknown(rule.methods) if rule.methods else ():
                self._by_method(library, rule, match)

    def _dispatch(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        if _is_handed(match) and self._is_planned(match):
            return
        here = self._found(library, rule, match, None)
        passages = [] if _is_handed(match) else self._passages.to(match.site, chosen(self.bench, rule.to, match))
        seen = [self._found(library, rule, match, passage) for passage in passages]
        # A caller that chooses nothing which is known hands over what this function says, or nothing.
        found = [one for one in seen if one is not None and (one.targets or one.name)]
        is_passed_on = differ([(one.targets, one.name) for one in found], (here.targets, here.name) if here else None)
        if here is not None:
            self.bench.found.dispatch(msgspec.structs.replace(here, is_passed_on=is_passed_on))
        for dispatch in found if is_passed_on else ():
            self.bench.found.dispatch(dispatch)
        if rule.edge == "schedule":
            schedule_rows(self.bench, library, rule, match)

    def _is_planned(self, match: Match) -> bool:
        """Whether the call that the library's method is handed to is a scheduler's: `add_job(task.send, "cron")`."""
        if self._planned is None:
            rules = [rule.call for _, rule in self.bench.catalog.dispatches if rule.edge == "schedule"]
            sites = [planned.site for call in rules for planned in self.bench.index.calls(call)]
            self._planned = {(site.function, site.call.number) for site in sites}
        return (match.site.function, match.site.call.number) in self._planned

    def _by_method(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        """A method of an object of which nothing is known: a name that it is given must be that of a task."""
        passages = self._passages.to(match.site, chosen(self.bench, rule.to, match))
        for passage in [None, *passages]:
            found = self._found(library, rule, match, passage)
            if found is not None and found.name and found.targets and found.confidence > _LOOSE:
                self.bench.found.dispatch(
                    msgspec.structs.replace(found, confidence=_LOOSE, is_passed_on=passage is None and bool(passages))
                )

    def _again(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        """The task that runs goes back to the queue."""
        site = match.site
        tasks = self.addresses.running(site.function)
        if not tasks:
            return
        given = Given(site.call, site.function, None, match.receivers)
        self.bench.found.dispatch(
            Dispatch(
                **called_at(site),
                edge=rule.edge,
                library=library,
                targets=tuple(tasks),
                channel="retry",
                delay=delay_of(self.bench, rule.delay, given),
                delay_text=delay_text(self.bench, rule.delay, given),
                confidence=0.95 if len(tasks) == 1 else 0.8,
                evidence=match.path,
            )
        )

    def _found(self, library: str, rule: spec.Dispatch, match: Match, passage: Passage | None) -> Dispatch | None:
        """The dispatch as it is seen from its own function, or from a caller that chooses the receiver."""
        site, frame = match.site, None
        given = Given(site.call, site.function, None, match.receivers, None, site.function.unit.owner)
        if passage is not None:
            frame = given.frame = passage.frame
            site = passage.site
            if rule.to.type_argument is not None or rule.to.receiver == "value":
                given.receivers = self.picker.base(given)
        values: Values = NOTHING
        for spread in self.picker.spreads(given) or [None]:
            given.spread = spread
            values = join(values, self.picker.values(rule.to, given))
        targets, name, confidence = self._reached(rule, values, match, given)
        wanted = chosen(self.bench, rule.to, match)
        picked = picked_by(self.program, wanted, match.site.function) if len(targets) > 1 and not name else None
        is_elsewhere = rule.route and bool(self.picker.texts(rule.to, given))
        if not targets and not name and (rule.stage or is_elsewhere or not self._may_name(rule.to, given, values)):
            return None
        return Dispatch(
            **called_at(site),
            edge=rule.edge,
            library=library,
            targets=targets,
            name=name,
            channel=self._text(rule.channel, given),
            delay=delay_of(self.bench, rule.delay, given),
            delay_text=delay_text(self.bench, rule.delay, given),
            arguments=_arguments(rule, match, frame),
            inline=rule.inline,
            stage=rule.stage,
            outcome=rule.outcome,
            each=self._each(rule.each, given),
            is_picked=picked is not None or (rule.route and len(targets) > 1),
            is_known=name in rule.known,
            confidence=picked.confidence if picked is not None else confidence,
            evidence=evidence_of(match, passage, picked, len(targets)),
        )

    def _reached(
        self, rule: spec.Dispatch, values: Values, match: Match, given: Given
    ) -> tuple[tuple[str, ...], str, float]:
        """The units that the call leads to, the name that it gives where only that is known, and how surely."""
        if rule.route:
            return self._routed(rule, given)
        targets = [function.id for function in self._targets(rule, values, match, given)]
        confidence = 0.95 if len(targets) <= 1 else 0.8
        if targets:
            return tuple(targets), "", confidence
        named = self._names(rule.to, given)
        for text in named:
            found, how_sure = self.addresses.units(text, is_command=rule.edge == "call")
            targets += [unit for unit in found if unit not in targets]
            confidence = min(confidence, how_sure)
        return tuple(targets), named[0] if named else "", confidence

    def _routed(self, rule: spec.Dispatch, given: Given) -> tuple[tuple[str, ...], str, float]:
        """The project's own routes that a URL or a path means, requested later with a body if nothing else is known."""
        found: dict[str, None] = {}
        texts = self.picker.texts(rule.to, given)
        for path in filter(None, map(path_of, texts)):
            entry = self._routes.only(path, "POST") or self._routes.only(path, "{}")
            if entry is not None:
                found[entry.unit] = None
        own = [path for text in texts if (path := own_path(text)) is not None]
        return tuple(found), "" if found else next(iter(own), ""), _BY_ADDRESS

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
        return [name] if self.addresses.is_name(name) else []

    def _targets(self, rule: spec.Dispatch, values: Values, match: Match, given: Given) -> list[Function]:
        found = self.bench.handlers.functions(values, match.site.function.module)
        if not found:
            found = self.addresses.of_task_name(rule.to, given)
        if not found and rule.to.method is not None:
            for value in given.receivers:
                cls = value.cls if isinstance(value, InstanceValue | ClassValue | SuperValue) else None
                for name in [rule.to.method] if isinstance(rule.to.method, str) else rule.to.method:
                    method = self.program.find_method(cls, name) if cls is not None else None
                    if method is not None and method.is_project:
                        found.append(method)
        return found

    def _text(self, pick: spec.Pick | str | None, given: Given) -> str:
        return next(iter(self.picker.texts(pick, given)), "")

    def _each(self, pick: spec.Pick | None, given: Given) -> str:
        expression = self.picker.expression(pick, given.call) if pick is not None else None
        return text_of(expression) if expression is not None else ""


def chosen(bench: Workbench, to: spec.Pick, match: Match) -> list[ir.Expr]:
    """The expressions that say to whom: an argument, or the object before the dot."""
    call = match.site.call
    wanted = bench.picker.wanted([to], call)
    if to.type_argument is not None and isinstance(call.function, ir.Attribute):
        wanted.append(call.function.value)
    return wanted


def _is_handed(match: Match) -> bool:
    """Whether the call only hands the library's method over: `submit(task.delay, 1)`."""
    return any(e.path == match.path and e.handed is not None for e in match.site.externals)


def _arguments(rule: spec.Dispatch, match: Match, frame: Frame | None) -> tuple[str, ...]:
    """The travelling arguments; those behind the method where a call only hands it over: `submit(task.delay, 1)`."""
    call = match.site.call
    for external in match.site.externals:
        if external.path == match.path and external.handed is not None:
            if external.handed < 0:
                return ()
            handed = call.arguments[external.handed]
            behind = handed.arguments[1:] if isinstance(handed, ir.Call) else call.arguments[external.handed + 1 :]
            return tuple(text_of(argument) for argument in behind)
    return travelling(rule.arguments, call, frame)
