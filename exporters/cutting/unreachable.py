"""Why no step can call a handler or a function by a name of its module, and what would let it be cut."""

from __future__ import annotations

import ast

from exporters.cutting.backend import script_of
from exporters.cutting.source import Class, Code

_LOCAL = ".<locals>"


def why_unreachable(unit: str, code: Code, occasion: str = "") -> str:
    """Say of a unit for which `Code.function` has none what it is; `occasion` is what a framework makes objects for."""
    path, _, name = unit.partition("::")
    file = code.file(path)
    if file is None:
        return f"`{path}` can't be read: it is not here, or its syntax is not that of this Python"
    if script_of(unit):
        return f"`{path}` runs as a script, from its first line on: started as one of its functions, it could be cut"
    outer, local, inner = name.rpartition(_LOCAL)
    if local:
        return _inside_function(outer.replace(_LOCAL, ""), inner.removeprefix("."), occasion)
    if isinstance(code.named(file, name), Class):
        return _class(name, occasion)
    owner, _, last = name.rpartition(".")
    if "." in owner and isinstance(code.named(file, owner.partition(".")[0]), Class):
        made = f", which the framework makes for each {occasion}" if occasion else ""
        return (
            f"`{last}` is a method of the class `{owner}`{made}: with that class at the top of its module, "
            "and not inside of another class, it could be cut"
        )
    first = name.partition(".")[0].partition("#")[0]
    if "#" in name or any(getattr(one, "name", "") == first for one in ast.walk(file.tree)):
        return f"its module gives the name `{first}` more than once: under a name of its own it could be cut"
    return f"`{name}` is no function that its module defines by name: one written with `def` there could be cut"


def _inside_function(outer: str, inner: str, occasion: str) -> str:
    owner, _, last = inner.rpartition(".")
    if not owner:
        return f"`{outer}` makes `{inner}` anew each time that it is called: at the top of its module it could be cut"
    made = f", and the framework an object of it for each {occasion}" if occasion else ""
    return (
        f"`{last}` is a method of the class `{owner}`, which `{outer}` makes anew each time that it is called{made}: "
        "with the class at the top of its module it could be cut"
    )


def _class(name: str, occasion: str) -> str:
    if not occasion:
        return f"`{name}` is a class: what its methods do together is one step"
    return (
        f"the handler is a class, `{name}`, of which the framework makes an object for each {occasion}, and calls its "
        "methods one by one: with one method of its own that does the whole work it could be cut"
    )
