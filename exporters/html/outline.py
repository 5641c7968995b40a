"""The report as nested lists in plain HTML: what is read without JavaScript, and by some screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup, escape

from exporters.html.view import ViewBuilder


def outline(views: Iterable[ViewBuilder]) -> Markup:
    """One section per workflow; the ids are what the index links to."""
    parts: list[str] = []
    files: list[Markup] = []
    for view in views:
        name, anchor = escape(view.workflow.name), escape(f"w={view.workflow.id}")
        parts.append(f'<section class="plain"><h2 id="{anchor}">{name}</h2>\n')
        files += [escape(unit.partition("::")[0]) for unit in list(view.lookups.units)[len(files) :]]
        _list(view.nodes, files, parts)
        parts.append("</section>\n")
    return Markup("".join(parts))  # noqa: S704 - every part was escaped when it was added


def _list(nodes: list[list[Any]], files: list[Markup], parts: list[str]) -> None:
    depth = -1
    for node in nodes:
        level: int = node[10]
        if level < 0:
            continue
        if level > depth:
            parts.append("<ul>" * (level - depth))
        else:
            parts.append("</li></ul>" * (depth - level) + "</li>")
        depth = level
        parts.append(f"<li>{_words(files, node)}")
    parts.append("</li></ul>" * (depth + 1))


def _words(files: list[Markup], node: list[Any]) -> str:
    title, kind, words, unit, line = node[:5]
    marks: list[str] = node[9]
    if kind == "lane":
        return f"<i>{escape(title)}</i>"
    text = f"<b>{escape(title)}</b> <small>{escape(words)}"
    if line:
        text += f" · {files[unit]}:{line}"
    if marks:
        text += f" · {escape(', '.join(marks))}"
    return text + "</small>"
