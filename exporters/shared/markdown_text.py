"""Text from code inside Markdown: nothing in it can start markup, mention anybody or refer to an issue."""

from __future__ import annotations

import re
from typing import Final

from exporters.shared.one_line import on_one_line

_SIGNS: Final = re.compile(r"([\\`*_\[\]#|~$]|^[-+=]|^\d+(?=[.)])|:(?=\w|//)|www(?=\.))")
_JOINER: Final = "\u2060"
"""Invisible, and no part of a name: `@team` with it mentions nobody."""


def plain(text: str) -> str:
    """The text on one line, as it is read."""
    flat = on_one_line(text)
    escaped = _SIGNS.sub(_escaped, flat)
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", f"@{_JOINER}").replace("\\#", f"\\#{_JOINER}")


def _escaped(match: re.Match[str]) -> str:
    """A sign with a backslash before it; behind a word or number, what makes it more than that is kept apart."""
    return f"{match[0]}{_JOINER}" if match[0][0].isalnum() else f"\\{match[0]}"


def prose(text: str) -> str:
    """Words of ours with names of the code between backticks, each as what it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    told = [_around(part) if index % 2 == 0 else code(part) for index, part in enumerate(parts)]
    return "".join(told)


def _around(part: str) -> str:
    """Words with the spaces at their ends, which part them from what stands beside them."""
    return f"{' ' * part[:1].isspace()}{plain(part)}{' ' * (part[-1:].isspace() and bool(part.strip()))}"


def code(text: str) -> str:
    """The text as code, fenced by more backticks than it holds."""
    flat = on_one_line(text)
    if not flat:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {flat} {fence}" if longest or flat[0] == " " else f"{fence}{flat}{fence}"


def link(text: str, address: str) -> str:
    """A link whose text is already Markdown; the address holds no sign that could end it."""
    safe = address.replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    return f"[{text}]({safe})"
