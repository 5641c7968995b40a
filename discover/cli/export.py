"""`undercurrent export`: definitions to review, commit and run."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from discover.cli.options import NamedPath, Reading, reading, repository
from discover.errors import ExitCode, InputError, OutputError

if TYPE_CHECKING:
    from exporters.base import ExportResult, Loss

TARGETS = (
    *("yaml", "mermaid", "dbos", "temporal", "restate"),
    *("stepfunctions", "conductor", "serverlessworkflow", "bpmn", "unmeshed"),
)

EXAMPLES = """\b
Examples:
  undercurrent export . --to yaml --workflow create_lead      one definition, to standard output
  undercurrent export . --to yaml -o flows                    one file for each workflow
  undercurrent export . --to mermaid --workflow 1             a diagram for a README
  undercurrent export . --to dbos -o durable --strict         workers that run; fails if anything is lost
  undercurrent export flows/create-lead.yaml --to temporal -o workflows     from a definition that you have edited

What a target can't say is reported on standard error, with its place; --strict makes it an error (status 3).
"""


@click.command(epilog=EXAMPLES)
@repository
@click.option(
    "--to",
    "target",
    type=click.Choice(TARGETS),
    required=True,
    help="yaml: the canonical definition. mermaid: a diagram as text. dbos: workers that run embedded. temporal, "
    "restate: workflows in Python. stepfunctions, conductor, serverlessworkflow, bpmn, unmeshed: definitions in the "
    "engine's own form, and the workers that they call.",
)
@click.option(
    "-o",
    "--output",
    type=NamedPath(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where to write the files. Without it, a result of one file goes to standard output.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace files in FOLDER that hold something else than what was generated, such as definitions that were "
    "edited.",
)
@click.option(
    "--workflow",
    "workflows",
    multiple=True,
    metavar="WORKFLOW",
    help="Export only this workflow, named as for `show`. May be given several times.",
)
@click.option("--strict", is_flag=True, help="Exit with status 3 when the target can't say something.")
@reading
def command(
    repo: Path,
    target: str,
    output: Path | None,
    force: bool,
    workflows: tuple[str, ...],
    strict: bool,
    **settings: Unpack[Reading],
) -> int:
    """Write the workflows of the backend in REPO as explicit definitions.

    REPO may also be a definition that `export --to yaml` wrote and somebody edited.
    """
    is_definition = repo.suffix in {".yaml", ".yml"}
    if is_definition:
        if workflows:
            raise InputError(f"{repo} is one definition: --workflow picks one of a backend's")
        result = _of_definition(repo, target)
    else:
        result = _of_backend(repo, target, workflows, settings)
    _write(result, output, target, force=force, is_all=not is_definition and not workflows)
    return _report(result, strict=strict)


def _of_backend(repo: Path, target: str, workflows: tuple[str, ...], settings: Reading) -> ExportResult:
    import exporters
    from discover.cli.loading import load_graph
    from discover.cli.narrowing import narrow, sources_of

    graph = narrow(load_graph(repo, settings), workflows)
    return exporters.load(target).export(graph, sources_of(repo), title=graph.root)


def _of_definition(file: Path, target: str) -> ExportResult:
    import exporters
    from exporters.canonical.load import load_definition

    if target not in exporters.FROM_DEFINITIONS:
        known = ", ".join(exporters.FROM_DEFINITIONS)
        raise InputError(f"{target} can't be made of a definition, only of a backend; of {file} can: {known}")
    return exporters.load_writer(target).write([load_definition(file)])


def _write(result: ExportResult, folder: Path | None, target: str, *, force: bool, is_all: bool) -> None:
    from discover.cli.writing import write_beside, write_text
    from discover.terminal.safe import clean

    if folder is None:
        if len(result.artifacts) > 1:
            raise OutputError(f"the result is {len(result.artifacts)} files: name a folder with -o")
        for artifact in result.artifacts:
            write_text(artifact.text, None)
        return
    removed, left = write_beside(result.artifacts, folder, target, force=force, is_all=is_all)
    count = len(result.artifacts)
    print(f"{count} {'file' if count == 1 else 'files'} written to {folder}", file=sys.stderr)
    for name in removed:
        print(f"removed: {clean(name)}: nothing is exported to it any more", file=sys.stderr)
    for name in left:
        print(f"left: {clean(name)}: nothing is exported to it any more, but it was edited", file=sys.stderr)


def tell_losses(losses: Iterable[Loss]) -> None:
    """Say on standard error what a target can't say."""
    from discover.terminal.safe import clean

    for loss in losses:
        print(f"lost: {clean(loss.where)}: {clean(loss.why)} [{clean(loss.code)}]", file=sys.stderr)


def _report(result: ExportResult, *, strict: bool) -> int:
    tell_losses(result.losses)
    return ExitCode.LOSSES if strict and result.losses else ExitCode.OK
