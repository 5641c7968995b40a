"""The answer of `scan --unresolved`: what may hide a hop, by reason, each with the correction that would settle it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from discover.model import Graph, Unresolved
from discover.terminal.safe import clean, fit
from discover.terminal.words import place, plural, short_unit

Style = Callable[[str], str]

_NOTHING = "Nothing is unresolved: every hand-over, registration and import that was found leads somewhere.\n"
_HOW = (
    "The indented lines go below `corrections:` in undercurrent.yaml, with … replaced by what you know.\n"
    "What else can be corrected: docs/corrections.md"
)


def unresolved_list(graph: Graph, *, columns: int, bold: Style = str, dim: Style = str) -> str:
    """The whole list, the most frequent reason first, one trailing newline."""
    if not graph.unresolved:
        return _NOTHING
    by_reason: defaultdict[str, list[Unresolved]] = defaultdict(list)
    for entry in graph.unresolved:
        by_reason[entry.reason].append(entry)
    lines = [bold(f"{plural(len(graph.unresolved), 'place')} that may hide a hop"), ""]
    for reason, entries in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(bold(f"{clean(reason)}: {len(entries):,}"))
        for entry in entries:
            where = f"{place(entry.at, entry.line)} in {short_unit(entry.at)}: {entry.what}"
            lines.append(f"  {fit(where, columns - 2)}")
            if entry.correction:
                lines.append(dim(f"      {clean(entry.correction)}"))
        lines.append("")
    return "\n".join([*lines, _HOW]) + "\n"
