"""YAML of an unknown author to plain data with lines: bounded in size, depth and what aliases unfold to.

PyYAML's events are read one by one and never recursively, so neither five thousand brackets nor an alias bomb costs
more than the limits. Keys stay the text they are written as (`on` is not True), tags of templates (`!Ref x`) become
`{"Ref": x}`, merge keys are applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

Plain: TypeAlias = Any
"""What a YAML or TOML text holds: None, bool, number, str, `YamlMap` (dict), `YamlList` (list)."""

MAX_BYTES = 1_000_000
MAX_DEPTH = 100
MAX_NODES = 200_000

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+")
_STANDARD_TAGS = "tag:yaml.org,2002:"


class YamlError(Exception):
    """The text is not YAML, or larger than the limits; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class YamlMap(dict[str, Plain]):
    """A mapping that knows its own line and each key's."""

    __slots__ = ("line", "lines", "size")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}
        self.size = 1


class YamlList(list[Plain]):
    """A sequence that knows its own line and each item's."""

    __slots__ = ("line", "lines", "size")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []
        self.size = 1


def parse_yaml(text: str) -> list[Plain]:
    """The documents of a YAML (or JSON) text. Raises `YamlError`."""
    if len(text) > MAX_BYTES:
        raise YamlError(0, f"is larger than {MAX_BYTES:,} characters")
    return list(_Builder(text).documents())


class _Frame:
    """A mapping or sequence that is still being read."""

    __slots__ = ("anchor", "key", "key_line", "node", "tag")

    def __init__(self, node: YamlMap | YamlList, anchor: str | None, tag: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.tag = tag
        self.key: str | None = None
        self.key_line = 0


class _Builder:
    """Turns the parser's events into data, counting what every alias unfolds to."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._anchors: dict[str, Plain] = {}
        self._stack: list[_Frame] = []
        self._nodes = 0
        self._result: Any = None

    def documents(self) -> Iterator[Any]:
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(self._text, Loader=loader):
                self._take(event, yaml)
                if isinstance(event, yaml.DocumentEndEvent):
                    yield self._result
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise YamlError(mark.line + 1 if mark else 0, str(error.problem or error.context)) from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise YamlError(0, str(error).splitlines()[0] if str(error) else "can't be read") from error

    def _take(self, event: Plain, yaml: Plain) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            self._remember(event.anchor, value)
            self._place(value, line)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open(YamlMap(line), event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open(YamlList(line), event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise YamlError(line, f"alias `{event.anchor}` has no anchor before it")
            self._place(self._anchors[event.anchor], line)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()
            self._result = None

    def _open(self, node: YamlMap | YamlList, event: Plain) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise YamlError(node.line, f"is nested deeper than {MAX_DEPTH} levels")
        self._stack.append(_Frame(node, event.anchor, event.tag))

    def _close(self) -> None:
        frame = self._stack.pop()
        value: Plain = frame.node
        name = _tag_name(frame.tag)
        if name:
            value = YamlMap(frame.node.line)
            value[name] = frame.node
            value.lines[name] = frame.node.line
            value.size = frame.node.size + 1
        self._remember(frame.anchor, value)
        self._place(value, frame.node.line)

    def _remember(self, anchor: str | None, value: Plain) -> None:
        if anchor:
            self._anchors[anchor] = value

    def _scalar(self, event: Plain) -> Plain:
        name = _tag_name(event.tag)
        plain = event.implicit[0] and not (self._stack and _is_key(self._stack[-1]))
        value = _plain_value(event.value) if plain else event.value
        if not name:
            return value
        tagged = YamlMap(event.start_mark.line + 1)
        tagged[name] = value
        return tagged

    def _place(self, value: Plain, line: int) -> None:
        size = value.size if isinstance(value, YamlMap | YamlList) else 1
        self._nodes += size
        if self._nodes > MAX_NODES:
            raise YamlError(line, f"unfolds to more than {MAX_NODES:,} values")
        if not self._stack:
            self._result = value
            return
        frame = self._stack[-1]
        frame.node.size += size
        if isinstance(frame.node, YamlList):
            frame.node.append(value)
            frame.node.lines.append(line)
        elif frame.key is None:
            frame.key = value if isinstance(value, str) else _key_text(value)
            frame.key_line = line
        else:
            _put(frame.node, frame.key, value, frame.key_line)
            frame.key = None


def _is_key(frame: _Frame) -> bool:
    return isinstance(frame.node, YamlMap) and frame.key is None


def _key_text(value: Plain) -> str:
    return "?" if isinstance(value, YamlMap | YamlList) else str(value)


def _put(node: YamlMap, key: str, value: Plain, line: int) -> None:
    if key != "<<":
        node[key] = value
        node.lines[key] = line
        return
    for source in value if isinstance(value, YamlList) else [value]:
        if isinstance(source, YamlMap):
            for name, inner in source.items():
                if name not in node:
                    node[name] = inner
                    node.lines[name] = source.lines.get(name, line)


def _tag_name(tag: str | None) -> str:
    """The name of a template's own tag: `Ref` of `!Ref`; empty for YAML's own tags."""
    if not tag or tag == "!" or tag.startswith(_STANDARD_TAGS):
        return ""
    return tag.rsplit(":", 1)[-1].lstrip("!")


def _plain_value(text: str) -> Plain:
    if text in _NULLS:
        return None
    lowered = text.lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    if _INT.fullmatch(text) and len(text) < 20:
        return int(text.replace("_", ""))
    if _FLOAT.fullmatch(text) and len(text) < 40:
        return float(text.replace("_", ""))
    return text
