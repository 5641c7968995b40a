"""Which setting an expression reads, where its value is not known: a variable of the environment, a settings' field.

Two places that read the same setting mean the same thing, whatever it is set to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.reading.made_objects import makings, set_by
from discover.frameworks.reading.parameters import argument_for
from discover.resolve.symbols import Function
from discover.resolve.values import ClassValue, InstanceValue, ModuleValue

if TYPE_CHECKING:
    from discover.frameworks.reading.frames import Frame
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Scope

_DEPTH = 6
_CALLERS = 16
"""So many callers are asked what they give."""
_READERS = frozenset({"get", "getenv", "env", "config", "str", "get_env", "require_env"})
_HOLDERS = frozenset({"environ", "config", "settings", "conf", "cfg", "env", "secrets"})


def setting_name(
    bench: Workbench, scope: Scope, expression: ir.Expr, frame: Frame | None = None, depth: int = _DEPTH
) -> str:
    """`$NAME` for a variable of the environment, `Class.field` or `module.NAME` for a setting; empty otherwise."""
    if depth == 0:
        return ""
    if isinstance(expression, ir.Call):
        return _read(expression)
    if isinstance(expression, ir.Subscript):
        holder = ending(expression.value)
        return _key(holder, expression.index) if holder in _HOLDERS else ""
    if isinstance(expression, ir.Name):
        return _of_name(bench, scope, expression.id, frame, depth)
    if isinstance(expression, ir.Attribute):
        return _of_made(bench, scope, expression, frame, depth) or _of_attribute(bench, scope, expression, depth)
    return ""


def _read(call: ir.Call) -> str:
    """`os.environ.get("X")`, `os.getenv("X")`, `config("X")`, `settings.get("X")`."""
    function = call.function
    if not call.arguments or ending(function) not in _READERS:
        return ""
    if isinstance(function, ir.Attribute):
        holder = ending(function.value)
        if holder not in _HOLDERS and holder != "os":
            return ""
        return _key("environ" if holder in ("os", "env") else holder, call.arguments[0])
    return _key("environ", call.arguments[0])


def _key(holder: str, key: ir.Expr) -> str:
    if not isinstance(key, ir.Constant) or not isinstance(key.value, str):
        return ""
    if holder in ("environ", "env"):
        return f"${key.value}"
    return f"{holder}.{key.value}" if key.value.isidentifier() else f"{holder}[{key.value}]"


def _of_name(bench: Workbench, scope: Scope, name: str, frame: Frame | None, depth: int) -> str:
    unit = scope.unit
    assigned = bench.contexts.assignments(unit).get(name, [])
    if len(assigned) == 1:
        return setting_name(bench, scope, assigned[0], frame, depth - 1)
    if assigned:
        return ""
    if any(parameter.name == name for parameter in unit.record.parameters):
        return _given(bench, unit, name, frame, depth)
    slot = bench.program.engine.names.lookup(scope, name)
    origin = bench.program.engine.names.origins.get(slot) if slot is not None else None
    module = origin if origin is not None else scope.module
    return _of_module(bench, module.body, module.name, slot, name, depth)


def _of_module(bench: Workbench, body: Function, module: str, slot: object, name: str, depth: int) -> str:
    named = name if body.names.get(name) is slot else next((n for n, s in body.names.items() if s is slot), name)
    assigned = bench.contexts.assignments(body).get(named, [])
    found = setting_name(bench, body, assigned[0], None, depth - 1) if len(assigned) == 1 else ""
    return found or (f"{module}.{named}" if assigned and not isinstance(assigned[0], ir.Constant) else "")


def _given(bench: Workbench, function: Function, name: str, frame: Frame | None, depth: int) -> str:
    """What the frame's caller gives for the parameter, else what all callers give alike."""
    if frame is not None and frame.site is not None and frame.function is function:
        return _passed(bench, function, name, frame.site, frame.outer, depth)
    callers = bench.contexts.callers(function)
    named = (
        {_passed(bench, function, name, site, None, depth) for site in callers} if len(callers) <= _CALLERS else set()
    )
    return named.pop() if len(named) == 1 else ""


def _passed(bench: Workbench, function: Function, name: str, site: CallSite, outer: Frame | None, depth: int) -> str:
    given = argument_for(function, name, site.call)
    if given is not None:
        return setting_name(bench, site.function, given, outer, depth - 1)
    default = next((one.default for one in function.record.parameters if one.name == name), None)
    return setting_name(bench, function.module.body, default, None, depth - 1) if default is not None else ""


def _of_made(bench: Workbench, scope: Scope, expression: ir.Attribute, frame: Frame | None, depth: int) -> str:
    """The setting that the one call gave which made the object."""
    named: set[str] = set()
    for made in makings(bench.contexts, scope, expression.value, frame):
        given = set_by(bench.contexts, made, expression.name, frame)
        named.add(setting_name(bench, given[0].function, given[1], given[0], depth - 1) if given is not None else "")
    return named.pop() if len(named) == 1 else ""


def _of_attribute(bench: Workbench, scope: Scope, expression: ir.Attribute, depth: int) -> str:
    for value in bench.program.values_of(scope, expression.value):
        if isinstance(value, ModuleValue) and value.module.is_project:
            body = value.module.body
            return _of_module(bench, body, value.module.name, body.names.get(expression.name), expression.name, depth)
        if isinstance(value, InstanceValue | ClassValue) and value.cls.is_project:
            return _of_field(bench, value.cls, expression.name, depth)
    if isinstance(expression.value, ir.Name):
        given = _put_on(scope.module.body.record.body, expression.value.id, expression.name)
        if len(given) == 1:
            return setting_name(bench, scope.module.body, given[0], None, depth - 1)
    holder = ending(expression.value)
    return f"{holder}.{expression.name}" if holder in _HOLDERS - {"environ", "env"} else ""


def _of_field(bench: Workbench, cls: Class, name: str, depth: int) -> str:
    for level in cls.mro:
        if not level.is_project:
            continue
        for statement in level.record.body:
            if isinstance(statement, ir.Assign) and any(ending(target) == name for target in statement.targets):
                found = setting_name(bench, level, statement.value, None, depth - 1) if statement.value else ""
                return found or f"{level.record.name}.{name}"
        for setter in level.self_attributes.get(name, ()):
            for value in _stored(setter.record.body, name):
                found = setting_name(bench, setter, value, None, depth - 1)
                if found:
                    return found
    return ""


def _stored(body: list[ir.Stmt], name: str) -> list[ir.Expr]:
    return [
        statement.value
        for statement in body
        if isinstance(statement, ir.Assign) and statement.value is not None
        for target in statement.targets
        if isinstance(target, ir.Attribute) and target.name == name
    ]


def _put_on(body: list[ir.Stmt], name: str, attribute: str) -> list[ir.Expr]:
    """What a module assigns to `name.attribute`: constants kept on a namespace object."""
    return [
        statement.value
        for statement in body
        if isinstance(statement, ir.Assign) and statement.value is not None
        for target in statement.targets
        if isinstance(target, ir.Attribute) and target.name == attribute and ending(target.value) == name
    ]
