"""The graph of runs: who hands work to whom, over all workflows.

A run that several workflows reach is one node: a job that ten requests start is drawn once. Runs that neither hand
work over nor receive it are left out; the index table lists them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast
from urllib.parse import quote

import networkx as nx

from discover.model import Run, Workflow
from exporters.html.view.build import ViewBuilder
from exporters.shared.metrics import clip
from exporters.shared.words import run_facts, trigger_title

ALIKE: Final = 4
"""Of more runs that stand between the same others, the first ones get a card each, and the rest share one."""

HUB: Final = 12
"""A receiver with more senders is named on their cards: so many lines would hide all others."""

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
    link: str
    """The part of the address that leads to it."""
    rank: int
    tags: dict[str, str] = field(default_factory=dict[str, str])
    """Services and stores that it uses, with their kind."""
    own: bool = False
    """The link leads to a workflow that begins with this run."""
    again: bool = False
    """It hands work to itself."""
    others: list[RunNode] = field(default_factory=list["RunNode"])
    """Runs that share this card."""

    def words(self) -> str:
        """Lower-case text that the search looks in."""
        texts = [text for one in (self, *self.others) for text in (one.title, one.about, one.key, *one.tags)]
        return " ".join(dict.fromkeys(texts)).lower()


class RunCollector:
    """Gathers the runs of all workflows; the highest ranked workflow comes first."""

    def __init__(self) -> None:
        self._runs: dict[str, RunNode] = {}
        self._hops: dict[tuple[str, str], bool] = {}
        """Whether the work happens before the call returns, everywhere this hop is found."""

    def add(self, view: ViewBuilder, rank: int) -> None:
        """Take the runs and hops of one workflow, after its view was built."""
        workflow, diagram = view.workflow, view.diagram
        keys = [workflow.unit or workflow.id, *(run.id for run in workflow.runs)]
        nodes = [_first(workflow, view, rank, keys[0]), *(_later(workflow, run, rank) for run in workflow.runs)]
        for node, touched in zip(nodes, view.touched, strict=True):
            known = self._runs.get(node.key)
            if known is None or (node.own and not known.own):
                node.tags = known.tags if known else {}
                self._runs[node.key] = known = node
            known.tags |= touched
        starts = [view.index[band.entries[0]] for band in diagram.bands]
        for hop in diagram.hops:
            pair = (keys[bisect_right(starts, view.index[hop.source]) - 1], keys[hop.band])
            self._hops[pair] = self._hops.get(pair, True) and hop.inline

    def graph(self) -> RunGraph:
        """The runs that hand work over or receive it, the highest ranked first."""
        found: RunGraph = nx.DiGraph()
        used = {key for pair in self._hops for key in pair}
        for run in sorted(self._runs.values(), key=lambda run: run.rank):
            if run.key in used:
                found.add_node(run.key, run=run)
        for (source, target), inline in self._hops.items():
            if source == target:
                self._runs[source].again = True
            else:
                found.add_edge(source, target, inline=inline)
        _name_hubs(found)
        _gather(found)
        return found


def _first(workflow: Workflow, view: ViewBuilder, rank: int, key: str) -> RunNode:
    triggers = [view.lookups.triggers[one] for one in workflow.triggers if one in view.lookups.triggers]
    titles = sorted(map(trigger_title, triggers), key=lambda title: (title.count("{"), len(title), title))
    about = clip(titles[0], 60) if titles and titles[0] not in workflow.name else key.rpartition("::")[2]
    if len(titles) > 1:
        about += f" and {len(titles) - 1} more"
    kind = triggers[0].kind if triggers else "call"
    return RunNode(key, clip(workflow.name, 90), kind, about, f"w={quote(workflow.id, safe='')}", rank, own=True)


def _later(workflow: Workflow, run: Run, rank: int) -> RunNode:
    link = f"w={quote(workflow.id, safe='')}&s={quote(f'{run.unit}:{run.line}', safe='')}"
    title = run.name or run.unit.rpartition("::")[2] or run.id
    return RunNode(run.id, clip(title, 90), run.kind, clip(" · ".join(run_facts(run)), 60), link, rank)


def _name_hubs(graph: RunGraph) -> None:
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
            sender.tags = {f"→ {clip(hub.title, 26)}": "hop", **sender.tags}
        if senders:
            hub.about = f"from {len(senders)} more runs, marked →"


def _gather(graph: RunGraph) -> None:
    """Let runs of one kind share a card where they stand between the same others."""
    alike: dict[tuple[str, frozenset[str], frozenset[str]], list[RunNode]] = {}
    for run in runs_of(graph):
        near = (frozenset[str](graph.pred[run.key]), frozenset[str](graph.succ[run.key]))
        if near[0] or near[1]:
            alike.setdefault((run.kind, *near), []).append(run)
    for runs in alike.values():
        if len(runs) > ALIKE:
            shared, *others = runs[ALIKE - 1 :]
            shared.others = others
            graph.remove_nodes_from(one.key for one in others)


def runs_of(graph: RunGraph) -> list[RunNode]:
    """The runs of a graph, in its order."""
    return [cast("RunNode", data["run"]) for data in graph.nodes.values()]
