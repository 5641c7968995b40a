"""Functions that code stores somewhere, to be run later by a worker, as the tasks that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Function


def add_task(
    bench: Workbench, function: Function, *, framework: str, confidence: float, evidence: str, made: Class | None = None
) -> None:
    """Add a function as a task of its dotted name; of that of the class whose objects are stored and run by it."""
    definition = made or function
    dotted = f"{definition.module.name}.{definition.record.qualname}"
    bench.found.entry(
        EntryPoint(
            id="",
            kind="task",
            framework=framework,
            unit=function.id,
            line=definition.record.line,
            receiver=made.id if made is not None else "",
            detail=TriggerDetail(name=dotted),
            names=(dotted,),
            confidence=confidence,
            evidence=evidence,
        )
    )
