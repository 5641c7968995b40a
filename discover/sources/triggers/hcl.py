"""Just enough of HCL to read Terraform: blocks with their labels, and attributes as texts.

Expressions are not evaluated: a string loses its quotes, a reference stays as it is written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SKIP = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_WORD = re.compile(r"[A-Za-z_][\w.\-]*")
_HEREDOC = re.compile(r"<<-?(\w+)[^\n]*\n(.*?)\n[ \t]*\1[ \t]*(?=\n|$)", re.DOTALL)
_OPENS, _CLOSES = "{[(", "}])"
_DEPTH = 30


class Block(NamedTuple):
    """`kind "label" "label" { … }`."""

    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: dict[str, str]
    blocks: list[Block]

    def inner(self, kind: str) -> Block | None:
        """The first block of this kind inside."""
        return next((block for block in self.blocks if block.kind == kind), None)


def parse_hcl(text: str) -> Block:
    """The whole file as one block without a kind; what can't be read is passed over."""
    top = Block("", (), 1, {}, [])
    _body(text, 0, top, _DEPTH)
    return top


def pairs(text: str) -> dict[str, str]:
    """The entries of `{ NAME = value, … }`."""
    block = Block("", (), 1, {}, [])
    _body(text.strip().removeprefix("{").removesuffix("}"), 0, block, 1)
    return block.attributes


def _body(text: str, at: int, into: Block, depth: int) -> int:
    while at < len(text):
        skipped = _SKIP.match(text, at)
        at = skipped.end() if skipped else at
        if at >= len(text) or text[at] == "}":
            return at + 1
        word = _STRING.match(text, at) or _WORD.match(text, at)
        if word is None:
            at += 1
            continue
        at = _entry(text, word, into, depth)
    return at


def _entry(text: str, word: re.Match[str], into: Block, depth: int) -> int:
    labels: list[str] = []
    at = word.end()
    while at < len(text):
        skipped = _SKIP.match(text, at)
        at = skipped.end() if skipped else at
        label = _STRING.match(text, at) or _WORD.match(text, at)
        if label is None:
            break
        labels.append(label[0].strip('"'))
        at = label.end()
    if at < len(text) and text[at] in "=:" and text[at : at + 2] != "==":
        end = _expression(text, at + 1)
        into.attributes[word[0].strip('"')] = _plain(text[at + 1 : end])
        return end
    if at < len(text) and text[at] == "{" and depth:
        block = Block(word[0], tuple(labels), text.count("\n", 0, word.start()) + 1, {}, [])
        into.blocks.append(block)
        return _body(text, at + 1, block, depth - 1)
    return max(at, word.end())


def _expression(text: str, at: int) -> int:
    """Where an expression ends: at the end of its line, or at a comma, outside all brackets."""
    open_brackets = 0
    while at < len(text):
        string = _STRING.match(text, at) or _HEREDOC.match(text, at)
        if string is not None:
            at = string.end()
            continue
        letter = text[at]
        if letter in _OPENS:
            open_brackets += 1
        elif letter in _CLOSES:
            if not open_brackets:
                return at
            open_brackets -= 1
        elif not open_brackets and (letter in "\n,#" or text.startswith(("//", "/*"), at)):
            return at
        at += 1
    return at


def _plain(text: str) -> str:
    text = text.strip()
    if _STRING.fullmatch(text):
        return text[1:-1]
    heredoc = _HEREDOC.fullmatch(text)
    return heredoc[2] if heredoc else text
