"""Finds the web application that a handler belongs to, as the framework's own command would."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

from exporters.shared.worker.capture import CaptureError

_MODULES = ("wsgi", "app", "application", "main", "server", "run", "manage")


def find(module: str, qualname: str, named: str = "") -> Callable[..., Any]:
    """The Flask application that serves a handler: the named one, else the first of the usual places that does."""
    if named:
        return _load(named)
    from flask import Flask

    importlib.import_module(module)
    for candidate in _candidates(module, Flask):
        if any(_serves(view, module, qualname) for view in candidate.view_functions.values()):
            return candidate
    raise CaptureError(
        f"no Flask application was found that serves {module}:{qualname}; "
        "say `application: module:object` in the definition"
    )


def _serves(view: Any, module: str, qualname: str) -> bool:  # noqa: ANN401
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        return view_class.__module__ == module and view_class.__qualname__ in {qualname, qualname.rpartition(".")[0]}
    function = inspect.unwrap(view)
    return getattr(function, "__module__", "") == module and getattr(function, "__qualname__", "") == qualname


def _load(named: str) -> Callable[..., Any]:
    module, _, attribute = named.partition(":")
    found = getattr(importlib.import_module(module), attribute or "app")
    return found if hasattr(found, "wsgi_app") or not inspect.isfunction(found) else found()


def _candidates(module: str, flask: type[Any]) -> Iterator[Any]:
    """Applications in modules imported already, the handler's own, the usual ones from the top package to its."""
    yield from _in_modules(list(sys.modules.values()), flask)
    yield from _made_by(sys.modules[module], flask)
    packages = [""] + [".".join(module.split(".")[: n + 1]) for n in range(module.count("."))]
    for package in packages:
        for name in (*_MODULES, ""):
            dotted = ".".join(part for part in (package, name) if part)
            if dotted and _exists(dotted):
                found = importlib.import_module(dotted)
                yield from _in_modules([found], flask)
                yield from _made_by(found, flask)


def _exists(dotted: str) -> bool:
    try:
        return importlib.util.find_spec(dotted) is not None
    except (ImportError, ValueError):
        return False


def _in_modules(modules: list[Any], flask: type[Any]) -> Iterator[Any]:
    for module in modules:
        for value in list(getattr(module, "__dict__", {}).values()):
            if isinstance(value, flask):
                yield value


def _made_by(module: Any, flask: type[Any]) -> Iterator[Any]:  # noqa: ANN401
    for name in ("create_app", "make_app", "build_app", "get_app"):
        factory = getattr(module, name, None)
        if inspect.isfunction(factory) and factory.__module__ == module.__name__:
            required = [p for p in inspect.signature(factory).parameters.values() if p.default is p.empty]
            if not required and isinstance(made := factory(), flask):
                yield made
