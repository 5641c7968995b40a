"""Joins an HTTP call to the project's own route that it reaches, where the URL says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from discover.effects.records import SiteEffect
from discover.frameworks.records import EntryPoint
from discover.frameworks.routing.own_paths import Routes, own_path
from discover.link.plans import Plans
from discover.link.records import Handover, Target

CONFIDENCE = 0.6


def link_own_routes(entry_points: Iterable[EntryPoint], effects: Sequence[SiteEffect], plans: Plans) -> None:
    """Add a hand-over at each HTTP effect whose path is that of exactly one of the project's handlers.

    A URL with a literal host other than a local one is somebody else's. The path must hold a literal part of four
    letters: `/{}/{}` says nothing.
    """
    routes = Routes(entry_points)
    for found in effects:
        effect = found.effect
        if effect.kind != "http" or found.number is None:
            continue
        path = own_path(effect.target)
        if path is None:
            continue
        matching = routes.matching(path, effect.detail)
        # A handler that calls its own path calls somebody else's, whose path it took over.
        if len(matching) == 1 and found.unit not in matching:
            entry = next(iter(matching.values()))
            evidence = f"{effect.target!r} is the path of the project's own route"
            plans.add_handover(found.unit, found.number, to_route(entry, effect.line, evidence))


def to_route(entry: EntryPoint, line: int, evidence: str) -> Handover:
    """The hand-over to one of the project's own routes; the request waits for its answer."""
    return Handover(
        kind="http",
        line=line,
        channel=entry.detail.path or "",
        targets=(Target(entry.unit, CONFIDENCE, evidence),),
        inline=True,
        confidence=CONFIDENCE,
        evidence=evidence,
    )
