"""Check the geometry of every view of real backends: what stands on what, which line runs through which card.

python -m benchmarks.geometry                          fetch four backends, check all their views
python -m benchmarks.geometry --backends DIR           take the checkouts in that folder
python -m benchmarks.geometry --write                  also fill the table of docs/report.md

Each workflow is laid out three times: as it opens, with all cards open, and with all folded. The planes of the map are
views, too.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.backends import add_options, checkout, named
from benchmarks.tables import markdown, put
from discover.config import load_config
from discover.model import Graph
from discover.pipeline import scan
from exporters.html.map.check import map_faults, planes_of
from exporters.shared.compose import compose
from exporters.shared.diagram import diagram_of, open_at_first
from exporters.shared.geometry import Fault, faults
from exporters.shared.metrics import clip

CHECKED = ("redash", "healthchecks", "saleor", "netbox")
PAGE = Path(__file__).parents[1] / "docs" / "report.md"


@dataclass(slots=True)
class Result:
    """What was found in the views of one backend."""

    name: str
    workflows: int = 0
    views: int = 0
    cards: int = 0
    largest: int = 0
    maps: int = 0
    """Planes of the map."""
    seconds: float = 0.0
    found: list[tuple[str, Fault]] = field(default_factory=list[tuple[str, Fault]])

    @property
    def row(self) -> list[str]:
        """The line of the table."""
        numbers = (self.workflows, self.views, self.cards, self.largest, self.maps, len(self.found))
        return [self.name, *(f"{number:,}" for number in numbers)]


def main() -> int:
    """Checks the chosen backends; the status is 1 where a rule is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--write", action="store_true", help="fill the table of docs/report.md")
    options = parser.parse_args()
    results: list[Result] = []
    for backend in named(options.only or CHECKED):
        root = checkout(backend, options.backends)
        result = check(backend.name, scan(root, load_config(root, None)))
        results.append(result)
        tell(result)
    text = table(results)
    print(text)
    if options.write:
        put(PAGE, "geometry", text)
    return 1 if any(result.found for result in results) else 0


def check(name: str, graph: Graph) -> Result:
    """Lays out and checks every view of a graph, and its map."""
    result = Result(name, len(graph.workflows))
    triggers = {one.id: one for one in graph.entry_points}
    start = time.perf_counter()
    for workflow in graph.workflows:
        diagram = diagram_of(workflow, triggers)
        for opened in (open_at_first(diagram), set(diagram.sizes), set[str]()):
            scene = compose(diagram, opened)
            result.views += 1
            result.cards += len(scene.cards)
            result.largest = max(result.largest, len(scene.cards))
            result.found += [(workflow.id, fault) for fault in faults(diagram, scene)]
    for plane in planes_of(graph):
        result.maps += 1
        result.found += [(plane.area.title, fault) for fault in map_faults(plane)]
    result.seconds = time.perf_counter() - start
    return result


def tell(result: Result) -> None:
    """Prints how often each rule is broken, and where first."""
    print(
        f"{result.name}: {result.views:,} views and {result.maps} planes of the map checked in {result.seconds:.1f} s"
    )
    for rule, number in sorted(Counter(fault.rule for _, fault in result.found).items()):
        place, fault = next(item for item in result.found if item[1].rule == rule)
        print(f"  {number} times {rule}, first in {place}: {clip(fault.one, 60)} / {clip(fault.other, 60)}")


def table(results: Sequence[Result]) -> str:
    """All results as Markdown."""
    heads = ["backend", "workflows", "views", "cards", "most in a view", "planes of the map", "broken rules"]
    return markdown(heads, [result.row for result in results])


if __name__ == "__main__":
    raise SystemExit(main())
