"""Time limits of runs, for engines that limit a workflow as a whole: from its start, with all that it waits for."""

from __future__ import annotations

from collections.abc import Iterator

from exporters.base import Loss
from exporters.canonical.records import Definition, Run
from exporters.canonical.walk import received_runs


def is_of_the_whole(run: Run, definition: Definition) -> bool:
    """Whether a limit of the whole workflow is that of the run's one try.

    It would end other tries that have their time, and messages that are to wait.
    """
    return run.timeout is not None and not _beside(run, definition)


def unkept(definition: Definition) -> Iterator[Loss]:
    """The limits that such an engine can't keep."""
    for run in definition.runs:
        if run.timeout is not None and (beside := _beside(run, definition)):
            why = (
                f"the time limit of {run.timeout:g} s for one try of the run is not kept: the engine limits a whole "
                f"workflow, with {' and '.join(beside)}"
            )
            yield Loss("timeout", f"{definition.id}#{run.id}", why)


def _beside(run: Run, definition: Definition) -> list[str]:
    """What a workflow of the run may do beside one try."""
    tries = ["all tries"] if run.retry is not None else []
    return tries + (["the wait until it is due"] if run.id in received_runs(definition) else [])
