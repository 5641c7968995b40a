"""What the engine knows of a workflow: its runs, each with a body, and the parts that happen side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from exporters.worker.flowing import Retry
from exporters.worker.performing import Workers

if TYPE_CHECKING:
    from exporters.dbos.durable.running import Running

Body = Callable[["Running"], Any]
Part = Callable[["Running", dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFlow:
    """One run: what happens in it, and what happens once when it has failed for good."""

    id: str
    body: Body
    failed: Body | None = None
    retry: Retry | None = None
    request: bool = False
    starts: frozenset[tuple[str, str]] = frozenset()
    """Which step's messages start which run, as pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A workflow that can run."""

    name: str
    """Safe in names of queues and files."""
    start: str
    runs: dict[str, RunFlow]
    workers: Workers
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    """What happens side by side, by element and number: `parallel_1.0`."""
    schedules: tuple[str, ...] = ()
    digest: str = ""
    """Changes when the definition does."""
    definition: str = ""
    """The text that a run keeps, to be told of later."""
