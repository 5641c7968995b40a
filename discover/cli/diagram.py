"""`undercurrent diagram`: all workflows as one page, or as Markdown for a pull request."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from discover.cli.options import NamedPath, Reading, forced, page, reading, repository

if TYPE_CHECKING:
    from discover.model import Graph
    from exporters.base import Artifact
    from exporters.shared.compare import Changes
    from exporters.shared.overlay import Overlay

EXAMPLES = """\b
Examples:
  undercurrent diagram . -o report.html
  undercurrent diagram shop.json -o report.html --workflow "POST /orders"
  undercurrent diagram . --format md --workflow "POST /orders" -o orders.md
  undercurrent diagram . --against before.json -o changes.html
  undercurrent diagram ~/erp -o report/

The page needs no network and no server: open it, send it, keep it as a build artefact.
"""


@click.command(epilog=EXAMPLES)
@repository
@click.option(
    "-o",
    "--output",
    type=NamedPath(),
    metavar="FILE",
    help="Where to write it. Default: workflows.html, or workflows.md; a folder with --pages, or when it ends in /.",
)
@forced("what this command wrote")
@click.option(
    "--pages",
    is_flag=True,
    help="Write a folder: an index, a page for each workflow, and what they share. For very large backends.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md"]),
    default="html",
    show_default=True,
    help="html: the page. md: Markdown with Mermaid charts, which code hosts show in a pull request.",
)
@click.option(
    "--workflow",
    "workflows",
    multiple=True,
    metavar="WORKFLOW",
    help="Draw only this workflow, named as for `show`. May be given several times.",
)
@page(link_to="host")
@click.option(
    "--against",
    type=NamedPath(path_type=Path, dir_okay=False),
    metavar="OLD.json",
    help="Mark what changed since this earlier `scan --format json`: added, gone, moved, another condition.",
)
@click.option(
    "--run",
    "run_file",
    type=NamedPath(path_type=Path, dir_okay=False),
    metavar="RUN.json",
    help="Lay the events of one run over its workflow: the path it took, its times, tries and failures.",
)
@reading
def command(
    repo: Path,
    output: str | None,
    force: bool,
    pages: bool,
    form: str,
    workflows: tuple[str, ...],
    title: str | None,
    link_to: str,
    against: Path | None,
    run_file: Path | None,
    **settings: Unpack[Reading],
) -> None:
    """Draw the workflows of the backend in REPO: one self-contained HTML page, or Markdown with charts."""
    from discover.cli.code_host import code_links
    from discover.cli.export import tell_losses
    from discover.cli.loading import load_graph, read_document
    from discover.cli.narrowing import narrow_to_shown, sources_of

    folder = _folder(output, form, pages=pages)
    place = _place(folder or Path(output or f"workflows.{form}"), force=force)
    links = code_links(repo, link_to)
    before, run = read_document(against) if against else None, _run(run_file, form) if run_file else None
    whole = load_graph(repo, settings)
    graph = narrow_to_shown(whole, workflows)
    changes = _changes(before, graph, whole=not workflows) if before else None
    title, sources = title or graph.root, sources_of(repo)
    if form == "md":
        from exporters import markdown

        result = markdown.export(graph, sources, title=title, links=links, changes=changes)
    else:
        from exporters.html.additions import Additions
        from exporters.html.export import export, export_folder

        additions = Additions(links, run, changes, of=len(whole.workflows) if workflows else None)
        result = (export_folder if folder else export)(graph, sources, title=title, additions=additions)
    _write(result.artifacts, place, folder=folder is not None)
    tell_losses(result.losses)
    _say_where(graph, place, folder=folder is not None)


def _say_where(graph: Graph, place: Path, *, folder: bool) -> None:
    """The file to open: of a single workflow in a folder its own page."""
    number = len(graph.workflows)
    said = f"{number} workflow{'' if number == 1 else 's'} written to {place}"
    if folder and number == 1:
        from exporters.html.export import page_of

        said = f"1 workflow written to {place / page_of(graph.workflows[0])}; its index is in the same folder, {place}"
    click.echo(said, err=True)


def _folder(output: str | None, form: str, *, pages: bool) -> Path | None:
    """The folder that is to be written; None for one file."""
    names_one = output is not None and (output.endswith(("/", os.sep)) or Path(output).is_dir())
    if not pages and not names_one:
        return None
    if form == "md":
        raise click.UsageError("Markdown is one file: name a file with -o, or leave out --format md.")
    return Path(output or "workflows")


def _place(place: Path, *, force: bool) -> Path:
    """The same, where what stands there may be replaced."""
    from discover.cli.replacing import check_replaceable

    check_replaceable(place, force=force)
    return place


def _write(artifacts: Sequence[Artifact], place: Path, *, folder: bool) -> None:
    from discover.cli.writing import write_folder, write_text

    if folder:
        write_folder(artifacts, place)
    else:
        write_text(artifacts[0].text, place)


def _run(file: Path, form: str) -> Overlay:
    if form == "md":
        raise click.UsageError("A run is laid over the page, not over Markdown: leave out --run or --format md.")
    import msgspec

    from discover.errors import InputError
    from exporters.shared.overlay import read_overlay

    try:
        return read_overlay(file.read_bytes())
    except msgspec.DecodeError as error:
        raise InputError(f"{file}: not a document of events of a run (undercurrent/run@1): {error}") from None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None


def _changes(before: Graph, graph: Graph, *, whole: bool) -> Changes:
    """What changed, with its sum on standard error."""
    from exporters.shared.compare import compare

    changes = compare(before, graph, whole=whole)
    counts = [f"{changes.count(kind)} {kind}" for kind in ("added", "changed", "gone")]
    click.echo(f"Workflows since {before.root} was scanned: {', '.join(counts)}", err=True)
    return changes
