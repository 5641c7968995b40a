"""`export --to dbos`: a package of workers that call the backend's own functions."""

from __future__ import annotations

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.dbos import package, policy
from exporters.definition import Definition, build, definition_text
from exporters.shared.identifiers import Unique, python_identifier

NAME = "dbos"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - the package has no title
    """Write one package that runs all the workflows."""
    triggers = {trigger.id: trigger for trigger in graph.entry_points}
    unique = Unique(("engine", "main"))
    made: list[tuple[str, Definition]] = []
    losses: list[Loss] = []
    for workflow in graph.workflows:
        built = build(workflow, triggers, sources)
        losses.extend(built.losses)
        losses.extend(policy.losses(built.definition))
        made.append((unique(python_identifier(built.definition.name)), built.definition))
    name = package.PACKAGE
    artifacts = [
        Artifact("README.md", package.readme(made, losses)),
        Artifact("pyproject.toml", package.PROJECT),
        *(Artifact(f"definitions/{module}.yaml", definition_text(definition)) for module, definition in made),
        Artifact(f"{name}/__init__.py", '"""Workflows of the backend, made explicit: see README.md."""\n'),
        Artifact(f"{name}/__main__.py", package.command_module(module for module, _ in made)),
        *package.engine_files(),
        *(Artifact(f"{name}/{module}.py", package.flow_module(definition)) for module, definition in made),
    ]
    return ExportResult(tuple(sorted(artifacts, key=lambda artifact: artifact.path)), tuple(losses))
