"""Calls: which functions run, what they give, what flows into their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import containers, intrinsics
from discover.resolve.sites import BY_NAME, OVERRIDE, RESOLVED, CallSite, External, Target
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import (
    LINK_LIMIT,
    NOTHING,
    CallableValue,
    ClassValue,
    ConstantValue,
    ContainerValue,
    ExternalValue,
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

_OVERRIDE_LIMIT = 128
_COMMON_METHODS = frozenset(
    ["get", "set", "add", "pop", "update", "append", "extend", "insert", "remove", "clear", "copy", "keys", "values", "items", "index", "count", "sort", "reverse", "split", "join", "strip", "replace", "format", "encode", "decode", "read", "write", "close", "open", "send", "start", "stop", "run", "save", "delete", "create", "filter", "all", "first", "last", "exists", "exclude", "order_by", "execute", "commit", "rollback", "flush", "match", "search", "group", "sub", "find", "lower", "upper", "startswith", "endswith", "isoformat", "strftime", "total_seconds", "json", "text", "info", "debug", "warning", "error", "exception", "critical", "log", "put", "post", "patch", "head", "options", "request", "connect", "disconnect", "name", "value", "is_valid", "validate", "clean", "render", "load", "dump", "loads", "dumps", "next", "acquire", "release", "wait", "result", "submit", "map", "call", "apply", "check", "process", "handle", "init", "setup", "reset", "register"]
)
_BY_NAME_LIMIT = 3
_NAME_LENGTH = 120
SITE = "SiteT"
"""A stub's class with a type variable of this name tells its objects apart by the call that made them."""


class Arguments:
    """Evaluated arguments, positional ones in order; `star` is what `*x` adds, `double` what `**x` adds."""

    __slots__ = ("double", "keywords", "positional", "star")

    def __init__(self, positional: list[Values], keywords: dict[str, Values]) -> None:
        self.positional = positional
        self.keywords = keywords
        self.star: Values = NOTHING
        self.double: Values = NOTHING


def evaluate(engine: Engine, scope: Scope, call: ir.Call) -> Values:
    """Evaluate a call expression, and remember its site."""
    unit = scope.unit
    site = unit.sites.get(call.number)
    if site is None:
        site = unit.sites[call.number] = CallSite(unit, call)
    callee = intrinsics.super_value(engine, scope, call) or engine.evaluate(scope, call.function)
    arguments = _arguments(engine, scope, call)
    site.callee = callee
    site.arguments = arguments.positional
    site.keywords = arguments.keywords
    site.targets = []
    site.externals = []
    result: Values = NOTHING
    for value in overloads(engine, callee, arguments):
        result = join(result, apply(engine, scope, value, arguments, site, call))
    if not callee and isinstance(call.function, ir.Attribute):
        result = _by_name(engine, scope, call.function.name, arguments, site)
    site.result = result
    return result


def _arguments(engine: Engine, scope: Scope, call: ir.Call) -> Arguments:
    positional: list[Values] = []
    keywords: dict[str, Values] = {}
    found = Arguments(positional, keywords)
    for argument in call.arguments:
        if isinstance(argument, ir.Starred):
            values = engine.evaluate(scope, argument.value)
            found.star = join(found.star, values)
        else:
            positional.append(engine.evaluate(scope, argument))
    for keyword in call.keywords:
        values = engine.evaluate(scope, keyword.value)
        if keyword.name is None:
            found.double = join(found.double, values)
        else:
            keywords[keyword.name] = values
    return found


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
    if not function.is_project:
        return stub_call(engine, scope, value, arguments, site, record)
    receiver = value.receiver
    _enter_project(engine, function, receiver, arguments, site, RESOLVED, "resolved")
    result = returned(engine, function, receiver)
    is_open = (isinstance(receiver, InstanceValue) and not receiver.exact) or (
        isinstance(receiver, ClassValue) and receiver.open
    )
    if isinstance(receiver, InstanceValue | ClassValue) and is_open and function.record.name != "__init__":
        for override in engine.hierarchy.overrides(receiver.cls, function.record.name)[:_OVERRIDE_LIMIT]:
            if override is not function:
                _enter_project(engine, override, receiver, arguments, site, OVERRIDE, "override in a subclass")
                result = join(result, returned(engine, override, receiver))
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
    if site is not None and all(t.function is not function for t in site.targets):
        site.targets.append(Target(function, receiver, confidence, evidence))
    flow(engine, function, receiver, arguments)


def flow(engine: Engine, function: Function, receiver: Value | None, arguments: Arguments) -> None:
    """Let the arguments flow into the function's parameters."""
    parameters = function.record.parameters
    if not parameters:
        return
    start = 0
    if receiver is not None and function.owner is not None and not function.is_static:
        start = 1
    given = arguments.positional
    number = start
    for parameter in parameters[start:]:
        kind = parameter.kind
        if kind in {"normal", "positional"}:
            index = number - start
            if index < len(given):
                values = given[index]
            else:
                values = arguments.keywords.get(parameter.name, NOTHING)
                if arguments.star:
                    values = join(values, containers.place(engine, arguments.star, index - len(given)))
                if arguments.double:
                    values = join(values, _keyed(engine, arguments.double, parameter.name))
            number += 1
        elif kind == "keyword":
            values = arguments.keywords.get(parameter.name, NOTHING)
            if arguments.double:
                values = join(values, _keyed(engine, arguments.double, parameter.name))
        elif kind == "varargs":
            _flow_rest(engine, function, parameter, given[max(number - start, 0) :], arguments.star)
            continue
        else:
            _flow_keywords(engine, function, parameter, arguments)
            continue
        if values and (parameter.annotation is None or _open(function.names[parameter.name])):
            engine.write(function.names[parameter.name], _carried(values))


def _carried(values: Values) -> Values:
    """What is worth following into a function: things that can be called or looked up, and strings that can name one."""
    if len(values) == 1:
        return values if _names_something(values[0]) else NOTHING
    return tuple(value for value in values if _names_something(value))


def _names_something(value: Value) -> bool:
    if isinstance(value, ConstantValue):
        text = value.value
        return isinstance(text, str) and len(text) <= _NAME_LENGTH and " " not in text
    if isinstance(value, InstanceValue):
        return value.cls.is_project or bool(value.bindings) or not value.cls.path.startswith("builtins.")
    return not (isinstance(value, ExternalValue) and value.receiver is not None)


def _open(slot: Slot) -> bool:
    """Whether an annotated parameter still says too little: only builtins, or nothing, is known of it."""
    return not any(
        isinstance(v, InstanceValue) and not v.exact and not v.cls.path.startswith("builtins.") for v in slot.values
    )


def _flow_rest(engine: Engine, function: Function, parameter: ir.Parameter, rest: list[Values], star: Values) -> None:
    for container in function.names[parameter.name].values:
        if not isinstance(container, ContainerValue):
            continue
        for index, values in enumerate(rest[: containers.ITEM_LIMIT]):
            engine.write(container.items.setdefault(index, Slot()), values)
            engine.write(container.element, values)
        if star:
            for index in range(4):
                values = containers.place(engine, star, index)
                if values:
                    engine.write(container.items.setdefault(len(rest) + index, Slot()), values)
                    engine.write(container.element, values)


def _flow_keywords(engine: Engine, function: Function, parameter: ir.Parameter, arguments: Arguments) -> None:
    names = {p.name for p in function.record.parameters if p.kind != "kwargs"}
    for container in function.names[parameter.name].values:
        if not isinstance(container, ContainerValue):
            continue
        for name, values in arguments.keywords.items():
            if name not in names:
                containers.store(engine, (container,), (engine.intern.constant(name),), values)
        if arguments.double:
            containers.merge(engine, container, arguments.double)


def _keyed(engine: Engine, mappings: Values, name: str) -> Values:
    found: Values = NOTHING
    for mapping in mappings:
        if isinstance(mapping, ContainerValue):
            slot = mapping.items.get(name)
            if slot is not None:
                found = join(found, engine.read(slot))
    return found


def returned(engine: Engine, function: Function, receiver: Value | None = None) -> Values:
    """What a project function gives back: what its annotation says, else what was inferred."""
    annotation = function.record.returns
    declared: Values = NOTHING
    if annotation is not None:
        environment: dict[str, Values] = {}
        if isinstance(receiver, InstanceValue):
            environment = dict(engine.hierarchy.environment(receiver.cls, receiver.bindings))
            environment["Self"] = (receiver,)
        elif isinstance(receiver, ClassValue):
            environment["Self"] = (engine.intern.instance(receiver.cls, receiver.bindings),)
        declared = engine.annotations.values(function.outer or function.module.body, annotation, environment)
    engine.demand(function)
    if function.record.is_generator:
        yielded = engine.read(function.yields)
        iterator = engine.builtin_class("Iterator")
        if yielded and iterator is not None:
            return (engine.intern.instance(iterator, (("T", yielded),)),)
        return declared
    if declared and not _vague(declared):
        return declared
    inferred = _as_receiver(engine, function, receiver, engine.read(function.returns))
    return inferred or declared


def _as_receiver(engine: Engine, function: Function, receiver: Value | None, values: Values) -> Values:
    """A method that gives back its own class, or an object of it, gives the receiver's when called on a subclass."""
    owner = function.owner
    if owner is None or not isinstance(receiver, InstanceValue | ClassValue) or receiver.cls is owner:
        return values
    if owner not in receiver.cls.mro or not values:
        return values
    found = tuple(dict.fromkeys(_substitute(engine, value, owner, receiver.cls) for value in values))
    if any(_class_of(value) is receiver.cls for value in found):
        siblings = {below for below in owner.subclasses if receiver.cls not in below.mro}
        return tuple(value for value in found if _class_of(value) not in siblings)
    return found


def _class_of(value: Value) -> Class | None:
    return value.cls if isinstance(value, InstanceValue | ClassValue) else None


def _substitute(engine: Engine, value: Value, owner: Class, cls: Class) -> Value:
    if isinstance(value, InstanceValue):
        bindings = value.bindings and tuple(
            (name, tuple(dict.fromkeys(_substitute(engine, v, owner, cls) for v in values)))
            for name, values in value.bindings
        )
        if value.cls is owner or bindings != value.bindings:
            return engine.intern.instance(cls if value.cls is owner else value.cls, bindings, exact=value.exact)
    elif isinstance(value, ClassValue) and value.cls is owner:
        return engine.intern.class_(cls, value.bindings, open_=value.open)
    return value


def _vague(values: Values) -> bool:
    return all(
        (isinstance(v, InstanceValue)
        and v.cls.path.startswith("builtins.")
        and not v.bindings)
        or isinstance(v, CallableValue)
        for v in values
    )


def stub_call(
    engine: Engine, scope: Scope, value: FunctionValue, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    """Call a function that a stub describes: its annotation, with type variables bound from this call."""
    function = value.function
    if site is not None:
        site.externals.append(External(function.path, value.receiver, function))
    special = intrinsics.TABLE.get(function.path)
    if special is not None:
        return special(engine, scope, arguments, record, value.receiver)
    environment = receiver_environment(engine, value.receiver)
    if function.owner is None and isinstance(record, ir.Call) and isinstance(function.record.returns, ir.Subscript):
        environment[SITE] = (engine.intern.constant(f"{scope.module.path}#{record.number}"),)
    stub_scope = function.outer or function.module.body
    if function.owner is not None:
        stub_scope = function.owner
    bind_arguments(engine, stub_scope, function, value.receiver, arguments, environment)
    returns = function.record.returns
    if returns is None:
        return (engine.intern.external(function.path + "()"),)
    return engine.annotations.values(stub_scope, returns, environment)


def receiver_environment(engine: Engine, receiver: Value | None) -> dict[str, Values]:
    """The type variables that a receiver binds, `Self` among them."""
    if isinstance(receiver, InstanceValue):
        environment = dict(engine.hierarchy.environment(receiver.cls, receiver.bindings))
        environment["Self"] = (receiver,)
        return environment
    if isinstance(receiver, ClassValue):
        environment = dict(engine.hierarchy.environment(receiver.cls, receiver.bindings))
        environment["Self"] = (engine.intern.instance(receiver.cls, receiver.bindings),)
        return environment
    return {}


def bind_arguments(
    engine: Engine,
    scope: Scope,
    function: Function,
    receiver: Value | None,
    arguments: Arguments,
    environment: dict[str, Values],
) -> None:
    """Bind a stub function's type variables from the arguments of one call."""
    parameters = function.record.parameters
    bound = receiver is not None and function.owner is not None and not function.is_static
    for number, parameter in enumerate(parameters[1:] if bound else parameters):
        if parameter.annotation is None:
            continue
        if parameter.kind == "varargs":
            values: Values = NOTHING
            for given in arguments.positional[number:]:
                values = join(values, given)
            values = join(values, containers.elements(engine, arguments.star))
        elif parameter.kind in ("positional", "normal") and number < len(arguments.positional):
            values = arguments.positional[number]
        else:
            values = arguments.keywords.get(parameter.name, NOTHING)
        engine.annotations.bind(scope, parameter.annotation, values, environment)


def overloads(engine: Engine, callee: Values, arguments: Arguments) -> Values:
    """Of overloads with one path, keep the first whose parameters take the arguments."""
    if len(callee) < 2:
        return callee
    chosen: dict[tuple[str, Value | None], Value] = {}
    rest: list[Value] = []
    for value in callee:
        if isinstance(value, FunctionValue) and not value.function.is_project:
            path = (value.function.path, value.receiver)
            if path not in chosen and _takes(engine, value, arguments):
                chosen[path] = value
            elif path not in chosen:
                rest.append(value)
        else:
            rest.append(value)
    kept = [v for v in rest if not (isinstance(v, FunctionValue) and (v.function.path, v.receiver) in chosen)]
    return (*chosen.values(), *kept)


def _takes(engine: Engine, value: FunctionValue, arguments: Arguments) -> bool:
    parameters = value.function.record.parameters
    if value.receiver is not None and not value.function.is_static:
        parameters = parameters[1:]
    positional = [p for p in parameters if p.kind in ("positional", "normal")]
    named = {p.name for p in parameters}
    kinds = {p.kind for p in parameters}
    given = arguments.positional
    if len(given) > len(positional) and "varargs" not in kinds:
        return False
    if "kwargs" not in kinds and any(name not in named for name in arguments.keywords):
        return False
    for number, parameter in enumerate(positional):
        values = given[number] if number < len(given) else arguments.keywords.get(parameter.name)
        if values is None:
            if parameter.default is None and not arguments.star and not arguments.double:
                return False
        elif not _fits(engine, parameter.annotation, values):
            return False
    return all(
        p.default is not None or p.name in arguments.keywords or arguments.double
        for p in parameters
        if p.kind == "keyword"
    )


def _fits(engine: Engine, annotation: ir.Expr | None, values: Values) -> bool:
    """A function is asked for by a type variable named F or a Callable, a class by `type[T]`."""
    if annotation is None or not values:
        return True
    functions = any(isinstance(v, FunctionValue | PartialValue | CallableValue) for v in values)
    if isinstance(annotation, ir.Name):
        if annotation.id == "F":
            return functions or any(isinstance(v, InstanceValue | ClassValue) and not _is_builtin(v) for v in values)
        if annotation.id in ("str", "int", "float", "bool"):
            return not functions and not any(isinstance(v, ClassValue) for v in values)
    if isinstance(annotation, ir.Subscript) and isinstance(annotation.value, ir.Name):
        if annotation.value.id in ("type", "Type"):
            return any(isinstance(v, ClassValue) for v in values) or not any(
                isinstance(v, InstanceValue) for v in values
            )
        if annotation.value.id == "Callable":
            return functions
        definition = engine.names.definition(f"builtins.{annotation.value.id}")
        if definition is None and any(isinstance(v, ClassValue) for v in values):
            return False
    return True


def _is_builtin(value: InstanceValue | ClassValue) -> bool:
    return value.cls.path.startswith("builtins.")


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
    bindings = value.bindings
    init = hierarchy.method(cls, "__init__")
    if init is not None and not init.is_project:
        environment = dict(hierarchy.environment(cls, bindings))
        bind_arguments(engine, init.owner or cls, init, engine.intern.instance(cls), arguments, environment)
        known = tuple((name, environment[name]) for name in _type_parameters(cls) if environment.get(name))
        bindings = known or bindings
    if isinstance(record, ir.Call) and SITE in _type_parameters(cls):
        made = engine.intern.constant(f"{scope.module.path}#{record.number}")
        bindings = (*((name, values) for name, values in bindings if name != SITE), (SITE, (made,)))
    instance = engine.intern.instance(cls, bindings, exact=True)
    if site is not None and not cls.is_project:
        site.externals.append(External(cls.path, None, None))
    elif site is not None:
        stub = next((level for level in cls.mro if not level.is_project), None)
        if stub is not None:
            site.externals.append(External(stub.path, value, None))
    for name in ("__new__", "__init__", "__post_init__"):
        method = hierarchy.method(cls, name)
        if method is not None and method.is_project:
            receiver = value if name == "__new__" else instance
            _enter_project(engine, method, receiver, arguments, site, RESOLVED, "constructor")
    if cls.is_project and (init is None or not init.is_project):
        _flow_fields(engine, cls, arguments)
    return (instance,)


def _type_parameters(cls: Class) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for level in cls.mro:
        for name in level.parameters:
            names[name] = None
    return tuple(names)


def _flow_fields(engine: Engine, cls: Class, arguments: Arguments) -> None:
    """A class without an `__init__` of its own (a data class, a model): keywords name its attributes."""
    fields = list(cls.annotations)
    for index, values in enumerate(arguments.positional):
        if index < len(fields):
            _write_field(engine, cls, fields[index], values)
    for name, values in arguments.keywords.items():
        if name in cls.annotations or name in cls.names:
            _write_field(engine, cls, name, values)


def _write_field(engine: Engine, cls: Class, name: str, values: Values) -> None:
    engine.attribute_names.add(name)
    engine.write(cls.attributes.setdefault(name, Slot()), values)


def _external(
    engine: Engine, scope: Scope, value: ExternalValue, arguments: Arguments, site: CallSite | None, record: ir.Expr
) -> Values:
    if site is not None:
        site.externals.append(External(value.path, value.receiver, None))
    special = intrinsics.TABLE.get(value.path)
    if special is not None:
        return special(engine, scope, arguments, record, value.receiver)
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


def _by_name(engine: Engine, scope: Scope, name: str, arguments: Arguments, site: CallSite) -> Values:
    """Nothing is known of the receiver: a rare method name that few classes define is a weak answer."""
    if name in _COMMON_METHODS or name.startswith("__"):
        return NOTHING
    candidates = engine.methods_by_name.get(name, ())
    if not candidates or len(candidates) > _BY_NAME_LIMIT:
        return NOTHING
    result: Values = NOTHING
    for function in candidates:
        receiver = engine.intern.instance(function.owner) if function.owner is not None else None
        confidence = BY_NAME if len(candidates) > 1 else BY_NAME + 0.1
        site.targets.append(Target(function, receiver, confidence, "only method of this name"))
        result = join(result, returned(engine, function, receiver))
    del arguments, scope
    return result


# --- calls that no call expression makes --------------------------------------------------------------------------


def results(engine: Engine, values: Values, arguments: Arguments | None = None) -> Values:
    """What calling the values gives, without a call site."""
    given = arguments if arguments is not None else Arguments([], {})
    found: Values = NOTHING
    unit = engine.current
    for value in values:
        if unit is not None:
            found = join(found, apply(engine, unit, value, given, None, _NO_RECORD))
    return found


_NO_RECORD = ir.Constant(None)


def property_read(
    engine: Engine, scope: Scope, record: ir.Expr | None, line: int, receiver: InstanceValue, function: Function
) -> Values:
    """Reading a property runs its function, and that of each override."""
    if not function.is_project:
        return stub_call(engine, scope, engine.intern.function(function, receiver), Arguments([], {}), None, _NO_RECORD)  # type: ignore[arg-type]
    functions = [function]
    if not receiver.exact:
        functions += [f for f in engine.hierarchy.overrides(receiver.cls, function.record.name) if f is not function]
    result: Values = NOTHING
    for target in functions[:_OVERRIDE_LIMIT]:
        result = join(result, returned(engine, target, receiver))
    remember(scope, record, line, functions[:_OVERRIDE_LIMIT])
    return result


def remember(scope: Scope, record: ir.Expr | None, line: int, functions: list[Function]) -> None:
    """Note a call that no call expression makes."""
    if record is None or not functions:
        return
    known = scope.unit.reads.get(id(record))
    before = known[2] if known is not None else ()
    scope.unit.reads[id(record)] = (record, line, tuple(dict.fromkeys((*before, *functions))))


def implicit(engine: Engine, scope: Scope, record: ir.Expr, line: int, base: Values, name: str) -> Values:
    """A method that the language calls: `__getitem__`, `__enter__`, `__iter__`."""
    result: Values = NOTHING
    for value in base:
        if not isinstance(value, InstanceValue):
            continue
        method = engine.hierarchy.method(value.cls, name)
        if method is None:
            continue
        if method.is_project:
            remember(scope, record, line, [method])
        result = join(
            result, apply(engine, scope, engine.intern.function(method, value), Arguments([], {}), None, record)
        )
    return result


def enter(engine: Engine, scope: Scope, record: ir.Expr, line: int, managers: Values) -> Values:
    """What `with managers as x` binds to x."""
    found: Values = NOTHING
    for value in managers:
        if isinstance(value, InstanceValue):
            if value.cls.path == "builtins.Iterator":
                found = join(found, containers.elements(engine, (value,)))
                continue
            entered = implicit(engine, scope, record, line, (value,), "__enter__")
            entered = entered or implicit(engine, scope, record, line, (value,), "__aenter__")
            implicit(engine, scope, record, line, (value,), "__exit__")
            implicit(engine, scope, record, line, (value,), "__aexit__")
            found = join(found, entered or (value,))
        else:
            found = join(found, (value,))
    return found


def iteration(engine: Engine, scope: Scope, record: ir.Expr, line: int, iterated: Values) -> None:
    """Iterating over an object of the project runs its `__iter__`."""
    for value in iterated:
        if isinstance(value, InstanceValue) and value.cls.is_project:
            implicit(engine, scope, record, line or line_of(record), (value,), "__iter__")


def pipe(engine: Engine, scope: Scope, expression: ir.Binary, left: Values, right: Values) -> Values:
    """`left | right`: a library's own operator (Celery chains), else the union."""
    for value in left:
        if isinstance(value, InstanceValue):
            method = engine.hierarchy.method(value.cls, "__or__")
            if method is not None:
                bound = engine.intern.function(method, value)
                return apply(engine, scope, bound, Arguments([right], {}), None, expression)
    return join(left, right)


def line_of(expression: ir.Expr) -> int:
    """The line of an expression, as far as its record knows one; 0 otherwise."""
    while True:
        if isinstance(expression, ir.Call | ir.Attribute):
            return expression.line
        if isinstance(expression, ir.Subscript | ir.Await | ir.Starred):
            expression = expression.value
        else:
            return 0


def contribute(engine: Engine, cls: Class, targets: list[ir.Expr], values: Values, call: ir.Call) -> None:
    """A descriptor in a class body that gives the *other* class an attribute: a back reference.

    A stub says so by `def __contribute__(self, related_name="{owner}_set") -> RelatedManager[Owner]`: its parameter
    names the keyword that holds the attribute's name, its default the name without one.
    """
    del targets
    for value in values:
        if not isinstance(value, InstanceValue) or value.cls.is_project:
            continue
        method = engine.hierarchy.method(value.cls, "__contribute__")
        if method is None or method.record.returns is None or len(method.record.parameters) < 2:
            continue
        environment = dict(engine.hierarchy.environment(value.cls, value.bindings))
        environment["Owner"] = (engine.intern.instance(cls),)
        given = engine.annotations.values(method.owner or method.module.body, method.record.returns, environment)
        name = _contributed_name(engine, cls, method.record.parameters[1], call)
        if not name:
            continue
        for instance in environment.get(value.cls.parameters[0], NOTHING) if value.cls.parameters else NOTHING:
            if isinstance(instance, InstanceValue) and instance.cls.is_project:
                _write_field(engine, instance.cls, name, given)


def _contributed_name(engine: Engine, cls: Class, parameter: ir.Parameter, call: ir.Call) -> str:
    for keyword in call.keywords:
        if keyword.name == parameter.name:
            for value in engine.evaluate(cls, keyword.value):
                text = getattr(value, "value", None)
                if isinstance(text, str):
                    return text
            inner = keyword.value
            if isinstance(inner, ir.Call) and inner.arguments and isinstance(inner.arguments[0], ir.Constant):
                return str(inner.arguments[0].value)
            return ""
    default = parameter.default
    if isinstance(default, ir.Constant) and isinstance(default.value, str):
        return default.value.replace("{owner}", cls.record.name.lower())
    return ""
