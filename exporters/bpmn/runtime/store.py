"""The runs and their states in an SQLite file: what one process began, another goes on with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TABLE = """
create table if not exists runs (
    id text primary key,
    number integer not null,
    workflow text not null,
    run text not null,
    status text not null,
    context text not null,
    state text,
    result text,
    error text
)
"""
OPEN, WAITING, OK, FAILED, DROPPED = "open", "waiting", "ok", "failed", "dropped"


@dataclass(frozen=True, slots=True)
class Kept:
    """A run as the file has it."""

    id: str
    workflow: str
    run: str
    status: str
    context: Any
    state: str | None = None
    result: Any = None
    error: Any = None


class Store:
    """The file. Only one process at a time has it open."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, timeout=1, isolation_level=None)
        self._connection.execute("pragma locking_mode = exclusive")
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute(_TABLE)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def save(self, changed: Sequence[Kept], begun: Iterable[Kept] = ()) -> None:
        """Keep runs as they are now, and those that they have started, all or none; one that is there stays."""
        self._connection.execute("begin immediate")
        try:
            for run in changed:
                self._connection.execute(
                    "update runs set status = ?, context = ?, state = ?, result = ?, error = ? where id = ?",
                    (
                        run.status,
                        json.dumps(run.context),
                        run.state,
                        json.dumps(run.result),
                        json.dumps(run.error),
                        run.id,
                    ),
                )
            for run in begun:
                self._connection.execute(
                    "insert or ignore into runs (id, number, workflow, run, status, context)"
                    " values (?, (select count(*) from runs), ?, ?, ?, ?)",
                    (run.id, run.workflow, run.run, run.status, json.dumps(run.context)),
                )
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def runs(self, status: str) -> list[Kept]:
        """All runs of that status, in the order in which they began."""
        rows = self._connection.execute(f"{_SELECT} where status = ? order by number", (status,))
        return [_kept(row) for row in rows]

    def run(self, name: str) -> Kept | None:
        """A run by its id."""
        row = self._connection.execute(f"{_SELECT} where id = ?", (name,)).fetchone()
        return _kept(row) if row else None


_SELECT = "select id, workflow, run, status, context, state, result, error from runs"


def _kept(row: Sequence[Any]) -> Kept:
    name, workflow, run, status, context, state, result, error = row
    return Kept(
        name,
        workflow,
        run,
        status,
        json.loads(context),
        state,
        json.loads(result or "null"),
        json.loads(error or "null"),
    )
