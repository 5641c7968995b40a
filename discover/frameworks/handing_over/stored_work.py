"""Functions that code stores somewhere, to be run later by a worker, as the tasks that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function


def add_task(bench: Workbench, function: Function, *, framework: str, confidence: float, evidence: str) -> None:
    """Add a function as a task of its dotted name."""
    dotted = f"{function.module.name}.{function.record.qualname}"
    bench.found.entry(
        EntryPoint(
            id="",
            kind="task",
            framework=framework,
            unit=function.id,
            line=function.record.line,
            detail=TriggerDetail(name=dotted),
            names=(dotted,),
            confidence=confidence,
            evidence=evidence,
        )
    )
