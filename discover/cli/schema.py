"""`undercurrent schema`: the contracts of the JSON documents."""

from __future__ import annotations

import click


@click.command(
    epilog="""\b
Examples:
  undercurrent schema > graph.schema.json
  undercurrent schema run > run.schema.json
"""
)
@click.argument("document", type=click.Choice(["graph", "run"]), default="graph")
def command(document: str) -> None:
    """Print a JSON Schema: of what `scan --format json` writes (graph), or `diagram --run` reads (run)."""
    from importlib.resources import files

    from discover.cli.writing import write_text

    if document == "run":
        from exporters.shared.overlay import overlay_schema

        write_text(overlay_schema().decode(), None)
    else:
        write_text(files("discover.model").joinpath("schema.json").read_text(encoding="utf-8"), None)
