"""Callbacks of python-statemachine: an event runs methods that its own name and its states' names choose.

The names of events and states are those of class attributes (`pay = draft.to(paid)`), and which states an event leaves
and enters is said by an expression of transitions. A YAML rule sees one call or one decorator.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.handing_over.state_machines import hook_callbacks
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class

_MACHINE = "statemachine.StateMachine"
_SEND = "statemachine.StateMachine.send"
_ANY = "*"
ALWAYS, ONE_OF = 0.9, 0.7
"""A callback of each transition of the event, and of some: which one it is the current state decides."""


class Transition(NamedTuple):
    """One way that an event can go."""

    sources: tuple[str, ...]
    target: str
    options: dict[str, tuple[str, ...]]
    """The names of methods that the transition itself gives, by its keyword."""


class Machine:
    """What a class of the project declares."""

    def __init__(self, cls: Class) -> None:
        self.cls = cls
        self.states: dict[str, dict[str, tuple[str, ...]]] = {}
        self.events: dict[str, list[Transition]] = {}
        self.added: dict[tuple[str, str], list[str]] = {}
        """(event or state, moment) -> the methods that a decorator adds."""
        for level in reversed([one for one in cls.mro if one.is_project]):
            for statement in level.record.body:
                if isinstance(statement, ir.Assign) and statement.value is not None:
                    for target in statement.targets:
                        if isinstance(target, ir.Name):
                            self._assigned(target.id, statement.value)
            for method in level.methods():
                for decorator in method.record.decorators:
                    self._decorated(method.record.name, decorator)

    def _assigned(self, name: str, value: ir.Expr) -> None:
        if isinstance(value, ir.Call) and ending(value.function) == "State":
            self.states[name] = _options(value)
            return
        found = list(_transitions(value))
        if found:
            self.events[name] = found

    def _decorated(self, method: str, decorator: ir.Expr) -> None:
        if isinstance(decorator, ir.Attribute) and isinstance(decorator.value, ir.Name):
            self.added.setdefault((decorator.value.id, decorator.name), []).append(method)
        found = list(_transitions(decorator))
        if found:
            self.events[method] = found

    def callbacks(self, event: str) -> dict[str, float]:
        """The names of what an event calls, in order, each with its confidence."""
        transitions = self.events[event]
        names = [self._of(event, transition) for transition in transitions]
        ordered = sorted(dict.fromkeys(pair for one in names for pair in one), key=lambda pair: pair[0])
        return {name: ALWAYS if all((at, name) in one for one in names) else ONE_OF for at, name in ordered}

    def _of(self, event: str, transition: Transition) -> list[tuple[int, str]]:
        sources = tuple(self.states) if _ANY in transition.sources else transition.sources
        given = transition.options
        moments = [
            ("prepare_event",),
            (*given.get("validators", ()), *self._more(event, "validators")),
            (*given.get("cond", ()), *given.get("unless", ()), *self._more(event, "cond", "unless")),
            ("before_transition", *given.get("before", ()), *self._more(event, "before"), f"before_{event}"),
            ("on_exit_state", *(name for state in sources for name in self._at(state, "exit"))),
            ("on_transition", *given.get("on", ()), *self._more(event, "on"), f"on_{event}"),
            ("on_enter_state", *self._at(transition.target, "enter")),
            (*given.get("after", ()), *self._more(event, "after"), f"after_{event}", "after_transition"),
        ]
        return [(at, name) for at, names in enumerate(moments) for name in names]

    def _at(self, state: str, moment: str) -> tuple[str, ...]:
        given = self.states.get(state, {}).get(moment, ())
        return (*given, *self._more(state, moment), f"on_{moment}_{state}")

    def _more(self, name: str, *moments: str) -> list[str]:
        return [method for moment in moments for method in self.added.get((name, moment), ())]


def connect(bench: Workbench) -> None:
    """Hook the callbacks of each event where it is sent."""
    machines = {cls: Machine(cls) for cls in bench.program.subclasses_of(_MACHINE)}
    events = {event for machine in machines.values() for event in machine.events}
    if not events:
        return
    for function in bench.program.all_functions:
        for site in bench.program.sites(function):
            for cls, event in _sent(bench, site, events):
                if cls in machines and event in machines[cls].events:
                    machine = machines[cls]
                    reached = [target.function for target in site.targets]
                    callbacks = machine.callbacks(event)
                    said = f"event {event}"
                    hook_callbacks(
                        bench, site, machine.cls, callbacks, library="python_statemachine", evidence=said, known=reached
                    )


def _sent(bench: Workbench, site: CallSite, events: set[str]) -> Iterator[tuple[Class, str]]:
    """`machine.pay()`, `machine.send("pay")`: the classes of the machine, with the event."""
    called = site.call.function
    if not isinstance(called, ir.Attribute):
        return
    names: Iterable[str] = ()
    if called.name in events:
        names = (called.name,)
    elif called.name == "send" and site.arguments and any(one.path == _SEND for one in site.externals):
        names = bench.program.texts_of(site.arguments[0])
    for name in names:
        for value in bench.program.values_of(site.function, called.value):
            if isinstance(value, InstanceValue):
                yield value.cls, name


def _transitions(value: ir.Expr) -> Iterator[Transition]:
    """`a.to(b) | c.to(d, cond="x")`, `b.from_(a, c)`, `a.to.itself()`, `b.from_.any()`, `Event(a.to(b))`."""
    if isinstance(value, ir.Binary) and value.operator == "|":
        yield from _transitions(value.left)
        yield from _transitions(value.right)
    if not isinstance(value, ir.Call):
        return
    if ending(value.function) == "Event" and value.arguments:
        yield from _transitions(value.arguments[0])
    way, state = value.function, ""
    special = ""
    if isinstance(way, ir.Attribute) and way.name in {"itself", "any"}:
        special, way = way.name, way.value
    if isinstance(way, ir.Attribute) and way.name in {"to", "from_"} and isinstance(way.value, ir.Name):
        state = way.value.id
        others = [one.id for one in value.arguments if isinstance(one, ir.Name)]
        if special:
            others = [state if special == "itself" else _ANY]
        if way.name == "from_":
            yield Transition(tuple(others), state, _options(value))
        else:
            yield from (Transition((state,), other, _options(value)) for other in others)


def _options(call: ir.Call) -> dict[str, tuple[str, ...]]:
    return {keyword.name: tuple(_named(keyword.value)) for keyword in call.keywords if keyword.name}


def _named(value: ir.Expr) -> Iterator[str]:
    """The methods that an option names: a text (a condition may combine several), a name, or a list of these."""
    if isinstance(value, ir.Sequence):
        for item in value.items:
            yield from _named(item)
    elif isinstance(value, ir.Name):
        yield value.id
    elif isinstance(value, ir.Constant) and isinstance(value.value, str):
        yield from re.findall(r"[^\W\d]\w*", value.value)
