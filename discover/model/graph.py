"""The document that a scan yields: `undercurrent/graph@1`.

The field names are the published contract (`schema.json`, checked by a test); more may be added, none may change.
Units are named `path/from/root.py::Qual.name`, a later definition of the same name `…#2`, what sets a property
`…setter` behind the property's name (`Order.price.setter`; `deleter`, a hybrid's `expression`); paths are POSIX and
relative to the scanned root; lines count from 1.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from discover.model.workflow import Workflow

SCHEMA = "undercurrent/graph@1"
CORRECTED = "corrected in "
"""How the evidence of everything begins that a user's correction added or renamed."""

TriggerKind = Literal[
    "http",
    "task",
    "consumer",
    "schedule",
    "signal",
    "command",
    "webhook",
    "graphql",
    "rpc",
    "websocket",
    "serverless",
    "hook",
]
EffectKind = Literal["http", "db_read", "db_write", "message", "email", "cache", "file", "cloud", "process", "sdk"]
EdgeKind = Literal["call", "dispatch", "signal", "publish", "http", "schedule", "poll", "callback"]
Severity = Literal["info", "warning", "error"]


class Record(msgspec.Struct, frozen=True):
    """Common settings of everything in the document: immutable, compared by value, every key always written."""


class Skipped(Record, frozen=True, kw_only=True):
    """A file, or a part of one, that was not analysed, and why."""

    file: str
    line: int = 0
    reason: str


class TriggerDetail(Record, frozen=True, kw_only=True, omit_defaults=True):
    """What starts a trigger, in the words of its framework; only the fields that apply are set."""

    path: str | None = None
    also: tuple[str, ...] = ()
    """Further paths, which it has when a setting is on that is off by default."""
    methods: tuple[str, ...] = ()
    name: str | None = None
    schedule: str | None = None
    signal: str | None = None
    sender: str | None = None
    queue: str | None = None
    topic: str | None = None
    command: str | None = None
    title: str | None = None
    """What a correction calls it."""
    source: str | None = None
    """Where a trigger outside Python code was declared: `deploy/crontab:3`."""


class Trigger(Record, frozen=True, kw_only=True):
    """A place where control comes in from outside."""

    id: str
    kind: TriggerKind
    framework: str
    handler: str
    """The unit that runs; the class unit where the framework's own method does; the path of what answers in a library
    where no code of the project runs, such as its static files."""
    line: int
    detail: TriggerDetail = TriggerDetail()
    confidence: float = 1.0
    evidence: str = ""


class Unit(Record, frozen=True, kw_only=True):
    """A project function, method, class body or module body."""

    id: str
    line: int
    """The first decorator's line where there is one."""
    end_line: int
    doc: str = ""


class Effect(Record, frozen=True, kw_only=True):
    """Something that leaves the process."""

    id: str
    kind: EffectKind
    at: str
    line: int
    target: str = ""
    """Table or model, URL, topic, file: what is touched, as far as it can be known."""
    service: str = ""
    """Stripe, Slack, S3, the host of a URL."""
    detail: str = ""
    """The verb: `POST`, `INSERT`, the called name."""
    confidence: float = 1.0
    evidence: str = ""


class Edge(Record, frozen=True, rename={"source": "from", "target": "to"}):
    """One unit reaches another unit, or an effect."""

    source: str
    target: str
    kind: EdgeKind
    line: int
    conditions: tuple[str, ...] = ()
    """The texts of the conditions that guard the call, outermost first."""
    loop: bool = False
    confidence: float = 1.0
    evidence: str = ""


class Place(Record, frozen=True, kw_only=True, order=True):
    """A line of a unit."""

    at: str
    line: int
    what: str = ""
    """What is called there, by its dotted path in the library."""
    correction: str = ""
    """What would settle this call alone, below `corrections` in the settings."""


class LibraryUse(Record, frozen=True, kw_only=True):
    """A library that no catalog describes, and that runs reach."""

    name: str
    calls: int
    """How many calls of it there are in what entry points reach."""
    places: tuple[Place, ...]
    """Where they stand, all of them; calls of the same name on one line are one."""
    catalog: str
    """A catalog file of the user's that would settle it; `…` stands for what the user must say."""


class Unresolved(Record, frozen=True, kw_only=True):
    """Something that may hide a hop and could not be followed."""

    at: str
    line: int
    what: str
    reason: str
    correction: str = ""
    """What would settle it, below `corrections` in the settings; `…` stands for what the user must say."""
    library: LibraryUse | None = None
    """What it is about where it is told once for all calls of a library; then `at` and `line` are the first of them."""


class Correction(Record, frozen=True, kw_only=True):
    """Something that the user overruled, and what came of it."""

    file: str
    line: int
    text: str
    """The correction in one line."""
    because: str = ""
    matched: int = 0
    """How many things it applies to; 0: it no longer means anything and should be mended or removed."""
    overruled: tuple[str, ...] = ()
    """What it applies to, as the analysis had it; the first of them."""
    missing: str = ""
    """Where it applies to nothing: which part of it fits nothing."""


class Finding(Record, frozen=True, kw_only=True):
    """A risk that the workflow view makes visible."""

    rule: str
    severity: Severity
    message: str
    at: str
    line: int
    workflow: str = ""


class Stats(Record, frozen=True, kw_only=True):
    """Counts over the scanned tree."""

    files: int = 0
    lines: int = 0
    units: int = 0
    calls: int = 0
    calls_resolved: int = 0
    calls_external: int = 0
    calls_unresolved: int = 0
    left_out: dict[str, int] = {}
    """How many files, and whole folders as one, each rule left out."""


class Graph(Record, frozen=True, kw_only=True):
    """The whole result of a scan. Every list is sorted, so that the same tree gives the same bytes."""

    schema: Literal["undercurrent/graph@1"] = SCHEMA
    root: str
    import_roots: tuple[str, ...] = (".",)
    """The folders that absolute imports start from, relative to the root, the one that explains most first."""
    stats: Stats = Stats()
    skipped: tuple[Skipped, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    hooks: tuple[Trigger, ...] = ()
    """What a framework runs around every request or job, at its start or its end: part of what others trigger, and yet
    the beginning of workflows of its own."""
    units: tuple[Unit, ...] = ()
    effects: tuple[Effect, ...] = ()
    edges: tuple[Edge, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    findings: tuple[Finding, ...] = ()
    corrections: tuple[Correction, ...] = ()

    @property
    def entry_points(self) -> tuple[Trigger, ...]:
        """All that workflows begin with: the triggers, then the hooks."""
        return (*self.triggers, *self.hooks)
