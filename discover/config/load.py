"""Find the configuration of a scan and read it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from discover.config.check import Checker
from discover.config.records import Config
from discover.config.safe_yaml import Plain, YamlError, YamlList, YamlMap, parse_yaml
from discover.config.toml_lines import key_lines
from discover.errors import ConfigError

YAML_NAMES = ("undercurrent.yaml", "undercurrent.yml")
_MAX_BYTES = 1_000_000
_TABLE = re.compile(
    rb"(?m)^[ \t]*\[\[?[ \t]*tool[ \t]*\.[ \t]*[\"']?undercurrent\b"
    rb"|^[ \t]*tool\.undercurrent\b|undercurrent[ \t]*=[ \t]*\{"
)
_TOML_PLACE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)")


def load_config(root: Path, explicit: Path | None = None) -> Config:
    """The settings for a scan of `root`: from the given file, else the root's own, else the defaults.

    Raises:
        ConfigError: the file can't be read, or says something that can't be used; with file and line.
    """
    if explicit is not None:
        return _read(explicit, str(explicit), whole=True) or Config()
    if root.is_file():
        root = root.parent
    found = [name for name in YAML_NAMES if (root / name).is_file() and _inside(root, root / name)]
    pyproject = root / "pyproject.toml"
    settings = _read(pyproject, pyproject.name, whole=False) if _inside(root, pyproject) else None
    if found and settings is not None:
        message = f"has [tool.undercurrent], and there is {found[0]} beside it; keep one of the two"
        raise ConfigError(pyproject.name, _line(key_lines(_text(pyproject, pyproject.name))), message)
    if len(found) > 1:
        raise ConfigError(found[1], 0, f"there is {found[0]} beside it; keep one of the two")
    if found:
        return _read(root / found[0], found[0], whole=True) or Config()
    return settings or Config()


def _line(lines: dict[tuple[str, ...], int]) -> int:
    return min((line for path, line in lines.items() if path[:2] == ("tool", "undercurrent")), default=0)


def _inside(root: Path, path: Path) -> bool:
    real_root, real = os.path.realpath(root), os.path.realpath(path)
    return real.startswith(real_root.rstrip(os.sep) + os.sep) and path.is_file()


def _read(path: Path, name: str, *, whole: bool) -> Config | None:
    """The settings in one file; None when it has none."""
    if path.suffix == ".toml":
        return _from_toml(path, name, whole=whole and path.name != "pyproject.toml")
    return _from_yaml(_text(path, name), name)


def _content(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(name, 0, f"is larger than {_MAX_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(name, 0, f"can't be read: {error.strerror or error}") from error


def _text(path: Path, name: str) -> str:
    content = _content(path, name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(name, line, "is not UTF-8 text") from error


def _from_toml(path: Path, name: str, *, whole: bool) -> Config | None:
    if not whole and not _TABLE.search(_content(path, name)):
        return None
    import tomllib

    text = _text(path, name)
    try:
        data: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _TOML_PLACE.search(str(error))
        line = int(place["line"] or 0) if place else 0
        raise ConfigError(name, line, f"is not TOML: {_TOML_PLACE.sub('', str(error))}") from error
    lines = key_lines(text)
    prefix: tuple[str, ...] = ()
    if not whole or "undercurrent" in data.get("tool", {}):
        prefix = ("tool", "undercurrent")
        data = data.get("tool", {}).get("undercurrent")
        if data is None:
            return None
    return Checker(name, _toml_finder(lines, prefix)).config(data)


def _toml_finder(lines: dict[tuple[str, ...], int], prefix: tuple[str, ...]) -> Callable[[tuple[str, ...]], int]:
    def find(path: tuple[str, ...]) -> int:
        full = (*prefix, *path)
        return next((lines[full[:end]] for end in range(len(full), 0, -1) if full[:end] in lines), 0)

    return find


def _from_yaml(text: str, name: str) -> Config | None:
    try:
        documents = parse_yaml(text)
    except YamlError as problem:
        raise ConfigError(name, problem.line, f"is not usable YAML: {problem.message}") from problem
    if len(documents) > 1:
        raise ConfigError(name, 0, "must hold one YAML document")
    if not documents or documents[0] is None:
        return None
    return Checker(name, _yaml_finder(documents[0])).config(documents[0])


def _yaml_finder(document: Plain) -> Callable[[tuple[str, ...]], int]:
    def find(path: tuple[str, ...]) -> int:
        node, line = document, getattr(document, "line", 1)
        for part in path:
            if isinstance(node, YamlMap) and part in node:
                line, node = node.lines[part], node[part]
            elif isinstance(node, YamlList) and part.isdigit() and int(part) < len(node):
                line, node = node.lines[int(part)], node[int(part)]
            else:
                return line
        return cast("int", line)

    return find
