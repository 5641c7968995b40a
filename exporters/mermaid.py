"""`export --to mermaid`: each workflow as a flowchart in Mermaid's text, for a README or a wiki.

Text from code is written as Mermaid's own character codes, so that nothing in it can end a label or start a directive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from discover.model import Branch, Call, Decision, End, Graph, Guard, Hop, Loop, Node, OneOf, Parallel, Workflow
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.shared.identifiers import Unique, slug
from exporters.shared.words import branch_label, frame_title, node_kind, node_title, run_facts, tags, trigger_title

NAME: Final = "mermaid"

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
_MOST_TEXT: Final = 50_000
_MOST_EDGES: Final = 500


def export(graph: Graph, sources: Sources, *, title: str) -> ExportResult:  # noqa: ARG001 - a chart shows no source
    """Write one flowchart per workflow."""
    starts = {trigger.id: trigger_title(trigger) for trigger in graph.entry_points}
    unique = Unique(separator="-")
    artifacts: list[Artifact] = []
    losses: list[Loss] = []
    for workflow in graph.workflows:
        chart = _Chart()
        chart.workflow(workflow, starts)
        text = chart.text(workflow.name)
        artifacts.append(Artifact(f"{unique(slug(workflow.name))}.mmd", text))
        if len(text) > _MOST_TEXT or chart.edges > _MOST_EDGES:
            why = f"Mermaid draws at most {_MOST_TEXT} characters and {_MOST_EDGES} edges unless it is told otherwise"
            losses.append(Loss("chart-too-large", workflow.id, why))
        if workflow.truncated:
            losses.append(
                Loss("truncated", workflow.id, "the workflow is larger than the scan's limit: parts are missing")
            )
    return ExportResult(tuple(artifacts), tuple(losses))


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
class _Chart:
    """Collects the lines of one chart."""

    lines: list[str] = field(default_factory=list[str])
    names: dict[str, str] = field(default_factory=dict[str, str])
    pending: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    returns: list[list[_Exit]] = field(default_factory=list[list[_Exit]])
    """For each call that is being drawn, the places where it returns early: the caller goes on from there."""
    edges: int = 0
    indent: str = "    "

    def text(self, title: str) -> str:
        head = ["---", f'title: "{escape(title)}"', "---", "flowchart TD"]
        return "\n".join([*head, *self.lines, ""])

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
            case End(outcome="return" | "stop") if self.returns:
                self.returns[-1].extend(exits)
                return []
            case Decision() | OneOf():
                return self._fan(node, node.branches, exits, stays=isinstance(node, Decision))
            case Parallel():
                after = self._fan(node, node.branches, exits, stays=False)
                return after if node.join else [_Exit(self._name(node.id))]
            case Loop():
                head = self._card(node, exits, frame_title(node))
                for last in self._sequence(node.body, [_Exit(head, "each" if node.kind == "for" else "yes")]):
                    if last.node != head:
                        self._edge(last, head)
                return [_Exit(head, "then")]
            case Guard():
                return self._guard(node, exits)
            case _:
                name = self._card(node, exits, node_title(node))
                if isinstance(node, Hop):
                    self.pending.extend((name, run, "at once" if node.inline else "") for run in node.runs)
                return [] if isinstance(node, End) else [_Exit(name)]

    def _card(self, node: Node, exits: Iterable[_Exit], title: str) -> str:
        name = self._node(node.id, node_kind(node), [title, ", ".join(tags(node))])
        self._link(exits, name)
        return name

    def _fan(self, node: Node, branches: Sequence[Branch], exits: list[_Exit], *, stays: bool) -> list[_Exit]:
        head = self._card(node, exits, node_title(node))
        after: list[_Exit] = []
        for branch in branches:
            after.extend(self._sequence(branch.body, [_Exit(head, branch_label(branch, node))]))
        if stays and len(branches) == 1:
            after.append(_Exit(head, "otherwise"))
        return after or ([_Exit(head)] if not branches else [])

    def _guard(self, node: Guard, exits: list[_Exit]) -> list[_Exit]:
        head = self._card(node, exits, frame_title(node))
        after = self._sequence(node.body, [_Exit(head)])
        for handler in node.handlers:
            after.extend(self._sequence(handler.body, [_Exit(head, f"on {branch_label(handler)}")]))
        return self._sequence(node.last, after)
