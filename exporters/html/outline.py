"""The report as nested lists in plain HTML: what is read without JavaScript, and by some screen readers."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

from exporters.html.view import ViewBuilder


def outline(view: ViewBuilder) -> Markup:
    """The section of one workflow, after its view was built; its id is what the index links to."""
    name, anchor = escape(view.workflow.name), escape(f"w={view.workflow.id}")
    parts = [f'<section class="plain"><h2 id="{anchor}">{name}</h2>\n']
    names = list(view.lookups.units)
    files = {number: escape(names[number].partition("::")[0]) for number in {node[3] for node in view.nodes}}
    _list(view.nodes, files, parts)
    parts.append("</section>\n")
    return Markup("".join(parts))  # noqa: S704 - every part was escaped when it was added


def _list(nodes: list[list[Any]], files: dict[int, Markup], parts: list[str]) -> None:
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


def _words(files: dict[int, Markup], node: list[Any]) -> str:
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
