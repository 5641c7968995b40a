"""`export --to unmeshed`: process definitions, their workers, and what has to be set up beside them."""

from __future__ import annotations

from typing import Any

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.definition import Definition, build
from exporters.definition.build import executable_runs
from exporters.shared.copies import copied
from exporters.shared.identifiers import Unique, python_identifier
from exporters.shared.worker.applications import family
from exporters.unmeshed import package
from exporters.unmeshed.process import REQUEST_KINDS, Assembler, Process
from exporters.unmeshed.source import Code

NAME = "unmeshed"
_COPIED = ("exporters.shared.worker", "exporters.unmeshed.runtime")


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - processes have no title
    """Write each workflow's processes and their workers."""
    triggers = {trigger.id: trigger for trigger in graph.entry_points}
    names = Unique(("engine",))
    losses: list[Loss] = []
    policies: dict[str, Any] = {}
    made: list[tuple[str, Definition]] = []
    processes: list[tuple[Process, Definition]] = []
    for workflow in graph.workflows:
        built = build(workflow, triggers, sources)
        definition = built.definition
        runs = executable_runs(workflow, triggers)
        steps = {run.id: step.id for run, step in zip(runs, definition.steps, strict=True)}
        assembler = Assembler(
            definition=definition,
            runs={steps[run.id]: run for run in runs},
            names=built.names,
            code=Code(sources, definition.import_roots),
            process_names=names,
        )
        main = names(python_identifier(definition.name))
        assembler.assemble(main)
        losses.extend((*built.losses, *assembler.losses, *_request_losses(definition)))
        policies.update(assembler.policies)
        made.append((main, definition))
        processes.extend((process, definition) for process in assembler.processes)
    artifacts = [
        Artifact("README.md", package.readme([process for process, _ in processes], losses)),
        Artifact("error_policies.json", package.json_text(policies)),
        *(Artifact(name, package.json_text(value)) for name, value in package.side_files(made).items()),
        Artifact(f"{package.PACKAGE}/__init__.py", '"""Workers of the backend\'s processes: see README.md."""\n'),
        Artifact(f"{package.PACKAGE}/__main__.py", package.main_module([process.name for process, _ in processes])),
        *copied(_COPIED, f"{package.PACKAGE}.engine"),
    ]
    for process, definition in processes:
        artifacts.append(Artifact(f"processes/{process.name}.json", package.json_text(process.document)))
        text = package.worker_module(process, definition)
        artifacts.append(Artifact(f"{package.PACKAGE}/{process.name}.py", text))
    return ExportResult(tuple(sorted(artifacts, key=lambda artifact: artifact.path)), tuple(losses))


def _request_losses(definition: Definition) -> list[Loss]:
    why = "requests to this framework can't be sent: the worker of the first step fails"
    return [
        Loss("request-not-sent", definition.id, why)
        for trigger in definition.triggers
        if trigger.kind in REQUEST_KINDS and not family(trigger.framework)
    ]
