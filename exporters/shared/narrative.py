"""A workflow told in plain sentences, run by run, made from the model alone: the same workflow, the same words.

Each sentence consists of parts, and a part knows the node that it tells of, so that a reader can go from any of them
to its step. What is folded in the diagram is one clause here; what is open is told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

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
from exporters.shared import deeds
from exporters.shared.bodies import Bodies
from exporters.shared.conditions import condition_words, refusal_words, thing_words
from exporters.shared.flow import is_spliced, unwrap
from exporters.shared.metrics import clip
from exporters.shared.nodes import shown_in
from exporters.shared.openings import HANDLER, Opening, run_opening, start_opening
from exporters.shared.tallies import Tallies
from exporters.shared.turns import kept_back
from exporters.shared.words import (
    LEAVES,
    catches_all,
    caught_words,
    cover_facts,
    is_match,
    loop_words,
    retry_text,
)

CLAUSES: Final = 3
"""So many deeds make one sentence."""
_MOST_TARGETS: Final = 6
_LONGEST: Final = 140
_ERROR_NAMES: Final = frozenset(["e", "err", "error", "ex", "exc", "exception"])
"""What people call a caught error."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of a sentence, and the node (or run) that they tell of."""

    text: str
    key: str = ""


@dataclass(slots=True)
class Sentence:
    """One sentence; the deeper, the further inside a condition or a loop."""

    depth: int
    parts: list[Part]

    def text(self) -> str:
        """The words alone."""
        return "".join(part.text for part in self.parts)


@dataclass(slots=True)
class Chapter:
    """What is told of one run."""

    key: str
    """The run's id; the workflow's for the first run."""
    title: str
    sentences: list[Sentence] = field(default_factory=list[Sentence])


def narrative(
    workflow: Workflow, triggers: Mapping[str, Trigger], opened: Collection[str], tallies: Tallies | None = None
) -> list[Chapter]:
    """The chapters of a workflow; `opened` names the calls whose inside is told as well.

    `tallies` are those of workflows before.
    """
    tallies = tallies or Tallies(Bodies())
    started = [triggers[one] for one in workflow.triggers if one in triggers]
    runs = {run.id: run for run in workflow.runs}
    first = Chapter(workflow.id, workflow.name)
    _Teller(first, runs, opened, tallies, start_opening(workflow, started)).tell(workflow.body)
    chapters = [first]
    shown, names = shown_in(workflow), {one.key: one.title for one in (first, *map(_chapter, workflow.runs))}
    behind = kept_back(workflow)
    for run in workflow.runs:
        chapter = _chapter(run)
        _Teller(chapter, runs, opened, tallies, run_opening(run)).tell(run.body, _untold(run, shown, names))
        _tell_kept_back(chapter, [runs[one] for one in behind.get(run.id, ()) if one in runs])
        chapters.append(chapter)
    return chapters


Clause = list[Part]
_NOTHING: Final[Clause] = [Part("does nothing that leaves the process")]


def _chapter(run: Run) -> Chapter:
    return Chapter(run.id, deeds.run_name(run))


def _tell_kept_back(chapter: Chapter, kept: Sequence[Run]) -> None:
    """What never happens when the run fails for good."""
    if not kept:
        return
    said = [[Part(deeds.quoted(deeds.run_name(run)), run.id)] for run in kept[:_MOST_TARGETS]]
    more = len(kept) - _MOST_TARGETS
    said += [[Part(f"{more} more")]] if more > 0 else []
    parts: list[Part] = []
    for index, clause in enumerate(said):
        parts += [Part(" and " if index == len(said) - 1 else ", ")] * bool(index) + clause
    ending = " never begins." if len(kept) == 1 else " never begin."
    chapter.sentences.append(Sentence(0, [Part("If it fails for good, "), *parts, Part(ending)]))


def _untold(run: Run, shown: Mapping[str, str], names: Mapping[str, str]) -> Clause:
    """Why a run shows nothing: it did not fit, another run calls it directly and shows it, or there is nothing."""
    if run.closed:
        return [Part("does more than fits into this view")]
    place = shown.get(run.unit, "")
    if not place:
        return _NOTHING
    return [Part("does the same as where "), Part(deeds.quoted(names[place]), place), Part(" calls it directly")]


class _Teller:
    """Tells one run: gathers clauses until they fill a sentence, or until the flow parts."""

    def __init__(
        self,
        chapter: Chapter,
        runs: Mapping[str, Run],
        opened: Collection[str],
        tallies: Tallies,
        opening: Opening,
    ) -> None:
        self._chapter = chapter
        self._runs = runs
        self._opened = opened
        self._tallies = tallies
        self._opening, self._actor = opening
        self._answers = self._actor == HANDLER
        self._calls = 0

    def tell(self, body: Sequence[Node], untold: Clause = _NOTHING) -> None:
        """The whole run; `untold` is said where nothing of it is in the workflow."""
        nodes = unwrap(body)
        if not nodes:
            self._say(0, [untold])
        self._body(nodes, 0)

    def _body(self, nodes: Sequence[Node], depth: int) -> None:
        waiting: list[Clause] = []
        for node in self._flat(nodes):
            clause = self._clause(node)
            if clause is None:
                self._say(depth, waiting)
                waiting = []
                self._block(node, depth)
            else:
                waiting.append(clause)
                if len(waiting) == CLAUSES:
                    self._say(depth, waiting)
                    waiting = []
        self._say(depth, waiting)

    def _flat(self, nodes: Sequence[Node]) -> list[Node]:
        """Small helpers are told in their caller's line, as the diagram shows them."""
        found: list[Node] = []
        for node in nodes:
            if isinstance(node, Call) and node.body and is_spliced(node):
                found.extend(self._flat(node.body))
            else:
                found.append(node)
        return found

    def _say(self, depth: int, clauses: list[Clause]) -> None:
        if not clauses:
            return
        self._add(depth, [Part(self._subject(depth)), *_enumerated(clauses), Part(".")])

    def _subject(self, depth: int) -> str:
        """The word "it", or in a run's first sentence what sets it off."""
        if self._opening and depth == 0:
            opening, self._opening = self._opening, ""
            return f"{opening}, {self._actor} "
        return "It "

    def _add(self, depth: int, parts: list[Part]) -> None:
        self._chapter.sentences.append(Sentence(depth, parts))

    def _begin(self, depth: int, words: str, key: str) -> Part:
        """The first words of a sentence that parts the flow, behind the run's opening where none was said yet."""
        if self._opening and depth == 0:
            self._add(depth, [Part(f"{self._opening}:")])
            self._opening = ""
        return Part(words, key)

    def _clause(self, node: Node) -> Clause | None:
        """What a simple node does; None for one that parts the flow or is told over several sentences."""
        match node:
            case Step():
                return [Part(deeds.step_deed(node), node.id)]
            case Call():
                return None if self._is_open(node) else [Part(deeds.call_deed(node) + self._inside(node), node.id)]
            case Wait():
                return [Part(deeds.wait_deed(node), node.id)]
            case Hop():
                return self._hop(node)
            case End():
                return [Part(deeds.end_deed(node, inside=self._calls > 0, answers=self._answers), node.id)]
            case _:
                return None

    def _is_open(self, node: Call) -> bool:
        return bool(node.body) and node.id in self._opened

    def _inside(self, node: Call) -> str:
        inside = self._tallies.words(node.body)
        return f" ({inside})" if inside else ""

    def _hop(self, node: Hop) -> Clause:
        known = [self._runs[run] for run in node.runs if run in self._runs]
        if not known:
            more = " and begins again from the start" if node.runs else ", and nothing in this code receives it"
            return [Part(deeds.hop_alone(node) + more, node.id), Part(deeds.hop_delay(node))]
        receiving = deeds.hop_receiving(node, len(known))
        parts = [Part(deeds.hop_deed(node), node.id), Part(", which " if receiving else " ")]
        more = len(known) - _MOST_TARGETS
        for index, run in enumerate(known[:_MOST_TARGETS]):
            if index:
                parts.append(Part(" and " if index == len(known) - 1 else ", "))
            parts.append(Part(deeds.quoted(deeds.run_name(run)), run.id))
        if more > 0:
            parts.append(Part(f" and {more} more"))
        if receiving:
            parts.append(Part(f" {receiving}{' at once' if node.inline else ''}"))
        names = {run: deeds.run_name(self._runs[run]) for run in node.after if run in self._runs}
        return [*parts, Part(deeds.hop_turn(node, names)), Part(deeds.hop_delay(node))]

    def _block(self, node: Node, depth: int) -> None:
        match node:
            case Call():
                self._add(depth, [Part(self._subject(depth)), Part(deeds.call_deed(node), node.id), Part(":")])
                self._calls += 1
                self._body(unwrap(node.body), depth + 1)
                self._calls -= 1
            case Decision():
                self._decision(node, depth)
            case Loop():
                self._nested(depth, _capital(loop_words(node)), node.id, node.body)
            case Guard():
                self._guard(node, depth)
            case Parallel():
                self._parallel(node, depth)
            case OneOf():
                self._one_of(node, depth)
            case _:
                pass

    def _nested(self, depth: int, words: str, key: str, body: Sequence[Node], *, ends: bool = False) -> None:
        """A beginning such as "If …" with what follows it: in the same sentence where that is short."""
        head = self._begin(depth, words, key)
        nodes = self._flat(body)
        clauses = [self._clause(node) for node in nodes[:2]]
        if nodes and len(nodes) <= 2 and all(clauses):
            said = [clause for clause in clauses if clause]
            said += [[Part("leaves the loop", key)]] * ends
            self._add(depth, [head, Part(", it "), *_enumerated(said), Part(".")])
        elif nodes:
            self._add(depth, [head, Part(":")])
            self._body(body, depth + 1)
            if ends:
                self._add(depth + 1, [Part("It "), Part("leaves the loop", key), Part(".")])
        else:
            self._add(depth, [head, Part(", nothing is to be done.")])

    def _decision(self, node: Decision, depth: int) -> None:
        if node.condition and is_match(node):
            for branch in node.branches:
                words = f"Where {thing_words(node.condition)} is {clip(branch.condition or branch.label, 60)}"
                self._branch(depth, words if branch.condition != "_" else "In all other cases", node.id, branch)
            return
        refused: list[str] = []
        told = False
        for branch in node.branches:
            condition = branch.condition or ("" if refused else node.condition)
            if condition:
                asked = [*refused, condition_words(condition)] if not told else [condition_words(condition)]
                refused.append(refusal_words(condition))
            else:
                asked = [] if told else refused
            words = f"if {clip(' and '.join(asked), _LONGEST)}" if asked else ""
            words = ", ".join(filter(None, ["otherwise" if told else "", words])) or "in all other cases"
            self._branch(depth, _capital(words), node.id, branch)
            told = told or bool(branch.body)

    def _branch(self, depth: int, words: str, key: str, branch: Branch) -> None:
        if branch.body:
            self._nested(depth, words, key, branch.body, ends=branch.label.endswith(LEAVES))

    def _guard(self, node: Guard, depth: int) -> None:
        that = "that" if self._flat(node.body) else "what it tries there"
        if node.kind == "covered":
            facts = ", ".join(cover_facts(node))
            self._nested(depth, f"Under a safeguard ({clip(facts, _LONGEST)})", node.id, node.body)
        elif self._is_one_sentence(node.body):
            self._body(node.body, depth)
        else:
            that = "any of that"
            self._add(depth, [Part(self._subject(depth)), Part("tries the following", node.id), Part(":")])
            self._body(node.body, depth + 1)
        if node.retry and node.kind != "covered":
            said = self._begin(depth, f"When {that} fails, it is tried again: {retry_text(node.retry)}.", node.id)
            self._add(depth, [said])
        for number, handler in enumerate(node.handlers):
            failed = _failed(handler.label, that, is_rest=number > 0)
            if handler.body:
                self._nested(depth, failed, node.id, handler.body)
            elif not (node.retry and node.kind == "retry"):
                self._add(depth, [self._begin(depth, f"{failed}, {_goes_on(node)}.", node.id)])
        if node.last:
            self._nested(depth, "In any case", node.id, node.last)

    def _is_one_sentence(self, body: Sequence[Node]) -> bool:
        """Whether one sentence tells it, so that what is said of failures is said of all of it."""
        nodes = self._flat(body)
        return len(nodes) <= CLAUSES and all(self._clause(node) is not None for node in nodes)

    def _parallel(self, node: Parallel, depth: int) -> None:
        each = f" for each of {clip(thing_words(node.each), 60)}" if node.each else ""
        if node.each and len(node.branches) == 1:
            self._nested(depth, f"Side by side{each}", node.id, node.branches[0].body)
        else:
            self._add(depth, [self._begin(depth, f"At the same time{each}:", node.id)])
            for branch in node.branches:
                self._branch(depth + 1, f"In the part {deeds.quoted(branch.label)}", node.id, branch)
        after = "It waits for all of them." if node.join else "Nothing waits for that."
        self._add(depth, [Part(after, node.id)])

    def _one_of(self, node: OneOf, depth: int) -> None:
        names = [branch.label for branch in node.branches]
        more = f" and {len(names) - _MOST_TARGETS} more" if len(names) > _MOST_TARGETS else ""
        listed = ", ".join(map(deeds.quoted, names[:_MOST_TARGETS]))
        words = f"Data decides which one of {len(names)} runs: {listed}{more}."
        self._add(depth, [self._begin(depth, words, node.id)])
        if len(names) <= _MOST_TARGETS:
            for branch in node.branches:
                self._branch(depth + 1, f"With {deeds.quoted(branch.label)}", node.id, branch)


def _failed(label: str, that: str, *, is_rest: bool) -> str:
    """`TimeoutError` is what something fails with; `it failed for good` is said by the analysis."""
    if catches_all(label):
        return f"If {that} fails" + (" with any other error" if is_rest else "")
    caught = caught_words(label)
    return f"If {that} fails with {clip(caught, _LONGEST)}" if caught else f"If {clip(label, 60)}"


def _goes_on(node: Guard) -> str:
    """What follows an error for which nothing is done."""
    if node.name.startswith("Falls back to "):
        if node.name.removeprefix("Falls back to ") in _ERROR_NAMES:
            return "the error is what it gives"
        return f"it falls back to {clip(node.name.removeprefix('Falls back to ').removeprefix(': '), 60)}"
    return {"swallow": "the error is ignored", "reraise": "the error is passed on", "retry": "it is tried again"}.get(
        node.kind, "it goes on"
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _enumerated(clauses: Sequence[Clause]) -> list[Part]:
    """`a`, `a and b`, `a, then b, and c`."""
    parts: list[Part] = []
    two = ", and " if any(part.text.startswith(", ") for part in clauses[0]) else " and "
    for index, clause in enumerate(clauses):
        if index:
            parts.append(Part(two if len(clauses) == 2 else ", then " if index == 1 else ", and "))
        parts.extend(clause)
    return parts
