"""Dockerfiles: what the last stage starts, where, and with which import path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from discover.sources.project import home_of
from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, joined

_INSTRUCTION = re.compile(r"\s*(?P<name>[A-Za-z]+)\s+(?P<rest>.*)$", re.DOTALL)
_STAGE = re.compile(r"(?:--\S+\s+)*(?P<base>\S+)(?:\s+[Aa][Ss]\s+(?P<name>\S+))?")
_VARIABLE = re.compile(r"(?P<name>PYTHONPATH|FLASK_APP)[=\s]\s*[\"']?(?P<value>[^\"'\s]+)")
_HEREDOC = re.compile(r"<<-?[\"']?(?P<mark>\w+)[\"']?")


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What a container of this image runs."""

    folder: str = ""
    """WORKDIR, as written."""
    entry: str | list[str] = ""
    entry_line: int = 0
    command: str | list[str] = ""
    command_line: int = 0
    environment: tuple[str, ...] = ()
    """`FLASK_APP=…` and `PYTHONPATH=…`, where they are set."""


def read_dockerfile(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """The process that a container runs when nobody says otherwise."""
    image = read_image(file.text)
    words = joined(image.entry, image.command)
    if words:
        line = image.command_line or image.entry_line
        base = home_of(file.path)
        yield from file.run(
            line,
            "process",
            words,
            folder=image.folder,
            base=base,
            environment=image.environment,
            name=base.rpartition("/")[2],
        )


def read_image(text: str, target: str = "") -> Image:
    """The image of the last stage, or of the stage named `target`, with what it inherits from earlier stages."""
    stages: dict[str, Image] = {}
    image = Image()
    name = ""
    for line, instruction, rest in _instructions(text):
        if instruction == "FROM":
            if name and name == target:
                break
            match = _STAGE.match(rest)
            name = (match["name"] or "") if match else ""
            image = stages.get(match["base"], Image()) if match else Image()
        else:
            image = _apply(image, line, instruction, rest)
        if name:
            stages[name] = image
    return image


def _apply(image: Image, line: int, instruction: str, rest: str) -> Image:
    change: dict[str, Any] = {}
    if instruction == "WORKDIR":
        rest = rest.strip("\"' ")
        change["folder"] = rest if rest.startswith(("/", "$")) or not image.folder else f"{image.folder}/{rest}"
    elif instruction == "ENTRYPOINT":
        change |= {"entry": _form(rest), "entry_line": line, "command": "", "command_line": 0}
    elif instruction == "CMD":
        change |= {"command": _form(rest), "command_line": line}
    elif instruction == "ENV":
        given = tuple(f"{match['name']}={match['value']}" for match in _VARIABLE.finditer(rest))
        change["environment"] = image.environment + given
    return msgspec.structs.replace(image, **change) if change else image


def _form(rest: str) -> str | list[str]:
    """The exec form (a JSON list) or the shell form."""
    if rest.startswith("["):
        try:
            words = json.loads(rest)
        except (ValueError, RecursionError):
            return rest
        return [str(word) for word in words]
    return rest


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    pending, start, mark = "", 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        if mark:
            mark = "" if raw.strip() == mark else mark
            continue
        stripped = raw.strip()
        if stripped.startswith("#") or (not stripped and not pending):
            continue
        start = start if pending else number
        pending += stripped.removesuffix("\\") + " "
        if stripped.endswith("\\"):
            continue
        match = _INSTRUCTION.match(pending)
        heredoc = _HEREDOC.search(pending)
        mark = heredoc["mark"] if heredoc else ""
        pending = ""
        if match:
            yield start, match["name"].upper(), match["rest"].strip()
