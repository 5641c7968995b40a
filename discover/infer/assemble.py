"""Opens templates into one workflow: each unit once, runs in the order reached, within a size limit."""

from __future__ import annotations

import msgspec

from discover.infer.templates import Template, Templates, rebuilt
from discover.link.records import Linked, RunOptions, UnitSource
from discover.model import Call, Counts, Node, Run

_DEPTH = 150
"""Calls nested deeper than this stay closed."""


class Assembled(msgspec.Struct, frozen=True):
    """What a workflow consists of, before it is named."""

    body: tuple[Node, ...]
    runs: tuple[Run, ...]
    counts: Counts
    services: tuple[str, ...]
    confidence: float
    truncated: bool
    units: tuple[str, ...]
    """All units that were opened."""


class Assembly:
    """Opens one workflow."""

    def __init__(self, templates: Templates, linked: Linked, limit: int, run_limit: int) -> None:
        self._templates = templates
        self._linked = linked
        self._limit = limit
        self._run_limit = run_limit

    def of(self, unit: str) -> Assembled:
        """The workflow that starts with the unit."""
        allowed, receivers, truncated = self._chosen(unit)
        opened: set[str] = set()
        body = self._open(unit, allowed, opened, 0)
        runs = tuple(self._run(receiver, allowed, opened) for receiver in receivers)
        templates = [self._templates.of(each) for each in allowed]
        counts, services = _total(templates, len(runs) + 1)
        return Assembled(
            body=body,
            runs=runs,
            counts=counts,
            services=services,
            confidence=min((t.confidence for t in templates), default=1.0),
            truncated=truncated,
            units=tuple(allowed),
        )

    def _chosen(self, unit: str) -> tuple[dict[str, None], list[str], bool]:
        """The units to open, the nearest first up to the limit; the runs in the order reached; what was left out.

        What only a wide choice calls (a registry of plugins) comes after everything else.
        """
        of = self._templates.of
        allowed: dict[str, None] = {unit: None}
        runs: dict[str, None] = {}
        size = of(unit).size
        truncated = False
        queue = [unit]
        later: list[str] = []
        while queue:
            for current in queue:
                template = of(current)
                runs.update((receiver, None) for receiver in template.receivers if receiver != unit)
                wide = template.alternatives
                if wide:
                    later.extend(wide)
                for following in (*template.callees, *template.receivers):
                    if following in allowed or following in wide:
                        continue
                    more = of(following).size
                    if size + more > self._limit or (following in runs and len(runs) > self._run_limit):
                        truncated = True
                        continue
                    size += more
                    allowed[following] = None
                    queue.append(following)
            queue = []
            for following in later:
                more = of(following).size
                if following not in allowed and size + more <= self._limit:
                    size += more
                    allowed[following] = None
                    queue.append(following)
                elif following not in allowed:
                    truncated = True
            later = []
        return allowed, list(runs), truncated

    def _open(self, unit: str, allowed: dict[str, None], opened: set[str], depth: int) -> tuple[Node, ...]:
        if unit in opened or unit not in allowed:
            return ()
        opened.add(unit)
        template = self._templates.of(unit)
        if not template.callees:
            return template.nodes

        def change(node: Node) -> Node:
            if type(node) is not Call:
                return rebuilt(node, change)
            if node.callee in opened:
                return msgspec.structs.replace(node, seen=True)
            if depth >= _DEPTH:
                return node
            body = self._open(node.callee, allowed, opened, depth + 1)
            return msgspec.structs.replace(node, body=body) if body else node

        return tuple([change(node) for node in template.nodes])

    def _run(self, unit: str, allowed: dict[str, None], opened: set[str]) -> Run:
        source = self._linked.sources.get(unit) or UnitSource(unit, unit, 0, 0, "", None)
        options = self._linked.runs.get(unit) or RunOptions("task")
        parameters = tuple(p.name for p in source.body.parameters) if source.body is not None else ()
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
            body=self._open(unit, allowed, opened, 0),
        )


def _total(templates: list[Template], runs: int) -> tuple[Counts, tuple[str, ...]]:
    services: dict[str, None] = {}
    for template in templates:
        services.update(dict.fromkeys(template.services))
    counts = Counts(
        runs=runs,
        hops=sum(t.counts.hops for t in templates),
        steps=sum(t.counts.steps for t in templates),
        decisions=sum(t.counts.decisions for t in templates),
        retries=sum(t.counts.retries for t in templates),
        waits=sum(t.counts.waits for t in templates),
        parallels=sum(t.counts.parallels for t in templates),
    )
    return counts, tuple(services)


