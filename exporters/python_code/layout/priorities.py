"""Where a statement would best be split: behind commas first, before the weakest operators then."""

from __future__ import annotations

import token
from collections.abc import Sequence

from exporters.python_code.layout.leaves import Leaf

COMPREHENSION, COMMA, TERNARY, LOGIC, STRING, COMPARATOR, DOT = 20, 18, 16, 14, 12, 10, 1
_OPERATORS = {
    **dict.fromkeys(("<", ">", "==", "!=", "<=", ">=", "in", "is", "not"), COMPARATOR),
    **dict.fromkeys(("and", "or"), LOGIC),
    "|": 9,
    "^": 8,
    "&": 7,
    **dict.fromkeys(("<<", ">>"), 6),
    **dict.fromkeys(("+", "-"), 5),
    **dict.fromkeys(("*", "/", "//", "%", "@"), 4),
    "**": 2,
}
_FEWEST_DOTS = 2


def prioritise(found: Sequence[Leaf]) -> None:
    """Give each leaf its depth, and what it is worth to split behind it."""
    _depths(found)
    for index, leaf in enumerate(found):
        leaf.after = COMMA if leaf.text == "," else 0
        if index + 1 < len(found) and not leaf.opens:
            leaf.after = leaf.after or _before(found, index + 1)
    _dots(found)


def _depths(found: Sequence[Leaf]) -> None:
    """Brackets, and what stands between `for` and `in` or behind `lambda`, are deeper."""
    depth = 0
    inner: list[tuple[int, str]] = []
    for index, leaf in enumerate(found):
        if leaf.closes:
            depth -= 1
        if inner and inner[-1] == (depth, leaf.text):
            inner.pop()
            depth -= 1
        leaf.depth = depth
        if leaf.opens:
            depth += 1
        elif leaf.text == "lambda" or (leaf.text == "for" and index > 1):
            depth += 1
            inner.append((depth, ":" if leaf.text == "lambda" else "in"))


def _before(found: Sequence[Leaf], index: int) -> int:
    """What it is worth to split before a leaf."""
    leaf, before = found[index], found[index - 1]
    if leaf.kind == token.STRING and before.kind == token.STRING:
        return STRING
    if leaf.text in {"for", "async"} and leaf.depth:
        return COMPREHENSION if leaf.text == "async" or before.text != "async" else 0
    if leaf.text in {"if", "else"}:
        return _of_if(found, index)
    if leaf.text == "not" and not (index + 1 < len(found) and found[index + 1].text == "in"):
        return 0
    if (leaf.text == "in" and before.text == "not") or (before.text == "is" and leaf.text == "not"):
        return 0
    if leaf.text in {"*", "**", "+", "-"} and _is_sign(before):
        return 0
    if leaf.text == "in" and _is_of_for(found, index):
        return 0
    return _OPERATORS.get(leaf.text, 0)


def _is_sign(before: Leaf) -> bool:
    return before.opens or before.is_word or (before.kind == token.OP and not before.closes)


def _of_if(found: Sequence[Leaf], index: int) -> int:
    """An `if` of a comprehension, or one half of `a if b else c`."""
    leaf = found[index]
    if leaf.text == "else":
        return TERNARY
    behind = [one for one in _same_brackets(found, index) if one.text in {"if", "else", "for"}]
    is_ternary = bool(behind) and behind[0].text == "else"
    return TERNARY if is_ternary else COMPREHENSION if leaf.depth else 0


def _same_brackets(found: Sequence[Leaf], index: int) -> list[Leaf]:
    depth, inside = found[index].depth, list[Leaf]()
    for leaf in found[index + 1 :]:
        if leaf.depth < depth or (leaf.depth == depth and leaf.text == ","):
            break
        if leaf.depth == depth:
            inside.append(leaf)
    return inside


def _is_of_for(found: Sequence[Leaf], index: int) -> bool:
    """Whether an `in` ends what a `for` binds."""
    for leaf in reversed(found[:index]):
        if leaf.depth < found[index].depth or (leaf.depth == found[index].depth and leaf.opens):
            return False
        if leaf.depth == found[index].depth:
            return leaf.text == "for"
    return False


def _dots(found: Sequence[Leaf]) -> None:
    """Calls on what calls have given: from two on, each may stand on a line of its own."""
    chains: dict[int, list[Leaf]] = {}
    for index, leaf in enumerate(found):
        if leaf.text == "." and index and _gives(found, index - 1):
            chains.setdefault(_root(found, index), []).append(found[index - 1])
    for ends in chains.values():
        if len(ends) >= _FEWEST_DOTS:
            for leaf in ends:
                leaf.after = max(leaf.after, DOT)


def _gives(found: Sequence[Leaf], index: int) -> bool:
    """Whether brackets that end here are a call, a subscript, or something in parentheses."""
    leaf = found[index]
    if leaf.text == "]":
        first = next(at for at in range(index, -1, -1) if found[at] is leaf.partner)
        return first > 0 and not found[first].space and (found[first - 1].closes or found[first - 1].kind == token.NAME)
    return leaf.text == ")"


def _root(found: Sequence[Leaf], index: int) -> int:
    """Where the chain of attributes, calls and subscripts begins that a dot belongs to."""
    place = index - 1
    while place >= 0:
        leaf = found[place]
        if leaf.closes and leaf.partner is not None:
            place = next(at for at in range(place, -1, -1) if found[at] is leaf.partner) - 1
            if place >= 0 and (found[place].closes or (found[place].kind == token.NAME and not found[place].is_word)):
                continue
            return place + 1
        if leaf.kind in {token.NAME, token.STRING} and not leaf.is_word and place and found[place - 1].text == ".":
            place -= 2
            continue
        return place
    return 0
