"""What a fixture and its scenarios say, as records: the formats are told in fixtures/README.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

FIXTURES = Path(__file__).parents[2] / "fixtures"
Calls = list[Any]
"""Expected calls in order: texts, objects (see `CallPattern`), and lists of what comes in any order."""

T = TypeVar("T")


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A record whose unknown keys are an error, so that a misspelled expectation can't pass."""


class Service(Record, frozen=True):
    """An outside service: the request headers that are part of its contract, and what it does once however often asked.

    `once` says, by `METHOD PATH` (a pattern), what it knows a request by that it has had already: `header NAME`,
    `json NAME`, or `path`.
    """

    headers: tuple[str, ...] = ()
    once: dict[str, str] = {}

    def __post_init__(self) -> None:
        for said in self.once.values():
            place, _, name = said.partition(" ")
            if not (said == "path" or (place == "json" and name) or (place == "header" and name in self.headers)):
                raise ValueError(f"{said!r} is no place of a key")


class Ready(Record, frozen=True):
    """How to see that a process serves: its port answers, or its log holds a text."""

    port: bool = False
    log: str = ""


class Process(Record, frozen=True):
    """A process of the original. One that does not start with the others is started by scenarios that name it."""

    run: tuple[str, ...]
    ready: Ready = Ready()
    always: bool = True


class Job(Record, frozen=True):
    """What a clock starts: the command that does one tick of it, and the unit that is its trigger's handler."""

    run: tuple[str, ...]
    handler: str


class Table(Record, frozen=True):
    """A table whose rows are compared, but for what the clock or a sequence decides.

    Of a time that tells that something is done, only is compared whether it is there.
    """

    ignore: tuple[str, ...] = ()
    times: tuple[str, ...] = ()


class Messages(Record, frozen=True):
    """A list or a stream in Redis that other systems read, and whether kombu's envelope is around each message."""

    key: str
    kombu: bool = False
    stream: bool = False


class Fixture(Record, frozen=True):
    """How a bundled backend runs."""

    name: str
    environment: dict[str, str]
    processes: dict[str, Process]
    app: str = "app"
    web: str = "web"
    services: dict[str, Service] = {}
    jobs: dict[str, Job] = {}
    prepare: tuple[tuple[str, ...], ...] = ()
    tables: dict[str, Table] = {}
    messages: dict[str, Messages] = {}
    pending: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The fixture's folder."""
        return FIXTURES / self.name

    @property
    def root(self) -> Path:
        """The folder of the backend itself."""
        return self.folder / self.app


class Request(Record, frozen=True):
    """An HTTP request to the backend."""

    path: str
    method: str = "POST"
    json: Any = msgspec.UNSET
    text: str = ""
    headers: dict[str, str] = {}


class Until(Record, frozen=True):
    """What must be there before a scenario goes on: at least so many calls and mails, and these rows.

    With `pending`, work may wait by then (a mail for its hour).
    """

    calls: int = 0
    mails: int = 0
    pending: bool = False
    rows: dict[str, list[dict[str, Any]]] = {}


class Stimulus(Record, frozen=True):
    """What comes from outside: a request, a webhook (a request of an outside service), a job's tick, or just time."""

    request: Request | None = None
    webhook: Request | None = None
    job: str = ""
    status: int | None = None
    json: Any = msgspec.UNSET
    until: Until | None = None

    @property
    def sent(self) -> Request | None:
        """The request to send, if it is one."""
        return self.request or self.webhook


class Answer(Record, frozen=True):
    """What an outside service answers: after a delay, or by closing the connection."""

    status: int = 200
    json: Any = msgspec.UNSET
    text: str = ""
    headers: dict[str, str] = {}
    delay: float = 0
    closed: bool = False


class Kill(Record, frozen=True):
    """Kill -9 of the process that makes a call, when the call has arrived for the n-th time."""

    after: str
    times: int = 1


class CallPattern(Record, frozen=True):
    """A call as a scenario expects it: `service METHOD path`, and parts of its query, headers and body."""

    call: str
    query: dict[str, Any] = {}
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET


class Scenario(Record, frozen=True):
    """One course of things: what comes in, what the outside answers, what must be there afterwards."""

    name: str
    stimuli: tuple[Stimulus, ...]
    kind: str = "ordinary"
    processes: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    given: dict[str, list[dict[str, Any]]] = {}
    answers: dict[str, list[Answer]] = {}
    calls: Calls = []
    rows: dict[str, list[dict[str, Any]]] = {}
    mails: list[dict[str, Any]] = []
    messages: dict[str, list[Any]] = {}
    kill: Kill | None = None
    seconds: float = 20


def fixture(name: str) -> Fixture:
    """The fixture of that name."""
    said = yaml.safe_load((FIXTURES / name / "fixture.yaml").read_text(encoding="utf-8"))
    return converted({"name": name, **said}, Fixture, f"{name}/fixture.yaml")


def scenarios(name: str) -> list[Scenario]:
    """The scenarios of the fixture of that name."""
    said = yaml.safe_load((FIXTURES / name / "scenarios.yaml").read_text(encoding="utf-8"))
    return [converted(one, Scenario, f"{name}/scenarios.yaml: {one.get('name')}") for one in said]


def names() -> list[str]:
    """All fixtures that can be run."""
    return sorted(file.parent.name for file in FIXTURES.glob("*/fixture.yaml"))


def converted(said: object, kind: type[T], where: str) -> T:
    """The record that a document says; a fault names its place."""
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
