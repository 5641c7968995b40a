"""What the workers know of a definition: its runs, and the pieces of code in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TOLD_OF_SUCCESS = "on_success"
"""The method of a task's class that a step calls which tells it how the run went: `package.module:task.on_success`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What happens in one go."""

    id: str
    kind: str = "task"
    framework: str = ""
    function: str = ""
    """`package.module:function`."""
    wrapper: str = ""
    """`package.module:decorator.<locals>.wrapper`: a part of the run, as the function that it is around."""
    task: str = ""
    queue: str = ""
    parameters: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    attempts: int | None = None
    """Tries of the whole run in all, where the definition limits them."""
    method: str = ""
    path: str = ""
    channels: tuple[str, ...] = ()
    """Where what it receives is published, as `exchange/routing key` or the name of a topic."""

    @property
    def is_request(self) -> bool:
        """Whether a web request starts it."""
        return self.kind in {"http", "webhook"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A step's code, or the condition of a decision or a loop."""

    id: str
    run: str
    call: str = ""
    module: str = ""
    code: str = ""
    function: Callable[..., Any] | None = None
    """The generated function that holds the code; what it binds, it returns by name."""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    condition: bool = False
    sends: tuple[str, ...] = ()
    responds: bool = False
    guards: tuple[tuple[str, ...], ...] = ()
    """The errors that elements around it take: a web framework does not see these."""
    at: str = ""
    order: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For runs that it sends work to: which of the others have to end well before, where the definition says so."""
    fails: bool = False
    """It belongs to what happens when the run has failed for good."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """One definition, as the workers see it."""

    runs: Sequence[Run]
    pieces: Sequence[Piece]
    start: str
    application: str = ""
    loads: tuple[str, ...] = ()
    """Modules to import before a piece runs: they connect receivers of signals, and nothing else here names them."""
    run_of: Mapping[str, Run] = field(init=False, default_factory=dict[str, Run])
    piece_of: Mapping[str, Piece] = field(init=False, default_factory=dict[str, Piece])
    heard: frozenset[str] = field(init=False, default=frozenset())
    """The queues that runs listen to."""

    def __post_init__(self) -> None:
        """Make runs and pieces known by their ids."""
        self.run_of = {run.id: run for run in self.runs}
        self.piece_of = {piece.id: piece for piece in self.pieces}
        self.heard = frozenset(run.queue or run.task for run in self.runs if not run.is_request) - {""}

    def receiver(self, name: str, queues: Sequence[str], preferred: Sequence[str]) -> Run | None:
        """The run that receives work of this name, or what is sent to these queues; preferred ones first."""
        runs = sorted(self.runs, key=lambda run: run.id not in preferred)
        for matches in (_has_name, _has_last_name):
            for run in runs:
                if name and not run.is_request and matches(run, name):
                    return run
        listening = [run for queue in queues for run in runs if queue and queue in {run.queue, run.task}]
        return listening[0] if listening and not name else None


def _has_name(run: Run, name: str) -> bool:
    return name in {run.task, run.function.replace(":", "."), run.function}


def _has_last_name(run: Run, name: str) -> bool:
    """Queues that know functions by their own name alone."""
    return "." not in name and not run.task and run.function.replace(":", ".").rpartition(".")[2] == name
