"""One workflow as a tree for the terminal: runs, decisions, branches, retries, waits and hand-overs."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from rich.tree import Tree

from discover.model import (
    Branch,
    Call,
    Decision,
    End,
    Guard,
    Hop,
    Loop,
    Node,
    OneOf,
    Parallel,
    Run,
    Step,
    Trigger,
    Wait,
    Workflow,
)
from discover.terminal.safe import clean
from discover.terminal.words import (
    CERTAIN,
    kind_word,
    place,
    retry_words,
    seconds_words,
    short_unit,
    trigger_words,
)

OUTCOMES = {"return": "return", "raise": "fail with", "stop": "end"}
GUARDS = {
    "fallback": "try",
    "retry": "try again on failure",
    "swallow": "try, ignoring failures",
    "reraise": "try",
    "compensate": "try, undoing on failure",
    "cleanup": "try",
}
HANDED = {"dispatch": "queue", "signal": "signal", "publish": "publish", "http": "call own route", "poll": "leave for"}


class WorkflowTree:
    """Builds the tree of one workflow; `effects` and `places` say where things stand."""

    def __init__(self, workflow: Workflow, triggers: Iterable[Trigger], *, places: bool = True) -> None:
        self._workflow = workflow
        self._triggers = list(triggers)
        self._places = places
        self._runs = {run.id: run for run in workflow.runs}

    def build(self) -> Tree:
        """The whole tree."""
        workflow = self._workflow
        head = _words(workflow.name, "bold")
        for trigger in self._triggers:
            head.append_text(_words(f"\n{trigger_words(trigger)}", "cyan", lines=True))
        if workflow.services:
            head.append_text(_words(f"\nservices: {', '.join(workflow.services)}", "", lines=True))
        if workflow.truncated:
            head.append_text(Text("\nlarger than the limit: some calls are left closed", "yellow"))
        tree = Tree(head, guide_style="dim")
        line = next((trigger.line for trigger in self._triggers if trigger.handler == workflow.unit), 0)
        first = tree.add(self._with_place(_words(f"run 1: {short_unit(workflow.unit)}", "bold"), workflow.unit, line))
        self._add(first, workflow.body)
        for number, run in enumerate(workflow.runs, start=2):
            self._add(tree.add(self._run(number, run)), run.body)
        return tree

    def _run(self, number: int, run: Run) -> Text:
        text = _words(f"run {number}: {run.name or short_unit(run.unit)}", "bold")
        notes = [kind_word(run.kind)]
        if run.queue:
            notes.append(f"queue {run.queue}")
        if run.schedule:
            notes.append(run.schedule)
        if run.retry:
            notes.append(f"retried {retry_words(run.retry)}")
        if run.timeout is not None:
            notes.append(f"at most {seconds_words(run.timeout)}")
        text.append_text(_words(f" ({'; '.join(notes)})", ""))
        return self._with_place(text, run.unit, run.line)

    def _add(self, tree: Tree, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self._node(tree, node)

    def _node(self, tree: Tree, node: Node) -> None:
        match node:
            case Step():
                tree.add(self._step(node))
            case Call():
                self._call(tree, node)
            case Decision():
                self._branches(tree.add(self._line(node, f"if {node.condition or node.name}", "yellow")), node.branches)
            case Loop():
                word = "for each" if node.kind == "for" else "while"
                self._add(tree.add(self._line(node, f"{word} {node.over}", "magenta")), node.body)
            case Parallel():
                words = "side by side" if not node.each else f"side by side for each {node.each}"
                words += "" if node.join else ", not waited for"
                self._branches(tree.add(self._line(node, words, "magenta")), node.branches)
            case Guard():
                self._guard(tree, node)
            case Wait():
                words = f"wait {seconds_words(node.seconds)}" if node.seconds is not None else "wait"
                tree.add(self._line(node, f"{words} until {node.until}" if node.until else words, "blue"))
            case OneOf():
                self._branches(tree.add(self._line(node, "one of, by data", "yellow")), node.branches)
            case Hop():
                tree.add(self._hop(node))
            case End():
                tree.add(self._line(node, f"{OUTCOMES[node.outcome]} {node.text}".rstrip(), "red"))

    def _step(self, node: Step) -> Text:
        text = _words(node.name or node.target or node.detail, "green")
        parts = [kind_word(node.kind), node.service, node.target]
        known = node.name.casefold()
        notes = [part for part in parts if part and part.casefold() not in known]
        if node.retry:
            notes.append(f"retried {retry_words(node.retry)}")
        if node.timeout is not None:
            notes.append(f"at most {seconds_words(node.timeout)}")
        if notes:
            text.append_text(_words(f" ({'; '.join(dict.fromkeys(notes))})", ""))
        return self._certainty(self._with_place(text, node.unit, node.line), node.confidence)

    def _call(self, tree: Tree, node: Call) -> None:
        text = _words(node.name or short_unit(node.callee), "")
        if node.retry:
            text.append_text(_words(f" (retried {retry_words(node.retry)})", ""))
        if node.timeout is not None:
            text.append_text(_words(f" (at most {seconds_words(node.timeout)})", ""))
        if node.seen:
            text.append(" (shown above)", "dim")
        branch = tree.add(self._certainty(self._with_place(text, node.unit, node.line), node.confidence))
        self._add(branch, node.body)

    def _guard(self, tree: Tree, node: Guard) -> None:
        words = GUARDS[node.kind]
        if node.retry:
            words += f", {retry_words(node.retry)}"
        branch = tree.add(self._line(node, words, "yellow"))
        self._add(branch, node.body)
        for handler in node.handlers:
            self._add(
                branch.add(_words(f"on {handler.label or handler.condition or 'any exception'}", "red")), handler.body
            )
        if node.last:
            self._add(branch.add(_words("in any case", "yellow")), node.last)

    def _branches(self, tree: Tree, branches: Iterable[Branch]) -> None:
        for branch in branches:
            label = branch.label or branch.condition or "else"
            self._add(tree.add(self._certainty(_words(label, "yellow"), branch.confidence)), branch.body)

    def _hop(self, node: Hop) -> Text:
        names = [self._run_name(run) for run in node.runs]
        text = _words(f"{HANDED.get(node.kind, node.kind)} → {', '.join(names) or node.name or 'nobody known'}", "cyan")
        notes = [f"via {node.channel}"] if node.channel else []
        if node.delay is not None:
            notes.append(f"after {seconds_words(node.delay)}")
        elif node.delay_text:
            notes.append(f"after {node.delay_text}")
        if node.inline:
            notes.append("before this goes on")
        if notes:
            text.append_text(_words(f" ({'; '.join(notes)})", ""))
        return self._certainty(self._with_place(text, node.unit, node.line), node.confidence)

    def _run_name(self, identifier: str) -> str:
        if identifier not in self._runs:
            return identifier
        run = self._runs[identifier]
        number = list(self._runs).index(identifier) + 2
        return f"run {number}: {run.name or short_unit(run.unit)}"

    def _line(self, node: Node, words: str, style: str) -> Text:
        return self._certainty(self._with_place(_words(words, style), node.unit, node.line), node.confidence)

    def _with_place(self, text: Text, unit: str, line: int) -> Text:
        if self._places and unit:
            text.append_text(_words(f"  {place(unit, line)}", "dim"))
        return text

    def _certainty(self, text: Text, confidence: float) -> Text:
        if confidence < CERTAIN:
            text.append(" [inferred]", "dim yellow")
        return text


def _words(text: str, style: str, *, lines: bool = False) -> Text:
    """Text that rich takes literally; with `lines`, a leading line break is ours and stays."""
    if lines and text.startswith("\n"):
        return Text("\n" + clean(text[1:]), style)
    return Text(clean(text), style)
