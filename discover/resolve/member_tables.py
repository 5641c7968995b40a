"""Tables that hold what modules define, each under its own name: `get_action("order_create")(…)`.

`for name, value in inspect.getmembers(module): TABLE[name] = value` fills one, and a function that gives `TABLE[name]`
for its parameter is asked for a name. What the table holds under all names says nothing; what a call asks for does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.facts.walking import statements
from discover.resolve.factories import argument_of
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, ClassValue, FunctionValue, ModuleValue, Values, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Scope

_SCANS = frozenset({"inspect.getmembers", "builtins.vars"})


class MemberTable(NamedTuple):
    """What a function looks up in such a table."""

    parameter: str
    """Whose value is the name; empty where the function looks nothing up."""
    filled: tuple[tuple[Function, ir.Expr], ...] = ()
    """What the loops that fill the table go over, each with the function that holds the loop."""


def looked_up(engine: Engine, function: Function, record: ir.Expr, result: Values) -> Values:
    """The result of one call, with what the modules define under the name that the call writes."""
    name = name_asked(function, record)
    table = function.member_table
    if not name or table is None:
        return result
    for holder, iterable in table.filled:
        engine.demand(holder)
        for module in _scanned(engine, holder, iterable):
            found = engine.attribute(holder, (module,), name)
            result = join(result, tuple(v for v in found if isinstance(v, FunctionValue | ClassValue)))
    return result


def name_asked(function: Function, record: ir.Expr) -> str:
    """The name that a call writes of a function which looks it up; empty for any other call.

    A name that only the call's own callers know is not this call's alone.
    """
    if function.member_table is None:
        function.member_table = _table(function)
    parameter = function.member_table.parameter
    given = argument_of(function, parameter, record) if parameter and isinstance(record, ir.Call) else None
    return given.value if isinstance(given, ir.Constant) and isinstance(given.value, str) else ""


def _table(function: Function) -> MemberTable:
    own = {parameter.name for parameter in function.record.parameters} - function.rebound
    for statement in function.statements:
        asked = _asked(statement.value) if isinstance(statement, ir.Return) else None
        if asked is not None and asked[1] in own:
            filled = tuple(_filling(function, asked[0]))
            if filled:
                return MemberTable(asked[1], filled)
    return MemberTable("")


def _asked(returned: ir.Expr | None) -> tuple[str, str] | None:
    """The table and the key of `TABLE[key]` and `TABLE.get(key)`, where both are plain."""
    if isinstance(returned, ir.Subscript):
        table, key = returned.value, returned.index
    elif isinstance(returned, ir.Call) and isinstance(returned.function, ir.Attribute):
        if returned.function.name != "get" or not returned.arguments:
            return None
        table, key = returned.function.value, returned.arguments[0]
    else:
        return None
    is_plain = isinstance(table, ir.Name | ir.Attribute) and isinstance(key, ir.Name)
    return (text_of(table), key.id) if is_plain and isinstance(key, ir.Name) else None


def _filling(function: Function, table: str) -> Iterator[tuple[Function, ir.Expr]]:
    """What the loops go over that put things under their names: in the same class, or in the same module."""
    owner = function.owner
    scopes = owner.methods() if owner is not None and "." in table else _functions(function.module.body)
    for scope in scopes:
        for statement in statements(scope.record.body):
            if isinstance(statement, ir.ForLoop) and _is_filling(statement, table):
                yield scope, statement.iterable


def _functions(body: Function) -> Iterator[Function]:
    yield body
    for child in body.children.values():
        if isinstance(child, Function):
            yield child


def _is_filling(loop: ir.ForLoop, table: str) -> bool:
    """Whether `for name, value in …` says `TABLE[name] = value`."""
    match loop.target:
        case ir.Sequence(items=[ir.Name() as name, ir.Name() as value]):
            pass
        case _:
            return False
    return any(
        isinstance(one, ir.Assign)
        and isinstance(one.value, ir.Name)
        and one.value.id == value.id
        and any(_is_item(target, table, name.id) for target in one.targets)
        for one in statements(loop.body)
    )


def _is_item(target: ir.Expr, table: str, name: str) -> bool:
    if not isinstance(target, ir.Subscript) or not isinstance(target.index, ir.Name):
        return False
    return target.index.id == name and text_of(target.value) == table


def _scanned(engine: Engine, scope: Scope, iterable: ir.Expr) -> Values:
    """The modules of `inspect.getmembers(module)` and `vars(module).items()`, also where a function gives these."""
    match iterable:
        case ir.Call(function=ir.Attribute(name="items", value=ir.Call() as scan)):
            iterable = scan
        case _:
            pass
    if not isinstance(iterable, ir.Call) or not iterable.arguments:
        return NOTHING
    site = scope.unit.sites.get(iterable.number)
    if site is None:
        return NOTHING
    if not _SCANS.isdisjoint(external.path for external in site.externals):
        return _modules(engine.evaluate(scope, iterable.arguments[0]))
    found: Values = NOTHING
    for target in site.targets:
        engine.demand(target.function)
        place = _scans_parameter(target.function)
        if 0 <= place < len(iterable.arguments):
            found = join(found, _modules(engine.evaluate(scope, iterable.arguments[place])))
    return found


def _scans_parameter(function: Function) -> int:
    """The place of the parameter over whose members a function goes, and gives them back."""
    names = [parameter.name for parameter in function.record.parameters]
    for statement in function.statements:
        given = statement.value if isinstance(statement, ir.Return) else None
        site = function.sites.get(given.number) if isinstance(given, ir.Call) else None
        if site is None or _SCANS.isdisjoint(external.path for external in site.externals):
            continue
        scanned = site.call.arguments[0] if site.call.arguments else None
        if isinstance(scanned, ir.Name) and scanned.id in names:
            return names.index(scanned.id)
    return -1


def _modules(values: Values) -> Values:
    return tuple(value for value in values if isinstance(value, ModuleValue) and value.module.is_project)
