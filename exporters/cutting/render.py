"""Writes items of a flow back as statements."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import libcst as cst

from exporters.cutting.flow import (
    Attempt,
    Body,
    Choice,
    Each,
    Item,
    Leave,
    Plain,
    Repeat,
    Retried,
    Statement,
    Together,
    Turn,
    Within,
    expression,
    leaves,
    marks_in,
    walk,
)
from exporters.cutting.reasons import CannotCutError


def render(items: Iterable[Item]) -> list[Statement]:
    """The statements that do what the items do: as they are written, where nothing in them had to change."""
    found: list[Statement] = []
    items = list(items)
    for index, item in enumerate(items):
        following = items[index + 1] if index + 1 < len(items) else None
        previous = items[index - 1] if index else None
        if isinstance(item, Plain) and item.is_taken_out and following is not None and _as_written(following):
            continue
        is_whole = not _is_headed(item) or (isinstance(previous, Plain) and previous.is_taken_out)
        written = _as_written(item) if is_whole else None
        found.extend([written] if written is not None else _render_one(item))
    return found


def _as_written(item: Item) -> Statement | None:
    """The item's own statement, unless calls in it were opened."""
    if not isinstance(item, Choice | Each | Repeat | Attempt | Within) or item.written is None:
        return None
    return item.written if len({leaf.frame for leaf in leaves([item])}) == 1 else None


def _is_headed(item: Item) -> bool:
    """Whether the item asks for what a leaf before it has computed."""
    name = expression(item.test if isinstance(item, Choice) else item.over) if isinstance(item, Choice | Each) else None
    own = item.written.test if isinstance(item, Choice) and isinstance(item.written, cst.If) else None
    own = item.written.iter if isinstance(item, Each) and isinstance(item.written, cst.For) else own
    return own is not None and name is not own


def one_leaf(items: Sequence[Item], why: str = "") -> Plain:
    """All of the items, of one frame, as one leaf."""
    if len(items) == 1 and isinstance(items[0], Plain):
        items[0].whole = items[0].whole or why
        return items[0]
    parts = list(leaves(items))
    whole = why or next((leaf.whole for leaf in parts if leaf.whole), "")
    lines = [leaf for leaf in parts if leaf.first]
    first = min((leaf.first for leaf in lines), default=0)
    last = max((leaf.last for leaf in lines), default=0)
    responds = any(leaf.responds for leaf in parts)
    managers = _managers(items)
    return Plain(render(items), parts[0].frame, first, last, marks_in(items), whole, responds, managers=managers)


def _managers(items: Iterable[Item]) -> tuple[cst.WithItem, ...]:
    """The managers that all of the items stand below: they are taken from each, to be around all."""
    inside = [item for item in walk(items) if isinstance(item, Plain)]
    found = {item.managers for item in inside}
    if len(found) != 1:
        return ()
    for item in inside:
        item.open_below(())
    return found.pop()


def _block(items: Body) -> cst.IndentedBlock:
    first, *others = render(items) or [cst.SimpleStatementLine([cst.Pass()])]
    # What parted it from the statement that it stood behind parts it from nothing here.
    lines = tuple(itertools.dropwhile(lambda line: line.comment is None, first.leading_lines))
    return cst.IndentedBlock([first.with_changes(leading_lines=lines), *others])


def _render_one(item: Item) -> list[Statement]:
    match item:
        case Plain():
            return item.statements
        case Leave() | Turn():
            return list(item.plain.body)
        case Choice():
            return [_choice(item)]
        case Each():
            return [
                item.node.with_changes(iter=expression(item.over), body=_block(item.body), orelse=_else(item.otherwise))
            ]
        case Repeat():
            return [
                item.node.with_changes(test=expression(item.test), body=_block(item.body), orelse=_else(item.otherwise))
            ]
        case Attempt():
            return [_attempt(item)]
        case Within():
            return [item.node.with_changes(body=_block(item.body))]
        case Together():
            return list(item.whole.body)
        case Retried():
            raise CannotCutError(f"`{item.text}` has no statements of its own")


def _choice(item: Choice) -> cst.If:
    otherwise: cst.If | cst.Else | None = None
    if len(item.otherwise) == 1 and isinstance(item.otherwise[0], Choice):
        otherwise = _choice(item.otherwise[0])
    elif item.otherwise:
        otherwise = cst.Else(_block(item.otherwise))
    return cst.If(
        test=expression(item.test),
        body=_block(item.then),
        orelse=otherwise,
        leading_lines=item.comments,
    )


def _else(items: Body) -> cst.Else | None:
    return cst.Else(_block(items)) if items else None


def _attempt(item: Attempt) -> cst.Try:
    handlers = [handler.node.with_changes(body=_block(handler.body)) for handler in item.handlers]
    last = cst.Finally(_block(item.last)) if item.last else None
    return item.node.with_changes(
        body=_block(item.body), handlers=handlers, orelse=_else(item.otherwise), finalbody=last
    )
