"""`undercurrent scan`: what is in this backend?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Unpack

import click

from discover.cli.options import NamedPath, Reading, forced, reading, repository
from discover.errors import ExitCode
from discover.model import Graph

EXAMPLES = """\b
Examples:
  undercurrent scan                              the backend in this folder
  undercurrent scan ~/shop --limit 0             all workflows instead of the first 20
  undercurrent scan ~/shop --unresolved          what could hide a hop, with the correction that would settle it
  undercurrent scan ~/shop --unresolved --all-calls   the same with every call of unknown libraries
  undercurrent scan ~/shop --format json -o shop.json
  undercurrent show shop.json 1                  later commands read that document instead of scanning again

The summary ranks workflows by how much orchestration is hidden: hand-overs, outside services, decisions, retries,
schedules. "inferred" means that some link on the way rests on a match by name or on a guess of a type; all links of
the others are declared in the code or resolved from it.
"""


@click.command(epilog=EXAMPLES)
@repository
@click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text: a summary for reading. json: the whole result, as `undercurrent schema` describes it.",
)
@click.option(
    "-o",
    "--output",
    type=NamedPath(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file instead of standard output.",
)
@forced("what a scan wrote")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="How many workflows the summary lists; 0 lists all.",
)
@click.option(
    "--unresolved",
    is_flag=True,
    help="List what could hide a hop and was not followed, by reason, with the correction that would settle each.",
)
@click.option(
    "--all-calls",
    is_flag=True,
    help="With --unresolved: also each call of the libraries that no catalog describes, one by one.",
)
@click.option(
    "--strict", is_flag=True, help="Exit with status 3 when a file was skipped, or a correction matches nothing."
)
@reading
def command(
    repo: Path,
    format: str,
    output: Path | None,
    force: bool,
    limit: int,
    unresolved: bool,
    all_calls: bool,
    strict: bool,
    **settings: Unpack[Reading],
) -> int:
    """Find the entry points, effects and workflows of the backend in REPO.

    REPO is a folder (default: this one), a single Python file, or a JSON document that an earlier scan wrote.
    """
    from discover.cli.loading import load_graph
    from discover.cli.replacing import check_replaceable
    from discover.cli.writing import write_bytes, write_text

    if unresolved and format == "json":
        raise click.UsageError("the JSON document has all that --unresolved lists; give one of the two")
    if all_calls and not unresolved:
        raise click.UsageError("--all-calls lists more of what --unresolved lists: give both")
    check_replaceable(output, force=force)
    graph = load_graph(repo, settings)
    if format == "json":
        from discover.model.serialize import to_json

        write_bytes(to_json(graph), output)
    else:
        write_text(_text(graph, limit, output, unresolved=unresolved, all_calls=all_calls), output)
    idle = sum(not correction.matched for correction in graph.corrections)
    if strict and (graph.skipped or idle):
        problems = [f"{len(graph.skipped)} skipped"] if graph.skipped else []
        problems += [f"{idle} corrections match nothing"] if idle else []
        print(f"undercurrent: {' and '.join(problems)}, and --strict was given", file=sys.stderr)
        return ExitCode.LOSSES
    return ExitCode.OK


def _text(graph: Graph, limit: int, output: Path | None, *, unresolved: bool, all_calls: bool) -> str:
    from discover.cli.writing import paints, terminal_width
    from discover.terminal.summary import summary
    from discover.terminal.unresolved import unresolved_list

    styles = {"bold": _bold, "dim": _dim} if output is None and paints() else {}
    if unresolved:
        return unresolved_list(graph, columns=terminal_width(), all_calls=all_calls, **styles)
    return summary(graph, limit=limit, columns=terminal_width(), **styles)


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m"


def _dim(text: str) -> str:
    return f"\x1b[2m{text}\x1b[0m"
