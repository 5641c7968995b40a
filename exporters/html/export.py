"""Writes the HTML report: one file that asks no server for anything.

pyvis carries vis-network, whose canvas, panning and hit tests the page uses; its templates are not used: they load
files from other hosts and put names into scripts without escaping. Everything that is drawn is computed here.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Sized
from contextlib import contextmanager
from typing import Any, Final

from markupsafe import Markup

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Sources
from exporters.html.index.rows import kinds, rows
from exporters.html.map.groups import run_map
from exporters.html.map.runs import RunCollector, runs_of
from exporters.html.page.assets import hash_source, json_text, page_script, page_style, template, vis_network
from exporters.html.view.build import ViewBuilder
from exporters.html.view.excerpts import excerpts
from exporters.html.view.lookups import Lookups
from exporters.html.view.outline import Outlines
from exporters.shared import compose, layout

NAME: Final = "html"


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:
    """The report as one file, `report.html`."""
    lookups = Lookups(graph)
    found = rows(graph, lookups)
    workflows = {workflow.id: workflow for workflow in graph.workflows}
    views: list[Markup] = []
    outlines: list[Markup] = []
    spans: set[tuple[str, int, int]] = set()
    runs, outline = RunCollector(), Outlines()
    with _no_collection():
        for row in found:
            builder = ViewBuilder(workflows[row.id], lookups)
            views.append(json_text(builder.build()))
            outlines.append(outline.section(builder))
            runs.add(builder, row.rank)
            spans |= builder.spans
    texts = excerpts(spans, sources)
    run_graph = runs.graph()
    vis, script = vis_network(), page_script()
    text = template().render(
        title=title,
        graph=graph,
        counted=_counted,
        rows=found,
        kinds=kinds(found),
        map_kinds=kinds(list(runs_of(run_graph))),
        groups=run_map(run_graph),
        outline=Markup().join(outlines),
        css=page_style(),
        vis=vis,
        script=script,
        script_hashes=Markup(" ").join(hash_source(one) for one in (vis, script)),
        meta=json_text(_meta([row.id for row in found], list(texts))),
        records=json_text(lookups.shared()),
        views=views,
        files=[json_text(pieces) for pieces in texts.values()],
    )
    return ExportResult((Artifact("report.html", text),))


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


def _counted(items: Sized, word: str) -> str:
    return f"{len(items):,} {word}{'' if len(items) == 1 else 's'}"


def _meta(workflows: list[str], names: list[str]) -> dict[str, Any]:
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
        },
        "workflows": workflows,
        "files": names,
    }
