"""Neutralises text that comes from the analysed code before a terminal sees it."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"


def clean(text: str) -> str:
    r"""The text on one line without anything that steers a terminal: `\x1b` is shown as `\x1b`.

    Control characters, line breaks, text direction marks and lone surrogates become visible escapes.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def width(text: str) -> int:
    """How many columns the text takes; East Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def fit(text: str, columns: int) -> str:
    """The cleaned text, cut to so many columns with an ellipsis."""
    text = clean(text)
    if width(text) <= columns:
        return text
    taken: list[str] = []
    room = columns - 1
    for character in text:
        room -= _columns(character)
        if room < 0:
            break
        taken.append(character)
    return "".join(taken) + ELLIPSIS


def _visible(character: str) -> str:
    # isprintable is False for control, format (direction marks, zero width), surrogate and separator characters.
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
