"""A statement's tokens, each with the space before it."""

from __future__ import annotations

import itertools
import keyword
import token
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporters.python_code.layout.strings import joined, normal

OPENS, CLOSES = "([{", ")]}"
_WORDS = frozenset({*keyword.kwlist} - {"None", "True", "False"})
_SIGNS = frozenset({"+", "-", "~", "*", "**"})
_ASSIGNS = frozenset({"=", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**="})
_SOFT = frozenset({"case", "match"})
_SKIPPED = frozenset({token.NL, token.NEWLINE, token.INDENT, token.DEDENT, token.ENDMARKER})
_STARTS = frozenset({getattr(token, "FSTRING_START", -1), getattr(token, "TSTRING_START", -1)})
_ENDS = frozenset({getattr(token, "FSTRING_END", -1), getattr(token, "TSTRING_END", -1)})


@dataclass(slots=True, eq=False)
class Leaf:
    """One token of a statement, or a parenthesis that may be written or not."""

    text: str
    """Empty for a parenthesis that is not written."""
    kind: int
    mark: str = ""
    """The bracket that it is, written or not."""
    space: str = ""
    depth: int = 0
    """The number of brackets around it."""
    after: int = 0
    """How good it is to split the line behind this leaf; 0 is not at all."""
    partner: Leaf | None = None
    is_soft: bool = False
    """A name that is a keyword here."""
    is_made: bool = False
    """A parenthesis that the layout has written."""

    @property
    def opens(self) -> bool:
        return self.mark != "" and self.mark in OPENS

    @property
    def closes(self) -> bool:
        return self.mark != "" and self.mark in CLOSES

    @property
    def is_word(self) -> bool:
        """Whether it is a keyword that is no value."""
        return self.kind == token.NAME and (self.is_soft or self.text in _WORDS)

    @property
    def is_assignment(self) -> bool:
        return self.text in _ASSIGNS

    def written(self) -> Leaf:
        """The parenthesis, as one that is written."""
        return Leaf(self.mark, self.kind, self.mark, self.space, self.depth, self.after, self.partner, is_made=True)


def leaves_of(tokens: Sequence[tokenize.TokenInfo]) -> list[Leaf]:
    """The leaves of one statement, without its comments."""
    found = [
        Leaf(text, kind, text if kind == token.OP and text in OPENS + CLOSES else "") for text, kind in _texts(tokens)
    ]
    if found and found[0].text in _SOFT and found[-1].text == ":" and found[1].text not in {"=", ".", ","}:
        found[0].is_soft = True
    _pair(found)
    return found


def with_joined(found: Sequence[Leaf]) -> list[Leaf]:
    """The leaves with neighbouring strings as one, where they can be."""
    made: list[Leaf] = []
    groups = [list(group) for _, group in itertools.groupby(found, lambda leaf: leaf.kind == token.STRING or id(leaf))]
    for group in groups:
        one = joined([leaf.text for leaf in group]) if len(group) > 1 else None
        made += (
            group
            if one is None
            else [Leaf(one, token.STRING, space=group[0].space, depth=group[0].depth, after=group[-1].after)]
        )
    return made


def _texts(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[tuple[str, int]]:
    """Each token's text; a string with fields is one."""
    opened: list[tokenize.TokenInfo] = []
    for one in tokens:
        if one.type in _STARTS:
            opened.append(one)
        elif one.type in _ENDS:
            first = opened.pop()
            if not opened:
                yield normal(_between(first, one)), token.STRING
        elif not opened and one.type not in _SKIPPED and one.type != token.COMMENT:
            yield normal(one.string) if one.type == token.STRING else one.string, one.type


def _between(first: tokenize.TokenInfo, last: tokenize.TokenInfo) -> str:
    """The source from one token to another; both hold the lines that they stand in."""
    lines = last.line.split("\n") if first.start[0] == last.end[0] else []
    if lines:
        return last.line[first.start[1] : last.end[1]]
    raise UnsureError


class UnsureError(Exception):
    """The statement is left as it is."""


def _pair(found: Sequence[Leaf]) -> None:
    opened: list[Leaf] = []
    for leaf in found:
        if leaf.closes and opened:
            leaf.partner = opened.pop()
            leaf.partner.partner = leaf
        leaf.depth = len(opened)
        if leaf.opens:
            opened.append(leaf)


def space_out(found: Sequence[Leaf]) -> None:
    """Say for each leaf whether a space stands before it."""
    frames: list[_Frame] = [_Frame("")]
    frames[0].is_header = bool(found) and found[0].is_word
    before: Leaf | None = None
    is_sign = False
    for index, leaf in enumerate(found):
        if leaf.closes:
            frames.pop()
        frame = frames[-1]
        unary = leaf.text in _SIGNS and _begins_operand(before)
        leaf.space = "" if before is None or is_sign else _space(before, leaf, frame, found, index)
        if leaf.opens:
            frames.append(_frame(leaf, before, found, index))
        elif leaf.text == "lambda":
            frame.lambdas += 1
        elif leaf.text == ":" and frame.lambdas:
            frame.lambdas -= 1
        elif leaf.text == ":" and frame.is_parameters:
            frame.is_annotated = True
        elif leaf.text == ",":
            frame.is_annotated = False
        is_sign = unary or (leaf.text == "@" and index == 0)
        if is_sign and before is not None and before.is_word:
            leaf.space = " "
        before = leaf


@dataclass(slots=True)
class _Frame:
    """What is known of the brackets around."""

    mark: str
    is_parameters: bool = False
    is_slice: bool = False
    is_complex: bool = False
    is_annotated: bool = False
    is_header: bool = False
    lambdas: int = 0


def _frame(leaf: Leaf, before: Leaf | None, found: Sequence[Leaf], index: int) -> _Frame:
    is_trailer = before is not None and _ends_operand(before)
    inside = _inside(found, index)
    return _Frame(
        leaf.mark,
        is_parameters=leaf.mark == "(" and index > 1 and found[index - 2].text == "def",
        is_slice=leaf.mark == "[" and is_trailer,
        is_complex=any(_is_complex(one, place, inside) for place, one in enumerate(inside)),
    )


def _is_complex(leaf: Leaf, place: int, inside: Sequence[Leaf]) -> bool:
    """Whether it makes a slice's part more than a name or a number."""
    if leaf.text in _SIGNS and (place == 0 or inside[place - 1].text in {":", ","}):
        return False
    return leaf.opens or leaf.closes or leaf.is_word or (leaf.kind == token.OP and leaf.text not in {":", ","})


def _inside(found: Sequence[Leaf], index: int) -> list[Leaf]:
    inside: list[Leaf] = []
    for leaf in found[index + 1 :]:
        if leaf is found[index].partner:
            break
        inside.append(leaf)
    return inside


def _begins_operand(before: Leaf | None) -> bool:
    """Whether what stands behind this leaf begins an operand, so that a sign is its own."""
    if before is None or before.opens or before.is_word:
        return True
    return before.kind == token.OP and not before.closes and before.text != "..."


def _ends_operand(leaf: Leaf) -> bool:
    if leaf.kind == token.OP:
        return leaf.closes or leaf.text == "..."
    return not leaf.is_word


def _space(before: Leaf, leaf: Leaf, frame: _Frame, found: Sequence[Leaf], index: int) -> str:
    if before.opens or leaf.closes or leaf.text in {",", ";"}:
        return ""
    if leaf.text == "." or before.text == ".":
        return _around_dot(before, leaf)
    if found[0].text == "from" and "..." in {leaf.text, before.text}:
        return "" if before.text == "..." and leaf.text != "import" else " " * before.is_word
    if leaf.opens and leaf.mark in "([" and _ends_operand(before):
        return ""
    if leaf.text == ":=" or before.text == ":=":
        return " "
    if ":" in {leaf.text, before.text} and not before.opens:
        return _around_colon(before, leaf, frame)
    if "=" in {leaf.text, before.text} and (frame.mark or frame.lambdas):
        return " " if frame.is_annotated else ""
    if leaf.text == "**" or before.text == "**":
        return "" if _hugs(found, index if leaf.text == "**" else index - 1) else " "
    return " "


def _around_dot(before: Leaf, leaf: Leaf) -> str:
    if leaf.text == "." and before.is_word:
        return " "
    return " " if before.text == "." and leaf.text == "import" else ""


def _around_colon(before: Leaf, leaf: Leaf, frame: _Frame) -> str:
    if frame.is_slice and not frame.lambdas:
        if before.text in {",", ":"} and leaf.text == ":":
            return " " if before.text == "," else ""
        return " " if frame.is_complex else ""
    return "" if leaf.text == ":" else " "


def _hugs(found: Sequence[Leaf], index: int) -> bool:
    """Whether both operands of a power are names, numbers or attributes of names."""
    return _is_simple(found[index - 1], found[index - 2] if index > 1 else None) and _is_simple_ahead(found, index + 1)


def _is_simple(leaf: Leaf, before: Leaf | None) -> bool:
    return leaf.kind in {token.NAME, token.NUMBER} and not (before is not None and before.closes)


def _is_simple_ahead(found: Sequence[Leaf], index: int) -> bool:
    place = index + 1 if found[index].text in {"-", "+", "~"} else index
    while place < len(found) and found[place].kind in {token.NAME, token.NUMBER}:
        if place + 1 < len(found) and found[place + 1].text == ".":
            place += 2
            continue
        return not (place + 1 < len(found) and found[place + 1].mark in {"(", "["})
    return False
