"""What a workflow's definition may say: one YAML file per workflow, from which every engine's form is made.

A definition is made of *runs*: what a request, a queue's task, a consumer or a schedule does in one go. A run is
structured: its *elements* happen in order; decisions, loops, parallel parts and tries hold elements of their own. Only
a `Step` (and the condition of a `Decision` or `While`) executes code of the backend; all else is the engine's to do.

Between elements live the run's *variables*: values that can leave a process. A step names the variables that it takes
and those that it sets; nothing else passes from step to step. What can't leave a process is made again inside each
step that needs it, or the code that shares it is one step, with the reason in `whole`.
"""

from __future__ import annotations

import sys
from typing import Literal

import msgspec

SCHEMA = "undercurrent/workflow@2"

Bindings = dict[str, str]
"""The name inside the step's code, and the variable of the run that it stands for."""


ASKING = frozenset({"arq.worker.Retry", "celery.exceptions.Retry"})
"""What code raises to ask for another try, where the queue's library tries nothing else again."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Common settings: immutable, defaults left out, a misspelt key is an error."""

    def __post_init__(self) -> None:
        # msgspec leaves a default out only when it is the very same object; a text read from a cache is only equal.
        kind: object = getattr(self, "kind", None)
        if isinstance(kind, str):
            msgspec.structs.force_setattr(self, "kind", sys.intern(kind))


class Retry(Record, frozen=True, kw_only=True):
    """How often something is tried, and how long the engine waits in between (seconds)."""

    attempts: int | None = None
    """Tries in all; left out when the code sets no limit."""
    delay: float | None = None
    backoff: float | None = None
    """Factor from one delay to the next; left out, the delay stays the same."""
    max_delay: float | None = None
    jitter: bool = False
    """In the code each delay is drawn at random between none and this one."""
    errors: tuple[str, ...] = ()
    """The exceptions that lead to another try, by class name or dotted path, with their subclasses; none named: all.

    `Exception except Down, Worse` leaves some of them out.
    """


class Trigger(Record, frozen=True, kw_only=True):
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


class Effect(Record, frozen=True, kw_only=True):
    """Something that a step does to the outside or to the store. It explains; nothing reads it when the step runs."""

    kind: str
    name: str = ""
    service: str = ""
    target: str = ""
    detail: str = ""
    at: str = ""
    timeout: float | None = None
    safeguards: tuple[str, ...] = ()
    confidence: float = 1.0
    evidence: str = ""


class Code(Record, frozen=True, kw_only=True):
    """A piece of the backend's own code: a function that is called as it is, or statements of one."""

    call: str = ""
    """`package.module:function`: called with the inputs as keyword arguments."""
    module: str = ""
    """The module in whose namespace `code` runs."""
    code: str = ""
    """Statements, as they stand in the backend. `call` and `code` exclude each other."""
    inputs: Bindings = {}
    """Names that the code reads (parameters, for a call), and the variables that they stand for."""


class Step(Code, frozen=True, kw_only=True, tag="step", tag_field="type"):
    """One unit of work that the engine runs, tries again and remembers."""

    id: str
    """A Python identifier, unique in the definition."""
    name: str = ""
    """In the reader's words."""
    at: str = ""
    """The lines it is made of, `file:first-last`."""
    outputs: Bindings = {}
    """Names that the code binds (`result` for a call), and the variables that take their values."""
    sends: tuple[str, ...] = ()
    """Ids of the runs that its code may hand work to. What it sends is held back; the `Start` elements let it go."""
    retry: Retry | None = None
    timeout: float | None = None
    effects: tuple[Effect, ...] = ()
    whole: str = ""
    """Why several effects are one step here; empty where there is nothing left to cut."""
    responds: bool = False
    """The value bound to `result` is what the handler returns: the web framework makes the response of it.

    Of the `handle` of a Django command it is what the command prints.
    """


class Decision(Code, frozen=True, kw_only=True, tag="decision", tag_field="type"):
    """The flow parts: `code` is one expression (or `call` a function), and its truth picks the way."""

    id: str
    name: str = ""
    at: str = ""
    then: tuple[Element, ...] = ()
    otherwise: tuple[Element, ...] = ()


class Loop(Record, frozen=True, kw_only=True, tag="loop", tag_field="type"):
    """The elements happen once for each item of a variable."""

    id: str
    name: str = ""
    at: str = ""
    over: str
    """The variable that holds the items: a list."""
    item: str
    """The variable that holds one of them inside."""
    parallel: bool = False
    """All items at once; variables that the elements set are then each item's own."""
    collect: Bindings = {}
    """For parallel loops: a variable of the elements, and the variable that holds its value of each item, in order."""
    steps: tuple[Element, ...] = ()


class While(Code, frozen=True, kw_only=True, tag="while", tag_field="type"):
    """The elements happen again as long as the expression in `code` is true; it is asked before each turn."""

    id: str
    name: str = ""
    at: str = ""
    steps: tuple[Element, ...] = ()


class Branch(Record, frozen=True, kw_only=True):
    """One of several parts that happen side by side."""

    name: str = ""
    steps: tuple[Element, ...] = ()


class Parallel(Record, frozen=True, kw_only=True, tag="parallel", tag_field="type"):
    """The branches happen side by side; the flow goes on when all have ended, and fails when one has failed.

    Branches set different variables.
    """

    id: str
    name: str = ""
    at: str = ""
    branches: tuple[Branch, ...] = ()


class Catch(Record, frozen=True, kw_only=True):
    """What happens when the tried elements fail with one of these errors."""

    errors: tuple[str, ...] = ()
    """Exceptions by class name or dotted path, with their subclasses; none named: all."""
    variable: str = ""
    """Takes the error; left out when the elements don't ask for it."""
    steps: tuple[Element, ...] = ()


class Try(Record, frozen=True, kw_only=True, tag="try", tag_field="type"):
    """The first `catch` whose errors fit is taken; `last` happens in any case."""

    id: str
    name: str = ""
    at: str = ""
    steps: tuple[Element, ...] = ()
    catch: tuple[Catch, ...] = ()
    last: tuple[Element, ...] = ()


class Retrying(Record, frozen=True, kw_only=True, tag="retry", tag_field="type"):
    """The elements are tried again together, from the first one on, when one of them fails."""

    id: str
    name: str = ""
    at: str = ""
    retry: Retry
    steps: tuple[Element, ...] = ()


class Wait(Record, frozen=True, kw_only=True, tag="wait", tag_field="type"):
    """A durable timer: so many seconds, or as many as a variable holds."""

    id: str
    name: str = ""
    at: str = ""
    seconds: float | None = None
    variable: str = ""


class Start(Record, frozen=True, kw_only=True, tag="start", tag_field="type"):
    """Work that a step has sent starts another run, once for each message; the flow goes on at once.

    A message holds the arguments as the code gave them, and the time before which it must not start.
    """

    id: str
    name: str = ""
    at: str = ""
    run: str
    """The id of the run that receives the work."""
    of: str
    """The id of the step, earlier in this run, whose code sent it."""
    kind: str = "dispatch"
    channel: str = ""
    arguments: tuple[str, ...] = ()
    """As the code writes them: for the reader."""
    delay: float | None = None
    """The countdown that the code gives, in seconds. The engine waits for what the message says."""
    delay_in: bool = False
    """The delay may be more than this: the code computes it."""
    many: bool = False
    """The code may send none, or several: it stands in a loop or under a condition inside the step."""
    after: tuple[str, ...] | None = None
    """The runs, started by the same step, that have to end well before. Left out: as the code says; empty: at once."""
    confidence: float = 1.0
    evidence: str = ""


class End(Record, frozen=True, kw_only=True, tag="end", tag_field="type"):
    """The run ends here, well."""

    id: str
    at: str = ""
    result: str = ""
    """The variable that holds what it returns."""


Element = Step | Decision | Loop | While | Parallel | Try | Retrying | Wait | Start | End


class Run(Record, frozen=True, kw_only=True):
    """What happens in one go: a request, a task, a consumer's call, a job."""

    id: str
    """A Python identifier, unique in the definition."""
    name: str = ""
    kind: str = "task"
    framework: str = ""
    function: str
    """`package.module:function`: the entry point that the run is made of."""
    at: str = ""
    task: str = ""
    """The name under which a queue knows the function."""
    queue: str = ""
    parameters: tuple[str, ...] = ()
    """The function's parameters, each a variable when the run begins."""
    wrapper: str = ""
    """`package.module:decorator.<locals>.wrapper`: what a decorator puts around the function, and the steps do too."""
    context: tuple[str, ...] = ()
    """Names that every step's code may read beside its inputs, made anew for each step: a request, a bound task."""
    retry: Retry | None = None
    """The whole run is tried again, from its first element on."""
    timeout: float | None = None
    result: str = ""
    """The variable that holds what the run returns; for a request, the response."""
    steps: tuple[Element, ...] = ()
    on_failure: tuple[Element, ...] = ()
    """What happens once when the run has failed for good; the variable `error` holds the reason."""


class Definition(Record, frozen=True, kw_only=True):
    """One workflow."""

    schema: Literal["undercurrent/workflow@2"]
    id: str
    name: str
    import_roots: tuple[str, ...] = (".",)
    """Folders, relative to the backend's root, from which it imports its own modules."""
    application: str = ""
    """`module:object` of the web application (or its factory); needed only when it is not found by itself."""
    loads: tuple[str, ...] = ()
    """Modules that a worker imports before it runs a piece: receivers of signals connect themselves there."""
    triggers: tuple[Trigger, ...] = ()
    start: str
    """The id of the run that a trigger starts."""
    runs: tuple[Run, ...]
