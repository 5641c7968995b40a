"""Puts the document together: workflows, findings, counts, everything sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from discover.config import Limits
from discover.facts.records import ModuleFacts
from discover.infer.findings import find_risks
from discover.infer.workflows import infer_workflows
from discover.link.records import Linked
from discover.model import Graph, Skipped, Stats, Workflow


class Site(Protocol):
    """What the counts ask of a call site."""

    @property
    def targets(self) -> Sequence[object]:
        """Project functions that it may run."""
        ...

    @property
    def externals(self) -> Sequence[object]:
        """Things outside the project that it may run."""
        ...


def graph_of(
    *,
    root: str,
    import_roots: Sequence[str] = ("",),
    left_out: Mapping[str, int] | None = None,
    linked: Linked,
    limits: Limits,
    skipped: Iterable[Skipped],
    failures: Iterable[tuple[str, int, str]],
    facts: Sequence[ModuleFacts],
    sites: Iterable[Site],
) -> Graph:
    """The whole document."""
    workflows, templates = infer_workflows(linked, limits.workflow_steps, limits.workflow_runs, limits.call_depth)
    findings = find_risks(linked, workflows, templates)
    return Graph(
        root=root,
        import_roots=tuple(folder or "." for folder in import_roots),
        stats=msgspec.structs.replace(_stats(linked, facts, sites), left_out=dict(left_out or {})),
        skipped=_skipped(skipped, failures, facts),
        triggers=tuple(trigger for trigger in linked.triggers if trigger.kind != "hook"),
        hooks=tuple(trigger for trigger in linked.triggers if trigger.kind == "hook"),
        units=linked.units,
        effects=linked.effects,
        edges=linked.edges,
        unresolved=linked.unresolved,
        workflows=_with_findings([opened.workflow for opened in workflows], findings.of_workflow),
        findings=findings.all,
        corrections=linked.corrections,
    )


def _with_findings(workflows: list[Workflow], of_workflow: dict[str, tuple[str, ...]]) -> tuple[Workflow, ...]:
    return tuple(
        msgspec.structs.replace(workflow, findings=of_workflow[workflow.id]) if workflow.id in of_workflow else workflow
        for workflow in workflows
    )


def _skipped(
    skipped: Iterable[Skipped], failures: Iterable[tuple[str, int, str]], facts: Sequence[ModuleFacts]
) -> tuple[Skipped, ...]:
    found = {
        *skipped,
        *(Skipped(file=path, line=line, reason=reason) for path, line, reason in failures),
        *(Skipped(file=m.path, line=d.line, reason=d.message) for m in facts for d in m.diagnostics),
    }
    return tuple(sorted(found, key=lambda s: (s.file, s.line, s.reason)))


def _stats(linked: Linked, facts: Sequence[ModuleFacts], sites: Iterable[Site]) -> Stats:
    calls = resolved = external = 0
    for site in sites:
        calls += 1
        if site.targets:
            resolved += 1
        elif site.externals:
            external += 1
    return Stats(
        files=len(facts),
        lines=sum(module.lines for module in facts),
        units=len(linked.units),
        calls=calls,
        calls_resolved=resolved,
        calls_external=external,
        calls_unresolved=calls - resolved - external,
    )
