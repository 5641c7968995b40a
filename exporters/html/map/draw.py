"""What the templates of the map show: its planes as data, and the same as lists for readers without JavaScript."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from discover.model import Workflow
from exporters.html.map.areas import Area, areas_of
from exporters.html.map.planes import MapWriter, plane_data
from exporters.html.map.runs import RunGraph, RunNode, name_hubs, runs_of
from exporters.html.page.addresses import Addresses
from exporters.html.page.assets import json_text
from exporters.html.systems.touches import Touches
from exporters.html.view.lookups import Lookups


@dataclass(frozen=True, slots=True)
class Listed:
    """An area in the list."""

    title: str
    runs: list[tuple[RunNode, str, list[str]]]
    """Its runs, each with a link to its workflow and the names of those that it hands work to."""


def map_of(
    graph: RunGraph,
    name: str,
    touches: Touches,
    lookups: Lookups,
    addresses: Addresses,
    workflows: Sequence[Workflow],
) -> dict[str, Any]:
    """The map of a backend; `workflows` are in the order of the index."""
    runs = runs_of(graph)
    whole = areas_of({run.key: run.unit.partition("::")[0] for run in runs}, name)
    areas = list(_listed(graph, whole, addresses, workflows))
    name_hubs(graph)
    numbers = {one.system: number for number, one in enumerate(touches.all())}
    planes = MapWriter(graph, whole, numbers, lookups.unit).planes() if runs else []
    return {
        "map_kinds": sorted(Counter(run.kind for run in runs).items(), key=lambda one: (-one[1], one[0])),
        "areas": areas,
        "map_data": json_text([plane_data(plane, numbers) for plane in planes]),
    }


def _listed(graph: RunGraph, whole: Area, addresses: Addresses, workflows: Sequence[Workflow]) -> Iterator[Listed]:
    by_key = {run.key: run for run in runs_of(graph)}
    for area in whole.within():
        if not area.areas:
            listed = Listed(area.title, [])
            for run in (by_key[key] for key in area.runs):
                receivers = [by_key[key].title for key in graph.succ[run.key]]
                listed.runs.append((run, addresses.workflow(workflows[run.rank - 1].id), receivers))
            yield listed
