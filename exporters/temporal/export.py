"""`export --to temporal`: a package of workflows, activities, a worker and schedules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exporters.base import Artifact, ExportResult, Loss
from exporters.canonical.records import Definition
from exporters.canonical.schedules import cron
from exporters.python_code.package import engine_files, flow_files, flow_names, package_name
from exporters.temporal import package as texts

NAME = "temporal"


def write(definitions: Sequence[Definition]) -> ExportResult:
    """One package that serves all the definitions, and what it does not say."""
    package = package_name(definitions)
    named = list(zip(flow_names(definitions), definitions, strict=True))
    losses = [loss for definition in definitions for loss in _losses(definition)]
    readme = texts.readme(named, losses, package).replace("{requirement}", texts.REQUIREMENT)
    artifacts = [
        Artifact("README.md", readme),
        Artifact("requirements.txt", f"{texts.REQUIREMENT}\n"),
        Artifact(f"{package}/__main__.py", texts.command_module(named, package)),
        Artifact(f"{package}/workflows.py", texts.workflows_module(named, package)),
        *engine_files(package, "exporters.temporal.runtime"),
        *(file for name, definition in named for file in flow_files(definition, name, package)),
    ]
    return ExportResult(tuple(sorted(artifacts, key=lambda artifact: artifact.path)), tuple(losses))


def _losses(definition: Definition) -> Iterator[Loss]:
    for trigger in definition.triggers:
        if trigger.schedule and not cron(trigger.schedule):
            yield Loss(
                "schedule", definition.id, f"the schedule “{trigger.schedule}” is no cron text: set it up by hand"
            )
        if trigger.kind in {"http", "webhook"}:
            yield Loss(
                "http-trigger",
                definition.id,
                f"nothing listens for {trigger.path}: a gateway has to start the workflow",
            )
    for run in definition.runs:
        if run.timeout is not None:
            yield Loss(
                "timeout",
                f"{definition.id}#{run.id}",
                f"the time limit of {run.timeout:g} s for the whole run is not enforced",
            )
