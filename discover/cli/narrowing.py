"""Narrows a graph to some workflows, and reads the sources that a page or a definition quotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from discover.model import Graph, Unresolved

LARGEST = 10_000_000
"""Bytes of a source file beyond which it is not quoted."""


def narrow(graph: Graph, wanted: Sequence[str]) -> Graph:
    """The graph with only the wanted workflows; all when none is named."""
    if not wanted:
        return graph
    from discover.terminal.select import select_one

    chosen = {select_one(graph, name).id for name in wanted}
    kept = tuple(workflow for workflow in graph.workflows if workflow.id in chosen)
    return msgspec.structs.replace(graph, workflows=kept)


def narrow_to_shown(graph: Graph, wanted: Sequence[str]) -> Graph:
    """The same without what belongs to none of the wanted workflows: pages count what they show."""
    shown = narrow(graph, wanted)
    if shown is graph:
        return graph
    from exporters.shared.nodes import effects_shown, units_shown

    triggers = {trigger for workflow in shown.workflows for trigger in workflow.triggers}
    ids = {workflow.id for workflow in shown.workflows}
    told = {effect for workflow in shown.workflows for effect in effects_shown(workflow)}
    units = {unit for workflow in shown.workflows for unit in units_shown(workflow)}
    # A helper that does one thing only is told where it is called.
    units |= {one.at for one in graph.effects if one.id in told}
    files = {unit.partition("::")[0] for unit in units}
    return msgspec.structs.replace(
        shown,
        triggers=tuple(one for one in graph.triggers if one.id in triggers),
        hooks=tuple(one for one in graph.hooks if one.id in triggers),
        effects=tuple(one for one in graph.effects if one.at in units),
        edges=tuple(one for one in graph.edges if one.source in units),
        unresolved=tuple(found for one in graph.unresolved if (found := _within(one, units))),
        findings=tuple(one for one in graph.findings if one.workflow in ids),
        skipped=tuple(one for one in graph.skipped if one.file in files),
    )


def _within(entry: Unresolved, units: set[str]) -> Unresolved | None:
    """What is left of it in these units; of a library, the places there."""
    if entry.library is None:
        return entry if entry.at in units else None
    places = tuple(place for place in entry.library.places if place.at in units)
    if not places:
        return None
    library = msgspec.structs.replace(entry.library, places=places)
    return msgspec.structs.replace(entry, at=places[0].at, line=places[0].line, library=library)


def sources_of(repo: Path) -> Callable[[str], str | None]:
    """Reads files below the folder (of a file: beside it) and none outside, whatever a document or a link says."""
    real = repo.resolve()
    root = real if real.is_dir() else real.parent

    def read(path: str) -> str | None:
        file = root / path
        try:
            resolved = file.resolve()
            if not resolved.is_relative_to(root) or not resolved.is_file() or resolved.stat().st_size > LARGEST:
                return None
            return decode(resolved.read_bytes())
        except (OSError, ValueError):
            return None

    return read


def decode(data: bytes) -> str | None:
    """The text of a Python file, in the encoding that it declares; None when it is no text."""
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return None
