"""The effects of what a library's own code does for units that it runs by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from discover.effects.records import SiteEffect
from discover.frameworks.records import LibraryWork
from discover.model import Effect


def effects_of_works(works: Iterable[LibraryWork], known: Sequence[SiteEffect]) -> list[SiteEffect]:
    """The effects, numbered behind those that are known at their lines; each belongs to its work's own plan."""
    counts: dict[tuple[str, int], int] = {}
    for one in known:
        place = (one.effect.at, one.effect.line)
        counts[place] = counts.get(place, 0) + 1
    found: list[SiteEffect] = []
    for work in works:
        place = (work.unit, work.line)
        count = counts[place] = counts.get(place, 0) + 1
        effect = Effect(
            id=f"effect:{work.unit}:{work.line}:{count}",
            kind=work.kind,
            at=work.unit,
            line=work.line,
            target=work.target,
            detail=work.detail,
            confidence=work.confidence,
            evidence=work.evidence,
        )
        found.append(SiteEffect(effect=effect, unit=work.key, number=None))
    return found
