"""Airflow's DAGs: `with DAG(schedule=…)` plans the tasks that are made inside it, or for it by `dag=`.

The schedule stands in one call and the function in another; only the block, or a name, ties them. It starts the tasks
that none comes before; the others run after those (`handing_over/airflow_order.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.walking import is_within, statements
from discover.frameworks.handing_over.airflow_order import Order, Task, orders
from discover.frameworks.records import RETURNED, Dispatch, EntryPoint, HookEdge
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function

_DAG = "airflow.models.dag.DAG"
_DAG_FUNCTION = "airflow.decorators.dag"
_SCHEDULE = Pick(keyword=["schedule", "schedule_interval", "timetable"], form="schedule")
_NAME = Pick(argument=0, keyword="dag_id")
_FAILED = ("all_failed", "one_failed", "all_done_min_one_failed")
"""Trigger rules by which a task runs because those before it failed."""
_ENDED = ("all_done", "always", "dummy", "none_skipped", "all_skipped", "one_done")
"""Trigger rules by which it does not matter how those before it ended."""


def register(bench: Workbench) -> None:
    """Give each function that a DAG starts with the DAG's schedule."""
    dags = [match.site for match in bench.index.calls(_DAG)]
    for _, order in orders(bench) if dags else ():
        for number, task in order.tasks.items():
            dag = next((dag for dag in dags if _holds(bench, dag, task.site)), None)
            if dag is not None and not order.before(number):
                _plan(bench, dag, task)


def _plan(bench: Workbench, dag: CallSite, task: Task) -> None:
    given = Given(dag.call, dag.function)
    schedule = next(iter(bench.picker.texts(_SCHEDULE, given)), "")
    if not schedule and bench.picker.expression(_SCHEDULE, dag.call) is not None:
        schedule = "on request"  # `schedule=None`
    name = next(iter(bench.picker.texts(_NAME, given)), "")
    for function in task.functions if schedule else ():
        bench.found.entry(
            EntryPoint(
                id="",
                kind="schedule",
                framework="airflow",
                unit=function.id,
                line=function.record.line,
                detail=TriggerDetail(schedule=schedule, name=name or None),
                confidence=0.9,
                evidence=f"task of a DAG {task.site.function.module.path}:{task.site.line}",
            )
        )


def connect(bench: Workbench) -> None:
    """Tell what each task waits for, and, where no function of a DAG is entered, lead from each task to the next."""
    entered = {decoration.definition for decoration, _ in bench.index.decorations(_DAG_FUNCTION)}
    for function, order in orders(bench):
        for number, task in order.tasks.items():
            if any(one.owner is not None for one in task.functions):
                _make(bench, function, task)
            before = order.before(number)
            if not before:
                continue
            names = tuple(dict.fromkeys(name for other in before for name in other.names()))
            if task.rule not in _FAILED:
                outcome = "always" if task.rule in _ENDED else "success"
                bench.found.wait(function.id, number, names, outcome)
            if function not in entered:
                _lead_on(bench, order, task, before)


def _make(bench: Workbench, function: Function, task: Task) -> None:
    """An operator of the project's own hands its work over where it is made."""
    bench.found.dispatch(
        Dispatch(
            unit=function.id,
            number=task.site.call.number,
            line=task.site.line,
            edge="dispatch",
            library="airflow",
            targets=tuple(one.id for one in task.functions),
            confidence=0.9,
            evidence="operator of the project's own",
        )
    )


def _lead_on(bench: Workbench, order: Order, task: Task, before: list[Task]) -> None:
    """From the functions of the tasks before to those of a task, which runs when they have ended."""
    for other in before:
        for first in other.functions:
            for second in task.functions:
                if first is second:
                    continue
                if task.rule in _FAILED:
                    _on_failure(bench, first, second, order.tasks[task.site.call.number])
                else:
                    others = dict.fromkeys(name for one in before if one is not other for name in one.names())
                    _after(bench, first, second, tuple(name for name in others if name not in other.names()))


def _after(bench: Workbench, first: Function, second: Function, others: tuple[str, ...]) -> None:
    bench.found.dispatch(
        Dispatch(
            unit=first.id,
            number=RETURNED,
            line=first.record.line,
            edge="dispatch",
            library="airflow",
            targets=(second.id,),
            channel="DAG",
            after=others,
            outcome="success" if others else "always",
            confidence=0.9,
            evidence="the order of the DAG's tasks",
        )
    )


def _on_failure(bench: Workbench, first: Function, second: Function, task: Task) -> None:
    bench.found.hook(
        HookEdge(
            unit=first.id,
            number=None,
            line=task.site.line,
            target=second.id,
            order=0,
            library="airflow",
            moment="failure",
            confidence=0.9,
            evidence=f"trigger rule {task.rule}",
        )
    )


def _holds(bench: Workbench, dag: CallSite, task: CallSite) -> bool:
    if dag.function is not task.function:
        return False
    for keyword in task.call.keywords:
        if keyword.name == "dag" and isinstance(keyword.value, ir.Name):
            made = bench.contexts.assignments(dag.function).get(keyword.value.id, [])
            made = made or _entered(dag.function.record.body, keyword.value.id)
            return any(isinstance(one, ir.Call) and one.number == dag.call.number for one in made)
    return is_within(task.line, _blocks(dag.function.record.body, dag.call.number))


def _entered(body: list[ir.Stmt], name: str) -> list[ir.Expr]:
    """What the blocks enter that bind a name: `with DAG(…) as dag`."""
    return [
        item.value
        for statement in statements(body)
        if isinstance(statement, ir.With)
        for item in statement.items
        if isinstance(item.target, ir.Name) and item.target.id == name
    ]


def _blocks(body: list[ir.Stmt], number: int) -> list[tuple[int, int]]:
    """The lines of the `with` blocks that a call opens."""
    found: list[tuple[int, int]] = []
    for statement in body:
        if isinstance(statement, ir.With):
            opened = any(isinstance(item.value, ir.Call) and item.value.number == number for item in statement.items)
            found += [(statement.line, statement.end_line)] if opened else _blocks(statement.body, number)
    return found
