"""Parentheses that a statement may have or not: around what it returns, assigns, asks or imports."""

from __future__ import annotations

import token
from collections.abc import Iterator, Sequence

from exporters.python_code.layout.leaves import Leaf

_HEADERS = frozenset({"if", "elif", "while"})
_ENDED_BY_COLON = frozenset({"if", "elif", "while", "for"})


def with_optional(found: list[Leaf]) -> list[Leaf]:
    """The statement's leaves, with parentheses that need not be written as leaves without a text."""
    for first, last in reversed(list(_places(found))):
        found = _wrapped(found, first, last)
    return found


def _places(found: Sequence[Leaf]) -> Iterator[tuple[int, int]]:
    """The first leaf of each such part, and the one behind its last."""
    if not found:
        return
    start = 1 if found[0].text == "async" else 0
    word, end = found[start].text, len(found)
    if word in _ENDED_BY_COLON:
        end -= 1
    if word in _HEADERS or word in {"return", "del"}:
        yield start + 1, end
    elif word == "with":
        is_list = any(leaf.text == "," and leaf.depth == 0 for leaf in found)
        if is_list or (found[start + 1].mark == "(" and found[start + 1].partner is found[end - 2]):
            yield start + 1, end - 1
    elif word == "for":
        place = next((i for i, leaf in enumerate(found) if leaf.text == "in" and leaf.depth == 0), None)
        if place is not None:
            yield place + 1, end
    elif word == "assert":
        comma = next((i for i, leaf in enumerate(found) if leaf.text == "," and leaf.depth == 0), end)
        yield 1, comma
        if comma < end:
            yield comma + 1, end
    elif word == "from":
        place = next((i for i, leaf in enumerate(found) if leaf.text == "import"), end)
        yield place + 1, end
    elif not found[0].is_word or found[0].text in {"await", "yield", "lambda", "not"}:
        yield from _assigned(found)


def _assigned(found: Sequence[Leaf]) -> Iterator[tuple[int, int]]:
    signs = [i for i, leaf in enumerate(found) if leaf.is_assignment and leaf.depth == 0 and not _in_lambda(found, i)]
    for place, behind in zip(signs, [*signs[1:], len(found)], strict=False):
        yield place + 1, behind


def _in_lambda(found: Sequence[Leaf], index: int) -> bool:
    opened = 0
    for leaf in found[:index]:
        if leaf.text == "lambda" and leaf.depth == 0:
            opened += 1
        elif leaf.text == ":" and leaf.depth == 0 and opened:
            opened -= 1
    return opened > 0


def _wrapped(found: list[Leaf], first: int, last: int) -> list[Leaf]:
    """Put optional parentheses around a part; those that it has become optional, unless they make a tuple."""
    if first >= last:
        return found
    part = found[first:last]
    is_import = found[0].text == "from"
    if part[0].text == "(" and part[0].partner is part[-1]:
        inside = part[1:-1]
        if not is_import and (not inside or _is_kept(inside)):
            return found
        part[0].text = part[-1].text = ""
        return found
    if part[0].text in {"yield", "*"} or (is_import and part[0].text == "*"):
        return found
    opening, closing = Leaf("", token.OP, "("), Leaf("", token.OP, ")")
    opening.partner, closing.partner = closing, opening
    return [*found[:first], opening, *part, closing, *found[last:]]


def _is_kept(inside: Sequence[Leaf]) -> bool:
    """Whether the parentheses around these leaves mean something: a tuple, a generator, a name that is bound."""
    depth = inside[0].depth
    words = {leaf.text for leaf in inside if leaf.depth == depth}
    return bool(words & {",", "for", ":=", "yield"})
