"""Narrows a graph to some workflows, and reads the sources that a page or a definition quotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from discover.model import Graph

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
