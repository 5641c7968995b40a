"""`python -m workers` of an exported package."""

from __future__ import annotations

from collections.abc import Sequence

from exporters.canonical.records import Definition
from exporters.canonical.schedules import cron
from exporters.python_code.layout import laid_out
from exporters.python_code.package import import_roots
from exporters.shared.python_text import literal, quote


def command(named: Sequence[tuple[str, Definition]], package: str) -> str:
    """The module: which workflows are served; the engine's own `serving` does the rest."""
    served = "".join(
        f"    Served({quote(name)}, {quote(definition.start)}, {literal(schedules(definition))}),\n"
        for name, definition in named
    )
    roots = import_roots(definition for _, definition in named)
    return laid_out(f'''\
"""Serves the workflows: `python -m {package} serve --root BACKEND`. It imports and runs the backend's own code."""

import sys

from {package}.engine.serving import Served, main

SERVED = [
{served}]

if __name__ == "__main__":
    sys.exit(main(SERVED, {quote(package)}, roots={literal(roots)}))
''')


def schedules(definition: Definition) -> tuple[str, ...]:
    """The cron texts of the definition's schedules."""
    return tuple(text for trigger in definition.triggers if trigger.schedule and (text := cron(trigger.schedule)))
