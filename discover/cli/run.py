"""`undercurrent run`: runs a definition on the embedded engine."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Run a definition on DBOS with SQLite."""
