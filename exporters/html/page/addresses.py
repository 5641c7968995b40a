"""How the parts of the report link to each other: within one file, or between the pages of a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Addresses:
    """Writes links. `pages` gives each workflow's page in a folder; it is empty where all are in one file."""

    pages: Mapping[str, str] = field(default_factory=dict[str, str])
    index: str = ""
    """The way from this page to the one that holds the index."""

    def workflow(self, workflow: str) -> str:
        """Leads to a workflow."""
        return self.pages.get(workflow) or f"{self.index}#w={_quoted(workflow)}"

    def step(self, workflow: str, unit: str, line: int) -> str:
        """Leads to the step of a workflow that stands at a line of a unit."""
        mark = f"s={_quoted(f'{unit}:{line}')}"
        page = self.pages.get(workflow)
        return f"{page}#{mark}" if page else f"{self.index}#w={_quoted(workflow)}&{mark}"

    def system(self, key: str) -> str:
        """Leads to the page of everything that touches a system."""
        return f"{self.index}#system={_quoted(key)}"

    def touches(self, workflow: str) -> str:
        """Leads to the page of everything that a workflow touches."""
        return f"{self.index}#touches={_quoted(workflow)}"


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    return quote(text, safe="")
