"""What earlier scans found, in one SQLite file: facts by the content of a file, whole results by that of a tree.

The cache is never a reason for a scan to fail: a broken file is built anew, and where none can be written there is
none. `FactsCache.diagnostics` says what happened. Two scans may use the same file at once.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from discover.facts.records import FACTS_VERSION

FILE_NAME = "facts.sqlite3"
APPLICATION_ID = 0x0DCE57
"""Marks the file as ours in SQLite's header."""
LAYOUT_VERSION = 1
"""Raised when the tables change; a file with another is built anew."""
SIZE_LIMIT = 512 * 1024 * 1024
"""Greatest size of the file in bytes; beyond it the facts that were not used for longest go."""
RESULTS_PER_ROOT = 4
BUSY_SECONDS = 5.0
KEYS_PER_QUERY = 500
DAY = 24 * 60 * 60

TABLES = """
PRAGMA auto_vacuum = INCREMENTAL;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS facts (key BLOB PRIMARY KEY, data BLOB NOT NULL, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    number INTEGER PRIMARY KEY, key BLOB UNIQUE NOT NULL, root TEXT NOT NULL, data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS facts_used ON facts (used);
PRAGMA application_id = {application};
PRAGMA user_version = {layout};
COMMIT;
"""

LOAD = "SELECT key, data, used FROM facts WHERE key IN ({marks})"


def default_cache_path() -> Path | None:
    """The user's folder for the cache: `$XDG_CACHE_HOME/undercurrent`, or `~/.cache/undercurrent`."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:  # There is no home.
            return None
    return base / "undercurrent"


def facts_key(content: bytes) -> bytes:
    """The key of a file's facts: its content, the version of the records, and the interpreter that parsed it."""
    salt = f"{FACTS_VERSION}:{sys.version_info[0]}.{sys.version_info[1]}:".encode()
    return hashlib.sha256(salt + content).digest()


class FactsCache:
    """An open cache. All methods work, without effect, when there is none to be had."""

    def __init__(self, folder: Path | None, *, size_limit: int = SIZE_LIMIT) -> None:
        """Open the cache in a folder; None stands for no cache."""
        self.diagnostics: list[str] = []
        self._size_limit = size_limit
        self._has_grown = False
        self._path = None if folder is None else folder / FILE_NAME
        self._connection = None if folder is None else self._opened(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether anything is kept."""
        return self._connection is not None

    def load(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The stored facts, as MessagePack, of those keys that have any."""
        found: dict[bytes, bytes] = {}
        if self._connection is None:
            return found
        today = int(time.time()) // DAY
        aged: list[tuple[int, bytes]] = []
        try:
            for start in range(0, len(keys), KEYS_PER_QUERY):
                part = keys[start : start + KEYS_PER_QUERY]
                marks = ",".join("?" * len(part))
                rows = self._connection.execute(LOAD.format(marks=marks), part)
                for key, data, used in rows:
                    found[bytes(key)] = bytes(data)
                    if used != today:
                        aged.append((today, key))
            if aged:
                _write(self._connection, "UPDATE facts SET used = ? WHERE key = ?", aged)
        except sqlite3.Error as error:
            self._recover(error)
        return found

    def store(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep facts, as MessagePack, by their keys."""
        today = int(time.time()) // DAY
        rows = [(key, data, today) for key, data in entries]
        if self._connection is not None and rows:
            try:
                _write(self._connection, "INSERT OR REPLACE INTO facts (key, data, used) VALUES (?, ?, ?)", rows)
                self._has_grown = True
            except sqlite3.Error as error:
                self._recover(error)

    def load_result(self, key: bytes) -> bytes | None:
        """A whole result that was stored under the key."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT data FROM results WHERE key = ?", (key,)).fetchone()
            return None if row is None else zlib.decompress(row[0])
        except sqlite3.Error as error:
            self._recover(error)
        except (zlib.error, TypeError):
            self.diagnostics.append("a stored result was broken and is not used")
        return None

    def store_result(self, key: bytes, data: bytes, root: str = "") -> None:
        """Keep a whole result; of each root the newest few stay."""
        if self._connection is None:
            return
        packed = zlib.compress(data, 1)
        try:
            _write(
                self._connection,
                "INSERT OR REPLACE INTO results (key, root, data) VALUES (?, ?, ?)",
                [(key, root, packed)],
            )
            _write(
                self._connection,
                "DELETE FROM results WHERE root = ? AND number NOT IN"
                " (SELECT number FROM results WHERE root = ? ORDER BY number DESC LIMIT ?)",
                [(root, root, RESULTS_PER_ROOT)],
            )
            self._has_grown = True
        except sqlite3.Error as error:
            self._recover(error)

    def close(self) -> None:
        """Bring the file back to its size and close it."""
        if self._connection is None:
            return
        with suppress(sqlite3.Error):
            if self._has_grown:
                self._evict(self._connection)
            self._connection.close()
        self._connection = None

    def _opened(self, folder: Path) -> sqlite3.Connection | None:
        """The connection, with the file built anew where it is broken or not ours; None where that fails too."""
        path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                return _connect(path)
            except sqlite3.Error as error:
                if _is_busy(error):
                    raise
                self.diagnostics.append(f"the cache was built anew: {error}")
                _remove(path)
                return _connect(path)
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            self.diagnostics.append(f"there is no cache: {reason}")
            return None

    def _recover(self, error: sqlite3.Error) -> None:
        """After a failed query: go on without what is stored, in a new file where the old one is broken."""
        if self._connection is None or self._path is None or _is_busy(error):
            return
        with suppress(sqlite3.Error):
            self._connection.close()
        self.diagnostics.append(f"the cache was built anew: {error}")
        with suppress(OSError):
            _remove(self._path)
        self._connection = self._opened(self._path.parent)

    def _evict(self, connection: sqlite3.Connection) -> None:
        """Delete what was not used for longest until the file is within its limit again, with some room."""
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        excess = (pages - free) * page_size - self._size_limit
        if excess > 0:
            excess += self._size_limit // 5
            old: list[tuple[bytes]] = []
            for key, size in connection.execute("SELECT key, length(data) FROM facts ORDER BY used, rowid"):
                if excess <= 0:
                    break
                old.append((key,))
                excess -= size
            _write(connection, "DELETE FROM facts WHERE key = ?", old)
            if excess > 0:
                _write(connection, "DELETE FROM results WHERE number < (SELECT max(number) FROM results)", [()])
            connection.executescript("PRAGMA incremental_vacuum")  # `execute` frees only a part of the pages.


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file, make its tables where it is new, and refuse it where it is not ours."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _require_tables(connection)
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("SELECT key, data, used FROM facts LIMIT 1").fetchall()
        connection.execute("SELECT number, key, root, data FROM results LIMIT 1").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _require_tables(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file; raise where there are others."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        connection.executescript(TABLES.format(application=APPLICATION_ID, layout=LAYOUT_VERSION))
    elif (application, layout) != (APPLICATION_ID, LAYOUT_VERSION):
        raise sqlite3.DatabaseError("the file is not of this version, or another program's")


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)


def _write(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Execute the statement for all rows, or for none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(statement, rows)
        connection.execute("COMMIT")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
