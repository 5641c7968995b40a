"""Does something to a library as soon as the backend has imported it; nothing is imported for its own sake."""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_waiting: dict[str, Callable[[], None]] = {}


def on_import(module: str, action: Callable[[], None]) -> None:
    """Do it now when the module is there already, else right after its import, and only once."""
    if module in sys.modules:
        action()
        return
    _waiting[module] = action
    if not any(finder is _FINDER for finder in sys.meta_path):
        sys.meta_path.insert(0, _FINDER)


class _Finder(MetaPathFinder):
    """Finds nothing by itself: it asks those behind it, and hears of the import's end."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _waiting:
            return None
        # Only those behind it: the workers of another package in this process have a finder that asks in the same way.
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find: Any = getattr(finder, "find_spec", None)
            spec = find(fullname, path, target) if find else None
            if spec is not None:
                _tell_when_done(spec)
                return spec
        return None


def _tell_when_done(spec: ModuleSpec) -> None:
    loader: Any = spec.loader
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        action = _waiting.pop(module.__name__, None)
        if action is not None:
            action()

    if not isinstance(loader, importlib.machinery.ExtensionFileLoader):
        loader.exec_module = exec_module


_FINDER = _Finder()
