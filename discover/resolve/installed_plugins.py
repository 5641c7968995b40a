"""What entry points stand for: the objects that the project's own distributions declare under a group.

The types of the libraries that load them carry the group (`GroupT`) and, where the code says it, the name (`NameT`)
from the call that asks for entry points to the one that loads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import NOTHING, ConstantValue, InstanceValue, Value, Values, bound, join

if TYPE_CHECKING:
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Scope


LOAD_NAMED = "pkg_resources.load_entry_point"


def texts(values: Values) -> list[str]:
    """The whole texts among the values; none where one of them is not known."""
    found = [
        v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str) and "{}" not in v.value
    ]
    return found if len(found) == len(values) else []


def _declared(engine: Engine, scope: Scope, groups: Values, names: Values) -> Values:
    wanted = texts(names)
    found: Values = NOTHING
    for group in texts(groups):
        for name, target in engine.plugins.get(group, ()):
            if not wanted or name in wanted:
                found = join(found, engine.find_string(target, scope.module))
    return found


def _load(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    return _declared(engine, scope, bound(receiver, "GroupT"), bound(receiver, "NameT"))


def _load_named(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`pkg_resources.load_entry_point(dist, group, name)`."""
    given = [*arguments.positional[:3], NOTHING, NOTHING, NOTHING]
    groups, names = arguments.keywords.get("group", given[1]), arguments.keywords.get("name", given[2])
    return _declared(engine, scope, groups, names)


def _invoked(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:
    """What a manager of stevedore makes: the object, or what calling it gives where it invokes on loading."""
    found = _load(engine, scope, arguments, record, receiver)
    is_invoked = any(isinstance(v, ConstantValue) and v.value is True for v in bound(receiver, "InvokeT"))
    if not is_invoked:
        return found
    made: Values = NOTHING
    for value in found:
        made = join(made, engine.apply(scope, value, arguments, None, record))
    return made


TABLE: dict[str, Intrinsic] = {
    "importlib.metadata.EntryPoint.load": _load,
    "pkg_resources.EntryPoint.load": _load,
    "pkg_resources.EntryPoint.resolve": _load,
    LOAD_NAMED: _load_named,
    "stevedore.extension.Extension.plugin": _load,
    "stevedore.extension.Extension.obj": _invoked,
    "stevedore.driver.DriverManager.driver": _invoked,
}

LOADERS = (
    "importlib.metadata.EntryPoint.load",
    "pkg_resources.EntryPoint.load",
    "pkg_resources.EntryPoint.resolve",
    LOAD_NAMED,
)
"""Calls that give what an entry point stands for."""

MANAGERS = (
    "stevedore.driver.DriverManager",
    "stevedore.enabled.EnabledExtensionManager",
    "stevedore.extension.ExtensionManager",
    "stevedore.hook.HookManager",
    "stevedore.named.NamedExtensionManager",
)
"""Classes whose objects load entry points on their own."""


def group_of(site: CallSite) -> list[str]:
    """The groups of entry points that a call loads from, as far as they are known."""
    found: dict[str, None] = {}
    for external in site.externals:
        if external.path == LOAD_NAMED:
            given = site.arguments[1] if len(site.arguments) > 1 else site.keywords.get("group", NOTHING)
            found.update(dict.fromkeys(texts(given)))
        elif external.path in LOADERS:
            found.update(dict.fromkeys(texts(bound(external.receiver, "GroupT"))))
    for value in site.result:
        if isinstance(value, InstanceValue) and value.cls.path in MANAGERS:
            found.update(dict.fromkeys(texts(bound(value, "GroupT"))))
    return list(found)
