"""YAML as text: every string from analysed code is quoted by the library, none by hand."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import yaml

from discover.errors import ConfigError

_Base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WIDTH = 4096
"""Wide enough that no text is folded: a changed word is one changed line."""


class _Dumper(_Base):
    """Lists of a few short words stand on one line, as people write them."""


def _represent_list(dumper: Any, items: list[Any]) -> yaml.SequenceNode:  # noqa: ANN401 - PyYAML's own class
    short = all(isinstance(item, str | int | float) for item in items) and sum(len(str(item)) for item in items) < 90
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=short)


def _represent_text(dumper: Any, text: str) -> yaml.ScalarNode:  # noqa: ANN401 - PyYAML's own class
    # PyYAML falls back to quotes by itself where a block can't hold the text.
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(list, _represent_list)
_Dumper.add_representer(str, _represent_text)


def dump(value: object) -> str:
    """Write plain data (dict, list, str, numbers, None) with keys in the order given."""
    return yaml.dump(
        _printable(value),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=_WIDTH,
    )


def load(text: str, file: str) -> tuple[object, yaml.Node]:
    """Read one document as plain data, with its node tree for lines.

    Aliases (their expansion has no bound), tags and repeated keys are refused by file and line.
    """
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise ConfigError(file, *_told_at(event.start_mark, "aliases (`*name`) are not allowed here"))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise ConfigError(file, 1, "the file is empty", 1)
        _refuse_repeated_keys(node, file)
        return yaml.safe_load(text), node
    except yaml.MarkedYAMLError as error:
        raise ConfigError(file, *_told_at(error.problem_mark, error.problem or "not YAML")) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        raise ConfigError(file, line, f"not YAML: {error.reason}", column) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(file, 1, f"not YAML: {str(error).splitlines()[0]}", 1) from error


def _told_at(mark: Any, message: str) -> tuple[int, str, int]:  # noqa: ANN401 - of the C parser or the Python one
    return (mark.line + 1, message, mark.column + 1) if mark else (1, message, 1)


def line_of(node: yaml.Node, path: Sequence[str | int]) -> int:
    """The 1-based line of the deepest node on the path that exists."""
    return node_at(node, path).start_mark.line + 1


def place_of(node: yaml.Node, path: Sequence[str | int]) -> tuple[int, int]:
    """The 1-based line and column of the deepest node on the path that exists."""
    mark = node_at(node, path).start_mark
    return mark.line + 1, mark.column + 1


def key_place(node: yaml.Node, path: Sequence[str | int], key: str) -> tuple[int, int]:
    """The 1-based line and column of a key of the mapping at the path; the mapping's own when it has no such key."""
    found = node_at(node, path)
    if isinstance(found, yaml.MappingNode):
        for name, _ in found.value:
            if name.value == key:
                return name.start_mark.line + 1, name.start_mark.column + 1
    return found.start_mark.line + 1, found.start_mark.column + 1


def place_inside(node: yaml.Node, path: Sequence[str | int], line: int, column: int) -> tuple[int, int]:
    """Where a line and column (from 1) of a text stand in the file that holds the text as a scalar."""
    found = node_at(node, path)
    mark = found.start_mark
    if not isinstance(found, yaml.ScalarNode):
        return mark.line + 1, mark.column + 1
    if found.style == "|":
        return mark.line + 1 + line, column + _indent(found)
    # In a quoted text a written line is not a line of the value: only the first one is surely where it stands.
    if line > 1 or found.style == ">":
        return mark.line + 1, mark.column + 1
    return mark.line + 1, mark.column + column + (1 if found.style else 0)


def _indent(scalar: yaml.ScalarNode) -> int:
    """The columns before a block's text."""
    buffer = scalar.start_mark.buffer
    lines = buffer[scalar.start_mark.pointer :].split("\n")[1:] if buffer else []
    return next((len(text) - len(text.lstrip(" ")) for text in lines if text.strip()), 0)


def node_at(node: yaml.Node, path: Sequence[str | int]) -> yaml.Node:
    """The deepest node on the path that exists."""
    for key in path:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            found = next((v for k, v in node.value if k.value == key), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            found = node.value[key]
        if found is None:
            break
        node = found
    return node


def _refuse_repeated_keys(root: yaml.Node, file: str) -> None:
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            seen: set[Hashable] = set()
            for key, value in node.value:
                name: Hashable = key.value if isinstance(key.value, str) else id(key)
                if name in seen:
                    raise ConfigError(file, *_told_at(key.start_mark, f"the key `{key.value}` stands here twice"))
                seen.add(name)
                stack.append(value)


def _printable(value: object) -> object:
    """Copy with lone surrogates (Python source may hold them, UTF-8 may not) written as escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value
