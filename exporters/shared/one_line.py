"""Text of analysed code for a reader: only characters that show."""

from __future__ import annotations


def shown(text: str) -> str:
    """The text with a space for each character that nobody sees, the ends of lines among them."""
    return "".join(char if char.isprintable() else " " for char in text)


def on_one_line(text: str) -> str:
    """The words of the text on one line, each parted from the next by one space."""
    return " ".join(shown(text).split())
