"""`export --to restate`: a package of workflows and the server that gives them to Restate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.canonical.records import Definition
from exporters.cutting.export import exported
from exporters.python_code.commands import command
from exporters.python_code.losses import endless, losses
from exporters.python_code.package import Named, engine_files, flow_files, packed
from exporters.restate import package as texts

NAME = "restate"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a package has no title
    """The package of a graph's workflows."""
    return exported(graph, sources, write)


def write(definitions: Sequence[Definition], before: Sequence[Loss] = ()) -> ExportResult:
    """One package that serves all the definitions, and what it does not say."""
    return packed(definitions, _losses, _files, before)


def _losses(definition: Definition) -> Iterator[Loss]:
    yield from losses(definition)
    yield from endless(definition, "Restate's journal of a run grows with each turn")


def _files(named: Named, lost: Sequence[Loss], package: str) -> list[Artifact]:
    return [
        Artifact("README.md", texts.readme(named, lost, package)),
        Artifact("requirements.txt", "".join(f"{name}\n" for name in texts.REQUIREMENTS)),
        Artifact(f"{package}/__main__.py", command(named, package)),
        *engine_files(package, "exporters.restate.runtime"),
        *(file for name, definition in named for file in flow_files(definition, name, package)),
    ]
