"""Values of a Helm chart that its templates go over: `cronJobs: {clean: {schedule: …, command: […]}}`.

Templates are not run. A mapping that holds a cron expression and a command is a scheduled container, however the
templates come to it; one whose schedule a template names by its whole path is read with that template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from discover.config.safe_yaml import Plain, YamlMap
from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, items, joined, line_of, text_of, words_of

_CRON = re.compile(r"@\w+|(?:[\d*?/,\-A-Za-z#]+\s+){4}[\d*?/,\-A-Za-z#]+")
_DEPTH = 8


def read_helm_values(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A record for each scheduled command in the values of a chart."""
    if f"{file.folder}/Chart.yaml".lstrip("/") not in file.project.reader:
        return
    templates = f"{file.folder}/templates/".lstrip("/")
    paths = [path for path in file.project.reader.paths if path.startswith(templates)]
    written = "\n".join(file.project.reader.text(path) for path in paths)
    for names, entry in _entries(file.mapping(), (), _DEPTH):
        schedule = text_of(entry.get("schedule"))
        if _CRON.fullmatch(schedule.strip()) and f".Values.{'.'.join(names)}.schedule" not in written:
            words = joined(words_of(entry.get("command")), words_of(entry.get("args")))
            line = line_of(entry, "command") or line_of(entry, "args")
            name = text_of(entry.get("name")) or names[-1]
            yield from file.run(line, "schedule", words, name=name, schedule=schedule, keep=True) if words else ()


def _entries(node: Plain, names: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], YamlMap]]:
    """The mappings that have a schedule, with the names that lead to them."""
    if isinstance(node, YamlMap):
        if "schedule" in node and names:
            yield names, node
        for name, inner in node.items() if depth else ():
            yield from _entries(inner, (*names, name), depth - 1)
    for inner in items(node) if depth else ():
        yield from _entries(inner, names, depth - 1)
