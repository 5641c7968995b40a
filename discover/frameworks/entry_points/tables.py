"""Tables of handlers that a worker is made from: `class WorkerSettings: functions = [send_mail]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import paths_of
from discover.facts import records as ir
from discover.resolve.values import NOTHING, ConstantValue, ContainerValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from discover.catalog.spec import EntryPoint
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Scope


class Row(NamedTuple):
    """One item of a table."""

    values: Values
    name: str
    """What the table calls it, when it says so: `("send_mail", send)`."""
    scope: Scope
    owner: Class | None
    line: int


def rows(bench: Workbench, rule: EntryPoint) -> Iterator[Row]:
    """The items of all tables that a rule means, but for objects: the call that made one has a rule of its own."""
    for name in paths_of(rule.table):
        for cls in bench.program.all_classes:
            if name in cls.names and _stands(rule.beside, cls.names):
                for item in _items(bench, bench.program.class_attribute(cls, name)):
                    yield Row(*item, cls.module.body, cls, cls.record.line)
        for module in bench.program.modules.values():
            for table, expression in _displays(module.facts.body, name, rule.beside):
                for item in _items(bench, bench.program.values_of(module.body, expression)):
                    yield Row(*item, module.body, None, table.lines[0] if table.lines else 0)


def _stands(beside: list[str], names: Container[str]) -> bool:
    return not beside or any(name in names for name in beside)


def _displays(body: list[ir.Stmt], name: str, beside: list[str]) -> Iterator[tuple[ir.Mapping, ir.Expr]]:
    """The dict displays that a module assigns and that hold the table, with its expression."""
    for statement in body:
        if not isinstance(statement, ir.Assign) or not isinstance(statement.value, ir.Mapping):
            continue
        found = {
            str(key.value): value
            for key, value in zip(statement.value.keys, statement.value.values, strict=True)
            if isinstance(key, ir.Constant)
        }
        if name in found and _stands(beside, found):
            yield statement.value, found[name]


def _items(bench: Workbench, values: Values) -> Iterator[tuple[Values, str]]:
    plain = tuple(v for v in values if not isinstance(v, ContainerValue))
    if plain:
        yield _own(plain), ""
    for item in bench.contexts.split(tuple(v for v in values if isinstance(v, ContainerValue))):
        named = [v for v in item if isinstance(v, ContainerValue) and v.kind == "tuple"]
        yield from ((inner, name) for table in named for inner, name in _pair(table))
        rest = _own(tuple(v for v in item if v not in named))
        if rest:
            yield rest, ""


def _pair(pair: ContainerValue) -> Iterator[tuple[Values, str]]:
    held: list[Value] = [value for slot in pair.items.values() for value in slot.values]
    names = [str(v.value) for v in held if isinstance(v, ConstantValue)]
    rest = _own(tuple(v for v in held if not isinstance(v, ConstantValue)))
    if rest:
        yield rest, names[0] if names else ""


def _own(values: Values) -> Values:
    return tuple(v for v in values if not isinstance(v, InstanceValue)) or NOTHING
