"""Airflow's classic DAGs: `with DAG(schedule=…)` plans the operators that are made inside it, or for it by `dag=`.

The schedule stands in one call and the function in another; only the block, or a name, ties them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.records import EntryPoint
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

_DAG = "airflow.models.dag.DAG"
_OPERATORS = "airflow.operators.python.*Operator"
_SCHEDULE = Pick(keyword=["schedule", "schedule_interval", "timetable"], form="schedule")
_NAME = Pick(argument=0, keyword="dag_id")
_CALLABLE = Pick(keyword="python_callable")


def register(bench: Workbench) -> None:
    """Give each function that an operator runs the schedule of its DAG."""
    dags = [match.site for match in bench.index.calls(_DAG)]
    for match in bench.index.calls(_OPERATORS):
        operator = match.site
        dag = next((dag for dag in dags if _holds(bench, dag, operator)), None)
        if dag is None:
            continue
        schedule = next(iter(bench.picker.texts(_SCHEDULE, Given(dag.call, dag.function))), "")
        name = next(iter(bench.picker.texts(_NAME, Given(dag.call, dag.function))), "")
        values = bench.picker.values(_CALLABLE, Given(operator.call, operator.function))
        for function in bench.handlers.functions(values, operator.function.module) if schedule else ():
            bench.found.entry(
                EntryPoint(
                    id="",
                    kind="schedule",
                    framework="airflow",
                    unit=function.id,
                    line=function.record.line,
                    detail=TriggerDetail(schedule=schedule, name=name or None),
                    confidence=0.9,
                    evidence=f"operator of a DAG {operator.function.module.path}:{operator.line}",
                )
            )


def _holds(bench: Workbench, dag: CallSite, operator: CallSite) -> bool:
    if dag.function is not operator.function:
        return False
    for keyword in operator.call.keywords:
        if keyword.name == "dag" and isinstance(keyword.value, ir.Name):
            made = bench.contexts.assignments(dag.function).get(keyword.value.id, [])
            return any(isinstance(one, ir.Call) and one.number == dag.call.number for one in made)
    return any(start <= operator.line <= end for start, end in _blocks(dag.function.record.body, dag.call.number))


def _blocks(body: list[ir.Stmt], number: int) -> list[tuple[int, int]]:
    """The lines of the `with` blocks that a call opens."""
    found: list[tuple[int, int]] = []
    for statement in body:
        if isinstance(statement, ir.With):
            opened = any(isinstance(item.value, ir.Call) and item.value.number == number for item in statement.items)
            found += [(statement.line, statement.end_line)] if opened else _blocks(statement.body, number)
    return found
