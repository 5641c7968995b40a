"""Opens templates into one workflow: each variant of a unit once, runs in the order reached, within a size limit."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import NamedTuple

import msgspec

from discover.infer.covering import covered
from discover.infer.keys import unit_of
from discover.infer.node_trees import again, rebuilt
from discover.infer.score import Part
from discover.infer.templates import Template, Templates
from discover.link.records import Linked, RunOptions, UnitSource
from discover.model import Call, Counts, Node, Run

_ALTERNATIVES = 40
"""So many nodes of what only wide choices call are opened: a reader needs to see what it is like, not all of it."""


_FURTHER = Counts(runs=1)
_RUN = 2
"""How far a run is at most, whatever it does: a reader follows the work first, and then each helper."""
_INWARD = 1_000
"""What leads nowhere outside is opened after all that does."""
_QUIET = 2_000
"""A check that only reads, opened for what it may refuse, comes last."""


class Measured(NamedTuple):
    """The size of a workflow, for its rank and for its share of the document."""

    counts: Counts
    parts: list[Part]
    """The counts by unit."""
    services: tuple[str, ...]
    nodes: int
    scheduled: bool


class Assembled(msgspec.Struct, frozen=True):
    """What a workflow consists of, before it is named."""

    body: tuple[Node, ...]
    runs: tuple[Run, ...]
    confidence: float
    truncated: bool
    options: RunOptions
    """How the first run runs."""
    keys: tuple[str, ...]
    """Of all units that were opened, once for each class that they were opened for."""


class Assembly:
    """Opens one workflow."""

    def __init__(self, templates: Templates, linked: Linked, limit: int, run_limit: int, depth: int) -> None:
        """`limit` bounds the nodes of one workflow, `run_limit` its runs, `depth` how deep calls are opened."""
        self._depth = depth
        self._templates = templates
        self._linked = linked
        self._limit = limit
        self._run_limit = run_limit
        self._choices: dict[str, _Choice] = {}
        self._told: dict[str, Part] = {}
        """By key: its counts, for all workflows that open it."""
        self._onward: dict[str, _Onward] = {}

    def measured(self, key: str) -> Measured:
        """What the workflow would consist of, without putting it together."""
        choice = self._choices[key] = self._chosen(key, self._limit)
        templates = [self._templates.of(key) for key in choice.allowed]
        counts, services = _total(templates, self._opened_runs(choice))
        scheduled = any(self._linked.runs[run].schedule for run in choice.runs if run in self._linked.runs)
        parts = self._parts(choice, templates)
        return Measured(counts, parts, services, sum(template.size for template in templates), scheduled)

    def _parts(self, choice: _Choice, templates: list[Template]) -> list[Part]:
        """The counts of a workflow by unit."""
        known = self._told
        for key, template in zip(choice.allowed, templates, strict=True):
            if key not in known:
                known[key] = Part(unit_of(key), template.counts)
        parts = [known[key] for key in choice.allowed]
        told = (run for run in choice.runs if self._templates.entry(run) in choice.allowed)
        return parts + [Part(run, _FURTHER) for run in told]

    def of(self, key: str, limit: int) -> Assembled:
        """The workflow that starts with a unit, of at most about `limit` nodes."""
        choice = self._choices.pop(key, None)
        if choice is None or choice.size > limit:  # one that fits is the same for any limit that it fits into
            choice = self._chosen(key, min(limit, self._limit))
        allowed = choice.allowed
        opened = _Opened()
        body = self._whole(unit_of(key), self._open(key, allowed, opened, 0))
        runs = tuple(self._run(receiver, allowed, opened) for receiver in choice.runs)
        return Assembled(
            body=body,
            runs=runs,
            confidence=min([self._templates.of(each).confidence for each in allowed], default=1.0),
            truncated=choice.truncated,
            options=self._linked.runs.get(unit_of(key)) or RunOptions("task"),
            keys=tuple(allowed),
        )

    def _opened_runs(self, choice: _Choice) -> int:
        """How many runs are told, the first among them; one that did not fit is only named."""
        return 1 + sum(self._templates.entry(receiver) in choice.allowed for receiver in choice.runs)

    def _chosen(self, key: str, limit: int) -> _Choice:
        """The units to open, the nearest first up to the limit; the runs in the order reached; what was left out.

        What only a wide choice calls (a registry of plugins) comes after everything else, and less of it.
        """
        choice = _Choice(self._templates, unit_of(key), self._onward)
        choice.spread([key], limit, self._run_limit)
        choice.spread(choice.take_later(), min(limit, choice.size + _ALTERNATIVES), self._run_limit)
        return choice

    def _open(self, key: str, allowed: dict[str, None], opened: _Opened, depth: int) -> tuple[Node, ...]:
        if key in opened or key not in allowed:
            return ()
        turn = opened.add(key)
        template = self._templates.of(key)
        nodes = template.nodes if turn == 1 else tuple([again(node, turn) for node in template.nodes])
        if not template.callees:
            return nodes

        def change(node: Node) -> Node:
            if type(node) is not Call:
                return rebuilt(node, change)
            callee = unit_of(node.callee)
            if node.callee in opened:
                return msgspec.structs.replace(node, callee=callee, seen=True, body=())
            body = self._open(node.callee, allowed, opened, depth + 1) if depth < self._depth else ()
            if node.body and not body:
                return msgspec.structs.replace(node.body[0], id=node.id)  # a check of which the read alone is told
            return msgspec.structs.replace(node, callee=callee, body=body)

        return tuple([change(node) for node in nodes])

    def _whole(self, unit: str, body: tuple[Node, ...]) -> tuple[Node, ...]:
        """A run's body with what decorators put around the unit that runs."""
        plan = self._linked.plans.get(unit)
        source = self._linked.sources.get(unit)
        if plan is None or source is None:
            return body
        return tuple(covered(_Whole(unit), list(body), plan.cover.joined(plan.kept), source.line, source.end_line))

    def _run(self, unit: str, allowed: dict[str, None], opened: _Opened) -> Run:
        source = self._linked.sources.get(unit) or UnitSource(unit, unit, 0, 0, "", None)
        options = self._linked.runs.get(unit) or RunOptions("task")
        parameters = tuple(p.name for p in source.body.parameters) if source.body is not None else ()
        key = self._templates.entry(unit)
        return Run(
            id=unit,
            unit=unit,
            kind=options.kind,
            name=options.name or source.name,
            line=source.line,
            end_line=source.end_line,
            queue=options.queue,
            schedule=options.schedule,
            retry=options.retry,
            timeout=options.timeout,
            parameters=parameters,
            body=self._whole(unit, self._open(key, allowed, opened, 0)),
            closed=key not in allowed and bool(self._templates.of(key).nodes),
        )


class _Whole:
    """Stands for all of a unit where what is around it gets its place."""

    def __init__(self, unit: str) -> None:
        self.unit = unit

    def identity(self, line: int) -> str:
        """The id of what is around it."""
        return f"{self.unit}:{line}.around"


class _Opened:
    """The keys that a workflow has opened, and how often each unit was."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._turns: dict[str, int] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, key: str) -> int:
        """Note that a key is opened; return how often its unit now is."""
        self._keys.add(key)
        unit = unit_of(key)
        turn = self._turns[unit] = self._turns.get(unit, 0) + 1
        return turn


class _Onward(NamedTuple):
    """What choosing asks of a unit, the same for every workflow."""

    size: int
    callees: tuple[tuple[str, int], ...]
    """What it calls, but for wide choices, with how far each is from what leads outside."""
    alternatives: tuple[str, ...]
    receivers: tuple[tuple[str, str, int], ...]
    """Units that it hands work to, each with the key under which it is opened, and how far that is at most."""


class _Choice:
    """The units that a workflow opens, while they are chosen."""

    def __init__(self, templates: Templates, unit: str, onward: dict[str, _Onward]) -> None:
        """`onward` is filled with what is asked of each unit."""
        self._of = templates.of
        self._entry = templates.entry
        self._reach = templates.reach
        self._onward = onward
        self._first = unit
        self._later: list[str] = []
        self.allowed: dict[str, None] = {}
        self.runs: dict[str, None] = {}
        self.size = 0
        self.truncated = False

    def take_later(self) -> list[str]:
        """What only wide choices call, so far."""
        later, self._later = self._later, []
        return later

    def spread(self, units: list[str], limit: int, run_limit: int) -> None:
        """Allow the units and what they reach, up to the limits.

        Of what leads outside or hands work over the shortest ways come first, then the rest, the nearest first.
        """
        queue: list[tuple[int, int, int, str]] = []
        seen: set[str] = set()

        def meet(key: str, depth: int, ahead: int) -> None:
            if key not in seen:
                seen.add(key)
                heappush(queue, (ahead, len(seen), depth, key))

        for key in units:
            meet(key, 0, self._ahead(key))
        while queue:
            _, _, depth, current = heappop(queue)
            onward = self._onward.get(current) or self._look_onward(current)
            if not self._allow(current, onward.size, limit):
                continue
            self._later.extend(onward.alternatives)
            depth += 1
            for key, ahead in onward.callees:
                if key not in seen:
                    seen.add(key)
                    heappush(queue, (depth + ahead, len(seen), depth, key))
            for receiver, key, ahead in onward.receivers:
                if receiver == self._first or receiver in self.runs:
                    continue
                if len(self.runs) < run_limit:
                    self.runs[receiver] = None
                    meet(key, 0, ahead)
                else:
                    self.truncated = True

    def _look_onward(self, key: str) -> _Onward:
        template = self._of(key)
        wide = template.alternatives
        callees = tuple((called, self._ahead(called)) for called in template.callees if called not in wide)
        entered = [(receiver, self._entry(receiver)) for receiver in template.receivers]
        receivers = tuple((receiver, entry, min(self._ahead(entry), _RUN)) for receiver, entry in entered)
        found = self._onward[key] = _Onward(template.size, callees, wide, receivers)
        return found

    def _ahead(self, key: str) -> int:
        """How far a unit is from what leads outside, so that the nearest is opened first."""
        unit = unit_of(key)
        return self._reach.outward.get(unit, _QUIET if unit in self._reach.quiet else _INWARD)

    def _allow(self, key: str, more: int, limit: int) -> bool:
        """Whether a unit of so many nodes is opened now for the first time."""
        if key in self.allowed:
            return False
        if self.allowed and self.size + more > limit:
            self.truncated = True
            return False
        self.size += more
        self.allowed[key] = None
        return True


def _total(templates: list[Template], runs: int) -> tuple[Counts, tuple[str, ...]]:
    services: dict[str, None] = {}
    hops = steps = decisions = retries = waits = parallels = 0
    for template in templates:  # for each unit of each workflow: one pass, and no look at what most have none of
        counts = template.counts
        hops += counts.hops
        steps += counts.steps
        decisions += counts.decisions
        retries += counts.retries
        waits += counts.waits
        parallels += counts.parallels
        if template.services:
            services.update(dict.fromkeys(template.services))
    total = Counts(
        runs=runs, hops=hops, steps=steps, decisions=decisions, retries=retries, waits=waits, parallels=parallels
    )
    return total, tuple(services)
