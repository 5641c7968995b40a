"""Puts a statement on as many lines as it needs."""

from __future__ import annotations

import token
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from exporters.python_code.layout.leaves import Leaf
from exporters.python_code.layout.priorities import COMMA, DOT
from exporters.shared.python_text import LINE_LENGTH, width

_PAD = "    "


class CannotSplitError(Exception):
    """This way does not make the line shorter."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Leaves that stand on one line, or will be split."""

    leaves: Sequence[Leaf]
    indent: int
    is_inside: bool = False
    """It stands between brackets, so it may be split anywhere."""
    must_split: bool = False
    is_definition: bool = False
    is_import: bool = False

    @property
    def text(self) -> str:
        return "".join([self.leaves[0].text, *(leaf.space + leaf.text for leaf in self.leaves[1:])]).strip()

    @property
    def fits(self) -> bool:
        text = self.text
        return len(_PAD) * self.indent + width(text) <= LINE_LENGTH and "\n" not in text

    @property
    def is_magic(self) -> bool:
        """Whether a comma before a closing bracket asks for a line for each thing."""
        return any(_is_magic(leaf, before, self) for before, leaf in zip(self.leaves, self.leaves[1:], strict=False))

    def priorities(self) -> dict[int, int]:
        """By place: what a split behind the leaf is worth, of those that stand in no bracket of the line."""
        least = min((leaf.depth for leaf in self.leaves), default=0)
        return {i: leaf.after for i, leaf in enumerate(self.leaves[:-1]) if leaf.after and leaf.depth == least}


def _is_magic(leaf: Leaf, before: Leaf, line: Line) -> bool:
    if not leaf.closes or before.text != ",":
        return False
    if leaf.mark == "}" or line.is_import:
        return True
    opening = leaf.partner
    inside = _between(line.leaves, opening, leaf)
    commas = sum(1 for one in inside if one.text == "," and opening is not None and one.depth == opening.depth + 1)
    if leaf.mark == "]":
        return commas > 1 or not _is_subscript(line.leaves, opening)
    return commas > 1 or _is_call(line.leaves, opening)


def _between(leaves: Sequence[Leaf], opening: Leaf | None, closing: Leaf) -> list[Leaf]:
    places = [i for i, leaf in enumerate(leaves) if leaf is opening or leaf is closing]
    return list(leaves[places[0] + 1 : places[-1]]) if len(places) > 1 else list(leaves)


def _is_subscript(leaves: Sequence[Leaf], opening: Leaf | None) -> bool:
    place = next((i for i, leaf in enumerate(leaves) if leaf is opening), 0)
    return place > 0 and not leaves[place].space and _is_operand(leaves[place - 1])


def _is_call(leaves: Sequence[Leaf], opening: Leaf | None) -> bool:
    return _is_subscript(leaves, opening)


def _is_operand(leaf: Leaf) -> bool:
    return leaf.closes or leaf.kind in {token.NAME, token.STRING}


def lines_of(line: Line, *, always_optional: bool = False) -> list[Line]:
    """The line, or the lines that it is split into."""
    if not line.must_split and not line.is_magic and line.fits:
        return [line]
    ways: list[Callable[[Line, bool], Iterator[Line]]] = [_at_brackets]
    if line.is_definition:
        ways = [_at_parameters]
    elif line.is_inside:
        ways = [_at_delimiters, _at_brackets]
    for way in ways:
        try:
            return _split(line, way, always_optional=always_optional)
        except CannotSplitError:
            continue
    return [line]


def _split(line: Line, way: Callable[[Line, bool], Iterator[Line]], *, always_optional: bool) -> list[Line]:
    found: list[Line] = []
    pieces = list(way(line, always_optional))
    for piece in pieces:
        if piece.text == line.text:
            raise CannotSplitError
        found += lines_of(piece, always_optional=always_optional)
    is_plain = not any(leaf.mark and not leaf.text for leaf in line.leaves) or _has_made(pieces)
    if way is not _at_brackets or always_optional or is_plain or found[0].fits:
        return found
    second = _split(line, way, always_optional=True)
    return second if all(each.fits for each in second) else found


def _has_made(pieces: Sequence[Line]) -> bool:
    return any(leaf.is_made for piece in pieces for leaf in piece.leaves)


def _at_parameters(line: Line, _always: bool) -> Iterator[Line]:
    """A definition: name, parameters, what it gives."""
    place = next((i for i, leaf in enumerate(line.leaves) if leaf.opens), None)
    if place is None:
        raise CannotSplitError
    end = next(i for i, leaf in enumerate(line.leaves) if leaf is line.leaves[place].partner)
    yield from _parts(line, place, end)


def _at_delimiters(line: Line, _always: bool) -> Iterator[Line]:
    """A line for each part between the signs that bind the least."""
    found = line.priorities()
    if not found:
        raise CannotSplitError
    best = max(found.values())
    if best == DOT and sum(worth == DOT for worth in found.values()) == 1:
        raise CannotSplitError
    start = 0
    for place in [place for place, worth in found.items() if worth == best]:
        yield replace(line, leaves=line.leaves[start : place + 1], must_split=False)
        start = place + 1
    last = list(line.leaves[start:])
    if best == COMMA and last[-1].text != ",":
        last.append(Leaf(",", token.OP, depth=last[-1].depth))
    yield replace(line, leaves=last, must_split=False)


def _at_brackets(line: Line, always: bool) -> Iterator[Line]:
    """What stands before the last brackets, in them and behind them; earlier ones when the first line gets too long."""
    for omitted in _omissions(line):
        made = list(_right_hand(line, omitted, always=always))
        if made[0].fits:
            yield from made
            return
    yield from _right_hand(line, frozenset(), always=always)


def _omissions(line: Line) -> Iterator[frozenset[Leaf]]:
    """The closing brackets at the line's end that are not split at: first none, then ever more."""
    omitted: set[Leaf] = set()
    if not line.is_magic:
        yield frozenset()
    length = len(_PAD) * line.indent
    opening: Leaf | None = None
    closing: Leaf | None = None
    inner: set[Leaf] = set()
    for index in reversed(range(len(line.leaves))):
        leaf = line.leaves[index]
        length += width(leaf.space + leaf.text)
        if length > LINE_LENGTH:
            return
        if opening is not None:
            if leaf is opening:
                opening = None
            elif leaf.closes:
                inner.add(leaf)
        elif leaf.closes:
            before = line.leaves[index - 1] if index else None
            if before is not None and before.opens:
                inner.add(leaf)
                continue
            if closing is not None:
                omitted |= {closing, *inner}
                inner.clear()
                yield frozenset(omitted)
            if leaf.text and _holds_magic(line, index):
                if closing is None and line.is_magic:
                    yield frozenset()
                return
            if leaf.text:
                opening, closing = leaf.partner, leaf


def _holds_magic(line: Line, index: int) -> bool:
    """Whether a comma asks for several lines in the brackets that end there."""
    first = next((i for i, leaf in enumerate(line.leaves) if leaf is line.leaves[index].partner), index)
    return replace(line, leaves=line.leaves[max(first - 1, 0) : index + 1]).is_magic


@dataclass(frozen=True, slots=True)
class _Parts:
    """A line at its brackets: the places of the opening and the closing one."""

    line: Line
    first: int
    last: int

    @property
    def head(self) -> Line:
        return self.made()[0]

    @property
    def body(self) -> Line:
        return self.made()[1]

    def made(self) -> list[Line]:
        return list(_parts(self.line, self.first, self.last))

    @property
    def is_optional(self) -> bool:
        return not self.line.leaves[self.last].text


def _last_brackets(line: Line, omitted: frozenset[Leaf]) -> _Parts:
    for index in reversed(range(len(line.leaves))):
        leaf = line.leaves[index]
        if leaf.closes and leaf not in omitted:
            first = next((i for i, one in enumerate(line.leaves) if one is leaf.partner), None)
            if first is None:
                raise CannotSplitError
            if first + 1 == index:
                continue
            return _Parts(line, first, index)
    raise CannotSplitError


def _right_hand(line: Line, omitted: frozenset[Leaf], *, always: bool) -> Iterator[Line]:
    yield from _without_optional(_last_brackets(line, omitted), line, omitted, always=always)


def _without_optional(parts: _Parts, line: Line, omitted: frozenset[Leaf], *, always: bool) -> Iterator[Line]:
    """Split at the brackets; at earlier ones where those are optional and would not help."""
    if parts.is_optional and not always and _may_omit(parts):
        omitted |= {line.leaves[parts.last]}
        try:
            inner = _last_brackets(line, omitted)
            if _is_better(inner, parts):
                yield from list(_without_optional(inner, line, omitted, always=always))
                return
        except CannotSplitError:
            if not (_can_be_split(parts.body) or parts.body.fits):
                raise
    yield from parts.made()


def _parts(line: Line, first: int, last: int) -> Iterator[Line]:
    """Head, body and tail, the brackets written."""
    leaves = line.leaves
    opening, closing = leaves[first], leaves[last]
    head = [*leaves[:first], opening if opening.text else opening.written()]
    tail = [closing if closing.text else closing.written(), *leaves[last + 1 :]]
    body = list(leaves[first + 1 : last])
    has_comma = any(leaf.text == "," and leaf.depth == opening.depth + 1 for leaf in body)
    if body and body[-1].text != "," and (line.is_import or (line.is_definition and not has_comma)):
        body.append(Leaf(",", token.OP, depth=opening.depth + 1))
    yield replace(line, leaves=head, must_split=False, is_definition=False)
    if body:
        made = Line(body, line.indent + 1, is_inside=True)
        is_literal = line.is_import or not (_is_subscript(leaves, opening) or line.is_definition)
        is_listed = max(made.priorities().values(), default=0) == COMMA
        yield replace(made, must_split=is_listed and (is_literal or body[-1].text == ","))
    yield replace(line, leaves=tail, must_split=False, is_definition=False)


def _may_omit(parts: _Parts) -> bool:
    """Whether the brackets inside can take the split just as well."""
    body = parts.body
    found = body.priorities()
    if not found:
        return True
    best = max(found.values())
    if sum(worth == best for worth in found.values()) > 1:
        return False
    if best == COMMA and any(leaf.text == "with" for leaf in parts.line.leaves[:2]):
        return False
    if best == DOT:
        return True
    leaves = [leaf for leaf in body.leaves if leaf.text or leaf.mark]
    if leaves[0].opens and len(leaves) > 1 and not leaves[1].closes and _opening_may_stay(parts, body):
        return True
    if leaves[-1].closes:
        return not leaves[-2].opens and _closing_may_stay(parts, body)
    return False


def _opening_may_stay(parts: _Parts, body: Line) -> bool:
    """Whether what stands behind the first brackets of the body fits on a line."""
    length, is_behind = len(_PAD) * parts.line.indent, False
    for leaf in body.leaves:
        if leaf.closes and leaf.partner is body.leaves[0]:
            is_behind = True
        if is_behind:
            length += width(leaf.space + leaf.text)
            if length > LINE_LENGTH:
                return False
            if leaf.opens:
                is_behind = False
    return True


def _closing_may_stay(parts: _Parts, body: Line) -> bool:
    """Whether what stands before the last brackets of the body fits on a line."""
    length, has_others = len(_PAD) * parts.line.indent, False
    for leaf in body.leaves:
        length += width(leaf.space + leaf.text)
        if leaf is body.leaves[-1].partner:
            return has_others or length <= LINE_LENGTH
        has_others = has_others or leaf.opens
    return False


def _is_better(inner: _Parts, outer: _Parts) -> bool:
    """Whether a split at inner brackets reads better than at the optional ones around."""
    head = outer.line.leaves[: outer.first]
    if not head or not head[-1].is_assignment or replace(outer.line, leaves=head).is_magic:
        return True
    inner_head = inner.line.leaves[: inner.first + 1]
    behind = inner_head[len(head) :]
    if any(leaf.closes and leaf.text for leaf in behind):
        return True
    return len(inner_head) > len(head) and inner.head.fits


def _can_be_split(line: Line) -> bool:
    """Whether the line surely has brackets that take a split."""
    leaves = line.leaves
    if len(leaves) < 2:
        return False
    if leaves[0].kind == token.STRING and leaves[1].text == ".":
        calls = sum(leaf.opens for leaf in leaves)
        return calls > 1 or not (leaves[-1].closes and leaves[-2].opens)
    return True
