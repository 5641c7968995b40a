"""Jobs that failed, that a queue has set aside, and that code sends back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import Dispatch, Problem, called_at
from discover.frameworks.rules.given import Given

if TYPE_CHECKING:
    from discover.catalog.spec import Pick
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench

LIMIT = 24
"""So many tasks may be meant; of more than that nothing is told."""
_ONE_OF = 0.5


def try_failed(bench: Workbench, library: str, queue: Pick, match: Match) -> None:
    """A job that failed runs once more: one of the queue's tasks, or of all where the queue is not known."""
    site = match.site
    name = next(iter(bench.picker.texts(queue, Given(site.call, site.function, None, match.receivers))), "")
    tasks = _tasks(bench, library, name)
    channel = f"failed jobs of {name}" if name else "failed jobs"
    if not tasks or len(tasks) > LIMIT:
        reason = "it may be a job of any task" if tasks else "no task of this queue is known"
        bench.found.problem(Problem(unit=site.function.id, line=site.line, what=channel, reason=reason))
        return
    bench.found.dispatch(
        Dispatch(
            **called_at(site),
            edge="dispatch",
            library=library,
            targets=tuple(tasks),
            channel=channel,
            is_picked=len(tasks) > 1,
            has_failed=True,
            confidence=_ONE_OF if len(tasks) > 1 else 0.8,
            evidence=f"one of {len(tasks)} tasks, {match.path}" if len(tasks) > 1 else match.path,
        )
    )


def _tasks(bench: Workbench, library: str, queue: str) -> list[str]:
    """The library's tasks of a queue; those whose queue is not known where none is in it."""
    tasks = sorted(
        (entry.unit, entry.detail.queue or "")
        for entry in bench.found.entry_points.values()
        if entry.kind == "task" and entry.framework == library
    )
    inside = [unit for unit, known in tasks if not queue or known == queue]
    return list(dict.fromkeys(inside or [unit for unit, known in tasks if not known]))
