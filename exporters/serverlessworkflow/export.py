"""`export --to serverlessworkflow`: a YAML workflow per run, and a package that serves the steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.canonical.limits import unkept
from exporters.canonical.records import Definition, Loop, Retrying, Run, Step
from exporters.canonical.schedules import cron
from exporters.canonical.walk import all_elements
from exporters.canonical.write import definition_text
from exporters.cutting.export import exported
from exporters.python_code.commands import command
from exporters.python_code.losses import kept_back
from exporters.python_code.losses import losses as shared
from exporters.python_code.package import Named, engine_files, packed, pieces_files
from exporters.python_code.readme import readme
from exporters.serverlessworkflow import follow
from exporters.serverlessworkflow.policy import unsaid
from exporters.serverlessworkflow.texts import README
from exporters.serverlessworkflow.workflow import LONGEST, follow_document, workflow
from exporters.shared import yaml_text
from exporters.shared.identifiers import Unique, slug

NAME = "serverlessworkflow"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a package has no title
    """The package of a graph's workflows."""
    return exported(graph, sources, write)


def write(definitions: Sequence[Definition], before: Sequence[Loss] = ()) -> ExportResult:
    """One package that serves all the definitions, and what the workflows do not say."""
    return packed(definitions, _losses, _files, before)


def _files(named: Named, losses: Sequence[Loss], package: str) -> Iterator[Artifact]:
    yield Artifact("README.md", readme(README, named, losses, package))
    yield Artifact(f"{package}/__main__.py", command(named, package))
    yield from engine_files(package, "exporters.serverlessworkflow.runtime")
    unique = Unique(separator="-")
    for name, definition in named:
        namespace = unique(slug(name, limit=LONGEST))
        yield Artifact(f"definitions/{name}.yaml", definition_text(definition))
        yield from pieces_files(definition, name, package)
        for run in definition.runs:
            text = yaml_text.dump(workflow(run, definition, name, namespace))
            yield Artifact(f"workflows/{name}.{run.id}.yaml", text)
        if follow.is_needed(definition):
            text = yaml_text.dump(follow_document(definition, name, namespace))
            yield Artifact(f"workflows/{name}.{_behind(definition)}.yaml", text)


def _behind(definition: Definition) -> str:
    """The file's name for the document of messages that come after others."""
    return Unique(run.id for run in definition.runs)(follow.NAME)


def _losses(definition: Definition) -> Iterator[Loss]:
    yield from shared(definition)
    yield from unkept(definition)
    yield from kept_back(definition)
    crons = [trigger.schedule for trigger in definition.triggers if trigger.schedule and cron(trigger.schedule)]
    for text in crons[1:]:
        yield Loss("schedule", definition.id, f"a workflow has one schedule: “{text}” is another, to be set up by hand")
    for run in definition.runs:
        yield from _of_run(run, definition)


def _of_run(run: Run, definition: Definition) -> Iterator[Loss]:
    if run.retry is not None:
        for code, why in unsaid(run.retry):
            yield Loss(code, f"{definition.id}#{run.id}", why)
        if run.context:
            why = "a delay that the code itself asks for before another try is not kept: that of the policy counts"
            yield Loss("retry-asked", f"{definition.id}#{run.id}", why)
    for element in all_elements(run):
        where = f"{definition.id}#{element.id}"
        if isinstance(element, Loop) and element.parallel:
            yield Loss("loop-parallel", where, "the language forks into known branches only: items go one by one")
        if isinstance(element, Step) and follow.may_follow(run, element.id):
            why = "if some of what it sends is to come after other work, the parts of a group go one after the other"
            yield Loss("message-order", where, why)
        retry = element.retry if isinstance(element, Retrying | Step) else None
        for code, why in unsaid(retry) if retry is not None else ():
            yield Loss(code, where, why)
