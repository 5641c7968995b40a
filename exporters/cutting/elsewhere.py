"""What happens in a call that the model opened elsewhere: it tells a function once, each step needs it at its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from discover import model
from exporters.cutting.marks import deep, hops_in, rebuilt

Nodes = tuple[model.Node, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What happens in each function of a workflow that the model has opened."""

    bodies: dict[str, Nodes]

    @classmethod
    def of(cls, runs: Sequence[model.Run]) -> Elsewhere:
        """Of all runs: functions that are called, and those that are runs themselves."""
        found: dict[str, list[Nodes]] = {}
        for run in runs:
            if run.body:
                found.setdefault(run.unit, []).append(run.body)
            for node in deep(run.body):
                if isinstance(node, model.Call) and node.body:
                    found.setdefault(node.callee, []).append(node.body)
        return cls({callee: _joined(bodies) for callee, bodies in found.items()})

    def run(self, run: model.Run) -> model.Run:
        """The run, each call in it with what happens there; one that was first called and then run is told again."""
        body = run.body or (() if run.closed else self.bodies.get(run.unit, ()))
        return msgspec.structs.replace(run, body=self._filled(body, frozenset([run.unit])))

    def filled(self) -> dict[str, Nodes]:
        """The same of each function, for calls that are opened."""
        return {callee: self._filled(body, frozenset([callee])) for callee, body in self.bodies.items()}

    def _filled(self, nodes: Iterable[model.Node], around: frozenset[str]) -> Nodes:
        found: list[model.Node] = []
        for node in nodes:
            inside = around | {node.callee} if isinstance(node, model.Call) else around
            if isinstance(node, model.Call) and node.seen and node.callee not in around:
                found.append(msgspec.structs.replace(node, body=self._within(node.callee, set(inside))))
            else:
                found.append(rebuilt(node, lambda nodes, inside=inside: self._filled(nodes, inside)))
        return tuple(found)

    def _within(self, callee: str, told: set[str]) -> Nodes:
        """What happens in the function and in all that it calls, of which each is told once."""

        def into(nodes: Iterable[model.Node]) -> Nodes:
            return tuple([node_of(node) for node in nodes])

        def node_of(node: model.Node) -> model.Node:
            if isinstance(node, model.Call):
                if node.seen and node.callee not in told:
                    told.add(node.callee)
                    return msgspec.structs.replace(node, body=into(self.bodies.get(node.callee, ())))
                told.add(node.callee)
            return rebuilt(node, into)

        return into(self.bodies.get(callee, ()))


def _joined(bodies: Sequence[Nodes]) -> Nodes:
    """One body for all that is told of a function, which may depend on its caller: further hops are possible."""
    first, *others = bodies
    known = {run for placed in hops_in(first) for run in placed.hop.runs}
    more = [p.hop for body in others for p in hops_in(body) if not known.issuperset(p.hop.runs)]
    if not more:
        return first
    possible = model.OneOf(id=f"{more[0].id}.possible", branches=(model.Branch(body=tuple(more)),))
    return (*first, possible)
