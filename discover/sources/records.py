"""What the sources stage yields: files, what was left out, services, import roots and triggers outside Python code."""

from __future__ import annotations

from typing import Literal

import msgspec

from discover.config.rules import CACHES
from discover.model import Skipped


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Common settings: immutable, serialisable, compared by value."""


class SourceFile(Record, kw_only=True, frozen=True):
    """A file to be read."""

    path: str
    """POSIX, relative to the root."""
    absolute: str
    size: int
    modified: int
    """Nanoseconds since the epoch: only for caches, never part of a result."""


class ImportRoot(Record, kw_only=True, frozen=True):
    """A folder that absolute imports start from."""

    path: str
    """Relative to the scanned root; empty for the root itself."""
    evidence: str
    declared: bool = False
    """The project's own files say so (packaging metadata, PYTHONPATH, manage.py, configuration)."""


class Service(Record, kw_only=True, frozen=True):
    """A deployable part of the repository."""

    name: str
    root: str
    """Its folder, relative to the scanned root; empty for the root itself."""
    evidence: str
    entry_points: tuple[str, ...] = ()
    """What starts it, as written: command lines, `pkg.module:function`, the path of its manage.py."""


CommandKind = Literal[
    "manage",
    "module",
    "script",
    "flask",
    "invoke",
    "console_script",
    "celery",
    "rq",
    "worker",
    "handler",
    "server",
    "code",
    "program",
]


class Command(Record, kw_only=True, frozen=True):
    """A parsed command line: what it starts, and everything needed to find that in the project."""

    kind: CommandKind
    """`worker` is any other queue's or framework's runner, named in `name`; `program` is nothing of the project's."""
    text: str
    """The words as they were written, wrappers left out."""
    name: str = ""
    """manage, flask, invoke: the subcommand. module: the dotted name. handler: `pkg.module:function`. Else the program.

    A handler's module has the name that the file has in this tree, which need not be the one that was written.
    """
    arguments: tuple[str, ...] = ()
    folder: str = ""
    """Working folder relative to the root, where it could be found."""
    path: str = ""
    """The file that is run (script, manage.py, the module's file), relative to the root, when it is in the tree."""
    app: str = ""
    """celery, server, worker, flask: the application, `pkg.module` or `pkg.module:attribute`."""
    role: str = ""
    """celery, rq, worker: `worker`, `beat`, `scheduler`, …"""
    queues: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    """`NAME=value` given for this command alone."""


DeclaredKind = Literal[
    "schedule",
    "process",
    "command",
    "http",
    "consumer",
    "websocket",
    "hook",
    "rpc",
    "alias",
    "dead_letter",
    "destination",
]


class DeclaredTrigger(Record, kw_only=True, frozen=True):
    """Something outside Python code that starts Python code."""

    source: str
    """`deploy/crontab:3`."""
    file: str
    line: int
    format: str
    """The reader's name: `crontab`, `procfile`, `compose`, `kubernetes`, …"""
    kind: DeclaredKind
    """`process` keeps running (a server, a worker); `command` runs once or by hand."""
    name: str = ""
    schedule: str = ""
    """A cron expression, `@daily`, `every 5 minutes`: as written."""
    command: str = ""
    """The whole command line, on one line."""
    path: str = ""
    """http: the URL path."""
    methods: tuple[str, ...] = ()
    queue: str = ""
    """consumer: queue, topic, stream, bucket. dead_letter: the queue whose failures go to the one in `name`."""
    attempts: int | None = None
    """dead_letter, destination: how often a message is handed out, or a function called, in all."""
    service: str = ""
    """What calls: `sqs`, `sns`, `s3`, `apigateway`, `github actions`. destination: after `success` or `failure`."""
    starts: Command | None = None
    via: tuple[str, ...] = ()
    """The scripts in between, as `bin/start.sh:12`."""


class Walk(Record, kw_only=True, frozen=True):
    """What is in the tree. Everything is sorted by path."""

    root: str
    """Absolute and real."""
    files: tuple[SourceFile, ...] = ()
    """The Python files."""
    others: tuple[SourceFile, ...] = ()
    """Files that may declare triggers, services or import roots."""
    skipped: tuple[Skipped, ...] = ()
    left_out: dict[str, int] = {}
    """Rule name (also `gitignore` and `exclude`) to the number of entries: files, and folders as one."""
    links: dict[str, str] = {}
    """Symbolic links inside the root, to their target's path: the target is read once, in its own place."""

    @property
    def told(self) -> dict[str, int]:
        """What the rules left out of the backend itself; what tools write beside it and git ignores comes and goes."""
        return {rule: count for rule, count in sorted(self.left_out.items()) if rule not in {CACHES, "gitignore"}}


class Plugin(Record, kw_only=True, frozen=True):
    """An object that a distribution of the tree declares under a group of entry points."""

    group: str
    name: str
    target: str
    """`pkg.module:Thing`."""


class Layout(Record, kw_only=True, frozen=True):
    """What the files outside Python code and the shape of the tree say."""

    import_roots: tuple[ImportRoot, ...] = ()
    services: tuple[Service, ...] = ()
    triggers: tuple[DeclaredTrigger, ...] = ()
    distributions: tuple[str, ...] = ()
    """What the tree itself builds, by the metadata of the root (of every folder, where the root has none)."""
    plugins: tuple[Plugin, ...] = ()
    skipped: tuple[Skipped, ...] = ()
