"""The last resort: a rare method name that few classes of the project define."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.returns import returned
from discover.resolve.sites import BY_NAME, CallSite, Target
from discover.resolve.values import NOTHING, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine

_BY_NAME_LIMIT = 3

_COMMON_METHODS = frozenset(
    {
        "get", "set", "add", "pop", "update", "append", "extend", "insert", "remove", "clear", "copy", "keys",
        "values", "items", "index", "count", "sort", "reverse", "split", "join", "strip", "replace", "format",
        "encode", "decode", "read", "write", "close", "open", "send", "start", "stop", "run", "save", "delete",
        "create", "filter", "all", "first", "last", "exists", "exclude", "order_by", "execute", "commit",
        "rollback", "flush", "match", "search", "group", "sub", "find", "lower", "upper", "startswith", "endswith",
        "isoformat", "strftime", "total_seconds", "json", "text", "info", "debug", "warning", "error", "exception",
        "critical", "log", "put", "post", "patch", "head", "options", "request", "connect", "disconnect", "name",
        "value", "is_valid", "validate", "clean", "render", "load", "dump", "loads", "dumps", "next", "acquire",
        "release", "wait", "result", "submit", "map", "call", "apply", "check", "process", "handle", "init",
        "setup", "reset", "register",
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


def family_of(engine: Engine, name: str) -> int:
    """How many methods of this name override one another; 0 where it is a name that every other library has too."""
    if name in _COMMON_METHODS or name.startswith("__"):
        return 0
    owners = [method.owner for method in engine.methods_by_name.get(name, ()) if method.owner is not None]
    return sum(any(other is not owner and other in owner.mro for other in owners) for owner in owners)
