"""How a run is told: as text, as JSON, on a page, and on the terminal while it goes on."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discover.terminal.safe import clean

if TYPE_CHECKING:
    from exporters.canonical import Definition
    from exporters.dbos.durable.history import Happened, RunReport, RunState

Watcher = Callable[[str, str, int, bool], None]


def report_json(report: RunReport) -> str:
    """The whole report as one JSON object."""
    import msgspec

    return msgspec.json.encode(report, enc_hook=repr).decode() + "\n"


def report_text(definition: Definition, report: RunReport) -> str:
    """A line for the whole, one for each run, and below it one for each element that it came to, or went past."""
    lines = [f"{report.status}: run {clean(report.id)}"]
    for state in report.runs:
        lines.append(f"  {_run(state)}")
        lines += [f"    {line}" for line in _elements(definition, report, state)]
    lines += [f"  sent, but no run of the definition receives it: {clean(name)}" for name in report.unheard]
    return "\n".join(lines) + "\n"


def _run(state: RunState) -> str:
    tries = f" after {state.tries} tries" if state.tries > 1 else ""
    due = f" until {_time(state.due)}" if state.status == "waiting" and state.due else ""
    error = f": {clean(state.error)}" if state.error else ""
    return f"{clean(state.run)}  {state.status}{due}{tries}{error}"


def _elements(definition: Definition, report: RunReport, state: RunState) -> list[str]:
    """The elements of one run in the order in which they happened; the same one again is counted."""
    grouped: dict[str, list[Happened]] = {}
    for event in report.events:
        if event.run == state.id and event.element != state.run:
            grouped.setdefault(event.element, []).append(event)
    lines = [_element(name, events) for name, events in grouped.items()]
    if state.status in {"done", "failed"}:
        lines += [f"{'skipped':8} {name}" for name in _skipped(definition, state.run, set(grouped))]
    return lines


def _element(name: str, events: list[Happened]) -> str:
    last = events[-1]
    failed = sum(event.status == "retried" for event in events)
    status = "retried" if last.status == "taken" and failed else last.status
    again = f" {failed + 1} tries" if failed else f" {len(events)} times" if len(events) > 1 else ""
    spent = ""
    if last.status == "waiting" and last.ended is not None:
        spent = f" until {_time(last.ended)}"
    elif events[0].started is not None and last.ended is not None:
        spent = f" {max(0.0, last.ended - events[0].started):.2f} s"
    told = f": {clean(last.error)}" if last.error and last.status != "taken" else f": {last.said}" if last.said else ""
    return f"{status:8} {clean(name)}{again}{spent}{told}"


def _skipped(definition: Definition, run_id: str, taken: set[str]) -> list[str]:
    from exporters.canonical.walk import elements, parts

    run = next((run for run in definition.runs if run.id == run_id), None)
    if run is None:
        return []
    return [element.id for element in elements(run.steps) if not parts(element) and element.id not in taken]


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def write_page(definition: Definition, report: RunReport, file: Path) -> None:
    """The path that the run took, on the workflow's diagram."""
    import click

    from discover.cli.writing import write_text
    from exporters.canonical.as_workflow import graph_of
    from exporters.dbos.overlay import overlay_of
    from exporters.html.additions import Additions
    from exporters.html.export import export

    additions = Additions(overlay=overlay_of(definition, report))
    result = export(graph_of(definition), lambda _path: None, title=definition.name, additions=additions)
    write_text(result.artifacts[0].text, file)
    click.echo(f"the path of run {clean(report.id)} was written to {file}", err=True)


@contextmanager
def watched(definition: Definition) -> Generator[Watcher | None]:
    """What tells a person at a terminal which step is under way; None, and silence, in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    names = _names(definition)
    console = Console(stderr=True)
    under_way: dict[tuple[str, str], str] = {}
    lock = threading.Lock()
    with console.status("starting") as status:

        def watcher(run: str, element: str, made: int, begins: bool) -> None:
            with lock:
                told = names.get(element, element) + (f" (try {made})" if made > 1 else "")
                if begins:
                    under_way[run, element] = told
                else:
                    under_way.pop((run, element), None)
                    console.print(f"  {clean(told)}", highlight=False, markup=False, style="dim")
                status.update(clean(", ".join(under_way.values()) or "waiting"))

        yield watcher


def _names(definition: Definition) -> dict[str, str]:
    from exporters.canonical.walk import all_elements

    named: dict[str, Any] = {}
    for run in definition.runs:
        named[run.id] = f"{run.name or run.id}: begins"
        named |= {element.id: getattr(element, "name", "") or element.id for element in all_elements(run)}
    return named
