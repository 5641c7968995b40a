"""Small programs, resolved: code in, call targets out."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest

from discover.facts.extract import extract
from discover.resolve.program import Program, resolve

Resolved = Callable[..., Program]


@pytest.fixture
def resolved() -> Resolved:
    """Resolves source texts by path (below a root that is importable), with stub texts by module name."""

    def run(files: Mapping[str, str], stubs: Mapping[str, str] | None = None) -> Program:
        facts = [extract(path, textwrap.dedent(text).encode()) for path, text in sorted(files.items())]
        names = {path: (path.removesuffix(".py").removesuffix("/__init__").replace("/", "."),) for path in files}
        return resolve(facts, names, {name: textwrap.dedent(text) for name, text in (stubs or {}).items()})

    return run


def edges(program: Program, unit: str) -> set[str]:
    """The ids of what a unit's calls and implicit calls may run."""
    function = program.functions[unit]
    found = {target.function.id for site in program.sites(function) for target in site.targets}
    for _, _, functions in program.reads(function):
        found.update(one.id for one in functions)
    return found


def externals(program: Program, unit: str) -> set[str]:
    """The external paths that a unit calls."""
    return {external.path for site in program.sites(program.functions[unit]) for external in site.externals}
