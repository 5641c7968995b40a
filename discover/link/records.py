"""What linking yields for the workflows: everything that happens in a unit, by the call at which it happens."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import msgspec

from discover.facts.records import Expr, Function
from discover.frameworks.records import Way
from discover.model import (
    Correction,
    Edge,
    EdgeKind,
    Effect,
    Finding,
    RetryPolicy,
    Safeguard,
    Trigger,
    Unit,
    Unresolved,
)

MORE = ""
"""In place of a class: further ones, which are not known."""
_MARK = "\2"
"""Between the parts of a receiver: no path and no name holds it."""


READ = "read"
"""The evidence of what reading an expression runs without a call."""


class Target(NamedTuple):
    """A unit that a call or a hand-over reaches."""

    unit: str
    confidence: float = 1.0
    evidence: str = ""
    receiver: str = ""
    """The object that it runs on, as a `Receiver`'s text, where its class is certain and may inherit the method."""
    on_itself: bool = False
    """It runs on the unit's own object."""
    on: tuple[str, ...] = ()
    """The classes of the unit's own object with which it is reached; empty for whichever, but those in `among`."""
    ways: tuple[Way, ...] = ()
    """The way to it, where a library may go several."""
    among: tuple[str, ...] = ()
    """The classes of the unit's own object of which it is known whether it is reached."""
    is_of_member: bool = False
    """It runs on an object that the called one's class holds: what it writes is not what the call is known to write."""


class OwnRun(NamedTuple):
    """What a call runs for one class of the unit's own object."""

    targets: tuple[Target, ...]
    is_all: bool
    """It comes to no method of a library."""


class Handover(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Work that is handed to other units instead of being done in the call."""

    kind: EdgeKind
    line: int
    channel: str = ""
    targets: tuple[Target, ...] = ()
    delay: float | None = None
    delay_text: str = ""
    arguments: tuple[str, ...] = ()
    inline: bool = False
    """The receivers run before the call returns."""
    moment: Literal["ahead", "after", "leaving"] = "after"
    """They run before the call does its own work, after it, or when the block is left that the call opens."""
    stage: int = 0
    """Within one call: the receivers of a stage start when those of the stage before have ended."""
    outcome: Literal["always", "success", "failure"] = "always"
    after: tuple[str, ...] = ()
    """Whose outcome it is, where it is other calls' work."""
    each: str = ""
    """Not empty: once per item of this."""
    choice: str = ""
    """Of which choice of this call it is an alternative, and which one: `job/2`."""
    is_picked: bool = False
    """Only one of the targets is meant, picked by data."""
    name: str = ""
    """What is handed over, where no target is known: the task's name, the topic."""
    title: str = ""
    """What a correction calls it."""
    confidence: float = 1.0
    evidence: str = ""


class Handed(NamedTuple):
    """A function that a call is given and runs."""

    target: Target
    runs: Literal["now", "later", "parallel", "instead"] = "now"
    each: str = ""
    is_picked: bool = False
    """Only one of the functions of this evidence runs, picked by data."""
    is_awaited: bool = True
    """Of what runs side by side: the call's unit waits for it."""


class Hooked(NamedTuple):
    """A method that a framework calls on behalf of a whole unit."""

    target: Target
    line: int
    moment: Literal["before", "in", "after", "success", "failure", "retry", "entry"]


class Pause(NamedTuple):
    """The unit sleeps, or waits for something outside."""

    seconds: float | None = None
    until: str = ""


class Exit(NamedTuple):
    """The call never returns: the run ends there."""

    failed: bool
    raises: bool = False
    """What it ends by may be an exception of the project's, which a caller may catch."""


class Covering(NamedTuple):
    """What is put around a piece of work."""

    retry: RetryPolicy | None = None
    timeout: float | None = None
    safeguards: tuple[Safeguard, ...] = ()

    def joined(self, other: Covering) -> Covering:
        """Both; of two retries or limits of time this one's, the inner."""
        timeout = self.timeout if self.timeout is not None else other.timeout
        safeguards = tuple(dict.fromkeys((*self.safeguards, *other.safeguards)))
        return Covering(self.retry or other.retry, timeout, safeguards)


class EffectAt(NamedTuple):
    """An effect with what a step needs beside it."""

    effect: Effect
    timeout: float | None = None
    can_hang: bool = False
    """The call may take a timeout, and none is given."""
    given: Expr | None = None
    """What is given for the timeout."""
    of_itself: bool = False
    """It is done to the object that the unit runs on."""
    among: tuple[str, ...] = ()
    """The models of which its target is one, where they are too many to be named."""
    entered: Target | None = None
    """The thin wrapper of the project that the call runs, and that does it."""


class StepCorrection(NamedTuple):
    """What the user says of a step."""

    name: str = ""
    """What it is called."""
    evidence: str = ""
    is_dropped: bool = False
    """It is no step."""
    is_added: bool = False
    """It is one although it leaves nothing outside."""


class Limit(NamedTuple):
    """What a call is given for the time that its work may take."""

    given: Expr
    times: float = 1
    plus: float = 0


class Receiver(NamedTuple):
    """The object that a method runs on, as far as it is known: its class, and what its own type arguments are."""

    cls: str
    """Empty where it may be of a class below as well."""
    arguments: tuple[str, ...] = ()
    """The classes that it is for: `Repository(session, Order)`."""

    @property
    def text(self) -> str:
        """Both as one text; the class alone where it has no arguments."""
        return _MARK.join((self.cls, *self.arguments))

    @classmethod
    def of(cls, text: str) -> Receiver:
        """The receiver of a text."""
        first, *rest = text.split(_MARK)
        return cls(first, tuple(rest))


class UnitPlan(msgspec.Struct, kw_only=True):
    """What a unit does; the dicts are keyed by the number of the call that does it."""

    calls: dict[int, tuple[Target, ...]] = {}
    """Alternatives: the call runs one of the targets."""
    by_class: dict[int, dict[str, tuple[str, ...]]] = {}
    """Of the calls in a class with type variables: what each runs for which class."""
    by_own: dict[int, dict[str, OwnRun]] = {}
    """Of the calls on what the unit's own class says (a view's form): what each runs for which class."""
    hooks: dict[int, list[Target]] = {}
    """Methods that the called library runs, one after the other."""
    handed: dict[int, list[Handed]] = {}
    effects: dict[int, list[EffectAt]] = {}
    handovers: dict[int, list[Handover]] = {}
    meant: dict[int, dict[str, frozenset[str]]] = {}
    """Of a hand-over's receivers, those that each class means, where a class attribute or its own methods say."""
    pauses: dict[int, Pause] = {}
    exits: dict[int, Exit] = {}
    gathers: dict[int, str] = {}
    """Calls whose arguments run side by side, with the called name: `asyncio.gather`."""
    ranges: dict[int, tuple[int, ...]] = {}
    """What `range` is given, where that is constants."""
    unplaced: dict[int, list[EffectAt]] = {}
    """Effects that no call makes (an assignment to a mapped attribute), by line."""
    left_behind: dict[int, list[Handover]] = {}
    """Hand-overs that no call makes (a status that a job polls is assigned), by line."""
    passed_on: list[tuple[int, EdgeKind, Target]] = []
    """Receivers that the unit's callers choose, with line and kind: edges, but the hops stand at the callers' calls."""
    reads: dict[int, tuple[int, tuple[Target, ...]]] = {}
    """Units that run without a call expression (properties, context managers), by the expression's identity."""
    around: list[Hooked] = []
    """What the framework runs before, within, or after the unit."""
    routed: list[Hooked] = []
    """Entry points that the framework picks one of from within the unit: edges, but no steps of its workflows."""
    following: list[Handover] = []
    """Hand-overs when a run of the unit has succeeded: of what it returns, or to what comes next."""
    failing: list[Handover] = []
    """Hand-overs when a run of the unit has failed for good."""
    kept: Covering = Covering()
    """What a broker or queue puts around each run of the unit."""
    wraps: int | None = None
    """Of a decorator's wrapper: the number of the call that runs what it decorates."""
    starts_apart: bool = False
    """Of such a wrapper: that call starts it beside the caller, in a thread or a task that nobody waits for."""
    corrected: dict[int, StepCorrection] = {}
    """What the user says of the steps that a call makes."""
    cover: Covering = Covering()
    """What decorators put around the unit."""
    limits: dict[int, Limit] = {}
    """Of the calls in `covers`, those that limit the time by what is no plain number."""
    decided: dict[int, bool] = {}
    """Of the tests that the caller decides, by the expression's identity: whether they hold."""
    covers: dict[int, Covering] = {}
    """What calls put around their own work, or around the body of the `with` or the loop that they stand in."""
    entered: dict[int, Covering] = {}
    """What entering an object puts around a `with`, by the expression's identity."""


class RunOptions(NamedTuple):
    """What is known of a unit as something that runs on its own."""

    kind: str
    name: str = ""
    queue: str = ""
    schedule: str = ""
    retry: RetryPolicy | None = None
    timeout: float | None = None
    line: int = 0


class UnitSource(NamedTuple):
    """Where a unit stands, and its reduced tree where it is a function or a module body."""

    id: str
    name: str
    line: int
    end_line: int
    doc: str
    body: Function | None
    is_inlined: bool = False
    """A lambda: its body is shown where it is called."""


class Variants(Protocol):
    """Units as single callers open them."""

    def narrowed(self, variant: int, number: int, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """Of what a call of the unit may run, what it runs in this variant."""
        ...

    def planned(self, variant: int, plan: UnitPlan) -> UnitPlan:
        """The unit's plan with the numbers and the decided tests of this variant."""
        ...

    def entered(self, unit: str, variant: int, number: int, target: str) -> int:
        """The variant as which a call in a variant of the unit opens another one; 0 is what it is for all callers."""
        ...


class Constants(Protocol):
    """Numbers that code writes down."""

    def number(self, unit: str, expression: Expr) -> int | None:
        """The whole number that an expression of a unit is; None where it may differ from run to run."""
        ...


class Linked(msgspec.Struct, kw_only=True):
    """The program with its hand-overs joined: the input of inference."""

    plans: dict[str, UnitPlan]
    sources: dict[str, UnitSource]
    triggers: tuple[Trigger, ...]
    runs: dict[str, RunOptions]
    """By unit: the entry points' options."""
    receivers: dict[str, str] = {}
    """Trigger -> the class that the framework makes to run the handler."""
    orders: dict[str, tuple[str, ...]] = {}
    """Class -> the project's classes in its method order, itself first."""
    arguments: dict[str, tuple[str, ...]] = {}
    """Class -> the classes that its bases are for, of those with type variables of the project."""
    methods: dict[str, dict[str, str]] = {}
    """Class -> its own methods by name."""
    wrapped: dict[str, str] = {}
    """Effect -> the unit of the project that makes the request for the call where the effect is told."""
    variants: Variants | None = None
    """What single callers leave of what a call may run."""
    constants: Constants | None = None
    steps: dict[str, StepCorrection] = {}
    """Unit -> what the user says of the step that it is."""
    corrections: tuple[Correction, ...] = ()
    units: tuple[Unit, ...] = ()
    effects: tuple[Effect, ...] = ()
    edges: tuple[Edge, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    findings: tuple[Finding, ...] = ()
