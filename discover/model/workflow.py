"""A workflow as structured control flow: what one trigger sets off, across every link.

A workflow is a chain of *runs*: the triggered handler, then each task, consumer or receiver that it hands work to.
A run's body is a sequence of nodes; nodes that contain others (`Decision`, `Loop`, `Call`, …) nest. A `Hop` leaves
the run and names the runs that receive the work. A unit is opened once in a workflow, and again where what a
caller passes makes it run something else: other calls of the same unit are a `Call` with `seen` set and an empty body,
and recursion ends the same way.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Common settings of everything in a workflow: immutable, compared by value, defaults left out."""


class Unsaid(Record, frozen=True, kw_only=True):
    """What the code says of its tries, and a policy has no field for."""

    text: str
    """The option in the code's own words: `throws=ValueError`."""
    means: str
    """What is done in its place: `these errors are tried again like any other`."""
    at: str = ""
    """`file:line`."""


class RetryPolicy(Record, frozen=True, kw_only=True):
    """How often, and after which delays, something is tried again. Times are seconds."""

    attempts: int | None = None
    """Number of tries in all; None when unbounded or unknown."""
    delay: float | None = None
    backoff: float | None = None
    """Factor between two delays; 1.0 is a constant delay."""
    max_delay: float | None = None
    jitter: bool = False
    """Each delay is drawn at random between none and the one that is said here."""
    on: tuple[str, ...] = ()
    """Names of the exceptions that lead to another try; `Exception except Down, Worse` leaves some of them out."""
    asked: bool = False
    """Only code that asks for another try gets one, by raising what `on` names; an error by itself is the end."""
    text: str = ""
    """The code's own words."""
    unsaid: tuple[Unsaid, ...] = ()


SafeguardKind = Literal["breaker", "lock", "limit", "once", "dead_letter"]


class Safeguard(Record, frozen=True, kw_only=True):
    """What keeps a piece of work from doing harm, beside retries and timeouts."""

    kind: SafeguardKind
    """`breaker`: not tried while it keeps failing; `lock`: never twice at a time; `limit`: so many at a time or per
    span; `once`: once per key; `dead_letter`: what fails for good is kept there."""
    name: str = ""
    """The lock's name, the key, the limit, the queue, as far as the code says it."""
    is_outside: bool = False
    """The queue or the broker keeps it, not the code that runs."""


class NodeRecord(Record, frozen=True, kw_only=True):
    """What all nodes have: an id unique in the workflow, and the source lines they rest on."""

    id: str
    name: str = ""
    """In the reader's words: "Insert user", "POST to Slack"."""
    unit: str = ""
    """The unit whose source holds the lines."""
    line: int = 0
    end_line: int = 0
    confidence: float = 1.0
    evidence: str = ""
    safeguards: tuple[Safeguard, ...] = ()


class Step(NodeRecord, frozen=True, kw_only=True, tag="step", tag_field="type"):
    """An effect: the process talks to the outside or to its store."""

    effect: str = ""
    """Id of the effect in the document."""
    also: tuple[str, ...] = ()
    """Ids of further effects that are one thought with this one: reads in a row, a write and its commit."""
    kind: str = ""
    """The effect's kind: `http`, `db_write`, …"""
    service: str = ""
    target: str = ""
    detail: str = ""
    timeout: float | None = None
    retry: RetryPolicy | None = None


class Call(NodeRecord, frozen=True, kw_only=True, tag="call", tag_field="type"):
    """A call into a unit of the project whose own steps are the body; the diagram folds and opens it."""

    callee: str = ""
    body: tuple[Node, ...] = ()
    seen: bool = False
    """The callee was opened earlier in this workflow, or calls itself: its body is there, not here."""
    retry: RetryPolicy | None = None
    timeout: float | None = None


class Branch(Record, frozen=True, kw_only=True):
    """One way out of a decision, one part of a parallel, one handler of a try, one of several targets."""

    label: str = ""
    """`yes`, `no`, the case's pattern, the exception's name, the target's name."""
    condition: str = ""
    """The code's own text; empty for `else`."""
    body: tuple[Node, ...] = ()
    confidence: float = 1.0


class Decision(NodeRecord, frozen=True, kw_only=True, tag="decision", tag_field="type"):
    """Control flow parts here; the branches join again after it unless they end in `End`."""

    condition: str = ""
    branches: tuple[Branch, ...] = ()


class Loop(NodeRecord, frozen=True, kw_only=True, tag="loop", tag_field="type"):
    """The body runs again for each item, or while the condition holds."""

    kind: Literal["for", "while"] = "for"
    over: str = ""
    body: tuple[Node, ...] = ()


class Parallel(NodeRecord, frozen=True, kw_only=True, tag="parallel", tag_field="type"):
    """All branches run side by side; `join` tells whether the flow waits for them."""

    branches: tuple[Branch, ...] = ()
    join: bool = True
    each: str = ""
    """Not empty: one branch per item of this."""


class Guard(NodeRecord, frozen=True, kw_only=True, tag="guard", tag_field="type"):
    """A try, or what else is around a piece of work: the body, what happens for each exception, and in any case."""

    body: tuple[Node, ...] = ()
    handlers: tuple[Branch, ...] = ()
    last: tuple[Node, ...] = ()
    kind: Literal["fallback", "retry", "swallow", "reraise", "compensate", "cleanup", "covered"] = "fallback"
    """`covered`: no `try`, but a retry, a timeout or a safeguard around the body."""
    retry: RetryPolicy | None = None
    timeout: float | None = None


class Wait(NodeRecord, frozen=True, kw_only=True, tag="wait", tag_field="type"):
    """The flow sleeps or waits for something outside."""

    seconds: float | None = None
    until: str = ""


class OneOf(NodeRecord, frozen=True, kw_only=True, tag="one_of", tag_field="type"):
    """One of several possible targets is called, picked by data; each is a branch."""

    branches: tuple[Branch, ...] = ()


A_PROCESS = "a process of its own"
"""The channel of a hop to a program of the project that code starts."""


class Hop(NodeRecord, frozen=True, kw_only=True, tag="hop", tag_field="type"):
    """Work is handed over to runs that do not happen in this call."""

    kind: str = "dispatch"
    """An edge kind: `dispatch`, `signal`, `publish`, `http`, `schedule`, `poll`, `callback`."""
    channel: str = ""
    """Queue, topic, signal, URL or table that carries it."""
    runs: tuple[str, ...] = ()
    """Ids of the runs that receive it; empty when nobody is known to.

    A run's id is its unit, and so is that of the first run, `Workflow.unit`: a task may hand work to itself.
    """
    delay: float | None = None
    delay_text: str = ""
    arguments: tuple[str, ...] = ()
    """The handed-over arguments, as the code writes them."""
    inline: bool = False
    """The receivers run before the call returns (signals), not later."""
    after: tuple[str, ...] = ()
    """Ids of the runs that have to end well before these begin (a chain, a chord); the name of a job that nobody is
    known to receive."""


END_RUN = "End the run"
"""What an end is called that no caller survives, and that is no failure: a status of zero, or one that is not known."""
END_FAILED = "End the run as failed"
FAILED_THERE = "End with that failure"
"""What an end is called behind a call that always fails: the failure that stands in the call ends its caller, too."""


class End(NodeRecord, frozen=True, kw_only=True, tag="end", tag_field="type"):
    """The run ends here: with a result, an error, or silently.

    Within a `Call` a `return` or `stop` ends the call only, and the caller goes on. Within a `Loop` a `stop` with the
    text `continue` or `break` ends the turn or the loop only.
    What ends the process (`sys.exit(…)`) is a `raise` where it fails or stands in a called unit; its name says which.
    """

    outcome: Literal["return", "raise", "stop"] = "return"
    text: str = ""


Node = Step | Call | Decision | Loop | Parallel | Guard | Wait | OneOf | Hop | End


class Run(Record, frozen=True, kw_only=True):
    """One piece of a workflow that happens in one go: a request, a job, a tick, a receiver."""

    id: str
    unit: str
    kind: str
    """The trigger kind of the entry point that runs."""
    name: str = ""
    line: int = 0
    end_line: int = 0
    queue: str = ""
    schedule: str = ""
    retry: RetryPolicy | None = None
    timeout: float | None = None
    parameters: tuple[str, ...] = ()
    body: tuple[Node, ...] = ()
    closed: bool = False
    """What it does did not fit into the workflow, and is told in a workflow of its own, if at all."""


class Counts(Record, frozen=True, kw_only=True):
    """What makes a workflow rank high."""

    runs: int = 0
    """The runs that are opened, the first one among them. A run that is only named, since it did not fit or nothing is
    to be told of it, is none of them."""
    hops: int = 0
    steps: int = 0
    decisions: int = 0
    retries: int = 0
    waits: int = 0
    parallels: int = 0


E_MAIL = "E-mail"
"""What the service is called that takes an e-mail, where the code names none: settings say which it is."""


class Workflow(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What one trigger sets off. `body` is the first run's; `runs` are the others, in the order they are reached."""

    id: str
    name: str
    triggers: tuple[str, ...]
    score: float = 0.0
    services: tuple[str, ...] = ()
    """The outside services that it touches."""
    unit: str = ""
    """The unit of the first run."""
    retry: RetryPolicy | None = None
    """The first run's."""
    timeout: float | None = None
    """The first run's."""
    body: tuple[Node, ...] = ()
    runs: tuple[Run, ...] = ()
    counts: Counts = Counts()
    confidence: float = 1.0
    """The lowest confidence on the way."""
    truncated: bool = False
    """The workflow was larger than the limit, and some calls were left closed."""
    findings: tuple[str, ...] = ()
