"""`undercurrent run`: runs a definition, or a workflow of a backend, on the embedded engine."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO, Unpack

import click

from discover.cli.options import NamedPath, Reading, reading
from discover.errors import ExitCode, InputError, SelectionError

if TYPE_CHECKING:
    from discover.model import Graph
    from exporters.canonical import Definition
    from exporters.dbos.embedded import RunReport, Shared

EXAMPLES = """\b
Examples:
  undercurrent run . --workflow "POST /orders" --input '{"json": {"sku": "A1", "amount": 2}}'
  undercurrent run shop.json --root . --workflow send_invoice --input '[17]'
  undercurrent export . --to yaml --workflow "POST /orders" > order.yaml
  undercurrent run order.yaml --input '{"json": {"sku": "A1", "amount": 2}}'
  undercurrent run order.yaml --input @order.json --run-id order-17 --report order-17.html
  undercurrent run order.yaml --resume order-17      after a crash: finished steps do not run again
  undercurrent run order.yaml --listen 8080          a run for each request that the workflow's trigger takes
  undercurrent run nightly.yaml --schedule           a run at each time of the workflow's schedule
  undercurrent status order-17                       what has happened to it until now

The input of a workflow that starts with a request is the request: method, path, path_params, query, headers, json,
form, body. Anything else is taken as its JSON body. The input of one that starts with a task is its arguments.

A workflow of REPO runs as `export` would write it, a definition as its team has edited it.
What the backend prints goes to standard error: standard output holds the report alone.

The engine is DBOS on SQLite or PostgreSQL, inside this process: pip install 'undercurrent[run]'. This is the one
command that imports and runs the backend's code; it needs the backend's own requirements installed and its settings
set.
"""
DATABASE = ".undercurrent/runs.sqlite"


@click.command(epilog=EXAMPLES)
@click.argument("what", metavar="DEFINITION|REPO", type=NamedPath(path_type=Path))
@click.option(
    "--workflow", metavar="WORKFLOW", help="The workflow of REPO to run, named as for `show`. Not for a definition."
)
@click.option(
    "--root",
    type=NamedPath(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="The backend's folder. Default: REPO, and for a file the folder where you are.",
)
@click.option("--input", "text", metavar="JSON", help="What starts the workflow, as JSON; @FILE reads a file, - stdin.")
@click.option(
    "--database",
    default=DATABASE,
    show_default=True,
    metavar="FILE|URL",
    help="Where the engine keeps what has happened: an SQLite file, or postgresql://….",
)
@click.option("--run-id", default="", metavar="ID", help="A name for this run; the same one is never run twice.")
@click.option("--resume", metavar="ID", help="Let an unfinished run go on instead of starting one.")
@click.option(
    "--listen",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Start a run for each request to this port of the loopback interface (0: any free one), until Ctrl-C.",
)
@click.option("--schedule", is_flag=True, help="Start a run at each time of the workflow's schedule, until Ctrl-C.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Give up waiting after so long.")
@click.option(
    "--report",
    "page",
    type=NamedPath(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Write a page with the path that the run took, on the workflow's diagram.",
)
@click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to say what happened.",
)
@reading
def command(
    what: Path,
    workflow: str | None,
    root: Path | None,
    text: str | None,
    database: str,
    run_id: str,
    resume: str | None,
    listen: int | None,
    schedule: bool,
    timeout: float | None,
    page: Path | None,
    format: str,
    **settings: Unpack[Reading],
) -> NoReturn:
    """Run a workflow with pieces of the backend's own code as its steps.

    It is the one of a DEFINITION (from `export --to yaml`), or one that is found in REPO: a folder, or the .json
    document of a scan.
    """
    root = root or (what if what.is_dir() else Path())
    loaded, payload = _definition(what, workflow, root, settings), _payload(text)
    database, page = _absolute(database), page.absolute() if page else None
    gc.enable()
    output = _apart()
    if listen is not None or schedule:
        _serve(loaded, root, database, listen, schedule=schedule)
    report = _run(loaded, payload, root=root, database=database, run_id=run_id, resume=resume, timeout=timeout)
    with redirect_stdout(output):
        _tell(loaded, report, page, format)
    # The backend's code has run here: it gets the ordinary end of a process.
    sys.exit(ExitCode.OK if report.ok else ExitCode.RUN_FAILED)


def _run(
    definition: Definition,
    payload: object,
    *,
    root: Path,
    database: str,
    run_id: str,
    resume: str | None,
    timeout: float | None,
) -> RunReport:
    from discover.cli.runs import watched
    from exporters.dbos.embedded import resume_definition, run_definition

    with watched(definition) as watcher:
        about: Shared = {"root": root, "database": database, "timeout": timeout, "watcher": watcher}
        if resume is not None:
            return resume_definition(definition, run_id=resume, **about)
        return run_definition(definition, payload=payload, run_id=run_id, **about)


def _serve(definition: Definition, root: Path, database: str, port: int | None, *, schedule: bool) -> NoReturn:
    from exporters.dbos.durable.serve import serve
    from exporters.dbos.embedded import launched
    from exporters.shared.identifiers import slug

    with launched(definition, root=root, database=database, executor=f"{slug(definition.name)}-server") as engine:
        serve(engine, port, schedule=schedule, told=lambda text: click.echo(text, err=True))
    sys.exit(ExitCode.OK)


def _definition(what: Path, workflow: str | None, root: Path, settings: Reading) -> Definition:
    if not what.is_dir() and what.suffix != ".json":
        if workflow is not None:
            raise InputError(f"{what}: --workflow picks from a folder or a scan's document, this is neither")
        from exporters.canonical.load import load_definition

        return load_definition(what)
    from discover.cli.loading import load_graph

    return _built(load_graph(what, settings), workflow, root)


def _built(graph: Graph, wanted: str | None, root: Path) -> Definition:
    """The definition that `export --to yaml` would write; what it can't say is told."""
    from discover.cli.export import tell_losses
    from discover.cli.narrowing import sources_of
    from discover.terminal.select import MOST_NAMED, select_one
    from exporters.cutting import build
    from exporters.dbos.losses import losses

    if wanted is None and len(graph.workflows) != 1:
        best = tuple(found.id for found in graph.workflows[:MOST_NAMED])
        raise SelectionError(f"{len(graph.workflows)} workflows were found: name one with --workflow", best)
    chosen = graph.workflows[0] if wanted is None else select_one(graph, wanted)
    built = build(chosen, {trigger.id: trigger for trigger in graph.entry_points}, sources_of(root), graph.import_roots)
    tell_losses((*built.losses, *losses(built.definition)))
    return built.definition


def _absolute(database: str) -> str:
    return database if "://" in database else str(Path(database).absolute())


def _apart() -> TextIO:
    """Standard output for the report alone: from now on, all that this process prints goes to standard error.

    The descriptor itself is moved, since a backend's extension or child process doesn't ask `sys.stdout`.
    """
    sys.stdout.flush()
    try:
        kept = os.dup(1)
        os.dup2(2, 1)
    except OSError:
        return sys.stdout
    return os.fdopen(kept, "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)


def _payload(text: str | None) -> object:
    import msgspec

    if text is None:
        return None
    try:
        if text == "-":
            return msgspec.json.decode(sys.stdin.buffer.read())
        if text.startswith("@"):
            return msgspec.json.decode(Path(text[1:]).read_bytes())
        return msgspec.json.decode(text.encode())
    except OSError as error:
        raise InputError(f"{text[1:]}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InputError(f"--input is no JSON: {error}; a text stands in quotes, as in '\"text\"'") from None


def _tell(definition: Definition, report: RunReport, page: Path | None, format: str) -> None:
    from discover.cli.runs import report_json, report_text, write_page
    from discover.cli.writing import write_text

    write_text(report_json(report) if format == "json" else report_text(definition, report), None)
    if page is not None:
        write_page(definition, report, page)
