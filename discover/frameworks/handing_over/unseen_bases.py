"""What a class leaves to a library that nothing describes: `listener.run()` of a base class whose code is not there.

The class below it has methods that no code calls: the library's own method is what calls them. So has an object that
is handed to a library whose class it extends (`observer.schedule(Handler(), path)`). Both are guesses, told as such,
and made only where nothing else is known: of classes that extend unknown classes alone and that no rule enters, of
methods without decorators that nobody calls, and of calls that stand for themselves, since `user.get_id()` answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.walking import statements
from discover.frameworks.records import HookEdge, called_at
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function

_GUESS = 0.4
_METHODS = 12
"""A class with more methods that nobody calls is an interface of its own."""
_INERT = frozenset({"abc", "collections", "dataclasses", "enum", "typing", "typing_extensions"})
"""Modules whose classes call nothing of those below them."""


def find_unseen_bases(bench: Workbench) -> None:
    """Join calls of unknown libraries with the methods of the project's classes that these will call."""
    found = _UnseenBases(bench)
    for path, sites in bench.program.external_calls.items():
        for site in sites:
            found.read(path, site)


class _UnseenBases:
    """Finds the methods that are left to libraries."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        entered = {entry.unit for entry in bench.found.entry_points.values()}
        self._entered = entered | {hook.target for hook in bench.found.hooks.values()}
        self._described = frozenset(bench.catalog.imports)
        self._left: dict[Class, list[Function]] = {}
        self._alone: dict[Function, frozenset[int]] = {}

    def read(self, path: str, site: CallSite) -> None:
        """Note what a call of a library's path leads to."""
        owner = path.rpartition(".")[0]
        for external in site.externals:
            receiver = external.receiver
            if external.path == path and isinstance(receiver, InstanceValue) and receiver.cls.is_project:
                is_own = site.function.owner is not None and site.function.owner in receiver.cls.mro
                if not is_own and _unknown(receiver.cls, owner) and self._stands_alone(site):
                    self._note(path, site, receiver.cls)
        if _root(path) in self._described:
            return
        given = [value for values in (*site.arguments, *site.keywords.values()) for value in values]
        for value in given:
            if isinstance(value, InstanceValue) and value.exact and _extends(value.cls, _root(path)):
                self._note(path, site, value.cls)

    def _note(self, path: str, site: CallSite, cls: Class) -> None:
        for order, method in enumerate(self._left_to_library(cls), 1):
            self.bench.found.hook(
                HookEdge(
                    **called_at(site),
                    target=method.id,
                    receiver=cls.id,
                    order=order,
                    library=_root(path),
                    confidence=_GUESS,
                    evidence=f"no code calls it; {path} may",
                )
            )

    def _left_to_library(self, cls: Class) -> list[Function]:
        known = self._left.get(cls)
        if known is None:
            methods: dict[str, Function] = {}
            for level in cls.mro if _extends_unknown_alone(cls) else ():
                for method in level.methods() if level.is_project else ():
                    methods.setdefault(method.record.name, method)
            is_entered = any(method.id in self._entered for method in methods.values())
            found = [method for method in methods.values() if not is_entered and self._is_left(method)]
            known = self._left[cls] = found if len(found) <= _METHODS else []
        return known

    def _is_left(self, method: Function) -> bool:
        record = method.record
        return not (
            record.name.startswith("_")
            or record.decorators
            or method.id in self._entered
            or self.program.callers.get(method)
        )

    def _stands_alone(self, site: CallSite) -> bool:
        """Whether nobody asks for what the call gives back."""
        known = self._alone.get(site.function)
        if known is None:
            values = [s.value for s in statements(site.function.record.body) if isinstance(s, ir.Evaluate)]
            calls = [value.value if isinstance(value, ir.Await) else value for value in values]
            known = self._alone[site.function] = frozenset(c.number for c in calls if isinstance(c, ir.Call))
        return site.call.number in known


def _extends_unknown_alone(cls: Class) -> bool:
    above = [level for level in cls.mro if not level.is_project and level.path != "builtins.object"]
    return bool(above) and all(level.is_opaque and _root(level.path) not in _INERT for level in above)


def _extends(cls: Class, root: str) -> bool:
    return cls.is_project and any(level.is_opaque and _root(level.path) == root for level in cls.mro)


def _unknown(cls: Class, path: str) -> bool:
    return any(level.is_opaque and level.path == path for level in cls.mro)


def _root(path: str) -> str:
    return path.partition(".")[0]
