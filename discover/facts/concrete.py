"""The concrete syntax tree of a source that `ast` refuses, as libcst reads it, and the places of nodes in that source.

The position providers of libcst count the text that it would write, and it does not write all that it read (the blank
in `except A :` and those after a conversion in an f-string are lost), so that the places after such a loss would be
wrong. Here the text that it would write is followed through the source instead, which takes no longer.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import libcst as cst
from libcst.metadata.span_provider import SpanProvidingCodegenState

from discover.facts.nesting import is_too_deep

STACK_BYTES = 64 * 1024 * 1024
"""More than libcst takes for what `nesting` lets through."""
RECURSION_LIMIT = 20_000
"""The interpreter's while the tree is followed: a concrete tree has several frames for each level."""
GAP = re.compile(rb"(?:[ \t\f\n]|\\\n|#[^\n]*)+")
UNWANTED = nullcontext()

Kinds = frozenset[type[cst.CSTNode]]


class Places:
    """Where the nodes of some kinds stand in a source: offsets in bytes of UTF-8."""

    def __init__(self) -> None:
        self.spans: dict[cst.CSTNode, tuple[int, int]] = {}

    def __getitem__(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a node starts and ends, without the parentheses around it."""
        return self.spans[node]

    def outer_first(self) -> Iterator[cst.CSTNode]:
        """The nodes, each before those in it."""
        return reversed(self.spans)


class _LostError(Exception):
    """What libcst would write is not what stands in the source."""


class _Follower(SpanProvidingCodegenState):
    """Follows the tokens that libcst would write through the source."""

    def __init__(self, module: cst.Module, source: bytes, kinds: Kinds) -> None:
        super().__init__(module.default_indent, module.default_newline, get_length=len, provider=None)  # pyright: ignore[reportArgumentType]
        self.places = Places()
        self._source = source
        self._kinds = kinds

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.add_token(token)

    def add_token(self, value: str) -> None:
        token = value.encode()
        if not self._source.startswith(token, self.position):
            if value.isspace():
                return
            gap = GAP.match(self._source, self.position)
            if gap is None or not self._source.startswith(token, gap.end()):
                raise _LostError
            self.position = gap.end()
        self.position += len(token)

    def pop_trailing_newline(self) -> None:
        """There is nothing to take back."""

    def before_codegen(self, node: cst.CSTNode) -> None:
        if type(node) in self._kinds:
            self._stack.append(self.position)

    def after_codegen(self, node: cst.CSTNode) -> None:
        if type(node) in self._kinds:
            self.places.spans.setdefault(node, (self._stack.pop(), self.position))

    def record_syntactic_position(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,  # noqa: ARG002 - what libcst hands over for statements.
        end_node: cst.CSTNode | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[None]:
        return self._recorded(node) if type(node) in self._kinds else UNWANTED

    @contextmanager
    def _recorded(self, node: cst.CSTNode) -> Generator[None]:
        start = self.position
        yield
        self.places.spans[node] = (start, self.position)


def places_of(text: str, source: bytes, kinds: Kinds) -> Places | None:
    """The nodes of some kinds, or None where libcst can't read the source; `source` is the text as UTF-8."""
    if is_too_deep(source):
        return None
    found: list[Places] = []
    with _stack_size(STACK_BYTES):
        thread = threading.Thread(target=_follow, args=(text, source, kinds, found))
        thread.start()
    thread.join()
    return found[0] if found else None


def _follow(text: str, source: bytes, kinds: Kinds, found: list[Places]) -> None:
    """Put the places into a list, nothing where there are none."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        module = cst.parse_module(text)
        follower = _Follower(module, source, kinds)
        module._codegen(follower)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError, _LostError):
        return
    finally:
        sys.setrecursionlimit(limit)
    found.append(follower.places)


@contextmanager
def _stack_size(size: int) -> Generator[None]:
    """Threads that start within have a stack of this size, whatever that of the process is."""
    before = threading.stack_size(size)
    try:
        yield
    finally:
        threading.stack_size(before)
