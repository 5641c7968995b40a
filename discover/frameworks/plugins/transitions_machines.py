"""Machines of transitions: a trigger becomes a method of the model, and its callbacks are chosen by the states' names.

No class defines `order.pay()`: the machine's table does, and the names of the methods that it runs are put together
from the table's rows and the states. A YAML rule sees one call or one decorator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.frameworks.handing_over.state_machines import hook_callbacks
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, SITE, ConstantValue, ContainerValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class
    from discover.resolve.values import Value, Values

_MACHINE = "transitions.core.Machine"
_SINGLE = f"{_MACHINE}.add_transition"
_ROW = ("trigger", "source", "dest", "conditions", "unless", "before", "after", "prepare")
_CREATION = ("model", "states", "initial", "transitions")
_SHARED = ("before_state_change", "after_state_change", "prepare_event", "finalize_event")
_ANY, _SAME = "*", "="
ALWAYS, ONE_OF = 0.9, 0.7
"""A callback of each transition of the trigger, and of some: which one it is the current state decides."""

Called = str | Function
Options = dict[str, list[Called]]


class Transition(NamedTuple):
    """One row of the table."""

    sources: list[str]
    target: str
    options: Options


class Machine:
    """What the calls that make and fill one machine say."""

    def __init__(self) -> None:
        self.models: dict[Class, None] = {}
        self.states: dict[str, Options] = {}
        self.events: dict[str, list[Transition]] = {}
        self.shared: Options = {}

    def callbacks(self, event: str) -> dict[Called, float]:
        """What a trigger calls, in order, each with its confidence."""
        rows = self.events.get(event)
        if rows is None and event.startswith("to_") and event[3:] in self.states:
            rows = [Transition([_ANY], event[3:], {})]
        ways = [self._of(row) for row in rows or ()]
        ordered = sorted(dict.fromkeys(pair for way in ways for pair in way), key=lambda pair: pair[0])
        return {called: ALWAYS if all((at, called) in way for way in ways) else ONE_OF for at, called in ordered}

    def _of(self, row: Transition) -> list[tuple[int, Called]]:
        sources = list(self.states) if _ANY in row.sources else row.sources
        targets = sources if row.target == _SAME else [row.target] if row.target else []
        given, shared = row.options, self.shared
        moments: list[list[Called]] = [
            shared.get("prepare_event", []),
            given.get("prepare", []),
            [*given.get("conditions", []), *given.get("unless", [])],
            [*shared.get("before_state_change", []), *given.get("before", [])],
            [called for state in sources if targets for called in self._at(state, "on_exit")],
            [called for state in targets for called in self._at(state, "on_enter")],
            [*given.get("after", []), *shared.get("after_state_change", [])],
            shared.get("finalize_event", []),
        ]
        return [(at, called) for at, names in enumerate(moments) for called in names]

    def _at(self, state: str, moment: str) -> list[Called]:
        return [*self.states.get(state, {}).get(moment, []), f"{moment}_{state}"]


def connect(bench: Workbench) -> None:
    """Hook what each trigger runs where it is called on a model."""
    machines = _Tables(bench).machines
    for function in bench.program.all_functions if machines else ():
        for site in bench.program.sites(function):
            name = getattr(site.call.function, "name", "")
            events = bench.program.texts_of(site.arguments[0]) if name == "trigger" and site.arguments else [name]
            for machine in machines:
                for event in events:
                    called = machine.callbacks(event) if event else {}
                    for cls in _models(bench, site, machine) if called else ():
                        hook_callbacks(bench, site, cls, called, library="transitions", evidence=f"trigger {event}")


def _models(bench: Workbench, site: CallSite, machine: Machine) -> Iterator[Class]:
    """The classes of the objects before the dot that are models of the machine."""
    base = getattr(site.call.function, "value", None)
    for value in bench.program.values_of(site.function, base) if base is not None else ():
        if isinstance(value, InstanceValue) and any(level in machine.models for level in value.cls.mro):
            yield value.cls


class _Tables:
    """Reads the calls that make machines and fill them."""

    def __init__(self, bench: Workbench) -> None:
        self.program = bench.program
        self._known: dict[object, Machine] = {}
        for path in (_MACHINE, "transitions.extensions.*Machine", f"{_MACHINE}.__init__"):
            for site in self.program.sites_calling(path):
                self._made(site)
        for site in self.program.sites_calling(_SINGLE):
            for machine in self._receivers(site):
                row = {name: self._given(site, at, name) for at, name in enumerate(_ROW)}
                self._row(machine, row)
        for site in self.program.sites_calling(f"{_MACHINE}.add_transitions"):
            for machine in self._receivers(site):
                self._rows(machine, self._given(site, 0, "transitions"))
        self.machines = list(self._known.values())

    def _receivers(self, site: CallSite) -> list[Machine]:
        objects = [e.receiver for e in site.externals if isinstance(e.receiver, InstanceValue)]
        return [self._machine(one) for one in dict.fromkeys(objects)]

    def _machine(self, value: InstanceValue) -> Machine:
        """One machine for each call that makes a library's, and for each class of the project's own."""
        key: object = value.cls if value.cls.is_project else dict(value.bindings).get(SITE)
        return self._known.setdefault(key, Machine())

    def _made(self, site: CallSite) -> None:
        made = [value for value in site.result if isinstance(value, InstanceValue)]
        receivers = [e.receiver for e in site.externals if isinstance(e.receiver, InstanceValue)]
        given = {name: self._given(site, at, name) for at, name in enumerate(_CREATION)}
        for value in dict.fromkeys(made or receivers):
            machine = self._machine(value)
            if value.cls.is_project and not given["model"]:
                machine.models[value.cls] = None
            for model in [*given["model"], *self._items(given["model"])]:
                if isinstance(model, InstanceValue) and model.cls.is_project:
                    machine.models[model.cls] = None
            for state in self._items(given["states"]):
                self._state(machine, state)
            self._rows(machine, given["transitions"])
            for name in _SHARED:
                machine.shared.setdefault(name, []).extend(self._called(site.keywords.get(name, NOTHING)))

    def _state(self, machine: Machine, state: object) -> None:
        if isinstance(state, ConstantValue) and isinstance(state.value, str):
            machine.states.setdefault(state.value, {})
        elif isinstance(state, ContainerValue):
            for name in self.program.texts_of(_at(state, "name")):
                machine.states[name] = {at: self._called(_at(state, at)) for at in ("on_enter", "on_exit")}
        elif isinstance(state, InstanceValue):
            bound = dict(state.bindings)
            for name in self.program.texts_of(bound.get("NameT", NOTHING)):
                options = {"on_enter": bound.get("EnterT", NOTHING), "on_exit": bound.get("ExitT", NOTHING)}
                machine.states[name] = {at: self._called(values) for at, values in options.items()}

    def _rows(self, machine: Machine, rows: Values) -> None:
        for row in self._items(rows):
            if isinstance(row, ContainerValue):
                keys = _ROW if row.kind == "dict" else range(len(_ROW))
                self._row(machine, {name: _at(row, key) for name, key in zip(_ROW, keys, strict=True)})

    def _row(self, machine: Machine, row: dict[str, Values]) -> None:
        sources = [*self.program.texts_of(row["source"]), *self.program.texts_of(self._items(row["source"]))]
        options = {name: self._called(row[name]) for name in _ROW[3:]}
        for trigger in self.program.texts_of(row["trigger"]):
            for target in self.program.texts_of(row["dest"]) or [""]:
                machine.events.setdefault(trigger, []).append(Transition(sources, target, options))

    def _called(self, values: Values) -> list[Called]:
        """What an option names: texts and functions, one or a list."""
        flat = (*values, *self._items(values))
        return list(dict.fromkeys([*self.program.texts_of(flat), *self.program.functions_of(flat)]))

    @staticmethod
    def _items(values: Values) -> Values:
        found: list[Value] = []
        for value in values:
            if isinstance(value, ContainerValue) and value.kind != "dict":
                slots = [value.items[key] for key in value.items if isinstance(key, int)] or [value.element]
                found += [one for slot in slots for one in slot.values]
        return tuple(dict.fromkeys(found))

    @staticmethod
    def _given(site: CallSite, position: int, keyword: str) -> Values:
        if keyword in site.keywords:
            return site.keywords[keyword]
        return site.arguments[position] if position < len(site.arguments) else NOTHING


def _at(container: ContainerValue, key: int | str) -> Values:
    slot = container.items.get(key)
    return slot.values if slot is not None else NOTHING
