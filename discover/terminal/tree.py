"""One workflow as a tree for the terminal: runs, decisions, branches, retries, waits and hand-overs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from rich.text import Text
from rich.tree import Tree

from discover.model import (
    CORRECTED,
    END_RUN,
    FAILED_THERE,
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
    safeguard_text,
)
from discover.terminal.safe import fit
from discover.terminal.words import (
    CERTAIN,
    file_of,
    kind_word,
    place,
    retry_words,
    seconds_words,
    short_unit,
    trigger_words,
)

ENDLESS = ("True", "1")
NEXT, OUT = ": go on with the next item", ": leave the loop"
LEFT = {"": "end", "None": "end", "continue": "go on with the next", "break": "leave the loop"}
MOST_RISKS = 5
MOST_AWAITED = 3
LONGEST = 120
"""Columns of one text; conditions and returned values can be whole programs."""
GUARDS = {
    "fallback": "try",
    "retry": "try again on failure",
    "swallow": "try, ignoring failures",
    "reraise": "try",
    "compensate": "try, undoing on failure",
    "cleanup": "try",
    "covered": "",
}
HANDED = {"dispatch": "queue", "signal": "signal", "publish": "publish", "http": "call own route", "poll": "leave for"}


class WorkflowTree:
    """Builds the tree of one workflow; with `places`, each line says where in the source it stands."""

    def __init__(self, workflow: Workflow, triggers: Iterable[Trigger], *, places: bool = True) -> None:
        self._workflow = workflow
        self._triggers = list(triggers)
        self._places = places
        self._runs = {run.id: run for run in workflow.runs}
        self._shown: dict[str, str] = {}
        """What each function is called that was shown with its body: two calls of it may have names of their own."""

    def build(self) -> Tree:
        """The whole tree."""
        workflow = self._workflow
        tree = Tree(self._head(), guide_style="dim")
        line = next((trigger.line for trigger in self._triggers if trigger.handler == workflow.unit), 0)
        text = _words(f"run 1: {short_unit(workflow.unit)}", "bold")
        text = _noted(text, attempts_words(workflow))
        self._add(tree.add(self._placed(text, workflow.unit, line, "")), workflow.body, file_of(workflow.unit))
        for number, run in enumerate(workflow.runs, start=2):
            self._add(tree.add(self._run(number, run)), run.body, file_of(run.unit))
        return tree

    def _head(self) -> Text:
        workflow = self._workflow
        lines = [_words(workflow.name, "bold")]
        starts = [trigger_words(trigger) for trigger in self._triggers]
        lines += [_words(start, "cyan") for start in starts if start != workflow.name]
        also = dict.fromkeys(path for trigger in self._triggers for path in trigger.detail.also)
        lines += [_words(f"also {path}, when a setting that is off by default is on", "cyan") for path in also]
        if workflow.services:
            lines.append(_words(f"services: {', '.join(workflow.services)}", ""))
        lines += [_words(f"risk: {finding}", "yellow") for finding in workflow.findings[:MOST_RISKS]]
        if len(workflow.findings) > MOST_RISKS:
            lines.append(_words(f"risks: {len(workflow.findings) - MOST_RISKS} more", "yellow"))
        if workflow.truncated:
            lines.append(Text("larger than the limit: some calls are left closed", "yellow"))
        return Text("\n").join(lines)

    def _run(self, number: int, run: Run) -> Text:
        notes = [kind_word(run.kind)]
        if run.queue:
            notes.append(f"queue {run.queue}")
        if run.schedule:
            notes.append(run.schedule)
        text = _words(f"run {number}: {run.name or short_unit(run.unit)}", "bold")
        placed = self._placed(_noted(text, [*notes, *attempts_words(run)]), run.unit, run.line, "")
        return placed.append(" [left closed]", "dim yellow") if run.closed else placed

    def _add(self, tree: Tree, nodes: Iterable[Node], file: str) -> None:
        sent: Step | None = None
        for node, after in pairwise([*nodes, None]):
            if isinstance(node, Step) and isinstance(after, Hop) and _is_sent_by(node, after):
                sent = node  # told with its receivers
            elif isinstance(node, Hop) and sent is not None:
                tree.add(self._line(node, file, self._hop(node, sent)))
                sent = None
            elif node is not None:
                self._node(tree, node, file)

    def _node(self, tree: Tree, node: Node, file: str) -> None:
        """One node and what it holds; `file` is the one that the line above named."""
        inner = file_of(node.unit) if self._places and node.unit else file
        match node:
            case Decision():
                self._decision(tree, node, file, inner)
            case Guard():
                self._guard(tree.add(self._line(node, file)), node, inner)
            case Parallel() | OneOf():
                self._branches(tree.add(self._line(node, file)), node.branches, inner)
            case Loop() | Call():
                self._add(tree.add(self._line(node, file)), node.body, inner)
            case Step() | Wait() | Hop() | End():
                tree.add(self._line(node, file))

    def _line(self, node: Node, file: str, text: Text | None = None) -> Text:
        placed = self._placed(text or self._text(node), node.unit, node.line, file)
        return _certain(_corrected(placed, node.evidence), node.confidence)

    def _text(self, node: Node) -> Text:
        match node:
            case Step():
                return self._step(node)
            case Call():
                name = node.name or short_unit(node.callee)
                text = _noted(_words(name, ""), attempts_words(node))
                first = self._shown.setdefault(node.callee, name)
                if not node.seen:
                    return text
                return text.append_text(
                    _words(" (shown above)" if first == name else f" (shown above: {first})", "dim")
                )
            case Decision():
                return _words(f"depending on {node.condition or node.name}", "yellow")
            case Loop():
                return _words(_loop_words(node), "magenta")
            case Parallel():
                each = f" for each {node.each}" if node.each else ""
                return _words(f"side by side{each}{'' if node.join else ', not waited for'}", "magenta")
            case Guard():
                return _words(_guard_words(node), "yellow")
            case Wait():
                words = f"wait {seconds_words(node.seconds)}" if node.seconds is not None else "wait"
                return _words(f"{words} until {node.until}" if node.until else words, "blue")
            case OneOf():
                return _words("one of, by data", "yellow")
            case Hop():
                return self._hop(node)
            case End():
                return _words(end_words(node), "red")

    def _step(self, node: Step) -> Text:
        known = node.name.casefold()
        parts = [kind_word(node.kind), node.service, node.target]
        notes = [part for part in dict.fromkeys(parts) if part and part.casefold() not in known]
        name = _words(node.name or node.target or node.detail, "green")
        return _noted(name, [*notes, *attempts_words(node)])

    def _decision(self, tree: Tree, node: Decision, file: str, inner: str) -> None:
        """Each way as the code asks for it; a question of which only one answer leads anywhere is one line."""
        if _is_match(node):
            self._branches(tree.add(self._line(node, file)), node.branches, inner)
            return
        told = [branch for branch in node.branches if branch.body or _leaving(branch) == OUT]
        if len(node.branches) == 2 and told == [node.branches[-1]]:
            words = [f"unless {node.condition or node.name}{_leaving(told[0])}"]
        else:
            told = list(node.branches) if told and told[-1] is node.branches[-1] else list(node.branches)[:-1]
            words = [_way(node, branch, is_first=branch is told[0]) for branch in told]
        for branch, text in zip(told, words, strict=True):
            line = _words(text, "yellow")
            first = self._line(node, file, line) if branch is told[0] else line
            self._add(tree.add(_certain(first, branch.confidence)), branch.body, inner)

    def _guard(self, tree: Tree, node: Guard, file: str) -> None:
        self._add(tree, node.body, file)
        for handler in node.handlers:
            words = f"on {handler.label or handler.condition or 'any exception'}"
            self._add(tree.add(_words(words if handler.body else f"{words}: go on", "red")), handler.body, file)
        if node.last:
            self._add(tree.add(_words("in any case", "yellow")), node.last, file)

    def _branches(self, tree: Tree, branches: Iterable[Branch], file: str) -> None:
        for branch in branches:
            label = _words(branch.label or branch.condition or "else", "yellow")
            self._add(tree.add(_certain(label, branch.confidence)), branch.body, file)

    def _hop(self, node: Hop, sent: Step | None = None) -> Text:
        names = [self._run_name(run) for run in node.runs]
        if node.evidence.startswith(CORRECTED) and node.name:
            names = [f"{node.name} ({', '.join(names)})"]
        text = _words(f"{HANDED.get(node.kind, node.kind)} → {', '.join(names) or node.name or 'nobody known'}", "cyan")
        carrier = f" on {sent.service}" if sent is not None and sent.service else ""
        notes = [f"via {node.channel}{carrier}"] if node.channel else []
        notes += attempts_words(sent) if sent is not None else []
        if node.delay is not None:
            notes.append(f"after {seconds_words(node.delay)}")
        elif node.delay_text:
            notes.append(f"after {node.delay_text}")
        notes += self._order(node)
        if node.inline:
            notes.append("before this goes on")
        notes += [safeguard_text(one) for one in node.safeguards]
        return _noted(text, notes)

    def _order(self, node: Hop) -> list[str]:
        """What has to end well before the receivers begin."""
        if len(node.after) > MOST_AWAITED:
            return [f"once those {len(node.after)} have ended well"]
        names = [self._run_number(run) or short_unit(run) for run in node.after]
        return [f"once {' and '.join(names)} {'has' if len(names) == 1 else 'have'} ended well"] if names else []

    def _run_name(self, identifier: str) -> str:
        number = self._run_number(identifier)
        if not number:
            return identifier
        run = self._runs[identifier]
        return f"{number}: {run.name or short_unit(run.unit)}"

    def _run_number(self, identifier: str) -> str:
        """`run 3`; empty for what is no run of the workflow."""
        return f"run {list(self._runs).index(identifier) + 2}" if identifier in self._runs else ""

    def _placed(self, text: Text, unit: str, line: int, file: str) -> Text:
        """With the place in the source; the file is named only where it is another than in the line above."""
        if self._places and unit:
            where = f":{line}" if line and file_of(unit) == file else place(unit, line)
            text.append_text(_words(f"  {where}", "dim"))
        return text


def end_words(node: End) -> str:
    """How a run or a turn of a loop ends."""
    if node.outcome == "stop":
        return LEFT.get(node.text, f"end {node.text}")
    if node.name == END_RUN:
        return f"end the run: {node.text}"
    if node.name == FAILED_THERE:
        return "end with that failure"
    if node.outcome == "raise":
        return f"fail with {node.text}" if node.text else "fail again"
    return f"return {node.text}".rstrip()


def _is_sent_by(step: Step, hop: Hop) -> bool:
    """Whether a step is the sending of what the hop hands over to receivers that are known."""
    if (step.unit, step.line) != (hop.unit, hop.line) or hop.kind != "publish" or not hop.runs:
        return False
    # a list on a cache's server is a queue, too
    return step.kind == "message" or (step.kind == "cache" and step.target == hop.channel)


def _is_match(node: Decision) -> bool:
    """Whether the branches are patterns that one value is compared with."""
    first = node.branches[0] if node.branches else None
    return first is None or (node.name != node.condition and first.label == first.condition)


def _way(node: Decision, branch: Branch, *, is_first: bool) -> str:
    """One way of a decision: "if paid", "otherwise, if free", "otherwise"."""
    asked = branch.condition or (node.condition or node.name if is_first else "")
    words = ", ".join(filter(None, ["" if is_first else "otherwise", f"if {asked}" if asked else ""]))
    return words + (_leaving(branch) or ("" if branch.body else ": go on"))


def _leaving(branch: Branch) -> str:
    """Where a way that does nothing else jumps to: ": leave the loop"."""
    return next((words for words in (NEXT, OUT) if branch.label.endswith(words)), "")


def _loop_words(node: Loop) -> str:
    """How a loop goes on: "for each order in orders", "while waiting", "repeat, until done"."""
    if node.kind == "for":
        return f"for each {node.over}"
    endless = next((text for text in ENDLESS if node.over == text or node.over.startswith(f"{text}, until ")), "")
    return f"repeat{node.over.removeprefix(endless) or ' for ever'}" if endless else f"while {node.over}"


def _guard_words(node: Guard) -> str:
    if node.kind == "covered":
        return ", ".join(attempts_words(node))
    name = node.name if node.kind == "fallback" and node.name.startswith("Falls back") else ""
    words = f"{GUARDS[node.kind]}, f{name[1:]}" if name else GUARDS[node.kind]
    return f"{words}, tried {retry_words(node.retry)}" if node.retry else words


def attempts_words(node: Step | Call | Guard | Run | Workflow) -> list[str]:
    """Notes on how often and how long something is tried, and what keeps it from doing harm."""
    words = [f"tried {retry_words(node.retry)}"] if node.retry else []
    words += [f"at most {seconds_words(node.timeout)}"] if node.timeout is not None else []
    if isinstance(node, (Run, Workflow)):
        return words
    return words + [safeguard_text(one) for one in node.safeguards]


def _noted(text: Text, notes: list[str]) -> Text:
    return text.append_text(_words(f" ({'; '.join(notes)})", "")) if notes else text


def _corrected(text: Text, evidence: str) -> Text:
    return text.append(" [corrected]", "dim cyan") if evidence.startswith(CORRECTED) else text


def _certain(text: Text, confidence: float) -> Text:
    return text.append(" [inferred]", "dim yellow") if confidence < CERTAIN else text


def _words(text: str, style: str) -> Text:
    """Text that rich takes literally, cut where it would fill a screen."""
    return Text(fit(text, LONGEST), style)
