"""Loops without `break` and `continue`: a flag says that a loop has been left, and its condition asks for it."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from exporters.cutting.exits import without_break, without_continue
from exporters.cutting.flow import (
    Attempt,
    Body,
    Choice,
    Each,
    Frame,
    Plain,
    Repeat,
    Retried,
    Statement,
    Turn,
    Within,
    assign,
    bodies_of,
    expression,
    head,
    leaves,
    marks_in,
    statement,
    turned_in,
    walk,
)
from exporters.cutting.render import render

New = Callable[[Frame, str], str]
"""A new local name in a frame, with a variable of its own."""


def without_turns(body: Body, new: New) -> None:
    """Let no loop in which something happens be left from inside."""
    for item in list(walk(body)):
        if isinstance(item, Each | Repeat) and _turns(item.body):
            if _is_left(item) and not item.otherwise:
                item.written = _written(item)
            _forget_written(item.body)
            frame = next(iter(leaves([item]))).frame
            item.body[:] = without_continue(item.body, frame, lambda frame=frame: new(frame, "left"))
    body[:] = _sequence(body, new)


def _sequence(items: Body, new: New) -> Body:
    found: Body = []
    for item in items:
        for inner in bodies_of(item):
            inner[:] = _sequence(inner, new)
        found.extend(_looped(item, new) if isinstance(item, Each | Repeat) and _is_left(item) else [item])
    return found


def _turns(body: Body) -> bool:
    """Whether the body has a `break` or `continue` of its own loop."""
    return any(isinstance(item, Turn) or any(map(_turns, turned_in(item))) for item in body)


def _forget_written(body: Body) -> None:
    """What turns its loop is going to change: it can't stand as it is written any more."""
    for item in body:
        if isinstance(item, Choice | Attempt | Within | Each | Repeat) and _turns([item]):
            item.written = None
            for inner in turned_in(item):
                _forget_written(inner)


def _is_left(loop: Each | Repeat) -> bool:
    """Whether the loop is left from inside, and can be told without that."""
    tries = [item for item in walk(loop.body) if isinstance(item, Attempt)]
    is_late = any(_breaks(item.last) for item in tries)
    return bool(marks_in(loop.body)) and _breaks(loop.body) and not is_late


def _breaks(body: Body) -> bool:
    """Whether the body leaves its own loop."""
    return any((isinstance(item, Turn) and item.is_break) or any(map(_breaks, turned_in(item))) for item in body)


def _looped(item: Each | Repeat, new: New) -> Body:
    place = item.over if isinstance(item, Each) else item.test
    frame = place.frame
    flag = new(frame, "stopped")
    written = None if item.otherwise else item.written
    body = without_break(item.body, frame, flag)
    before = [_line(flag, cst.Name("False"))]
    if isinstance(item, Each):
        items, position = new(frame, "items"), new(frame, "position")
        listed = cst.Call(cst.Name("list"), [cst.Arg(expression(item.over))])
        before += [_line(position, cst.Integer("0")), _line(items, listed)]
        body = [*_turn(item, items, position), *body]
        size = cst.Call(cst.Name("len"), [cst.Arg(cst.Name(items))])
        more: cst.BaseExpression = cst.Comparison(
            cst.Name(position), [cst.ComparisonTarget(cst.LessThan(), size)], lpar=[], rpar=[]
        )
        name = item.name or f"For each {cst.Module([]).code_for_node(item.node.target)}"
    else:
        more, name = expression(item.test), item.name
    test = _both(cst.UnaryOperation(cst.Not(), cst.Name(flag)), more)
    node = cst.While(test, cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])]))
    marks = place.marks if isinstance(item, Each) else []
    start = Plain(before, frame, place.first, place.last, list(marks), is_taken_out=True)
    asked = head(test, frame, place.first, [] if isinstance(item, Each) else place.marks)
    loop = Repeat(node, asked, body, [], name, written)
    if not item.otherwise:
        return [start, loop]
    start.is_taken_out = False
    well = head(cst.UnaryOperation(cst.Not(), cst.Name(flag)), frame, place.last)
    return [start, loop, Choice(well, item.otherwise, [], name=f"not {flag}")]


def _line(name: str, value: cst.BaseExpression) -> Statement:
    return cst.SimpleStatementLine([assign(name, value)])


def _both(first: cst.BaseExpression, second: cst.BaseExpression) -> cst.BaseExpression:
    if isinstance(second, cst.Name) and second.value == "True":
        return first
    if isinstance(second, cst.BooleanOperation | cst.IfExp | cst.NamedExpr | cst.Lambda) and not second.lpar:
        second = second.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.BooleanOperation(first, cst.And(), second)


def _turn(item: Each, items: str, position: str) -> Body:
    """What begins a turn: the next item, and the place of the one behind it."""
    index = cst.SubscriptElement(cst.Index(cst.Name(position)))
    taken = cst.Assign([cst.AssignTarget(item.node.target)], cst.Subscript(cst.Name(items), [index]))
    following = cst.BinaryOperation(cst.Name(position), cst.Add(), cst.Integer("1"))
    return [statement(taken, item.target), statement(assign(position, following), item.target)]


def _written(item: Each | Repeat) -> Statement | None:
    """The loop as statements of its function, for where it can't be cut."""
    is_alone = len({leaf.frame for leaf in leaves([item])}) == 1 and not any(
        isinstance(one, Retried) for one in walk([item])
    )
    if not is_alone:
        return None
    return item.written if item.written is not None else render([item])[0]
