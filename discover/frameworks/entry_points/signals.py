"""Which signal a value is: by the place that made it, by the library's name for it, or by its string."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.routing.routers import site_keys
from discover.resolve.values import ClassValue, ConstantValue, ExternalValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from discover.frameworks.records import EntryPoint
    from discover.resolve.program import Program


def identify(program: Program, values: Values | tuple[Value, ...]) -> list[tuple[str, str]]:
    """For each signal among the values its key, and the name that readers know it by."""
    found: dict[str, str] = {}
    for value in values:
        if not isinstance(value, InstanceValue):
            continue
        named = [
            str(v.value) for name, bound in value.bindings if name == "N" for v in bound if isinstance(v, ConstantValue)
        ]
        if named:
            found.update((name, name) for name in named)
            continue
        for key in site_keys((value,)):
            found[key] = name_of_site(program, key)
    return list(found.items())


def event_keys(program: Program, value: Value) -> tuple[str, ...]:
    """The keys of an event that is named by a class, or by an object of it: the class first, then what it extends."""
    if isinstance(value, ExternalValue):
        return (value.path.removesuffix("()"),)
    if not isinstance(value, ClassValue | InstanceValue) or value.cls.path.startswith(("builtins.", "typing.")):
        return ()
    program.engine.hierarchy.resolve(value.cls)
    return tuple(level.id for level in value.cls.mro if not level.path.startswith(("builtins.", "typing.")))


def heard_at(entry: EntryPoint, key: str, places: list[str]) -> bool:
    """Whether a receiver listens to one of these objects; one whose object is not known listens to all."""
    known = [name for name in entry.names if name.startswith(f"{key}@")]
    return not known or any(f"{key}@{place}" in known for place in places)


def name_of_site(program: Program, key: str) -> str:
    """`path.py#12` to the dotted name of the variable that the call's result is assigned to."""
    path, mark, number = key.rpartition("#")
    module = program.by_path.get(path)
    if not mark or module is None:
        return key
    name = _assigned(module.facts.body, int(number), "")
    return f"{module.name}.{name}" if name else key


def _assigned(body: list[ir.Stmt], number: int, prefix: str) -> str:
    for statement in body:
        if isinstance(statement, ir.Assign):
            if isinstance(statement.value, ir.Call) and statement.value.number == number:
                target = statement.targets[0]
                if isinstance(target, ir.Name):
                    return prefix + target.id
                if isinstance(target, ir.Attribute):
                    return prefix + target.name
        elif isinstance(statement, ir.Class | ir.Function):
            found = _assigned(statement.body, number, f"{prefix}{statement.name}.")
            if found:
                return found
        elif isinstance(statement, ir.If):
            found = _assigned([*statement.body, *statement.otherwise], number, prefix)
            if found:
                return found
        elif isinstance(statement, ir.Try):
            found = _assigned(statement.body, number, prefix)
            if found:
                return found
    return ""
