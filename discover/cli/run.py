"""`undercurrent run`: runs a definition on the embedded engine."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from discover.errors import ExitCode, InputError

if TYPE_CHECKING:
    from exporters.dbos.runtime import RunReport

EXAMPLES = """\b
Examples:
  undercurrent export . --to yaml --workflow "POST /orders" > order.yaml
  undercurrent run order.yaml --input '{"json": {"sku": "A1", "amount": 2}}'
  undercurrent run order.yaml --input @order.json --run-id order-17
  undercurrent run order.yaml --resume order-17      after a crash: finished steps do not run again

The input of a workflow that starts with a request is the request: method, path, path_params, query, headers, json,
form, body. Anything else is taken as its JSON body. The input of one that starts with a task is its arguments.

The engine is DBOS on SQLite, inside this process: pip install 'undercurrent[run]'. This is the one command that
imports and runs the backend's code; it needs the backend's own requirements installed and its settings set.
"""


@click.command(epilog=EXAMPLES)
@click.argument("definition", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="FOLDER",
    help="The backend's folder. Default: this one.",
)
@click.option("--input", "text", metavar="JSON", help="What starts the workflow, as JSON; @FILE reads a file, - stdin.")
@click.option(
    "--database",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".undercurrent/runs.sqlite"),
    show_default=True,
    metavar="FILE",
    help="Where the engine keeps what has happened.",
)
@click.option("--run-id", default="", metavar="ID", help="A name for this run; the same one is never run twice.")
@click.option("--resume", metavar="ID", help="Let an unfinished run go on instead of starting one.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Give up waiting after so long.")
@click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to say what happened.",
)
def command(
    definition: Path,
    root: Path,
    text: str | None,
    database: Path,
    run_id: str,
    resume: str | None,
    timeout: float | None,
    format: str,
) -> NoReturn:
    """Run the workflow of a DEFINITION (from `export --to yaml`) with the backend's own functions as its steps."""
    from exporters.definition import load_definition

    gc.enable()
    loaded, payload, database = load_definition(definition), _payload(text), database.absolute()
    from exporters.dbos.runtime import resume_definition, run_definition

    if resume is not None:
        report = resume_definition(loaded, root=root, database=database, run_id=resume, timeout=timeout)
    else:
        report = run_definition(loaded, root=root, payload=payload, database=database, run_id=run_id, timeout=timeout)
    _tell(report, format)
    # The backend's code has run here: it gets the ordinary end of a process.
    sys.exit(ExitCode.OK if report.ok else ExitCode.RUN_FAILED)


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


def _tell(report: RunReport, format: str) -> None:
    from discover.cli.writing import write_text

    if format == "json":
        import msgspec

        write_text(msgspec.json.encode(report, enc_hook=repr).decode() + "\n", None)
        return
    from discover.terminal.safe import clean

    lines = [f"{'done' if report.ok else 'failed'}: run {clean(report.id)}"]
    for step in report.steps:
        tries = f" after {step.attempts} tries" if step.attempts > 1 else ""
        error = f": {clean(step.error)}" if step.error else ""
        extra = "" if step.declared else " (not in the definition)"
        lines.append(f"  {step.status.lower():9} {clean(step.step)}{tries}{extra}{error}")
    write_text("\n".join(lines) + "\n", None)
