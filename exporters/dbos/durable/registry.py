"""What the engine knows of a workflow: its runs, each with a body, and the parts that happen side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporters.worker.flowing import Outputs, Retry
from exporters.worker.performing import Workers
from exporters.worker.plan import Plan

if TYPE_CHECKING:
    from exporters.dbos.durable.running import Running

Body = Callable[["Running"], Any]
Part = Callable[["Running", Outputs], dict[str, Any]]


@dataclass(slots=True, kw_only=True)
class RunFlow:
    """One run: what happens in it, and what happens once when it has failed for good."""

    id: str
    body: Body
    failed: Body | None = None
    retry: Retry | None = None
    timeout: float | None = None
    """How long one try of it may take, in seconds."""
    request: bool = False
    starts: frozenset[tuple[str, str]] = frozenset()
    """Which step's messages start which run, as pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that starts the workflow."""

    methods: tuple[str, ...] = ()
    path: str = "/"


@dataclass(slots=True, kw_only=True)
class Flow:
    """A workflow that can run."""

    name: str
    """Safe in names of queues and files."""
    plan: Plan
    schedules: tuple[str, ...] = ()
    """Cron texts, five fields or six with seconds first."""
    requests: tuple[Request, ...] = ()
    digest: str = ""
    """Changes when the definition does."""
    definition: str = ""
    """The text that a run keeps, to be told of later."""
    runs: dict[str, RunFlow] = field(default_factory=dict[str, RunFlow])
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    """What happens side by side, by element and number: `parallel_1.0`."""
    _workers: Workers | None = None

    @property
    def workers(self) -> Workers:
        """What runs the backend's code; `prepare` makes it."""
        if self._workers is None:
            raise RuntimeError("the flow has not been prepared")
        return self._workers

    def prepare(self, roots: Iterable[str | Path]) -> Flow:
        """Be ready to run in this process; the backend's modules are found below the roots."""
        self._workers = Workers(self.plan, roots)
        return self

    def run(
        self,
        name: str,
        *,
        retry: Retry | None = None,
        timeout: float | None = None,
        request: bool = False,
        starts: Iterable[tuple[str, str]] = (),
    ) -> Callable[[Body], Body]:
        """The decorated function is the body of a run."""

        def add(body: Body) -> Body:
            self.runs[name] = RunFlow(
                id=name, body=body, retry=retry, timeout=timeout, request=request, starts=frozenset(starts)
            )
            return body

        return add

    def failed(self, name: str) -> Callable[[Body], Body]:
        """The decorated function happens once when a run has failed for good."""

        def add(body: Body) -> Body:
            self.runs[name].failed = body
            return body

        return add

    def part(self, name: str) -> Callable[[Part], Part]:
        """The decorated function is one of several parts that happen side by side."""

        def add(part: Part) -> Part:
            self.parts[name] = part
            return part

        return add
