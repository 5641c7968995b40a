"""Commands that installing the project creates: `[project.scripts]`, `console_scripts`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from discover.sources.packaging import Packaging
from discover.sources.project import Project
from discover.sources.records import Command, DeclaredTrigger


def read_entry_points(packagings: Iterable[Packaging], project: Project) -> Iterator[DeclaredTrigger]:
    """A command for each installed script."""
    for packaging in packagings:
        for script in packaging.scripts:
            path = project.module(script.target, packaging.folder)
            starts = Command(
                kind="console_script",
                text=script.name,
                name=script.name,
                app=script.target,
                folder=packaging.folder,
                path=path,
            )
            yield DeclaredTrigger(
                source=f"{packaging.file}:{script.line}",
                file=packaging.file,
                line=script.line,
                format="entry points",
                kind="command",
                name=script.name,
                command=script.name,
                starts=starts,
            )
