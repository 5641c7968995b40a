"""How messages come in through a broker's channels."""

from __future__ import annotations

from discover.catalog.spec.picks import Paths, Pick, Rule


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
    two_way: bool = False
    """The object sends as well: a function that opens it itself and takes from it outside a loop asks for an answer."""


class Binding(Rule, kw_only=True, frozen=True):
    """A call that lets what is sent to an exchange, with a key, come to a queue."""

    call: Paths
    medium: str
    queue: Pick
    exchange: Pick | str | None = None
    key: Pick | str | None = None


class DeadLetter(Rule, kw_only=True, frozen=True):
    """A call that says where a queue's messages go that fail for good. It counts where `when` finds something."""

    call: Paths
    medium: str
    queue: Pick
    when: Pick
    exchange: Pick | str | None = None
    to: Pick | str | None = None
    """The queue or routing key."""
    attempts: Pick | None = None
    """How often a message is handed out in all."""
