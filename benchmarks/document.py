"""The parts of an `undercurrent/graph@1` document that the scores look at.

Read on its own terms and not through `discover.model`: a measure must not share its ruler with what it measures.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import msgspec


class Detail(msgspec.Struct):
    """What starts a trigger."""

    path: str | None = None


class Trigger(msgspec.Struct):
    """An entry point."""

    kind: str
    handler: str
    detail: Detail = msgspec.field(default_factory=Detail)


class Effect(msgspec.Struct):
    """Something that leaves the process."""

    kind: str
    at: str


class Edge(msgspec.Struct, rename={"source": "from", "target": "to"}):
    """One unit reaches another, or an effect."""

    source: str
    target: str
    kind: str


class Document(msgspec.Struct):
    """A scan's result."""

    triggers: list[Trigger] = []
    effects: list[Effect] = []
    edges: list[Edge] = []


ACCESSOR = re.compile(r"(\.\w+)\.(?:setter|deleter|expression|comparator|update_expression)$")
"""What a scan adds to the name of a property's method: to the getter's `A.name` its setter is `A.name.setter`."""


def clean(unit: str) -> str:
    """Inner functions are `outer.inner` on both sides; a property's functions have its name, as where they run."""
    return ACCESSOR.sub(r"\1", unit.replace(".<locals>", ""))


class Scan:
    """A document, indexed for the scores; `prefix` is the scanned folder's path below the truth's root."""

    def __init__(self, file: Path, prefix: str = "") -> None:
        document = msgspec.json.decode(file.read_bytes(), type=Document)
        self._prefix = prefix
        self.triggers: dict[str, list[tuple[str, Trigger]]] = defaultdict(list)
        for trigger in document.triggers:
            self.triggers[trigger.kind].append((self._unit(trigger.handler), trigger))
        self.calls: dict[str, set[str]] = defaultdict(set)
        self.senders: set[str] = set()
        for edge in document.edges:
            source = self._unit(edge.source)
            self.calls[source].add(self._unit(edge.target) if "::" in edge.target else edge.target)
            if edge.kind in {"dispatch", "publish", "signal"}:
                self.senders.add(source)
        self.effects: dict[str, set[str]] = defaultdict(set)
        for effect in document.effects:
            self.effects[self._unit(effect.at)].add(effect.kind)

    def handlers(self, *kinds: str) -> set[str]:
        """The handlers of all triggers of these kinds; of all kinds when none is named."""
        return {handler for kind in kinds or tuple(self.triggers) for handler, _ in self.triggers.get(kind, [])}

    def reached_from(self, unit: str) -> set[str]:
        """All that the unit reaches over edges, itself included."""
        seen, todo = {unit}, [unit]
        while todo:
            for target in self.calls.get(todo.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return seen

    def _unit(self, unit: str) -> str:
        return clean(self._prefix + unit) if unit else unit


def known(handler: str, pool: set[str]) -> bool:
    """Whether the handler is in the pool, itself or by its class."""
    return handler in pool or handler.rsplit(".", 1)[0] in pool
