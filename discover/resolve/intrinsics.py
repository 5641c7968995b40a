"""What the language and its library do that no annotation can say: `getattr`, `partial`, containers' methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import (
    alternatives,
    containers,
    data_fields,
    django_apps,
    dynamic_imports,
    implicit,
    installed_plugins,
    made_classes,
    marks,
    metaclasses,
    named_tuples,
    numbers,
    pyramid_members,
    queryset_managers,
    queued,
    responses,
    text_methods,
)
from discover.resolve.arguments import flow
from discover.resolve.container_methods import OF_DISPLAYS, empty_dict, new_container
from discover.resolve.given import Arguments
from discover.resolve.handlers import still_in_handler
from discover.resolve.overrides import asked_after
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ExternalValue,
    FunctionValue,
    InstanceValue,
    ModuleValue,
    PartialValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine


_GETATTR_LIMIT = 256
_MEMBER_LIMIT = 24
"""A module with more functions and classes than this is no table of handlers."""
_SETATTR_LIMIT = 16
"""A `setattr` with more names than this fills an object from data."""


def super_value(engine: Engine, scope: Scope, call: ir.Call) -> Values:
    """`super`, when a call's function is that name: the call's result is what matters, see `_super`."""
    if not isinstance(call.function, ir.Name) or call.function.id != "super":
        return NOTHING
    function: Scope | None = scope if isinstance(scope, Function) else scope.unit
    while isinstance(function, Function) and function.owner is None:
        function = function.outer
    if not isinstance(function, Function) or function.owner is None:
        return NOTHING
    owner = function.owner
    if len(call.arguments) == 2:
        owner = asked_after(engine.evaluate(scope, call.arguments[0]), owner)
    parameters = function.record.parameters
    receiver: Value | None = None
    if parameters:
        first = engine.read(function.names[parameters[0].name])
        receiver = next((v for v in first if isinstance(v, ClassValue) or still_in_handler(v)), None)
    return (engine.intern.external("builtins.super", engine.intern.super_(owner, receiver)),)


def _super(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return (receiver,) if receiver is not None else NOTHING


def _first(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return arguments.positional[0] if arguments.positional else NOTHING


def _getattr(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if len(arguments.positional) < 2:
        return NOTHING
    base, names = arguments.positional[0], arguments.positional[1]
    found: Values = arguments.positional[2] if len(arguments.positional) > 2 else NOTHING
    count = 0
    if not names and any(isinstance(value, ModuleValue) for value in base):
        return join(found, _members(engine, scope, base))
    for name in names:
        if isinstance(name, ConstantValue) and isinstance(name.value, str):
            if "{}" in name.value:
                found = join(found, _pattern_attributes(engine, scope, base, name.value))
            elif count < _GETATTR_LIMIT:
                count += 1
                found = join(found, _told_apart(engine.attribute(scope, base, name.value), len(names) > 1))
    return found


def _told_apart(found: Values, several: bool) -> Values:
    """Of several names in several modules, those pairs that stand in the code."""
    return tuple(v for v in found if not isinstance(v, ExternalValue)) or found if several else found


def _members(engine: Engine, scope: Scope, base: Values) -> Values:
    """`getattr(module, name)` with a name that nothing is known of: the functions and classes that stand in the file.

    Asked only when all else is known: till then the name may get a value.
    """
    if not engine.is_settled:
        engine.open_names[scope.unit] = None
        return NOTHING
    found: Values = NOTHING
    for value in base:
        if isinstance(value, ModuleValue) and value.module.is_project:
            engine.ensure_module(value.module)
            children = [c for c in value.module.body.children.values() if not c.record.name.startswith("_")]
            named = [c for c in children if c.record.name in value.module.body.names]
            for child in named if len(named) <= _MEMBER_LIMIT else ():
                found = join(found, engine.read(value.module.body.names[child.record.name]))
    return found


def _pattern_attributes(engine: Engine, scope: Scope, base: Values, pattern: str) -> Values:
    """`getattr(self, f"handle_{kind}")`: every attribute whose name fits."""
    prefix, _, rest = pattern.partition("{}")
    suffix = rest.rpartition("{}")[2]
    if not prefix and not suffix:
        return NOTHING
    found: Values = NOTHING
    for value in base:
        names: list[str] = []
        if isinstance(value, (InstanceValue, ClassValue)):
            engine.hierarchy.resolve(value.cls)
            for level in value.cls.mro:
                names += [n for n in level.names if n.startswith(prefix) and n.endswith(suffix)]
        for name in sorted(set(names))[:_GETATTR_LIMIT]:
            found = join(found, engine.attribute(scope, (value,), name))
    return found


def _setattr(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if len(arguments.positional) == 3:
        base, values = arguments.positional[0], arguments.positional[2]
        names = [name.value for name in arguments.positional[1] if isinstance(name, ConstantValue)]
        known = [name for name in names if isinstance(name, str) and "{}" not in name]
        for name in known if len(known) <= _SETATTR_LIMIT else ():
            # Of several names which value goes with which is not known: what is declared keeps what it was.
            engine.assign_attribute(base if len(known) == 1 else _undeclared(engine, base, name), name, values)
    return NOTHING


def _undeclared(engine: Engine, base: Values, name: str) -> Values:
    """The objects whose classes do not say themselves what the attribute is."""
    return tuple(v for v in base if not isinstance(v, InstanceValue) or engine.hierarchy.member(v.cls, name) is None)


def _partial(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if not arguments.positional:
        return NOTHING
    given = Arguments(list(arguments.positional[1:]), dict(arguments.keywords))
    for value in arguments.positional[0]:
        if isinstance(value, FunctionValue) and value.function.is_project:
            flow(engine, value.function, value.receiver, given)
    keywords = tuple(sorted(arguments.keywords.items()))
    return (engine.intern.partial(arguments.positional[0], tuple(arguments.positional[1:]), keywords),)


def _type(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if len(arguments.positional) == 3:
        bases = containers.elements(engine, arguments.positional[1])
        made_classes.note_bases(engine, scope, bases)
        return bases
    found: Values = NOTHING
    for value in arguments.positional[0] if arguments.positional else NOTHING:
        if isinstance(value, InstanceValue):
            found = join(found, (engine.intern.class_(value.cls, value.bindings, open_=not value.exact),))
    return found


def _map(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """The first argument that can be called is called with what the others hold."""
    positional = arguments.positional
    place = next((number for number, values in enumerate(positional) if any(map(_is_callable, values))), 0)
    others = [values for number, values in enumerate(positional) if number != place]
    given = Arguments([containers.elements(engine, values) for values in others], {})
    container = engine.intern.container(record, "list")
    for value in positional[place] if positional else NOTHING:
        if isinstance(value, FunctionValue) and value.function.is_project:
            implicit.remember(scope, record, implicit.line_of(record), [value.function])
        engine.write(container.element, engine.apply(scope, value, given, None, record))
    return (container,)


def _is_callable(value: Value) -> bool:
    return isinstance(value, (FunctionValue, ClassValue, PartialValue))


def _filter(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:
    _map(engine, scope, arguments, record, receiver)
    return arguments.positional[1] if len(arguments.positional) > 1 else NOTHING


def _flattened(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    container = engine.intern.container(record, "list")
    for values in arguments.positional[:1]:
        engine.write(container.element, containers.elements(engine, containers.elements(engine, values)))
    return (container,)


def _property(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    getters = arguments.at(0, "fget")
    functions = tuple(value for value in getters if isinstance(value, FunctionValue) and value.function.is_project)
    return (engine.intern.property(functions),) if functions else NOTHING


def _reduce(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """The function is called with what it gave before, or what the first call begins with, and each item."""
    if len(arguments.positional) < 2:
        return NOTHING
    functions, iterable, *initial = arguments.positional
    items = containers.elements(engine, iterable)
    result = initial[0] if initial else items
    for value in functions:
        if isinstance(value, FunctionValue) and value.function.is_project:
            implicit.remember(scope, record, implicit.line_of(record), [value.function])
        result = join(result, engine.apply(scope, value, Arguments([result, items], {}), None, record))
    return result


def _subclasses(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    container = engine.intern.container(record, "list")
    if isinstance(receiver, ClassValue):
        below = [c for c in sorted(receiver.cls.subclasses, key=lambda c: c.id) if c.is_project]
        engine.write(container.element, tuple(engine.intern.class_(c) for c in below))
    return (container,)


def _vars(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    container = engine.intern.container(record, "dict")
    body = scope.module.body
    for name, slot in list(body.names.items()):
        containers.store(engine, (container,), (engine.intern.constant(name),), engine.read(slot))
    return (container,)


def _default(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`os.environ.get(name, default)`: the default is the best guess."""
    if len(arguments.positional) > 1:
        return arguments.positional[1]
    return arguments.keywords.get("default", NOTHING)


def _entered(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`stack.enter_context(manager)`: what `with manager as x` binds to x."""
    managers = arguments.positional[0] if arguments.positional else NOTHING
    return implicit.enter(engine, scope, record, implicit.line_of(record), managers)


TABLE: dict[str, Intrinsic] = {
    **responses.TABLE,
    **text_methods.TABLE,
    **numbers.TABLE,
    **dynamic_imports.TABLE,
    **installed_plugins.TABLE,
    **metaclasses.TABLE,
    **alternatives.TABLE,
    **django_apps.TABLE,
    **marks.TABLE,
    **data_fields.TABLE,
    **named_tuples.TABLE,
    **pyramid_members.TABLE,
    **queued.TABLE,
    **queryset_managers.TABLE,
    **dict.fromkeys(
        (
            "contextlib.ExitStack().enter_context",
            "contextlib.AsyncExitStack().enter_context",
            "contextlib.AsyncExitStack().enter_async_context",
        ),
        _entered,
    ),
    "builtins.super": _super,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.type": _type,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.property": _property,
    "functools.cached_property": _property,
    "builtins.globals": _vars,
    "builtins.type.__subclasses__": _subclasses,
    "builtins.list": new_container("list"),
    "builtins.set": new_container("set"),
    "builtins.frozenset": new_container("set"),
    "builtins.tuple": new_container("tuple"),
    "builtins.dict": new_container("dict"),
    "builtins.sorted": new_container("list"),
    "builtins.reversed": new_container("list"),
    "builtins.iter": _first,
    "builtins.str": _first,
    "collections.OrderedDict": new_container("dict"),
    "collections.defaultdict": empty_dict,
    "collections.deque": new_container("list"),
    "collections.ChainMap": new_container("dict"),
    "types.MappingProxyType": new_container("dict"),
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.reduce": _reduce,
    "itertools.chain": new_container("list"),
    "itertools.chain.from_iterable": _flattened,
    "itertools.islice": _first,
    "itertools.cycle": _first,
    "itertools.filterfalse": _filter,
    "itertools.takewhile": _filter,
    "itertools.dropwhile": _filter,
    "django.utils.functional.SimpleLazyObject": lambda engine, scope, arguments, record, receiver: engine.results_of(  # noqa: ARG005
        arguments.positional[0] if arguments.positional else NOTHING
    ),
    "os.environ.get": _default,
    "os.getenv": _default,
    "typing.cast": lambda engine, scope, arguments, record, receiver: _cast(engine, scope, record, arguments),  # noqa: ARG005
    **OF_DISPLAYS,
}


def _cast(engine: Engine, scope: Scope, record: ir.Expr, arguments: Arguments) -> Values:
    if isinstance(record, ir.Call) and record.arguments:
        declared = engine.annotations.values(scope, record.arguments[0], {})
        if declared:
            return declared
    return arguments.positional[1] if len(arguments.positional) > 1 else NOTHING
