"""Who touches which system: gathered from the steps of all workflows, and from effects that no workflow reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from discover.model import Effect, Graph, Hop, Node, Step, Workflow
from exporters.html.systems.names import ORDER, System, mode, queue_of, systems_of
from exporters.shared.bodies import Bodies
from exporters.shared.nodes import walk


class Touch(NamedTuple):
    """One place at which a system is touched."""

    unit: str
    line: int
    verb: str
    mode: str


@dataclass(slots=True)
class Touched:
    """One system with all that touches it."""

    system: System
    workflows: dict[str, dict[Touch, None]] = field(default_factory=dict[str, dict[Touch, None]])
    """The steps by workflow id, the highest ranked first."""
    places: dict[Touch, Effect | Hop] = field(default_factory=dict[Touch, Effect | Hop])
    """Every place in the code."""
    reached: set[Touch] = field(default_factory=set[Touch])
    """The places that some workflow reaches."""

    def count(self, mode: str) -> int:
        """How many places touch it in this way."""
        return sum(place.mode == mode for place in self.places)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a run's body touches, wherever that run stands."""

    hops: list[tuple[str, bool]]
    systems: dict[System, set[str]]
    steps: list[tuple[Touched, dict[Touch, None]]]


class Touches:
    """All systems of a backend; `bodies` are those that are known already."""

    def __init__(self, graph: Graph, bodies: Bodies | None = None) -> None:
        self._bodies = bodies or Bodies()
        self._known: dict[int, _Told] = {}
        self._found: dict[System, Touched] = {}
        self._effects: dict[str, list[tuple[Touched, Touch]]] = {}
        """For each effect the systems that it touches, and its own place."""
        self.of_runs: dict[tuple[str, str], dict[System, set[str]]] = {}
        """For each workflow and run (empty for the first run) the systems that it touches, with the modes: `passes` for
        a queue behind which a known run stands."""
        self.hops: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        """For each workflow and run the runs that it hands work to, and whether they run before the call returns."""
        for effect in graph.effects:
            place = Touch(effect.at, effect.line, verb_of(effect), mode(effect))
            self._effects[effect.id] = found = [(self._touched(one), place) for one in systems_of(effect)]
            for touched, _ in found:
                touched.places[place] = effect

    def add(self, workflow: Workflow) -> None:
        """Take one workflow; the highest ranked must come first."""
        for key, body in (("", workflow.body), *((run.id, run.body) for run in workflow.runs)):
            told = self._told(body)
            self.of_runs[workflow.id, key] = told.systems
            self.hops[workflow.id, key] = told.hops
            for touched, steps in told.steps:
                touched.workflows.setdefault(workflow.id, {}).update(steps)

    def _told(self, body: tuple[Node, ...]) -> _Told:
        first = self._bodies.first(body)
        told = self._known.get(id(first))
        if told is None:
            told = self._known[id(first)] = self._tell(first)
        return told

    def _tell(self, body: Sequence[Node]) -> _Told:
        hops: list[tuple[str, bool]] = []
        systems: dict[System, set[str]] = {}
        steps: dict[System, tuple[Touched, dict[Touch, None]]] = {}
        for node in walk(body):
            if isinstance(node, Step):
                found = self._of_step(node)
            elif isinstance(node, Hop):
                found = self._of_hop(node)
                hops.extend((run, node.inline) for run in node.runs)
            else:
                continue
            for touched, place in found:
                own = steps.setdefault(touched.system, (touched, {}))[1]
                own[place._replace(unit=node.unit, line=node.line)] = None
                touched.reached.add(place)
                received = isinstance(node, Hop) and node.runs
                systems.setdefault(touched.system, set()).add("passes" if received else place.mode)
        return _Told(hops, systems, list(steps.values()))

    def of(self, workflow: Workflow) -> list[System]:
        """The systems that a workflow touches, in the order of `all`."""
        runs = ("", *(run.id for run in workflow.runs))
        return sorted({system for run in runs for system in self.of_runs[workflow.id, run]}, key=in_order)

    def _of_step(self, step: Step) -> Iterator[tuple[Touched, Touch]]:
        for one in (step.effect, *step.also):
            yield from self._effects.get(one, ())

    def _of_hop(self, hop: Hop) -> Iterator[tuple[Touched, Touch]]:
        queue = queue_of(hop)
        if queue:
            touched = self._touched(queue)
            place = Touch(hop.unit, hop.line, hop.kind, "uses")
            touched.places.setdefault(place, hop)
            yield touched, place

    def _touched(self, system: System) -> Touched:
        known = self._found.get(system)
        if known is None:
            known = self._found[system] = Touched(system)
        return known

    def all(self) -> list[Touched]:
        """All systems: by kind, those that most workflows touch first."""
        return sorted(
            self._found.values(),
            key=lambda one: (*in_order(one.system)[:2], -len(one.workflows), one.system.name),
        )


def in_order(system: System) -> tuple[int, bool, str]:
    """Sorts systems: by kind, those whose name is not known last."""
    return ORDER.index(system.kind), not system.name, system.name


def verb_of(effect: Effect) -> str:
    """What is done, in one word or few: `INSERT`, `POST /v1/charges`, `PaymentIntent.create`."""
    if effect.kind in {"sdk", "cloud"} and effect.target:
        return f"{effect.target}.{effect.detail}" if effect.detail else effect.target
    if effect.kind in {"http", "cache", "file"} and effect.target:
        return f"{effect.detail} {effect.target}".strip()
    return effect.detail or effect.kind
