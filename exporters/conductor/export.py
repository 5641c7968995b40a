"""`export --to conductor`: workflow and task definitions, workers, and a crontab for the schedules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.canonical.limits import unkept
from exporters.canonical.records import Definition
from exporters.conductor import order
from exporters.conductor.package import files, readme
from exporters.cutting.export import exported
from exporters.python_code.commands import schedules
from exporters.python_code.losses import endless
from exporters.python_code.losses import losses as shared
from exporters.python_code.package import Named, packed

NAME = "conductor"
_FIELDS = 5
"""Of a crontab; one with seconds has one more."""


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a package has no title
    """The package of a graph's workflows."""
    return exported(graph, sources, write)


def write(definitions: Sequence[Definition], before: Sequence[Loss] = ()) -> ExportResult:
    """One package that serves all the definitions, and what it does not say."""
    return packed(definitions, _losses, _files, before)


def _files(named: Named, losses: Sequence[Loss], package: str) -> list[Artifact]:
    return [
        *files(named, package),
        Artifact("README.md", readme(named, losses, package)),
        *_crontab(named, package),
    ]


def _losses(definition: Definition) -> Iterator[Loss]:
    yield from shared(definition)
    yield from unkept(definition)
    yield from order.losses(definition)
    yield from endless(definition, "Conductor reads all tasks of a workflow, of all its turns, for each decision")
    for text in schedules(definition):
        if len(text.split()) != _FIELDS:
            yield Loss("schedule", definition.id, f"the schedule “{text}” is finer than a crontab: set it up by hand")


def _crontab(named: Named, package: str) -> Iterator[Artifact]:
    lines = [
        f"{text} python -m {package} start {name}"
        for name, definition in named
        for text in schedules(definition)
        if len(text.split()) == _FIELDS
    ]
    if lines:
        yield Artifact("crontab", "".join(f"{line}\n" for line in lines))
