"""`undercurrent rules`: which files are left out, and why."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """List the rules by which files are left out."""
