"""The backend's code as all workflows of an export look into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from discover import model
from exporters.base import Sources
from exporters.cutting.changes import Changes
from exporters.cutting.deaths import Deaths
from exporters.cutting.infer import Inference
from exporters.cutting.left_over import Entry, LeftOver, entries_of
from exporters.cutting.remembered import Remembered
from exporters.cutting.source import Code
from exporters.cutting.touching import Touching


@dataclass(frozen=True, slots=True)
class Reading:
    """The backend's code, read and looked into once for all of its workflows."""

    sources: Sources
    _known: dict[tuple[str, ...], Looked] = field(default_factory=dict[tuple[str, ...], "Looked"])

    _entries: list[tuple[Mapping[str, model.Trigger], tuple[Entry, ...]]] = field(
        default_factory=list["tuple[Mapping[str, model.Trigger], tuple[Entry, ...]]"]
    )

    def entries(self, triggers: Mapping[str, model.Trigger]) -> tuple[Entry, ...]:
        """All functions where something comes in; the triggers are the same for all workflows."""
        if not self._entries or self._entries[0][0] is not triggers:
            self._entries[:] = [(triggers, entries_of(triggers.values()))]
        return self._entries[0][1]

    def below(self, roots: tuple[str, ...]) -> Looked:
        """The code as it is imported from these folders."""
        if roots not in self._known:
            self._known[roots] = Looked(Code(self.sources, roots))
        return self._known[roots]


@dataclass(slots=True)
class Looked:
    """What is found out about functions, once for all workflows."""

    code: Code
    inference: Inference = field(init=False)
    changes: Changes = field(init=False)
    deaths: Deaths = field(init=False)
    touching: Touching = field(init=False)
    remembered: Remembered = field(init=False)
    left_over: LeftOver = field(init=False)

    def __post_init__(self) -> None:
        self.inference = Inference(self.code)
        self.changes = self.inference.changes
        self.deaths = Deaths(self.code)
        self.touching = Touching(self.code)
        self.remembered = Remembered(self.code, self.touching)
        self.left_over = LeftOver(self.code, self.touching, self.remembered)
