"""`undercurrent run`: a definition on the embedded engine. It imports and runs the backend's own code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from discover.errors import InputError, SelectionError
from exporters.canonical.schedules import cron
from exporters.dbos.engine.workflows import Engine, RunReport, StepReport
from exporters.dbos.policy import engine_retry, request_of
from exporters.definition import Definition, Step
from exporters.shared.identifiers import slug
from exporters.shared.worker import applications
from exporters.shared.worker.applications import Sender
from exporters.shared.worker.capture import CaptureError
from exporters.shared.worker.steps import Flow
from exporters.shared.worker.steps import Step as EngineStep
from exporters.shared.worker.targets import load as load_target

__all__ = ["RunReport", "StepReport", "resume_definition", "run_definition"]


def run_definition(
    definition: Definition,
    *,
    root: Path,
    payload: object = None,
    database: Path,
    run_id: str = "",
    timeout: float | None = None,
) -> RunReport:
    """Run a definition once and wait for its last step.

    The payload is what starts it: for an HTTP trigger the request (`method`, `path`, `path_params`, `query`,
    `headers`, `json`, `form`, `body`; anything else is taken as the JSON body), for a task its arguments.
    The current folder becomes the backend's root, as it would be in production. One call per process.
    """
    database = _prepare(definition, root, database)
    flow = _flow(definition)
    try:
        flow.message(payload)
    except (TypeError, ValueError) as error:
        raise InputError(f"the input does not fit the step {definition.start}: {error}") from error
    with _launched(flow, database, run_id) as engine:
        engine.start(payload)
        return engine.wait(timeout)


def resume_definition(
    definition: Definition, *, root: Path, database: Path, run_id: str, timeout: float | None = None
) -> RunReport:
    """Let a run go on that an earlier process left unfinished; steps that had ended are not run again."""
    database = _prepare(definition, root, database)
    if not database.is_file():
        raise InputError(f"{database}: no such file; runs are resumed from the database that they began in")
    with _launched(_flow(definition), database, run_id) as engine:
        if not engine.exists():
            raise SelectionError(f"the database {database} holds no run {run_id}")
        return engine.wait(timeout)


def _prepare(definition: Definition, root: Path, database: Path) -> Path:
    root, database = root.resolve(), database.resolve()
    if not root.is_dir():
        raise InputError(f"{root}: no such folder")
    try:
        importlib.import_module("dbos")
    except ImportError as error:
        raise InputError("`run` needs the embedded engine: pip install 'undercurrent[run]'") from error
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{database.parent}: {error.strerror}") from error
    for folder in reversed(definition.import_roots):
        path = str(root / folder) if folder != "." else str(root)
        if path not in sys.path:
            sys.path.insert(0, path)
    os.chdir(root)
    try:
        applications.prepare([root, *(root / folder for folder in definition.import_roots)])
    except (Exception, SystemExit) as error:
        raise InputError(f"Django can't be set up: {_told(error)}") from error
    return database


def _flow(definition: Definition) -> Flow:
    request = request_of(definition)
    made = [
        EngineStep(
            id=step.id,
            target=None if request and step.id == definition.start else _target(step),
            kind=step.kind,
            retry=engine_retry(step.retry),
            method=request.methods[0] if request and request.methods else "",
            path=request.path if request else "",
            next=tuple(hop.step for hop in step.next),
        )
        for step in definition.steps
    ]
    schedules = tuple(text for t in definition.triggers if t.schedule and (text := cron(t.schedule)))
    application = _application(definition, request.framework) if request else None
    return Flow(slug(definition.name), definition.start, tuple(made), application, schedules)


def _application(definition: Definition, framework: str) -> Sender:
    run = next(step.run for step in definition.steps if step.id == definition.start)
    module, _, qualname = run.partition(":")
    try:
        return applications.find(framework, module, qualname, definition.application)
    except CaptureError as error:
        raise InputError(str(error)) from error
    except (Exception, SystemExit) as error:
        raise InputError(f"the web application of {run} can't be made: {_told(error)}") from error


def _target(step: Step) -> Callable[..., Any]:
    try:
        return load_target(step.run)
    except (Exception, SystemExit) as error:
        raise InputError(f"the step {step.id} can't be imported as {step.run}: {_told(error)}") from error


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


@contextmanager
def _launched(flow: Flow, database: Path, run_id: str) -> Generator[Engine]:
    engine = Engine(flow, database, run_id)
    try:
        engine.launch()
    except Exception as error:
        raise InputError(f"{database}: the engine can't use it: {_told(error)}") from error
    try:
        yield engine
    finally:
        engine.stop()
