"""Applies the catalog's rules for tables: settings whose rows name the functions that run, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Table, paths_of
from discover.facts import records as ir
from discover.frameworks.reading.schedules import schedule_text
from discover.frameworks.records import EntryPoint, Problem
from discover.model import TriggerDetail
from discover.resolve.symbols import Class
from discover.resolve.values import ConstantValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function, Scope

_CALL_COMMAND = "django.core.management.call_command"
Row = dict[int | str, ir.Expr]


def read_tables(bench: Workbench) -> None:
    """Register what the rows of every table name."""
    if not bench.catalog.tables:
        return
    by_name: dict[str, list[tuple[str, Table]]] = {}
    for library, rule in bench.catalog.tables:
        for name in paths_of(rule.setting):
            by_name.setdefault(name, []).append((library, rule))
    for module in bench.program.modules.values():
        for scope, name, row in _rows(module.body, module.facts.body, frozenset(by_name)):
            for library, rule in by_name[name]:
                _register(bench, library, rule, scope, row)


def _rows(scope: Scope, body: list[ir.Stmt], names: frozenset[str]) -> Iterator[tuple[Scope, str, Row]]:
    """The rows that a module or a class assigns, or adds, to one of the names."""
    for statement in body:
        if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Sequence):
            for target in statement.targets:
                if isinstance(target, ir.Name) and target.id in names:
                    yield from ((scope, target.id, row) for item in statement.value.items if (row := _row(item)))
        elif isinstance(statement, ir.Class):
            inner = scope.children.get(id(statement))
            if isinstance(inner, Class):
                yield from _rows(inner, statement.body, names)
        elif isinstance(statement, ir.If):
            yield from _rows(scope, [*statement.body, *statement.otherwise], names)


def _row(item: ir.Expr) -> Row:
    if isinstance(item, ir.Sequence):
        return dict(enumerate(item.items))
    if isinstance(item, ir.Mapping):
        pairs = zip(item.keys, item.values, strict=True)
        return {key.value: value for key, value in pairs if isinstance(key, ir.Constant) and isinstance(key.value, str)}
    return {}


def _register(bench: Workbench, library: str, rule: Table, scope: Scope, row: Row) -> None:
    handler = row.get(rule.handler)
    if handler is None:
        return
    values = bench.program.values_of(scope, handler)
    texts = [str(v.value) for v in values if isinstance(v, ConstantValue)]
    functions = _commands(bench, row) if _CALL_COMMAND in texts else bench.handlers.functions(values, scope.module)
    for function in functions:
        name = _text(bench, scope, row.get(rule.name)) if rule.name is not None else ""
        detail = TriggerDetail(name=name or None, schedule=_when(bench, scope, rule, row))
        bench.found.entry(
            EntryPoint(
                id="",
                kind=rule.kind,
                framework=rule.framework or library,
                unit=function.id,
                line=function.record.line,
                detail=detail,
                confidence=0.9,
                evidence=f"a row of {paths_of(rule.setting)[0]} in {scope.module.path}",
            )
        )
    own = {name.partition(".")[0] for name in bench.program.modules}
    if not functions and texts and texts[0].partition(".")[0] in own:
        reason = "what it names is not in the tree"
        bench.found.problem(
            Problem(unit=scope.unit.id, line=scope.unit.record.line, what=f"scheduled {texts[0]}", reason=reason)
        )


def _commands(bench: Workbench, row: Row) -> list[Function]:
    """The management command that a row runs: `("0 5 * * *", "…call_command", ["sync"])`."""
    arguments = row.get(2)
    first = arguments.items[0] if isinstance(arguments, ir.Sequence) and arguments.items else None
    name = first.value if isinstance(first, ir.Constant) else None
    units = [e.unit for e in bench.found.entry_points.values() if e.kind == "command" and name in e.names]
    functions = bench.program.functions
    return [functions[unit] for unit in dict.fromkeys(units) if unit in functions]


def _text(bench: Workbench, scope: Scope, expression: ir.Expr | None) -> str:
    values = bench.program.values_of(scope, expression) if expression is not None else ()
    return next((v.value for v in values if isinstance(v, ConstantValue) and isinstance(v.value, str)), "")


def _when(bench: Workbench, scope: Scope, rule: Table, row: Row) -> str | None:
    """The schedule of a row; what its trigger needs may stand beside it, or in the trigger's own dict."""
    trigger = row.get(rule.schedule) if rule.schedule is not None else None
    if trigger is None:
        return None
    fields = row
    if isinstance(trigger, ir.Mapping):
        fields = _row(trigger)
        trigger = fields.get("type", trigger)
    keywords = [ir.Keyword(name, value) for name, value in fields.items() if isinstance(name, str)]
    call = ir.Call(number=-1, line=0, end_line=0, function=ir.Name(""), arguments=[], keywords=keywords)
    return schedule_text(bench.program, scope, trigger, call)
