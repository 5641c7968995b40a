"""Finds the backend's functions by their import paths."""

from __future__ import annotations

import importlib
import inspect
import runpy
from collections.abc import Callable
from functools import partial
from typing import Any

SCRIPT = ":<module>"


def load(path: str) -> Callable[..., Any]:
    """What `package.module:Qual.name` names, as something to call or a queue's task.

    A method is bound to a fresh instance of its class, as a framework does with commands and jobs; of a command
    line's command its function is taken. `package.module:<module>` runs the module as a script.
    """
    module, _, qualname = path.partition(":")
    if path.endswith(SCRIPT):
        return partial(_run_script, module)
    owner: Any = None
    found: Any = importlib.import_module(module)
    for name in qualname.split("."):
        owner, found = found, getattr(found, name)
    if inspect.isclass(owner) and inspect.isfunction(found) and _is_method(owner, found.__name__):
        found = getattr(owner(), found.__name__)
    callback = getattr(found, "callback", None)
    return callback if callable(callback) and type(found).__module__.startswith("click.") else found


def _run_script(module: str) -> None:
    """Run the module as a script; one that ends itself has done well, unless it says otherwise."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code not in {None, 0}:
            raise RuntimeError(f"the script {module} has ended with {end.code}") from end


def _is_method(owner: type[Any], name: str) -> bool:
    return not isinstance(inspect.getattr_static(owner, name), staticmethod | classmethod)
