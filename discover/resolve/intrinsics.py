"""What the language and its library do that no annotation can say: `getattr`, `partial`, containers' methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve import containers, implicit, responses
from discover.resolve.arguments import Arguments
from discover.resolve.container_methods import METHODS, empty_dict, new_container
from discover.resolve.symbols import Function, Scope
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ContainerValue,
    FunctionValue,
    InstanceValue,
    PartialValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine


_GETATTR_LIMIT = 256
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
    parameters = function.record.parameters
    receiver: Value | None = None
    if parameters:
        first = engine.read(function.names[parameters[0].name])
        receiver = next((v for v in first if isinstance(v, ClassValue)), None)
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
    for name in names:
        if isinstance(name, ConstantValue) and isinstance(name.value, str):
            if "{}" in name.value:
                found = join(found, _pattern_attributes(engine, scope, base, name.value))
            elif count < _GETATTR_LIMIT:
                count += 1
                found = join(found, engine.attribute(scope, base, name.value))
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
        from discover.resolve.statements import assign_attribute

        base, values = arguments.positional[0], arguments.positional[2]
        names = [name.value for name in arguments.positional[1] if isinstance(name, ConstantValue)]
        known = [name for name in names if isinstance(name, str) and "{}" not in name]
        for name in known if len(known) <= _SETATTR_LIMIT else ():
            # Of several names which value goes with which is not known: what is declared keeps what it was.
            assign_attribute(engine, base if len(known) == 1 else _undeclared(engine, base, name), name, values)
    return NOTHING


def _undeclared(engine: Engine, base: Values, name: str) -> Values:
    """The objects whose classes do not say themselves what the attribute is."""
    return tuple(v for v in base if not isinstance(v, InstanceValue) or engine.hierarchy.member(v.cls, name) is None)


def _partial(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if not arguments.positional:
        return NOTHING
    keywords = tuple(sorted(arguments.keywords.items()))
    return (engine.intern.partial(arguments.positional[0], tuple(arguments.positional[1:]), keywords),)


def _type(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if len(arguments.positional) == 3:
        return containers.elements(engine, arguments.positional[1])
    found: Values = NOTHING
    for value in arguments.positional[0] if arguments.positional else NOTHING:
        if isinstance(value, InstanceValue):
            found = join(found, (engine.intern.class_(value.cls, value.bindings, open_=not value.exact),))
    return found


def _import(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    found: Values = NOTHING
    for value in arguments.positional[0] if arguments.positional else NOTHING:
        if isinstance(value, ConstantValue) and isinstance(value.value, str) and "{}" not in value.value:
            name = value.value
            if name.startswith("."):
                name = scope.module.package(1) + name
            module = engine.names.module(name, scope.module)
            if module is not None:
                engine.ensure_module(module)
                found = join(found, (engine.intern.module(module),))
    return found


def _import_string(
    engine: Engine,
    scope: Scope,
    arguments: Arguments,
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    found: Values = NOTHING
    for value in arguments.positional[0] if arguments.positional else NOTHING:
        if isinstance(value, ConstantValue) and isinstance(value.value, str) and "{}" not in value.value:
            found = join(found, engine.find_string(value.value, scope.module))
    return found


def _get_model(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`apps.get_model("shop.Order")`, `apps.get_model("shop", "Order")`: the class of that label."""
    first = _texts(arguments.positional[0] if arguments.positional else arguments.keywords.get("app_label", NOTHING))
    rest = arguments.positional[1] if len(arguments.positional) > 1 else arguments.keywords.get("model_name", NOTHING)
    labels = [f"{app}.{name}" for app in first for name in _texts(rest)] if rest else first
    found: Values = NOTHING
    for label in labels:
        for value in engine.class_by_label(label, scope.module):
            if isinstance(value, InstanceValue):
                found = join(found, (engine.intern.class_(value.cls),))
    return found


def _texts(values: Values) -> list[str]:
    return [
        v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str) and "{}" not in v.value
    ]


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


def _format(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if not isinstance(receiver, ConstantValue) or not isinstance(receiver.value, str):
        return NOTHING
    text = receiver.value
    known = dict(arguments.keywords)
    known.update({str(i): values for i, values in enumerate(arguments.positional)})
    out, automatic = "", 0
    rest = text
    while "{" in rest:
        before, _, after = rest.partition("{")
        field, brace, rest = after.partition("}")
        if not brace:
            return NOTHING
        name = field.split(":")[0].split("!")[0]
        if not name:
            name, automatic = str(automatic), automatic + 1
        constants = [v.value for v in known.get(name, NOTHING) if isinstance(v, ConstantValue)]
        out += before + (str(constants[0]) if len(constants) == 1 else "{}")
    return (engine.intern.constant(out + rest),)


def _string_part(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`"a/b".rstrip("/")`, `.lower()`: near enough to the text itself."""
    return (receiver,) if receiver is not None else NOTHING


def _lower(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return _cased(engine, receiver, str.lower)


def _upper(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return _cased(engine, receiver, str.upper)


def _cased(engine: Engine, receiver: Value | None, change: Callable[[str], str]) -> Values:
    if isinstance(receiver, ConstantValue) and isinstance(receiver.value, str):
        return (engine.intern.constant(change(receiver.value)),)
    return (receiver,) if receiver is not None else NOTHING


def _join(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    if not isinstance(receiver, ConstantValue) or not arguments.positional:
        return NOTHING
    for value in arguments.positional[0]:
        if isinstance(value, ContainerValue) and value.items:
            parts: list[str] = []
            for slot in value.items.values():
                texts = [str(v.value) for v in engine.read(slot) if isinstance(v, ConstantValue)]
                parts.append(texts[0] if len(texts) == 1 else "{}")
            return (engine.intern.constant(str(receiver.value).join(parts)),)
    return NOTHING


TABLE: dict[str, Intrinsic] = {
    **responses.TABLE,
    "builtins.super": _super,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.type": _type,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.__import__": _import,
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
    "builtins.str.format": _format,
    "builtins.str.join": _join,
    **{f"builtins.str.{name}": _string_part for name in ("strip", "rstrip", "lstrip", "title", "encode", "decode")},
    "builtins.str.lower": _lower,
    "builtins.str.upper": _upper,
    "collections.OrderedDict": new_container("dict"),
    "collections.defaultdict": empty_dict,
    "collections.deque": new_container("list"),
    "collections.ChainMap": new_container("dict"),
    "types.MappingProxyType": new_container("dict"),
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "importlib.import_module": _import,
    "django.utils.module_loading.import_string": _import_string,
    "werkzeug.utils.import_string": _import_string,
    "pydoc.locate": _import_string,
    "django.apps.Apps.get_model": _get_model,
    "django.apps.AppConfig.get_model": _get_model,
    "django.utils.functional.SimpleLazyObject": lambda engine, scope, arguments, record, receiver: engine.results_of(  # noqa: ARG005
        arguments.positional[0] if arguments.positional else NOTHING
    ),
    "os.environ.get": _default,
    "os.getenv": _default,
    "typing.cast": lambda engine, scope, arguments, record, receiver: _cast(engine, scope, record, arguments),  # noqa: ARG005
    **{
        f"builtins.{kind}.{name}": method
        for kind in ("list", "set", "tuple", "dict")
        for name, method in METHODS.items()
    },
}

LOADERS = tuple(path for path, evaluate in TABLE.items() if evaluate in {_import, _import_string})
"""What imports by a string."""


def _cast(engine: Engine, scope: Scope, record: ir.Expr, arguments: Arguments) -> Values:
    if isinstance(record, ir.Call) and record.arguments:
        declared = engine.annotations.values(scope, record.arguments[0], {})
        if declared:
            return declared
    return arguments.positional[1] if len(arguments.positional) > 1 else NOTHING
