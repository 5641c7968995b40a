"""Which classes a value may be of when it crosses a process, and how they are named.

A class is named by the module and the qualified name at which it really is found. Only classes of the backend's own
modules, and a few of the standard library and of frameworks, are imported by such a name: a stored value can't make
this process load anything else.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from exporters.worker.errors import RefusedError

_ALWAYS = frozenset({"builtins", "collections", "http", "uuid", "ipaddress"})
_FOREIGN = frozenset({"site-packages", "dist-packages"})


class Classes:
    """The classes that may be named: those below the roots, and those of a few modules."""

    def __init__(self, roots: Iterable[str | Path] = ()) -> None:
        self._roots = tuple(Path(root).resolve() for root in roots)

    def name(self, cls: type[Any]) -> str:
        """The class's name; a class that `find` would not give back is refused."""
        named = f"{cls.__module__}:{cls.__qualname__}"
        if not self.knows(cls):
            raise RefusedError(f"{named} is no class of the backend's own modules")
        return named

    def knows(self, cls: type[Any]) -> bool:
        """Whether the class has a name here that leads back to it."""
        try:
            return self.find(f"{cls.__module__}:{cls.__qualname__}", error=issubclass(cls, BaseException)) is cls
        except RefusedError:
            return False

    def find(self, named: str, *, error: bool = False) -> type[Any]:
        """The class of that name. Exceptions may also be of modules that this process has loaded already."""
        module_name, _, qualname = named.partition(":")
        if not self._may_load(module_name, loaded=error):
            raise RefusedError(f"{named} is no class of the backend's own modules")
        try:
            found: Any = importlib.import_module(module_name)
            for part in qualname.split("."):
                found = vars(found)[part]
        except (ImportError, KeyError, TypeError) as failure:
            raise RefusedError(f"{named} can't be found again") from failure
        if not isinstance(found, type):
            raise RefusedError(f"{named} is no class")
        return found

    def _may_load(self, module: str, *, loaded: bool) -> bool:
        if module in _ALWAYS or (loaded and module in sys.modules):
            return True
        return any(self._is_own(root, module) for root in self._roots)

    @staticmethod
    def _is_own(root: Path, module: str) -> bool:
        parts = module.split(".")
        if not all(part.isidentifier() for part in parts):
            return False
        path = root.joinpath(*parts)
        return path.with_suffix(".py").is_file() or ((path / "__init__.py").is_file() and not _FOREIGN & set(parts))
