"""Dispatcherd's producers: tables of dotted names in its configuration, each task with what it is produced by.

A row's key names the task and its value says when, so that one pick on the call can't read both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from discover.catalog.spec import Pick
from discover.frameworks.reading.schedules import every
from discover.frameworks.records import EntryPoint, Problem
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.values import ConstantValue, ContainerValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function
    from discover.resolve.values import Value

_SETUP = ["dispatcherd.config.setup", "dispatcherd.config.temporary_settings"]
_LIBRARY = "dispatcherd"


class _Producer(NamedTuple):
    kind: Literal["schedule", "hook"]
    table: Pick
    hook: str


_PRODUCERS = (
    _Producer(
        "schedule", Pick(argument=0, keyword="config", way=["producers", "ScheduledProducer", "task_schedule"]), ""
    ),
    _Producer("hook", Pick(argument=0, keyword="config", way=["producers", "OnStartProducer", "task_list"]), "startup"),
)


def register(bench: Workbench) -> None:
    """Make every task that a producer of the configuration names run at its times."""
    for site in (match.site for match in bench.index.calls(_SETUP)):
        for producer in _PRODUCERS:
            for name, row in _rows(bench, producer.table, site):
                functions = bench.handlers.functions(bench.program.named(name))
                for function in functions:
                    _add(bench, producer, function, row)
                if not functions:
                    _missing(bench, site, name)


def _rows(bench: Workbench, table: Pick, site: CallSite) -> Iterator[tuple[str, Value | None]]:
    for value in bench.picker.values(table, Given(site.call, site.function)):
        if isinstance(value, ContainerValue) and value.kind == "dict":
            for name, slot in value.items.items():
                yield str(name), next(iter(slot.values), None)


def _add(bench: Workbench, producer: _Producer, function: Function, row: Value | None) -> None:
    name = f"{function.module.name}.{function.record.name}"
    for kind in ("task", producer.kind):
        bench.found.entry(
            EntryPoint(
                id="",
                kind=kind,
                framework=_LIBRARY,
                unit=function.id,
                line=function.record.line,
                detail=TriggerDetail(
                    name=producer.hook or name if kind == "hook" else name,
                    schedule=_seconds(row) if kind == "schedule" else None,
                ),
                names=(name, function.record.name) if kind == "task" else (),
                confidence=0.95,
                evidence=f"a producer in {_LIBRARY}'s configuration",
            )
        )


def _seconds(row: Value | None) -> str | None:
    slot = row.items.get("schedule") if isinstance(row, ContainerValue) else None
    for value in slot.values if slot is not None else ():
        if isinstance(value, ConstantValue) and isinstance(value.value, int | float):
            return every(value.value)
    return None


def _missing(bench: Workbench, site: CallSite, name: str) -> None:
    what, reason = f"scheduled task {name}", "no task of this name in the tree"
    bench.found.problem(Problem(unit=site.function.id, line=site.line, what=what, reason=reason))
