"""Modules and things that are imported by a string: one name, or a pattern that several modules fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from discover.facts import records as ir
from discover.resolve.symbols import Class, Scope
from discover.resolve.values import NOTHING, ClassValue, ConstantValue, FunctionValue, ModuleValue, Value, Values, join

if TYPE_CHECKING:
    from discover.resolve.container_methods import Intrinsic
    from discover.resolve.engine import Engine
    from discover.resolve.given import Arguments

MODULE_LIMIT: Final = 64
"""So many modules that fit a pattern are loaded; a package that holds more is not picked from by a name."""


def _texts(arguments: Arguments, place: int, keyword: str) -> list[str]:
    return [v.value for v in arguments.at(place, keyword) if isinstance(v, ConstantValue) and isinstance(v.value, str)]


def _import(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    found: Values = NOTHING
    for name in _texts(arguments, 0, "name"):
        if name.startswith("."):
            packages = [text for text in _texts(arguments, 1, "package") if "{}" not in text]
            name = (packages[0] if packages else scope.module.package(1)) + name
        found = join(found, _modules(engine, scope, name))
    return found


def _modules(engine: Engine, scope: Scope, name: str) -> Values:
    names = _fitting(engine, name) if "{}" in name else [name]
    found: Values = NOTHING
    for one in names:
        module = engine.names.module(one, scope.module)
        if module is not None:
            engine.ensure_module(module)
            found = join(found, (engine.intern.module(module),))
    return found


def _fitting(engine: Engine, pattern: str) -> list[str]:
    """The project's modules that fit `plugins.{}`; a pattern must say where they are."""
    package = pattern.partition("{}")[0].rpartition(".")[0]
    if not package:
        return []
    expression = re.compile(r"\w+".join(re.escape(part) for part in pattern.split("{}")) + "$")
    names = [name for name in engine.names.project if expression.match(name)]
    return sorted(names) if len(names) <= MODULE_LIMIT else []


def _import_string(
    engine: Engine,
    scope: Scope,
    arguments: Arguments,
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    found: Values = NOTHING
    for name in _texts(arguments, 0, "dotted_path"):
        if "{}" not in name:
            found = join(found, engine.find_string(name, scope.module))
    return found


def _maybe_dotted(
    engine: Engine,
    scope: Scope,
    arguments: Arguments,
    record: ir.Expr,  # noqa: ARG001
    receiver: Value | None,  # noqa: ARG001
) -> Values:
    """`config.maybe_dotted(x)`: what a dotted name says, also below the caller's package; anything else as it is."""
    given = arguments.at(0, "dotted")
    found = tuple(value for value in given if isinstance(value, FunctionValue | ClassValue | ModuleValue))
    for name in _texts(arguments, 0, "dotted"):
        whole = (scope.module.package(1) + name).rstrip(".") if name.startswith(".") else name
        if "{}" not in whole and whole:
            found = join(found, engine.find_string(whole.replace(":", "."), scope.module))
    return found


def _listed(engine: Engine, scope: Scope, arguments: Arguments, record: ir.Expr, receiver: Value | None) -> Values:  # noqa: ARG001
    """`pkgutil.iter_modules(path, "plugins.")`: names that begin with the prefix."""
    container = engine.intern.container(record, "list")
    info = engine.names.definition("pkgutil.ModuleInfo")
    if isinstance(info, Class):
        names = tuple(engine.intern.constant(prefix + "{}") for prefix in _texts(arguments, 1, "prefix"))
        found = engine.intern.instance(info, (("N", names), ("#1", names)) if names else ())
        engine.write(container.element, (found,))
    return (container,)


TABLE: dict[str, Intrinsic] = {
    "builtins.__import__": _import,
    "importlib.import_module": _import,
    "importlib.__import__": _import,
    "pkgutil.iter_modules": _listed,
    "pkgutil.walk_packages": _listed,
    "django.utils.module_loading.import_string": _import_string,
    "werkzeug.utils.import_string": _import_string,
    "pydoc.locate": _import_string,
    "pkgutil.resolve_name": _import_string,
    "pyramid.config.Configurator.maybe_dotted": _maybe_dotted,
    "pyramid.path.DottedNameResolver().maybe_resolve": _maybe_dotted,
    "pyramid.path.DottedNameResolver().resolve": _maybe_dotted,
}

LOADERS = tuple(path for path, evaluate in TABLE.items() if evaluate in {_import, _import_string, _maybe_dotted})
"""What imports by a string."""
