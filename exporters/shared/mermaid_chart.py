"""A workflow, or one run of it, as a flowchart in Mermaid's text.

Text from code is written as Mermaid's own character codes, so that nothing in it can end a label or start a directive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from discover.model import Branch, Call, Decision, End, Guard, Hop, Loop, Node, OneOf, Parallel, Workflow
from exporters.shared.words import (
    LEAVES,
    branch_label,
    frame_title,
    is_jump,
    node_kind,
    node_title,
    run_facts,
    tags,
)

_PLAIN: Final = frozenset(" .,/=+*'?!:_-()")
_SHAPES: Final = {
    "store": ("[(", ")]"),
    "external": ("[/", "/]"),
    "call": ("[[", "]]"),
    "decision": ("{", "}"),
    "one_of": ("{", "}"),
    "wait": ("([", "])"),
    "hop": (">", "]"),
    "end": ("([", "])"),
    "start": ("([", "])"),
    "loop": ("{{", "}}"),
    "parallel": ("[", "]"),
    "guard": ("[", "]"),
}
MOST_TEXT: Final = 50_000
MOST_EDGES: Final = 500
"""Beyond these Mermaid draws nothing unless it is told otherwise."""


def escape(text: str) -> str:
    """Text for a quoted label: letters, digits and harmless signs as they are, all others as character codes."""
    joined = " ".join(text.split())
    return "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in joined) or " "


@dataclass(frozen=True, slots=True)
class _Exit:
    """A place that the next node is linked from."""

    node: str
    label: str = ""


@dataclass(slots=True)
class Chart:
    """Collects the lines of one chart."""

    lines: list[str] = field(default_factory=list[str])
    names: dict[str, str] = field(default_factory=dict[str, str])
    pending: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    returns: list[list[_Exit]] = field(default_factory=list[list[_Exit]])
    """For each call that is being drawn, the places where it returns early: the caller goes on from there."""
    loops: list[tuple[str, list[_Exit]]] = field(default_factory=list[tuple[str, list[_Exit]]])
    """The loops that are being drawn: each one's card, and the places where it is left before its end."""
    receivers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names of runs that stand on the hand-overs to them: those that have a chart of their own."""
    edges: int = 0
    indent: str = "    "

    def text(self, title: str | None = None) -> str:
        """The chart's whole text, with its title in front where there is one."""
        head = ["---", f'title: "{escape(title)}"', "---"] if title is not None else []
        return "\n".join([*head, "flowchart TD", *self.lines, ""])

    def is_too_large(self) -> bool:
        """Whether Mermaid refuses to draw it."""
        return self.edges > MOST_EDGES or sum(map(len, self.lines)) > MOST_TEXT - 1000

    def run(self, key: str, label: Iterable[str], body: Sequence[Node]) -> None:
        """One run alone, behind the card of what starts it."""
        self._sequence(body, [_Exit(self._node(key, "start", label))])

    def workflow(self, workflow: Workflow, starts: dict[str, str]) -> None:
        """All runs, then the hops between them."""
        first = self._node(workflow.id, "start", [starts.get(key, key) for key in workflow.triggers] or [workflow.name])
        for alias in (workflow.unit, *workflow.triggers):
            self.names.setdefault(alias, first)
        self._sequence(workflow.body, [_Exit(first)])
        for run in workflow.runs:
            self.lines.append(
                f'{self.indent}subgraph {self._name(run.id + "~frame")}["{escape(run.name or run.unit)}"]'
            )
            self.indent += "    "
            label = [run.name or run.unit.rpartition("::")[2], *run_facts(run)]
            self._sequence(run.body, [_Exit(self._node(run.id, "start", label))])
            self.indent = self.indent[:-4]
            self.lines.append(f"{self.indent}end")
        for source, target, label in self.pending:
            if target in self.names:
                self._edge(_Exit(source, label), self.names[target], "-.->")

    def _name(self, key: str) -> str:
        return self.names.setdefault(key, f"n{len(self.names)}")

    def _node(self, key: str, kind: str, label: Iterable[str]) -> str:
        opening, closing = _SHAPES[kind]
        name = self._name(key)
        text = "<br>".join(escape(part) for part in label if part)
        self.lines.append(f'{self.indent}{name}{opening}"{text}"{closing}')
        return name

    def _edge(self, source: _Exit, target: str, arrow: str = "-->") -> None:
        label = f'|"{escape(source.label)}"|' if source.label else ""
        self.lines.append(f"{self.indent}{source.node} {arrow}{label} {target}")
        self.edges += 1

    def _link(self, sources: Iterable[_Exit], target: str) -> list[_Exit]:
        for source in sources:
            self._edge(source, target)
        return [_Exit(target)]

    def _sequence(self, nodes: Sequence[Node], exits: list[_Exit]) -> list[_Exit]:
        for node in nodes:
            exits = self._one(node, exits)
        return exits

    def _one(self, node: Node, exits: list[_Exit]) -> list[_Exit]:
        match node:
            case Call(body=body) if body:
                self.returns.append([])
                after = self._sequence(body, exits)
                return [*after, *self.returns.pop()]
            case End() if self.loops and is_jump(node):
                return self._jump(node, exits)
            case End(outcome="return" | "stop") if self.returns:
                self.returns[-1].extend(exits)
                return []
            case Decision() | OneOf():
                return self._fan(node, node.branches, exits, stays=isinstance(node, Decision))
            case Parallel():
                after = self._fan(node, node.branches, exits, stays=False)
                return after if node.join else [_Exit(self._name(node.id))]
            case Loop():
                return self._loop(node, exits)
            case Guard():
                return self._guard(node, exits)
            case _:
                name = self._card(node, exits, self._title(node))
                if isinstance(node, Hop):
                    self.pending.extend((name, run, "at once" if node.inline else "") for run in node.runs)
                return [] if isinstance(node, End) else [_Exit(name)]

    def _loop(self, node: Loop, exits: list[_Exit]) -> list[_Exit]:
        head = self._card(node, exits, frame_title(node))
        self.loops.append((head, []))
        for last in self._sequence(node.body, [_Exit(head, "each" if node.kind == "for" else "yes")]):
            if last.node != head:
                self._edge(last, head)
        return [_Exit(head, "then"), *self.loops.pop()[1]]

    def _jump(self, node: End, exits: list[_Exit]) -> list[_Exit]:
        head, left = self.loops[-1]
        name = self._card(node, exits, self._title(node))
        if node.text == "break":
            left.append(_Exit(name))
        else:
            self._edge(_Exit(name), head)
        return []

    def _title(self, node: Node) -> str:
        to = [self.receivers[run] for run in node.runs if run in self.receivers] if isinstance(node, Hop) else []
        return f"{node_title(node)} → {', '.join(to)}" if to else node_title(node)

    def _card(self, node: Node, exits: Iterable[_Exit], title: str) -> str:
        name = self._node(node.id, node_kind(node), [title, ", ".join(tags(node))])
        self._link(exits, name)
        return name

    def _fan(self, node: Node, branches: Sequence[Branch], exits: list[_Exit], *, stays: bool) -> list[_Exit]:
        head = self._card(node, exits, node_title(node))
        after: list[_Exit] = []
        for branch in branches:
            last = self._sequence(branch.body, [_Exit(head, branch_label(branch, node))])
            into = self.loops[-1][1] if self.loops and branch.label.endswith(LEAVES) else after
            into.extend(last)
        if stays and len(branches) == 1:
            after.append(_Exit(head, "otherwise"))
        return after or ([_Exit(head)] if not branches else [])

    def _guard(self, node: Guard, exits: list[_Exit]) -> list[_Exit]:
        head = self._card(node, exits, frame_title(node))
        after = self._sequence(node.body, [_Exit(head)])
        for handler in node.handlers:
            after.extend(self._sequence(handler.body, [_Exit(head, f"on {branch_label(handler)}")]))
        return self._sequence(node.last, after)
