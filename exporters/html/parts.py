"""What pages are made of: the views of workflows, and the index around them, as the fields of the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from discover.model import Graph, Workflow
from exporters.base import Sources
from exporters.html.additions import Additions
from exporters.html.index.changes import change_rows
from exporters.html.index.findings import finding_rows, severities
from exporters.html.index.rows import COLUMNS, kinds, ranked, rows
from exporters.html.map.chips import SIZE as CHIP_TEXT
from exporters.html.map.draw import map_of
from exporters.html.map.runs import RunCollector
from exporters.html.page.addresses import Addresses
from exporters.html.page.assets import json_text
from exporters.html.page.numbers import counted
from exporters.html.systems.data import COLUMNS as SYSTEM_COLUMNS
from exporters.html.systems.data import kinds_of, system_data, system_rows
from exporters.html.systems.touches import Touches
from exporters.html.view.build import ViewBuilder
from exporters.html.view.excerpts import excerpts
from exporters.html.view.lookups import Lookups
from exporters.html.view.outline import Outlines
from exporters.html.view.rows import RowWriter
from exporters.shared import compose, layout, paint

MOST: Final = 2000
"""Of longer lists of gaps the index shows the beginning."""


class Views:
    """The views of some workflows, all on one page."""

    def __init__(self, lookups: Lookups, additions: Additions) -> None:
        self.lookups = lookups
        self._additions = additions
        self._ids: list[str] = []
        self._views: list[Markup] = []
        self._outline = Outlines()
        self._sections: list[Markup] = []
        self._writer = RowWriter(lookups)

    def add(self, workflow: Workflow) -> None:
        """Draw a workflow."""
        builder = ViewBuilder(workflow, self._writer, self._additions)
        self._ids.append(workflow.id)
        self._views.append(json_text(builder.build()))
        self._sections.append(self._outline.section(builder))

    def fields(self, sources: Sources, more: Mapping[str, Any]) -> dict[str, Any]:
        """What the page's template shows of them; `more` is what its scripts are to know besides."""
        texts = excerpts(self.lookups.spans, sources)
        shared = {"workflows": self._ids, "files": list(texts), "links": self._additions.links}
        return {
            "outline": Markup().join(self._sections),
            "meta": json_text({"sizes": _sizes(), **shared, **more}),
            "units": json_text(list(self.lookups.units)),
            "records": json_text(self.lookups.shared()),
            "views": self._views,
            "files": [json_text(pieces) for pieces in texts.values()],
        }


class Index:
    """The index of all workflows, the map, the systems and the findings."""

    def __init__(self, graph: Graph, lookups: Lookups, additions: Additions) -> None:
        self._graph = graph
        self._changes = additions.changes
        self._lookups = lookups
        self._touches = Touches(graph, lookups.shapes.bodies)
        self._runs = RunCollector(lookups.triggers, self._touches)
        self.workflows: Sequence[Workflow] = ranked(graph)
        for rank, workflow in enumerate(self.workflows, start=1):
            self._touches.add(workflow)
            self._runs.add(workflow, rank)

    def fields(self, addresses: Addresses) -> dict[str, Any]:
        """What the templates show of it; the page is to show the lines of the findings."""
        for one in self._graph.findings:
            self._lookups.span(one.at, one.line, one.line)
        graph, workflows, lookups, systems = self._graph, self.workflows, self._lookups, self._touches.all()
        found = rows(workflows, lookups, self._touches, addresses)
        ranks = {row.id: row.rank for row in found}
        triggers = {workflow.id: len(workflow.triggers) for workflow in workflows}
        system_list, findings = system_rows(systems, ranks, triggers), finding_rows(graph, addresses)
        fields = {
            "rows": found,
            "columns": COLUMNS,
            "kinds": kinds([row.kind for row in found]),
            "systems": system_list,
            "system_columns": SYSTEM_COLUMNS,
            "system_kinds": kinds_of(system_list),
            "systems_data": json_text(system_data(systems, ranks, lookups)),
            "findings": findings,
            "severities": severities(findings),
            "changes": change_rows(self._changes, addresses),
            "most": MOST,
            "counted": counted,
        }
        return fields | map_of(self._runs.graph(), graph.root, self._touches, lookups, addresses, workflows)


def _sizes() -> dict[str, Any]:
    """The sizes that the geometry was computed with."""
    return {
        "cardWidth": layout.CARD_WIDTH,
        "cardHeight": layout.CARD_HEIGHT,
        "trunk": layout.TRUNK,
        "labelHeight": layout.LABEL_HEIGHT,
        "drawerHead": compose.DRAWER_HEAD,
        "drawerGap": compose.DRAWER_GAP,
        "bandHead": compose.BAND_HEAD,
        "bandSide": compose.BAND_SIDE,
        "bandFoot": compose.BAND_FOOT,
        "bandGap": compose.BAND_GAP,
        "lane": compose.LANE,
        "bus": compose.BUS,
        "busTrack": compose.BUS_TRACK,
        "bandTitle": compose.BAND_TITLE[0],
        "openScale": paint.OPEN_SCALE,
        "mapText": CHIP_TEXT,
        "printText": paint.PRINTED,
        **{f"{name}Text": size for name, size in paint.TEXT_SIZES.items()},
    }
