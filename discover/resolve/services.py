"""Service containers: what is registered under an interface is what is given to whoever asks for the interface.

A stub says who does what by annotations that stand for nothing else: `Key[T]` is the parameter that names the service
(a class or a text), `Provider[T]` what provides it (a class, a function, an object), `Label[T]` a further name, and a
function that returns `Provided[T]` gives it. Containers are not told apart: a service means the same in all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from discover.facts import records as ir
from discover.resolve import containers
from discover.resolve.given import Arguments
from discover.resolve.sites import RESOLVED, CallSite
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Slot,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

ONE_OF_SEVERAL: Final = 0.7
"""How sure each is of several that are registered for one service."""
_ROLES = ("Key", "Provider", "Label")
_REGISTERING = ("register", "provide")
"""What methods of service containers are called that take a service: the beginning of their names."""


class Rule(NamedTuple):
    """What a library's function does with services; the names of its parameters by role."""

    roles: dict[str, list[str]]
    gives: bool


class Services:
    """What is registered in the whole program."""

    def __init__(self) -> None:
        self._rules: dict[Function, Rule | None] = {}
        self._known: dict[object, dict[str, Slot]] = {}
        self._any: dict[object, Slot] = {}
        self.kept: dict[tuple[str, str, str], Slot] = {}
        """What code leaves in libraries' objects, by class, attribute and key (`kept_items.py`)."""
        self.is_sought = False
        """Whether the functions that register services were evaluated before others ask."""

    def rule(self, function: Function) -> Rule | None:
        """What a stub's function does with services; None where it has nothing to do with any."""
        if function not in self._rules:
            self._rules[function] = _rule_of(function)
        return self._rules[function]

    def register(self, key: object, label: str) -> Slot:
        """The place of what is registered for a service."""
        return self._known.setdefault(key, {}).setdefault(label, Slot())

    def any_of(self, key: object) -> Slot:
        """All that is registered for a service, under any label; whoever asks first learns of it by this place."""
        return self._any.setdefault(key, Slot())

    def registered(self, key: object, label: str | None) -> list[Slot]:
        """The places of what may be meant; with a label that is not known, all of the service."""
        known = self._known.get(key, {})
        return [known[label]] if label is not None and label in known else list(known.values())


def call(
    engine: Engine,
    scope: Scope,
    value: FunctionValue,
    arguments: Arguments,
    site: CallSite | None,
    record: ir.Expr,
    rule: Rule,
) -> Values:
    """Register a service, or give one."""
    keys, providers, labels = (_given(engine, value, arguments, rule.roles.get(role, [])) for role in _ROLES)
    label = labels[0].value if len(labels) == 1 and isinstance(labels[0], ConstantValue) else None
    told = str(label) if label is not None else None if labels else ""
    if rule.gives:
        return _asked(engine, scope, keys, told, site, record)
    for key in keys or _implied(engine, providers):
        identity = _identity(key)
        if identity is not None:
            engine.write(engine.services.register(identity, told or ""), providers or (key,))
            engine.write(engine.services.any_of(identity), providers or (key,))
    return NOTHING


def _rule_of(function: Function) -> Rule | None:
    roles: dict[str, list[str]] = {}
    for parameter in function.record.parameters:
        head = _head(parameter.annotation)
        if head in _ROLES:
            roles.setdefault(head, []).append(parameter.name)
    return Rule(roles, _head(function.record.returns) == "Provided") if roles else None


def _head(annotation: ir.Expr | None) -> str:
    if isinstance(annotation, ir.Subscript) and isinstance(annotation.value, ir.Name):
        return annotation.value.id
    return ""


def _given(engine: Engine, value: FunctionValue, arguments: Arguments, names: list[str]) -> Values:
    """What is given for the parameters of one role; of the class before the dot, the object that it makes."""
    parameters = value.function.record.parameters
    found: Values = NOTHING
    if value.receiver is not None and not value.function.is_static:
        own, receiver, parameters = parameters[0].name, value.receiver, parameters[1:]
        if own in names and isinstance(receiver, ClassValue):
            found = (engine.intern.instance(receiver.cls, receiver.bindings),)
    for number, parameter in enumerate(parameters):
        if parameter.name in names:
            is_placed = number < len(arguments.positional) and parameter.kind != "keyword"
            given = arguments.positional[number] if is_placed else arguments.keywords.get(parameter.name, NOTHING)
            found = join(found, given)
    return found


def _implied(engine: Engine, providers: Values) -> Values:
    """A class provides itself; a function what its annotation says."""
    found: Values = NOTHING
    for value in providers:
        if isinstance(value, ClassValue):
            found = join(found, (value,))
        elif isinstance(value, FunctionValue) and (annotation := value.function.record.returns) is not None:
            function = value.function
            for made in engine.annotations.values(function.outer or function.module.body, annotation, {}):
                if isinstance(made, InstanceValue):
                    found = join(found, (engine.intern.class_(made.cls),))
    return found


def _identity(key: Value) -> object:
    if isinstance(key, ClassValue):
        return key.cls
    if isinstance(key, ConstantValue):
        return key.value
    return None


def _asked(
    engine: Engine, scope: Scope, keys: Values, label: str | None, site: CallSite | None, record: ir.Expr
) -> Values:
    found: Values = NOTHING
    for key in keys:
        providers: Values = NOTHING
        if not engine.read(engine.services.any_of(_identity(key))):
            _seek(engine)
        for slot in engine.services.registered(_identity(key), label):
            providers = join(providers, engine.read(slot))
        before = len(site.targets) if site is not None else 0
        given: Values = NOTHING
        for provider in () if providers == (key,) and _is_above_others(key) else providers:
            given = join(given, _provided(engine, scope, provider, site, record))
        found = join(found, given)
        if not given and isinstance(key, ClassValue):
            made = engine.apply(scope, key, Arguments([], {}), site, record) if not key.cls.subclasses else NOTHING
            found = join(found, made or (engine.intern.instance(key.cls),))
        elif site is not None:
            for target in site.targets[before:]:
                target.confidence = RESOLVED if len(providers) == 1 else ONE_OF_SEVERAL
                target.evidence = f"registered for {_words(key)}"
    return found


def _seek(engine: Engine) -> None:
    """Evaluate the functions that register services: who asks before that would go on with the interface for ever."""
    if engine.services.is_sought:
        return
    engine.services.is_sought = True
    for function in list(engine.functions):
        if function.is_project and any(_registers(statement) for statement in function.statements):
            engine.demand(function)


def _registers(statement: ir.Stmt) -> bool:
    call = statement.value if isinstance(statement, ir.Evaluate) else None
    called = call.function if isinstance(call, ir.Call) else None
    return isinstance(called, ir.Attribute) and called.name.startswith(_REGISTERING)


def _is_above_others(key: Value) -> bool:
    """Whether the class that is asked for has classes below it: it is not what is made for whoever asks."""
    return isinstance(key, ClassValue) and bool(key.cls.subclasses)


def _provided(engine: Engine, scope: Scope, provider: Value, site: CallSite | None, record: ir.Expr) -> Values:
    if not isinstance(provider, ClassValue | FunctionValue | PartialValue):
        return (provider,) if isinstance(provider, InstanceValue) else NOTHING
    made = engine.apply(scope, provider, Arguments([], {}), site, record)
    found: Values = NOTHING
    for value in made:
        is_iterator = isinstance(value, InstanceValue) and value.cls.path == "builtins.Iterator"
        found = join(found, containers.elements(engine, (value,)) if is_iterator else (value,))
    return found


def _words(key: Value) -> str:
    if isinstance(key, ClassValue):
        return key.cls.record.name
    return repr(key.value) if isinstance(key, ConstantValue) else "it"
