"""The report as nested lists in plain HTML: what is read without JavaScript, and by some screen readers.

The same helper is called in many workflows: what happens inside it is written where it is first called, and later
calls link there.
"""

from __future__ import annotations

from typing import Final

from markupsafe import Markup, escape

from exporters.html.view.build import ViewBuilder
from exporters.html.view.rows import Rows
from exporters.html.view.words import Words

SHARED: Final = 5
"""The inside of a call is shared from so many items on."""


class Escaped(dict[str, str]):
    """Texts as HTML; the same words stand in many workflows, and are escaped once."""

    def __missing__(self, text: str) -> str:
        self[text] = made = str(escape(text))
        return made


class Outlines:
    """Writes the sections of all workflows, one after the other."""

    def __init__(self) -> None:
        self._escaped = Escaped()
        self._steps = 0
        """Ids that were given to items that a story names."""
        self._said: dict[tuple[int, str], str] = {}
        """Items as text: the same helper stands in many workflows."""
        self._written: dict[tuple[int, ...], int] = {}
        """Insides of calls as their words and how far up each node's holder is, each with its item's number."""

    def section(self, view: ViewBuilder) -> Markup:
        """The section of one workflow, after its view was built; its id is what the index links to."""
        name, anchor = escape(view.workflow.name), escape(f"w={view.workflow.id}")
        parts = [f'<section class="plain"><h2 id="{anchor}">{name}</h2>\n']
        names = list(view.lookups.units)
        files = {number: escape(names[number].partition("::")[0]) for number in {one.unit for one in view.rows.words}}
        anchors: dict[int, str] = {}
        steps: list[str] = []
        self._list(view, files, steps, anchors)
        parts += [view.story.html(anchors, self._escaped), *steps]
        parts.append("</section>\n")
        return Markup("".join(parts))  # noqa: S704 - every part was escaped when it was added

    def _list(self, view: ViewBuilder, files: dict[int, Markup], parts: list[str], anchors: dict[int, str]) -> None:
        """Append the items; `anchors` takes the id at which each step that the story names is found."""
        rows, linked = view.rows, view.story.linked()
        depth, at, file = -1, 0, Markup()
        while at < len(rows.words) and rows.depths[at] >= 0:
            words, level = rows.words[at], rows.depths[at]
            if level != depth:
                parts.append("<ul>" * (level - depth) if level > depth else "</ul>" * (depth - level))
                depth = level
            known, end = self._known(rows, at) if words.kind == "call" else (0, at + 1)
            place = ""
            if words.line:
                in_file = files[words.unit]
                place = f":{words.line}" if in_file == file else f"{in_file}:{words.line}"
                file = in_file
            again = f' <a href="#in-{known}">{end - at - 1} steps as there</a>' if known > 0 else ""
            after = end if known > 0 else at + 1
            named = [one for one in range(at, after) if one in linked] if known > 0 else [at] if at in linked else []
            mark = self._mark(known, named, anchors) if named or known < 0 else ""
            said = (rows.records[at], place)
            text = self._said.get(said)
            if text is None:
                text = self._said[said] = _words(words, place)
            parts.append(f"<li{mark}>{text}{again}")
            at = after
        parts.append("</ul>" * (depth + 1))

    def _mark(self, known: int, named: list[int], anchors: dict[int, str]) -> str:
        """The id of an item that others lead to, for itself and for what it stands for."""
        identity = f"in-{-known}"
        if known >= 0:
            self._steps += 1
            identity = f"step-{self._steps}"
        anchors.update(dict.fromkeys(named, identity))
        return f' id="{identity}"'

    def _known(self, rows: Rows, at: int) -> tuple[int, int]:
        """The number of the item that already holds the inside of this call, and where the inside ends.

        The number is negative when it is new, and 0 when the inside is not shared.
        """
        end, depth = at + 1, rows.depths[at]
        while end < len(rows.depths) and rows.depths[end] > depth:
            end += 1
        if end - at <= SHARED:
            return 0, end
        inside = (*rows.records[at + 1 : end], *rows.ups[at + 1 : end])
        known = self._written.get(inside)
        if known is None:
            self._written[inside] = known = len(self._written) + 1
            return -known, end
        return known, end


def _words(node: Words, place: str) -> str:
    if node.kind == "lane":
        return f"<i>{escape(node.title)}</i>"
    marks = [str(escape(", ".join(node.marks)))] if node.marks else []
    about = " · ".join([str(escape(node.words)), *([place] if place else []), *marks])
    return f"{escape(node.title)} <small>{about}</small>"
