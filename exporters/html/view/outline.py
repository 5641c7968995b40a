"""The report as nested lists in plain HTML: what is read without JavaScript, and by some screen readers.

The same helper is called in many workflows: what happens inside it is written where it is first called, and later
calls link there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup, escape

from exporters.html.view.build import ViewBuilder

SHARED: Final = 5
"""The inside of a call is shared from so many items on."""


class Outlines:
    """Writes the sections of all workflows, one after the other."""

    def __init__(self) -> None:
        self._steps = 0
        """Ids that were given to items that a story names."""
        self._said: dict[tuple[int, str], str] = {}
        """Items as text: the same helper stands in many workflows."""
        self._written: dict[tuple[tuple[int, int], ...], int] = {}
        """Insides of calls as (words, depth), each with the number of the item that holds it."""

    def section(self, view: ViewBuilder) -> Markup:
        """The section of one workflow, after its view was built; its id is what the index links to."""
        name, anchor = escape(view.workflow.name), escape(f"w={view.workflow.id}")
        parts = [f'<section class="plain"><h2 id="{anchor}">{name}</h2>\n']
        names = list(view.lookups.units)
        files = {number: escape(names[number].partition("::")[0]) for number in {node[3] for node in view.nodes}}
        anchors: dict[int, str] = {}
        steps: list[str] = []
        self._list(view, files, steps, anchors)
        parts += [view.story.html(lambda step: anchors.get(step, "")), *steps]
        parts.append("</section>\n")
        return Markup("".join(parts))  # noqa: S704 - every part was escaped when it was added

    def _list(self, view: ViewBuilder, files: dict[int, Markup], parts: list[str], anchors: dict[int, str]) -> None:
        """Append the items; `anchors` takes the id at which each step that the story names is found."""
        nodes, linked = view.nodes, view.story.linked()
        depth, at, file = -1, 0, Markup()
        while at < len(nodes) and nodes[at][10] >= 0:
            node = nodes[at]
            level: int = node[10]
            parts.append("<ul>" * (level - depth) if level > depth else "</ul>" * (depth - level))
            depth = level
            end = _end(nodes, at)
            known = self._known(view, at, end)
            place = ""
            if node[4]:
                place = f":{node[4]}" if files[node[3]] == file else f"{files[node[3]]}:{node[4]}"
                file = files[node[3]]
            again = f' <a href="#in-{known}">{end - at - 1} steps as there</a>' if known > 0 else ""
            mark = self._mark(known, [one for one in range(at, end if known > 0 else at + 1) if one in linked], anchors)
            said = (view.records[at], place)
            text = self._said.get(said)
            if text is None:
                text = self._said[said] = _words(node, place)
            parts.append(f"<li{mark}>{text}{again}")
            at = end if known > 0 else at + 1
        parts.append("</ul>" * (depth + 1))

    def _mark(self, known: int, named: list[int], anchors: dict[int, str]) -> str:
        """The id of an item that others lead to, for itself and for what it stands for."""
        if known >= 0 and not named:
            return ""
        identity = f"in-{-known}"
        if known >= 0:
            self._steps += 1
            identity = f"step-{self._steps}"
        anchors.update(dict.fromkeys(named, identity))
        return f' id="{identity}"'

    def _known(self, view: ViewBuilder, at: int, end: int) -> int:
        """The number of the item that already holds the inside of this call; negative for a new number; or 0."""
        if end - at <= SHARED or view.nodes[at][1] != "call":
            return 0
        depth = view.nodes[at][10]
        inside = tuple((view.records[one], view.nodes[one][10] - depth) for one in range(at + 1, end))
        known = self._written.get(inside)
        if known is None:
            self._written[inside] = known = len(self._written) + 1
            return -known
        return known


def _end(nodes: Sequence[list[Any]], at: int) -> int:
    """The index behind everything that is nested in a node."""
    end = at + 1
    while end < len(nodes) and nodes[end][10] > nodes[at][10]:
        end += 1
    return end


def _words(node: Sequence[Any], place: str) -> str:
    title, kind, words = node[:3]
    marks: list[str] = node[9]
    if kind == "lane":
        return f"<i>{escape(title)}</i>"
    about = " · ".join(
        [str(escape(words)), *([place] if place else []), *([str(escape(", ".join(marks)))] if marks else [])]
    )
    return f"{escape(title)} <small>{about}</small>"
