"""`undercurrent diagram`: all workflows as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from discover.cli.options import Reading, reading, repository

EXAMPLES = """\b
Examples:
  undercurrent diagram . -o report.html
  undercurrent diagram shop.json -o report.html --workflow "POST /orders"

The page needs no network and no server: open it, send it, keep it as a build artefact.
"""


@click.command(epilog=EXAMPLES)
@repository
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("workflows.html"),
    show_default=True,
    metavar="FILE",
    help="Where to write the page.",
)
@click.option(
    "--workflow",
    "workflows",
    multiple=True,
    metavar="WORKFLOW",
    help="Draw only this workflow, named as for `show`. May be given several times.",
)
@click.option("--title", metavar="TEXT", help="The page's title. Default: the folder's name.")
@reading
def command(
    repo: Path, output: Path, workflows: tuple[str, ...], title: str | None, **settings: Unpack[Reading]
) -> None:
    """Draw the workflows of the backend in REPO as one self-contained HTML page."""
    import exporters
    from discover.cli.loading import load_graph
    from discover.cli.narrowing import narrow, sources_of
    from discover.cli.writing import write_text

    graph = narrow(load_graph(repo, settings), workflows)
    result = exporters.load("html").export(graph, sources_of(repo), title=title or graph.root)
    page = result.artifacts[0]
    write_text(page.text, output)
    click.echo(f"{len(graph.workflows)} workflows written to {output}", err=True)
