"""What the project's own wrappers do around a class's view where it is registered: `counted(Show.as_view())`.

A view that is registered for several paths, with another wrapper here and there, runs what stands around it for the
path that was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import HookEdge, Way

if TYPE_CHECKING:
    from discover.frameworks.collect import Collector
    from discover.frameworks.rules.handlers import Handler
    from discover.resolve.symbols import Function

_CONFIDENCE = 0.9


class Wrapped:
    """Gathers for each view by which paths it is reached, and through which wrappers."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[Handler, str, dict[str, tuple[Function, ...]]]] = {}

    def note(self, library: str, handler: Handler, path: str) -> None:
        """Note a path of a view."""
        if handler.cls is not None:
            paths = self._found.setdefault((handler.unit, handler.cls.id), (handler, library, {}))[2]
            paths[path] = tuple(dict.fromkeys((*paths.get(path, ()), *handler.around)))

    def tell(self, found: Collector) -> None:
        """Tell what stands around each view; by the path, where that differs."""
        for handler, library, paths in self._found.values():
            every = set(paths.values())
            if len(every) == 1:
                self._hooks(found, library, handler, next(iter(every)), ())
                continue
            for path, wrappers in paths.items():
                self._hooks(found, library, handler, wrappers, (Way(f"path of {handler.unit}", path, len(paths)),))

    @staticmethod
    def _hooks(
        found: Collector, library: str, handler: Handler, wrappers: tuple[Function, ...], ways: tuple[Way, ...]
    ) -> None:
        on = (handler.cls.id,) if handler.cls is not None and handler.function is not None else ()
        for order, wrapper in enumerate(wrappers):
            found.hook(
                HookEdge(
                    unit=handler.unit,
                    number=None,
                    line=handler.line,
                    target=wrapper.id,
                    on=on,
                    ways=ways,
                    order=order,
                    library=library,
                    moment="before",
                    confidence=_CONFIDENCE,
                    evidence="registered in its place",
                )
            )
