"""Django-Q's chains: rows of a list that run one after the other, and tasks that are appended to one object.

What one rule reads of one call does not tell the order: it is that of a list's rows, or of calls on the same object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.frameworks.records import Dispatch, EntryPoint, called_at
from discover.model import TriggerDetail
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

_LISTS = ["django_q.tasks.async_chain", "django_q.tasks.Chain"]
_ROWS = Pick(argument=0, keyword="chain")
_APPEND = "django_q.tasks.Chain.append"


class _Row(NamedTuple):
    """One task of a chain: the functions that it may be, its arguments as text."""

    functions: list[Function]
    arguments: tuple[str, ...]


def register(bench: Workbench) -> None:
    """Make the functions of chains tasks."""
    for site in (match.site for match in bench.index.calls(_LISTS)):
        for row in _rows(bench, site):
            for function in row.functions:
                name = f"{function.module.name}.{function.record.name}"
                bench.found.entry(
                    EntryPoint(
                        id="",
                        kind="task",
                        framework="django_q",
                        unit=function.id,
                        line=function.record.line,
                        detail=TriggerDetail(name=name),
                        names=(name, function.record.name),
                        confidence=0.9,
                        evidence=f"row of a chain {site.function.module.path}:{site.line}",
                    )
                )


def connect(bench: Workbench) -> None:
    """Hand over the rows of chains in their order, and let what is appended wait for what was appended before."""
    for site in (match.site for match in bench.index.calls(_LISTS)):
        for stage, row in enumerate(_rows(bench, site)):
            if row.functions:
                bench.found.dispatch(
                    Dispatch(
                        **called_at(site),
                        edge="dispatch",
                        library="django_q",
                        targets=tuple(function.id for function in row.functions),
                        arguments=row.arguments,
                        stage=stage,
                        confidence=0.95 if len(row.functions) == 1 else 0.8,
                        evidence="row of a chain",
                    )
                )
    _append(bench)


def _append(bench: Workbench) -> None:
    appended: dict[tuple[str, str], list[CallSite]] = {}
    for site in (match.site for match in bench.index.calls(_APPEND)):
        called = site.call.function
        if isinstance(called, ir.Attribute):
            appended.setdefault((site.function.id, text_of(called.value)), []).append(site)
    for (unit, _), sites in appended.items():
        before: list[str] = []
        for site in sorted(sites, key=lambda one: (one.line, one.call.number)):
            functions = _functions(bench, site.function, site.call.arguments[0]) if site.call.arguments else []
            if before:
                bench.found.wait(unit, site.call.number, tuple(before), "always")
            before = [function.record.name for function in functions]


def _rows(bench: Workbench, site: CallSite) -> Iterator[_Row]:
    """The tasks of the list that a call is given: `(function, (1, 2), {"key": 3})`, or the function alone."""
    expression = bench.picker.expression(_ROWS, site.call)
    if isinstance(expression, ir.Name):
        assigned = bench.contexts.assignments(site.function).get(expression.id, [])
        expression = assigned[0] if len(assigned) == 1 else None
    for item in expression.items if isinstance(expression, ir.Sequence) else ():
        parts: list[ir.Expr] = item.items if isinstance(item, ir.Sequence) else [item]
        if parts:
            yield _Row(_functions(bench, site.function, parts[0]), _arguments(parts[1:]))


def _functions(bench: Workbench, function: Function, expression: ir.Expr) -> list[Function]:
    values = bench.contexts.values(function, expression, None)
    return bench.handlers.functions(values, function.module) or [
        found
        for text in bench.program.texts_of(values)
        for found in bench.handlers.functions(bench.program.named(text), function.module)
    ]


def _arguments(parts: list[ir.Expr]) -> tuple[str, ...]:
    found: list[str] = []
    for part in parts:
        if isinstance(part, ir.Sequence):
            found += [text_of(item) for item in part.items]
        elif isinstance(part, ir.Mapping):
            for key, value in zip(part.keys, part.values, strict=True):
                name = key.value if isinstance(key, ir.Constant) else None
                found.append(f"{name}={text_of(value)}" if isinstance(name, str) else f"**{text_of(value)}")
        else:
            found.append(f"*{text_of(part)}")
    return tuple(found)
