"""Reading a definition that somebody may have edited: every fault is told by file, line and column."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import yaml

from discover.errors import ConfigError, InputError
from exporters.canonical.checks import Fault, faults
from exporters.canonical.records import Definition
from exporters.shared import yaml_text

_PATH_PART = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")
_UNKNOWN = re.compile(r"unknown field `(.*)`")
_MOST_TOLD = 20


def load_definition(path: str | Path) -> Definition:
    """Read and check a definition file."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: can't be read: {error}") from error
    return parse_definition(text, str(file))


def parse_definition(text: str, file: str) -> Definition:
    """Check a definition's text; `file` names it in messages. All faults stand in one error, the first one first."""
    value, node = yaml_text.load(text, file)
    try:
        definition = msgspec.convert(value, Definition)
        found = sorted((_place(node, fault), fault.message) for fault in faults(definition))
    except msgspec.ValidationError as error:
        raise _invalid(error, node, file) from error
    except RecursionError as error:
        raise ConfigError(file, 1, "the elements are nested too deeply", 1) from error
    if found:
        (line, column), message = found[0]
        others = [f"{file}:{place[0]}:{place[1]}: {told}" for place, told in found[1:_MOST_TOLD]]
        more = [f"and {len(found) - _MOST_TOLD} more"] if len(found) > _MOST_TOLD else []
        raise ConfigError(file, line, "\n".join([message, *others, *more]), column)
    return definition


def _invalid(error: msgspec.ValidationError, node: yaml.Node, file: str) -> ConfigError:
    message, _, where = str(error).partition(" - at `")
    path = [int(index) if index else name for name, index in _PATH_PART.findall(where.rstrip("`"))]
    unknown = _UNKNOWN.search(message)
    line, column = yaml_text.key_place(node, path, unknown.group(1)) if unknown else yaml_text.place_of(node, path)
    if unknown:
        message = f"there is no key `{unknown.group(1)}` here"
    return ConfigError(file, line, message, column)


def _place(node: yaml.Node, fault: Fault) -> tuple[int, int]:
    if fault.line:
        return yaml_text.place_inside(node, fault.path, fault.line, fault.column)
    if fault.key:
        return yaml_text.key_place(node, fault.path, fault.key)
    return yaml_text.place_of(node, fault.path)
