"""A command line to the commands that it starts, in order. Never raises, whatever the text."""

from __future__ import annotations

import msgspec

from discover.sources.commands.programs import identify
from discover.sources.commands.words import split_commands, with_defaults
from discover.sources.commands.wrappers import SHELLS, TAKES_NEXT, unwrap
from discover.sources.records import Command

_DEPTH = 4
_SILENT = frozenset({"cd", "pushd", "popd", "export", "set", "source", ".", "echo", "true", ":", "test", "[", "[["})
_NOISE = frozenset(
    {"sleep", "exit", "return", "wait", "trap", "umask", "mkdir", "rm", "chown", "chmod", "printf", "cat"}
)


def parse_command_line(text: str, folder: str = "") -> list[Command]:
    """The commands of a shell line, `folder` being the working folder it starts in."""
    return _parse(split_commands(with_defaults(text)), folder, (), _DEPTH)


def parse_words(words: list[str], folder: str = "") -> list[Command]:
    """The commands of a list of words, as in a container's `command: [python, -m, app]`."""
    return _parse([[with_defaults(word) for word in words]], folder, (), _DEPTH)


def _parse(simple: list[list[str]], folder: str, environment: tuple[str, ...], depth: int) -> list[Command]:
    found: list[Command] = []
    for words in simple:
        inner = unwrap(words)
        here = _changed(folder, inner.folder)
        around = (*environment, *inner.environment)
        if inner.script is not None:
            if depth:
                found += _parse(split_commands(with_defaults(inner.script)), here, around, depth - 1)
            continue
        if not inner.words:
            environment = around
            continue
        name = inner.words[0].rpartition("/")[2]
        if name in ("cd", "pushd"):
            folder = _changed(folder, inner.words[1]) if len(inner.words) > 1 else ""
        elif name == "export":
            environment = (*environment, *(word for word in inner.words[1:] if "=" in word))
        elif name not in _SILENT and name not in _NOISE:
            command = identify(_without_shell(inner.words))
            place = _changed(here, command.folder) if command.folder else here
            found.append(msgspec.structs.replace(command, folder=place, environment=around))
    return found


def _without_shell(words: list[str]) -> list[str]:
    """`bash script.sh args` as `./script.sh args`."""
    if words[0].rpartition("/")[2] not in SHELLS:
        return words
    rest = words[1:]
    while rest and rest[0].startswith(("-", "+")):
        rest = rest[2:] if TAKES_NEXT.fullmatch(rest[0]) else rest[1:]
    if not rest:
        return words
    return [rest[0] if "/" in rest[0] else "./" + rest[0], *rest[1:]]


def _changed(folder: str, to: str) -> str:
    """The working folder after `cd to`; absolute paths stay absolute, they are mapped to the tree later."""
    if not to or to == ".":
        return folder
    if to.startswith(("/", "~", "$")) or not folder:
        return to.rstrip("/") or "/"
    return f"{folder.rstrip('/')}/{to.rstrip('/')}"
