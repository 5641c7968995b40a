"""Looks for a web application where applications usually are."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from typing import Any

_MODULES = ("wsgi", "asgi", "app", "application", "main", "server", "run", "manage")
_FACTORIES = ("create_app", "make_app", "build_app", "get_app", "create_application", "get_application")


def instances(module: str, cls: type[Any]) -> Iterator[Any]:
    """Applications in modules imported already, the handler's own, the usual ones from the top package to its."""
    yield from _in_modules(list(sys.modules.values()), cls)
    yield from _made_by(sys.modules[module], cls)
    packages = [""] + [".".join(module.split(".")[: n + 1]) for n in range(module.count("."))]
    for package in packages:
        for name in (*_MODULES, ""):
            dotted = ".".join(part for part in (package, name) if part)
            if dotted and _exists(dotted):
                found = importlib.import_module(dotted)
                yield from _in_modules([found], cls)
                yield from _made_by(found, cls)


def load(named: str) -> Any:
    """The object at `module:object`; what a factory makes when it is a function."""
    module, _, attribute = named.partition(":")
    found = getattr(importlib.import_module(module), attribute or "app")
    return found() if inspect.isfunction(found) else found


def is_function(found: Any, module: str, qualname: str) -> bool:
    """Whether this is, below its decorators, the function (or the class of the method) of that name."""
    plain = inspect.unwrap(found)
    names = {qualname, qualname.rpartition(".")[0]} if inspect.isclass(plain) else {qualname}
    return getattr(plain, "__module__", "") == module and getattr(plain, "__qualname__", "") in names


def _exists(dotted: str) -> bool:
    try:
        return importlib.util.find_spec(dotted) is not None
    except (ImportError, ValueError):
        return False


def _in_modules(modules: Iterable[Any], cls: type[Any]) -> Iterator[Any]:
    for module in modules:
        for value in list(getattr(module, "__dict__", {}).values()):
            if isinstance(value, cls):
                yield value


def _made_by(module: Any, cls: type[Any]) -> Iterator[Any]:
    for name in _FACTORIES:
        factory = getattr(module, name, None)
        if inspect.isfunction(factory) and factory.__module__ == module.__name__:
            required = [p for p in inspect.signature(factory).parameters.values() if p.default is p.empty]
            if not required and isinstance(made := factory(), cls):
                yield made
