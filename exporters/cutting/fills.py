"""Tells a cache from what a process remembers: a cache holds what its function would find out again.

Its function asks first whether the value is there, uses the one that is, and else stores what a call gives that is
handed nothing of what the cache holds.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from exporters.cutting.places import Places
from exporters.cutting.source import FunctionNode, dotted_name
from exporters.cutting.touch import Touch

_NOT_FOUND_OUT = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow", "today", "uuid4", "uuid1", "count"})
"""What gives another value each time: that is remembered, not cached."""
PlacesOf = Callable[[ast.expr], Places]


def as_fills(touch: Touch, node: FunctionNode, places: PlacesOf, stored_in: PlacesOf) -> Touch:
    """The function's touch, its own changes that fill a cache marked as such.

    `places` says which holders an expression stands for, `stored_in` in which an assignment to it stores.
    """
    stored = [change for change in touch.changes if change.how == "stored" and change.place in touch.early]
    if not stored:
        return touch
    body = list(ast.walk(node))
    used = _used(body, places)
    values = list(_stores(body, stored_in))
    bound = list(_bound(body))
    fills = {
        change: replace(change, how="filled")
        for change in stored
        if change.place in used
        and all(_is_found_out(v, change.place, places, bound, 0) for _, p, v in values if change.place in p)
        and any(line == change.line and change.place in p for line, p, _ in values)
    }
    changes = frozenset(fills.get(change, change) for change in touch.changes)
    filled = frozenset(change.place for change in fills)
    return replace(touch.without_reads(filled), cached=touch.cached | (filled & touch.reads), changes=changes)


def _stores(body: list[ast.AST], stored_in: PlacesOf) -> Iterator[tuple[int, Places, ast.expr | None]]:
    """Where something is stored, in what, and which value; None where it rests on what was there."""
    for node in body:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield target.lineno, stored_in(target), value
            case ast.AnnAssign(target=target, value=value) if value is not None:
                yield target.lineno, stored_in(target), value
            case ast.AugAssign(target=target):
                yield target.lineno, stored_in(target), None
            case _:
                pass


def _is_found_out(
    value: ast.expr | None, place: str, places: PlacesOf, bound: list[tuple[str, ast.expr]], depth: int
) -> bool:
    """Whether the value is what a call gives that is handed nothing of what the place holds."""
    match value:
        case ast.Await(value=inner):
            return _is_found_out(inner, place, places, bound, depth)
        case ast.Call(func=func):
            is_new = dotted_name(func).rpartition(".")[2] not in _NOT_FOUND_OUT
            return is_new and not _mentions(value, place, places)
        case ast.ListComp() | ast.SetComp() | ast.DictComp():
            return not _mentions(value, place, places)
        case ast.Name(id=name) if depth < 2:
            given = [one for own, one in bound if own == name and place not in places(one)]
            return bool(given) and all(_is_found_out(one, place, places, bound, depth + 1) for one in given)
        case _:
            return False


def _bound(body: list[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ) if value is not None:
                yield name, value
            case _:
                pass


def _mentions(node: ast.AST, place: str, places: PlacesOf) -> bool:
    inside = (one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute))
    return any(place in places(one) for one in inside)


def _used(body: list[ast.AST], places: PlacesOf) -> Places:
    """Places of which more is asked than whether something is there."""
    asked = {id(inner) for node in body for inner in _asked(node)}
    found: set[str] = set()
    for node in body:
        if id(node) in asked:
            continue
        match node:
            case ast.Return(value=value) if value is not None:
                found |= places(value)
            case ast.Subscript(value=value, ctx=ast.Load()):
                found |= places(value)
            case ast.Call(func=ast.Attribute(value=value, attr="get")):
                found |= places(value)
            case ast.Call(args=args) | ast.Call(args=args, keywords=[]):
                found |= {one for argument in args for one in places(argument)}
            case ast.Attribute(value=value, ctx=ast.Load()):
                found |= places(value)
            case _:
                pass
    return frozenset(found)


def _asked(node: ast.AST) -> Iterator[ast.AST]:
    """What stands where only its presence counts."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            isinstance(op, ast.In | ast.NotIn | ast.Is | ast.IsNot) for op in ops
        ):
            yield from (left, *others)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield test
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case _:
            pass
