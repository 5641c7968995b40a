"""What an entry point rule says of a route: its whole paths, its HTTP methods, and the router that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick, paths_of
from discover.frameworks.rules.handlers import HTTP_METHODS
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.catalog.spec import Detail, EntryPoint, Paths
    from discover.frameworks.rules.given import Given
    from discover.frameworks.rules.handlers import Handler
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class
    from discover.resolve.values import Values

_PATHS = 24
"""So many paths are followed that one text may stand for; those that a call writes out count one by one."""

_FLAGS = frozenset({"True", "False"})
"""What a setting is until it names a path: `os.getenv("DEBUG_URL", False)`."""


class Routes:
    """Reads the route out of a rule and the call or decorator that it applies to."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker

    def details(
        self, rule: EntryPoint, spec: Detail, handler: Handler, given: Given
    ) -> list[tuple[TriggerDetail, tuple[str, ...]]]:
        """The details of the triggers, one for each path."""
        contexts = self.bench.contexts
        contexts.left_out = False
        paths = self._paths(rule, spec, handler, given)
        further: list[str] = []
        if contexts.left_out:
            contexts.every_setting = True
            further = [path for path in self._paths(rule, spec, handler, given) if path not in paths]
            contexts.every_setting = False
        methods = self._verbs(rule, handler, given)
        if methods is None:
            return []
        methods = () if "*" in methods else methods
        return [
            (TriggerDetail(path=path, also=tuple(f for f in further if f.endswith(path)), methods=methods), ())
            for path in paths
        ]

    def _paths(self, rule: EntryPoint, spec: Detail, handler: Handler, given: Given) -> list[str]:
        """The whole paths, each once."""
        written = len(given.call.arguments) if given.call is not None else 0
        texts = [text for text in self.picker.texts(spec.path, given) if text not in _FLAGS]
        paths = texts[: max(_PATHS, written)] or ["{}"]
        if rule.mounted:
            keys = self.mounted_on(rule, handler, given)
            front = next(iter(self.picker.texts(rule.front, given)), "")
            paths = [whole for path in paths for whole in self.bench.routers.paths(keys, path, front)]
        if rule.trailing_slash == "drop":
            paths = [path.rstrip("/") for path in paths]
        return list(dict.fromkeys(path or "/" for path in paths))

    def mounted_on(self, rule: EntryPoint, handler: Handler, given: Given) -> list[str]:
        """The routers that hold the route."""
        routers = self.bench.routers
        if rule.mounted is True:
            return routers.keys_of(self.receivers(given))
        if isinstance(rule.mounted, Pick):
            return routers.keys_of(self.picker.values(rule.mounted, given))
        if handler.cls is not None and handler.cls in routers.classes(handler.cls):
            return [handler.cls.id]
        if rule.mounted == "result" and given.call is not None:
            return [f"{given.scope.module.path}#{given.call.number}"]
        return []

    def _verbs(self, rule: EntryPoint, handler: Handler, given: Given) -> tuple[str, ...] | None:
        """The HTTP methods that the handler answers; None when the route asks for others than it has."""
        pick = rule.detail.methods
        own = _own_verbs(rule, handler, self.suffix(rule, given))
        if own is None:
            return tuple(_each_verb(self.picker.texts(pick, given)))
        if not isinstance(pick, Pick):
            return own
        asked = set(_each_verb(self.picker.texts(msgspec.structs.replace(pick, default=None), given)))
        return tuple(m for m in own if m in asked) or None if asked - {"*"} else own

    def receivers(self, given: Given) -> Values:
        """The router, as the caller that the frame stands for sees it."""
        call = given.call
        if given.frame is not None and call is not None:
            seen = self.picker.base(given)
            if seen:
                return seen
        return given.receivers

    def suffix(self, rule: EntryPoint, given: Given) -> str:
        """What is added to the names of the handler's methods."""
        return next(iter(self.picker.texts(rule.suffix, given)), "")

    def is_unmounted(self, rule: EntryPoint, handler: Handler, given: Given) -> bool:
        """Whether nothing seen hands the route to an application."""
        return rule.mounted in ("result", "class") and not self.bench.routers.is_mounted(
            self.mounted_on(rule, handler, given)
        )

    def serving(self, rule: EntryPoint, owner: Class | None) -> list[Class | None]:
        """The classes whose objects serve a decorated method."""
        if owner is None or rule.mounted not in ("result", "class"):
            return [owner]
        return [*self.bench.routers.classes(owner)] or [owner]

    def is_socket(self, paths: Paths, handler: Handler) -> bool:
        """Whether the handler itself calls one of the paths."""
        sites = self.program.sites(handler.function) if handler.function is not None else []
        wanted = paths_of(paths)
        return any(external.path in wanted for site in sites for external in site.externals)


def methods_of(rule: EntryPoint, suffix: str = "") -> list[str]:
    """The names of the methods that are entered when the handler is a class."""
    if rule.method is None:
        return []
    names = [rule.method] if isinstance(rule.method, str) else list(rule.method)
    return [f"{name}_{suffix}" for name in names] if suffix else names


def _each_verb(texts: list[str]) -> list[str]:
    """The methods in the texts, also where one names several: `"GET, POST"`."""
    return [verb.strip().upper() for text in texts for verb in text.split(",")]


def _own_verbs(rule: EntryPoint, handler: Handler, suffix: str) -> tuple[str, ...] | None:
    """The HTTP methods that the names of the handler's methods stand for; None where they say nothing."""
    if not handler.methods:
        return None
    if isinstance(rule.method, dict):
        known = dict(zip(methods_of(rule, suffix), rule.method.values(), strict=True))
        return tuple(known[name] for name in handler.methods if name in known)
    return tuple(m.upper() for m in handler.methods) if all(m in HTTP_METHODS for m in handler.methods) else None
