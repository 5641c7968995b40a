"""What a catalog file may say: one record per kind of rule, one file per library.

The records are the format: an unknown key is an error with its line. `docs/catalogs.md` explains every key with an
example; a test keeps that page complete. Paths are dotted (`celery.Task.delay`), `*` matches one name.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from discover.model import EdgeKind, EffectKind, TriggerKind
from discover.model.workflow import SafeguardKind

Paths = str | list[str]
"""One path or several."""

Scalar = str | int | float | bool | None


class Rule(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Settings of all records of a catalog file."""


class Pick(Rule, kw_only=True, frozen=True):
    """Where in a call, a decorator or a definition a value is found. The first way that finds something wins.

    The order is: `inside` narrows to a nested call first; then `argument` and `keyword`; `type_argument` or
    `receiver`; `attribute`; then `default`, as it stands.
    """

    argument: int | None = None
    """Position of the argument, from 0, the receiver not counted."""
    rest: bool = False
    """This positional argument and all that follow it: several values."""
    keyword: str | list[str] | None = None
    """Name (or names, first match wins) of the keyword argument."""
    inside: Paths | None = None
    """The value is itself a call of one of these paths, anywhere in the argument; `inner` picks from that call."""
    inner: Pick | None = None
    """What to pick from the call found by `inside`, or from the receiver's creating call (`receiver: call`)."""
    keys: bool = False
    """The picked value is a mapping: its keys."""
    type_argument: int | str | None = None
    """The receiver's type argument, by place or by the type variable's name: `Task[F]` has one, at 0."""
    key: str | list[str] | None = None
    """The picked value is a mapping, or a list of them: take this key of it, or the first of these that it has."""
    whole: bool = False
    """The call itself, as text: what a call that makes a schedule says."""
    receiver: Literal["class", "name", "value", "call"] | None = None
    """The object before the dot: its class, its text in the code, its constant, or the call that made it."""
    attribute: str | list[str] | None = None
    """A class attribute of the handler's (or the receiver's) class."""
    method: str | list[str] | None = None
    """The method of the picked class or object that runs; the first one that exists."""
    bound: int | None = None
    """Of each picked object its type argument of this number; a constant stays what it is."""
    parts: list[Pick | str] = []
    """The text is put together from these; what one of them does not find is `{}`."""
    value: Scalar = None
    """A constant that stands for the picked value when the argument is given at all."""
    call: bool = False
    """The whole call, for a schedule that its keywords say: `job(minute="0", hour="3")`."""
    default: Scalar | list[str] = None
    """When nothing was found. `{module}`, `{file}`, `{qualname}`, `{name}`, `{class}` stand for the handler's,
    `{called}` for the called name."""
    after: str = ""
    """Put after each text that was found: the open end of a path below which files are served."""
    before: str = ""
    """Put before each text that was found."""
    anything: Paths | None = None
    """These paths, given for a sender, stand for any."""
    plus: float = 0
    """Added to a number."""
    times: float = 1
    """A number is multiplied by this: 60 for minutes."""
    pattern: str | None = None
    """The text must hold this regular expression; its first group that took part is the value."""
    form: Literal["text", "sql", "url", "path", "duration", "schedule"] = "text"
    """How to read the value: SQL names tables, a URL names its host, a duration is turned into seconds."""


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


class EntryPoint(Rule, kw_only=True, frozen=True):
    """What makes a project function a place where control comes in: exactly one of the first four keys."""

    decorator: Paths | None = None
    """A decorator (called or not), or a method of an object used as one."""
    subclass: Paths | None = None
    """Each project class below this class, unless it is named in `except_classes`."""
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
    unless: Paths | None = None
    """The rule doesn't apply to a handler that is a class below one of these."""
    within: Paths | None = None
    """The rule applies only to a handler that is a class below one of these."""
    handler: Pick | None = None
    """With `call`: the function, the class, or a string that names one."""
    served_by: str = ""
    """With `call` and without `handler`: the path of what answers in the library itself, such as its static files."""
    detail: Detail = Detail()
    retry: Retry | None = None
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
    mounted: bool | Literal["result", "class"] = False
    """The path is relative to a router (see `mounts`): that which the decorator or call belongs to (`true`); the
    object that the call makes, or the class around the handler where that is a router (`result`); that class."""
    front: Pick | str | None = None
    """A part that stands before the whole path, as with routers."""
    socket: Paths | None = None
    """A handler that calls one of these itself speaks over a websocket: its kind is `websocket`."""
    trailing_slash: Literal["keep", "drop"] = "keep"
    """Whether the framework takes a slash from the end of a path."""


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


class Arguments(Rule, kw_only=True, frozen=True):
    """Which arguments of a dispatching call travel to the receiver."""

    start: int | None = None
    """Positional arguments from here on."""
    args: str | int | None = None
    """Keyword or position of a sequence of positional arguments."""
    kwargs: str | int | None = None
    """Keyword or position of a mapping of keyword arguments."""
    skip: list[str] = []
    """Keywords that stay here: options of the queue. With `args` or `kwargs`, every other keyword stays."""


class Dispatch(Rule, kw_only=True, frozen=True):
    """A call that hands work over to a function that does not run in this call."""

    call: Paths | None = None
    decorator: Paths | None = None
    """With `medium`: what a function returns that is decorated so is sent."""
    to: Pick = Pick()
    """A function value, a string that names an entry point, or a topic."""
    again: bool = False
    """In place of `to`: the task that runs is handed over once more, as `raise Retry()` does."""
    methods: list[str] = []
    """Methods of these names count on an object of which nothing is known, too, where they name a task."""
    each: Pick | None = None
    """Once per item of this."""
    when: Pick | None = None
    """The rule applies only where this finds something."""
    matches: str | None = None
    """With `when`: what it finds, as text, holds this regular expression."""
    edge: EdgeKind = "dispatch"
    channel: Pick | str | None = None
    medium: str = ""
    """The kind of broker that carries it: `to` is the name of a topic, queue or routing key, not of a function."""
    exchange: Pick | str | None = None
    """With `medium`: the exchange that it is sent to."""
    stored: bool = False
    """With `medium`: it is data as well; where nothing listens, it is no hand-over."""
    sender: Pick | None = None
    """For signals: who sends."""
    delay: Pick | float | None = None
    arguments: Arguments = Arguments()
    inline: bool = False
    """The receivers run before the call returns."""
    stage: int = 0
    """1: they run when the receivers of the same call's stage 0 have ended."""
    outcome: Literal["always", "success", "failure"] = "always"
    """With a stage: after any end, only after success, only after failure."""
    also: list[str] = []
    """For signals: events that each such call sends beside the one it names."""


class Subscription(Rule, kw_only=True, frozen=True):
    """A call by which an object comes to listen to channels; a `Receive` of the same object hears them."""

    call: Paths
    medium: str
    channel: Pick | str


class Receive(Rule, kw_only=True, frozen=True):
    """Where messages come in: a call, or iterating over an object. The loop around it makes the consumer."""

    call: Paths | None = None
    iterates: Paths | None = None
    """Classes whose objects give one message after the other."""
    medium: str
    channel: Pick | str | None = None
    """The channels, where the call names them; else those that the object was subscribed to."""
    stream: bool = False
    """The result of the call is iterated without end."""
    subscribed: bool = False
    """It counts only where the object is known to have been subscribed."""


class Binding(Rule, kw_only=True, frozen=True):
    """A call that lets what is sent to an exchange, with a key, come to a queue."""

    call: Paths
    medium: str
    queue: Pick
    exchange: Pick | str | None = None
    key: Pick | str | None = None


class Lookup(Rule, kw_only=True, frozen=True):
    """A call, or a subscript (`….__getitem__`), that gives the task of a name."""

    call: Paths
    name: Pick


class Canvas(Rule, kw_only=True, frozen=True):
    """How a library puts tasks together before they are sent. Methods are bare names, calls are paths."""

    parts: list[str]
    """Methods of a task that make a part, not sent yet."""
    same: list[str] = []
    """Methods of a part that give it back."""
    following: list[str] = []
    """Methods of a part that put their argument behind it."""
    success: list[str] = []
    """Methods of a part whose argument runs when it succeeds."""
    failure: list[str] = []
    """Methods of a part whose argument runs when it fails."""
    chains: Paths = []
    """Calls whose arguments run one after the other."""
    groups: Paths = []
    """Calls whose arguments run side by side."""
    chords: Paths = []
    """Calls whose first argument's parts run side by side, then the second."""
    named: Paths = []
    """Calls that make a part of a task's name."""
    sent: Paths = []
    """Calls that send what stands before the dot."""
    handed: Paths = []
    """Calls that send their first argument."""
    linked: Paths = []
    """Calls that send a task and take `link=` and `link_error=`."""


class Emit(Rule, kw_only=True, frozen=True):
    """A library call that sends signals on its own: `Model.save` sends `post_save`. Either `call` or `decorated`."""

    call: Paths | None = None
    decorated: Paths | None = None
    """Each call of a project function that one of these decorates: a state machine's transition."""
    signals: list[str]
    """Paths of the library's signal objects or event names, in the order they are sent."""
    sender: Pick | None = None


class Callback(Rule, kw_only=True, frozen=True):
    """A call that is given a function and calls it: now, later, or side by side."""

    call: Paths
    to: Pick
    runs: Literal["now", "later", "parallel"] = "now"
    each: Pick | None = None
    """Once per item of this."""
    arguments: Arguments = Arguments()


class Hook(Rule, kw_only=True, frozen=True):
    """A library method that calls these methods of the receiver's class, in this order.

    Either `call` (a project call of the library method), `decorator` (a class method that decorates: the methods of the
    class run around what is decorated) or `class` and `on` (an entry method that the framework defines itself, on each
    project class below `class`).
    """

    call: Paths | None = None
    decorator: Paths | None = None
    cls: Paths | None = msgspec.field(default=None, name="class")
    on: str | list[str] | None = None
    methods: list[str] = []
    """Names of methods; `clean_*` stands for each that fits, `super()` for the next one of the called method's name.

    Where the class has only the library's method, the rules of that one are followed. With `class` and no methods,
    what the entry methods do themselves.
    """
    moment: Literal["before", "in", "after", "success", "failure", "retry", "entry"] = "in"
    """When they run, seen from the entry method. `entry`: they are entry points, of which the call leads to one."""
    of: Pick | None = None
    """Whose methods they are, where not the receiver's: an argument, a type argument, what a class attribute names."""
    members: str | None = None
    """Whose methods they are: the objects below this class that stand as attributes of the receiver's class.

    With `{member}` in the methods' names, they are the receiver's own, one for each such attribute.
    """
    setting: str | None = None
    """Whose methods they are, where `of` finds nothing: what the project's settings name by strings.

    A global's name, then keys of the mappings in it, `*` for each: `LOGGING.handlers.*.class`. Lists are opened. The
    method `__call__` of a function is the function.
    """
    when: Pick | None = None
    """With `call`: the rule applies only where this finds something."""
    matches: str | None = None
    """With `when`: what it finds, as text, holds this regular expression."""


class Effect(Rule, kw_only=True, frozen=True):
    """A call that leaves the process."""

    call: Paths
    kind: EffectKind
    service: str | Pick = ""
    detail: str | Pick = ""
    target: str | Pick | None = None
    timeout: Pick | float | None = None
    timeout_default: float | None = None
    """The library's own timeout; with none and no `timeout` given, the call may hang for ever."""
    can_time_out: bool = False
    """The library takes a timeout here: a call without one is worth a finding."""
    when: Pick | None = None
    """The rule applies only where this finds something; the first rule of a path that applies counts."""
    matches: str | None = None
    """With `when`: what it finds, as text, holds this regular expression. Without a text the rule applies not."""
    query: Literal["lazy", "read", "write"] | None = None
    """A link of a query that is built by chained calls, so that one chain is one effect: `lazy` only adds to it."""
    detail_existing: str = ""
    """The verb where the target is an object that was not made just now: it was read before."""
    keywords_only: bool = False
    """The call says what it wants by keyword: with a name or a literal as positional argument it is something else."""
    receivers: list[str] = []
    """Names of objects that are taken for the library's when nothing is known of their type (less certain)."""


class Table(Rule, kw_only=True, frozen=True):
    """A list that a global or a class attribute of this name holds, each row of which registers a function."""

    setting: Paths
    kind: TriggerKind
    framework: str = ""
    handler: int | str
    """Where the function, or the string that names it, stands in a row: its place in a tuple, its key in a dict."""
    schedule: int | str | None = None
    name: int | str | None = None


class Wait(Rule, kw_only=True, frozen=True):
    """A call that sleeps or waits."""

    call: Paths
    seconds: Pick | float | None = None
    until: Pick | str | None = None


class Cover(Retry, kw_only=True, frozen=True):
    """What a decorator or a call puts around a piece of work: another try, a limit of time, a safeguard.

    A call covers the body of the `with` or the loop that it stands in; else its own work, which is that of its
    arguments and of a function that it is given (`callbacks`); with `object`, all work of that object.
    """

    decorator: Paths | None = None
    call: Paths | None = None
    object: Literal["result", "receiver", "unit"] | None = None
    """Whose work is covered: that of the object that the call makes, of the one that it is called on, of the function
    that makes the call."""
    enters: Paths | None = None
    """Classes: a `with` that enters an object of one covers its body."""
    seconds: Pick | float | None = None
    """A limit of time."""
    safeguard: SafeguardKind | None = None
    name: Pick | str | None = None
    """The safeguard's: a lock's name, a key, a limit."""
    when: Pick | None = None
    """The rule applies only where this finds something."""
    matches: str | None = None
    """With `when`: what it finds holds this regular expression."""


class Library(Rule, kw_only=True, frozen=True):
    """One catalog file."""

    library: str
    documentation: str = ""
    imports: list[str]
    """The file is used when the project imports one of these top-level modules."""
    needs: list[str] = []
    """Other libraries whose types this one's types use."""
    types: dict[str, str] = {}
    """Module -> stub text in the syntax of `.pyi` files."""
    schedules: list[str] = []
    """Classes whose objects say when: a project's own decorator that is given one schedules what it decorates."""
    namesakes: list[str] = []
    """Classes that an unknown library's class is taken to extend when its name ends in theirs (less certain)."""
    entry_points: list[EntryPoint] = []
    routers: list[Router] = []
    mounts: list[Mount] = []
    dispatches: list[Dispatch] = []
    subscriptions: list[Subscription] = []
    receives: list[Receive] = []
    bindings: list[Binding] = []
    lookups: list[Lookup] = []
    canvas: Canvas | None = None
    emits: list[Emit] = []
    callbacks: list[Callback] = []
    hooks: list[Hook] = []
    effects: list[Effect] = []
    tables: list[Table] = []
    waits: list[Wait] = []
    covers: list[Cover] = []
    plumbing: list[str] = []
    """Paths whose calls are never steps."""
    hosts: dict[str, str] = {}
    """Host of a URL, or its end after a dot -> the service's name, as readers know it."""
    plugins: list[str] = []
    """Modules of `discover.frameworks.plugins` that this library switches on."""


def paths_of(paths: Paths | None) -> tuple[str, ...]:
    """The paths as a tuple, whichever way they were written."""
    if paths is None:
        return ()
    return (paths,) if isinstance(paths, str) else tuple(paths)
