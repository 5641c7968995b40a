"""What a web framework's dependencies do: the framework solves them when a run begins, and anew for each step."""

from __future__ import annotations

from collections.abc import Iterator

from discover import model
from exporters.base import Loss
from exporters.cutting.marks import effects_in, line_in
from exporters.cutting.source import Function

_SOLVING = frozenset({"fastapi"})


def dependency_losses(run: model.Run, framework: str, function: Function | None, where: str) -> Iterator[Loss]:
    """A loss where dependencies do more than to read: that happens once more for each step."""
    if framework not in _SOLVING or function is None:
        return
    # A dependency stands where the handler names it: in its head. A wrapper of the handler stands there, too.
    decorators = function.node.decorator_list
    head = range(min((one.lineno for one in decorators), default=function.node.lineno), function.node.body[0].lineno)
    for node in run.body:
        is_one = getattr(node, "evidence", "") == "dependency" or len(decorators) < 2
        if not is_one or line_in(node, run.unit) not in head or not isinstance(node, model.Call | model.Step):
            continue
        done = [one for one in effects_in([node]) if not (isinstance(one, model.Step) and one.kind == "db_read")]
        if done:
            why = f"what the request depends on does “{done[0].name}”: when the run begins, and again for each step"
            yield Loss("dependency-repeated", where, why)
