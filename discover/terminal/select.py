"""Finds the workflows that a user names: by id, name, path, handler or a part of one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from discover.errors import SelectionError
from discover.model import Graph, Trigger, Workflow
from discover.terminal.safe import clean
from discover.terminal.words import short_unit, trigger_words, triggers_by_id

MOST_NAMED = 20
MOST_NEAR = 5
LONGEST_NAME = 200
"""Letters of what is asked for that are compared with names."""
LONGEST_RANK = 9
"""Digits; a longer number is no rank, and Python refuses to read one of thousands."""

_ALL = "`undercurrent scan REPO --limit 0` lists all of them"
_WORD = re.compile(r"[^\W_]{3,}")


def select_one(graph: Graph, wanted: str) -> Workflow:
    """The one workflow that is meant; raises SelectionError with the candidates otherwise."""
    found = select(graph, wanted)
    if len(found) == 1:
        return found[0]
    some = f"; the first {MOST_NAMED} are" if len(found) > MOST_NAMED else ""
    raise _refusal(f"{len(found)} workflows match {clean(wanted)!r}; name one by its id{some}", found[:MOST_NAMED])


def select(graph: Graph, wanted: str) -> list[Workflow]:
    """The workflows that match best: exact id, else exact name, path or handler, else a part of one of these."""
    if not graph.workflows:
        raise SelectionError("no workflows were found here, so there is none to pick")
    triggers = triggers_by_id(graph)
    by_id = [workflow for workflow in graph.workflows if workflow.id == wanted]
    if by_id:
        return by_id
    lowered = wanted.casefold().strip()
    if lowered.isdecimal() and len(lowered) <= LONGEST_RANK and 1 <= int(lowered) <= len(graph.workflows):
        return [graph.workflows[int(lowered) - 1]]
    tests: tuple[Callable[[str], bool], ...] = (lambda name: name == lowered, lambda name: lowered in name)
    for test in tests:
        found = [workflow for workflow in graph.workflows if any(map(test, _names(workflow, triggers)))]
        if found:
            return found
    if nearest := _nearest(graph, lowered, triggers):
        raise _refusal(f"no workflow matches {clean(wanted)!r}; the nearest are", nearest)
    best = graph.workflows[:MOST_NAMED]
    raise _refusal(f"no workflow matches {clean(wanted)!r}; those ranked highest are", best)


def _refusal(message: str, workflows: Sequence[Workflow]) -> SelectionError:
    names = tuple(workflow.name if workflow.name != workflow.id else "" for workflow in workflows)
    return SelectionError(message, tuple(workflow.id for workflow in workflows), names, _ALL)


def _nearest(graph: Graph, lowered: str, triggers: dict[str, Trigger]) -> list[Workflow]:
    """The workflows that have a name which is spelt almost as this one, or else words that are."""
    by_name: dict[str, dict[str, None]] = {}
    by_word: dict[str, dict[str, None]] = {}
    for workflow in graph.workflows:
        for name in _names(workflow, triggers):
            by_name.setdefault(name, {})[workflow.id] = None
            for word in _WORD.findall(name):
                by_word.setdefault(word, {})[workflow.id] = None
    asked = lowered[:LONGEST_NAME]
    found = _close(asked, by_name, 0.7)
    if not found:
        hits = Counter(one for word in _WORD.findall(asked) for one in _close(word, by_word, 0.75))
        found = sorted(hits, key=lambda one: -hits[one])
    by_id = {workflow.id: workflow for workflow in graph.workflows}
    return [by_id[identifier] for identifier in found[:MOST_NEAR]]


def _close(asked: str, named: dict[str, dict[str, None]], cutoff: float) -> list[str]:
    close = get_close_matches(asked, named, n=MOST_NEAR, cutoff=cutoff)
    return list(dict.fromkeys(identifier for name in close for identifier in named[name]))


def _names(workflow: Workflow, triggers: dict[str, Trigger]) -> list[str]:
    names = [workflow.id, workflow.name, workflow.unit, short_unit(workflow.unit)]
    for identifier in workflow.triggers:
        if identifier not in triggers:
            continue
        trigger = triggers[identifier]
        detail = trigger.detail
        names += [identifier, trigger.handler, short_unit(trigger.handler), trigger_words(trigger)]
        names += [name for name in (detail.path, detail.name, detail.command) if name]
    return [name.casefold() for name in names]
