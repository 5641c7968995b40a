"""What a call does outside the process, how long it waits, and what is put around it."""

from __future__ import annotations

from typing import Literal

from discover.catalog.spec.entries import Retry
from discover.catalog.spec.picks import Paths, Pick, Rule
from discover.model import EffectKind
from discover.model.workflow import SafeguardKind


class Effect(Rule, kw_only=True, frozen=True):
    """A call that leaves the process."""

    call: Paths
    kind: EffectKind
    service: str | Pick = ""
    detail: str | Pick = ""
    target: str | Pick | None = None
    base: Pick | None = None
    """What stands before a target that is only a path: the address that a client was made with."""
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


class Wait(Rule, kw_only=True, frozen=True):
    """A call that sleeps or waits."""

    call: Paths
    seconds: Pick | float | None = None
    until: Pick | str | None = None


class StateChange(Rule, kw_only=True, frozen=True):
    """A decorator of methods that change the state of their object: told where such a method is called."""

    decorator: Paths
    field: Pick | None = None
    setter: Paths | None = None
    """Instead of a field: the decorator, of the same object, of the method that stores the state.

    The field is the one of a model's object that this method assigns what it is given; none where it assigns none.
    """
    source: Pick
    """The states in which it may be called; any where none is given."""
    target: Pick
    """The state that it leads to; none where the method changes nothing."""


class Exit(Rule, kw_only=True, frozen=True):
    """A call that never returns: the run ends there."""

    call: Paths
    status: Pick | None = None
    """What it ends with: without one, with none, zero or nothing that is known the end is no failure."""
    failed: bool = False
    """Without a status given the end is a failure."""
    raised: bool = False
    """The call makes an exception: the run ends where that is raised."""
    raises: bool = False
    """It ends by an exception that a caller may catch: a web framework's `abort`."""


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
    outside: bool = False
    """The queue's workers keep the safeguard, not the code: a task's own limit of its rate."""
    name: Pick | str | None = None
    """The safeguard's: a lock's name, a key, a limit."""
    keywords_but: list[str] = []
    """In place of `name`: the call's keywords but these, as of `get_or_create(code=code, defaults=…)`."""
    when: Pick | None = None
    """The rule applies only where this finds something."""
    matches: str | None = None
    """With `when`: what it finds holds this regular expression."""
