"""Writes the HTML report: one file that asks no server for anything.

pyvis carries vis-network, whose canvas, panning and hit tests the page uses; its templates are not used: they load
files from other hosts and put names into scripts without escaping. Everything that is drawn is computed here.
"""

from __future__ import annotations

import gc
from base64 import b64encode
from collections.abc import Generator, Sized
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from discover.model import Graph
from exporters.base import Artifact, ExportResult, Sources
from exporters.html.excerpts import excerpts
from exporters.html.index import kinds, rows
from exporters.html.outline import Outlines
from exporters.html.run_map import run_map
from exporters.html.runs import RunCollector, runs_of
from exporters.html.view import Lookups, ViewBuilder
from exporters.shared import compose, layout

NAME: Final = "html"
SCRIPTS: Final = ("scene.js", "paint.js", "svg.js", "panel.js", "view.js", "index.js", "map.js", "page.js")
_VIS_PATH: Final = "templates/lib/vis-9.1.2/vis-network.min.js"


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
    text = _template().render(
        title=title,
        graph=graph,
        counted=_counted,
        rows=found,
        kinds=kinds(found),
        map_kinds=kinds(list(runs_of(run_graph))),
        groups=run_map(run_graph),
        outline=Markup().join(outlines),
        css=_asset("page.css"),
        vis=vis,
        script=script,
        script_hashes=Markup(" ").join(_hash_source(one) for one in (vis, script)),
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


def json_text(value: object) -> Markup:
    """JSON that can't end the script element around it, whatever the strings in it say."""
    text = msgspec.json.encode(value).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - nothing in it can end a script element


@cache
def vis_network() -> Markup:
    """The script of vis-network that pyvis carries."""
    return Markup(vis_file().read_text(encoding="utf-8"))  # noqa: S704 - a test pins its checksum


def vis_file() -> Path:
    """Where pyvis keeps vis-network; found without importing pyvis, which loads a notebook stack."""
    spec = find_spec("pyvis")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the HTML report needs the package pyvis", name="pyvis")
    return Path(spec.submodule_search_locations[0], _VIS_PATH)


@cache
def page_script() -> Markup:
    """The page's own scripts as one function, so that nothing of it is global."""
    return Markup('(() => {{"use strict";\n{}}})();\n').format(Markup("\n").join(_asset(name) for name in SCRIPTS))


def _hash_source(script: str) -> Markup:
    """The script as the content security policy names it: nothing else may run in the page."""
    return Markup("'sha256-{}'").format(b64encode(sha256(script.encode()).digest()).decode())


@cache
def _asset(name: str) -> Markup:
    return Markup(files("exporters.html").joinpath(name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


@cache
def _template() -> Template:
    loader = PackageLoader("exporters.html", ".")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")
