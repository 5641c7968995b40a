"""`export --to dbos`: a package of durable workflows, to own instead of `undercurrent run`."""

from __future__ import annotations

from collections.abc import Sequence

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.canonical.records import Definition
from exporters.cutting.export import exported
from exporters.dbos import package as texts
from exporters.dbos.losses import losses as lost
from exporters.python_code.package import Named, engine_files, flow_files, packed

NAME = "dbos"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - the package has no title
    """Write one package that runs all the workflows."""
    return exported(graph, sources, write)


def write(definitions: Sequence[Definition], before: Sequence[Loss] = ()) -> ExportResult:
    """One package that runs all the definitions, and what it does not say."""
    return packed(definitions, lost, _files, before)


def _files(named: Named, losses: Sequence[Loss], package: str) -> list[Artifact]:
    return [
        Artifact("README.md", texts.readme(named, losses, package)),
        Artifact("requirements.txt", "".join(f"{name}\n" for name in texts.REQUIREMENTS)),
        Artifact(f"{package}/__main__.py", texts.command_module(named, package)),
        Artifact(f"{package}/workflows.py", texts.workflows_module(named, package)),
        *engine_files(package, "exporters.dbos.durable"),
        *(file for name, definition in named for file in flow_files(definition, name, package)),
    ]
