"""`undercurrent status`: what the embedded engine's database knows of runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from discover.cli.options import NamedPath
from discover.cli.run import DATABASE
from discover.errors import SelectionError

if TYPE_CHECKING:
    from exporters.canonical import Definition

EXAMPLES = """\b
Examples:
  undercurrent status                                   all runs, the latest last
  undercurrent status order-17                          each step of one run: taken, skipped, retried, failed, waiting
  undercurrent status order-17 --report order-17.html   the same on the workflow's diagram
  undercurrent status order-17 --definition > flow.yaml the definition that it began with
  undercurrent status --database postgresql://…         the same for runs in PostgreSQL

Nothing of the backend is imported or run.
"""


@click.command(epilog=EXAMPLES)
@click.argument("run_id", metavar="[RUN]", required=False)
@click.option(
    "--database", default=DATABASE, show_default=True, metavar="FILE|URL", help="Where the engine keeps its runs."
)
@click.option("--definition", "wants_definition", is_flag=True, help="Write the definition that RUN began with.")
@click.option(
    "--report",
    "page",
    type=NamedPath(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Write a page with the path that RUN took.",
)
@click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to say it.",
)
def command(run_id: str | None, database: str, wants_definition: bool, page: Path | None, format: str) -> None:
    """List runs, or tell what has happened to RUN."""
    if run_id is None and (wants_definition or page):
        raise click.UsageError("name the RUN")
    from exporters.dbos.embedded import opened

    client = opened(database if "://" in database else str(Path(database).absolute()))
    try:
        if run_id is None:
            _list(client, format)
        else:
            _tell(client, run_id, wants_definition, page, format)
    finally:
        client.destroy()


def _list(client: Any, format: str) -> None:  # noqa: ANN401 - of DBOS
    from discover.cli.runs import report_json
    from discover.cli.writing import write_text
    from discover.terminal.safe import clean
    from exporters.dbos.durable.history import first_runs, report

    found = [told for row in first_runs(client) if (told := report(client, row.workflow_id)) is not None]
    if format == "json":
        write_text("".join(report_json(one) for one in found), None)
        return
    lines = [f"{one.status:8} {clean(one.id)}  {_steps(one)}" for one in found]
    write_text("\n".join([*lines, ""]) if lines else "no runs\n", None)


def _steps(report: Any) -> str:  # noqa: ANN401 - of the engine
    from discover.terminal.words import plural

    failed = f", {report.error}" if report.error else ""
    return f"{plural(len(report.runs), 'run')}, {plural(len(report.events), 'step')}{failed}"


def _tell(client: Any, run_id: str, wants_definition: bool, page: Path | None, format: str) -> None:  # noqa: ANN401
    from discover.cli.runs import report_json, report_text, write_page
    from discover.cli.writing import write_text
    from exporters.canonical.write import definition_text
    from exporters.dbos.durable.history import first_runs, report

    found = report(client, run_id)
    row = next((row for row in first_runs(client) if row.workflow_id == run_id), None)
    if found is None or row is None:
        raise SelectionError(f"the database holds no run {run_id}")
    definition = _kept(row)
    if wants_definition:
        write_text(definition_text(definition), None)
        return
    write_text(report_json(found) if format == "json" else report_text(definition, found), None)
    if page is not None:
        write_page(definition, found, page)


def _kept(row: Any) -> Definition:  # noqa: ANN401 - of DBOS
    import msgspec

    from exporters.canonical import Definition
    from exporters.dbos.durable.history import kept

    return msgspec.json.decode(kept(row)["definition"], type=Definition)
