"""Exporters write a graph for a reader or an engine. They see `discover.model` and nothing else of the discovery."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from exporters.base import Exporter

NAMES: Final[dict[str, str]] = {
    "dbos": "exporters.dbos.export",
    "html": "exporters.html.export",
    "markdown": "exporters.markdown",
    "mermaid": "exporters.mermaid",
    "unmeshed": "exporters.unmeshed.export",
    "yaml": "exporters.cutting.export",
}
"""The word after `--to`, and the module that does it. Modules are imported when asked for: some are heavy."""


def load(name: str) -> Exporter:
    """Import the exporter of that name; an unknown name is a `KeyError`."""
    return cast("Exporter", import_module(NAMES[name]))
