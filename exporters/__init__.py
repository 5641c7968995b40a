"""Exporters write a graph for a reader or an engine. They see `discover.model` and nothing else of the discovery."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from exporters.base import Exporter
from exporters.canonical.writer import Writer

NAMES: Final[dict[str, str]] = {
    "bpmn": "exporters.bpmn.export",
    "conductor": "exporters.conductor.export",
    "dbos": "exporters.dbos.export",
    "html": "exporters.html.export",
    "markdown": "exporters.markdown",
    "mermaid": "exporters.mermaid",
    "restate": "exporters.restate.export",
    "serverlessworkflow": "exporters.serverlessworkflow.export",
    "stepfunctions": "exporters.stepfunctions.export",
    "temporal": "exporters.temporal.export",
    "unmeshed": "exporters.unmeshed.export",
    "yaml": "exporters.cutting.export",
}
"""The word after `--to`, and the module that does it. Modules are imported when asked for: some are heavy."""


FROM_DEFINITIONS: Final = (
    "bpmn",
    "conductor",
    "dbos",
    "restate",
    "serverlessworkflow",
    "stepfunctions",
    "temporal",
    "unmeshed",
    "yaml",
)
"""Those that are made of canonical definitions, and can start from edited ones."""


def load(name: str) -> Exporter:
    """Import the exporter of that name; an unknown name is a `KeyError`."""
    return cast("Exporter", import_module(NAMES[name]))


def load_writer(name: str) -> Writer:
    """Import what writes definitions in that form; a name that is not in `FROM_DEFINITIONS` is a `KeyError`."""
    if name not in FROM_DEFINITIONS:
        raise KeyError(name)
    return cast("Writer", import_module(NAMES[name]))
