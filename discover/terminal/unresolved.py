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
_HOW_LIBRARIES = (
    "The line of a library is a file of its own, undercurrent/catalogs/NAME.yaml. One that does nothing outside is\n"
    "settled by {library: NAME, imports: [NAME], harmless: {NAME: why}}. How to say more: docs/catalogs.md"
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
        for entry in sorted(entries, key=_calls, reverse=True):
            where = f"{place(entry.at, entry.line)} in {short_unit(entry.at)}"
            said = f"{entry.what}; first at {where}" if entry.library is not None else f"{where}: {entry.what}"
            lines.append(f"  {fit(said, columns - 2)}")
            if entry.correction:
                lines.append(dim(f"      {clean(entry.correction)}"))
            if entry.library is not None:
                lines.append(dim(f"      {clean(entry.library.catalog)}"))
        lines.append("")
    how = [_HOW_LIBRARIES] if any(entry.library is not None for entry in graph.unresolved) else []
    return "\n".join([*lines, _HOW, *how]) + "\n"


def _calls(entry: Unresolved) -> int:
    return entry.library.calls if entry.library is not None else 0
