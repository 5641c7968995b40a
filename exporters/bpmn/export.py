"""`export --to bpmn`: BPMN files, and a package that runs them on SpiffWorkflow."""

from __future__ import annotations

from collections.abc import Sequence

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Sources
from exporters.bpmn import package as texts
from exporters.bpmn.document import bpmn_text
from exporters.canonical.records import Definition
from exporters.cutting.export import exported
from exporters.python_code.losses import losses as lost
from exporters.python_code.package import engine_files, flow_files, flow_names, package_name

NAME = "bpmn"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a package has no title
    """The package of a graph's workflows."""
    return exported(graph, sources, write)


def write(definitions: Sequence[Definition]) -> ExportResult:
    """One package that runs all the definitions, and what it does not say."""
    package = package_name(definitions)
    named = list(zip(flow_names(definitions), definitions, strict=True))
    losses = [loss for definition in definitions for loss in lost(definition)]
    artifacts = [
        Artifact("README.md", texts.readme(named, losses, package)),
        Artifact("requirements.txt", "".join(f"{name}\n" for name in texts.REQUIREMENTS)),
        Artifact(f"{package}/__main__.py", texts.command_module(named, package)),
        *engine_files(package, "exporters.bpmn.runtime"),
        *(Artifact(f"{package}/{name}/process.bpmn", bpmn_text(definition)) for name, definition in named),
        *(
            file
            for name, definition in named
            for file in flow_files(definition, name, package)
            if not file.path.endswith("/flows.py")
        ),
    ]
    return ExportResult(tuple(sorted(artifacts, key=lambda artifact: artifact.path)), tuple(losses))
