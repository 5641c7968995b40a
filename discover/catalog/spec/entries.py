"""Where control comes in: entry points, the tables that list them, and the routers that their paths hang under."""

from __future__ import annotations

from typing import Literal

from discover.catalog.spec.picks import Paths, Pick, Rule
from discover.model import TriggerKind


class Detail(Rule, kw_only=True, frozen=True):
    """The fields of a trigger's detail; a plain string is a constant."""

    path: Pick | str | None = None
    methods: Pick | list[str] | None = None
    name: Pick | str | None = None
    schedule: Pick | str | None = None
    signal: Pick | str | None = None
    sender: Pick | str | None = None
    queue: Pick | str | None = None
    topic: Pick | str | None = None
    command: Pick | str | None = None


class Retry(Rule, kw_only=True, frozen=True):
    """How the library is told to try again."""

    attempts: Pick | float | None = None
    delay: Pick | float | None = None
    backoff: Pick | float | None = None
    max_delay: Pick | float | None = None
    on: Pick | str | None = None
    but: Pick | None = None
    """The errors that are the end at once, whatever `on` says."""


class Unsaid(Rule, kw_only=True, frozen=True):
    """An option of a library's tries that no policy says."""

    option: Pick
    means: str
    """What is done in its place, a clause: `these errors are tried again like any other`."""


class TaskRetry(Retry, kw_only=True, frozen=True):
    """How a queue is told to try a task again. Its `backoff` is a switch, or seconds: delays double."""

    plain: Pick | None = None
    """The number of tries where an option is that number itself, and not a policy."""
    factor: Pick | None = None
    """The factor from one delay to the next, where the library is told that."""
    asked: bool = False
    """The library tries again only what asks for it by raising `on`: an error by itself is the end."""
    when: Pick | None = None
    """It tries again only where this is given, and is not off."""
    unsaid: list[Unsaid] = []
    """Options that nothing else here says: where one is given and not off, exports tell it as a loss."""


class EntryPoint(Rule, kw_only=True, frozen=True):
    """What makes a project function a place where control comes in: one of the first four keys, or `assigns`."""

    decorator: Paths | None = None
    """A decorator (called or not), or a method of an object used as one."""
    subclass: Paths | None = None
    """Each project class below this class."""
    call: Paths | None = None
    """A call that registers `handler`."""
    table: Paths | None = None
    """A class attribute, or a key of a dict display, of this name: its items are handlers."""
    beside: list[str] = []
    """With `table`: it counts only where one of these stands in the same class or dict, too."""
    assigns: Paths | None = None
    """An attribute of a library's object: what is assigned to it is registered."""
    kind: TriggerKind
    framework: str = ""
    """Name of the framework; the library's name when left out."""
    method: str | list[str] | dict[str, str] | None = None
    """When the handler is a class: its methods that are entered; each that it has counts. For an HTTP trigger the
    name is the HTTP method, or the mapping says which it is: `on_get: GET`."""
    suffix: Pick | None = None
    """With `method`: a text that is added to the methods' names after an underscore."""
    handler: Pick | None = None
    """With `call`: the function, the class, or a string that names one."""
    served_by: str = ""
    """With `call` and without `handler`: the path of what answers in the library itself, such as its static files."""
    detail: Detail = Detail()
    retry: TaskRetry | None = None
    timeout: Pick | float | None = None
    hears_below: Pick | bool = False
    """For signals: a receiver that wants a sender's class hears the classes below it too."""
    when: Pick | None = None
    """The rule applies only where this finds something."""
    success: Pick | None = None
    """What runs after the handler has succeeded."""
    failure: Pick | None = None
    """What runs after the handler has failed."""
    each_keyword: bool = False
    """With `call`: each keyword argument registers its value as a handler, for the channel of the keyword's name."""
    medium: str = ""
    """The kind of broker on which it listens: what is sent there to its `queue` or `topic` reaches it."""
    exchange: Pick | str | None = None
    """With `medium`: the exchange that the queue is bound to in the same place, by `key`."""
    key: Pick | str | None = None
    """With `exchange`: the routing key, or a pattern of such."""
    mounted: bool | Literal["result", "class"] | Pick = False
    """The path is relative to a router (see `mounts`): that which the decorator or call belongs to (`true`); the
    object that the call makes, or the class around the handler where that is a router (`result`); that class; or
    the one that the pick finds."""
    front: Pick | str | None = None
    """A part that stands before the whole path, as with routers."""
    socket: Paths | None = None
    """A handler that calls one of these itself speaks over a websocket: its kind is `websocket`."""
    trailing_slash: Literal["keep", "drop"] = "keep"
    """Whether the framework takes a slash from the end of a path."""


class Table(Rule, kw_only=True, frozen=True):
    """A list that a global or a class attribute of this name holds, each row of which registers a function."""

    setting: Paths
    kind: TriggerKind
    framework: str = ""
    handler: int | str
    """Where the function, or the string that names it, stands in a row: its place in a tuple, its key in a dict."""
    schedule: int | str | None = None
    name: int | str | None = None


class Mount(Rule, kw_only=True, frozen=True):
    """How routers are put together: a call that attaches `child` under the receiver with a prefix."""

    call: Paths
    child: Pick | None = None
    """A router, several in a list, a class that is a router, or a string that names one."""
    every: Paths | None = None
    """Instead of `child`: each class that is a router by these decorators or base classes, and mounted nowhere."""
    parent: Pick | Literal["result"] | None = None
    """The router that the child hangs under; the receiver when left out; `result`: the object that the call makes."""
    prefix: Pick | str | None = None
    front: Pick | str | None = None
    child_prefix: Literal["append", "replace"] = "append"
    """Whether the prefix comes before the child's own (`append`), or stands in its place (`replace`)."""


class Router(Rule, kw_only=True, frozen=True):
    """What holds routes: an object, by the call that makes it, or a class whose methods are routes.

    Exactly one of the first three keys.
    """

    create: Paths | None = None
    """The call that makes the object."""
    subclass: Paths | None = None
    """Each project class below this class."""
    decorator: Paths | None = None
    """Each project class that is decorated with this."""
    prefix: Pick | str | None = None
    """Its own prefix, from the call, the decorator, or (`attribute`) the class."""
    front: Pick | str | None = None
    """A part that stands before the whole path, whatever the router is mounted under; the innermost one counts."""
    parent: Pick | None = None
    """The router that it hangs under from its creation on."""
    channels: bool = False
    """It holds consumers and publishers: its prefix stands before the names of their channels."""
