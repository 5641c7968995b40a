"""The answer of `scan --unresolved`: what may hide a hop, by reason, each with the correction that would settle it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from discover.model import Graph, LibraryUse, Unresolved
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


def unresolved_list(graph: Graph, *, columns: int, all_calls: bool = False, bold: Style = str, dim: Style = str) -> str:
    """The whole list, the most frequent reason first, one trailing newline; calls of libraries only when asked for."""
    if not graph.unresolved:
        return _NOTHING
    by_reason: defaultdict[str, list[Unresolved]] = defaultdict(list)
    for entry in graph.unresolved:
        by_reason[entry.reason].append(entry)
    lines = [bold(f"{plural(len(graph.unresolved), 'place')} that may hide a hop"), ""]
    for reason, entries in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(bold(f"{clean(reason)}: {len(entries):,}"))
        for entry in sorted(entries, key=_calls, reverse=True):
            lines += _entry(entry, columns, dim)
            if all_calls and entry.library is not None:
                lines += _each_call(entry.library, columns, dim)
        lines.append("")
    libraries = [entry.library for entry in graph.unresolved if entry.library is not None]
    how = [_HOW_LIBRARIES] if libraries else []
    if libraries and not all_calls:
        how.append(f"--all-calls lists each of the {plural(sum(one.calls for one in libraries), 'call')} of libraries.")
    return "\n".join([*lines, _HOW, *how]) + "\n"


def _entry(entry: Unresolved, columns: int, dim: Style) -> list[str]:
    where = f"{place(entry.at, entry.line)} in {short_unit(entry.at)}"
    said = f"{entry.what}; first at {where}" if entry.library is not None else f"{where}: {entry.what}"
    settling = [entry.correction, entry.library.catalog if entry.library is not None else ""]
    return [f"  {fit(said, columns - 2)}", *(dim(f"      {clean(one)}") for one in settling if one)]


def _each_call(library: LibraryUse, columns: int, dim: Style) -> list[str]:
    """The library's calls in the order of the code, each with the correction that would settle it alone."""
    lines: list[str] = []
    for one in library.places:
        said = f"{place(one.at, one.line)} in {short_unit(one.at)}: {one.what}"
        lines.append(f"    {fit(said, columns - 4)}")
        if one.correction:
            lines.append(dim(f"        {clean(one.correction)}"))
    return lines


def _calls(entry: Unresolved) -> int:
    return entry.library.calls if entry.library is not None else 0
