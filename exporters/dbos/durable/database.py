"""The engine's own store: an SQLite file, or a PostgreSQL database. What it keeps is JSON, never a pickle."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

_POSTGRES = ("postgresql://", "postgres://")


def is_server(database: str) -> bool:
    """Whether this names a PostgreSQL database, and no file."""
    return database.startswith(_POSTGRES)


def settings(database: str, executor: str) -> dict[str, Any]:
    """DBOS settings for one database: pinned version and executor, so that a later process finds what was left.

    Processes of different names are different applications: on a database that they share, none takes up what stands
    in the queues and schedules of another, whose workflows it does not know.
    """
    url = _postgres_url(database) if is_server(database) else f"sqlite:///{Path(database).as_posix()}"
    name = f"undercurrent-{hashlib.sha256(executor.encode()).hexdigest()[:20]}"
    values: dict[str, Any] = {
        "name": name,
        "system_database_url": url,
        "application_version": name,
        "executor_id": executor,
        "log_level": "CRITICAL",
        "enable_otlp": False,
        "run_admin_server": False,
        "scheduler_polling_interval_sec": 1.0,
        "notification_listener_polling_interval_sec": 0.05,
        "serializer": _serializer(),
    }
    if not is_server(database) and sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        values["system_database_engine"] = _engine(url)
    return values


def _postgres_url(database: str) -> str:
    return f"postgresql+psycopg://{database.partition('://')[2]}"


def _serializer() -> Any:
    from dbos import Serializer

    class PlainJSON(Serializer):
        """Plain data as JSON; an error of the engine itself as its text."""

        def name(self) -> str:
            return "undercurrent_json"

        def serialize(self, data: Any) -> str:
            return json.dumps(data, default=_told)

        def deserialize(self, serialized_data: str) -> Any:
            return json.loads(serialized_data, object_hook=_raised)

    return PlainJSON()


def _told(value: object) -> object:
    if isinstance(value, BaseException):
        return {"$engine_error": f"{type(value).__name__}: {value}"}
    if isinstance(value, datetime):  # The time at which the engine's own clock begins a run; nothing reads it.
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no plain data")


def _raised(value: dict[str, Any]) -> Any:
    return RuntimeError(value["$engine_error"]) if value.keys() == {"$engine_error"} else value


def _engine(url: str) -> Any:
    """An engine whose connections know `unixepoch('subsec')`.

    From Python 3.12 on, DBOS takes SQLite 3.42 for granted, which knows it; distributions ship older ones.
    """
    from sqlalchemy import create_engine, event

    engine = create_engine(url, connect_args={"timeout": 30})
    event.listen(engine, "connect", _add_function)
    return engine


def _add_function(connection: Any, _record: Any) -> None:
    connection.create_function("unixepoch", 1, _now)
    connection.execute("PRAGMA journal_mode=WAL")


def _now(_modifier: str) -> float:
    return time.time()


def client(database: str) -> Any:
    """Reads a database without running anything of it."""
    from dbos import DBOSClient

    values = settings(database, "")
    return DBOSClient(
        system_database_url=values["system_database_url"],
        system_database_engine=values.get("system_database_engine"),
        serializer=values["serializer"],
    )
