"""Reading a definition that somebody may have edited: every fault is told by file and line."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import yaml

from discover.errors import ConfigError, InputError
from exporters.definition.records import Definition
from exporters.shared import yaml_text

_PATH_PART = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")
_PART = r"(?:[^\W\d]\w*|<[^<>]*>)"
_RUN = re.compile(rf"[^:]+:{_PART}(\.{_PART})*")


def load_definition(path: str | Path) -> Definition:
    """Read and check a definition file."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: can't be read: {error}") from error
    return parse_definition(text, str(file))


def parse_definition(text: str, file: str) -> Definition:
    """Check a definition's text; `file` names it in messages."""
    value, node = yaml_text.load(text, file)
    try:
        definition = msgspec.convert(value, Definition)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        raise ConfigError(file, _line(node, where.rstrip("`")), message) from error
    _check(definition, node, file)
    return definition


def _line(node: yaml.Node, where: str) -> int:
    path: list[str | int] = [int(index) if index else name for name, index in _PATH_PART.findall(where)]
    return yaml_text.line_of(node, path)


def _check(definition: Definition, node: yaml.Node, file: str) -> None:
    ids: set[str] = set()
    for index, step in enumerate(definition.steps):
        if step.id in ids:
            raise ConfigError(file, _line(node, f".steps[{index}].id"), f"there are two steps `{step.id}`")
        ids.add(step.id)
        if not _RUN.fullmatch(step.run):
            line = _line(node, f".steps[{index}].run")
            raise ConfigError(file, line, f"`{step.run}` is not `package.module:function`")
    if definition.start not in ids:
        raise ConfigError(file, _line(node, ".start"), f"there is no step `{definition.start}` to start with")
    for index, step in enumerate(definition.steps):
        for number, hop in enumerate(step.next):
            if hop.step not in ids:
                line = _line(node, f".steps[{index}].next[{number}].step")
                raise ConfigError(file, line, f"there is no step `{hop.step}`")
    for number, root in enumerate(definition.import_roots):
        if root.startswith("/") or ".." in root.split("/"):
            line = _line(node, f".import_roots[{number}]")
            raise ConfigError(file, line, f"`{root}` leaves the backend's root")
