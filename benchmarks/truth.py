"""What really runs in a backend, as recorded from the running backend (benchmarks/truth/README.md)."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TypeVar

import msgspec

FOLDER = Path(__file__).parent / "truth"
Row = TypeVar("Row")


class Route(msgspec.Struct):
    """A row of the live route table."""

    path: str | None = None
    handler: str | None = None


class Task(msgspec.Struct):
    """A registered task, or a command as `command:NAME`."""

    name: str = ""
    handler: str | None = None


class Schedule(msgspec.Struct):
    """A registered schedule."""

    name: str = ""
    task: str | None = None
    handler: str | None = None


class Receiver(msgspec.Struct):
    """A connected signal receiver."""

    handler: str | None = None


class Event(msgspec.Struct):
    """An event that was seen while the backend's own tests ran, with the chain of project functions that led to it."""

    kind: str
    site: str
    chain: list[str]
    target: str | None = None
    entry: str | None = None
    detail: str | None = None


class Truth:
    """The records of one backend; a missing file is an empty list."""

    def __init__(self, folder: Path) -> None:
        self.routes = _rows(folder / "routes.json", Route)
        self.tasks = _rows(folder / "tasks.json", Task)
        self.schedules = _rows(folder / "schedules.json", Schedule)
        self.receivers = _rows(folder / "receivers.json", Receiver)
        self.events = _rows(folder / "paths.json", Event)


def _rows(file: Path, row: type[Row]) -> list[Row]:
    packed = file.with_name(file.name + ".gz")
    if packed.exists():
        data = gzip.decompress(packed.read_bytes())
    elif file.exists():
        data = file.read_bytes()
    else:
        return []
    return msgspec.json.decode(data, type=list[row])
