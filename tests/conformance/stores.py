"""What a run keeps: its database's rows, its Redis' lists and streams, read beside the backend and after it."""

from __future__ import annotations

import base64
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy

from tests.conformance.children import Child, answers_on, wait_for
from tests.conformance.outside import plain
from tests.conformance.spec import Messages, Table
from tests.ports import free_port

A_TIME = "a time"
"""Stands for any value of a column of which only is compared whether it is there."""


class Database:
    """An SQLite database, read without the backend's models."""

    def __init__(self, file: Path, tables: dict[str, Table]) -> None:
        self.file = file
        self._tables = tables
        self._engine = sqlalchemy.create_engine(f"sqlite:///{file}", connect_args={"timeout": 15})
        self._known = sqlalchemy.MetaData()

    def _table(self, name: str) -> sqlalchemy.Table:
        return sqlalchemy.Table(name, self._known, autoload_with=self._engine)

    def insert(self, given: dict[str, list[dict[str, Any]]]) -> None:
        """Put rows there before a run; `{ago: SECONDS}` is a time."""
        with self._engine.begin() as connection:
            for name, rows in given.items():
                for row in rows:
                    connection.execute(
                        self._table(name).insert().values({key: _moment(one) for key, one in row.items()})
                    )

    def rows(self) -> dict[str, tuple[dict[str, Any], ...]]:
        """The rows of each table that is compared, without the columns that are not, as plain data."""
        with self._engine.connect() as connection:
            return {
                name: tuple(
                    {
                        key: A_TIME if key in table.times and value is not None else _plain(value)
                        for key, value in row._mapping.items()
                        if key not in table.ignore
                    }
                    for row in connection.execute(sqlalchemy.select(self._table(name)))
                )
                for name, table in sorted(self._tables.items())
            }

    def close(self) -> None:
        """Let the file go."""
        self._engine.dispose()


class Broker:
    """A Redis server of the run's own; a test that needs one is skipped where none is installed."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("redis-server is not installed")
        self.port = free_port()
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._server = Child(command, environment={}, folder=folder, log=folder / "redis.log")
        wait_for(lambda: answers_on(self.port), "redis-server")
        self._client = redis.Redis(port=self.port)

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def waiting(self, patterns: tuple[str, ...]) -> bool:
        """Whether any key is there that means work which is not done."""
        return any(next(self._client.scan_iter(match=pattern, count=1000), None) for pattern in patterns)

    def messages(self, wanted: dict[str, Messages]) -> dict[str, tuple[Any, ...]]:
        """The messages of each list and stream that is compared, the oldest first."""
        return {name: tuple(self._read(one)) for name, one in sorted(wanted.items())}

    def _read(self, wanted: Messages) -> list[Any]:
        found: Any
        if wanted.stream:
            found = self._client.xrange(wanted.key)
            return [{name.decode(): plain(text.decode()) for name, text in fields.items()} for _, fields in found]
        found = self._client.lrange(wanted.key, 0, -1)
        if not wanted.kombu:
            return [plain(text.decode()) for text in found]
        # kombu pushes at the left end, takes from the right one, and writes the body in Base64.
        return [plain(base64.b64decode(json.loads(text)["body"]).decode()) for text in reversed(found)]

    def close(self) -> None:
        """End it."""
        self._client.close()
        self._server.stop()


def _moment(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"ago"}:
        return (datetime.now(UTC) - timedelta(seconds=value["ago"])).replace(tzinfo=None)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return plain(value)
    if value is None or isinstance(value, bool | int | float | str | dict | list):
        return value
    return str(value)
