"""`undercurrent schema`: the contracts of the JSON documents."""

from __future__ import annotations

import click


@click.command(
    epilog="""\b
Examples:
  undercurrent schema > graph.schema.json
  undercurrent schema definition > definition.schema.json
  undercurrent schema run > run.schema.json

\b
Editors that read YAML check a definition with its schema while it is edited:
  # yaml-language-server: $schema=definition.schema.json
"""
)
@click.argument("document", type=click.Choice(["graph", "definition", "run"]), default="graph")
def command(document: str) -> None:
    """Print a JSON Schema: what `scan` (graph) or `export` (definition) writes, or `diagram --run` reads (run)."""
    from importlib.resources import files

    from discover.cli.writing import write_text

    if document == "run":
        from exporters.shared.overlay import overlay_schema

        write_text(overlay_schema().decode(), None)
    elif document == "definition":
        write_text(files("exporters.canonical").joinpath("schema.json").read_text(encoding="utf-8"), None)
    else:
        write_text(files("discover.model").joinpath("schema.json").read_text(encoding="utf-8"), None)
