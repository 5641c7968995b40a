"""Which package a dotted path belongs to, and whether a catalog says what that package does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from discover.catalog.spec import paths_of

if TYPE_CHECKING:
    from discover.catalog.load import Catalog

_MADE_BY_DECORATORS = "function"
"""How the resolver calls what a decorator made of the project's own: a property's setter."""


class Packages:
    """What the project's catalog says of packages."""

    def __init__(self, catalog: Catalog) -> None:
        self._namespaces = frozenset(catalog.namespaces)
        described = {self.of(path) for path in (*catalog.types, *catalog.described, *_named(catalog))}
        self._called = described | set(catalog.harmless)
        self._decorating = self._called | {self.of(path) for path in catalog.imports}

    def of(self, path: str) -> str:
        """The package of a dotted path: its first name, or more of them below a namespace that many share."""
        names = path.replace("()", "").split(".")
        package = names[0]
        for name in names[1:]:
            if package not in self._namespaces:
                break
            package = f"{package}.{name}"
        return package

    def describe_call(self, path: str) -> bool:
        """Whether it is known what a call of this path does, or at least that it does nothing outside."""
        top = path.partition(".")[0]
        if top not in self._namespaces:
            return top.removesuffix("()") in self._called or _is_pythons(path)
        return self.of(path) in self._called

    def describe_decorator(self, path: str) -> bool:
        """Whether it is known what a decorator of this path registers, or that it registers nothing."""
        return self.of(path) in self._decorating or _is_pythons(path)


def _is_pythons(path: str) -> bool:
    top = path.partition(".")[0]
    return top in sys.stdlib_module_names or top == _MADE_BY_DECORATORS or "." not in path


def _named(catalog: Catalog) -> Iterator[str]:
    """The paths that rules name: of a part of a namespace there may be rules and no types."""
    for _, effect in catalog.effects:
        yield from paths_of(effect.call)
    for _, dispatch in catalog.dispatches:
        yield from (*paths_of(dispatch.call), *paths_of(dispatch.decorator))
    for _, entry in catalog.entry_points:
        yield from (*paths_of(entry.call), *paths_of(entry.decorator), *paths_of(entry.subclass))
    yield from catalog.plumbing
