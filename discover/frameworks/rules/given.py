"""A call as a rule sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.resolve.values import NOTHING, ContainerValue, Values

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.frameworks.reading.contexts import Frame
    from discover.resolve.symbols import Class, Function, Scope


class Given:
    """A call as a rule sees it: where it stands, who called, on what."""

    __slots__ = ("call", "frame", "handler", "owner", "receivers", "scope", "spread")

    def __init__(
        self,
        call: ir.Call | None,
        scope: Scope,
        frame: Frame | None = None,
        receivers: Values = NOTHING,
        handler: Function | None = None,
        owner: Class | None = None,
    ) -> None:
        self.call = call
        self.scope = scope
        self.frame = frame
        self.receivers = receivers
        self.handler = handler
        """The function that is registered, for templates."""
        self.owner = owner
        """The class whose attributes a pick may read."""
        self.spread: ContainerValue | None = None
        """The one mapping that `**` stands for, when it may be one of several."""
