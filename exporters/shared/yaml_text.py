"""YAML as text: every string from analysed code is quoted by the library, none by hand."""

from __future__ import annotations

from collections.abc import Hashable
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


_Dumper.add_representer(list, _represent_list)


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
                raise ConfigError(
                    file,
                    (event.start_mark.line + 1 if event.start_mark else 0),
                    "aliases (`*name`) are not allowed here",
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            raise ConfigError(file, 0, "the file is empty")
        _refuse_repeated_keys(node, file)
        return yaml.safe_load(text), node
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigError(file, line, error.problem or "not YAML") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(file, 0, f"not YAML: {str(error).splitlines()[0]}") from error


def line_of(node: yaml.Node, path: list[str | int]) -> int:
    """The 1-based line of the deepest node on the path that exists."""
    for key in path:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            found = next((v for k, v in node.value if k.value == key), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            found = node.value[key]
        if found is None:
            break
        node = found
    return node.start_mark.line + 1


def _refuse_repeated_keys(root: yaml.Node, file: str) -> None:
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            seen: set[Hashable] = set()
            for key, value in node.value:
                if key.value in seen:
                    raise ConfigError(file, key.start_mark.line + 1, f"the key `{key.value}` stands here twice")
                seen.add(key.value if isinstance(key.value, str) else id(key))
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
