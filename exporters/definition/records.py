"""What a workflow definition may say: the one YAML file per workflow that a team reviews, edits and commits.

What runs and what explains stand apart. `triggers`, `start` and `steps` run: each step calls the backend's own
function, and `next` names the steps that its queue hops lead to. `inside` explains: it is the step's structure as
it was found in the code, and nothing reads it when the workflow runs.
"""

from __future__ import annotations

import sys
from typing import Literal

import msgspec

SCHEMA = "undercurrent/workflow@1"


class Record(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Common settings: immutable, defaults left out, a misspelt key is an error."""

    def __post_init__(self) -> None:
        # msgspec leaves a default out only when it is the very same object; a text read from a cache is only equal.
        kind: object = getattr(self, "kind", None)
        if isinstance(kind, str):
            msgspec.structs.force_setattr(self, "kind", sys.intern(kind))


class Retry(Record, frozen=True, kw_only=True):
    """How often a step is tried, and how long the engine waits in between (seconds)."""

    attempts: int | None = None
    """Tries in all; left out when the code sets no limit."""
    delay: float | None = None
    backoff: float | None = None
    """Factor from one delay to the next; left out, the delay stays the same."""
    max_delay: float | None = None
    jitter: bool = False
    """In the code each delay is drawn at random between none and this one."""
    errors: tuple[str, ...] = ()
    """The exceptions that lead to another try; none named: all."""


class TriggerRecord(Record, frozen=True, kw_only=True):
    """What starts the workflow."""

    kind: str
    at: str = ""
    framework: str = ""
    methods: tuple[str, ...] = ()
    path: str = ""
    name: str = ""
    schedule: str = ""
    queue: str = ""
    topic: str = ""
    signal: str = ""
    command: str = ""


class Next(Record, frozen=True, kw_only=True):
    """A hop: work that the step puts on a queue becomes another step with the same arguments."""

    step: str
    kind: str = "dispatch"
    at: str = ""
    arguments: tuple[str, ...] = ()
    """As the code writes them; the values are those that the code hands over at run time."""
    delay: float | None = None
    """The countdown that the code gives, in seconds; the engine waits for what the code really asks."""
    when: tuple[str, ...] = ()
    repeated: bool = False
    """It stands in a loop: one step per item."""


class Effect(Record, frozen=True, kw_only=True, tag="effect", tag_field="type"):
    """The step talks to the outside or to the store."""

    name: str
    kind: str = ""
    service: str = ""
    target: str = ""
    detail: str = ""
    at: str = ""
    timeout: float | None = None
    retry: Retry | None = None
    safeguards: tuple[str, ...] = ()


class Call(Record, frozen=True, kw_only=True, tag="call", tag_field="type"):
    """A call into a function of the backend."""

    name: str
    function: str = ""
    at: str = ""
    timeout: float | None = None
    retry: Retry | None = None
    safeguards: tuple[str, ...] = ()
    inside: tuple[Inside, ...] = ()


class Case(Record, frozen=True, kw_only=True):
    """One way through a decision, one part of a parallel, one handler of a try."""

    case: str = ""
    when: str = ""
    inside: tuple[Inside, ...] = ()


class Decision(Record, frozen=True, kw_only=True, tag="decision", tag_field="type"):
    """Here the flow parts."""

    condition: str = ""
    at: str = ""
    cases: tuple[Case, ...] = ()


class Loop(Record, frozen=True, kw_only=True, tag="loop", tag_field="type"):
    """The inside happens again and again."""

    kind: str = "for"
    over: str = ""
    at: str = ""
    inside: tuple[Inside, ...] = ()


class Parallel(Record, frozen=True, kw_only=True, tag="parallel", tag_field="type"):
    """The cases happen side by side."""

    join: bool = True
    each: str = ""
    at: str = ""
    cases: tuple[Case, ...] = ()


class Guard(Record, frozen=True, kw_only=True, tag="try", tag_field="type"):
    """What is done when the inside fails, and in any case."""

    kind: str = "fallback"
    at: str = ""
    inside: tuple[Inside, ...] = ()
    cases: tuple[Case, ...] = ()
    last: tuple[Inside, ...] = ()
    timeout: float | None = None
    retry: Retry | None = None
    safeguards: tuple[str, ...] = ()


class Wait(Record, frozen=True, kw_only=True, tag="wait", tag_field="type"):
    """The flow sleeps."""

    seconds: float | None = None
    until: str = ""
    at: str = ""


class OneOf(Record, frozen=True, kw_only=True, tag="one_of", tag_field="type"):
    """One of several functions is called, picked by data."""

    at: str = ""
    cases: tuple[Case, ...] = ()


class Hop(Record, frozen=True, kw_only=True, tag="hop", tag_field="type"):
    """Work is handed over; the steps it leads to also stand under `next`."""

    kind: str = "dispatch"
    steps: tuple[str, ...] = ()
    channel: str = ""
    at: str = ""
    runs_inline: bool = False
    safeguards: tuple[str, ...] = ()


class End(Record, frozen=True, kw_only=True, tag="end", tag_field="type"):
    """The step ends here."""

    outcome: str = "return"
    text: str = ""
    at: str = ""


Inside = Effect | Call | Decision | Loop | Parallel | Guard | Wait | OneOf | Hop | End


class Step(Record, frozen=True, kw_only=True):
    """One unit of work that the engine runs, retries and remembers: a request, a task, a consumer, a job."""

    id: str
    name: str = ""
    kind: str = "task"
    run: str
    """`package.module:function`, imported from one of the import roots."""
    at: str = ""
    task: str = ""
    """The name under which a queue knows the function."""
    queue: str = ""
    parameters: tuple[str, ...] = ()
    retry: Retry | None = None
    timeout: float | None = None
    next: tuple[Next, ...] = ()
    inside: tuple[Inside, ...] = ()


class Definition(Record, frozen=True, kw_only=True):
    """One workflow."""

    schema: Literal["undercurrent/workflow@1"]
    id: str
    name: str
    import_roots: tuple[str, ...] = (".",)
    """Folders, relative to the backend's root, from which it imports its own modules."""
    application: str = ""
    """`module:object` of the web application (or its factory); needed only when it is not found by itself."""
    triggers: tuple[TriggerRecord, ...] = ()
    start: str
    steps: tuple[Step, ...]
