"""The last resort: a rare method name that few classes of the project define."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.returns import returned
from discover.resolve.sites import BY_NAME, CallSite, Target
from discover.resolve.values import NOTHING, FunctionValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Function, Scope
    from discover.resolve.values import Value

_BY_NAME_LIMIT = 3
_PROPERTIES = 8
"""A name that more properties have than this says nothing of the object."""
_REGISTRY = 2
"""What gives fewer objects than this is no look-up in a registry."""

_OF_DATA = frozenset(
    name for kind in (str, bytes, dict, list, set, tuple, int, float) for name in dir(kind) if not name.startswith("_")
)
"""What text, numbers and containers have: `title` of an unknown object is rather a text's than a project class's."""
_COMMON_METHODS = _OF_DATA | frozenset(
    {
        "set", "read", "write", "close", "open", "send", "start", "stop", "run", "save", "delete", "create",
        "filter", "all", "first", "last", "exists", "exclude", "order_by", "execute", "commit", "rollback",
        "flush", "match", "search", "group", "sub", "isoformat", "strftime", "total_seconds", "json", "text",
        "info", "debug", "warning", "error", "exception", "critical", "log", "put", "post", "patch", "head",
        "options", "request", "connect", "disconnect", "name", "value", "is_valid", "validate", "clean",
        "render", "load", "dump", "loads", "dumps", "next", "acquire", "release", "wait", "result", "submit",
        "map", "call", "apply", "check", "process", "handle", "init", "setup", "reset", "register",
    }
)  # fmt: skip
"""Names that every other library has too: they say nothing of the receiver."""


def call_by_name(engine: Engine, name: str, site: CallSite) -> Values:
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
        evidence = (
            "only method of this name" if len(candidates) == 1 else f"one of {len(candidates)} methods of this name"
        )
        site.targets.append(Target(function, receiver, confidence, evidence))
        result = join(result, returned(engine, function, receiver))
    return result


def call_by_property(engine: Engine, scope: Scope, called: ir.Attribute, site: CallSite) -> Values:
    """`row.plugin.send(…)` of a row of which nothing is known: every property `plugin` looks up the same registry.

    Where properties of this name give different things, or objects also have a plain attribute of it, none is meant.
    """
    held = called.value
    if (
        not isinstance(held, ir.Attribute)
        or held.name in engine.attribute_holders
        or engine.evaluate(scope, held.value)
    ):
        return NOTHING
    properties = engine.methods_by_name.get(held.name, ())
    if not 0 < len(properties) <= _PROPERTIES or not all(one.is_property for one in properties):
        return NOTHING
    given = [
        list(returned(engine, one, engine.intern.instance(one.owner) if one.owner else None)) for one in properties
    ]
    objects = given[0]
    if len(objects) < _REGISTRY or any(set(one) != set(objects) for one in given):
        return NOTHING
    result: Values = NOTHING
    found: dict[Function, Value | None] = {}
    for value in engine.attribute(scope, tuple(objects), called.name):
        if isinstance(value, FunctionValue) and value.function.is_project:
            found.setdefault(value.function, value.receiver)
    for function, receiver in found.items():
        evidence = f"one of {len(found)} that the property {held.name} looks up, picked by data"
        site.targets.append(Target(function, receiver, BY_NAME, evidence))
        result = join(result, returned(engine, function, receiver))
    return result


def family_of(engine: Engine, name: str) -> int:
    """How many methods of this name override one another; 0 where it is a name that every other library has too."""
    if name in _COMMON_METHODS or name.startswith("__"):
        return 0
    owners = [method.owner for method in engine.methods_by_name.get(name, ()) if method.owner is not None]
    return sum(any(other is not owner and other in owner.mro for other in owners) for owner in owners)
