"""What a report may show besides the graph itself: links to the code, a run's path, what changed since a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from exporters.shared.compare import Changes
from exporters.shared.links import CodeLinks
from exporters.shared.overlay import Overlay


@dataclass(frozen=True, slots=True)
class Additions:
    """What was not asked for is None."""

    links: CodeLinks | None = None
    overlay: Overlay | None = None
    changes: Changes | None = None
    of: int | None = None
    """How many workflows the backend has, where only some of them are wanted."""


NOTHING: Final = Additions()
"""The graph alone."""
