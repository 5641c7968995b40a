"""The report as nested lists in plain HTML: what is read without JavaScript, and by some screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape


def outline(views: Iterable[dict[str, Any]]) -> Markup:
    """One section per workflow; the ids are what the index links to."""
    parts: list[str] = []
    for view in views:
        name, anchor = escape(view["name"]), escape(f"w={view['id']}")
        parts.append(f'<section class="plain"><h2 id="{anchor}">{name}</h2>\n')
        _list(view, parts)
        parts.append("</section>\n")
    return Markup("".join(parts))  # noqa: S704 - every part was escaped when it was added


def _list(view: dict[str, Any], parts: list[str]) -> None:
    depth = -1
    for node in view["nodes"]:
        level: int = node[10]
        if level < 0:
            continue
        if level > depth:
            parts.append("<ul>" * (level - depth))
        else:
            parts.append("</li></ul>" * (depth - level) + "</li>")
        depth = level
        parts.append(f"<li>{_words(view, node)}")
    parts.append("</li></ul>" * (depth + 1))


def _words(view: dict[str, Any], node: list[Any]) -> str:
    title, kind, words, unit, line = node[:5]
    marks: list[str] = node[9]
    if kind == "lane":
        return f"<i>{escape(title)}</i>"
    text = f"<b>{escape(title)}</b> <small>{escape(words)}"
    if line:
        text += f" · {escape(view['units'][unit].partition('::')[0])}:{line}"
    if marks:
        text += f" · {escape(', '.join(marks))}"
    return text + "</small>"
