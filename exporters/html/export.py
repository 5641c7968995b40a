"""Writes the HTML report: one file that asks no server for anything, or a folder of such files.

pyvis carries vis-network, whose canvas, panning and hit tests the page uses; its templates are not used: they load
files from other hosts and put names into scripts without escaping. Everything that is drawn is computed here.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, Final

from markupsafe import Markup

from discover.model import Graph, Workflow
from exporters.base import Artifact, ExportResult, Sources
from exporters.html.additions import NOTHING, Additions
from exporters.html.page.addresses import Addresses
from exporters.html.page.assets import (
    early_script,
    hash_source,
    page_script,
    page_style,
    template,
    vis_network,
)
from exporters.html.parts import Index, Views
from exporters.html.view.lookups import Lookups

NAME: Final = "html"
INDEX: Final = "index.html"
"""The first page of a folder."""
_LONGEST_NAME: Final = 48


def export(
    graph: Graph, sources: Sources, *, title: str, additions: Additions = NOTHING, live: str = ""
) -> ExportResult:
    """The report as one file, `report.html`.

    `live` is the version of a page that a server shows: with one, the page asks that server whether there is a newer
    one, and nobody for anything else.
    """
    lookups = Lookups(graph)
    with _no_collection():
        index, views = Index(graph, lookups, additions), Views(lookups, additions)
        for workflow in index.workflows:
            views.add(workflow)
        fields = index.fields(Addresses()) | views.fields(sources, {"live": live, "first": _first(graph, additions)})
    vis, script, early = vis_network(), page_script(), early_script()
    hashes = Markup(" ").join(hash_source(one) for one in (early, vis, script))
    text = template().render(
        fields,
        title=title,
        graph=graph,
        of=additions.of,
        index=True,
        drawn=True,
        inline={"css": page_style(), "vis": vis, "script": script, "early": early},
        script_sources=hashes,
        live=live,
        up="",
        home="",
    )
    return ExportResult((Artifact("report.html", text),))


def export_folder(graph: Graph, sources: Sources, *, title: str, additions: Additions = NOTHING) -> ExportResult:
    """The report as a folder: `index.html`, a page for each workflow, and the scripts and styles that they share."""
    lookups = Lookups(graph)
    pages = {workflow.id: page_of(workflow) for workflow in graph.workflows}
    shared: dict[str, Any] = {"graph": graph, "inline": None, "script_sources": Markup("'self'"), "live": ""}
    shared["of"] = additions.of
    artifacts = [
        Artifact("assets/early.js", early_script()),
        Artifact("assets/report.css", page_style()),
        Artifact("assets/report.js", page_script()),
        Artifact("assets/vis-network.js", vis_network()),
    ]
    with _no_collection():
        index, none = Index(graph, lookups, additions), Views(lookups, additions)
        fields = index.fields(Addresses(pages)) | none.fields(sources, {"ids": [one.id for one in index.workflows]})
        text = template().render(fields, **shared, title=title, index=True, drawn=False, up="", home="")
        artifacts.append(Artifact(INDEX, text))
        for workflow in index.workflows:
            views = Views(lookups.apart(), additions)
            views.add(workflow)
            home = f"../{INDEX}"
            fields = views.fields(sources, {"only": workflow.id, "home": home})
            name = f"{workflow.name} · {title}"
            text = template().render(fields, **shared, title=name, index=False, drawn=True, up="../", home=home)
            artifacts.append(Artifact(pages[workflow.id], text))
    return ExportResult(tuple(artifacts))


def _first(graph: Graph, additions: Additions) -> str:
    """The workflow that the page shows when its address says nothing: that of a run, the only one that was wanted."""
    if additions.overlay is not None and any(one.id == additions.overlay.workflow for one in graph.workflows):
        return additions.overlay.workflow
    return graph.workflows[0].id if additions.of is not None and len(graph.workflows) == 1 else ""


def page_of(workflow: Workflow) -> str:
    """The page of a workflow: named for people, and by what stays the same when others come or go."""
    name = re.sub(r"[^a-z0-9]+", "-", workflow.name.lower()).strip("-")[:_LONGEST_NAME].strip("-")
    return f"workflows/{name or 'workflow'}-{sha256(workflow.id.encode()).hexdigest()[:10]}.html"


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
