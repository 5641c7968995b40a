"""Calls that touch nothing outside and still belong into a workflow: checks that may end it, answers that decide it.

A *check* is a unit whose name says so (`validate_…`, `ensure_…`) and whose own body raises, or which calls a check.
A *decider* is a unit whose answer a later decision of the caller asks for. Both are *soft*: alone they make no workflow
and keep no branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from discover.facts import records as facts
from discover.facts.source_text import text_of
from discover.infer.jumps import UNTIL
from discover.infer.names import words_of
from discover.infer.node_trees import bodies_of
from discover.link.records import Linked, UnitSource
from discover.model import Branch, Call, Decision, Guard, Loop, Node, OneOf, Parallel

MAY_END = "may end the flow"
DECIDES = "its answer decides what follows"
_SOFT = (MAY_END, DECIDES)

_CHECKS = frozenset({
    *("validate", "check", "ensure", "verify", "require", "assert", "authorize", "authorise", "authenticate"),
    *("enforce", "guard", "forbid", "reject"),
})  # fmt: skip
_WHOLE = frozenset({"clean"})
"""Of one word alone: Django's `clean` refuses, a `clean_html` makes something else of a text."""
_BEGINNINGS = (*_CHECKS, *_WHOLE)
_PLAIN = frozenset({
    *("get", "to", "from", "format", "parse", "make", "build", "load", "read", "new", "join", "normalize", "as"),
    *("init", "str", "repr", "len", "eq", "hash", "serialize", "deserialize", "create", "render", "gen", "generate"),
})  # fmt: skip


def is_soft(node: Node) -> bool:
    """Whether the node is a call that is only shown for what it may end or decide."""
    return isinstance(node, Call) and node.evidence in _SOFT


def may_end(node: Node) -> bool:
    """Whether the node is the call of a check."""
    return isinstance(node, Call) and node.evidence == MAY_END


def checks_of(linked: Linked) -> frozenset[str]:
    """The units that are there to end the flow when something is wrong: those that raise, and those that call these."""
    named = {unit for unit, source in linked.sources.items() if source.body is not None and _is_named_so(source.name)}
    found = {unit for unit in named if (body := linked.sources[unit].body) is not None and any(_raises(body.body))}
    callers: dict[str, list[str]] = {}
    for unit in named - found:
        plan = linked.plans.get(unit)
        for targets in plan.calls.values() if plan is not None else ():
            if len(targets) == 1:
                callers.setdefault(targets[0].unit, []).append(unit)
    todo = list(found)
    while todo:
        fresh = [unit for unit in callers.get(todo.pop(), ()) if unit not in found]
        found.update(fresh)
        todo += fresh
    return frozenset(found)


def _is_named_so(name: str) -> bool:
    # Most names are told apart without taking them to pieces.
    if not name.lstrip("_").lower().startswith(_BEGINNINGS):
        return False
    words = words_of(name)
    return bool(words) and (words[0].lower() in _CHECKS or name in _WHOLE)


def may_decide(source: UnitSource) -> bool:
    """Whether the unit's name tells more than that it gets or shapes a value."""
    words = words_of(source.name)
    return source.body is not None and bool(words) and words[0].lower() not in _PLAIN


def _raises(body: list[facts.Stmt]) -> Iterator[bool]:
    for statement in body:
        if isinstance(statement, facts.Raise):
            yield True
        elif isinstance(statement, (facts.If, facts.ForLoop, facts.While)):
            yield from _raises(statement.body)
            yield from _raises(statement.otherwise)
        elif isinstance(statement, facts.With):
            yield from _raises(statement.body)
        elif isinstance(statement, facts.Try):
            yield from _raises(statement.body)
            for handler in statement.handlers:
                yield from _raises(handler.body)


def assigned_names(targets: list[facts.Expr]) -> tuple[str, ...]:
    """The plain names that an assignment binds, those of a tuple too."""
    names: list[str] = []
    for target in targets:
        items = target.items if isinstance(target, facts.Sequence) else [target]
        names += [text_of(item) for item in items if isinstance(item, facts.Name)]
    return tuple(names)


def without_idle_deciders(nodes: tuple[Node, ...], answers: dict[str, tuple[str, ...]]) -> tuple[Node, ...]:
    """The nodes without the deciders whose answer (the names by node id) no decision that is left asks for."""
    asked = " ".join(_conditions(nodes))
    idle = {
        identity
        for identity, names in answers.items()
        if not any(re.search(rf"\b{re.escape(name)}\b", asked) for name in names)
    }
    return _without(nodes, idle) if idle else nodes


def _conditions(nodes: tuple[Node, ...]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Decision):
            yield node.condition
            yield from (branch.condition for branch in node.branches)
        elif isinstance(node, Loop):
            yield node.over if node.kind == "while" else node.over.partition(UNTIL)[2]
        for body in bodies_of(node):
            yield from _conditions(body)


def _without(nodes: tuple[Node, ...], idle: set[str]) -> tuple[Node, ...]:
    replace = msgspec.structs.replace
    out: list[Node] = []
    for node in nodes:
        if node.id in idle:
            continue
        if isinstance(node, (Decision, Parallel, OneOf)):
            out.append(replace(node, branches=_branches(node.branches, idle)))
        elif isinstance(node, Loop):
            out.append(replace(node, body=_without(node.body, idle)))
        elif isinstance(node, Guard):
            handlers = _branches(node.handlers, idle)
            body, last = _without(node.body, idle), _without(node.last, idle)
            out.append(replace(node, body=body, handlers=handlers, last=last))
        else:
            out.append(node)
    return tuple(out)


def _branches(branches: tuple[Branch, ...], idle: set[str]) -> tuple[Branch, ...]:
    return tuple(msgspec.structs.replace(branch, body=_without(branch.body, idle)) for branch in branches)
