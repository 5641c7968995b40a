"""What passes between an engine and the workers: plain JSON, by names that every engine can hold."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Request(TypedDict, total=False):
    """A web request as plain data."""

    method: str
    path: str
    path_params: dict[str, Any]
    query: dict[str, Any]
    headers: dict[str, str]
    json: Any
    form: dict[str, Any]
    body: str


class Message(TypedDict):
    """Work that a step has sent."""

    run: str
    """The run that receives it; empty when the definition has none for it."""
    arguments: dict[str, Any]
    """By parameter, as crossing values."""
    due: float | None
    """Not before this time, in seconds since 1970."""
    id: str
    of: str
    """The step that sent it; empty for what starts a workflow."""
    name: str
    """The queue's own name of the work."""
    after: NotRequired[list[str]]
    """Ids of messages: it starts when the runs that these have started have all ended well."""
    takes: NotRequired[str]
    """With `after`: the parameter that takes what they returned (a list, when `gathers`)."""
    gathers: NotRequired[bool]
    delay: NotRequired[float]
    """With `after`: seconds to wait then."""
    beside: NotRequired[dict[str, Any]]
    """What the receiver is told beside its arguments, where a queue does: headers, properties."""


class Context(TypedDict):
    """Which run a piece belongs to. The engine passes it on untouched but for `attempt`."""

    id: str
    attempt: int
    """The number of the run's try, from 0."""
    origin: dict[str, Any]
    """The message that started the run, or `{"request": Request}`."""


class Done(TypedDict):
    """What a piece came to."""

    outputs: dict[str, Any]
    sent: list[Message]


class Described(TypedDict):
    """An error as plain data."""

    types: list[str]
    """Dotted names: its class first, then what it inherits from."""
    message: str
    value: Any
    """The error as a crossing value; None when it can't leave the process."""


class Response(TypedDict):
    """A web response as plain data: the result of a request's run."""

    status: int
    headers: list[list[str]]
    body: str
