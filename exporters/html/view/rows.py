"""The nodes of a view, one after the other in the order of the code, with the words of each.

A helper's body is the same in all workflows that call it: its rows are written once, and copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from discover.model import Branch, Call, End, Guard, Hop, Node, Step, Wait
from exporters.html.view.details import details
from exporters.html.view.lookups import Lookups
from exporters.html.view.words import Words
from exporters.shared.flow import is_spliced
from exporters.shared.words import kind_words, lane_title, node_kind, node_title, tags


@dataclass(slots=True)
class Rows:
    """Nodes, as lists of the same length."""

    words: list[Words] = field(default_factory=list[Words])
    records: list[int] = field(default_factory=list[int])
    """The number of each node's words."""
    depths: list[int] = field(default_factory=list[int])
    """How deep each is nested; negative for what is in no list of steps."""
    ups: list[int] = field(default_factory=list[int])
    """How many rows further up the node stands that holds it; 0 where none does."""
    index: dict[str, int] = field(default_factory=dict[str, int])
    """Where each node is, by its id."""

    def add(self, words: Words, record: int, depth: int, up: int) -> int:
        """Append a row; returns its number."""
        self.words.append(words)
        self.records.append(record)
        self.depths.append(depth)
        self.ups.append(up)
        return len(self.words) - 1

    def extend(self, inner: Rows, depth: int) -> None:
        """Append the rows of a body behind that of the node that holds it."""
        start = len(self.words)
        self.words += inner.words
        self.records += inner.records
        self.depths += [one + depth for one in inner.depths]
        self.ups += inner.ups
        self.index |= {key: start + at for key, at in inner.index.items()}


class RowWriter:
    """Writes the rows of bodies, each body's once for a page."""

    def __init__(self, lookups: Lookups) -> None:
        self.lookups = lookups
        self._known: dict[int, Rows] = {}

    def rows(self, body: tuple[Node, ...]) -> Rows:
        """The rows of a body, as they stand right behind the row of the node that holds it."""
        first = self.lookups.shapes.bodies.first(body)
        found = self._known.get(id(first))
        if found is None:
            found = Rows()
            self._walk(found, first, 0, -1)
            self._known[id(first)] = found
        return found

    def _walk(self, rows: Rows, body: Sequence[Node], depth: int, parent: int) -> None:
        for node in body:
            at = self._node(rows, node, depth, parent)
            if isinstance(node, Call):
                self._call(rows, node, depth + 1, at)
            elif isinstance(node, Guard):
                self._walk(rows, node.body, depth + 1, at)
                self._branches(rows, node, node.handlers, depth + 1, at)
                if node.last:
                    rows.index[node.id + "~last"] = at
                    self._lane(rows, "always", depth + 1, at)
                    self._walk(rows, node.last, depth + 2, at)
            elif branches := getattr(node, "branches", ()):
                self._branches(rows, node, branches, depth + 1, at)
            elif inner := getattr(node, "body", ()):
                self._walk(rows, inner, depth + 1, at)

    def _call(self, rows: Rows, node: Call, depth: int, at: int) -> None:
        if node.body and not is_spliced(node):
            rows.extend(self.rows(node.body), depth)
        else:
            self._walk(rows, node.body, depth, at)

    def _branches(self, rows: Rows, of: Node, branches: tuple[Branch, ...], depth: int, parent: int) -> None:
        for branch in branches:
            self._lane(rows, lane_title(branch, of), depth, parent)
            self._walk(rows, branch.body, depth + 1, parent)

    def _lane(self, rows: Rows, title: str, depth: int, parent: int) -> None:
        words = Words(title, "lane")
        rows.add(words, self.lookups.record(words), depth, len(rows.words) - parent)

    def _node(self, rows: Rows, node: Node, depth: int, parent: int) -> int:
        at = rows.index[node.id] = len(rows.words)
        self.lookups.span(node.unit, node.line, node.end_line)
        if isinstance(node, (Step, Hop, End, Wait)):
            words, record = self.lookups.leaf(node, self._words)
        else:
            words = self._words(node)
            record = self.lookups.record(words)
        return rows.add(words, record, depth, at - parent)

    def _words(self, node: Node) -> Words:
        """What is said of a node, whatever stands around it."""
        return Words(
            title=node_title(node),
            kind=node_kind(node),
            words=kind_words(node),
            unit=self.lookups.unit(node.unit),
            line=node.line,
            end=max(node.line, node.end_line),
            certain=round(node.confidence * 100),
            evidence=node.evidence,
            facts=details(node, self.lookups.effects, self.lookups.docs, self.lookups.run_names),
            marks=tags(node),
            inside=self._inside(node) if isinstance(node, Call) else "",
        )

    def _inside(self, node: Call) -> str:
        return "" if is_spliced(node) else self.lookups.shapes.tallies.words(node.body)
