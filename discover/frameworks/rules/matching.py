"""Which call sites and decorators a catalog's path means, overrides by project classes included."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Paths, paths_of
from discover.facts import records as ir
from discover.frameworks.reading.partials import called, opened
from discover.resolve.values import FunctionValue, Value, Values

if TYPE_CHECKING:
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, Decoration
    from discover.resolve.symbols import Function


class Match:
    """A call site that a rule's path means, with the receiver that it was called on."""

    __slots__ = ("path", "receivers", "site")

    def __init__(self, site: CallSite, path: str, receivers: Values) -> None:
        self.site = site
        self.path = path
        self.receivers = receivers


class Read(NamedTuple):
    """The reading of a library's property that a rule's path means."""

    function: Function
    identity: int
    line: int
    path: str
    receivers: Values


class Index:
    """All called paths of a program. A project method that overrides a library's counts as that one too."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._sites: dict[str, list[Match]] = {}
        self._reads: dict[str, list[Read]] = {}
        self._overridden: dict[Function, tuple[str, ...]] = {}
        for function in program.all_functions:
            for site in program.sites(function):
                self._add(site)
            for identity, (_, line, read) in function.library_reads.items():
                for bound in read:
                    path, receiver = bound.function.path, bound.receiver
                    receivers = (receiver,) if receiver is not None else ()
                    self._reads.setdefault(path, []).append(Read(function, identity, line, path, receivers))
        self._unknown: dict[str, list[Match]] | None = None
        self._decorations: dict[str, list[tuple[Decoration, Value | None]]] = {}
        for decoration in program.decorations:
            seen: set[str] = set()
            for external in decoration.externals:
                if external.path not in seen:
                    seen.add(external.path)
                    self._decorations.setdefault(external.path, []).append((decoration, external.receiver))

    def _add(self, site: CallSite) -> None:
        if not site.externals and not site.targets:
            return
        seen: dict[str, Values] = {}
        for external in site.externals:
            _note(seen, external.path, external.receiver)
        for target in site.targets:
            for path in self.overridden(target.function):
                _note(seen, path, target.receiver)
        if seen and len(site.callee) > 1:
            for value in site.callee:
                if isinstance(value, FunctionValue) and value.receiver is not None:
                    function = value.function
                    for path in self.overridden(function) if function.is_project else (function.path,):
                        _note(seen, path, value.receiver)
        is_handed = any(external.handed is not None for external in site.externals)
        as_called = {one.path: call for one, call in called(site, self.program.bodies)}
        if is_handed:
            as_called |= {one.path: call for one, call in opened(site, self.program.bodies)}
        for path, receivers in seen.items():
            self._sites.setdefault(path, []).append(Match(as_called.get(path, site), path, receivers))

    def overridden(self, function: Function) -> tuple[str, ...]:
        """The library methods that a project method overrides, by path."""
        found = self._overridden.get(function)
        if found is None:
            found = ()
            owner = function.owner
            name = function.record.name
            if owner is not None and not name.startswith("__"):
                levels = [level for level in owner.mro[1:] if not level.is_project]
                found = tuple(f"{level.path}.{name}" for level in levels if level.is_opaque or name in level.names)
                found = found or tuple(f"{level.path}.*{name}" for level in levels[:1])
            self._overridden[function] = found
        return found

    def is_shadowed(self, match: Match, paths: frozenset[str]) -> bool:
        """Whether a match is by an override only, and another of the paths is nearer to it in method order."""
        site = match.site
        if any(external.path == match.path for external in site.externals):
            return False
        known = [[p for p in self.overridden(target.function) if p in paths] for target in site.targets]
        over = [found for found in known if match.path in found]
        return bool(over) and all(found[0] != match.path for found in over)

    def calls(self, paths: Paths | None) -> list[Match]:
        """Every site that calls one of the paths, once, in the program's order."""
        found: dict[tuple[int, int], Match] = {}
        for path in paths_of(paths):
            known = [path] if "*" not in path else [p for p in self._sites if fnmatchcase(p, path)]
            for one in known:
                for match in self._sites.get(one, ()):
                    found.setdefault((match.site.function.order, match.site.call.number), match)
        return [found[key] for key in sorted(found)]

    def calls_of_decorated(self, paths: Paths | None) -> list[Match]:
        """Every site that calls a project function which one of the paths decorates."""
        decorated = {decoration.definition for decoration, _ in self.decorations(paths)}
        if not decorated:
            return []
        return [
            Match(site, target.function.id, (target.receiver,) if target.receiver is not None else ())
            for function in self.program.all_functions
            for site in self.program.sites(function)
            for target in site.targets
            if target.function in decorated
        ]

    def reads(self, paths: Paths | None) -> list[Read]:
        """Every place that reads one of these properties."""
        return [read for path in paths_of(paths) for read in self._reads.get(path, ())]

    def unknown(self, names: list[str]) -> list[Match]:
        """Every call of a method of one of these names of which nothing else is known."""
        if self._unknown is None:
            self._unknown = {}
            for function in self.program.all_functions:
                for site in self.program.sites(function):
                    called = site.call.function
                    if not isinstance(called, ir.Attribute) or site.targets:
                        continue
                    if not any(external.function is not None for external in site.externals):
                        self._unknown.setdefault(called.name, []).append(Match(site, f"*.{called.name}", ()))
        return [match for name in names for match in self._unknown.get(name, ())]

    def decorations(self, paths: Paths | None) -> list[tuple[Decoration, Value | None]]:
        """Every decoration by one of the paths, with the object whose method decorates."""
        found: dict[int, tuple[Decoration, Value | None]] = {}
        for path in paths_of(paths):
            known = [path] if "*" not in path else [p for p in self._decorations if fnmatchcase(p, path)]
            for one in known:
                for decoration, receiver in self._decorations.get(one, ()):
                    found.setdefault(id(decoration), (decoration, receiver))
        return sorted(found.values(), key=lambda item: (item[0].definition.id, item[0].line))


def _note(seen: dict[str, Values], path: str, receiver: Value | None) -> None:
    known = seen.get(path, ())
    seen[path] = known if receiver is None or receiver in known else (*known, receiver)
