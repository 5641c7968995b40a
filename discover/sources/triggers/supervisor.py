"""supervisord's programs and event listeners."""

from __future__ import annotations

from collections.abc import Iterator

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile
from discover.sources.triggers.ini_text import settings


def read_supervisor(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A process for each program."""
    sections: dict[str, dict[str, tuple[str, int]]] = {}
    for setting in settings(file.text, colons=True, indented=True):
        sections.setdefault(setting.section, {})[setting.key] = (setting.value.partition(" ;")[0], setting.line)
    for section, values in sections.items():
        kind, _, name = section.partition(":")
        if kind in ("program", "eventlistener", "fcgi-program") and "command" in values:
            command, line = values["command"]
            folder = values.get("directory", ("", 0))[0]
            yield from file.run(line, "process", command, folder=folder, name=name)
