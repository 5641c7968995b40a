"""`python -m workers`: runs workflows, lets them go on, tells of them, and serves their triggers."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from exporters.dbos.durable.engine import Engine
from exporters.dbos.durable.history import RunReport
from exporters.dbos.durable.registry import Flow
from exporters.dbos.durable.serve import serve
from exporters.worker.settings import enter


def main(package: str, names: Sequence[str], roots: Sequence[str]) -> int:
    """Read the command line and do what it says; 0 when the run ended well, 4 when it failed."""
    parser = argparse.ArgumentParser(prog=package, description="It imports and runs the backend's own code.")
    parser.add_argument("action", choices=("run", "resume", "serve"))
    parser.add_argument("workflow", choices=names)
    parser.add_argument("run_id", nargs="?", default="", help="a name for the run; needed to resume one")
    parser.add_argument("--input", default="null", help="JSON: the request, or the task's arguments")
    parser.add_argument("--root", default=".", help="the backend's folder, from which its modules are imported")
    parser.add_argument("--database", default=f"{package}.sqlite", help="an SQLite file, or postgresql://…")
    parser.add_argument("--port", type=int, default=None, help="with serve: listen here on the loopback interface")
    options = parser.parse_args()
    if options.action == "resume" and not options.run_id:
        parser.error("say which run to resume")
    database = options.database if "://" in options.database else str(Path(options.database).resolve())
    folder = enter(options.root, roots)
    flows: Mapping[str, Callable[[], Flow]] = importlib.import_module(f"{package}.workflows").WORKFLOWS
    flow = flows[options.workflow]().prepare([folder])
    flow.workers.check()
    executor = options.run_id or (f"{flow.name}-server" if options.action == "serve" else "")
    engine = Engine(flow, database, executor)
    engine.launch()
    try:
        return _done(engine, options, parser)
    except KeyboardInterrupt:
        return 130
    finally:
        engine.stop()


def _done(engine: Engine, options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    if options.action == "serve":
        serve(engine, options.port, schedule=True, told=lambda text: _say(text, sys.stderr))
        return 0
    if options.action == "run":
        engine.start(json.loads(options.input))
    elif engine.exists(engine.executor) is None:
        parser.error(f"there is no run {engine.executor!r} in this database")
    engine.wait(engine.executor)
    return _told(engine.report(engine.executor))


def _told(report: RunReport) -> int:
    _say(f"{report.status}: run {report.id}  {report.error}".rstrip())
    for event in report.events:
        _say(f"  {event.status:8} {event.element}  {event.error}".rstrip())
    _say(json.dumps(report.result))
    return 0 if report.ok else 4


def _say(text: str, where: TextIO = sys.stdout) -> None:
    where.write(f"{text}\n")
    where.flush()
