"""What a run leaves in its process for others, or takes from there: another process has none of it, which is a loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from discover import model
from exporters.base import Loss
from exporters.cutting.holders import OF_REQUESTS
from exporters.cutting.kept_state import told
from exporters.cutting.places import overlap, parts_of
from exporters.cutting.policies import place as place_in
from exporters.cutting.remembered import Remembered
from exporters.cutting.source import Code
from exporters.cutting.touch import NOTHING, Change, Touch
from exporters.cutting.touching import Touching

_WEB = frozenset({"http", "webhook", "graphql", "rpc", "websocket"})
_WORK = frozenset({"task", "consumer"})
_ALONE = frozenset({"command", "serverless"})
"""Their process ends with them, or nobody counts on its staying."""
_BEGINNING = frozenset(
    {"celeryd_after_setup", "celeryd_init", "setup_logging", "worker_init", "worker_process_init", "worker_ready"}
)
"""Signals of queues that a process sends as it begins."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A function that a process runs when something comes in."""

    unit: str
    kind: str
    framework: str = ""

    def may_share(self, other: Entry) -> bool:
        """Whether both may run in one process of the backend."""
        kinds = {self.kind, other.kind}
        if kinds & _ALONE:
            return False
        apart = bool(kinds & _WEB) and bool(kinds & _WORK)
        return not apart or self.framework == other.framework


def entries_of(triggers: Iterable[model.Trigger]) -> tuple[Entry, ...]:
    """All functions where something comes in; what a framework runs as a process begins, each process has run."""
    found = {Entry(one.handler, one.kind, one.framework) for one in triggers if not _is_beginning(one)}
    return tuple(sorted(found, key=lambda one: (one.unit, one.kind, one.framework)))


def _is_beginning(trigger: model.Trigger) -> bool:
    return trigger.kind == "hook" or (trigger.detail.signal or "").rpartition(".")[2] in _BEGINNING


@dataclass(slots=True)
class _Known:
    """Who asks for each place, and who changes it."""

    asking: dict[str, list[Entry]] = field(default_factory=dict[str, list[Entry]])
    changing: dict[str, list[tuple[Entry, Change]]] = field(default_factory=dict[str, "list[tuple[Entry, Change]]"])


@dataclass(slots=True)
class LeftOver:
    """Looks into each entry once."""

    code: Code
    touching: Touching
    remembered: Remembered
    _touches: dict[str, Touch] = field(default_factory=dict[str, Touch])
    _version: int = 0
    _known: dict[tuple[Entry, ...], _Known] = field(default_factory=dict[tuple[Entry, ...], _Known])

    def of(self, entry: Entry, others: tuple[Entry, ...], where: str) -> Iterator[Loss]:
        """A loss for each holder that this run and another one, or its own next one, both have to do with."""
        own = self._touch(entry.unit)
        if not self._lasting(own) and not self.remembered.changed_at_home(own.early | own.cached):
            return
        self._all(others)
        own = self._touch(entry.unit)
        seen: set[str] = set()
        for change in self._lasting(own):
            if change.place not in seen | OF_REQUESTS:
                seen.add(change.place)
                yield from self._left(change, entry, own, others, where)
        for place in sorted(self.remembered.changed_at_home(own.early | own.cached)):
            if not any(overlap(place, one) for one in seen):
                yield from self._found(place, entry, others, where)

    def _lasting(self, touch: Touch) -> list[Change]:
        """What it surely changes of the process's state."""
        holders = self.touching.where.holders
        return [one for one in self.remembered.lasting([touch]) if holders.is_told(one.place, one.unit)]

    def _touch(self, unit: str) -> Touch:
        if unit not in self._touches:
            function = self.code.function(unit)
            self._touches[unit] = self.touching.called(function) if function is not None else NOTHING
        return self._touches[unit]

    def _all(self, entries: tuple[Entry, ...]) -> _Known:
        while self.touching.learned() or self._version != self.touching.version:
            self._version = self.touching.version
            self._touches.clear()
            self._known.clear()
            for entry in entries:
                self._touch(entry.unit)
        if entries not in self._known:
            known = self._known[entries] = _Known()
            for entry in entries:
                touch = self._touch(entry.unit)
                for place in touch.early | touch.cached:
                    for part in parts_of(place):
                        known.asking.setdefault(part, []).append(entry)
                for change in self._lasting(touch):
                    for part in parts_of(change.place):
                        known.changing.setdefault(part, []).append((entry, change))
        return self._known[entries]

    def _left(self, change: Change, entry: Entry, own: Touch, others: tuple[Entry, ...], where: str) -> Iterator[Loss]:
        readers = ["its next run"] if entry.kind not in _ALONE and _asks(own, change.place) else []
        asking = self._all(others).asking
        found = {one for part in parts_of(change.place) for one in asking.get(part, ()) if _is_beside(one, entry)}
        told_by = [one for one in others if one in found and _asks(self._touch(one.unit), change.place)]
        readers += [_named(one) for one in told_by]
        if readers:
            why = (
                f"{told(change.place)} lives in one process and is changed by {_by(change)}: {_several(readers)} "
                f"{'finds' if len(readers) == 1 else 'find'} that only in the same process"
            )
            yield Loss("process-state", where, why)

    def _found(self, place: str, entry: Entry, others: tuple[Entry, ...], where: str) -> Iterator[Loss]:
        changing = self._all(others).changing
        made = [pair for part in parts_of(place) for pair in changing.get(part, ())]
        made = [(one, change) for one, change in made if _is_beside(one, entry) and overlap(change.place, place)]
        if made:
            one, change = min(made, key=lambda pair: (pair[0].unit, pair[1]))
            why = (
                f"it asks for {told(place)}, which {_named(one)} changes ({_by(change)}): it finds that only in "
                "the same process"
            )
            yield Loss("process-state", where, why)


def _is_beside(one: Entry, entry: Entry) -> bool:
    return one.unit != entry.unit and one.may_share(entry)


def _asks(touch: Touch, place: str) -> bool:
    return any(overlap(place, one) for one in touch.early | touch.cached)


def _by(change: Change) -> str:
    return f"`{change.unit.rpartition('::')[2]}` at {place_in(change.unit, change.line)}"


def _named(entry: Entry) -> str:
    return f"`{entry.unit.rpartition('::')[2]}`"


def _several(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    if len(names) < 3:
        return " and ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"
