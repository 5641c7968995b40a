"""Where a value is stored that a job may look for: by an assignment, a call's keyword, or through a setter.

A setter is a function that stores what one of its parameters is given (`def set_status(self, value): self.status =
value`): the value is written at the call that chooses it, three functions of the project further at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from discover.effects.state_changes import Change
from discover.facts import records as facts
from discover.facts.source_text import text_of as written_text
from discover.frameworks.reading.parameters import argument_for
from discover.link.said import seconds_of
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue, InstanceValue, Values

FILTERS = ("filter", "get", "filter_by", "find", "find_by", "aget")
UPDATES = ("update", "aupdate", "values")
_PRESENT = frozenset({"now", "utcnow", "today", "localtime", "localdate"})
_DEPTH = 3
"""So many setters are followed, one calling the other."""

DUE = "a time that has come"


class Looked(NamedTuple):
    """What a job looks for; the value is `DUE` where it waits for the field's time."""

    model: str
    field: str
    value: str | int | float


class Written(NamedTuple):
    """Where a value is stored that a job may look for; `number` is that of the call that stores it."""

    line: int
    number: int | None
    looked: Looked
    delay: float | None = None
    delay_text: str = ""
    setter: Function | None = None
    """The function that stores it, where that is another one; `saved`: the class that it stores by its own account."""
    saved: str = ""


class Kept(NamedTuple):
    """What a function stores of one of its parameters."""

    function: Function
    parameter: str
    model: str
    field: str
    is_own: bool
    """It is an attribute of the object whose method this is."""


class Writes:
    """The writes of a program to fields that are looked for."""

    def __init__(self, program: Program, fields: set[str], declared: Iterable[Change] = ()) -> None:
        self._program = program
        self._fields = fields
        self._through: dict[Function, dict[Written, None]] = {}
        self._chosen: set[tuple[Function, str]] = set()
        """Parameters of setters that a caller is known to give a value."""
        for function in program.all_functions:
            for kept in self._kept(function):
                self._spread(kept, kept.function, kept.parameter, frozenset({function}))
        for change in declared:
            self._declared(change)

    def of(self, function: Function) -> Iterator[Written]:
        """What the function writes, by itself or by what it gives to a setter."""
        yield from self._assigned(function)
        yield from self._given(function)
        yield from self._through.get(function, ())

    # --- by itself --------------------------------------------------------------------------------------------------

    def _assigned(self, function: Function) -> Iterator[Written]:
        for statement, target, value in self._assignments(function):
            stored = _stored(value, self._program.values_of(function, value))
            if stored is None or (isinstance(value, facts.Name) and (function, value.id) in self._chosen):
                continue
            for owner in self._program.values_of(function, target.value):
                if isinstance(owner, InstanceValue):
                    looked = Looked(owner.cls.record.name, target.name, stored)
                    delay, words = _delay(function, value) if stored == DUE else (None, "")
                    yield Written(statement.line, None, looked, delay, words)

    def _assignments(self, function: Function) -> Iterator[tuple[facts.Assign, facts.Attribute, facts.Expr]]:
        for statement in assignments(function.statements):
            for target in statement.targets:
                if isinstance(target, facts.Attribute) and target.name in self._fields and statement.value is not None:
                    yield statement, target, statement.value

    def _given(self, function: Function) -> Iterator[Written]:
        for number, site in function.sites.items():
            for field, model in self._keywords(site):
                values = constants(site.keywords[field])
                value = next((one.value for one in site.call.keywords if one.name == field), None)
                is_chosen = isinstance(value, facts.Name) and (function, value.id) in self._chosen
                if len(values) == 1 and not is_chosen:
                    yield Written(site.call.line, number, Looked(model, field, values[0]))

    def _keywords(self, site: CallSite) -> Iterator[tuple[str, str]]:
        """The fields that a call is given, with the model that it makes or changes."""
        given = self._fields.intersection(site.keywords)
        called = site.call.function
        name = called.name if isinstance(called, facts.Attribute) else ""
        if not given or name in FILTERS or name == "exclude":
            return
        made = dict.fromkeys(value.cls.record.name for value in site.result if isinstance(value, InstanceValue))
        for model in [*made, *(models_of(site) if name in UPDATES else ())]:
            yield from ((field, model) for field in sorted(given))

    def _declared(self, change: Change) -> None:
        """Note where a method is called that is declared to change the state."""
        values = constants(change.values)
        if change.field not in self._fields or len(values) != 1:
            return
        kept = Kept(change.method, "", change.owner.record.name, change.field, change.is_own)
        for site in self._program.callers.get(change.method, ()):
            for model in _models(kept, change.method, site):
                looked = Looked(model, change.field, values[0])
                written = Written(site.line, site.call.number, looked, setter=change.method, saved=model)
                self._through.setdefault(site.function, {})[written] = None

    # --- through setters --------------------------------------------------------------------------------------------

    def _kept(self, function: Function) -> Iterator[Kept]:
        own = {parameter.name for parameter in function.record.parameters}
        bound = self._program.bodies.assignments(function)
        itself = function.record.parameters[0].name if own and function.takes_itself else ""
        for _, target, value in self._assignments(function) if own else ():
            if isinstance(value, facts.Name) and value.id in own and value.id not in bound:
                is_own = isinstance(target.value, facts.Name) and target.value.id == itself
                for owner in self._program.values_of(function, target.value):
                    if isinstance(owner, InstanceValue):
                        yield Kept(function, value.id, owner.cls.record.name, target.name, is_own)
        for site in function.sites.values() if own else ():
            for field, model in self._keywords(site):
                value = next((one.value for one in site.call.keywords if one.name == field), None)
                if isinstance(value, facts.Name) and value.id in own and value.id not in bound:
                    yield Kept(function, value.id, model, field, is_own=False)

    def _spread(self, kept: Kept, function: Function, parameter: str, seen: frozenset[Function]) -> None:
        """Note the calls that choose what the parameter is."""
        for site in self._program.callers.get(function, ()):
            caller = site.function
            given = argument_for(function, parameter, site.call) or _default(function, parameter)
            if given is None or caller in seen:
                continue
            own = {one.name for one in caller.record.parameters}
            if isinstance(given, facts.Name) and given.id in own:
                if len(seen) < _DEPTH and given.id not in self._program.bodies.assignments(caller):
                    self._spread(kept, caller, given.id, seen | {caller})
                continue
            values = constants(self._program.values_of(caller, given))
            if len(values) == 1:
                self._chosen.add((kept.function, kept.parameter))
                for model in _models(kept, function, site):
                    looked = Looked(model, kept.field, values[0])
                    written = Written(site.line, site.call.number, looked, setter=kept.function, saved=kept.model)
                    self._through.setdefault(caller, {})[written] = None


def _models(kept: Kept, function: Function, site: CallSite) -> list[str]:
    """The models whose field a call of the setter sets: of a method, those that it is called on."""
    on = [
        target.receiver.cls.record.name
        for target in site.targets
        if target.function is function is kept.function and isinstance(target.receiver, InstanceValue)
    ]
    return list(dict.fromkeys(on)) if kept.is_own and on else [kept.model]


def _default(function: Function, name: str) -> facts.Expr | None:
    return next((one.default for one in function.record.parameters if one.name == name), None)


def models_of(site: CallSite) -> list[str]:
    """The models that the query before the dot is of."""
    named = {
        inner.cls.record.name
        for external in site.externals
        if isinstance(external.receiver, InstanceValue)
        for _, values in external.receiver.bindings
        for inner in values
        if isinstance(inner, InstanceValue)
    }
    return sorted(named)


def constants(values: Values) -> list[str | int | float]:
    """The texts and numbers that say a status."""
    return [
        value.value
        for value in values
        if isinstance(value, ConstantValue) and isinstance(value.value, str | int | float) and _says(value.value)
    ]


def _says(value: object) -> bool:
    return not isinstance(value, bool) and value not in ("", 0, 1) and "{}" not in str(value)


def is_now(function: Function, expression: facts.Expr | None) -> bool:
    """Whether it is the present time. Compared with a time before, a field says how old something is."""
    if isinstance(expression, facts.Name):
        given = [
            statement.value
            for statement in assignments(function.statements)
            for target in statement.targets
            if isinstance(target, facts.Name) and target.id == expression.id
        ]
        return len(given) == 1 and not isinstance(given[0], facts.Name) and is_now(function, given[0])
    while isinstance(expression, facts.Call | facts.Attribute):
        name = expression.name if isinstance(expression, facts.Attribute) else ""
        if name in _PRESENT:
            return True
        expression = expression.function if isinstance(expression, facts.Call) else expression.value
    return isinstance(expression, facts.Name) and expression.id in _PRESENT


def _stored(expression: facts.Expr, values: Values) -> str | int | float | None:
    """The one constant that is stored; `DUE` for what is reckoned, such as a time; None for anything else."""
    known = constants(values)
    if len(known) == 1:
        return known[0]
    is_reckoned = isinstance(expression, facts.Call | facts.Binary) and not _has_constant(values)
    return DUE if is_reckoned else None


def _delay(function: Function, expression: facts.Expr) -> tuple[float | None, str]:
    """How long after now a stored time is: in seconds where the code says, and in its own words."""
    if not isinstance(expression, facts.Binary) or expression.operator != "+":
        return None, ""
    for now, later in ((expression.left, expression.right), (expression.right, expression.left)):
        if is_now(function, now):
            seconds = seconds_of(later) if isinstance(later, facts.Call) else []
            return (seconds[0] if seconds else None), written_text(later)
    return None, ""


def _has_constant(values: Values) -> bool:
    """Whether any of the values is a constant."""
    return any(isinstance(value, ConstantValue) for value in values)


def assignments(found: Iterable[facts.Stmt]) -> Iterator[facts.Assign]:
    """The assignments among statements."""
    return (statement for statement in found if isinstance(statement, facts.Assign))
