"""`diagram --format md`: workflows as Markdown for a pull request: the story, a Mermaid chart per run, the findings.

Code hosts draw Mermaid themselves. Steps link to their lines where the code host is known; every text from code is
written so that it neither breaks the page nor mentions anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from discover.model import Finding, Graph, Node, Trigger, Workflow
from exporters.base import Artifact, ExportResult, Loss, Sources
from exporters.shared.compare import Changes
from exporters.shared.deeds import run_name
from exporters.shared.diagram import Shapes, diagram_of, open_at_first
from exporters.shared.links import CodeLinks
from exporters.shared.markdown_text import code, link, plain
from exporters.shared.mermaid_chart import MOST_EDGES, MOST_TEXT, Chart
from exporters.shared.narrative import Chapter, Sentence, narrative
from exporters.shared.nodes import count_runs, run_bodies, walk
from exporters.shared.words import certainty_words, kind_words, node_title, run_facts, trigger_title

NAME: Final = "markdown"
_CHANGED: Final = {
    "added": "added",
    "gone": "gone",
    "moved": "moved",
    "condition": "asks something else",
    "changed": "changed",
}

_WRITTEN = "<!-- written by undercurrent -->"
"""Ends the text, unseen by its readers: the file may be replaced by a later one."""


def export(
    graph: Graph,
    sources: Sources,  # noqa: ARG001 - it links to the lines and quotes none
    *,
    title: str,
    links: CodeLinks | None = None,
    changes: Changes | None = None,
) -> ExportResult:
    """All workflows of the graph as one file, `workflows.md`, in the order of the graph's ranking."""
    page = _Page(graph, links)
    ranked = sorted(graph.workflows, key=lambda workflow: (-workflow.score, workflow.id))
    parts = [
        f"# {plain(title)}",
        *page.changes(changes),
        *(text for workflow in ranked for text in page.workflow(workflow)),
        _WRITTEN,
    ]
    text = "\n\n".join(parts) + "\n"
    return ExportResult((Artifact("workflows.md", text),), tuple(page.losses))


class _Page:
    """Writes the sections; collects what Mermaid can't draw."""

    def __init__(self, graph: Graph, links: CodeLinks | None) -> None:
        self._links = links
        self._triggers: Mapping[str, Trigger] = {one.id: one for one in graph.entry_points}
        self._shapes = Shapes()
        self._findings: dict[str, list[Finding]] = {}
        for finding in graph.findings:
            self._findings.setdefault(finding.workflow, []).append(finding)
        self.losses: list[Loss] = []

    def changes(self, changes: Changes | None) -> Iterator[str]:
        """What is not as it was in an earlier scan."""
        if changes is None:
            return
        yield "## What changed"
        if not changes.workflows:
            yield "Nothing."
        for workflow in changes.workflows:
            head = f"**{plain(workflow.name)}**: {workflow.kind}"
            lines = [
                f"- {_CHANGED[one.kind]}: {plain(one.title)} ({self._place(one.unit, one.line, one.line)})"
                + (f": {plain(one.text)}" if one.text else "")
                for one in workflow.changes
            ]
            yield "\n".join([head, *([""] if lines else []), *lines])

    def workflow(self, workflow: Workflow) -> Iterator[str]:
        """The section of one workflow."""
        yield f"## {plain(workflow.name)}"
        yield self._about(workflow)
        yield from self._findings_of(workflow)
        nodes = {node.id: node for _, body in run_bodies(workflow) for node in walk(body)}
        opened = open_at_first(diagram_of(workflow, self._triggers, self._shapes))
        chapters = narrative(workflow, self._triggers, opened, self._shapes.tallies)
        for number, chapter in enumerate(chapters, start=1):
            if len(chapters) > 1:
                yield f"### {number}\\. {plain(chapter.title)}"
            yield "\n".join(self._sentences(chapter, nodes))
            yield from self._chart(workflow, number - 1)
        yield from self._evidence(list(nodes.values()))

    def _about(self, workflow: Workflow) -> str:
        counts = workflow.counts
        starts = [trigger_title(self._triggers[one]) for one in workflow.triggers if one in self._triggers]
        facts = [
            f"starts with {', '.join(code(one) for one in starts[:5])}" if starts else "",
            f"and {len(starts) - 5} more" if len(starts) > 5 else "",
            _runs(workflow),
            _counted(counts.steps, "step"),
            _counted(counts.decisions, "decision"),
            _counted(counts.retries, "retry", "retries"),
            f"services: {', '.join(map(plain, workflow.services))}" if workflow.services else "",
            certainty_words(workflow.confidence),
        ]
        return " · ".join(filter(None, facts))

    def _findings_of(self, workflow: Workflow) -> Iterator[str]:
        found = self._findings.get(workflow.id, [])
        if found:
            yield "\n".join(["**Findings**", "", *map(self._finding, found)])

    def _finding(self, one: Finding) -> str:
        place = self._place(one.at, one.line, one.line)
        return f"- **{one.severity}**: {plain(one.message)} ({plain(one.rule)}, {place})"

    def _sentences(self, chapter: Chapter, nodes: Mapping[str, Node]) -> Iterator[str]:
        for sentence in chapter.sentences:
            yield "    " * sentence.depth + "- " + self._sentence(sentence, nodes)

    def _sentence(self, sentence: Sentence, nodes: Mapping[str, Node]) -> str:
        texts: list[str] = []
        for part in sentence.parts:
            node = nodes.get(part.key)
            words = part.text.strip()
            if node is None or not node.line or self._links is None or not words:
                texts.append(_padded(part.text, plain(words)))
                continue
            file = node.unit.partition("::")[0]
            address = self._links.address(file, node.line, max(node.line, node.end_line))
            texts.append(_padded(part.text, link(plain(words), address)))
        return "".join(texts)

    def _chart(self, workflow: Workflow, number: int) -> Iterator[str]:
        chart = Chart(receivers={run.id: run_name(run) for run in workflow.runs})
        if number == 0:
            starts = [trigger_title(self._triggers[one]) for one in workflow.triggers if one in self._triggers]
            chart.run(workflow.id, (starts or [workflow.name])[:5], workflow.body)
        else:
            run = workflow.runs[number - 1]
            chart.run(run.id, [run_name(run), *run_facts(run)], run.body)
        if chart.is_too_large():
            name = workflow.runs[number - 1].id if number else workflow.id
            why = f"Mermaid draws at most {MOST_TEXT} characters and {MOST_EDGES} edges: the run has no chart"
            self.losses.append(Loss("chart-too-large", f"{workflow.id}#{name}", why))
        elif chart.edges:
            yield f"```mermaid\n{chart.text()}```"

    def _evidence(self, nodes: Sequence[Node]) -> Iterator[str]:
        """What each step rests on, folded away."""
        rows = [self._row(node) for node in nodes if node.line]
        if rows:
            head = ["| step | kind | lines | certainty | found by |", "| --- | --- | --- | --- | --- |"]
            summary = f"<details><summary>What {_counted(len(rows), 'step')} rest on</summary>"
            yield "\n".join([summary, "", *head, *rows, "", "</details>"])

    def _row(self, node: Node) -> str:
        place = self._place(node.unit, node.line, node.end_line)
        cells = [plain(node_title(node)), plain(kind_words(node)), place, certainty_words(node.confidence)]
        return f"| {' | '.join([*cells, plain(node.evidence)])} |"

    def _place(self, unit: str, line: int, end: int) -> str:
        file = unit.partition("::")[0]
        text = code(f"{file}:{line}" if line else file).replace("|", "\\|")
        return link(text, self._links.address(file, line, max(line, end))) if self._links and line else text


def _padded(original: str, written: str) -> str:
    """The written text between the spaces of the original."""
    before = original[: len(original) - len(original.lstrip())]
    after = original[len(original.rstrip()) :] if original.strip() else ""
    return f"{before}{written}{after}"


def _runs(workflow: Workflow) -> str:
    """The runs that are opened, as a scan counts them, and how many are only named."""
    opened, named = count_runs(workflow)
    return _counted(opened, "run") + (f" (and {named} not opened)" if named else "")


def _counted(number: int, word: str, words: str = "") -> str:
    return f"{number} {word if number == 1 else words or word + 's'}"
