"""`export --to mermaid`: each workflow as a flowchart in Mermaid's text, for a README or a wiki."""

from __future__ import annotations

from typing import Final

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.shared.identifiers import Unique, slug
from exporters.shared.mermaid_chart import MOST_EDGES, MOST_TEXT, Chart
from exporters.shared.words import trigger_title

NAME: Final = "mermaid"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a chart shows no source
    """Write one flowchart per workflow."""
    starts = {trigger.id: trigger_title(trigger) for trigger in graph.entry_points}
    unique = Unique(separator="-")
    artifacts: list[Artifact] = []
    losses: list[Loss] = []
    for workflow in graph.workflows:
        chart = Chart()
        chart.workflow(workflow, starts)
        text = chart.text(workflow.name)
        artifacts.append(Artifact(f"{unique(slug(workflow.name))}.mmd", text))
        if len(text) > MOST_TEXT or chart.edges > MOST_EDGES:
            why = f"Mermaid draws at most {MOST_TEXT} characters and {MOST_EDGES} edges unless it is told otherwise"
            losses.append(Loss("chart-too-large", workflow.id, why))
        if workflow.truncated:
            losses.append(
                Loss("truncated", workflow.id, "the workflow is larger than the scan's limit: parts are missing")
            )
    return ExportResult(tuple(artifacts), tuple(losses))
