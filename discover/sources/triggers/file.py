"""One file that declares triggers, with what every format needs to turn its words into records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec

from discover.config.safe_yaml import Plain, YamlMap, parse_yaml
from discover.sources.commands import parse_command_line
from discover.sources.project import Project, home_of
from discover.sources.records import Command, DeclaredKind, DeclaredTrigger
from discover.sources.shell_scripts import words_commands

_BLANKS = re.compile(r"\s+")


class TriggerFile:
    """A file, its text, and the project around it."""

    def __init__(self, path: str, text: str, project: Project, format_name: str) -> None:
        self.path = path
        self.text = text
        self.project = project
        self.format = format_name
        self.folder = path.rpartition("/")[0]
        self.home = home_of(path)
        """Where relative paths likely start."""

    def documents(self) -> list[Plain]:
        """The file's YAML (or JSON) documents."""
        return parse_yaml(self.text)

    def mapping(self) -> YamlMap:
        """The first document when it is a mapping, else an empty one."""
        documents = self.documents()
        return documents[0] if documents and isinstance(documents[0], YamlMap) else YamlMap(1)

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines with their numbers."""
        return enumerate(self.text.splitlines(), 1)

    def declare(self, line: int, kind: DeclaredKind, starts: Command | None = None, **fields: Any) -> DeclaredTrigger:  # noqa: ANN401 - the record's own fields
        """One record, with the place filled in."""
        command = one_line(fields.pop("command", "") or (starts.text if starts else ""))
        return DeclaredTrigger(
            source=f"{self.path}:{line}",
            file=self.path,
            line=line,
            format=self.format,
            kind=kind,
            starts=starts,
            command=command,
            **fields,
        )

    def run(
        self,
        line: int,
        kind: DeclaredKind,
        command: str | list[str],
        *,
        folder: str = "",
        base: str | None = None,
        keep: bool = False,
        environment: tuple[str, ...] = (),
        **fields: Any,  # noqa: ANN401 - the record's own fields
    ) -> Iterator[DeclaredTrigger]:
        """A record for each of the project's own commands that this command line starts.

        `folder` is the working folder as the file writes it, `base` the folder of the tree that paths are relative
        to. With `keep`, a line that starts nothing known yields one record all the same: it is a trigger, its
        target is just not ours to see.
        """
        if isinstance(command, str):
            text, commands = command, parse_command_line(command, folder)
        else:
            text, commands = " ".join(command), words_commands(command, folder)
        if environment:
            commands = [msgspec.structs.replace(one, environment=environment + one.environment) for one in commands]
        found = list(self.project.follow(commands, self.home if base is None else base))
        ours = [resolved for resolved in found if self.project.is_ours(resolved.command)]
        for resolved in ours:
            yield self.declare(line, kind, resolved.command, command=text, via=resolved.via, **fields)
        if keep and not ours:
            yield self.declare(line, kind, found[0].command if found else None, command=text, **fields)


def one_line(text: str) -> str:
    """The text with every run of white space as one blank."""
    return _BLANKS.sub(" ", text).strip()


def get(node: Plain, *path: str) -> Plain:
    """A value deep in mappings; None when a step is missing."""
    for key in path:
        node = cast("dict[str, Any]", node).get(key) if isinstance(node, dict) else None
    return node


def mapping(node: Plain) -> YamlMap:
    """The node when it is a mapping, else an empty one."""
    return node if isinstance(node, YamlMap) else YamlMap(0)


def items(node: Plain) -> list[Plain]:
    """The node's items when it is a list, else none."""
    return cast("list[Any]", node) if isinstance(node, list) else []


def text_of(node: Plain) -> str:
    """A scalar as text; empty for anything else."""
    if isinstance(node, bool):
        return str(node).lower()
    return str(node) if isinstance(node, str | int | float) else ""


def words_of(node: Plain) -> str | list[str]:
    """A command as compose and Kubernetes take it: a shell line, or a list of words."""
    return [text_of(item) for item in items(node)] if isinstance(node, list) else text_of(node)


def line_of(node: Plain, key: str) -> int:
    """The line of a key in a mapping."""
    return node.lines.get(key, node.line) if isinstance(node, YamlMap) else 0


def joined(first: str | list[str], second: str | list[str]) -> str | list[str]:
    """An entry point with its arguments."""
    if not first or not second:
        return first or second
    if isinstance(first, str) and isinstance(second, str):
        return f"{first} {second}"
    return [*as_words(first), *as_words(second)]


def as_words(command: str | list[str]) -> list[str]:
    """The words of a command that is a shell line or a list already."""
    import shlex

    if isinstance(command, list):
        return command
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def unique(triggers: Iterable[DeclaredTrigger]) -> tuple[DeclaredTrigger, ...]:
    """Sorted by place, each record once."""
    seen: dict[bytes, DeclaredTrigger] = {}
    for trigger in triggers:
        seen.setdefault(msgspec.msgpack.encode(trigger), trigger)
    return tuple(sorted(seen.values(), key=lambda t: (t.file, t.line, t.kind, t.name, t.command, t.via)))
