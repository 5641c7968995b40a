"""One file in, one `ModuleFacts` out."""

from __future__ import annotations

import ast
import sys
import warnings

# The modules that fill the tables of `reading` with their handlers.
from discover.facts import definitions, expressions, patterns, statements  # noqa: F401  # pyright: ignore[reportUnusedImport]
from discover.facts.definitions import split_docstring
from discover.facts.failure import UnreadableSourceError
from discover.facts.mending import Mended, mended
from discover.facts.read import Source, read_source
from discover.facts.reading import Reading
from discover.facts.records import Diagnostic, ModuleFacts
from discover.facts.statements import block

PARSE_DEPTH = 3000
"""The interpreter's recursion limit while it parses: it builds trees three times as deep."""
EXTRACT_DEPTH = 320
"""The frames that turning a statement into records may take; what is nested deeper is left out."""


class NewerSyntaxError(Exception):
    """The interpreter's own parser refuses a source that another may take."""


def extract(path: str, source: bytes, limit: int | None = None, *, own_syntax: bool = False) -> ModuleFacts:
    """Read one file's bytes.

    Args:
        path: POSIX, relative to the root.
        source: the file as it is on disk.
        limit: the greatest size in bytes that is read.
        own_syntax: only try the interpreter's own parser.

    Raises:
        UnreadableSourceError: when the file is no Python source, with the line and the reason.
        NewerSyntaxError: when it may be one, in syntax that is not the interpreter's own.
    """
    read = read_source(source, limit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # An invalid escape warns, and with `-W error` it would stop the parser.
        parsed = parse(read, own_syntax=own_syntax)
        facts = facts_of(parsed.tree, read.utf8)
    facts.path = path
    facts.diagnostics += [Diagnostic(line, message) for line, message in parsed.left_out]
    return facts


def parse(source: Source, *, own_syntax: bool = False) -> Mended:
    """The syntax tree of a source, newer syntax than the interpreter's included, without statements that are wrong.

    Raises:
        UnreadableSourceError: when no known version of Python reads it.
        NewerSyntaxError: when the interpreter does not, and only its own syntax is asked for.
    """
    try:
        return Mended(_parse(source.text), [])
    except (RecursionError, MemoryError) as error:
        raise UnreadableSourceError(_deepest_line(source.utf8), f"nested too deeply to be parsed ({error})") from None
    except ValueError as error:
        raise UnreadableSourceError(0, str(error)) from None
    except SyntaxError as error:
        if own_syntax:
            raise NewerSyntaxError from None
        from discover.facts.newer_syntax import rewritten

        older = rewritten(source.text)
        if older is not None:
            try:
                return Mended(older.restored(_parse(older.text)), [])
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                pass
        rest = mended(source.text, error, _parse)
        if rest is not None:
            return rest
        raise UnreadableSourceError(error.lineno or 0, f"syntax error: {error.msg}") from None


def _parse(text: str) -> ast.Module:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, PARSE_DEPTH))
    try:
        return ast.parse(text)
    finally:
        sys.setrecursionlimit(limit)


def facts_of(tree: ast.Module, utf8: bytes) -> ModuleFacts:
    """Turn a syntax tree and its source, as UTF-8, into facts without a path."""
    reading = Reading(utf8)
    doc, nodes = split_docstring(tree.body)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(_frames() + EXTRACT_DEPTH)
    try:
        body = block(nodes, reading)
    finally:
        sys.setrecursionlimit(limit)
    lines = len(reading.lines) - (not reading.lines[-1])
    return ModuleFacts("", lines, reading.calls, body, doc, reading.diagnostics)


def _frames() -> int:
    """How many frames the interpreter is in, so that a file's depth limit is the same wherever it is read."""
    frame, count = sys._getframe(), 0  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count


def _deepest_line(utf8: bytes) -> int:
    """The line on which brackets are nested deepest: where to look in a file that is nested too deeply."""
    depth = deepest = 0
    found = 1
    for number, line in enumerate(utf8.split(b"\n"), 1):
        opened = sum(map(line.count, (b"(", b"[", b"{")))
        closed = sum(map(line.count, (b")", b"]", b"}")))
        if depth + opened > deepest:
            deepest, found = depth + opened, number
        depth += opened - closed
    return found
