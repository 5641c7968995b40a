"""What receivers of a model's signals do to the row that they are told of, by whatever code saves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from discover import model
from exporters.cutting.flow import Plain
from exporters.cutting.marks import deep
from exporters.cutting.receivers import is_receiver
from exporters.cutting.source import Class, Code
from exporters.cutting.unsaved import LOST, Effect, Unsaved

_INSTANCE = "instance"
_BEFORE = "pre_save"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver, by its unit, and the signal that reaches it."""

    unit: str
    signal: str

    def on_instance(self, code: Code, unsaved: Unsaved, of: Class | None) -> Effect:
        """What it leaves of the row: what is set before the row is saved is saved with it, where it is a field."""
        function = code.function(self.unit)
        if function is None or _INSTANCE not in function.parameters:
            return Effect()
        effect = unsaved.within(function, _INSTANCE, of, 0)
        if _BEFORE not in self.signal:
            return effect
        return Effect(left=frozenset(one for one in effect.left if one.startswith(LOST) or "." in one))


def receivers_in(leaf: Plain) -> Iterator[Receiver]:
    """The receivers that the code of a leaf reaches."""
    nodes = list(deep(leaf.marks))
    hops = [node for node in nodes if isinstance(node, model.Hop)]
    for node in nodes:
        if is_receiver(node):
            sent = next((hop for hop in hops if node.id.startswith(f"{hop.id}.")), None)
            yield Receiver(node.callee, f"{sent.name} {sent.channel}" if sent is not None else node.name)
