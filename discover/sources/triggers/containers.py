"""Containers that a cloud runs: what their definitions say they run, and what a rule puts in place of that."""

from __future__ import annotations

import re

_LISTED = re.compile(
    r"[\"']?\b(?P<key>command|entryPoint)[\"']?\s*[=:]\s*\[(?P<words>(?:[^\]\"]|\"(?:\\.|[^\"\\])*\")*)\]"
)
_WORD = re.compile(r"\"(?P<word>(?:\\.|[^\"\\])*)\"")


def written_commands(text: str) -> list[list[str]]:
    """The commands in a text of JSON or HCL, an entry point with the command beside it."""
    found: list[list[str]] = []
    entry: list[str] = []
    for match in _LISTED.finditer(text):
        words = quoted_words(match["words"])
        if match["key"] == "entryPoint":
            entry = words
        elif words:
            found.append([*entry, *words])
            entry = []
    return [*found, entry] if entry else found


def quoted_words(text: str) -> list[str]:
    """The strings of a written list."""
    return [re.sub(r"\\(.)", r"\1", word["word"]) for word in _WORD.finditer(text)]
