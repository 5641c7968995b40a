"""Where the runs of a workflow stand in the backend: import roots, import paths, the runs that start by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from discover import model
from exporters.base import Sources

EXECUTABLE_KINDS = frozenset({
    "http", "task", "consumer", "schedule", "command", "webhook", "graphql", "rpc", "websocket", "serverless",
})  # fmt: skip
"""Runs of these kinds start in a process of their own; signals and hooks run inside another run."""


def executable_runs(workflow: model.Workflow, triggers: dict[str, model.Trigger]) -> list[model.Run]:
    """The runs of the definition, the first of the workflow first."""
    first = triggers.get(workflow.triggers[0]) if workflow.triggers else None
    start = model.Run(
        id=workflow.id,
        unit=workflow.unit or (first.handler if first else workflow.id),
        kind=first.kind if first else "task",
        name=workflow.name,
        line=first.line if first else 0,
        schedule=(first.detail.schedule or "") if first else "",
        queue=(first.detail.queue or "") if first else "",
        retry=workflow.retry,
        timeout=workflow.timeout,
        body=workflow.body,
    )
    return [start, *(run for run in workflow.runs if run.kind in EXECUTABLE_KINDS and run.id != start.id)]


def short_name(unit: str) -> str:
    """What a run is called by the unit that it is made of."""
    parts = [part for part in unit.split("::", 1)[-1].split(".") if part != "<locals>"]
    is_common = parts[-1] in {"run", "get", "post", "put", "patch", "delete", "handle"}
    return "_".join(parts[-2:]) if len(parts) > 1 and is_common else parts[-1]


def script_of(unit: str) -> str:
    """The file of a unit that is a module's body, which runs as a script; empty for any other unit."""
    file, _, name = unit.partition("::")
    return file if name == "<module>" else ""


def import_path(unit: str, roots: tuple[str, ...]) -> str:
    """`src/leads/tasks.py::send` below the root `src` is `leads.tasks:send`."""
    file, _, name = unit.partition("#")[0].partition("::")
    root = max((r for r in roots if r != "." and file.startswith(f"{r}/")), key=len, default="")
    module = file.removeprefix(f"{root}/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return f"{module}:{name or '<module>'}"


def import_roots(units: Iterable[str], sources: Sources, known: tuple[str, ...]) -> tuple[str, ...]:
    """Of the folders that the document's imports start from, the nearest above each unit's file."""
    roots = {_import_root(unit.partition("::")[0], sources, known) for unit in units}
    return tuple(sorted(roots)) or (".",)


def _import_root(file: str, sources: Sources, known: tuple[str, ...]) -> str:
    above = [root for root in known if file.startswith(f"{root}/")]
    if above or sources(file) is not None:
        return max(above, key=len, default=".")
    # A document without its backend that names no root: a folder `src` holds the packages, or the whole does.
    parent = file.rpartition("/")[0]
    outer, source, _ = f"/{parent}/".rpartition("/src/")
    return f"{outer}/src".removeprefix("/") if source else "."
