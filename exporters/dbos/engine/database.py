"""The engine's own store: one SQLite file, also where Python and SQLite do not fit together."""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path
from typing import Any


def settings(database: Path, executor: str) -> dict[str, Any]:
    """DBOS settings for one file: pinned version and executor, so that a later process finds what was left."""
    url = f"sqlite:///{database.as_posix()}"
    values: dict[str, Any] = {
        "name": "undercurrent",
        "system_database_url": url,
        "application_version": "undercurrent",
        "executor_id": executor,
        "log_level": "CRITICAL",
        "enable_otlp": False,
        "run_admin_server": False,
        "scheduler_polling_interval_sec": 1.0,
        "notification_listener_polling_interval_sec": 0.05,
    }
    if sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        values["system_database_engine"] = _engine(url)
    return values


def _engine(url: str) -> Any:  # noqa: ANN401 - SQLAlchemy is imported only here
    """An engine whose connections know `unixepoch('subsec')`.

    From Python 3.12 on, DBOS takes SQLite 3.42 for granted, which knows it; distributions ship older ones.
    """
    from sqlalchemy import create_engine, event

    engine = create_engine(url, connect_args={"timeout": 30})
    event.listen(engine, "connect", _add_function)
    return engine


def _add_function(connection: Any, _record: Any) -> None:  # noqa: ANN401
    connection.create_function("unixepoch", 1, _now)
    connection.execute("PRAGMA journal_mode=WAL")


def _now(_modifier: str) -> float:
    return time.time()
