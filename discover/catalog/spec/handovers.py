"""Where control goes on to: hand-overs, what is put together before, signals, callbacks and hooks."""

from __future__ import annotations

from typing import Literal

import msgspec

from discover.catalog.spec.picks import Paths, Pick, Rule
from discover.model import EdgeKind


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
    failed: Pick | None = None
    """In place of `to`: a job that failed before goes back to the queue of this name, of whichever task it is."""
    route: bool = False
    """What `to` finds is a URL, or a path, that is requested later: it leads to the project's own route."""
    known: list[str] = []
    """Names that the library itself receives, where nothing of the project does: Django's `migrate`."""
    program: bool = False
    """What `to` finds is a command line, as a text for a shell or as words: it starts the project's own program."""
    after: Pick | None = None
    """What the call waits for: other calls' jobs, that must have succeeded before."""
    regardless: Pick | None = None
    """With `after`: where this finds something true, they need only have ended."""
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
    """What sends signals of a library on its own: `Model.save` sends `post_save`.

    Exactly one of `call`, `decorated`, `assigned` and `methods`.
    """

    call: Paths | None = None
    decorated: Paths | None = None
    """Each call of a project function that one of these decorates: a state machine's transition."""
    assigned: bool = False
    """Each assignment of an attribute that a receiver wants as the sender's `member`."""
    methods: list[str] = []
    """Each call of a method of these names on such an attribute: `order.lines.append(line)`."""
    signals: list[str]
    """Paths of the library's signal objects or event names, in the order they are sent."""
    sender: Pick | None = None
    ahead: int | None = None
    """How many of the signals are sent before the call's own work; left out: those named `pre_…` or `before_…`."""
    verbs: dict[str, list[str]] = {}
    """Signal -> the verbs of the effects that send it, where the call names no sender: INSERT for `after_insert`."""
    leaving: bool = False
    """The call makes a context, and they are sent when its block is left."""
    relation: str | None = None
    """The sender is what stands between two models, under this name: `through`, for `order.labels.add(label)`."""
    when: Pick | None = None
    """The rule applies only where this finds something."""
    matches: str | None = None
    """With `when`: what it finds, as text, holds this regular expression."""


class Silence(Rule, kw_only=True, frozen=True):
    """A call that takes a receiver off a signal, until one of `connects` puts it on again."""

    call: Paths
    connects: Paths
    handler: Pick
    sender: Pick | None = None
    key: Pick | None = None
    """The name under which a receiver is known: it says which one where the call names no function."""
    attribute: str = ""
    """The signal's attribute that holds its receivers: code that empties it silences all of them."""


class Callback(Rule, kw_only=True, frozen=True):
    """A call that is given a function and calls it: now, later, or side by side."""

    call: Paths
    to: Pick
    runs: Literal["now", "later", "parallel", "instead"] = "now"
    decorates: bool = False
    """The call makes a decorator, which runs what it is given where what it decorates is called: a fallback."""
    each: Pick | None = None
    """Once per item of this."""
    until: Paths | None = None
    """Of what runs side by side: the calls that wait for it. Where the same function makes none, nobody waits."""
    arguments: Arguments = Arguments()


class LeftOut(Rule, kw_only=True, frozen=True):
    """Attributes of a class that a library method passes over: the read-only fields of a form that is sent."""

    keyword: str
    """Those made with this keyword true, by the call in the class or the one of its own class's constructor."""
    classes: Paths | None = None
    """Those of these classes."""
    named: str | None = None
    """The class attribute that lists names; it counts for those that the class does not declare itself."""
    keyed: str | None = None
    """The class attribute that holds keywords for each name; it counts for those not declared, too."""


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
    given_by: str = ""
    """With `of: {attribute: …}`: the library's method that gives the attribute; a project's own is asked instead."""
    exact: bool = False
    """Of whom they are is of just the class that is found, of none below it."""
    members: str | None = None
    """Whose methods they are: the objects below this class that stand as attributes of the receiver's class, or of what
    `of` finds.

    With `{member}` in the methods' names, they are the receiver's own, one for each such attribute.
    """
    given_to: Paths | None = None
    """Whose methods they are: what calls of this library's method are given first; a function's `__call__` is it."""
    left_out: LeftOut | None = None
    """Attributes that take no part: with `members` their methods, and of the methods with `*` those of their names."""
    works: bool = False
    """The methods are the library's own, and an effect rule says what they do outside the process: told as steps."""
    either: dict[str, list[str]] = {}
    """Only one of the methods runs: the one with the library's methods through which control has come, where one fits.

    What stands in a project's override of such a method counts as come through it.
    """
    by: Pick | None = None
    """With `either`, where the call that made the receiver is known: with this argument it is the first method, without
    it the last one."""
    follows: bool = False
    """With a `moment` and methods that the library has itself: what these do, too."""
    handlers: bool = False
    """With `class` and a `moment`: around whatever methods entry points run on such an object, too.

    With `call`: of the methods that are handlers only the one runs that the object is known to run.
    """
    handling: Pick | None = None
    """With `call`, in the call that made the receiver: the mapping whose values name the handlers that may run."""
    setting: str | None = None
    """Whose methods they are, where `of` finds nothing: what the project's settings name by strings.

    A global's name, then keys of the mappings in it, `*` for each: `LOGGING.handlers.*.class`. Lists are opened. The
    method `__call__` of a function is the function.
    """
    when: Pick | None = None
    """With `call`: the rule applies only where this finds something."""
    matches: str | None = None
    """With `when`: what it finds, as text, holds this regular expression."""
