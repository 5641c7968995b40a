"""The index page: a row per workflow, and what the scan could not read or follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from discover.model import Graph, Node, Step, Workflow
from exporters.html.map.runs import RunNode
from exporters.html.view.lookups import Lookups
from exporters.shared.metrics import clip
from exporters.shared.words import trigger_title


@dataclass(frozen=True, slots=True)
class Row:
    """One workflow in the index table."""

    rank: int
    id: str
    link: str
    """The id as the address writes it."""
    name: str
    kind: str
    trigger: str
    more: int
    """Further triggers of the same workflow."""
    place: str
    services: tuple[str, ...]
    numbers: tuple[int, ...]
    """Runs, steps, decisions, retries, findings."""
    certainty: int
    words: str
    """Lower-case text that the search looks in."""


def rows(graph: Graph, lookups: Lookups) -> list[Row]:
    """All workflows, the highest score first."""
    ranked = sorted(graph.workflows, key=lambda workflow: (-workflow.score, workflow.id))
    return [_row(rank, workflow, lookups) for rank, workflow in enumerate(ranked, start=1)]


def _row(rank: int, workflow: Workflow, lookups: Lookups) -> Row:
    triggers = [lookups.triggers[one] for one in workflow.triggers if one in lookups.triggers]
    counts = workflow.counts
    titles = sorted(map(trigger_title, triggers), key=lambda title: (title.count("{"), len(title), title))
    place = workflow.unit or (triggers[0].handler if triggers else "")
    targets = list(dict.fromkeys(word for body in _bodies(workflow) for word in _targets(body)))
    words = " ".join([workflow.name, place, *titles, *workflow.services, *targets[:60]])
    return Row(
        rank=rank,
        id=workflow.id,
        link=quote(workflow.id, safe=""),
        name=workflow.name,
        kind=triggers[0].kind if triggers else "call",
        trigger=clip(titles[0], 80) if titles else "",
        more=max(0, len(triggers) - 1),
        place=place,
        services=workflow.services,
        numbers=(
            1 + len(workflow.runs),
            counts.steps,
            counts.decisions,
            counts.retries,
            len(lookups.findings.get(workflow.id, ())),
        ),
        certainty=round(workflow.confidence * 100),
        words=words.lower(),
    )


def _bodies(workflow: Workflow) -> Iterator[Sequence[Node]]:
    yield workflow.body
    for run in workflow.runs:
        yield run.body


def _targets(body: Sequence[Node]) -> Iterator[str]:
    for node in body:
        if isinstance(node, Step) and node.target:
            yield node.target
        for name in ("body", "last"):
            yield from _targets(getattr(node, name, ()))
        for name in ("branches", "handlers"):
            for branch in getattr(node, name, ()):
                yield from _targets(branch.body)


def kinds(found: Sequence[Row | RunNode]) -> list[tuple[str, int]]:
    """How many workflows, or runs of the map, each kind of trigger starts, the most frequent first."""
    return sorted(Counter(row.kind for row in found).items(), key=lambda item: (-item[1], item[0]))
