"""What the frameworks stage hands to the later ones: entry points, dispatches, callbacks and hooks.

A call site is named by `unit` (the function whose body holds it) and `number` (the call's number in its file), as
everywhere. `targets` are unit ids. Confidence and evidence are those of the step from the site to its targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict

import msgspec

from discover.model import EdgeKind, EffectKind, RetryPolicy, TriggerDetail, TriggerKind

if TYPE_CHECKING:
    from discover.resolve.sites import CallSite

RETURNED = -1
"""In place of a call's number: it is handed over when the unit has ended, what it returns perhaps."""
ASSIGNED = -2
"""In place of a call's number: an assignment on the line sends it."""

WORK = "\0library "
"""Between a unit and a number: what a library does for the unit, told as its own; no path and no name holds it."""


class Place(TypedDict):
    """The fields by which a record names a call."""

    unit: str
    number: int
    line: int


def called_at(site: CallSite) -> Place:
    """The place of a call, to be unpacked into the record of what it does."""
    return Place(unit=site.function.id, number=site.call.number, line=site.line)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of all records of this stage."""


class Channel(Record, frozen=True, kw_only=True):
    """What a broker carries messages by, as one end of a hand-over names it."""

    medium: str
    """Which kind of broker: names of different kinds never meet."""
    name: str
    """The topic, queue or routing key; `{}` stands for a part that is not known."""
    exchange: str = ""


class Listener(Record, frozen=True, kw_only=True):
    """A unit that takes messages from a channel without being an entry point: a job that empties a queue."""

    unit: str
    line: int
    channels: tuple[Channel, ...]
    confidence: float = 1.0
    evidence: str = ""


class Binding(Record, frozen=True, kw_only=True):
    """What is sent to the exchange with a fitting key comes to the queue."""

    medium: str
    exchange: str
    key: str
    """A routing key or a pattern of such; empty: every key."""
    queue: str


class DeadLetter(Record, frozen=True, kw_only=True):
    """What fails for good in a queue's consumers, or in one unit, goes to another channel, or to units."""

    medium: str
    queue: str
    to: Channel
    unit: str = ""
    """Whose failures they are, where it is not a queue's."""
    line: int = 0
    targets: tuple[str, ...] = ()
    """The units that take them, where no channel lies between."""
    attempts: int | None = None
    """How often a message is handed out in all."""
    evidence: str = ""


class EntryPoint(Record, frozen=True, kw_only=True):
    """A unit where control comes in from outside."""

    id: str
    """`kind:framework:what:unit`, unique; the trigger's id in the document."""
    kind: TriggerKind
    framework: str
    unit: str
    """The function that runs, or the class where the framework's own method does."""
    line: int
    receiver: str = ""
    """Where a method runs: the class that the framework makes, which may only inherit the method."""
    detail: TriggerDetail = TriggerDetail()
    retry: RetryPolicy | None = None
    timeout: float | None = None
    names: tuple[str, ...] = ()
    """Strings by which a dispatch can address it: registered name, dotted path, signal key, command."""
    listens: tuple[Channel, ...] = ()
    """The channels of a broker whose messages it takes."""
    hears_below: bool = False
    """For signals with a sender: whether classes below it are heard too."""
    given: int = 0
    """How many leading parameters the framework fills itself (`self` of a bound task, `request`), receiver left out."""
    confidence: float = 1.0
    evidence: str = ""


class Dispatch(Record, frozen=True, kw_only=True):
    """A call that hands work over to units that do not run in this call (or, `inline`, run before it returns)."""

    unit: str
    number: int
    line: int
    edge: EdgeKind
    library: str
    targets: tuple[str, ...] = ()
    """Units that receive it; empty when nobody is known to."""
    name: str = ""
    """What the code says when it names its target by a string: a task's name, a topic, a signal's key."""
    channel: str = ""
    """Queue, topic or signal that carries it, in the reader's words."""
    sends: tuple[Channel, ...] = ()
    """The broker's channels that carry it; then who receives it is told by who listens there."""
    stored: bool = False
    """What is sent is data as well: without a listener it is no hand-over."""
    sender: str = ""
    """For signals: the class unit, or the external class's path, that sends."""
    is_sender_given: bool = False
    """For signals: the call says who sends, by something that is not known."""
    delay: float | None = None
    delay_text: str = ""
    verbs: tuple[str, ...] = ()
    """For signals without a sender: the verbs of the effects that send it; empty for any."""
    meant: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """For signals that a call on the own object sends: by class, which receivers hear of it here."""
    order: int = 0
    """For signals of one call: which is sent first."""
    moment: Literal["ahead", "after", "leaving"] = "after"
    """For signals: before the call does its own work, after it, or when the block is left that the call opens."""
    arguments: tuple[str, ...] = ()
    """The handed-over arguments, as the code writes them; `name=text` for keywords."""
    inline: bool = False
    stage: int = 0
    """Within one call: receivers of stage n + 1 start when those of stage n have ended (chain, chord, `depends_on`)."""
    outcome: Literal["always", "success", "failure"] = "always"
    """Whether the receivers of a later stage run only after success, or only after failure."""
    after: tuple[str, ...] = ()
    """The work of other calls that must have ended before, in the reader's words; `outcome` says how."""
    has_failed: bool = False
    """What is handed over has failed before: the queue had set it aside."""
    each: str = ""
    """Not empty: once per item of this."""
    choice: str = ""
    """Of which choice it is an alternative, and which one (`job/2`); empty where it is handed over in any case."""
    is_passed_on: bool = False
    """The receivers are chosen by the callers of the unit, and the hop stands at their calls."""
    is_picked: bool = False
    """Only one of the receivers is meant, picked by data."""
    is_known: bool = False
    """The library itself receives it where nothing of the project does."""
    confidence: float = 1.0
    evidence: str = ""


class Callback(Record, frozen=True, kw_only=True):
    """A call that is given functions and calls them."""

    unit: str
    number: int
    line: int
    library: str
    targets: tuple[str, ...]
    runs: Literal["now", "later", "parallel", "instead"] = "now"
    is_awaited: bool = True
    """Of what runs side by side: the unit waits for it."""
    each: str = ""
    arguments: tuple[str, ...] = ()
    is_passed_on: bool = False
    is_picked: bool = False
    """Both as of a dispatch."""
    makes_coroutine: bool = False
    """The call makes the coroutine that is started elsewhere: the functions run then, and not where it stands."""
    confidence: float = 1.0
    evidence: str = ""


class Way(NamedTuple):
    """One of the ways that a library's code may go."""

    choice: str
    """Between what: ways of one choice are alternatives."""
    value: str
    """Which one, in the reader's words."""
    of: int
    """How many there are, those that lead nowhere too; 0 where only those count that lead somewhere."""


class HookEdge(Record, frozen=True, kw_only=True):
    """A library method calls a method of the project."""

    unit: str
    """The unit that reaches the library method: the caller, or the entry point that the framework itself defines."""
    number: int | None
    """The call's number; None when the framework calls on behalf of the whole unit."""
    read: int | None = None
    """Where no call but reading a library's property leads there: the identity of the expression."""
    line: int
    target: str
    receiver: str = ""
    """The class of the object that it runs on, where only that class can be meant."""
    on: tuple[str, ...] = ()
    """The classes of the unit's own object with which it is so; empty for whichever, but those in `among`."""
    among: tuple[str, ...] = ()
    """The classes of the unit's own object of which it is known whether it is so."""
    is_own: bool = False
    """It runs on the unit's own object."""
    ways: tuple[Way, ...] = ()
    """The way to it, where the library may go several; from the outer choice to the inner one."""
    is_of_member: bool = False
    """It runs on an object that the called one's class holds: what it writes is not what the call is known to write."""
    order: int
    """Hooks of one place run in this order."""
    library: str
    moment: Literal["before", "in", "after", "success", "failure", "retry", "entry"] = "in"
    """When it runs, seen from the unit's own body; `entry`: it is one of the entry points that the unit leads to."""
    confidence: float = 1.0
    evidence: str = ""


class LibraryWork(Record, frozen=True, kw_only=True):
    """What a library's own code does outside the process, on behalf of a unit that has no code of its own for it."""

    key: str
    """What the hook that leads to it and the dispatches that it makes call it."""
    unit: str
    line: int
    kind: EffectKind
    detail: str
    target: str
    confidence: float
    evidence: str


class Problem(Record, frozen=True, kw_only=True):
    """Something that may hide a hop and could not be resolved."""

    unit: str
    line: int
    what: str
    reason: str
    call: str = ""
    """The called thing as the code writes it, where the hop would be a call's."""


class Findings(Record, frozen=True, kw_only=True):
    """All that this stage found; every tuple is sorted."""

    entry_points: tuple[EntryPoint, ...] = ()
    dispatches: tuple[Dispatch, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    hooks: tuple[HookEdge, ...] = ()
    works: tuple[LibraryWork, ...] = ()
    listeners: tuple[Listener, ...] = ()
    bindings: tuple[Binding, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    problems: tuple[Problem, ...] = ()
