"""What a web framework runs around requests: around each step of one, too, since each is sent through the framework.

What runs there and does more than to read is a loss, also in a run of one step: its request is sent when the run
begins, and for the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from discover import model
from exporters.base import Loss
from exporters.canonical import records
from exporters.cutting.policies import place
from exporters.worker.finding import family

_EACH = "when the run begins, and again for each step"
_SOLVED = "once more for each step"
_MISSED = "when the run begins, and again in a step that asks for what was left on `g`"
_MOMENTS: dict[str, dict[str, str]] = {
    "flask": {"before_request": _MISSED, "teardown_request": _SOLVED, "teardown_appcontext": _SOLVED},
    "django": dict.fromkeys(
        ("process_request", "process_view", "process_response", "process_exception", "process_template_response"), _EACH
    ),
    "asgi": {"middleware": _EACH},
    "aiohttp": {"middleware": _EACH, "on_response_prepare": _EACH},
}
"""When the workers run what a framework calls by these names; what stands under none of them runs as in the backend."""
_CHAINED = "MIDDLEWARE"
"""The evidence of an edge from one middleware of Django's settings to what it is around."""
_WITHIN = frozenset({"call", "callback", "signal"})
_ASKING = frozenset({"GET", "MGET", "GET_MANY", "HAS_KEY", "EXISTS", "HGET", "HGETALL", "TTL", "READ"})
"""Verbs of what changes nothing in a cache or a file."""


@dataclass(slots=True)
class AroundRequests:
    """Finds what is done around the requests of one document; each hook is looked into once."""

    graph: model.Graph
    _reached: dict[str, str] = field(default_factory=dict[str, str])
    _edges: dict[str, list[model.Edge]] = field(default_factory=dict[str, "list[model.Edge]"])
    _effects: dict[str, model.Effect] = field(init=False)
    _handlers: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._effects = {effect.id: effect for effect in self.graph.effects}
        self._handlers = frozenset(trigger.handler for trigger in self.graph.triggers)
        for edge in self.graph.edges:
            self._edges.setdefault(edge.source, []).append(edge)

    def losses(self, definition: records.Definition) -> Iterator[Loss]:
        """A loss for each hook that does something and runs around the steps of a request's run."""
        for run in definition.runs:
            if run.kind not in {"http", "webhook"}:
                continue
            for unit, moment in self._hooks(family(run.framework)):
                done = self._done(unit)
                if done:
                    when = _EACH if moment == _MISSED and _is_whole(run) else moment
                    why = f"`{unit.rpartition('::')[2]}`, which runs around each request, does {done}: {when}"
                    yield Loss("middleware-repeated", f"{definition.id}#{run.id}", why)

    def _hooks(self, framework: str) -> Iterator[tuple[str, str]]:
        """The units that run around requests of the framework, with the moments at which the workers run them."""
        moments = _MOMENTS.get(framework, {})
        found: dict[str, str] = {}
        for hook in self.graph.hooks:
            moment = moments.get(hook.detail.name or "")
            if moment and family(hook.framework) == framework:
                found.setdefault(hook.handler, moment)
        if framework == "django":
            found |= {edge.source: _EACH for edge in self.graph.edges if edge.evidence == _CHAINED}
        yield from sorted(found.items())

    def _done(self, unit: str) -> str:
        """What the unit does first that is more than to read, in all that it calls; empty for nothing."""
        if unit not in self._reached:
            self._reached[unit] = self._looked(unit)
        return self._reached[unit]

    def _looked(self, unit: str) -> str:
        seen, open_units = {unit}, [unit]
        for one in open_units:
            for edge in self._edges.get(one, ()):
                effect = self._effects.get(edge.target)
                if effect is not None and not _only_asks(effect):
                    return _told(effect)
                if edge.kind == "dispatch":
                    return f"“hand work to {edge.target.rpartition('::')[2]}” ({place(one, edge.line)})"
                # What a middleware is around is the request's own, and told there.
                is_inside = edge.evidence == _CHAINED or edge.target in self._handlers
                if effect is None and edge.kind in _WITHIN and not is_inside and edge.target not in seen:
                    seen.add(edge.target)
                    open_units.append(edge.target)
        return ""


def _is_whole(run: records.Run) -> bool:
    """Whether the request goes through its framework once, handler and all."""
    pieces = [one for one in run.steps if not isinstance(one, records.Start | records.End)]
    return len(pieces) == 1 and isinstance(pieces[0], records.Step) and pieces[0].call == run.function


def _only_asks(effect: model.Effect) -> bool:
    return effect.kind == "db_read" or (effect.kind in {"cache", "file"} and effect.detail in _ASKING)


def _told(effect: model.Effect) -> str:
    words = " ".join(filter(None, (effect.detail, effect.service or effect.target)))
    return f"“{words or effect.kind}” ({place(effect.at, effect.line)})"
