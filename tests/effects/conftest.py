from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover.catalog.load import Catalog, narrowed, read_libraries
from discover.effects import SiteEffect, find_site_effects
from discover.facts import records as ir
from discover.facts.extract import extract
from discover.resolve.program import Program, resolve


def program_of(sources: dict[str, str]) -> tuple[Program, Catalog]:
    """The resolved program of some files, with the catalogs that their imports ask for."""
    facts = [extract(path, text.encode()) for path, text in sorted(sources.items())]
    catalog = narrowed(read_libraries(), _imported(facts))
    names = {one.path: [one.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")] for one in facts}
    return resolve(facts, names, catalog.types), catalog


def _imported(facts: list[ir.ModuleFacts]) -> set[str]:
    found: set[str] = set()
    for one in facts:
        for statement in one.body:
            if isinstance(statement, ir.Import):
                tops = [statement.module] if statement.module else [name.name for name in statement.names]
                found.update(top.split(".")[0] for top in tops)
    return found


@pytest.fixture
def effects_in() -> Callable[[str], list[SiteEffect]]:
    """Effects of a module given as text."""

    def find(text: str) -> list[SiteEffect]:
        return find_site_effects(*program_of({"app.py": text}))

    return find


@pytest.fixture
def effects_of_folder() -> Callable[[Path], list[SiteEffect]]:
    """Effects of all files in a folder."""

    def find(folder: Path) -> list[SiteEffect]:
        files = sorted(folder.rglob("*.py"))
        return find_site_effects(*program_of({file.relative_to(folder).as_posix(): file.read_text() for file in files}))

    return find
