"""Which variables are still needed at each point of a flow."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from exporters.cutting.flow import (
    Attempt,
    Body,
    Choice,
    Each,
    Frame,
    Item,
    Leave,
    Plain,
    Repeat,
    Retried,
    Together,
    Turn,
    Within,
)
from exporters.cutting.names import names_in

Variables = frozenset[str]
NONE: Variables = frozenset()


@dataclass(slots=True)
class Live:
    """The variables that are needed before and behind each item, by the item's identity."""

    before: dict[int, Variables] = field(default_factory=dict[int, Variables])
    after: dict[int, Variables] = field(default_factory=dict[int, Variables])
    entry: dict[int, Variables] = field(default_factory=dict[int, Variables])
    """At the beginning of each sequence, by the sequence's identity."""
    caught: dict[int, Variables] = field(default_factory=dict[int, Variables])
    """What an `Attempt` needs where something in its body fails."""

    def sequence(self, items: Body, after: Variables, loop: Variables = NONE, raising: Variables = NONE) -> Variables:
        """The variables needed before the items; `loop` and `raising` are needed where control leaves them."""
        live = after
        for item in reversed(items):
            self.after[id(item)] = live
            live = self._item(item, live, loop, raising) | raising
            self.before[id(item)] = live
        self.entry[id(items)] = live
        return live

    def _item(self, item: Item, after: Variables, loop: Variables, raising: Variables) -> Variables:
        match item:
            case Plain():
                return before(item.tree, after, item.frame, loop)
            case Leave():
                return NONE
            case Turn():
                return loop
            case Choice():
                yes = self.sequence(item.then, after, loop, raising)
                no = self.sequence(item.otherwise, after, loop, raising)
                return reads(item.test) | yes | no
            case Each():
                return self._each(item, after, loop, raising)
            case Repeat():
                end = self.sequence(item.otherwise, after, loop, raising) | reads(item.test)
                start = NONE
                while (found := self.sequence(item.body, end | start, after | end | start, raising)) - start:
                    start |= found
                return end | start
            case Attempt():
                return self._attempt(item, after, loop, raising)
            case Together():
                return self._together(item, after, loop, raising)
            case Retried():
                return self._retried(item, after, loop, raising)
            case Within():
                inner = self.sequence(item.body, after, loop, raising)
                return before(item.head.tree, inner, item.head.frame, loop)

    def _each(self, item: Each, after: Variables, loop: Variables, raising: Variables) -> Variables:
        bound = binds(item.target)
        if item.gathers:
            part, own = (variables({name}, item.over.frame) for name in (item.part, item.gathers))
            return reads(item.over) | (after - own) | (self.sequence(item.body, part, NONE, raising) - bound)
        end = self.sequence(item.otherwise, after, loop, raising)
        start = NONE
        while (found := self.sequence(item.body, end | start, after | end | start, raising) - bound) - start:
            start |= found
        return reads(item.over) | end | start

    def _together(self, item: Together, after: Variables, loop: Variables, raising: Variables) -> Variables:
        own = variables(set(item.names), item.whole.frame)
        found = after - own
        for branch, name in zip(item.branches, item.names, strict=True):
            needed = (after & variables({name}, item.whole.frame)) | (after - own)
            found |= self.sequence(branch, needed, loop, raising)
        return found

    def _retried(self, item: Retried, after: Variables, loop: Variables, raising: Variables) -> Variables:
        caught = raising
        while (found := self.sequence(item.body, after, loop, caught)) - caught:
            caught |= found
        self.caught[id(item)] = caught
        return caught

    def _attempt(self, item: Attempt, after: Variables, loop: Variables, raising: Variables) -> Variables:
        last = self.sequence(item.last, after | raising, loop, raising)
        behind = last if item.last else after
        leaving = raising | (last if item.last else NONE)
        caught = leaving
        for handler in item.handlers:
            live = self.sequence(handler.body, behind, loop, leaving)
            own = frozenset({handler.variable}) if handler.variable else NONE
            caught |= (live - own) | (reads(handler.kind) if handler.kind else NONE)
        self.caught[id(item)] = caught
        otherwise = self.sequence(item.otherwise, behind, loop, leaving)
        return self.sequence(item.body, otherwise, loop | leaving, caught) | caught


def variables(names: set[str], frame: Frame) -> Variables:
    """What the local names among these stand for."""
    return frozenset(frame.names[name] for name in names if name in frame.names)


def reads(plain: Plain) -> Variables:
    """The variables that a leaf asks for before it sets them itself."""
    if "reads" not in plain.found:
        plain.found["reads"] = before(plain.tree, NONE, plain.frame, NONE)
    return plain.found["reads"]


def mentions(plain: Plain) -> Variables:
    """All variables that a leaf reads, also those that it sets itself."""
    if "mentions" not in plain.found:
        plain.found["mentions"] = variables(plain.names.read, plain.frame)
    return plain.found["mentions"]


def binds(plain: Plain) -> Variables:
    """The variables that a leaf may set."""
    if "binds" not in plain.found:
        plain.found["binds"] = variables(plain.names.bound, plain.frame)
    return plain.found["binds"]


def before(body: Sequence[ast.stmt], after: Variables, frame: Frame, loop: Variables) -> Variables:
    """The variables needed before some statements."""
    live = after
    for statement in reversed(body):
        live = _statement(statement, live, frame, loop)
    return live


def _read(nodes: Sequence[ast.AST | None], frame: Frame) -> Variables:
    return variables(names_in([node for node in nodes if node is not None]).read, frame)


def _bound(nodes: Sequence[ast.AST | None], frame: Frame) -> Variables:
    return variables(names_in([node for node in nodes if node is not None]).bound, frame)


def _statement(node: ast.stmt, after: Variables, frame: Frame, loop: Variables) -> Variables:
    match node:
        case ast.Assign(targets=targets, value=value):
            plain = [target for target in targets if isinstance(target, ast.Name | ast.Tuple | ast.List)]
            return (after - _bound(plain, frame)) | _read([*targets, value], frame)
        case ast.AnnAssign(target=target, value=value):
            killed = _bound([target], frame) if isinstance(target, ast.Name) and value is not None else NONE
            return (after - killed) | _read([target, value], frame)
        case ast.If(test=test, body=yes, orelse=no):
            return before(yes, after, frame, loop) | before(no, after, frame, loop) | _read([test], frame)
        case (
            ast.For(target=target, iter=over, body=body, orelse=no)
            | ast.AsyncFor(target=target, iter=over, body=body, orelse=no)
        ):
            end = before(no, after, frame, loop)
            return end | _turns(body, end, after, frame, _bound([target], frame)) | _read([over], frame)
        case ast.While(test=test, body=body, orelse=no):
            end = before(no, after, frame, loop) | _read([test], frame)
            return end | _turns(body, end, after, frame, NONE)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            inner = before(body, after, frame, loop)
            own = _bound([item.optional_vars for item in items], frame)
            return (inner - own) | _read([item.context_expr for item in items], frame)
        case ast.Try() | ast.TryStar():
            return _try(node, after, frame, loop)
        case ast.Raise() | ast.Return():
            return _read([node], frame)
        case ast.Delete(targets=targets):
            return after | _bound(targets, frame) | _read(targets, frame)
        case ast.Break() | ast.Continue():
            return loop
        case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return (after - _bound([node], frame)) | _read([node], frame)
        case ast.Match(subject=subject, cases=cases):
            live = after | _read([subject], frame)
            for case in cases:
                live |= before(case.body, after, frame, loop) | _read([case.pattern, case.guard], frame)
            return live
        case _:
            return after | _read([node], frame)


def _turns(body: Sequence[ast.stmt], end: Variables, after: Variables, frame: Frame, bound: Variables) -> Variables:
    start = NONE
    while (found := before(body, end | start, frame, after | end | start) - bound) - start:
        start |= found
    return start


def _try(node: ast.Try | ast.TryStar, after: Variables, frame: Frame, loop: Variables) -> Variables:
    last = before(node.finalbody, after, frame, loop)
    caught = last
    for handler in node.handlers:
        live = before(handler.body, last, frame, loop)
        own = frozenset({frame.names[handler.name]}) if handler.name in frame.names else NONE
        caught |= (live - own) | _read([handler.type], frame)
    # Control may leave the body between any two statements: nothing that a handler needs is killed in it.
    return before(node.body, before(node.orelse, last, frame, loop), frame, loop) | caught
