"""Copies of described libraries in the tree: their description stands for them, whatever name they are imported by.

A copy is told by what it defines: at least half of the classes and functions that the catalog describes of the library,
and at least three of them. A name alone says nothing: `redis.py` is most often the project's own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from discover.facts import records as facts

_DEFINED = re.compile(r"^(?:class|def|async def)[ \t]+([A-Za-z]\w*)", re.MULTILINE)
_BOUND = re.compile(
    r"^(?:(?:class|def|async def)[ \t]+(?P<name>[A-Za-z]\w*)|(?P<variable>[A-Za-z]\w*)[ \t]*:"
    r"|from[ \t]+\S+[ \t]+import[ \t]+(?P<imported>[^\n]+))",
    re.MULTILINE,
)
_ENOUGH = 3
_INIT = "/__init__.py"


class Copy(NamedTuple):
    """A library that the tree holds itself."""

    library: str
    """The name that the library is imported by where it is installed."""
    place: str
    """Its folder, or its only file."""
    modules: tuple[str, ...]
    """The dotted names that it can be imported by here."""

    def holds(self, path: str) -> bool:
        """Whether a file belongs to the copy."""
        return path.startswith(self.place) if self.place.endswith("/") else path == self.place


def find_copies(
    modules: Sequence[facts.ModuleFacts],
    names: Mapping[str, Sequence[str]],
    types: Mapping[str, str],
    own: Iterable[str],
) -> list[Copy]:
    """The copies in the tree, in the order of their places.

    Args:
        modules: the tree's files.
        names: for each path, the dotted names under which the file can be imported.
        types: stub text by module name, of all libraries.
        own: names of the distributions that the tree itself builds: a library's own repository holds no copy of it.
    """
    described = _described(types)
    built = [_plain(name) for name in own]
    found: list[Copy] = []
    for place, library in _candidates(modules, described):
        if any(_plain(library) in name for name in built) or any(copy.holds(place) for copy in found):
            continue
        copy = Copy(library, place, tuple(names.get(place + _INIT[1:] if place.endswith("/") else place, ())))
        if _is_copy(copy, modules, types, described[library]):
            found.append(copy)
    return found


def aliases(copies: Iterable[Copy], types: Mapping[str, str]) -> dict[str, str]:
    """Stub modules under the names that copies are imported by: each gives what the described module defines."""
    found: dict[str, str] = {}
    for copy in copies:
        for module, text in types.items():
            if module == copy.library or module.startswith(copy.library + "."):
                bound = _bound(text)
                line = f"from {module} import {', '.join(bound)}\n" if bound else ""
                for name in copy.modules:
                    if name != copy.library:
                        found[name + module[len(copy.library) :]] = line
    return found


def _bound(text: str) -> list[str]:
    """The names that a stub module binds."""
    found: dict[str, None] = {}
    for match in _BOUND.finditer(text):
        imported = (match["imported"] or "").split(",")
        found.update(dict.fromkeys(name.split()[-1] for name in imported if name.strip(" *")))
        found.update(dict.fromkeys(name for name in (match["name"], match["variable"]) if name))
    return list(found)


def _described(types: Mapping[str, str]) -> dict[str, list[str]]:
    """The described modules by the top-level name of their library; the standard library is nobody's copy."""
    found: dict[str, list[str]] = {}
    for module in types:
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names and not top.startswith("_"):
            found.setdefault(top, []).append(module)
    return found


def _candidates(modules: Iterable[facts.ModuleFacts], described: Mapping[str, object]) -> list[tuple[str, str]]:
    """Packages and modules that are named as a library is, by place, with that name."""
    found: list[tuple[str, str]] = []
    for module in modules:
        is_package = module.path.endswith(_INIT)
        stem = module.path.removesuffix(_INIT if is_package else ".py")
        name = stem.rpartition("/")[2]
        if name in described:
            found.append((f"{stem}/" if is_package else module.path, name))
    return sorted(found)


def _is_copy(
    copy: Copy, modules: Iterable[facts.ModuleFacts], types: Mapping[str, str], described: Iterable[str]
) -> bool:
    wanted = {name for module in described for name in _DEFINED.findall(types[module])}
    if len(wanted) < _ENOUGH:
        return False
    defined = {
        statement.name
        for module in modules
        if copy.holds(module.path)
        for statement in module.body
        if isinstance(statement, facts.Class | facts.Function)
    }
    number = len(wanted & defined)
    return number >= _ENOUGH and 2 * number >= len(wanted)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())
