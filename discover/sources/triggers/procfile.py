"""Procfiles: one process type per line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile

_PROCESS = re.compile(r"(?P<name>[\w.-]+):\s*(?P<command>\S.*)$")


def read_procfile(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A process per line; `release` runs once per deployment."""
    for line, text in file.lines():
        match = _PROCESS.match(text)
        if match:
            kind = "command" if match["name"] == "release" else "process"
            yield from file.run(line, kind, match["command"], name=match["name"])
