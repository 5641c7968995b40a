"""Which receivers hear a signal whose sender the call does not name: told by what the same unit writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from discover.effects.records import SiteEffect
from discover.frameworks.records import Dispatch, EntryPoint
from discover.link.channels import last_name
from discover.link.records import Target
from discover.resolve.program import Program

GUESSED = 0.4
"""Of a receiver that wants one sender, when nothing says who sends."""


class Senders:
    """What each unit writes, and what each class stands below."""

    def __init__(self, program: Program, entry_points: Iterable[EntryPoint], effects: Iterable[SiteEffect]) -> None:
        self._wanted: defaultdict[str, set[str]] = defaultdict(set)
        """Receiver -> the senders it wants; the empty one stands for any."""
        for entry in entry_points:
            if entry.kind == "signal":
                self._wanted[entry.unit].add(last_name(entry.detail.sender or ""))
        self._written: defaultdict[str, set[str]] = defaultdict(set)
        for found in effects:
            if found.effect.kind == "db_write" and found.effect.target:
                self._written[found.unit].update(part.strip() for part in found.effect.target.split(","))
        self._above: defaultdict[str, set[str]] = defaultdict(set)
        if self._wanted:
            for cls in program.all_classes:
                self._above[cls.record.name].update(level.record.name for level in cls.mro)

    def heard(self, dispatch: Dispatch, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """The receivers that hear the signal, the guessed ones with less confidence."""
        if dispatch.edge != "signal" or dispatch.sender:
            return targets
        written = self._written.get(dispatch.unit, set())
        sent = {name for model in written for name in (model, *self._above.get(model, ()))}
        out: list[Target] = []
        for target in targets:
            wanted = self._wanted.get(target.unit, {""})
            if "" in wanted or wanted & sent:
                out.append(target)
            elif not written:
                out.append(target._replace(confidence=min(target.confidence, GUESSED)))
        return tuple(out)
