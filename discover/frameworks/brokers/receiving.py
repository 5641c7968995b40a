"""Applies the catalog's rules for taking messages from a broker: the loop around the call makes the consumer.

`for message in consumer: handle(message)` makes `handle` the consumer when the loop does no more than hand over; else
the function with the loop. Where there is no loop, also not in what calls the function, it only empties a channel when
something else starts it: it is listened to, and is no entry point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import paths_of
from discover.facts import records as ir
from discover.frameworks.brokers.channels import UNKNOWN, heard_channels, words
from discover.frameworks.reading.loops import Loop, Loops, carries, message_names
from discover.frameworks.records import EntryPoint, Listener
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.symbols import Function
from discover.resolve.values import FunctionValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.catalog.spec import Receive
    from discover.frameworks.records import Channel
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

_DEPTH = 3
_QUEUES = frozenset({"amqp", "aws", "redis list", "service bus"})
_STARTED = frozenset({"task", "schedule", "http", "consumer"})
"""An entry point of these kinds that takes messages does so because something else started it."""


class Receiving:
    """Needs the entry points that the other rules found."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self._loops = Loops()
        self._callers: dict[Function, list[CallSite]] | None = None
        self._started = frozenset(e.unit for e in bench.found.entry_points.values() if e.kind in _STARTED)

    def apply(self) -> None:
        """Apply every rule of the catalog."""
        for library, rule in self.bench.catalog.receives:
            if rule.call is not None:
                for match in self.bench.index.calls(rule.call):
                    self._call(library, rule, match.site, match.receivers)
        self._iterations()

    def _call(self, library: str, rule: Receive, site: CallSite, receivers: Values) -> None:
        if rule.two_way and self._asks(site):
            return
        if rule.channel is None:
            found = self._channels(rule, site.function, site.call, receivers)
            if rule.subscribed and all(channel.name == UNKNOWN for channel in found):
                return
            self.place(library, site.function, site.line, {site.call.number}, found, stream=rule.stream)
            return
        wanted = self.bench.picker.wanted([rule.channel], site.call)
        for frame in self.bench.contexts.frames(site.function, wanted):
            given = Given(site.call, site.function, frame, receivers, None, site.function.unit.owner)
            found = heard_channels(self.bench, rule.medium, rule.channel, given)
            if frame is None or frame.site is None:
                self.place(library, site.function, site.line, {site.call.number}, found, stream=rule.stream)
            elif self._loops.around(site.function, site.line, stream=rule.stream) is None:
                caller = frame.site
                self.place(library, caller.function, caller.line, {caller.call.number}, found, stream=rule.stream)
            else:
                self.place(library, site.function, site.line, {site.call.number}, found, stream=rule.stream)

    def _asks(self, site: CallSite) -> bool:
        """Whether the call takes the answer on a connection that its own function has opened."""
        called = site.call.function
        base = called.value if isinstance(called, ir.Attribute) else called
        own = {p.name for p in site.function.record.parameters}
        is_opened_here = isinstance(base, ir.Name) and base.id in site.function.names and base.id not in own
        return is_opened_here and self._loops.around(site.function, site.line, stream=False) is None

    def _iterations(self) -> None:
        seen = {level.path for cls in self.bench.program.engine.intern.classes_of_instances() for level in cls.mro}
        rules = [
            (library, rule, frozenset(paths_of(rule.iterates)))
            for library, rule in self.bench.catalog.receives
            if rule.iterates is not None and not seen.isdisjoint(paths_of(rule.iterates))
        ]
        for function in self.bench.program.all_functions if rules else ():
            for loop in self._loops.of(function):
                if not isinstance(loop, ir.ForLoop) or not isinstance(loop.iterable, ir.Name | ir.Attribute | ir.Call):
                    continue
                values = self.bench.program.values_of(function, loop.iterable)
                for value in values:
                    above = {level.path for level in value.cls.mro} if isinstance(value, InstanceValue) else set[str]()
                    for library, rule, paths in rules:
                        if not paths.isdisjoint(above):
                            found = self._channels(rule, function, loop.iterable, (value,))
                            self.place(library, function, loop.line, set(), found, stream=True)

    # --- which channels -------------------------------------------------------------------------------------------

    def _channels(
        self, rule: Receive, function: Function, expression: ir.Expr, receivers: Values
    ) -> tuple[Channel, ...]:
        if rule.channel is not None:
            call = expression if isinstance(expression, ir.Call) else None
            return heard_channels(self.bench, rule.medium, rule.channel, Given(call, function, None, receivers))
        return self.bench.subscribed.channels(rule.medium, function, expression, receivers)

    # --- which unit -----------------------------------------------------------------------------------------------

    def place(
        self,
        library: str,
        function: Function,
        line: int,
        numbers: set[int],
        found: tuple[Channel, ...],
        *,
        stream: bool,
        whole: bool = False,
    ) -> None:
        """Note who takes messages from channels by the calls of these numbers, at this line of a function."""
        consumers = self.consumers(function, line, numbers, stream=stream, whole=whole)
        evidence = f"takes messages in {function.module.path}:{line}"
        for consumer in consumers:
            if consumer.id not in self._started:
                entry = EntryPoint(
                    id="",
                    kind="consumer",
                    framework=library,
                    unit=consumer.id,
                    line=consumer.record.line,
                    detail=_detail(found),
                    listens=found,
                    confidence=0.9,
                    evidence=evidence,
                )
                self.bench.found.entry(entry)
        starters = [c.id for c in consumers if c.id in self._started] if consumers else self._starters(function)
        for unit in starters:
            listener = Listener(unit=unit, line=line, channels=found, confidence=0.8, evidence=evidence)
            self.bench.found.listeners.setdefault(listener)

    def consumers(
        self,
        function: Function,
        line: int,
        numbers: set[int],
        *,
        stream: bool,
        whole: bool = False,
        depth: int = _DEPTH,
    ) -> list[Function]:
        """The functions that a loop hands each message to, or that have the loop; none where there is no loop.

        With `whole` it is always those that have the loop.
        """
        loop = self._loops.around(function, line, stream=stream)
        found: dict[Function, None] = {}
        if loop is not None and not function.record.is_generator:
            return [(None if whole else self._handed(function, loop, numbers)) or function]
        for site in self._calls_of(function) if depth else ():
            inner = stream or loop is not None
            at, numbers = site.function, {site.call.number}
            above = self.consumers(at, site.line, numbers, stream=inner, whole=whole, depth=depth - 1)
            found.update(dict.fromkeys(above))
        return list(found) or ([function] if loop is not None else [])

    def _starters(self, function: Function) -> list[str]:
        """The entry points that take messages by calling the function, a few calls up; else the function itself."""
        found: dict[str, None] = {}
        level = [function]
        for _ in range(_DEPTH + 1):
            found.update((one.id, None) for one in level if one.id in self._started)
            if found:
                break
            level = list(dict.fromkeys(site.function for one in level for site in self._calls_of(one)))
        return list(found) or [function.id]

    def _handed(self, function: Function, loop: Loop, numbers: set[int]) -> Function | None:
        """The one function that the loop hands its message to and that nothing else calls."""
        names = message_names(loop, numbers)
        handed: dict[Function, None] = {}
        for site in function.sites.values():
            if not loop.line <= site.line <= loop.end_line or not site.targets or site.call.number in numbers:
                continue
            if len(site.targets) > 1:
                return None
            if carries(site.call.function, numbers, names):
                continue  # what the message itself brings is its work, and no handler of the loop's messages
            given = [*site.call.arguments, *(keyword.value for keyword in site.call.keywords)]
            if not any(carries(argument, numbers, names) for argument in given):
                continue
            handed[site.targets[0].function] = None
        if len(handed) != 1:
            return None
        handler = next(iter(handed))
        return handler if len(self._calls_of(handler)) == 1 and handler is not function else None

    def _calls_of(self, function: Function) -> list[CallSite]:
        if self._callers is None:
            self._callers = {}
            for caller in self.bench.program.all_functions:
                for site in caller.sites.values():
                    for target in site.targets:
                        self._callers.setdefault(target.function, []).append(site)
        return self._callers.get(function) or _handing(function)


def _handing(function: Function) -> list[CallSite]:
    """The calls that a local function is given to by the one around it: `run_in_executor(None, lambda: q.get())`."""
    outer = function.outer
    if not isinstance(outer, Function) or outer is outer.module.body:
        return []
    return [
        site
        for site in outer.sites.values()
        if any(isinstance(v, FunctionValue) and v.function is function for given in site.arguments for v in given)
    ]


def _detail(found: tuple[Channel, ...]) -> TriggerDetail:
    name = words(found) or None
    return TriggerDetail(queue=name) if found[0].medium in _QUEUES else TriggerDetail(topic=name)
