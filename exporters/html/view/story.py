"""The story of a workflow as the page's data, and as HTML for readers without JavaScript.

A run's story is the same in each workflow that reaches it: it is written once, with steps counted from the run's
first card, and the runs that it names in a list of the view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from markupsafe import Markup

from exporters.html.view.lookups import Lookups
from exporters.shared.narrative import Chapter, Part

NOWHERE: Final = -1


@dataclass(slots=True)
class Story:
    """The chapters of one view, and where each part of them leads."""

    chapters: list[Chapter]
    starts: list[int]
    """For each chapter the number of its first card."""
    steps: Mapping[str, int]
    """Numbers of the nodes."""
    bands: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        self.bands = {chapter.key: number for number, chapter in enumerate(self.chapters)}

    def linked(self) -> set[int]:
        """The numbers of all steps that the story names."""
        return {self._number(part.key) for one in self.chapters for line in one.sentences for part in line.parts} - {
            NOWHERE
        }

    def _number(self, key: str) -> int:
        if key in self.steps:
            return self.steps[key]
        return self.starts[self.bands[key]] if key in self.bands else NOWHERE

    def data(self, lookups: Lookups) -> list[list[Any]]:
        """For each chapter: its title, the number of its shared text, and the runs that this text names."""
        pairs = zip(self.chapters, self.starts, strict=True)
        return [self._chapter(chapter, start, lookups) for chapter, start in pairs]

    def _chapter(self, chapter: Chapter, start: int, lookups: Lookups) -> list[Any]:
        named: dict[int, None] = {}

        def place(key: str) -> int:
            if key in self.steps:
                return self.steps[key] - start
            if key not in self.bands:
                return NOWHERE
            band = self.bands[key]
            named.setdefault(band)
            return -2 - list(named).index(band)

        lines = [
            [line.depth, [item for part in line.parts for item in (part.text, place(part.key))]]
            for line in chapter.sentences
        ]
        return [chapter.title, lookups.piece(lines), list(named)]

    def html(self, anchors: Mapping[int, str], escaped: Mapping[str, str]) -> Markup:
        """Headings and nested sentences; `anchors` are the addresses of steps that have one."""
        parts: list[str] = []
        for chapter in self.chapters:
            if len(self.chapters) > 1:
                parts.append(f"<h3>{escaped[chapter.title]}</h3>")
            depth = -1
            for line in chapter.sentences:
                parts.append("<ul>" * (line.depth - depth) if line.depth > depth else "</ul>" * (depth - line.depth))
                depth = line.depth
                parts.append(f"<li>{''.join(self._linked(part, anchors, escaped) for part in line.parts)}")
            parts.append("</ul>" * (depth + 1) + "\n")
        return Markup("".join(parts))  # noqa: S704 - every part was escaped when it was added

    def _linked(self, part: Part, anchors: Mapping[int, str], escaped: Mapping[str, str]) -> str:
        address = anchors.get(self._number(part.key)) if part.key else None
        text = escaped[part.text]
        return f'<a href="#{address}">{text}</a>' if address else text
