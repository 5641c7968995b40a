"""From the model's workflow to its definition, and what a definition of runs can't say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from discover import model
from exporters.base import Loss, Sources
from exporters.definition import records
from exporters.definition.inside import FoundHop, at, hops, retry_of, tell
from exporters.shared.identifiers import Unique, python_identifier

EXECUTABLE_KINDS = frozenset({
    "http", "task", "consumer", "schedule", "command", "webhook", "graphql", "rpc", "websocket", "serverless",
})  # fmt: skip
"""Runs of these kinds start in a process of their own; signals and hooks run inside another run."""
CAPTURED_HOPS = frozenset({"dispatch", "publish", "callback"})
"""Hops that a worker can take out of the running code. The others really happen, as they do in the backend."""


@dataclass(frozen=True, slots=True)
class Built:
    """A definition and its losses."""

    definition: records.Definition
    losses: tuple[Loss, ...]
    names: dict[str, str]
    """The step that each run id stands for; the first run has several ids."""


def build(workflow: model.Workflow, triggers: dict[str, model.Trigger], sources: Sources) -> Built:
    """Make the definition of one workflow."""
    runs = executable_runs(workflow, triggers)
    unique = Unique()
    steps = {run.id: unique(python_identifier(_short(run.unit))) for run in runs}
    names = dict(steps)
    for alias in (workflow.id, workflow.unit, *workflow.triggers):
        names.setdefault(alias, steps[runs[0].id])
    roots = _import_roots([run.unit for run in runs], sources)
    own = {trigger.handler: trigger for trigger in triggers.values() if trigger.detail.name}
    losses: list[Loss] = []
    made: list[records.Step] = []
    for run in runs:
        found = list(hops(run.body))
        losses.extend(_losses(workflow.id, run, found, names))
        made.append(_step(run, steps[run.id], names, roots, own.get(run.unit), found))
    if workflow.truncated:
        losses.append(Loss("truncated", workflow.id, "the workflow is larger than the scan's limit: parts are missing"))
    definition = records.Definition(
        schema=records.SCHEMA,
        id=workflow.id,
        name=workflow.name,
        import_roots=roots,
        triggers=tuple(_trigger(triggers[key]) for key in workflow.triggers if key in triggers),
        start=steps[runs[0].id],
        steps=tuple(made),
    )
    return Built(definition, tuple(losses), names)


def executable_runs(workflow: model.Workflow, triggers: dict[str, model.Trigger]) -> list[model.Run]:
    """The runs that become steps, the first of the workflow first."""
    first = triggers.get(workflow.triggers[0]) if workflow.triggers else None
    start = model.Run(
        id=workflow.id,
        unit=workflow.unit or (first.handler if first else workflow.id),
        kind=first.kind if first else "task",
        name=workflow.name,
        line=first.line if first else 0,
        schedule=(first.detail.schedule or "") if first else "",
        queue=(first.detail.queue or "") if first else "",
        body=workflow.body,
    )
    return [start, *(run for run in workflow.runs if run.kind in EXECUTABLE_KINDS and run.id != start.id)]


def _short(unit: str) -> str:
    parts = [part for part in unit.split("::", 1)[-1].split(".") if part != "<locals>"]
    return (
        "_".join(parts[-2:]) if len(parts) > 1 and parts[-1] in {"run", "get", "post", "put", "handle"} else parts[-1]
    )


def _step(
    run: model.Run,
    step_id: str,
    names: dict[str, str],
    roots: tuple[str, ...],
    own: model.Trigger | None,
    found: list[FoundHop],
) -> records.Step:
    return records.Step(
        id=step_id,
        name=run.name,
        kind=run.kind,
        run=import_path(run.unit, roots),
        at=at(run.unit, run.line, run.end_line),
        task=(own.detail.name or "") if own and own.kind in {"task", "consumer"} else "",
        queue=run.queue,
        parameters=run.parameters,
        retry=retry_of(run.retry),
        timeout=run.timeout,
        next=tuple(_next(found, names)),
        inside=tell(run.body, names),
    )


def _next(found: list[FoundHop], names: dict[str, str]) -> Iterator[records.Next]:
    for item in found:
        hop = item.hop
        if hop.inline or hop.kind not in CAPTURED_HOPS:
            continue
        for run in hop.runs:
            if run in names:
                yield records.Next(
                    step=names[run],
                    kind=hop.kind,
                    at=at(hop.unit, hop.line, hop.end_line),
                    arguments=hop.arguments,
                    delay=hop.delay,
                    when=item.when,
                    repeated=item.repeated,
                )


def _losses(workflow: str, run: model.Run, found: list[FoundHop], names: dict[str, str]) -> Iterator[Loss]:
    if "<locals>" in run.unit and run.kind != "http":
        yield Loss(
            "not-importable", f"{workflow}#{run.id}", f"{run.unit} is defined inside a function: no step can call it"
        )
    if "#" in run.unit:
        reason = f"{run.unit} has the name of an earlier definition: the step calls whichever the module keeps"
        yield Loss("name-taken-twice", f"{workflow}#{run.id}", reason)
    if run.timeout is not None:
        yield Loss("timeout", f"{workflow}#{run.id}", f"the time limit of {run.timeout:g} s is not enforced")
    for node, safeguard in _kept_outside(run.body):
        reason = f"“{model.safeguard_text(safeguard)}” is the queue's to keep: the step's own code does not"
        yield Loss("safeguard", f"{workflow}#{node.id}", reason)
    for item in found:
        hop, where = item.hop, f"{workflow}#{item.hop.id}"
        if hop.inline:
            continue
        if hop.kind not in CAPTURED_HOPS:
            yield Loss("hop-not-captured", where, f"the {hop.kind} hop is no step: the code does it as it always did")
        elif not any(target in names for target in hop.runs):
            yield Loss("hop-without-receiver", where, "nobody is known to receive this hop: it is no step here")


def _kept_outside(nodes: Iterable[model.Node]) -> Iterator[tuple[model.Node, model.Safeguard]]:
    """What a queue or a broker puts around the whole run: it stands at the only node, or at the guard around all."""
    for node in nodes:
        for safeguard in node.safeguards:
            if safeguard.is_outside:
                yield node, safeguard


def _trigger(trigger: model.Trigger) -> records.TriggerRecord:
    detail = trigger.detail
    return records.TriggerRecord(
        kind=trigger.kind,
        at=at(trigger.handler, trigger.line),
        framework=trigger.framework,
        methods=detail.methods,
        path=detail.path or "",
        name=detail.name or "",
        schedule=detail.schedule or "",
        queue=detail.queue or "",
        topic=detail.topic or "",
        signal=detail.signal or "",
        command=detail.command or "",
    )


def import_path(unit: str, roots: tuple[str, ...]) -> str:
    """`src/leads/tasks.py::send` below the root `src` is `leads.tasks:send`."""
    file, _, name = unit.partition("#")[0].partition("::")
    root = max((r for r in roots if r != "." and file.startswith(f"{r}/")), key=len, default="")
    module = file.removeprefix(f"{root}/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return f"{module}:{name or '<module>'}"


def _import_roots(units: list[str], sources: Sources) -> tuple[str, ...]:
    """The nearest folder above each file that is no package itself; files directly below win over namespaces."""
    roots = {_import_root(unit.partition("::")[0], sources) or "." for unit in units}
    return tuple(sorted(roots)) or (".",)


def _import_root(file: str, sources: Sources) -> str:
    parent = folder = file.rpartition("/")[0]
    while folder and sources(f"{folder}/__init__.py") is not None:
        folder = folder.rpartition("/")[0]
    if folder == parent and sources(file) is None:
        # A document without its backend does not say what is a package: a folder `src` holds them, or the whole does.
        above = f"/{parent}/".rpartition("/src/")
        return f"{above[0]}/src".removeprefix("/") if above[1] else ""
    return folder
