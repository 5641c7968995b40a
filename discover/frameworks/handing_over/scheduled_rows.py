"""Tables whose rows one call schedules: `for job in JOBS: scheduler.add_job(**job)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.records import Dispatch
from discover.frameworks.rules.given import Given

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench


def schedule_rows(bench: Workbench, library: str, rule: spec.Dispatch, match: Match) -> None:
    """A table's rows that one call schedules: each is an edge from the function that makes the row, too."""
    site = match.site
    for row in bench.picker.spreads(Given(site.call, site.function, None, match.receivers)):
        if row.place is None or row.place[0].unit is site.function:
            continue
        scope, display = row.place
        for name in [rule.to.keyword] if isinstance(rule.to.keyword, str) else rule.to.keyword or []:
            slot = row.items.get(name)
            targets = bench.handlers.functions(slot.values, scope.module) if slot is not None else []
            if targets:
                bench.found.dispatch(
                    Dispatch(
                        unit=scope.unit.id,
                        number=-_line_of(display, name),
                        line=_line_of(display, name),
                        edge=rule.edge,
                        library=library,
                        targets=tuple(function.id for function in targets),
                        is_passed_on=True,
                        confidence=0.9,
                        evidence=f"row that {site.function.id} schedules",
                    )
                )


def _line_of(display: ir.Mapping, name: str) -> int:
    """The line of a key in a dict display."""
    for key, line in zip(display.keys, display.lines, strict=False):
        if isinstance(key, ir.Constant) and key.value == name:
            return line
    return display.lines[0] if display.lines else 0
