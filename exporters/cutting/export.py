"""From a graph to canonical definitions, and through them to every form that is made of definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.canonical.records import Definition
from exporters.canonical.write import definition_text
from exporters.cutting.around_requests import AroundRequests
from exporters.cutting.build import Built, build
from exporters.cutting.reading import Reading
from exporters.shared.identifiers import Unique, slug

NAME = "yaml"


def definitions(graph: Graph, sources: Sources) -> tuple[list[Definition], list[Loss]]:
    """The definition of each workflow, and what the definitions don't say."""
    triggers = {trigger.id: trigger for trigger in graph.entry_points}
    reading = Reading(sources)
    built: list[Built] = []
    for workflow in graph.workflows:
        try:
            built.append(build(workflow, triggers, reading, graph.import_roots))
        except Exception as error:
            error.add_note(f"while {workflow.id} was cut; --workflow exports others without it")
            raise
    around = AroundRequests(graph)
    losses = [*_unread(graph, reading)]
    for one in built:
        losses += [*one.losses, *around.losses(one.definition)]
    return [one.definition for one in built], losses


def _unread(graph: Graph, reading: Reading) -> Iterator[Loss]:
    """One word on all files that are not there: nothing of what stands in them can be cut."""
    files: dict[str, str] = {}
    for workflow in graph.workflows:
        for unit in (workflow.unit, *(run.unit for run in workflow.runs)):
            files.setdefault(unit.partition("::")[0], workflow.id)
    missing = [file for file in sorted(files) if file and reading.sources(file) is None]
    if missing:
        which = f"`{missing[0]}`" if len(missing) == 1 else f"{len(missing)} files of the backend (`{missing[0]}`, …)"
        why = (
            f"{which} can't be read from here, so what runs there is one step each: export the backend's folder, "
            "or put the document of its scan into that folder"
        )
        yield Loss("sources-missing", files[missing[0]], why)


def exported(
    graph: Graph, sources: Sources, write: Callable[[Sequence[Definition], Sequence[Loss]], ExportResult]
) -> ExportResult:
    """What a writer of definitions makes of a graph's workflows, with the losses of both."""
    return write(*definitions(graph, sources))


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a definition has no title
    """`export --to yaml`: each workflow's definition."""
    return exported(graph, sources, write)


def write(definitions: Sequence[Definition], before: Sequence[Loss] = ()) -> ExportResult:
    """One file for each definition."""
    unique = Unique(separator="-")
    artifacts = [Artifact(f"{unique(slug(d.name))}.yaml", definition_text(d)) for d in definitions]
    return ExportResult(tuple(artifacts), tuple(before))
