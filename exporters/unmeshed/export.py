"""`export --to unmeshed`: process definitions, their workers, and what has to be set up beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.canonical.records import Definition
from exporters.cutting.export import exported
from exporters.python_code.losses import kept_back
from exporters.python_code.package import engine_files, flow_files, flow_names, package_name
from exporters.shared.identifiers import Unique
from exporters.unmeshed import package as texts
from exporters.unmeshed.flow import Flow
from exporters.unmeshed.process import Process, processes

NAME = "unmeshed"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a package has no title
    """The package of a graph's workflows."""
    return exported(graph, sources, write)


def write(definitions: Sequence[Definition], before: Sequence[Loss] = ()) -> ExportResult:
    """One package that serves all the definitions, and what it does not say."""
    package = package_name(definitions)
    named = list(zip(flow_names(definitions), definitions, strict=True))
    unique = Unique(name for name, _ in named)
    flows = [Flow(definition, name, unique) for name, definition in named]
    made = [(flow, processes(flow)) for flow in flows]
    losses = [*before, *(loss for flow in flows for loss in _losses(flow))]
    policies = {name: policy for flow in flows for name, policy in flow.policies.items()}
    artifacts = [
        Artifact("README.md", texts.readme(named, [one for _, found in made for one in found], losses, package)),
        Artifact("requirements.txt", "".join(f"{name}\n" for name in texts.REQUIREMENTS)),
        Artifact("error_policies.json", texts.json_text(policies)),
        *(Artifact(name, texts.json_text(value)) for name, value in texts.side_files(named).items()),
        Artifact(f"{package}/__main__.py", texts.command_module(named, package)),
        *engine_files(package, "exporters.unmeshed.runtime"),
        *(file for flow, found in made for file in _files(flow, found, package)),
    ]
    return ExportResult(tuple(sorted(artifacts, key=lambda artifact: artifact.path)), tuple(losses))


def _files(flow: Flow, found: Sequence[Process], package: str) -> Iterator[Artifact]:
    yield from (file for file in flow_files(flow.definition, flow.name, package) if not file.path.endswith("/flows.py"))
    for process in found:
        yield Artifact(f"processes/{process.name}.json", texts.json_text(process.document))
    workers = [worker for process in found for worker in process.workers]
    yield Artifact(f"{package}/{flow.name}/workers.json", texts.json_text(workers))


def _losses(flow: Flow) -> Iterator[Loss]:
    yield from flow.losses
    yield from kept_back(flow.definition)
    yield from _consumers(flow.definition)


def _consumers(definition: Definition) -> Iterator[Loss]:
    for trigger in definition.triggers:
        if trigger.kind == "consumer":
            source = trigger.queue or trigger.topic or "the queue"
            reason = f"nothing takes messages from {source}: a consumer has to start the process"
            yield Loss("consumer", definition.id, reason)
