"""`export --to bpmn`: BPMN files, and a package that runs them on SpiffWorkflow."""

from __future__ import annotations

from collections.abc import Sequence

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.bpmn import package as texts
from exporters.bpmn.document import bpmn_text
from exporters.canonical.records import Definition
from exporters.canonical.write import definition_text
from exporters.cutting.export import exported
from exporters.python_code.commands import command
from exporters.python_code.losses import losses
from exporters.python_code.package import Named, engine_files, packed, pieces_files

NAME = "bpmn"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a package has no title
    """The package of a graph's workflows."""
    return exported(graph, sources, write)


def write(definitions: Sequence[Definition], before: Sequence[Loss] = ()) -> ExportResult:
    """One package that runs all the definitions, and what it does not say."""
    return packed(definitions, losses, _files, before)


def _files(named: Named, lost: Sequence[Loss], package: str) -> list[Artifact]:
    return [
        Artifact("README.md", texts.readme(named, lost, package)),
        Artifact("requirements.txt", "".join(f"{name}\n" for name in texts.REQUIREMENTS)),
        Artifact(f"{package}/__main__.py", command(named, package)),
        *engine_files(package, "exporters.bpmn.runtime"),
        *(Artifact(f"{package}/{name}/process.bpmn", bpmn_text(definition)) for name, definition in named),
        *(Artifact(f"definitions/{name}.yaml", definition_text(definition)) for name, definition in named),
        *(file for name, definition in named for file in pieces_files(definition, name, package)),
    ]
