"""The findings as a table: what may go wrong, where, in which workflow, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from discover.model import Finding, Graph
from exporters.html.page.addresses import Addresses

_SEVERITIES: Final = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding."""

    finding: Finding
    severity: int
    """Its place in the order of severities: 0 is the worst."""
    rule: str
    place: str
    unit: str
    workflow: str
    """The workflow's name; empty where the place is in none."""
    link: str
    """Leads to the step."""
    words: str
    """Lower-case text that the search looks in, a field a line."""


def finding_rows(graph: Graph, addresses: Addresses) -> list[FindingRow]:
    """All findings, the worst first."""
    names = {workflow.id: workflow.name for workflow in graph.workflows}
    rows = [_row(one, names.get(one.workflow, ""), addresses) for one in graph.findings]
    return sorted(rows, key=lambda row: (row.severity, row.finding.rule))


def _row(finding: Finding, workflow: str, addresses: Addresses) -> FindingRow:
    file, _, unit = finding.at.partition("::")
    rule = finding.rule.replace("-", " ").capitalize()
    place = f"{file}:{finding.line}" if finding.line else file
    return FindingRow(
        finding=finding,
        severity=_SEVERITIES.index(finding.severity),
        rule=rule,
        place=place,
        unit=unit,
        workflow=workflow,
        link=addresses.step(finding.workflow, finding.at, finding.line) if workflow else "",
        words=f"{rule}\n{finding.rule}\n{finding.message}\n{finding.at}\n{workflow}".lower(),
    )


def severities(rows: Sequence[FindingRow]) -> list[tuple[str, int]]:
    """How many findings are of each severity, the worst first."""
    counts: Mapping[str, int] = Counter(row.finding.severity for row in rows)
    return [(severity, counts[severity]) for severity in _SEVERITIES if counts.get(severity)]
