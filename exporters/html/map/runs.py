"""The graph of runs: who hands work to whom, over all workflows.

A run that several workflows reach is one node: a job that ten requests start is drawn once.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

import networkx as nx

from discover.model import Run, Trigger, Workflow
from exporters.html.systems.names import System
from exporters.html.systems.touches import Touches
from exporters.shared.metrics import clip
from exporters.shared.words import run_facts, trigger_titles

ALIKE: Final = 4
"""Of more runs that stand between the same others, the first ones get a card each, and the rest share one."""

HUB: Final = 12
"""A receiver with more senders is named on their cards: so many lines would hide all others."""

Uses: TypeAlias = dict[System, set[str]]
"""The systems that are touched, each with the modes."""
RunGraph: TypeAlias = "nx.DiGraph[str]"
"""Nodes are keys of runs; the attribute `run` holds the `RunNode`."""


@dataclass(slots=True)
class RunNode:
    """One run, in the words of its card."""

    key: str
    title: str
    kind: str
    about: str
    """Its trigger or queue."""
    unit: str
    rank: int
    """The number, in the index, of the workflow that its card leads to."""
    line: int = 0
    """Where it begins in that workflow; 0 when the workflow begins with it."""
    uses: Uses = field(default_factory=dict[System, "set[str]"])
    own: bool = False
    """The workflow begins with this run."""
    again: bool = False
    """It hands work to itself."""
    hubs: list[str] = field(default_factory=list[str])
    """Receivers of many, to which it hands work without a line."""
    others: list[RunNode] = field(default_factory=list["RunNode"])
    """Runs that share this card."""

    def words(self) -> str:
        """Lower-case text that the search looks in."""
        texts = [
            text
            for one in (self, *self.others)
            for text in (one.title, one.about, one.key, *one.hubs, *(system.label for system in one.uses))
        ]
        return " ".join(dict.fromkeys(texts)).lower()


class RunCollector:
    """Gathers the runs of all workflows; the highest ranked workflow must come first."""

    def __init__(self, triggers: Mapping[str, Trigger], touches: Touches) -> None:
        self._triggers = triggers
        self._touches = touches
        self._runs: dict[str, RunNode] = {}
        self._hops: dict[tuple[str, str], bool] = {}
        """Whether the work happens before the call returns, everywhere this hop is found."""

    def add(self, workflow: Workflow, rank: int) -> None:
        """Take the runs and hops of one workflow, which `touches` must know."""
        first = workflow.unit or workflow.id
        self._take(self._first(workflow, rank, first), workflow, "")
        for run in workflow.runs:
            self._take(_later(run, rank), workflow, run.id)

    def _take(self, node: RunNode, workflow: Workflow, run: str) -> None:
        known = self._runs.get(node.key)
        if known is None or (node.own and not known.own):
            node.uses = known.uses if known else {}
            self._runs[node.key] = known = node
        for system, modes in self._touches.of_runs[workflow.id, run].items():
            if modes != {"passes"}:
                known.uses.setdefault(system, set()).update(modes)
        for target, inline in self._touches.hops[workflow.id, run]:
            pair = (node.key, (workflow.unit or workflow.id) if target in {workflow.id, workflow.unit} else target)
            self._hops[pair] = self._hops.get(pair, True) and inline

    def _first(self, workflow: Workflow, rank: int, key: str) -> RunNode:
        triggers = [self._triggers[one] for one in workflow.triggers if one in self._triggers]
        titles = trigger_titles(triggers)
        about = clip(titles[0], 60) if titles and titles[0] not in workflow.name else key.rpartition("::")[2]
        if len(titles) > 1:
            about += f" and {len(titles) - 1} more"
        unit = workflow.unit or (triggers[0].handler if triggers else "")
        kind = triggers[0].kind if triggers else "call"
        return RunNode(key, clip(workflow.name, 90), kind, about, unit, rank, own=True)

    def graph(self) -> RunGraph:
        """All runs and hops, the highest ranked first."""
        found: RunGraph = nx.DiGraph()
        for run in sorted(self._runs.values(), key=lambda run: run.rank):
            found.add_node(run.key, run=run)
        for (source, target), inline in self._hops.items():
            if source == target:
                self._runs[source].again = True
            elif target in self._runs:
                found.add_edge(source, target, inline=inline)
        return found


def _later(run: Run, rank: int) -> RunNode:
    title = run.name or run.unit.rpartition("::")[2] or run.id
    return RunNode(run.id, clip(title, 90), run.kind, clip(" · ".join(run_facts(run)), 60), run.unit, rank, run.line)


def name_hubs(graph: RunGraph) -> None:
    """Take away the lines to receivers that many hand work to, but one from a sender that would stand alone then."""
    hubs = sorted(
        (run for run in runs_of(graph) if len(graph.pred[run.key]) > HUB), key=lambda run: -len(graph.pred[run.key])
    )
    known = {run.key for run in hubs}
    busy = {run.key for run in runs_of(graph) if graph.pred[run.key] or not known.issuperset(graph.succ[run.key])}
    for hub in hubs:
        senders = [key for key in graph.pred[hub.key] if key in busy]
        busy.update(graph.pred[hub.key])
        for key in senders:
            graph.remove_edge(key, hub.key)
            sender: RunNode = graph.nodes[key]["run"]
            sender.hubs.insert(0, hub.title)
        if senders:
            hub.about = f"from {len(senders)} more runs, marked →"


def gather(graph: RunGraph, own: Container[str]) -> None:
    """Let runs of one kind share a card where they stand between the same others; those of other areas apart."""
    alike: dict[tuple[object, ...], list[RunNode]] = {}
    for run in runs_of(graph):
        near = (frozenset[str](graph.pred[run.key]), frozenset[str](graph.succ[run.key]))
        if near[0] or near[1]:
            alike.setdefault((run.kind, run.key in own, *run.hubs, *near), []).append(run)
    for runs in alike.values():
        if len(runs) > ALIKE:
            shared, *others = runs[ALIKE - 1 :]
            shared.others = others
            graph.remove_nodes_from(one.key for one in others)


def runs_of(graph: RunGraph) -> list[RunNode]:
    """The runs of a graph, in its order."""
    return [cast("RunNode", data["run"]) for data in graph.nodes.values()]
