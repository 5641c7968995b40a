"""What packaging metadata says: a distribution's name, where its packages lie, its commands and its plugins.

`setup.py` is read as syntax and never run: literal arguments of its `setup(…)` call count, nothing else does.
"""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from discover.config.toml_lines import key_lines
from discover.sources.reader import Reader
from discover.sources.records import Plugin

FILES = ("pyproject.toml", "setup.cfg", "setup.py")
_ENTRY = re.compile(r"\s*(?P<name>[^=\s][^=]*?)\s*=\s*(?P<target>[\w.]+(?:\s*:\s*[\w.]+)?)")
_GROUPS = ("console_scripts", "gui_scripts")


class Script(msgspec.Struct, frozen=True):
    """A command that installing the distribution creates."""

    name: str
    target: str
    """`pkg.module:function`."""
    line: int


class Packaging(msgspec.Struct, frozen=True, kw_only=True):
    """One metadata file."""

    file: str
    folder: str
    name: str = ""
    where: tuple[str, ...] = ()
    """Folders that hold the packages, relative to the root; empty when the file does not say."""
    scripts: tuple[Script, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    """What it declares for other groups of entry points than commands."""


def packagings(reader: Reader) -> list[Packaging]:
    """The metadata files of the tree, in order of their paths."""
    found: list[Packaging] = []
    for path in reader.paths:
        name = path.rpartition("/")[2]
        if name in FILES:
            folder = path[: -len(name)].rstrip("/")
            read = {"pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "setup.py": _setup_py}[name]
            packaging = read(path, folder, reader.text(path))
            if packaging is not None:
                found.append(packaging)
    return found


def _pyproject(path: str, folder: str, text: str) -> Packaging | None:
    import tomllib

    try:
        data: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    project, poetry = _table(data, "project"), _table(data, "tool", "poetry")
    where = [*_texts(_table(data, "tool", "setuptools", "packages", "find").get("where"))]
    where += [value for value in _table(data, "tool", "setuptools", "package-dir").values() if isinstance(value, str)]
    where += [str(item.get("from", "")) for item in _tables(poetry.get("packages"))]
    wheel = _table(data, "tool", "hatch", "build", "targets", "wheel")
    where += [package.rpartition("/")[0] for package in _texts(wheel.get("packages"))]
    where += _texts(wheel.get("sources"))
    where += [_text(_table(data, "tool", "uv", "build-backend").get("module-root"))]
    where += [_text(_table(data, "tool", "pdm", "build").get("package-dir"))]
    where += _texts(_table(data, "tool", "pytest", "ini_options").get("pythonpath"))
    lines = key_lines(text)
    scripts: list[Script] = []
    for table in (("project", "scripts"), ("tool", "poetry", "scripts"), ("project", "gui-scripts")):
        for name, target in _table(data, *table).items():
            target = target.get("callable", target.get("reference", "")) if isinstance(target, dict) else target
            if isinstance(target, str):
                scripts.append(Script(name, target, lines.get((*table, name), 0)))
    name = _text(project.get("name")) or _text(poetry.get("name"))
    groups = [*_table(project, "entry-points").items(), *_table(poetry, "plugins").items()]
    return Packaging(
        file=path,
        folder=folder,
        name=name,
        where=_inside(folder, where),
        scripts=tuple(scripts),
        plugins=tuple(_plugins(dict(groups))),
    )


class _CaseKept(configparser.ConfigParser):
    """A file whose keys are names that a user types."""

    def optionxform(self, optionstr: str) -> str:
        """The key as it is written."""
        return optionstr


def _setup_cfg(path: str, folder: str, text: str) -> Packaging | None:
    parser = _CaseKept(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    if not parser.has_section("metadata") and not parser.has_section("options"):
        return None
    where = [parser.get("options.packages.find", "where", fallback="")]
    package_dir = parser.get("options", "package_dir", fallback="")
    where += [line.partition("=")[2].strip() for line in package_dir.splitlines()]
    entries = "\n".join(parser.get("options.entry_points", group, fallback="") for group in _GROUPS)
    name = parser.get("metadata", "name", fallback="")
    scripts = tuple(_scripts(entries.splitlines(), text))
    sections = [section for section in ("options.entry_points", "entry_points") if parser.has_section(section)]
    groups = {group: lines for section in sections for group, lines in parser.items(section)}
    return Packaging(
        file=path,
        folder=folder,
        name=name,
        where=_inside(folder, where),
        scripts=scripts,
        plugins=tuple(_plugins(groups)),
    )


def _setup_py(path: str, folder: str, text: str) -> Packaging | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "setup"]
    if not calls:
        return None
    keywords = {keyword.arg: keyword.value for keyword in calls[-1].keywords if keyword.arg}
    package_dir = _literal(keywords.get("package_dir"))
    where: list[str] = []
    if isinstance(package_dir, dict):
        where += [str(value) for value in cast("dict[Any, Any]", package_dir).values()]
    packages = keywords.get("packages")
    if isinstance(packages, ast.Call):
        given = [*packages.args[:1], *(keyword.value for keyword in packages.keywords if keyword.arg == "where")]
        where += [value for value in map(_literal, given) if isinstance(value, str)]
    groups = _entry_groups(_literal(keywords.get("entry_points")))
    lines = [line for group in _GROUPS for line in _lines(groups.get(group))]
    scripts = tuple(_scripts(lines, text))
    return Packaging(
        file=path,
        folder=folder,
        name=_text(_literal(keywords.get("name"))),
        where=_inside(folder, where),
        scripts=scripts,
        plugins=tuple(_plugins(groups)),
    )


def _entry_groups(entries: object) -> dict[str, Any]:
    """The groups in `entry_points`, which is a mapping or the text of an INI file, each with what it declares."""
    if not isinstance(entries, str):
        return _table(entries)
    parser = _CaseKept(interpolation=None, strict=False, delimiters=("=",))
    try:
        parser.read_string("\n".join(line.strip() for line in entries.splitlines()))
    except configparser.Error:
        return {}
    return {group: [f"{name} = {target}" for name, target in parser.items(group)] for group in parser.sections()}


def _lines(declared: object) -> list[str]:
    return declared.splitlines() if isinstance(declared, str) else _texts(declared)


def _plugins(groups: dict[str, Any]) -> Iterator[Plugin]:
    """What groups other than those of commands declare: a mapping of names, or lines."""
    for group, declared in groups.items():
        if group in _GROUPS:
            continue
        lines = [f"{name} = {target}" for name, target in _table(declared).items()] or _lines(declared)
        for match in filter(None, (_ENTRY.match(line[:1_000]) for line in lines)):
            yield Plugin(group=group, name=match["name"], target=match["target"].replace(" ", ""))


def _scripts(lines: list[str], text: str) -> Iterator[Script]:
    for line in lines:
        match = _ENTRY.match(line[:1_000])
        if match:
            place = re.search(rf"^.*(?<![\w-]){re.escape(match['name'])}\s*=", text, re.MULTILINE)
            number = text.count("\n", 0, place.start()) + 1 if place else 0
            yield Script(match["name"], match["target"].replace(" ", ""), number)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _literal(node: ast.expr | None) -> object:
    if node is None:
        return None
    try:
        return cast("object", ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _table(data: object, *path: str) -> dict[str, Any]:
    for part in path:
        data = cast("dict[str, Any]", data).get(part) if isinstance(data, dict) else None
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


def _tables(data: object) -> list[dict[str, Any]]:
    items = cast("list[Any]", data) if isinstance(data, list) else []
    return [item for item in items if isinstance(item, dict)]


def _texts(data: object) -> list[str]:
    if isinstance(data, str):
        return [data]
    items = cast("list[Any]", data) if isinstance(data, list | tuple) else []
    return [item for item in items if isinstance(item, str)]


def _text(data: object) -> str:
    return data if isinstance(data, str) else ""


def _inside(folder: str, where: list[str]) -> tuple[str, ...]:
    """Folders relative to the metadata file, as folders relative to the root; what leads out is dropped."""
    found: list[str] = []
    for text in where:
        joined = join_folder(folder, text) if text else None
        if joined is not None and joined not in found:
            found.append(joined)
    return tuple(found)


def join_folder(folder: str, text: str) -> str | None:
    """`text` seen from `folder`, both relative to the root; None when it leads out of the root."""
    parts = [part for part in folder.split("/") if part]
    if text.startswith("/"):
        return None
    for part in text.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
