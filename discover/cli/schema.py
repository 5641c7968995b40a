"""`undercurrent schema`: the contract of the JSON document."""

from __future__ import annotations

import click


@click.command(
    epilog="""\b
Example:
  undercurrent schema > graph.schema.json
"""
)
def command() -> None:
    """Print the JSON Schema of what `scan --format json` writes."""
    from importlib.resources import files

    from discover.cli.writing import write_text

    write_text(files("discover.model").joinpath("schema.json").read_text(encoding="utf-8"), None)
