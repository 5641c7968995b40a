"""Writes the HTML report: one file that asks no server for anything.

pyvis carries vis-network, whose canvas, panning and hit tests the page uses; its templates are not used: they load
files from other hosts and put names into scripts without escaping. Everything that is drawn is computed here.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from markupsafe import Markup

from discover.model import Graph, Workflow
from exporters.base import Artifact, ExportResult, Sources
from exporters.html.additions import NOTHING, Additions
from exporters.html.index.changes import change_rows
from exporters.html.index.findings import finding_rows, severities
from exporters.html.index.rows import COLUMNS, kinds, ranked, rows
from exporters.html.map.draw import map_of
from exporters.html.map.runs import RunCollector
from exporters.html.page.addresses import Addresses
from exporters.html.page.assets import (
    early_script,
    hash_source,
    json_text,
    page_script,
    page_style,
    template,
    vis_network,
)
from exporters.html.page.numbers import counted
from exporters.html.systems.data import kinds_of, system_data, system_rows
from exporters.html.systems.touches import Touches
from exporters.html.view.build import ViewBuilder
from exporters.html.view.excerpts import excerpts
from exporters.html.view.lookups import Lookups
from exporters.html.view.outline import Outlines
from exporters.shared import compose, layout, paint

NAME: Final = "html"
_MOST: Final = 2000
"""Of longer lists of gaps the index shows the beginning."""


def export(
    graph: Graph, sources: Sources, *, title: str, additions: Additions = NOTHING, live: str = ""
) -> ExportResult:
    """The report as one file, `report.html`.

    `live` is the version of a page that a server shows: with one, the page asks that server whether there is a newer
    one, and nobody for anything else.
    """
    lookups, touches, addresses = Lookups(graph), Touches(graph), Addresses()
    workflows = ranked(graph)
    views: list[Markup] = []
    outlines: list[Markup] = []
    spans = {(one.at.partition("::")[0], one.line, one.line) for one in graph.findings if one.line}
    runs, outline = RunCollector(lookups.triggers, touches), Outlines()
    with _no_collection():
        for rank, workflow in enumerate(workflows, start=1):
            builder = ViewBuilder(workflow, lookups, additions)
            views.append(json_text(builder.build()))
            outlines.append(outline.section(builder))
            touches.add(workflow)
            runs.add(workflow, rank)
            spans |= builder.spans
        index = _index(graph, workflows, lookups, touches, addresses)
        index["changes"] = change_rows(additions.changes, addresses)
        index |= map_of(runs.graph(), graph.root, touches, lookups, addresses, workflows)
        texts = excerpts(spans, sources)
    vis, script, early = vis_network(), page_script(), early_script()
    text = template().render(
        title=title,
        graph=graph,
        **index,
        outline=Markup().join(outlines),
        css=page_style(),
        vis=vis,
        script=script,
        early=early,
        script_hashes=Markup(" ").join(hash_source(one) for one in (early, vis, script)),
        live=live,
        meta=json_text(_meta([one.id for one in workflows], list(texts), additions) | {"live": live}),
        units=json_text(list(lookups.units)),
        records=json_text(lookups.shared()),
        views=views,
        files=[json_text(pieces) for pieces in texts.values()],
    )
    return ExportResult((Artifact("report.html", text),))


def _index(
    graph: Graph, workflows: Sequence[Workflow], lookups: Lookups, touches: Touches, addresses: Addresses
) -> dict[str, Any]:
    """What the templates of the index, of the systems and of the findings show."""
    found, systems = rows(workflows, lookups, touches, addresses), touches.all()
    ranks = {row.id: row.rank for row in found}
    triggers = {workflow.id: len(workflow.triggers) for workflow in workflows}
    system_list, findings = system_rows(systems, ranks, triggers), finding_rows(graph, addresses)
    return {
        "rows": found,
        "columns": COLUMNS,
        "kinds": kinds([row.kind for row in found]),
        "systems": system_list,
        "system_kinds": kinds_of(system_list),
        "systems_data": json_text(system_data(systems, ranks, lookups)),
        "findings": findings,
        "severities": severities(findings),
        "most": _MOST,
        "counted": counted,
    }


@contextmanager
def _no_collection() -> Generator[None, None, None]:
    """Views are large and hold no cycles: looking for garbage in them took a third of the time."""
    held = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if held:
            gc.enable()


def _meta(workflows: list[str], names: list[str], additions: Additions) -> dict[str, Any]:
    """What all views share: the sizes that the geometry was computed with, and which data element is whose."""
    return {
        "sizes": {
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
            **{f"{name}Text": size for name, size in paint.TEXT_SIZES.items()},
        },
        "workflows": workflows,
        "files": names,
        "links": additions.links,
    }
