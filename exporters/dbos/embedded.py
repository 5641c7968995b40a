"""`undercurrent run`: a definition on the embedded engine. It imports and runs the backend's own code."""

from __future__ import annotations

import importlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

from discover.errors import InputError, SelectionError
from exporters.canonical import Definition
from exporters.dbos.durable import database as store
from exporters.dbos.durable import history
from exporters.dbos.durable.engine import Engine, Watcher
from exporters.dbos.durable.history import RunReport
from exporters.dbos.interpret import flow_of
from exporters.worker import settings
from exporters.worker.errors import RefusedError

__all__ = ["RunReport", "launched", "prepare", "resume_definition", "run_definition"]


class Shared(TypedDict):
    """What a new run and a resumed one are given alike."""

    root: Path
    database: str
    timeout: float | None
    watcher: Watcher | None


def run_definition(
    definition: Definition,
    *,
    root: Path,
    payload: object = None,
    database: str,
    run_id: str = "",
    timeout: float | None = None,
    watcher: Watcher | None = None,
) -> RunReport:
    """Run a definition once and wait until all that it has started has ended.

    The payload is what starts it: for an HTTP trigger the request (`method`, `path`, `path_params`, `query`,
    `headers`, `json`, `form`, `body`; anything else is taken as the JSON body), for a task its arguments.
    The current folder becomes the backend's root, as it would be in production. One call per process.
    """
    with launched(definition, root=root, database=database, executor=run_id, watcher=watcher) as engine:
        _same_definition(engine, engine.executor)
        try:
            context = engine.flow.workers.start(payload)
        except (TypeError, ValueError, RefusedError) as error:
            raise InputError(f"the input does not fit the run {definition.start}: {error}") from error
        engine.start_in(context, engine.executor)
        return _waited(engine, engine.executor, timeout)


def resume_definition(
    definition: Definition,
    *,
    root: Path,
    database: str,
    run_id: str,
    timeout: float | None = None,
    watcher: Watcher | None = None,
) -> RunReport:
    """Let a run go on that an earlier process left unfinished; steps that had ended are not run again."""
    require(database)
    with launched(definition, root=root, database=database, executor=run_id, watcher=watcher) as engine:
        row = engine.exists(run_id)
        if row is None:
            raise SelectionError(f"the database {database} holds no run {run_id}")
        if row.executor_id != engine.executor:
            raise InputError(
                f"{run_id} is a run of {row.executor_id}, which goes on with it when it is started again; "
                f"`undercurrent status {run_id}` tells of it"
            )
        _same_definition(engine, run_id)
        return _waited(engine, run_id, timeout)


def require(database: str) -> None:
    """Refuse a database that is not there."""
    if not store.is_server(database) and not Path(database).is_file():
        raise InputError(f"{database}: no such file; runs are told and resumed from the database that they began in")


def _waited(engine: Engine, run_id: str, timeout: float | None) -> RunReport:
    engine.wait(run_id, timeout)
    found = engine.report(run_id)
    if found is None:
        raise InputError(f"the engine has lost the run {run_id}")
    return found


def _same_definition(engine: Engine, run_id: str) -> None:
    """A run goes on as it began: with other elements, what is remembered would be taken for something else."""
    row = engine.exists(run_id)
    if row is not None and history.kept(row)["digest"] != engine.flow.digest:
        raise InputError(
            f"the definition has changed since the run {run_id} began; "
            f"`undercurrent status {run_id} --definition` writes the one that it began with"
        )


@contextmanager
def launched(
    definition: Definition, *, root: Path, database: str, executor: str = "", watcher: Watcher | None = None
) -> Generator[Engine]:
    """An engine that holds the definition, until the block ends."""
    database, roots = prepare(definition, root, database)
    engine = _engine(definition, roots, database, executor, watcher)
    try:
        engine.launch()
    except Exception as error:
        raise InputError(f"{database}: the engine can't use it: {told(error)}") from error
    try:
        yield engine
    finally:
        engine.stop()


def _engine(
    definition: Definition, roots: Sequence[Path], database: str, executor: str, watcher: Watcher | None
) -> Engine:
    flow = flow_of(definition, roots)
    try:
        flow.workers.check()
    except RefusedError as error:
        raise InputError(str(error)) from error
    try:
        return Engine(flow, database, executor, watcher=watcher)
    except Exception as error:
        raise InputError(f"{database}: the engine can't use it: {told(error)}") from error


def prepare(definition: Definition, root: Path, database: str) -> tuple[str, list[Path]]:
    """Make the backend importable and the database's folder; the database's full name, and the import roots."""
    root = root.resolve()
    if not root.is_dir():
        raise InputError(f"{root}: no such folder")
    database = located(database)
    try:
        settings.enter(root, definition.import_roots)
    except (Exception, SystemExit) as error:
        raise InputError(f"Django can't be set up: {told(error)}") from error
    return database, [root / folder for folder in definition.import_roots]


def located(database: str) -> str:
    """The database as it is called from any folder; the folder of a file is made."""
    try:
        importlib.import_module("dbos")
    except ImportError as error:
        raise InputError("`run` needs the embedded engine: pip install 'undercurrent[run]'") from error
    if store.is_server(database):
        return database
    file = Path(database).resolve()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{file.parent}: {error.strerror}") from error
    return str(file)


def told(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}"


def opened(database: str) -> Any:  # noqa: ANN401 - of DBOS
    """A client that reads the database."""
    database = located(database)
    require(database)
    try:
        return store.client(database)
    except Exception as error:
        raise InputError(f"{database}: the engine can't use it: {told(error)}") from error
