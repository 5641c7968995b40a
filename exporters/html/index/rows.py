"""The index page: a row per workflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from discover.model import Graph, Workflow
from exporters.html.page.addresses import Addresses
from exporters.html.page.numbers import counted
from exporters.html.systems.names import System, systems_of
from exporters.html.systems.touches import Touches
from exporters.html.view.lookups import Lookups
from exporters.shared.metrics import clip
from exporters.shared.nodes import count_runs
from exporters.shared.words import trigger_titles

COLUMNS: Final = ("Runs", "Hops", "Steps", "Retries", "Decisions", "Findings", "Certainty")
"""What `Row.runs`, `Row.numbers`, `Row.findings` and `Row.certainty` are called."""

_RESOLVED: Final = 0.8
"""Below it, some link on the way rests on a guess."""


@dataclass(frozen=True, slots=True)
class Row:
    """One workflow in the index table."""

    rank: int
    id: str
    link: str
    name: str
    kind: str
    trigger: str
    more: int
    """Further triggers of the same workflow."""
    place: str
    services: tuple[tuple[str, str], ...]
    """Outside services, each with a link to what touches it."""
    touches: str
    """A link to all that it touches."""
    touched: str
    """How much that is, in words."""
    runs: int
    """Those that are opened, as a scan counts them."""
    named_runs: int
    """Those that the view only names."""
    numbers: tuple[int, ...]
    """Hops, steps, retries, decisions."""
    findings: int
    certainty: int
    """The lowest on the way, in percent."""
    certain: str
    """The same in a word."""
    words: str
    """Lower-case text that the search looks in, a name a line; what is touched follows behind an empty one."""


def ranked(graph: Graph) -> list[Workflow]:
    """All workflows, the highest score first."""
    return sorted(graph.workflows, key=lambda workflow: (-workflow.score, workflow.id))


def rows(workflows: Iterable[Workflow], lookups: Lookups, touches: Touches, addresses: Addresses) -> list[Row]:
    """The rows of ranked workflows, all of which `touches` knows."""
    links = {
        effect.service: addresses.system(system.key)
        for effect in lookups.effects.values()
        for system in systems_of(effect)
        if system.name == effect.service
    }
    return [_row(rank, one, lookups, touches, addresses, links) for rank, one in enumerate(workflows, start=1)]


def _row(
    rank: int, workflow: Workflow, lookups: Lookups, touches: Touches, addresses: Addresses, links: Mapping[str, str]
) -> Row:
    triggers = [lookups.triggers[one] for one in workflow.triggers if one in lookups.triggers]
    counts, (opened, named) = workflow.counts, count_runs(workflow)
    titles = trigger_titles(triggers)
    place = workflow.unit or (triggers[0].handler if triggers else "")
    systems = touches.of(workflow)
    touched = [*workflow.services, *(system.name for system in systems if system.name)]
    return Row(
        rank=rank,
        id=workflow.id,
        link=addresses.workflow(workflow.id),
        name=workflow.name,
        kind=triggers[0].kind if triggers else "call",
        trigger=clip(titles[0], 80) if titles else "",
        more=max(0, len(triggers) - 1),
        place=place,
        services=tuple((name, links.get(name, "#systems")) for name in workflow.services),
        touches=addresses.touches(workflow.id),
        touched=_touched(systems),
        runs=opened,
        named_runs=named,
        numbers=(counts.hops, counts.steps, counts.retries, counts.decisions),
        findings=len(lookups.findings.get(workflow.id, ())),
        certainty=round(workflow.confidence * 100),
        certain=_certain(workflow.confidence),
        words="\n".join([workflow.name, place, *titles, "", *dict.fromkeys(touched)]).lower(),
    )


def _touched(systems: Iterable[System]) -> str:
    """`3 tables, 1 queue`, without the services, which are named."""
    counts = Counter(system.words for system in systems if system.kind != "service")
    return ", ".join(counted(count, kind) for kind, count in counts.items())


def kinds(found: Sequence[str]) -> list[tuple[str, int]]:
    """How many of each kind of trigger there are, the most frequent first."""
    return sorted(Counter(found).items(), key=lambda item: (-item[1], item[0]))


def _certain(confidence: float) -> str:
    if confidence >= 1:
        return "declared"
    return "resolved" if confidence >= _RESOLVED else "inferred"
