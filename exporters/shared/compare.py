"""What changed between two scans of a backend: workflows, runs and steps that came, went, moved or ask something else.

Steps are compared by what they are and where they stand in the flow, not by their lines: a comment above them is no
change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Literal

from discover.model import Call, Decision, End, Graph, Guard, Hop, Loop, Node, Parallel, Step, Wait, Workflow
from exporters.shared.conditions import condition_words
from exporters.shared.nodes import inner_bodies, run_bodies, walk
from exporters.shared.unshown import unshown
from exporters.shared.words import node_title, retry_text, seconds_text

ChangeKind = Literal["added", "gone", "moved", "condition", "changed"]
Fingerprint = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One step that is not as it was."""

    kind: ChangeKind
    key: str
    """The node's id in the new scan; the old one's where it is gone."""
    title: str
    text: str
    """What is different, in words."""
    unit: str = ""
    line: int = 0
    """Where it stands, or stood."""


@dataclass(frozen=True, slots=True)
class WorkflowChanges:
    """What changed in one workflow."""

    id: str
    name: str
    kind: Literal["added", "gone", "changed"]
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two scans."""

    workflows: tuple[WorkflowChanges, ...] = ()

    def count(self, kind: str) -> int:
        """How many workflows were added, went, or changed."""
        return sum(one.kind == kind for one in self.workflows)

    def of(self, workflow: str) -> WorkflowChanges | None:
        """What changed in one workflow; None when nothing did."""
        return next((one for one in self.workflows if one.id == workflow), None)


def compare(old: Graph, new: Graph, *, whole: bool = True) -> Changes:
    """The differences, in the order of the new scan, then what is gone, unless `new` holds only some workflows."""
    before = {workflow.id: workflow for workflow in old.workflows}
    found: list[WorkflowChanges] = []
    for workflow in new.workflows:
        known = before.pop(workflow.id, None)
        if known is None:
            found.append(WorkflowChanges(workflow.id, workflow.name, "added"))
            continue
        changes = _Comparison(known, workflow).changes() if known != workflow else ()
        if changes:
            found.append(WorkflowChanges(workflow.id, workflow.name, "changed", changes))
    if whole:
        found += [WorkflowChanges(one.id, one.name, "gone") for one in before.values()]
    return Changes(tuple(found))


@dataclass(slots=True)
class _Comparison:
    """Compares two states of one workflow, run by run."""

    old: Workflow
    new: Workflow
    found: list[Change] = field(default_factory=list[Change])
    came: list[Node] = field(default_factory=list[Node])
    went: list[Node] = field(default_factory=list[Node])

    def changes(self) -> tuple[Change, ...]:
        before = dict(run_bodies(self.old))
        after = dict(run_bodies(self.new))
        self._runs(before, after)
        for run, body in after.items():
            self._match(list(walk(before.get(run, ()))), list(walk(body)))
        for run, body in before.items():
            if run not in after:
                self.went.extend(walk(body))
        self._leave_out()
        self._moved()
        self.found += [_change("added", node, "") for node in self.came]
        inside = {inner.id for node in self.went for body in inner_bodies(node) for inner in walk(body)}
        self.found += [_change("gone", node, "") for node in self.went if node.id not in inside]
        order = {node.id: at for at, node in enumerate(_all(self.new))}
        last = len(order)
        return tuple(sorted(self.found, key=lambda one: (order.get(one.key, last), one.key, one.kind)))

    def _runs(self, before: Iterable[str], after: Iterable[str]) -> None:
        names = {run.id: run.name or run.unit for run in (*self.old.runs, *self.new.runs)}
        came = [key for key in after if key not in {*before, *unshown(self.new, self.old)[1]}]
        went = [key for key in before if key not in {*after, *unshown(self.old, self.new)[1]}]
        self.found += [Change("added", key, names.get(key, key), "a run that was not there") for key in came]
        self.found += [Change("gone", key, names.get(key, key), "a run that is not there any more") for key in went]

    def _leave_out(self) -> None:
        """Say nothing of steps for which the other state has no room: they need not have come or gone."""
        came, went = unshown(self.new, self.old)[0], unshown(self.old, self.new)[0]
        self.came = [node for node in self.came if node.id not in came]
        self.went = [node for node in self.went if node.id not in went]

    def _match(self, old: list[Node], new: list[Node]) -> None:
        """Pair what is equal word for word, and between that what is the same thing with other words."""
        for was, now in _pairs(old, new, _wording):
            if len(was) == len(now) and list(map(_wording, was)) == list(map(_wording, now)):
                self._same(was, now)
                continue
            for gone, added in _pairs(was, now, _fingerprint):
                if len(gone) == len(added) and list(map(_fingerprint, gone)) == list(map(_fingerprint, added)):
                    self._same(gone, added)
                else:
                    self.went.extend(gone)
                    self.came.extend(added)

    def _same(self, old: list[Node], new: list[Node]) -> None:
        for one, other in zip(old, new, strict=True):
            text = _different(one, other)
            if text:
                asks = isinstance(other, Decision) and isinstance(one, Decision) and one.condition != other.condition
                self.found.append(_change("condition" if asks else "changed", other, text))

    def _moved(self) -> None:
        """What went at one place and came at another has moved."""
        waiting: dict[Fingerprint, list[Node]] = {}
        for node in self.went:
            waiting.setdefault(_essence(node), []).append(node)
        came: list[Node] = []
        for node in self.came:
            same = waiting.get(_essence(node))
            if not same or isinstance(node, (Decision, End)):
                came.append(node)
                continue
            was = same.pop(0)
            self.went.remove(was)
            self.found.append(_change("moved", node, f"was at {_place(was)}"))
        self.came = came


def _pairs(
    old: list[Node], new: list[Node], key: Callable[[Node], Fingerprint]
) -> Iterator[tuple[list[Node], list[Node]]]:
    """The stretches of two sequences that are equal by a key, and in turn those between them."""
    before, after = list(map(key, old)), list(map(key, new))
    if before == after:
        yield old, new
        return
    for _, low, high, at, end in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        yield old[low:high], new[at:end]


def _all(workflow: Workflow) -> Iterable[Node]:
    for _, body in run_bodies(workflow):
        yield from walk(body)


def _change(kind: ChangeKind, node: Node, text: str) -> Change:
    return Change(kind, node.id, node_title(node), text, node.unit, node.line)


def _place(node: Node) -> str:
    file, _, name = node.unit.partition("::")
    return f"{file}:{node.line} in {name}" if name else f"{file}:{node.line}"


def _essence(node: Node) -> Fingerprint:
    """What a node is, wherever it stands."""
    tag = str(node.__struct_config__.tag)
    match node:
        case Decision():
            return (tag, str(len(node.branches)))
        case Step():
            return (tag, node.kind, node.name)
        case Call():
            return (tag, node.callee or node.name)
        case Hop():
            return (tag, node.kind, node.name)
        case End():
            return (tag, node.outcome)
        case Loop():
            return (tag, node.kind, node.over)
        case Guard():
            return (tag, node.kind, *(handler.label for handler in node.handlers))
        case Wait():
            return (tag, node.until)
        case _:
            return (tag, node.name)


def _fingerprint(node: Node) -> Fingerprint:
    return (*_essence(node), node.unit)


def _wording(node: Node) -> Fingerprint:
    """The fingerprint with what a decision asks."""
    return (*_fingerprint(node), node.condition) if isinstance(node, Decision) else _fingerprint(node)


def _different(old: Node, new: Node) -> str:
    """What two states of one node say differently, in words; empty when nothing."""
    found: list[str] = []
    before, after = dict(_said(old)), dict(_said(new))
    for word, value in after.items():
        was = before.get(word, "")
        if was != value:
            found.append(f"{word} {_or_none(value)}, was {_or_none(was)}")
    return "; ".join(found)


def _or_none(text: str) -> str:
    return text or "nothing"


def _said(node: Node) -> Iterable[tuple[str, str]]:
    """What is compared of a node beside what it is."""
    if isinstance(node, Decision):
        yield "asks whether", condition_words(node.condition)
        for index, branch in enumerate(node.branches[1:], start=2):
            yield f"branch {index}:", condition_words(branch.condition)
    if isinstance(node, (Step, Call, Guard)):
        yield "tried", retry_text(node.retry) if node.retry else ""
        yield "time limit", seconds_text(node.timeout) if node.timeout is not None else ""
    if isinstance(node, Step):
        yield "touches", " ".join(filter(None, (node.detail, node.target, node.service)))
    if isinstance(node, Hop):
        yield "received by", ", ".join(node.runs)
        yield "delayed by", seconds_text(node.delay) if node.delay is not None else node.delay_text
        yield "begins after", ", ".join(node.after)
        yield "through", node.channel
    if isinstance(node, Wait):
        yield "waits", seconds_text(node.seconds) if node.seconds is not None else node.until
    if isinstance(node, End):
        yield "ends with", node.text
    if isinstance(node, Parallel):
        yield "waits for all parts:", "yes" if node.join else "no"
