"""One way out: `return` becomes a bound result, and what it skipped becomes the other branch.

Where a branch can't take the rest in (behind a loop, a `try` or a `with`), a flag says that the function has returned:
`left = True`, and the rest stands below `if not left`. Nothing is ever done twice or in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import libcst as cst

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
    assign,
    bodies_of,
    expression,
    head,
    statement,
    turned_in,
    walk,
)
from exporters.cutting.reasons import CannotCutError

Bind = Callable[[Leave | Turn], Body]
"""What stands in the place of a way out."""


@dataclass(slots=True)
class _Way:
    bind: Bind
    flag: Callable[[], str]
    """Makes the name of a new flag."""
    ways: type[Leave | Turn]
    frame: Frame
    used: str = ""
    """The flag that is set beside the binding; empty for none."""
    breaks: bool = False
    """Whether a loop has to be left as well."""
    is_break: bool = False
    """Of the turns of a loop, the way out is `break`, not `continue`."""


def single_exit(body: Body, frame: Frame, bind: Bind, flag: Callable[[], str]) -> Body:
    """The body of a function without any `return`."""
    has_value = any(isinstance(item, Leave) and item.value is not None for item in walk(body))
    if has_value and falls(body):
        place = _last_plain(body, frame)
        body = [*body, Leave(None, place)]
    return _close(body, _Way(bind, flag, Leave, frame))


def without_continue(body: Body, frame: Frame, flag: Callable[[], str]) -> Body:
    """The body of a loop without `continue`."""
    return _close(body, _Way(lambda _: [], flag, Turn, frame))


def without_break(body: Body, frame: Frame, flag: str) -> Body:
    """The body of a loop without `break`; the flag says that the loop was left."""
    return _close(body, _Way(lambda _: [], lambda: flag, Turn, frame, used=flag, is_break=True))


def falls(body: Iterable[Item]) -> bool:
    """Whether control may come to the end of the sequence."""
    return not any(_stops(item) for item in body)


def is_guard(item: Item) -> bool:
    """Whether an item is no `if` of the code, but stands for what the code comes to where it has not been left."""
    return isinstance(item, Choice) and item.written is None and item.name == item.test.text.strip()


def _stops(item: Item) -> bool:
    match item:
        case Leave() | Turn():
            return True
        case Plain():
            return item.ends
        case Choice():
            return not falls(item.then) and not falls(item.otherwise)
        case Attempt():
            tried = not falls(item.body) or (bool(item.otherwise) and not falls(item.otherwise))
            return (tried and all(not falls(h.body) for h in item.handlers)) or (
                bool(item.last) and not falls(item.last)
            )
        case Within():
            return not falls(item.body) and "suppress" not in item.head.text
        case Repeat():
            endless = isinstance(expression(item.test), cst.Name) and item.test.text.strip() == "True"
            return endless and not any(isinstance(one, Turn) and one.is_break for one in walk(item.body))
        case Retried():
            return not falls(item.body)
        case Each() | Together():
            return False


def _last_plain(body: Body, frame: Frame) -> Plain:
    last = list(walk(body))[-1]
    place = last if isinstance(last, Plain) else last.plain if isinstance(last, Leave | Turn) else None
    line = place.last if place else 0
    return Plain([cst.SimpleStatementLine([cst.Return()])], frame, line, line)


def _is_way(item: Item, way: _Way) -> bool:
    return isinstance(item, way.ways) and not (isinstance(item, Turn) and item.is_break is not way.is_break)


def _has(item: Item, way: _Way) -> bool:
    if _is_way(item, way):
        return True
    bodies = turned_in(item) if way.ways is Turn else bodies_of(item)
    return any(_has(inner, way) for body in bodies for inner in body)


def _close(items: Body, way: _Way) -> Body:
    for index, item in enumerate(items):
        if not _has(item, way):
            continue
        before, rest = items[:index], items[index + 1 :]
        if isinstance(item, Leave | Turn):
            return [*before, *_out(item, way)]
        if isinstance(item, Choice):
            return [*before, *_choice(item, rest, way)]
        return [*before, *_block(item, rest, way)]
    return items


def _out(item: Leave | Turn, way: _Way) -> Body:
    found = way.bind(item)
    if way.used:
        found = [*found, statement(assign(way.used, cst.Name("True")), item.plain)]
    if way.breaks:
        found = [*found, _break(item.plain)]
    return found


def _break(like: Plain) -> Turn:
    return Turn(statement(cst.Break(), like), is_break=True)


def _choice(item: Choice, rest: Body, way: _Way) -> Body:
    if not rest or not falls(item.then):
        item.then, item.otherwise = _close(item.then, way), _close([*item.otherwise, *rest], way)
        return [item]
    if not falls(item.otherwise):
        item.then, item.otherwise = _close([*item.then, *rest], way), _close(item.otherwise, way)
        return [item]
    inner, before = _flagged(item.test, rest, way)
    item.then, item.otherwise = _close(item.then, inner), _close(item.otherwise, inner)
    return [*before, item, _guard(inner.used, item.test, rest, way)]


def _flagged(like: Plain, rest: Body, way: _Way) -> tuple[_Way, Body]:
    """The way inside of an item that the rest stands behind, and what stands before the item."""
    if way.used or not rest:
        return way, []
    name = way.flag()
    return replace(way, used=name), [statement(assign(name, cst.Name("False")), _bare(like))]


def _bare(like: Plain) -> Plain:
    return Plain([], like.frame, 0, 0)


def _guard(flag: str, like: Plain, rest: Body, way: _Way) -> Choice:
    test = head(cst.UnaryOperation(cst.Not(), cst.Name(flag)), way.frame, like.last)
    return Choice(test, _close(rest, way), [_break(_bare(like))] if way.breaks else [], name=f"not {flag}")


def _block(item: Item, rest: Body, way: _Way) -> Body:
    like = _place(item, way.frame)
    inner, before = _flagged(like, rest, way)
    must_break = False
    match item:
        case Within():
            item.body = _close(item.body, inner)
        case Each() | Repeat() if way.ways is Turn:
            item.otherwise = _close(item.otherwise, inner)
        case Each() | Repeat():
            looped = replace(inner, breaks=True)
            # Behind an inner loop the outer one has to be left too, and then it must be known that it was left.
            must_break = way.breaks
            if must_break and not inner.used:
                name = way.flag()
                before = [statement(assign(name, cst.Name("False")), _bare(like))]
                inner = replace(inner, used=name)
                looped = replace(inner, breaks=True)
            item.body = _close(item.body, looped)
            # What stands behind the loop leaves the outer one.
            item.otherwise = _close(item.otherwise, replace(inner, breaks=False))
        case Attempt():
            inner, before = _attempt(item, inner, before, like)
        case _:
            raise AssertionError(item)
    if rest or must_break:
        return [*before, item, _guard(inner.used, like, rest, way)]
    return [*before, item]


def _attempt(item: Attempt, inner: _Way, before: Body, like: Plain) -> tuple[_Way, Body]:
    if any(_has(one, inner) for one in item.last):
        raise CannotCutError("it returns from inside `finally`")
    if item.otherwise and any(_has(one, inner) for one in item.body):
        if not inner.used:
            name = inner.flag()
            before = [statement(assign(name, cst.Name("False")), _bare(like))]
            inner = replace(inner, used=name)
        item.otherwise = [_guard(inner.used, like, item.otherwise, inner)]
    else:
        item.otherwise = _close(item.otherwise, inner)
    item.body = _close(item.body, inner)
    for handler in item.handlers:
        handler.body = _close(handler.body, inner)
    return inner, before


def _place(item: Item, frame: Frame) -> Plain:
    match item:
        case Each():
            return item.over
        case Repeat():
            return item.test
        case Within():
            return item.head
        case Attempt():
            return Plain([], frame, item.line, item.line)
        case _:
            raise AssertionError(item)
