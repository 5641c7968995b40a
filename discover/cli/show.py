"""`undercurrent show`: one workflow as a tree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Unpack

import click

from discover.cli.options import Reading, reading, repository

EXAMPLES = """\b
Examples:
  undercurrent show . "POST /orders"             by what starts it
  undercurrent show . create_order               by its handler, or a part of its name
  undercurrent show . 1                          by its rank in the summary
  undercurrent show shop.json 1 --no-places      from an earlier scan, without files and lines

A run is what happens in one go: a request, a job, a tick. Each hand-over names the runs that receive the work.
"""


@click.command(epilog=EXAMPLES)
@repository
@click.argument("workflow")
@click.option("--places/--no-places", default=True, show_default=True, help="Name the file and line of each step.")
@reading
def command(repo: Path, workflow: str, places: bool, **settings: Unpack[Reading]) -> None:
    """Show one WORKFLOW of the backend in REPO: its runs, steps, decisions, retries and hand-overs.

    WORKFLOW is an id, a name, a path, a handler, a part of one of these, or the rank in the summary.
    """
    from rich.console import Console

    from discover.cli.loading import load_graph
    from discover.terminal.select import select_one
    from discover.terminal.tree import WorkflowTree

    graph = load_graph(repo, settings)
    chosen = select_one(graph, workflow)
    triggers = [trigger for trigger in graph.entry_points if trigger.id in chosen.triggers]
    # In a pipe nothing is wrapped: a line is a step.
    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False, emoji=False)
    console.print(WorkflowTree(chosen, triggers, places=places).build(), soft_wrap=not sys.stdout.isatty())
