"""Calls: which functions run, what they give, what flows into their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import intrinsics, responses
from discover.resolve.arguments import evaluate_arguments, flow
from discover.resolve.by_name import call_by_name, call_by_property
from discover.resolve.class_proxies import made_instead
from discover.resolve.data_fields import flow_fields
from discover.resolve.factories import made_for
from discover.resolve.forwarding import forward
from discover.resolve.generic_calls import bound_result
from discover.resolve.given import Arguments
from discover.resolve.handed_back import handed_back
from discover.resolve.loaded_by_name import loaded
from discover.resolve.made_apart import made_apart
from discover.resolve.made_of_given import of_given_class, only_own
from discover.resolve.member_tables import looked_up
from discover.resolve.returns import overridden, returned
from discover.resolve.seen_through import SEEN_THROUGH, seen_through
from discover.resolve.selections import lower
from discover.resolve.sites import OVERRIDE, OVERRIDE_LIMIT, RESOLVED, SOLE, CallSite, External, Target
from discover.resolve.stub_calls import SITE, bind_arguments, overloads, stub_call, takes
from discover.resolve.symbols import CONSTRUCTORS, Function, Scope
from discover.resolve.values import (
    LINK_LIMIT,
    NOTHING,
    Bindings,
    CallableValue,
    ClassValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

_ONLY_KEEP = frozenset({"functools.partial", "functools.partialmethod", "builtins.isinstance", "builtins.getattr"})
"""Library functions that take a function and do not call it."""


def evaluate(engine: Engine, scope: Scope, call: ir.Call) -> Values:
    """Evaluate a call expression, and remember its site."""
    unit = scope.unit
    site = unit.sites.get(call.number)
    if site is None:
        site = unit.sites[call.number] = CallSite(unit, call)
    result = _evaluated(engine, scope, site)
    for _ in range(SEEN_THROUGH):
        if not site.externals or not (site.arguments or site.keywords):
            break
        _hand_over(engine, site)
        instead = seen_through(site)
        if instead is None:
            break
        site.call = instead
        result = _evaluated(engine, scope, site)
    if not site.callee and isinstance(site.call.function, ir.Attribute):
        result = call_by_property(engine, scope, site.call.function, site)
        if not site.targets:
            result = call_by_name(engine, site.call.function.name, site)
    site.result = result
    if site.selection is not None:
        lower(site)
    return result


def _evaluated(engine: Engine, scope: Scope, site: CallSite) -> Values:
    """What the site's call gives, with all that it runs noted anew."""
    call = site.call
    callee = intrinsics.super_value(engine, scope, call) or engine.evaluate(scope, call.function)
    arguments = evaluate_arguments(engine, scope, call)
    site.callee = callee
    site.arguments = arguments.positional
    site.keywords = arguments.keywords
    site.targets = []
    site.externals = []
    result: Values = NOTHING
    for value in overloads(engine, callee, arguments) if len(callee) > 1 else callee:
        is_handed_on = arguments.double and isinstance(value, ClassValue)
        given = only_own(scope, call, arguments) if is_handed_on else arguments
        result = join(result, apply(engine, scope, value, given, site, call))
    site.result = result
    return result


def _hand_over(engine: Engine, site: CallSite) -> None:
    """A library's bound method given to a library, as in `submit(task.delay, 1)`, is called by it here.

    So is what the project's code has put on a function of its own.
    """
    if site.externals[0].path in _ONLY_KEEP:
        return
    count = len(site.arguments)
    for number, values in enumerate((*site.arguments, *site.keywords.values())):
        place = number if number < count else -1
        for value in values:
            kind = type(value)
            if kind is not FunctionValue and kind is not PartialValue and kind is not ExternalValue:
                continue
            for function in value.functions if isinstance(value, PartialValue) else (value,):
                if function in site.result:
                    continue  # `sync_to_async(field.save)` gives it back to be called there
                if (
                    isinstance(function, FunctionValue)
                    and not function.function.is_project
                    and isinstance(function.receiver, InstanceValue)
                ):
                    path = function.function.path
                    site.externals.append(External(path, function.receiver, function.function, handed=place))
                elif isinstance(function, ExternalValue) and _is_attached(engine, function):
                    site.externals.append(External(function.path, function.receiver, None, handed=place))


def _is_attached(engine: Engine, value: ExternalValue) -> bool:
    return isinstance(value.receiver, FunctionValue) and value.path.removeprefix("function.") in engine.marks.attached


def apply(
    engine: Engine, scope: Scope, value: Value, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    """What calling one value gives. With a site, the call is remembered there."""
    if isinstance(value, FunctionValue):
        return _function(engine, scope, value, arguments, site, record)
    if isinstance(value, ClassValue):
        return _construct(engine, scope, value, arguments, site, record)
    if isinstance(value, ExternalValue):
        return _external(engine, scope, value, arguments, site, record)
    if isinstance(value, InstanceValue):
        return _call_instance(engine, scope, value, arguments, site, record)
    if isinstance(value, PartialValue):
        return _partial(engine, scope, value, arguments, site, record)
    if isinstance(value, CallableValue):
        return _callable(engine, value, arguments)
    return NOTHING


def _function(
    engine: Engine, scope: Scope, value: FunctionValue, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    function = value.function
    receiver = value.receiver
    if scope.module.is_migration and function.is_project:
        # a migration works on models as they were then: they have none of the project's methods
        stub = overridden(function)
        if stub is not None:
            return stub_call(engine, scope, engine.intern.function(stub, receiver), arguments, site, record)
    if not function.is_project:
        result = stub_call(engine, scope, value, arguments, site, record)
        # a library's method on an object of the project's class: the classes below may have their own
        if not isinstance(receiver, InstanceValue) or not receiver.cls.is_project:
            return result
    else:
        _enter_project(engine, function, receiver, arguments, site, RESOLVED, "resolved")
        result = bound_result(engine, function, receiver, arguments, returned(engine, function, receiver))
        result = made_for(engine, function, receiver, arguments, result)
        result = made_apart(engine, function, scope, record, result)
        result = handed_back(engine, function, receiver, arguments, result)
        result = of_given_class(engine, function, receiver, arguments, result)
        result = loaded(engine, function, receiver, arguments, looked_up(engine, function, record, result))
        if responses.is_sent(receiver, function.record.name):
            result = join(result, responses.answers(engine, receiver))
    is_open = (isinstance(receiver, InstanceValue) and not receiver.exact) or (
        isinstance(receiver, ClassValue) and receiver.open
    )
    if isinstance(receiver, (InstanceValue, ClassValue)) and is_open and function.record.name != "__init__":
        overrides = engine.hierarchy.overrides_for(receiver, function.record.name)[:OVERRIDE_LIMIT]
        is_sole = function.is_abstract and sum(override is not function for override in overrides) == 1
        sure, why = (SOLE, "the only implementation") if is_sole else (OVERRIDE, "override in a subclass")
        for override in overrides:
            if override is not function:
                _enter_project(engine, override, receiver, arguments, site, sure, why)
                result = join(result, returned(engine, override, receiver))
    for other in engine.alternatives.get(function, ()):
        _enter_project(engine, other, receiver, arguments, site, OVERRIDE, "registered for the type of an argument")
        result = join(result, returned(engine, other, receiver))
    return result


def _enter_project(
    engine: Engine,
    function: Function,
    receiver: Value | None,
    arguments: Arguments,
    site: CallSite | None,
    confidence: float,
    evidence: str,
) -> None:
    if site is not None and not site.runs(function):
        site.targets.append(Target(function, receiver, confidence, evidence))
    flow(engine, function, receiver, arguments)


def _construct(
    engine: Engine, scope: Scope, value: ClassValue, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    cls = value.cls
    hierarchy = engine.hierarchy
    hierarchy.resolve(cls)
    special = intrinsics.TABLE.get(cls.path)
    if special is not None:
        if site is not None:
            site.externals.append(External(cls.path, None, None))
        return special(engine, scope, arguments, record, None)
    init = hierarchy.method(cls, "__init__")
    bindings = _made_for(engine, value, init, arguments, site)
    if isinstance(record, ir.Call) and SITE in hierarchy.type_parameters(cls):
        made = engine.intern.constant(f"{scope.module.path}#{record.number}")
        bindings = (*((name, values) for name, values in bindings if name != SITE), (SITE, (made,)))
    instance = engine.intern.instance(cls, bindings, exact=not (value.open and hierarchy.leaves_methods_open(cls)))
    if site is not None and not cls.is_project:
        site.externals.append(External(cls.path, None, None))
    elif site is not None:
        stub = next((level for level in cls.mro if not level.is_project), None)
        if stub is not None:
            site.externals.append(External(stub.path, value, None))
    for name in CONSTRUCTORS:
        method = hierarchy.method(cls, name)
        if method is not None and method.is_project:
            receiver = value if name == "__new__" else instance
            _enter_project(engine, method, receiver, arguments, site, RESOLVED, "constructor")
            if name == "__new__" and (instead := made_instead(engine, cls, method)):
                return instead
        elif method is not None and name == "__new__" and not cls.is_project:
            bound = engine.intern.function(method, value)
            if takes(engine, bound, arguments) and (
                instead := stub_call(engine, scope, bound, arguments, None, record)
            ):
                return instead
    if cls.is_project and (init is None or not init.is_project):
        flow_fields(engine, cls, arguments)
    return (instance,)


def _made_for(
    engine: Engine, value: ClassValue, init: Function | None, arguments: Arguments, site: CallSite | None
) -> Bindings:
    """The type arguments of an object, as what it is made with tells them: `Repository(session, Order)`."""
    cls, hierarchy = value.cls, engine.hierarchy
    own = hierarchy.own_type_parameters(cls)
    if init is None or (init.is_project and not own):
        return value.bindings
    environment = dict.fromkeys(own, NOTHING) | hierarchy.environment(cls, value.bindings)
    bind_arguments(engine, init.owner or cls, init, engine.intern.instance(cls), arguments, environment)
    if site is not None and not init.is_project:
        forward(engine, init, None, arguments, site)
    told = own if init.is_project else hierarchy.type_parameters(cls)
    return tuple((name, environment[name]) for name in told if environment.get(name)) or value.bindings


def _external(
    engine: Engine, scope: Scope, value: ExternalValue, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    if site is not None:
        site.externals.append(External(value.path, value.receiver, None))
    special = intrinsics.TABLE.get(value.path)
    if special is not None:
        return special(engine, scope, arguments, record, value.receiver)
    guessed = engine.hierarchy.guessed_class(value.path) if value.receiver is None else None
    if guessed is not None:
        return _construct(engine, scope, engine.intern.class_(guessed), arguments, site, record)
    if value.receiver is not None or value.path.count("()") >= LINK_LIMIT:
        return NOTHING
    return (engine.intern.external(value.path + "()"),)


def _call_instance(
    engine: Engine, scope: Scope, value: InstanceValue, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    found = engine.attribute(scope, (value,), "__call__")
    result: Values = NOTHING
    for member in found:
        if member is not value:
            if isinstance(member, ExternalValue):
                if site is not None:
                    site.externals.append(External(member.path, value, None))
                continue
            result = join(result, apply(engine, scope, member, arguments, site, record))
    return result


def _partial(
    engine: Engine, scope: Scope, value: PartialValue, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    merged = Arguments([*value.arguments, *arguments.positional], {**dict(value.keywords), **arguments.keywords})
    merged.star, merged.double = arguments.star, arguments.double
    result: Values = NOTHING
    for inner in value.functions:
        result = join(result, apply(engine, scope, inner, merged, site, record))
    return result


def _callable(engine: Engine, value: CallableValue, arguments: Arguments) -> Values:
    environment = dict(value.bindings)
    for annotation, given in zip(value.parameters, arguments.positional, strict=False):
        engine.annotations.bind(value.scope, annotation, given, environment)
    return engine.annotations.values(value.scope, value.returns, environment)
