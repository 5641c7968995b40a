"""What every exporter takes and gives: a graph and its sources in, texts and an honest list of losses out.

An exporter is a module: `exporters.NAMES` gives its path, and the module itself satisfies `Exporter`. It never writes
files; the command line does. To export some workflows only, hand over a graph that holds only those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from discover.model import Graph

Sources = Callable[[str], str | None]
"""Gives the text of a file by its path from the scanned root; None when there is none or it may not be read."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of a result."""

    path: str
    """POSIX, relative to the folder that the user names."""
    text: str
    """To be written as UTF-8 with `\\n` line ends."""


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """Something in the workflow that the target cannot say, or says differently."""

    code: str
    """Stable, kebab-case: `loop-while`, `unresolved-hop`."""
    where: str
    """Workflow id and node id (`workflow#node`), or a workflow id alone."""
    why: str
    """One sentence for the user: what is lost, and what stands in its place."""


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The files of an export, in a stable order, and everything that they do not say."""

    artifacts: tuple[Artifact, ...]
    losses: tuple[Loss, ...] = ()


class Exporter(Protocol):
    """The shape of an exporter module."""

    NAME: str
    """The word after `export --to`."""

    def export(self, graph: Graph, sources: Sources, *, title: str) -> ExportResult:
        """Write the graph's workflows in the target's form."""
        ...
